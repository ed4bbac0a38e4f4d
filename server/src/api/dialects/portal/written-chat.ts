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

/** What an event says that was written; null: nothing. */
export function chatOf(event: CallEvent, call: Call): ChatMessage | null {
  const { connectionId: from } = event;
  if (event.type !== 'messageSent' || from === null) return null;
  const { text, to } = event.data;
  const { name, number } = call.connections.get(from)?.device ?? { name: '', number: '' };
  return { id: `${event.seq}`, from, name: name || number, to, text, at: event.at };
}

/** The last that was written to all in each conference that goes on, for those who come in later. */
export class WrittenChat {
  readonly #byCall = new Map<string, ChatMessage[]>();

  take(event: CallEvent, call: Call): void {
    if (call.ended) {
      this.#byCall.delete(call.id);
      return;
    }
    const message = call.kind === 'conference' ? chatOf(event, call) : null;
    if (message === null || message.to !== null) return;
    const written = this.#byCall.get(call.id) ?? [];
    written.push(message);
    if (written.length > mostKept) written.shift();
    this.#byCall.set(call.id, written);
  }

  of(callId: string): readonly ChatMessage[] {
    return this.#byCall.get(callId) ?? [];
  }
}
