import type { Timer } from '../../base/clock.ts';
import { newId } from '../../base/id.ts';
import { formatNameAddr } from '../message/name-addr.ts';
import type { SipUri } from '../message/uri.ts';
import type { Flow } from '../transport/flow.ts';
import { Branch, type BranchOwner } from './branch.ts';
import type { InfoDigit } from './info-digits.ts';
import type { InviteTarget, OutgoingInvite, OutgoingInviteOptions } from './invite.ts';
import { better, type InviteRefusal } from './refusal.ts';
import type { Session } from './session.ts';
import { newTag, oneLine, type UserAgentCore } from './user-agent-core.ts';

/** How long a target may say nothing at all while there is another to try. */
const usualPatienceMs = 4000;
/** Targets that 3xx responses may add to one invitation. */
const mostRedirects = 5;

const timeout: InviteRefusal = { status: 408, reason: 'Request Timeout', said: null };

/** A 3xx, the way to whoever said it, and those of its contacts that have not been called yet. */
interface Moved {
  readonly from: Flow | null;
  readonly rest: SipUri[];
  readonly refusal: InviteRefusal;
  followed: boolean;
}

/**
 * An INVITE to one or several targets at once (RFC 3261 §13.2; as a proxy forks, §16.7, but with the dialogs ending
 * here), and to further groups of them while nobody can be reached (RFC 3263 §4.3). All branches carry one Call-ID and
 * From tag, so that a phone registered twice sees that it is one call.
 */
export class ClientInvite implements OutgoingInvite, BranchOwner {
  readonly id: string;
  readonly options: OutgoingInviteOptions;
  readonly callId: string;
  readonly fromText: string;
  readonly toText: string;
  readonly #tag: string;
  readonly #core: UserAgentCore;
  readonly #onDone: () => void;
  readonly #branches: Branch[] = [];
  /** Groups not called yet. */
  readonly #rest: (readonly InviteTarget[])[];
  /** Somebody of the present group was there and said no. */
  #refused = false;
  #open = true;
  #cseq = 0;
  /** The newest last: its contacts come before those left of the older ones. */
  readonly #moved: Moved[] = [];
  #redirects = 0;
  /** Where a 3xx led to last. */
  #following: readonly Branch[] = [];
  #best: InviteRefusal | null = null;
  #limit: Timer | null = null;

  /** `onDone` is called once, when it is accepted, rejected or cancelled. */
  constructor(core: UserAgentCore, options: OutgoingInviteOptions, onDone: () => void) {
    this.id = newId(core.random);
    this.options = options;
    this.#rest = [options.targets, ...(options.failover ?? [])];
    this.#core = core;
    this.#onDone = onDone;
    this.callId = core.random.bytes(16).toString('hex');
    this.#tag = newTag(core.random);
    const params = new Map(options.from.params).set('tag', this.#tag);
    this.fromText = oneLine(formatNameAddr({ ...options.from, params }));
    this.toText = oneLine(formatNameAddr(options.to));
  }

  /** Sends to every target. What can be known at once is told a moment later, not before this returns. */
  start(): void {
    this.#core.tell(() => this.options.onBegun?.({ callId: this.callId, localTag: this.#tag }));
    const rest = this.#nextGroup();
    const delayMs = rest ? this.options.timeoutMs : 0;
    this.#limit = this.#core.clock.setTimer(delayMs, () => this.#timedOut(rest));
  }

  /** Tells the owner of a refusal of our own, without sending anything. */
  refuse(status: number, reason: string): void {
    const refusal = { status, reason, said: null };
    this.#best = refusal;
    this.#limit = this.#core.clock.setTimer(0, () => this.#reject(refusal));
  }

  takes(event: string): boolean {
    return this.#open && this.#branches.some((branch) => branch.ringing(event).length > 0);
  }

  notify(event: string): void {
    const asked = this.#branches.flatMap((branch) => branch.ringing(event));
    const next = (): void => {
      if (!this.#open) return;
      asked.shift()?.notify(event, (status) => {
        if (status >= 300) next();
      });
    };
    next();
  }

  cancel(reason?: string): void {
    if (!this.#open) return;
    this.#reject(
      { status: 487, reason: 'Request Terminated', said: null },
      reason === undefined ? undefined : oneLine(reason),
    );
  }

  nextCSeq(): number {
    return ++this.#cseq;
  }

  get patienceMs(): number | null {
    const more = this.#rest.length > 0 || this.#moved.some(({ rest }) => rest.length > 0);
    return more ? (this.options.failoverMs ?? usualPatienceMs) : null;
  }

  earlyAnswer(offer: string): string | null {
    let answer: string | null = null;
    this.#core.tell(() => {
      answer = this.options.onEarlyOffer?.(offer) ?? null;
    });
    return answer;
  }

  progressed(status: number, sdp: string | null): void {
    if (this.#open) this.#core.tell(() => this.options.onProgress(status, sdp));
  }

  pressed(key: InfoDigit): void {
    if (this.#open) this.#core.tell(() => this.options.onKey?.(key));
  }

  wins(winner: Branch): boolean {
    if (!this.#open) return false;
    this.#close();
    for (const branch of this.#branches) {
      if (branch !== winner) branch.cancel('SIP;cause=200;text="Call completed elsewhere"');
    }
    return true;
  }

  answered(session: Session, sdp: string | null): string | null | undefined {
    let answer: string | null | undefined = null;
    // The ACK must go out whatever the owner does with the call; BYE follows it.
    this.#core.tell(
      () => {
        answer = this.options.onAccepted(session, sdp);
      },
      () => session.bye(),
    );
    return answer;
  }

  failed(branch: Branch, refusal: InviteRefusal, redirects: readonly SipUri[], unreachable: boolean): void {
    if (!this.#open) return;
    if (redirects.length > 0) {
      this.#moved.push({ from: branch.flow, rest: [...redirects], refusal, followed: false });
    } else {
      this.#best = better(this.#best, refusal);
      if (!unreachable) this.#refused = true;
    }
    // 6xx speaks for everyone who could be reached (§21.6).
    if (refusal.status >= 600) this.#reject(refusal);
    else this.#goOn();
    if (this.#open) this.#core.tell(() => this.options.onFewer?.());
  }

  silent(branch: Branch): void {
    if (!this.#open) return;
    // It may be slow rather than gone: what it says later is cancelled or ended.
    branch.giveUp('SIP;cause=408;text="Request Timeout"');
    this.#best = better(this.#best, timeout);
    this.#goOn();
  }

  /** Where a 3xx leads; when nobody of the present group is left, the next group, or the end. */
  #goOn(): void {
    this.#followRedirects();
    if (!this.#open || this.#best === null || !this.#branches.every((branch) => branch.over)) return;
    if (this.#refused || !this.#nextGroup()) this.#reject(this.#best);
  }

  /** Calls the first group in which somebody can be sent to. */
  #nextGroup(): boolean {
    for (let group = this.#rest.shift(); group !== undefined; group = this.#rest.shift()) {
      if (group.filter((target) => this.#add(target) !== null).length > 0) return true;
    }
    return false;
  }

  /**
   * What a 3xx names is called in its order, the next when the one before has failed (§8.1.3.4), unless all are to ring
   * at once.
   */
  #followRedirects(): void {
    const inTurn = this.options.redirectsAtOnce !== true;
    for (let moved = this.#moved.at(-1); moved !== undefined; moved = this.#moved.at(-1)) {
      if (inTurn && this.#following.some((branch) => !branch.over)) return;
      const uri = this.#redirects < mostRedirects ? moved.rest.shift() : undefined;
      if (uri !== undefined) {
        if (this.#follow(uri, moved.from)) moved.followed = true;
        if (!this.#open) return;
        continue;
      }
      this.#moved.pop();
      if (moved.followed) continue;
      // Nobody could be called instead: then the 3xx is the answer.
      this.#best = better(this.#best, moved.refusal);
      this.#refused = true;
    }
  }

  #follow(uri: SipUri, from: Flow | null): boolean {
    const targets = this.#redirect(uri, from);
    if (targets.length === 0 || !this.#open) return false;
    this.#redirects++;
    const branches = targets.map((target) => this.#add({ redirected: true, ...target })).filter((one) => one !== null);
    if (branches.length > 0) {
      this.#following = branches;
      this.#core.tell(() => this.options.onRedirected?.(uri));
    }
    return branches.length > 0;
  }

  #redirect(uri: SipUri, from: Flow | null): readonly InviteTarget[] {
    const { mayRedirect } = this.options;
    let targets: readonly InviteTarget[] = [];
    if (mayRedirect === undefined || from === null) return targets;
    this.#core.tell(() => {
      targets = mayRedirect(uri, from);
    });
    return targets;
  }

  /** Null when it cannot be sent to. */
  #add(target: InviteTarget): Branch | null {
    const branch = new Branch(this.#core, this, target);
    this.#branches.push(branch);
    if (branch.start()) return branch;
    this.#best = better(this.#best, { status: 480, reason: 'No Way To The Target', said: null });
    return null;
  }

  #timedOut(calling: boolean): void {
    const none = { status: 480, reason: 'Temporarily Unavailable', said: null };
    this.#reject(calling ? timeout : (this.#best ?? none));
  }

  #reject(refusal: InviteRefusal, cancelReason?: string): void {
    if (!this.#open) return;
    this.#close();
    for (const branch of this.#branches) branch.cancel(cancelReason);
    this.#core.tell(() => this.options.onRejected(refusal.status, refusal.reason, refusal.said));
  }

  #close(): void {
    this.#open = false;
    this.#limit?.cancel();
    this.#limit = null;
    this.#onDone();
  }
}
