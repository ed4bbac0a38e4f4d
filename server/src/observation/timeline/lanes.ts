import type { Role } from '../../call/model/connection.ts';
import type { Device } from '../../call/model/device.ts';
import { type CallEvent, seedsOf } from '../../call/model/events.ts';

export type SpanKind = 'ringing' | 'present' | 'hold' | 'muted' | 'talking';

/** Times are ms since the epoch; `to` null: it lasts. */
export interface Span {
  readonly kind: SpanKind;
  readonly from: number;
  to: number | null;
}

/** One participant's place in one call, from coming in to leaving. */
export interface Lane {
  readonly callId: string;
  readonly connection: string;
  readonly leg: string;
  readonly device: Device;
  readonly direction: 'incoming' | 'outgoing';
  role: Role;
  readonly from: number;
  to: number | null;
  readonly spans: Span[];
}

/**
 * A lane for each connection of these calls, in the order of coming in; `only`: of these alone. Events are in order
 * within each call.
 */
export class Lanes {
  readonly #lanes = new Map<string, Lane>();
  readonly #open = new Map<string, Map<SpanKind, Span>>();
  readonly #only: ReadonlySet<string> | null;

  constructor(only: ReadonlySet<string> | null) {
    this.#only = only;
  }

  get all(): Lane[] {
    return [...this.#lanes.values()];
  }

  take(event: CallEvent): void {
    for (const seed of seedsOf(event)) {
      if (this.#only !== null && !this.#only.has(seed.id)) continue;
      const answered = event.type !== 'originated' || seed.state === 'connected' || seed.state === 'hold';
      const { id, legId, device, direction, role } = seed;
      const lane = { callId: event.callId, connection: id, leg: legId, device, direction, role, from: event.at };
      this.#lanes.set(id, { ...lane, to: null, spans: [] });
      this.#begin(id, answered ? 'present' : 'ringing', event.at);
      if (seed.state === 'hold') this.#begin(id, 'hold', event.at);
      if (seed.muted === true) this.#begin(id, 'muted', event.at);
    }
    if (event.type === 'talking') {
      for (const id of event.data.started) this.#begin(id, 'talking', event.at);
      for (const id of event.data.stopped) this.#end(id, 'talking', event.at);
    }
    const id = event.connectionId;
    if (id === null || !this.#lanes.has(id)) return;
    this.#ofOne(id, event);
  }

  #ofOne(id: string, event: CallEvent): void {
    const { at } = event;
    switch (event.type) {
      case 'established':
        this.#end(id, 'ringing', at);
        this.#begin(id, 'present', at);
        return;
      case 'held':
        this.#end(id, 'talking', at);
        this.#begin(id, 'hold', at);
        return;
      case 'retrieved':
        this.#end(id, 'hold', at);
        return;
      case 'dataChanged': {
        const { muted, role } = event.data;
        if (muted === true) this.#begin(id, 'muted', at);
        if (muted === false) this.#end(id, 'muted', at);
        const lane = this.#lanes.get(id);
        if (role !== undefined && lane !== undefined) lane.role = role;
        return;
      }
      case 'failed':
        this.#end(id, 'ringing', at);
        return;
      case 'connectionCleared': {
        const lane = this.#lanes.get(id);
        if (lane !== undefined) lane.to = at;
        for (const kind of [...(this.#open.get(id)?.keys() ?? [])]) this.#end(id, kind, at);
        this.#open.delete(id);
        return;
      }
      default:
    }
  }

  #begin(id: string, kind: SpanKind, at: number): void {
    const lane = this.#lanes.get(id);
    if (lane === undefined) return;
    const open = this.#open.get(id) ?? new Map<SpanKind, Span>();
    this.#open.set(id, open);
    if (open.has(kind)) return;
    const span: Span = { kind, from: at, to: null };
    open.set(kind, span);
    lane.spans.push(span);
  }

  #end(id: string, kind: SpanKind, at: number): void {
    const open = this.#open.get(id);
    const span = open?.get(kind);
    if (span === undefined) return;
    span.to = at;
    open?.delete(kind);
  }
}
