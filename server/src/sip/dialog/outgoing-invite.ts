import type { Timer } from '../../base/clock.ts';
import { newId } from '../../base/id.ts';
import { formatNameAddr } from '../message/name-addr.ts';
import type { SipUri } from '../message/uri.ts';
import { Branch, type BranchOwner } from './branch.ts';
import type { InviteTarget, OutgoingInvite, OutgoingInviteOptions } from './invite.ts';
import type { Session } from './session.ts';
import { newTag, oneLine, type UserAgentCore } from './user-agent-core.ts';

/** Targets that 3xx responses may add to one invitation. */
const MAX_REDIRECTS = 5;

interface Refusal {
  readonly status: number;
  readonly reason: string;
}

/**
 * An INVITE to one or several targets at once (RFC 3261 §13.2; as a proxy forks, §16.7, but with the dialogs ending
 * here). All branches carry one Call-ID and From tag, so that a phone registered twice sees that it is one call.
 */
export class ClientInvite implements OutgoingInvite, BranchOwner {
  readonly id: string;
  readonly options: OutgoingInviteOptions;
  readonly callId: string;
  readonly fromText: string;
  readonly toText: string;
  readonly #core: UserAgentCore;
  readonly #onDone: () => void;
  readonly #branches: Branch[] = [];
  #open = true;
  #cseq = 0;
  #redirects = 0;
  #best: Refusal | null = null;
  #limit: Timer | null = null;

  /** `onDone` is called once, when it is accepted, rejected or cancelled. */
  constructor(core: UserAgentCore, options: OutgoingInviteOptions, onDone: () => void) {
    this.id = newId(core.random);
    this.options = options;
    this.#core = core;
    this.#onDone = onDone;
    this.callId = core.random.bytes(16).toString('hex');
    const params = new Map(options.from.params).set('tag', newTag(core.random));
    this.fromText = oneLine(formatNameAddr({ ...options.from, params }));
    this.toText = oneLine(formatNameAddr(options.to));
  }

  /** Sends to every target. What can be known at once is told a moment later, not before this returns. */
  start(): void {
    for (const target of this.options.targets) this.#add(target);
    const rest = this.#branches.some((branch) => !branch.over);
    const delayMs = rest ? this.options.timeoutMs : 0;
    this.#limit = this.#core.clock.setTimer(delayMs, () => this.#timedOut(rest));
  }

  /** Tells the owner of a refusal of our own, without sending anything. */
  refuse(status: number, reason: string): void {
    this.#best = { status, reason };
    this.#limit = this.#core.clock.setTimer(0, () => this.#reject({ status, reason }));
  }

  cancel(reason?: string): void {
    if (!this.#open) return;
    this.#reject({ status: 487, reason: 'Request Terminated' }, reason === undefined ? undefined : oneLine(reason));
  }

  nextCSeq(): number {
    return ++this.#cseq;
  }

  progressed(status: number, sdp: string | null): void {
    if (this.#open) this.#core.tell(() => this.options.onProgress(status, sdp));
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

  failed(_branch: Branch, status: number, reason: string, redirects: readonly SipUri[]): void {
    if (!this.#open) return;
    const started = redirects.filter((uri) => this.#follow(uri)).length;
    if (started === 0) this.#best = better(this.#best, { status, reason });
    // 6xx speaks for everyone who could be reached (§21.6).
    const everyone = status >= 600 || this.#branches.every((branch) => branch.over);
    if (everyone && this.#best !== null) this.#reject(status >= 600 ? { status, reason } : this.#best);
  }

  #follow(uri: SipUri): boolean {
    if (this.#redirects >= MAX_REDIRECTS || uri.scheme === 'tel') return false;
    this.#redirects++;
    return this.#add({ uri, redirected: true });
  }

  #add(target: InviteTarget): boolean {
    const branch = new Branch(this.#core, this, target);
    this.#branches.push(branch);
    const started = branch.start();
    if (!started) this.#best = better(this.#best, { status: 480, reason: 'No Way To The Target' });
    return started;
  }

  #timedOut(calling: boolean): void {
    const none = { status: 480, reason: 'Temporarily Unavailable' };
    this.#reject(calling ? { status: 408, reason: 'Request Timeout' } : (this.#best ?? none));
  }

  #reject(refusal: Refusal, cancelReason?: string): void {
    if (!this.#open) return;
    this.#close();
    for (const branch of this.#branches) branch.cancel(cancelReason);
    this.#core.tell(() => this.options.onRejected(refusal.status, refusal.reason));
  }

  #close(): void {
    this.#open = false;
    this.#limit?.cancel();
    this.#limit = null;
    this.#onDone();
  }
}

/** The more telling of two refusals: a person's no, then the lowest class; a mere absence or overload comes last (§16.7). */
function better(a: Refusal | null, b: Refusal): Refusal {
  return a === null || rank(b.status) < rank(a.status) ? b : a;
}

function rank(status: number): number {
  if (status >= 600) return 0;
  if (status === 486 || status === 480) return status === 486 ? 1 : 5;
  if (status === 408 || status === 503 || status === 487) return 6;
  return status < 500 ? 2 : 4;
}
