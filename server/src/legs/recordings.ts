import { join } from 'node:path';
import { coerceError } from '../base/app-error.ts';
import type { Log } from '../base/log.ts';
import type { MediaEngine } from '../media/engine.ts';

interface RecordingsOptions {
  readonly engine: Pick<MediaEngine, 'startRecording' | 'pauseRecording' | 'stopRecording'>;
  /** Each recording gets a folder of its own below it. */
  readonly folder: string;
  readonly log: Log;
  /** It could not be made, or broke off. */
  readonly onFailed: (callId: string, recordingId: string) => void;
}

/**
 * The recordings that run. One that cannot be made, or breaks off, ends in the call model too: nobody shall believe
 * that something is recorded which is not.
 */
export class Recordings {
  readonly #options: RecordingsOptions;
  /** Call of each running recording. */
  readonly #calls = new Map<string, string>();

  constructor(options: RecordingsOptions) {
    this.#options = options;
  }

  start(callId: string, recordingId: string, tone: boolean): void {
    // The id becomes a folder's name.
    if (!/^[0-9a-z]{1,64}$/.test(recordingId) || this.#calls.has(recordingId)) return;
    const { engine, folder, log } = this.#options;
    this.#calls.set(recordingId, callId);
    const request = { recording: recordingId, room: callId, folder: join(folder, recordingId), tone };
    engine.startRecording(request).then(
      () => log.info({ call: callId, recording: recordingId }, 'recording'),
      (error) => this.failed(recordingId, coerceError(error).message),
    );
  }

  pause(callId: string, recordingId: string, paused: boolean): void {
    const { engine, log } = this.#options;
    engine.pauseRecording(recordingId, paused).then(
      () => log.info({ call: callId, recording: recordingId, paused }, 'recording paused or resumed'),
      // What was to be left out must not be taken down.
      (error) => this.failed(recordingId, coerceError(error).message),
    );
  }

  stop(callId: string, recordingId: string): void {
    this.#calls.delete(recordingId);
    const { engine, log } = this.#options;
    engine.stopRecording(recordingId).then(
      (recorded) => {
        const note = {
          call: callId,
          recording: recordingId,
          durationMs: recorded?.durationMs,
          files: recorded?.files.length,
        };
        log.info(note, 'recorded');
      },
      (error) =>
        log.warn({ call: callId, recording: recordingId, err: coerceError(error) }, 'a recording did not end well'),
    );
  }

  /** The media engine says that it could not be made, or could not go on. */
  failed(recordingId: string, reason: string): void {
    const callId = this.#calls.get(recordingId);
    if (callId === undefined) return;
    this.#calls.delete(recordingId);
    const { log, onFailed } = this.#options;
    log.error({ call: callId, recording: recordingId, reason }, 'a recording failed');
    onFailed(callId, recordingId);
  }
}
