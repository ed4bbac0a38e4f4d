import type { Call } from '../../call/model/call.ts';
import type { Unreached } from '../../call/model/cause.ts';
import type { Connection } from '../../call/model/connection.ts';
import type { CallEvent } from '../../call/model/events.ts';
import { toldAs } from './leg-causes.ts';

/** How far it has come: a final status, or that it rings; null: no news. */
export type Progress = { readonly status: number } | 'rings' | null;

/**
 * How far a party has come that is dialled in the place of another, as that one is told; by the events of their call:
 *
 *   one of those dialled for it rings                       180
 *   one has answered                                        200
 *   none is left: the status of whoever refused last        486, 480, 603 …
 *
 * There may be several: phones that ring along, or to which the first one sends the call.
 */
export class ReplacementProgress {
  readonly #sender: string;
  readonly #dialled = new Set<string>();
  #unreached: Unreached | null = null;

  /** `sender`: the connection that is replaced. */
  constructor(sender: string) {
    this.#sender = sender;
  }

  heard(event: CallEvent, call: Call): Progress {
    const dialled = [...call.connections.values()].filter(({ inPlaceOf }) => inPlaceOf === this.#sender);
    for (const { id } of dialled) this.#dialled.add(id);
    if (dialled.some(({ answeredAt }) => answeredAt !== null)) return { status: 200 };
    const { connectionId } = event;
    if (connectionId === null || !this.#dialled.has(connectionId)) return null;
    if (event.type === 'failed') this.#unreached = { cause: event.cause, ...event.data };
    if (event.type === 'connectionCleared' && dialled.length === 0) return failed(this.#unreached ?? event);
    return dialled.some(rings) ? 'rings' : null;
  }
}

/**
 * How far a consultation has come that its phone wants completed before it is answered: `answered` once it can be; a
 * status when it is over.
 */
export class ConsultationProgress {
  #unreached: Unreached | null = null;

  heard(event: CallEvent, call: Call): Progress | 'answered' {
    if (event.type === 'failed') this.#unreached = { cause: event.cause, ...event.data };
    if (call.ended) return failed(this.#unreached ?? event);
    if (call.connected >= 2) return 'answered';
    return call.ringing > 0 ? 'rings' : null;
  }
}

function rings({ state }: Connection): boolean {
  return state === 'alerting';
}

function failed({
  cause,
  refusal = null,
}: Pick<Unreached, 'cause'> & { readonly refusal?: Unreached['refusal'] | null }) {
  return { status: toldAs(cause, refusal ?? null).status };
}
