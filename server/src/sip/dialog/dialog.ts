import type { SipRequest, SipResponse } from '../message/message.ts';
import { parseNameAddr, withTag } from '../message/name-addr.ts';
import { formatUri, parseUri, type SipUri, sipUri } from '../message/uri.ts';
import type { Flow } from '../transport/flow.ts';
import { type PlainFlow, plainFlow } from '../transport/plain-flow.ts';

/** More requests than any call has: each numbers on. */
const cseqLeap = 1_000_000;

/** One hop of a route set, as text and read. */
interface Hop {
  readonly text: string;
  readonly uri: SipUri;
}

/**
 * A dialog as it is written down, all that it takes to go on with it. The numbers are at least those: requests may
 * follow.
 */
export interface PlainDialog {
  readonly callId: string;
  readonly localTag: string;
  readonly remoteTag: string;
  readonly localAddress: string;
  readonly remoteAddress: string;
  readonly ownsCallId: boolean;
  readonly pinned: boolean;
  readonly routeSet: readonly string[];
  readonly remoteTarget: string;
  readonly localCSeq: number;
  readonly remoteCSeq: number;
  readonly flow: PlainFlow;
}

/** A phone that has registered, and what it is known by when it registers again. */
export interface RegisteredPhone {
  readonly aor: string;
  readonly contact: SipUri;
  /** `+sip.instance`. */
  readonly instance: string | null;
}

/** What a request inside the dialog is addressed with (RFC 3261 §12.2.1.1). */
export interface Addressing {
  readonly uri: SipUri;
  /** Values of Route, in order. */
  readonly routes: readonly string[];
  /** Whose host and port decide where the packet goes. */
  readonly next: SipUri;
}

/**
 * A dialog (RFC 3261 §12): identifiers, both sides' CSeq, route set and remote target. It knows no method and no
 * session; usages stand on it.
 */
export class Dialog {
  readonly callId: string;
  readonly localTag: string;
  readonly remoteTag: string;
  /** From of our requests, tag included. */
  readonly localAddress: string;
  /** To of our requests, tag included. */
  readonly remoteAddress: string;
  /** Whether we chose the Call-ID: decides who waits longer after a glare (§14.1). */
  readonly ownsCallId: boolean;
  /** The peer is to be reached over `flow` only, whatever its Contact says. */
  readonly pinned: boolean;
  #routeSet: readonly Hop[];
  #remoteTarget: SipUri;
  #localCSeq: number;
  #remoteCSeq: number;
  #flow: Flow;
  /** The peer is to be reached elsewhere from now on. */
  onMoved: (() => void) | null = null;
  /** The peer, where it is registered over the flow that the dialog came by. */
  phone: RegisteredPhone | null = null;

  private constructor(parts: {
    callId: string;
    localTag: string;
    remoteTag: string;
    localAddress: string;
    remoteAddress: string;
    ownsCallId: boolean;
    pinned: boolean;
    routeSet: readonly Hop[];
    remoteTarget: SipUri;
    localCSeq: number;
    remoteCSeq: number;
    flow: Flow;
  }) {
    this.callId = parts.callId;
    this.localTag = parts.localTag;
    this.remoteTag = parts.remoteTag;
    this.localAddress = parts.localAddress;
    this.remoteAddress = parts.remoteAddress;
    this.ownsCallId = parts.ownsCallId;
    this.pinned = parts.pinned;
    this.#routeSet = parts.routeSet;
    this.#remoteTarget = parts.remoteTarget;
    this.#localCSeq = parts.localCSeq;
    this.#remoteCSeq = parts.remoteCSeq;
    this.#flow = parts.flow;
  }

  /** The UAS side (§12.1.1): `localTag` is the tag we put in To. Null when the request has no usable Contact. */
  static fromRequest(request: SipRequest, localTag: string, flow: Flow): Dialog | null {
    const { target } = request;
    if (target === null) return null;
    const to = request.headers.get('To') ?? '';
    return new Dialog({
      callId: request.callId,
      localTag,
      remoteTag: request.fromTag ?? '',
      localAddress: withTag(to, localTag),
      remoteAddress: request.headers.get('From') ?? '',
      ownsCallId: false,
      pinned: behindNat(request, flow),
      routeSet: readRoutes(request.headers.getAll('Record-Route')),
      remoteTarget: target,
      localCSeq: 0,
      remoteCSeq: request.cseq.number,
      flow,
    });
  }

  /**
   * The UAC side (§12.1.2), from a response with a To tag; the route set is that of the 2xx. `pinned` when the request
   * went over the flow of a registration. A response without Contact leaves the target where the request went.
   */
  static fromResponse(request: SipRequest, response: SipResponse, flow: Flow, pinned: boolean): Dialog {
    const target = response.target ?? request.uri;
    return new Dialog({
      callId: request.callId,
      localTag: request.fromTag ?? '',
      remoteTag: response.toTag ?? '',
      localAddress: request.headers.get('From') ?? '',
      remoteAddress: response.headers.get('To') ?? request.headers.get('To') ?? '',
      ownsCallId: true,
      pinned,
      routeSet: readRoutes(response.headers.getAll('Record-Route').reverse()),
      remoteTarget: target,
      localCSeq: request.cseq.number,
      remoteCSeq: -1,
      flow,
    });
  }

  /** From what was written, over a flow made anew; our number leaps. Throws for what was not made by `plain`. */
  static fromPlain(plain: PlainDialog, flow: Flow): Dialog {
    const remoteTarget = parseUri(plain.remoteTarget);
    if (remoteTarget === null) throw new Error('a remote target cannot be read');
    return new Dialog({ ...plain, routeSet: readRoutes(plain.routeSet), remoteTarget, flow }).leap();
  }

  plain(): PlainDialog {
    const { callId, localTag, remoteTag, localAddress, remoteAddress, ownsCallId, pinned } = this;
    return {
      callId,
      localTag,
      remoteTag,
      localAddress,
      remoteAddress,
      ownsCallId,
      pinned,
      routeSet: this.#routeSet.map(({ text }) => text),
      remoteTarget: formatUri(this.#remoteTarget),
      localCSeq: this.#localCSeq,
      remoteCSeq: this.#remoteCSeq,
      flow: plainFlow(this.flow),
    };
  }

  /** The 2xx of an early dialog of ours: route set and target are read again, the numbers go on (§13.2.2.4). */
  confirm(response: SipResponse): void {
    this.#routeSet = readRoutes(response.headers.getAll('Record-Route').reverse());
    this.refreshTarget(response);
    this.#localCSeq = Math.max(this.#localCSeq, response.cseq.number);
  }

  get key(): string {
    return dialogKey(this.callId, this.localTag, this.remoteTag);
  }

  get flow(): Flow {
    return this.#flow;
  }

  set flow(flow: Flow) {
    const moved = flow.id !== this.#flow.id;
    this.#flow = flow;
    if (moved) this.onMoved?.();
  }

  get remoteTarget(): SipUri {
    return this.#remoteTarget;
  }

  /** Past whatever an earlier run has sent in it (§12.2.1.1 wants our number to grow, not to grow by one). */
  leap(): this {
    this.#localCSeq = Math.min(this.#localCSeq + cseqLeap, 0x7fff_fffe);
    return this;
  }

  /** The number for our next request; ACK and CANCEL reuse that of their INVITE. */
  nextCSeq(): number {
    return ++this.#localCSeq;
  }

  /** Takes the number of a request of the peer; false when it is out of order and must get 500 (§12.2.2). */
  takeCSeq(number: number): boolean {
    if (number <= this.#remoteCSeq) return false;
    this.#remoteCSeq = number;
    return true;
  }

  /** A re-INVITE or UPDATE, or a 2xx to one, may move the peer (§12.2). */
  refreshTarget(message: SipRequest | SipResponse): void {
    const target = message.headers.has('Contact') ? message.target : null;
    if (target === null) return;
    this.#remoteTarget = target;
    this.onMoved?.();
  }

  addressing(): Addressing {
    const first = this.#routeSet[0];
    const target = requestUri(this.#remoteTarget);
    if (first === undefined) return { uri: target, routes: [], next: target };
    if (first.uri.params.has('lr')) {
      return { uri: target, routes: this.#routeSet.map((hop) => hop.text), next: first.uri };
    }
    // A strict router (RFC 2543) wants itself in the Request-URI and the target at the end of the route.
    const rest = this.#routeSet.slice(1).map((hop) => hop.text);
    return { uri: requestUri(first.uri), routes: [...rest, `<${formatUri(target)}>`], next: first.uri };
  }
}

/** Call-ID, our tag, the peer's tag. */
export function dialogKey(callId: string, localTag: string, remoteTag: string): string {
  return `${callId}\n${localTag}\n${remoteTag}`;
}

/** A Contact as a Request-URI: without `method` and headers, which may not stand there (§19.1.1). */
function requestUri(uri: SipUri): SipUri {
  if (uri.headers.size === 0 && !uri.params.has('method')) return uri;
  const params = new Map(uri.params);
  params.delete('method');
  return { ...uri, params, headers: new Map() };
}

function readRoutes(values: readonly string[]): readonly Hop[] {
  if (values.length === 0) return noHops;
  const hops: Hop[] = [];
  for (const text of values) {
    const parsed = parseNameAddr(text);
    // One that cannot be read is passed on all the same: left out, the requests of the dialog would miss a proxy.
    hops.push({ text, uri: parsed?.uri ?? unreadableHop });
  }
  return hops;
}

const noHops: readonly Hop[] = [];

/** Loose, and nowhere: what goes there first goes over the dialog's flow. */
const unreadableHop: SipUri = { ...sipUri(null, ''), params: new Map([['lr', null]]) };

/**
 * The one hop between us and the peer rewrote its address: what it wrote in Via is not what we see (RFC 3581). With
 * proxies in between their Record-Route says where to send instead.
 */
function behindNat(request: SipRequest, flow: Flow): boolean {
  const via = request.via;
  if (request.headers.has('Record-Route') || request.vias.length > 1) return false;
  const host = via.host.startsWith('[') ? via.host.slice(1, -1) : via.host;
  if (host !== flow.remote.address) return true;
  return via.params.has('rport') && (via.port ?? 5060) !== flow.remote.port;
}
