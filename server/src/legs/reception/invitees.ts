import type { Clock, Timer } from '../../base/clock.ts';
import type { Secret } from '../../base/secret.ts';
import type { DialTarget } from '../../call/model/device.ts';
import type { CallRuntime } from '../../call/runtime/runtime.ts';
import { clearConnection } from '../../call/services/clear-connection.ts';
import type { Leg } from '../leg.ts';
import type { Receptions } from './receptions.ts';

/** Where those who have answered go. */
interface InviteesDesk {
  readonly runtime: CallRuntime;
  readonly receptions: Receptions;
}

interface KeptPin {
  readonly pin: Secret;
  readonly limit: Timer;
}

/** A PIN whose leg is not dialled within this is forgotten, ms. */
const keptMs = 60_000;
const mostKept = 10_000;

/**
 * People called on their way to a conference: once they have answered, they are asked for what is not known yet. What
 * was given with the invitation is taken from there: the number from the call (`conferenceNumber`), the PIN from memory
 * alone.
 *
 *   dialled → answered: reception → gone
 *           → gone
 */
export class Invitees {
  readonly #clock: Clock;
  readonly #pins = new Map<string, KeptPin>();
  /** Where those are called who have not answered. */
  readonly #dialled = new Map<string, DialTarget>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  keepPin(legId: string, pin: Secret): void {
    this.#takePin(legId);
    if (this.#pins.size >= mostKept) return;
    const limit = this.#clock.setTimer(keptMs, () => {
      if (!this.#dialled.has(legId)) this.#takePin(legId);
    });
    this.#pins.set(legId, { pin, limit });
  }

  /** This leg is dialled for an access call. */
  dialled(legId: string, target: DialTarget): void {
    this.#dialled.set(legId, target);
  }

  /** An outgoing leg has been answered. */
  answered(leg: Leg, { runtime, receptions }: InviteesDesk): void {
    const target = this.#dialled.get(leg.id);
    if (target === undefined) return;
    this.#dialled.delete(leg.id);
    const pin = this.#takePin(leg.id);
    const ref = runtime.refOfLeg(leg.id);
    const call = ref === null ? null : runtime.call(ref.callId);
    if (ref === null || call?.kind !== 'access') return;
    const { to } = call;
    const from = call.connections.get(ref.connectionId)?.device ?? call.from;
    if (to?.kind !== 'conference' || from === null) {
      leg.log.error('an invitee has no conference to go to');
      void runtime.do(clearConnection, { ...ref, cause: 'systemFailure' }).catch(() => leg.close('systemFailure'));
      return;
    }
    const { organizationId, extensionId } = to;
    const { conferenceNumber } = call;
    receptions.receive({
      leg,
      from,
      route: { kind: 'conference', device: to, organizationId, extensionId, conferenceNumber, pin },
      callerKey: inviteeKey(target),
      answered: true,
    });
  }

  /** The leg is gone. */
  closed(leg: Leg): void {
    this.#dialled.delete(leg.id);
    this.#takePin(leg.id);
  }

  #takePin(legId: string): Secret | null {
    const kept = this.#pins.get(legId);
    kept?.limit.cancel();
    this.#pins.delete(legId);
    return kept?.pin ?? null;
  }
}

/** Who is counted for wrong PINs: the phone that was called, however often. */
function inviteeKey(target: DialTarget): string {
  return target.kind === 'trunk' ? `trunk:${target.trunk}:${target.number}` : `called:${target.aor}`;
}
