import { AppError } from '../../base/app-error.ts';
import { consistsOf, parseDigits, skipBlanks, TOKEN, trimEnd, WORD } from './chars.ts';
import { Headers } from './headers.ts';
import { formatNameAddr, type NameAddr, parseNameAddr } from './name-addr.ts';
import type { SipUri } from './uri.ts';
import { branchCookie, formatVia, parseVia, type Via } from './via.ts';

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

  /** Empty without Contact, and for `Contact: *`. */
  get contacts(): NameAddr[] {
    return this.#tryContacts() ?? missing('Contact');
  }

  /** Whether Contact is `*`. */
  get contactStar(): boolean {
    return this.headers.get('Contact') === '*';
  }

  get routes(): NameAddr[] {
    this.#refresh();
    this.#routes ??= readNameAddrs(this.headers, 'Route');
    return this.#routes ?? missing('Route');
  }

  get recordRoutes(): NameAddr[] {
    this.#refresh();
    this.#recordRoutes ??= readNameAddrs(this.headers, 'Record-Route');
    return this.#recordRoutes ?? missing('Record-Route');
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

  get fromTag(): string | null {
    return this.from.params.get('tag') ?? null;
  }

  get toTag(): string | null {
    return this.to.params.get('tag') ?? null;
  }

  /** The branch of the topmost Via; null when it has none or only the cookie (RFC 4475 §3.2.1), as before RFC 3261. */
  get branch(): string | null {
    const branch = this.via.params.get('branch');
    return branch === undefined || branch === null || branch === branchCookie ? null : branch;
  }

  /** The topmost Via of a partial message too: null instead of an error when it is missing or malformed. */
  get viaOrNull(): Via | null {
    return this.#tryVias()?.[0] ?? null;
  }

  /** Replaces the topmost Via. */
  setVia(via: Via): void {
    this.#refresh();
    this.headers.replaceFirst('Via', formatVia(via));
    this.#revision = this.headers.revision;
    if (this.#vias !== null && this.#vias.length > 0) this.#vias[0] = via;
  }

  setFrom(from: NameAddr): void {
    this.headers.set('From', formatNameAddr(from));
  }

  setTo(to: NameAddr): void {
    this.headers.set('To', formatNameAddr(to));
  }

  /** The name of the first header without which, or with which, the message cannot be handled; null when all is well. */
  firstProblem(): string | null {
    const headers = this.headers;
    for (const name of singles) if (headers.count(name) > 1) return name;
    if (this.#tryVias() === null) return 'Via';
    if (this.#tryFrom() === null) return 'From';
    if (this.#tryTo() === null) return 'To';
    const callId = headers.get('Call-ID');
    if (callId === null || !consistsOf(callId, WORD)) return 'Call-ID';
    if (this.#tryCseq() === null) return 'CSeq';
    if (headers.has('Max-Forwards') && this.maxForwards === null) return 'Max-Forwards';
    if (this.#tryContacts() === null) return 'Contact';
    this.#routes ??= readNameAddrs(headers, 'Route');
    if (this.#routes === null) return 'Route';
    this.#recordRoutes ??= readNameAddrs(headers, 'Record-Route');
    return this.#recordRoutes === null ? 'Record-Route' : null;
  }

  #tryVias(): Via[] | null {
    this.#refresh();
    if (this.#vias !== null) return this.#vias;
    const vias = this.headers.readList('Via', parseVia);
    if (vias !== null && vias.length > 0) this.#vias = vias;
    return this.#vias;
  }

  #tryFrom(): NameAddr | null {
    this.#refresh();
    this.#from ??= readNameAddr(this.headers.get('From'));
    return this.#from;
  }

  #tryTo(): NameAddr | null {
    this.#refresh();
    this.#to ??= readNameAddr(this.headers.get('To'));
    return this.#to;
  }

  #tryCseq(): CSeq | null {
    this.#refresh();
    this.#cseq ??= readCSeq(this.headers.get('CSeq'));
    return this.#cseq;
  }

  #tryContacts(): NameAddr[] | null {
    this.#refresh();
    if (this.#contacts === null) {
      const star = this.contactStar && this.headers.count('Contact') === 1;
      this.#contacts = star ? [] : readNameAddrs(this.headers, 'Contact');
    }
    return this.#contacts;
  }
}

/** Headers that may stand once: with two, two readers of one message could act on different ones. */
const singles = ['From', 'To', 'Call-ID', 'CSeq', 'Max-Forwards', 'Content-Length', 'Content-Type', 'Expires'];

function missing(name: string): never {
  throw new AppError('invalidArgument', `The SIP message has no well-formed ${name} header.`);
}

function readNameAddr(value: string | null): NameAddr | null {
  return value === null ? null : parseNameAddr(value);
}

function readNameAddrs(headers: Headers, name: string): NameAddr[] | null {
  return headers.readList(name, parseNameAddr);
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

  clone(): SipResponse {
    return new SipResponse(this.status, this.reason, this.headers.clone(), this.body);
  }
}
