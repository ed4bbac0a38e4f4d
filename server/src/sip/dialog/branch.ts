import { ClientAuthorization } from '../auth/client-authorization.ts';
import { Headers } from '../message/headers.ts';
import { SipRequest, type SipResponse } from '../message/message.ts';
import { parseNameAddr } from '../message/name-addr.ts';
import { formatUri, type SipUri } from '../message/uri.ts';
import type { ClientHandlers, ClientTransaction } from '../transaction/transaction.ts';
import type { Flow } from '../transport/flow.ts';
import { Dialog } from './dialog.ts';
import { setBody } from './in-dialog-request.ts';
import type { InviteTarget, OutgoingInviteOptions } from './invite.ts';
import { type BranchInput, type BranchState, branchTable } from './invite-states.ts';
import { nextHop } from './next-hop.ts';
import { Session } from './session.ts';
import { allowedMethods, sdpOf, type UserAgentCore } from './user-agent-core.ts';

/** What all branches of one invitation have in common, and how they report to it. */
export interface BranchOwner {
  readonly options: OutgoingInviteOptions;
  readonly callId: string;
  /** Values of From (with our tag) and To. */
  readonly fromText: string;
  readonly toText: string;
  nextCSeq(): number;
  progressed(status: number, sdp: string | null): void;
  /** True when this 2xx is the one that counts; the branch then asks for the ACK's SDP by `answered`. */
  wins(branch: Branch): boolean;
  answered(session: Session, sdp: string | null): string | null | undefined;
  /** The branch is over without success. `redirects` are the targets a 3xx names. */
  failed(branch: Branch, status: number, reason: string, redirects: readonly SipUri[]): void;
}

/** Rounds of 401, 407 and stale nonces. */
const MAX_ATTEMPTS = 4;
/** Forks behind one target that we keep apart; more than that ring unseen. */
const MAX_FORKS = 16;

/** One target of an outgoing INVITE, by the branch table of invite-states.ts. */
export class Branch implements ClientHandlers {
  readonly #core: UserAgentCore;
  readonly #owner: BranchOwner;
  readonly #target: InviteTarget;
  readonly #authorization: ClientAuthorization | null;
  #state: BranchState = 'calling';
  #attempts = 0;
  #flow: Flow | null = null;
  #request: SipRequest | null = null;
  #transaction: ClientTransaction | null = null;
  /** SDP of provisional responses and sessions of 2xx responses, by To tag: each fork is a dialog of its own. */
  readonly #earlySdp = new Map<string, string>();
  readonly #sessions = new Map<string, Session>();

  constructor(core: UserAgentCore, owner: BranchOwner, target: InviteTarget) {
    this.#core = core;
    this.#owner = owner;
    this.#target = target;
    // A host we were redirected to must not be given what lets it guess our password.
    const credentials = target.redirected === true ? undefined : owner.options.credentials;
    this.#authorization = credentials === undefined ? null : new ClientAuthorization(credentials, core.random);
  }

  get over(): boolean {
    return this.#state === 'over';
  }

  /** Sends the INVITE. False when the target names nothing we can send to. */
  start(): boolean {
    this.#flow = this.#findFlow();
    if (this.#flow === null || this.#flow.closed) {
      this.#state = 'over';
      return false;
    }
    this.#send(this.#flow);
    return true;
  }

  cancel(reason: string | undefined): void {
    if (this.#step('cancel')) this.#transaction?.cancel(reason);
  }

  #findFlow(): Flow | null {
    const { flow, uri, kind, route } = this.#target;
    if (flow !== undefined) return flow;
    const first = route?.[0] === undefined ? null : parseNameAddr(route[0]);
    const hop = nextHop(first?.uri ?? uri, kind ?? 'udp');
    if (hop === null || !this.#core.kinds.includes(hop.kind)) return null;
    return this.#core.transport.flowTo(hop.kind, hop.remote);
  }

  #send(flow: Flow): void {
    const { options, callId, fromText, toText } = this.#owner;
    const headers = new Headers();
    for (const route of this.#target.route ?? []) headers.appendParsed('Route', route);
    headers.append('Max-Forwards', '70');
    headers.append('From', fromText);
    headers.append('To', toText);
    headers.append('Call-ID', callId);
    headers.append('CSeq', `${this.#owner.nextCSeq()} INVITE`);
    headers.append('Contact', this.#core.contact(flow));
    headers.append('Allow', allowedMethods);
    headers.append('User-Agent', this.#core.product);
    for (const [name, value] of options.headers ?? []) headers.set(name, value);
    const request = new SipRequest('INVITE', this.#target.uri, headers);
    if (options.offer !== null) setBody(request, 'application/sdp', options.offer);
    this.#authorization?.apply(request, formatUri(request.uri));
    this.#attempts++;
    this.#request = request;
    this.#transaction = this.#core.transactions.request(request, flow, this);
  }

  onResponse(response: SipResponse): void {
    if (response.status < 200) this.#provisional(response);
    else if (response.status < 300) this.#success(response);
    else this.#failure(response);
  }

  onTimeout(): void {
    if (this.#step('failure')) this.#owner.failed(this, 408, 'Request Timeout', []);
  }

  onTransportError(): void {
    if (this.#step('failure')) this.#owner.failed(this, 503, 'Service Unavailable', []);
  }

  #provisional(response: SipResponse): void {
    if (response.status === 100 || !this.#step('provisional')) return;
    const sdp = sdpOf(response);
    const text = sdp === false ? null : sdp;
    const tag = response.toTag;
    if (text !== null && tag !== null && this.#earlySdp.size < MAX_FORKS) this.#earlySdp.set(tag, text);
    this.#owner.progressed(response.status, text);
  }

  #success(response: SipResponse): void {
    const tag = response.toTag ?? '';
    const known = this.#sessions.get(tag);
    if (known !== undefined) {
      known.repeatAck(response);
      return;
    }
    const request = this.#request;
    const flow = this.#flow;
    if (request === null || flow === null || this.#sessions.size >= MAX_FORKS) return;
    const wins = this.#state !== 'cancelling' && this.#state !== 'over' && this.#owner.wins(this);
    this.#step('success');
    const dialog = Dialog.fromResponse(request, response, flow, this.#target.flow !== undefined);
    const session = Session.confirm(this.#core, dialog, this.#authorization);
    this.#sessions.set(tag, session);
    if (!wins) {
      // Another fork was faster, or the CANCEL came too late: every 2xx wants its ACK, then BYE (§13.2.2.4, §9.1).
      session.acknowledge(request, null);
      session.bye();
      return;
    }
    const sdp = sdpOf(response);
    // Some callees give the answer in a provisional response only and leave it out here.
    const text = (sdp === false ? null : sdp) ?? this.#earlySdp.get(tag) ?? null;
    this.#earlySdp.clear();
    const answer = this.#owner.answered(session, text) ?? null;
    if (this.#owner.options.offer !== null) {
      session.acknowledge(request, null);
      return;
    }
    session.acknowledge(request, answer);
    // An offer without an answer cannot stand (RFC 3264 §4).
    if (answer === null) session.bye();
  }

  #failure(response: SipResponse): void {
    const asked = response.status === 401 || response.status === 407;
    const flow = this.#flow;
    if (asked && flow !== null && this.#state !== 'cancelling' && this.#state !== 'over') {
      if (this.#attempts < MAX_ATTEMPTS && this.#authorization?.learn(response) === true) {
        this.#send(flow);
        return;
      }
    }
    if (!this.#step('failure')) return;
    const redirected = response.status >= 300 && response.status < 400 && response.status !== 380;
    const redirects = redirected ? response.contacts.map((contact) => contact.uri) : [];
    this.#owner.failed(this, response.status, response.reason, redirects);
  }

  #step(input: BranchInput): boolean {
    const next = branchTable[this.#state][input];
    if (next === undefined) return false;
    this.#state = next;
    return true;
  }
}
