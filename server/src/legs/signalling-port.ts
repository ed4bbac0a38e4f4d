import type { Cause } from '../call/cause.ts';
import type { CallerId, DialTarget } from '../call/device.ts';
import type { SignallingPort } from '../call/ports.ts';
import type { Refusal } from '../call/refusal.ts';
import type { CallRuntime } from '../call/runtime.ts';
import type { Invitees } from './invitees.ts';
import type { LegTable } from './leg-table.ts';
import type { Outbound } from './outbound.ts';
import type { SipLeg } from './sip-leg.ts';

interface SignallingPortOptions {
  readonly legs: LegTable;
  readonly outbound: Outbound;
  readonly invitees: Invitees;
  readonly runtime: () => CallRuntime;
  readonly newLeg: (id: string, organizationId: string) => SipLeg;
}

/** The call model's signalling, done by SIP legs. */
export class SipSignallingPort implements SignallingPort {
  readonly #options: SignallingPortOptions;

  constructor(options: SignallingPortOptions) {
    this.#options = options;
  }

  dial(legId: string, to: DialTarget, callerId: CallerId, timeoutMs: number): void {
    const { invitees, legs, newLeg, outbound, runtime } = this.#options;
    const before = legs.get(legId);
    if (before !== null) {
      // An id chosen by an interface, dialled again while the media of its former leg is being closed.
      before.log.warn({ state: before.state }, 'a leg of this id is still there, not dialled again');
      runtime().report(legId, { type: 'failed', cause: 'resourcesNotAvailable' });
      return;
    }
    const ref = runtime().refOfLeg(legId);
    const call = ref === null ? null : runtime().call(ref.callId);
    const leg = newLeg(legId, call?.organizationId ?? '');
    if (ref !== null) leg.belongsTo(ref.callId);
    if (call?.kind === 'access') invitees.dialled(legId, to);
    outbound.dial(leg, to, callerId, timeoutMs);
  }

  ring(legId: string, early = false): void {
    this.#options.legs.get(legId)?.ring(early);
  }

  answer(legId: string): void {
    const leg = this.#options.legs.get(legId);
    // The caller gave up while the call was being stored: nobody is left to answer.
    if (leg === null) this.#options.runtime().report(legId, { type: 'cleared', cause: 'callCancelled' });
    else leg.answer();
  }

  clear(legId: string, cause: Cause, refusal?: Refusal): void {
    this.#options.legs.get(legId)?.close(cause, refusal);
  }
}
