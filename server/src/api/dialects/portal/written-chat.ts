import { RecentMap } from '../../../base/recent-map.ts';
import type { Call } from '../../../call/model/call.ts';
import type { CallEvent } from '../../../call/model/events.ts';

/** What was written, as browsers are told it. */
export interface ChatMessage {
  readonly id: string;
  readonly from: string;
  /** Who writes may have left by the time that it is read. */
  readonly name: string;
  /** null: to all. */
  readonly to: string | null;
  readonly text: string;
  /** ms since the epoch. */
  readonly at: number;
}

/** Of one conference. */
const mostKept = 100;
const mostWriters = 1000;

/**
 * What an event says that was written; null: nothing. `nameOf`: of whoever has written before, and is in the call no
 * more.
 */
export function chatOf(event: CallEvent, call: Call, nameOf: (id: string) => string): ChatMessage | null {
  const { connectionId: from } = event;
  if (event.type !== 'messageSent' || from === null) return null;
  const { text, to } = event.data;
  const writer = call.connections.get(from)?.device;
  const name = writer === undefined ? nameOf(from) : writer.name || writer.number;
  return { id: `${event.seq}`, from, name, to, text, at: event.at };
}

/** The last that was written to all in each conference that goes on, for those who come in later. */
export class WrittenChat {
  readonly #byCall = new Map<string, ChatMessage[]>();
  /** By call and connection. */
  readonly #writers = new Map<string, RecentMap<string, string>>();

  take(event: CallEvent, call: Call): void {
    if (call.ended) {
      this.#byCall.delete(call.id);
      this.#writers.delete(call.id);
      return;
    }
    const message = call.kind === 'conference' ? chatOf(event, call, () => '') : null;
    if (message === null) return;
    const writers = this.#writers.get(call.id) ?? new RecentMap(mostWriters);
    writers.set(message.from, message.name);
    this.#writers.set(call.id, writers);
    if (message.to !== null) return;
    const written = this.#byCall.get(call.id) ?? [];
    written.push(message);
    if (written.length > mostKept) written.shift();
    this.#byCall.set(call.id, written);
  }

  of(callId: string): readonly ChatMessage[] {
    return this.#byCall.get(callId) ?? [];
  }

  /** Of who has written in this call. */
  nameOf(callId: string, connectionId: string): string {
    return this.#writers.get(callId)?.get(connectionId) ?? '';
  }
}
