import { coerceError } from '../../base/app-error.ts';
import type { Clock } from '../../base/clock.ts';
import type { Connection } from '../../call/model/connection.ts';
import type { CallRuntime } from '../../call/runtime/runtime.ts';
import { clearConnection } from '../../call/services/clear-connection.ts';
import type { Leg } from '../leg.ts';

/** So long a seat is kept for who has just been answered: browsers take their time to find a way. */
const usualGraceMs = 8000;

interface Held {
  readonly callId: string;
  readonly connection: Connection;
  readonly leg: Leg;
}

/**
 * Seats in conferences of callers who have been answered and never showed that they are there: by SIP their INVITE may
 * have been sent in anybody's name, and a browser may have offered and gone. Else some datagrams would fill a
 * conference. Where it is full, they give way to who has.
 */
export class UnprovenSeats {
  readonly #clock: Clock;
  readonly #runtime: Pick<CallRuntime, 'callOfConference' | 'do'>;
  readonly #legOf: (legId: string) => Leg | null;
  readonly #graceMs: number;

  constructor(
    clock: Clock,
    runtime: Pick<CallRuntime, 'callOfConference' | 'do'>,
    legOf: (legId: string) => Leg | null,
    graceMs = usualGraceMs,
  ) {
    this.#clock = clock;
    this.#runtime = runtime;
    this.#legOf = legOf;
    this.#graceMs = graceMs;
  }

  /** Whether somebody there would give way. */
  any(conferenceId: string): boolean {
    return this.#oldest(conferenceId) !== null;
  }

  /** Ends the one who has been there for longest. False: there is none. */
  async free(conferenceId: string): Promise<boolean> {
    const held = this.#oldest(conferenceId);
    if (held === null) return false;
    const { callId, connection, leg } = held;
    try {
      await this.#runtime.do(clearConnection, { callId, connectionId: connection.id, cause: 'timeout' });
    } catch (error) {
      leg.log.warn({ err: coerceError(error) }, 'a seat could not be taken back');
      return false;
    }
    leg.log.info('a caller who was never heard of again gives up its seat');
    leg.close('timeout');
    return true;
  }

  #oldest(conferenceId: string): Held | null {
    const call = this.#runtime.callOfConference(conferenceId);
    let oldest: Held | null = null;
    for (const connection of call?.connections.values() ?? []) {
      const leg = this.#legOf(connection.legId);
      if (call === null || leg?.state !== 'accepted' || connection.device.kind === 'extension') continue;
      const since = connection.answeredAt ?? connection.startedAt;
      if (this.#clock.now() - since < this.#graceMs) continue;
      const before = oldest?.connection.answeredAt ?? Number.POSITIVE_INFINITY;
      if (since < before) oldest = { callId: call.id, connection, leg };
    }
    return oldest;
  }
}
