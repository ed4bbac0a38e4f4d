import type { PhoneCallRuntime } from '../deps.ts';

/** Since when each running call is recorded. */
export class RecordingTimes {
  readonly #since = new Map<string, number>();

  constructor(runtime: Pick<PhoneCallRuntime, 'on'>) {
    runtime.on('event', ({ event }) => {
      if (event.type === 'recordingStarted') this.#since.set(event.callId, event.at);
      else if (event.type === 'recordingStopped' || event.type === 'callCleared') this.#since.delete(event.callId);
    });
  }

  /** ms since the epoch. */
  of(callId: string): number | null {
    return this.#since.get(callId) ?? null;
  }
}
