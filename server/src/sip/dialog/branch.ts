import type { Timer } from '../../base/clock.ts';
import { ClientAuthorization } from '../auth/client-authorization.ts';
import { takenEvents } from '../message/event-packages.ts';
import { Headers } from '../message/headers.ts';
import { SipRequest, type SipResponse } from '../message/message.ts';
import type { NameAddr } from '../message/name-addr.ts';
import { formatUri, type SipUri } from '../message/uri.ts';
import type { ClientHandlers, ClientTransaction } from '../transaction/transaction.ts';
import type { Flow } from '../transport/flow.ts';
import { Dialog } from './dialog.ts';
import { EarlyDialog } from './early-dialog.ts';
import { setBody } from './in-dialog-request.ts';
import type { InfoDigit } from './info-digits.ts';
import type { InviteTarget, OutgoingInviteOptions, Reliable } from './invite.ts';
import { type BranchInput, type BranchState, branchTable } from './invite-states.ts';
import { inviteKind, mostRingingMs, textOfInvite } from './left-facts.ts';
import { flowToTarget } from './next-hop.ts';
import { supportedOptions } from './option-tags.ts';
import { type InviteRefusal, saidIn } from './refusal.ts';
import { Session } from './session.ts';
import { sdpOf, type UserAgentCore } from './user-agent-core.ts';

/** What all branches of one invitation have in common, and how they report to it. */
export interface BranchOwner {
  readonly options: OutgoingInviteOptions;
  readonly callId: string;
  /** Values of From (with our tag) and To. */
  readonly fromText: string;
  readonly toText: string;
  nextCSeq(): number;
  /** Whether there is somebody else to call, should this one say nothing at all for so many milliseconds. */
  readonly patienceMs: number | null;
  progressed(status: number, sdp: string | null): void;
  /** A key that an INFO told before the 2xx. */
  pressed(key: InfoDigit): void;
  /** Our answer to an offer in a reliable provisional response. */
  earlyAnswer(offer: string): string | null;
  /** Not a word within `patienceMs`. */
  silent(branch: Branch): void;
  /** True when this 2xx is the one that counts; the branch then asks for the ACK's SDP by `answered`. */
  wins(branch: Branch): boolean;
  answered(session: Session, sdp: string | null): string | null | undefined;
  /**
   * The branch is over without success. `redirects` are the targets a 3xx names, best first; `unreachable` when nobody
   * there decided it: transport error, time-out, 503.
   */
  failed(branch: Branch, refusal: InviteRefusal, redirects: readonly SipUri[], unreachable: boolean): void;
}

/** Rounds of 401, 407 and stale nonces. */
const mostAttempts = 4;
/** Forks behind one target that we keep apart; more than that ring unseen. */
const mostForks = 16;
/** Contacts of a 3xx that are looked at; who is called is bounded by the owner. */
const mostContacts = 10;

/** Accepted, by somebody whom nothing could be sent to. */
const unusable: InviteRefusal = { status: 502, reason: 'Contact Unusable', said: null };

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
  #patience: Timer | null = null;
  #givenUp = false;
  /** Under which the INVITE is written down. */
  #factKey: string | null = null;
  /** What was heard before the 2xx, and the sessions of the 2xx, by To tag: each fork is a dialog of its own. */
  readonly #early = new Map<string, EarlyDialog>();
  readonly #sessions = new Map<string, Session>();

  constructor(core: UserAgentCore, owner: BranchOwner, target: InviteTarget) {
    this.#core = core;
    this.#owner = owner;
    this.#target = target;
    // A host we were redirected to must not be given what lets it guess our password.
    const credentials = target.redirected === true ? undefined : owner.options.credentials;
    this.#authorization = credentials === undefined ? null : new ClientAuthorization(credentials, core.random);
  }

  /** The way to the target; null when there is none. */
  get flow(): Flow | null {
    return this.#flow;
  }

  /** Nothing is expected of it any more. */
  get over(): boolean {
    return this.#state === 'over' || this.#givenUp;
  }

  /** The forks that ring and take this event package. */
  ringing(event: string): EarlyDialog[] {
    return this.over ? [] : [...this.#early.values()].filter((early) => early.takes(event));
  }

  /** Sends the INVITE. False when the target names nothing we can send to. */
  start(): boolean {
    this.#flow = flowToTarget(this.#core, this.#target);
    if (this.#flow === null) {
      this.#state = 'over';
      return false;
    }
    this.#send(this.#flow);
    return true;
  }

  /** As `cancel`, and the owner hears no more of it. */
  giveUp(reason: string): void {
    this.#givenUp = true;
    this.cancel(reason);
  }

  cancel(reason: string | undefined): void {
    this.#hear();
    if (this.#step('cancel')) this.#transaction?.cancel(reason);
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
    headers.append('Contact', this.#core.contact(flow, this.#target.uri));
    headers.append('Allow', this.#core.methods.allow);
    const reliable = reliability(options);
    if (reliable === 'required') headers.append('Require', '100rel');
    const supported = supportedOptions(reliable === 'supported' ? [] : ['100rel']);
    if (supported !== '') headers.append('Supported', supported);
    headers.append('User-Agent', this.#core.product);
    for (const [name, value] of [...(options.headers ?? []), ...(this.#target.headers ?? [])]) headers.set(name, value);
    const request = new SipRequest('INVITE', this.#target.uri, headers);
    if (options.offer !== null) setBody(request, 'application/sdp', options.offer);
    this.#authorization?.apply(request, formatUri(request.uri));
    this.#attempts++;
    this.#request = request;
    this.#wait();
    this.#transaction = this.#core.transactions.request(request, flow, this);
    this.#remember(request, flow);
  }

  onResponse(response: SipResponse): void {
    this.#hear();
    if (response.status < 200) this.#provisional(response);
    else if (response.status < 300) this.#success(response);
    else this.#failure(response);
  }

  onTimeout(): void {
    this.#fail({ status: 408, reason: 'Request Timeout', said: null }, [], true);
  }

  onTransportError(): void {
    this.#fail({ status: 503, reason: 'Service Unavailable', said: null }, [], true);
  }

  #provisional(response: SipResponse): void {
    if (response.status === 100 || !this.#step('provisional')) return;
    const tag = response.toTag;
    const request = this.#request;
    const flow = this.#flow;
    if (request === null || flow === null) return;
    // Before RFC 3261 there need not be a tag, and without one there is nothing to acknowledge.
    const early = tag === null ? new EarlyDialog(this.#core, null, null) : this.#earlyOf(tag);
    if (early === null) return;
    const invite = { request, flow, pinned: this.#target.flow !== undefined };
    if (tag !== null) {
      early.open(response, invite);
      early.hearEvents(response, invite, this.#target.events ?? []);
    }
    const late = this.#owner.options.offer === null;
    const answer = late ? (offer: string) => this.#owner.earlyAnswer(offer) : null;
    const heard = early.hear(response, invite, answer);
    if (heard !== null) this.#owner.progressed(response.status, heard.sdp);
  }

  #earlyOf(tag: string): EarlyDialog | null {
    const known = this.#early.get(tag);
    if (known !== undefined) return known;
    if (this.#early.size >= mostForks) return null;
    const early = new EarlyDialog(this.#core, this.#authorization, (key) => {
      if (!this.over) this.#owner.pressed(key);
    });
    this.#early.set(tag, early);
    return early;
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
    if (request === null || flow === null || this.#sessions.size >= mostForks) return;
    const early = this.#early.get(tag) ?? null;
    const awaited = this.#state !== 'cancelling' && this.#state !== 'over';
    // A Contact that names nobody we could send to: nothing in this dialog would arrive.
    const lost = response.target === null && response.headers.getAll('Contact').length > 0 && early?.reachable !== true;
    const wins = awaited && !lost && this.#owner.wins(this);
    const ringing = early?.events ?? [];
    const events = takenEvents(response, ringing.length > 0 ? ringing : (this.#target.events ?? []));
    this.#step('success');
    const dialog = early?.dialog ?? Dialog.fromResponse(request, response, flow, this.#target.flow !== undefined);
    if (early?.dialog === dialog) dialog.confirm(response);
    const session = Session.confirm(this.#core, dialog, this.#authorization, events);
    this.#sessions.set(tag, session);
    if (!wins) {
      // Another fork was faster, the CANCEL came too late, or there is no way on: every 2xx wants its ACK, then BYE
      // (§13.2.2.4, §9.1).
      session.acknowledge(request, null);
      session.bye();
      if (awaited && lost && !this.#givenUp) this.#owner.failed(this, unusable, [], false);
      return;
    }
    const sdp = sdpOf(response);
    const inFinal = sdp === false ? null : sdp;
    // Some callees give the answer in a provisional response only, reliable or not, and leave it out here.
    const text = early?.settled === true ? early.sdp : (inFinal ?? early?.sdp ?? null);
    const answer = this.#owner.answered(session, text) ?? null;
    if (this.#owner.options.offer !== null || early?.settled === true) {
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
      if (this.#attempts < mostAttempts && this.#authorization?.learn(response, this.#request) === true) {
        this.#send(flow);
        return;
      }
    }
    const redirected = response.status >= 300 && response.status < 400 && response.status !== 380;
    const redirects = redirected ? inOrder(response.contacts) : [];
    const { status, reason } = response;
    this.#fail({ status, reason, said: saidIn(response) }, redirects, status === 503);
  }

  #fail(refusal: InviteRefusal, redirects: readonly SipUri[], unreachable: boolean): void {
    this.#hear();
    if (!this.#step('failure') || this.#givenUp) return;
    this.#owner.failed(this, refusal, redirects, unreachable);
  }

  /** For every INVITE anew: who asked for the password may have gone since. */
  #wait(): void {
    this.#hear();
    const { patienceMs } = this.#owner;
    if (patienceMs === null) return;
    this.#patience = this.#core.clock.setTimer(patienceMs, () => this.#owner.silent(this));
  }

  /** Somebody is there, or it does not matter any more. */
  #hear(): void {
    this.#patience?.cancel();
    this.#patience = null;
  }

  #step(input: BranchInput): boolean {
    const next = branchTable[this.#state][input];
    if (next === undefined) return false;
    this.#state = next;
    if (next === 'over') {
      this.#forget();
      for (const early of this.#early.values()) early.close();
      // Other forks may still accept, and their dialogs go on with the numbers they have.
      if (input === 'failure') this.#early.clear();
    }
    return true;
  }

  /** For the next run, should this one leave it behind. */
  #remember(request: SipRequest, flow: Flow): void {
    this.#forget();
    if (this.#state === 'over' || request.branch === null) return;
    const pinned = this.#target.flow !== undefined;
    const account = this.#authorization?.account ?? null;
    const { clock, facts } = this.#core;
    const text = () => textOfInvite(request, flow, pinned, account);
    facts.keep(inviteKind, request.branch, text, clock.now() + mostRingingMs);
    this.#factKey = request.branch;
  }

  #forget(): void {
    if (this.#factKey !== null) this.#core.facts.forget(inviteKind, this.#factKey);
    this.#factKey = null;
  }
}

/** What a 3xx names, by falling q (RFC 3261 §8.1.3.4), the first few. */
function inOrder(contacts: readonly NameAddr[]): SipUri[] {
  const weighed = contacts.map(({ uri, params }) => ({ uri, q: weight(params.get('q') ?? '1') }));
  return weighed
    .sort((a, b) => b.q - a.q)
    .slice(0, mostContacts)
    .map(({ uri }) => uri);
}

function weight(q: string): number {
  return /^[01](\.\d{0,3})?$/.test(q) ? Number(q) : 0;
}

/** Reliable responses may hold an offer when ours is missing: then only who can answer it may ask for them. */
function reliability(options: OutgoingInviteOptions): Reliable {
  if (options.offer === null && options.onEarlyOffer === undefined) return 'off';
  return options.reliable ?? 'supported';
}
