import { AppError } from '../../base/app-error.ts';
import { consistsOf, parseDigits, skipBlanks, TOKEN, trimEnd } from './chars.ts';
import { Headers } from './headers.ts';
import { type NameAddr, parseNameAddr, parseParty } from './name-addr.ts';
import { type SipUri, sipUri } from './uri.ts';
import { branchCookie, parseVia, type Via, withViaParam } from './via.ts';

export interface CSeq {
  /** Below 2^31. */
  number: number;
  method: string;
}

const noBody = Buffer.alloc(0);

/**
 * What requests and responses share. The typed getters read their header when first asked and keep the result until
 * the headers change. On a message from `parseMessage` they never throw; on one built by hand or on the partial
 * message of a parse failure they throw AppError when a mandatory header is missing or malformed.
 * What they return belongs to the message: to change a header, write it to `headers`.
 */
abstract class SipMessage {
  headers: Headers;
  body: Buffer;
  #revision = -1;
  #vias: Via[] | null = null;
  #from: NameAddr | null = null;
  #to: NameAddr | null = null;
  #cseq: CSeq | null = null;
  #contacts: NameAddr[] | null = null;
  #routes: NameAddr[] | null = null;
  #recordRoutes: NameAddr[] | null = null;

  constructor(headers: Headers, body: Buffer) {
    this.headers = headers;
    this.body = body;
  }

  #refresh(): void {
    if (this.#revision === this.headers.revision) return;
    this.#revision = this.headers.revision;
    this.#vias = null;
    this.#from = null;
    this.#to = null;
    this.#cseq = null;
    this.#contacts = null;
    this.#routes = null;
    this.#recordRoutes = null;
  }

  /** The topmost Via. */
  get via(): Via {
    return this.vias[0] ?? missing('Via');
  }

  get vias(): Via[] {
    return this.#tryVias() ?? missing('Via');
  }

  get from(): NameAddr {
    return this.#tryFrom() ?? missing('From');
  }

  get to(): NameAddr {
    return this.#tryTo() ?? missing('To');
  }

  get callId(): string {
    return this.headers.get('Call-ID') ?? missing('Call-ID');
  }

  get cseq(): CSeq {
    return this.#tryCseq() ?? missing('CSeq');
  }

  /** Those that can be read, whatever stands beside them; empty without Contact, and for `Contact: *`. */
  get contacts(): NameAddr[] {
    this.#refresh();
    this.#contacts ??= readNameAddrs(this.headers, 'Contact');
    return this.#contacts;
  }

  /** Whether Contact is `*`, or has it among others, which is not allowed. */
  get contactStar(): boolean {
    return this.headers.getAll('Contact').includes('*');
  }

  /** Where the peer wants to be reached from now on: the first Contact that a request can be sent to. */
  get target(): SipUri | null {
    return this.contacts.find(({ uri }) => uri.scheme !== 'other')?.uri ?? null;
  }

  get routes(): NameAddr[] {
    this.#refresh();
    this.#routes ??= readNameAddrs(this.headers, 'Route');
    return this.#routes;
  }

  get recordRoutes(): NameAddr[] {
    this.#refresh();
    this.#recordRoutes ??= readNameAddrs(this.headers, 'Record-Route');
    return this.#recordRoutes;
  }

  get maxForwards(): number | null {
    const value = this.headers.get('Max-Forwards');
    return value === null ? null : parseDigits(value, 255);
  }

  /** Seconds, at most 2^32 - 1; null when absent or no number. */
  get expires(): number | null {
    const value = this.headers.get('Expires');
    if (value === null || !/^[0-9]+$/.test(value)) return null;
    return Math.min(Number(value), 0xffff_ffff);
  }

  /** Null when there is none, or an empty one. */
  get fromTag(): string | null {
    return this.from.params.get('tag') || null;
  }

  /** Null when there is none, or an empty one. */
  get toTag(): string | null {
    return this.to.params.get('tag') || null;
  }

  /** The branch of the topmost Via; null when it has none or only the cookie (RFC 4475 §3.2.1), as before RFC 3261. */
  get branch(): string | null {
    const branch = this.via.params.get('branch');
    return branch === undefined || branch === null || branch === '' || branch === branchCookie ? null : branch;
  }

  /** The topmost Via of a partial message too: null instead of an error when it is missing or malformed. */
  get viaOrNull(): Via | null {
    return this.#tryVias()?.[0] ?? null;
  }

  /** Writes parameters into the topmost Via, and leaves the rest of it as it stands, which the peer will compare. */
  stampVia(stamps: readonly (readonly [name: string, value: string])[]): void {
    const { via } = this;
    // NUL may have come behind a backslash in a quoted string, and is nothing to write.
    let text = (this.headers.first('Via') ?? '').replaceAll('\0', '\ufffd');
    for (const [name, value] of stamps) {
      text = withViaParam(text, name, value);
      via.params.set(name, value);
    }
    this.headers.replaceFirst('Via', text);
    this.#revision = this.headers.revision;
  }

  /**
   * The name of the first header without which, or with which, the message cannot be handled; null when all is well.
   * That is what says which transaction and dialog it belongs to and where its answer goes; everything else is read
   * element by element when it is needed.
   */
  firstProblem(): string | null {
    const headers = this.headers;
    if (this.#tryVias() === null) return 'Via';
    if (this.#tryFrom() === null) return 'From';
    if (this.#tryTo() === null) return 'To';
    if (this instanceof SipRequest && !headers.has('Call-ID')) return 'Call-ID';
    return this.#tryCseq() === null ? 'CSeq' : null;
  }

  /**
   * Null when there is none, or the topmost cannot be read. Others that cannot are kept as `unreadableVia`: how many
   * there are counts.
   */
  #tryVias(): Via[] | null {
    this.#refresh();
    if (this.#vias !== null) return this.#vias;
    const vias = this.headers.readList('Via', parseVia);
    const first = vias?.[0] ?? null;
    if (vias !== null && first !== null) this.#vias = vias.map((via) => via ?? unreadableVia);
    return this.#vias;
  }

  #tryFrom(): NameAddr | null {
    this.#refresh();
    this.#from ??= this.#readParty('From');
    return this.#from;
  }

  #tryTo(): NameAddr | null {
    this.#refresh();
    this.#to ??= this.#readParty('To');
    return this.#to;
  }

  #readParty(name: 'From' | 'To'): NameAddr | null {
    const text = this.headers.get(name);
    return (text === null ? null : parseParty(text)) ?? this.unclearParty(text ?? '');
  }

  /** What stands for a From or To that is not there, or of which it is not clear where its parts begin. */
  protected unclearParty(_text: string): NameAddr | null {
    return null;
  }

  #tryCseq(): CSeq | null {
    this.#refresh();
    this.#cseq ??= readCSeq(this.headers.get('CSeq'));
    return this.#cseq;
  }
}

/** Headers that may stand once in a request: with two, two readers of one message could act on different ones. */
const singles = ['From', 'To', 'Call-ID', 'CSeq', 'Max-Forwards', 'Content-Length', 'Content-Type', 'Expires'];

/** Stands for a Via below the topmost that cannot be read. */
const unreadableVia: Via = { transport: '', host: '', port: null, params: new Map() };

/** A Call-ID is compared and nothing else; some hold what is in no word of the grammar, such as `=`. */
function isOneWord(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code <= 0x20 || code === 0x7f) return false;
  }
  return text !== '';
}

function missing(name: string): never {
  throw new AppError('invalidArgument', `The SIP message has no well-formed ${name} header.`);
}

function readNameAddrs(headers: Headers, name: string): NameAddr[] {
  return headers.readList(name, parseNameAddr)?.filter((element) => element !== null) ?? [];
}

function readCSeq(value: string | null): CSeq | null {
  if (value === null) return null;
  let at = 0;
  while (at < value.length && value.charCodeAt(at) !== 0x20 && value.charCodeAt(at) !== 0x09) at++;
  const number = parseDigits(value, 0x7fff_ffff, 0, at);
  const start = skipBlanks(value, at);
  const end = trimEnd(value, start, value.length);
  return number === null || !consistsOf(value, TOKEN, start, end) ? null : { number, method: value.slice(start, end) };
}

/** A request (RFC 3261 §7.1). Methods are case-sensitive. */
export class SipRequest extends SipMessage {
  method: string;
  uri: SipUri;

  constructor(method: string, uri: SipUri, headers: Headers = new Headers(), body: Buffer = noBody) {
    super(headers, body);
    this.method = method;
    this.uri = uri;
  }

  /**
   * Also what may stand once and stands twice, and hops that cannot be counted: they keep a request from going round
   * for ever.
   */
  override firstProblem(): string | null {
    const { headers } = this;
    for (const name of singles) if (headers.count(name) > 1) return name;
    const problem = super.firstProblem();
    if (problem !== null) return problem;
    if (!isOneWord(this.callId)) return 'Call-ID';
    return headers.has('Max-Forwards') && this.maxForwards === null ? 'Max-Forwards' : null;
  }

  /** A copy whose headers and URI may be changed apart from this one's. */
  clone(): SipRequest {
    const uri = { ...this.uri, params: new Map(this.uri.params), headers: new Map(this.uri.headers) };
    return new SipRequest(this.method, uri, this.headers.clone(), this.body);
  }
}

/** A response (RFC 3261 §7.2); `status` is 100 to 699. */
export class SipResponse extends SipMessage {
  status: number;
  reason: string;

  constructor(status: number, reason: string, headers: Headers = new Headers(), body: Buffer = noBody) {
    super(headers, body);
    this.status = status;
    this.reason = reason;
  }

  /** A response belongs to the transaction of its branch, which knows its own Call-ID: '' when it is not there. */
  override get callId(): string {
    return this.headers.get('Call-ID') ?? '';
  }

  /** Ours, sent back by somebody who did not understand it, or left out: a response is not lost for that. */
  protected override unclearParty(text: string): NameAddr {
    const tag = /;[ \t]*tag[ \t]*=[ \t]*([^\s;,"<>]+)/i.exec(text)?.[1];
    const uri: SipUri = { ...sipUri(null, text), scheme: 'other' };
    return { displayName: null, uri, params: new Map(tag === undefined ? [] : [['tag', tag]]) };
  }

  clone(): SipResponse {
    return new SipResponse(this.status, this.reason, this.headers.clone(), this.body);
  }
}
