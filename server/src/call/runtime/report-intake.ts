import { AppError } from '../../base/app-error.ts';
import type { Clock } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import type { Draft } from '../step/draft.ts';
import { legReport } from '../step/leg-reports.ts';
import { endRecording } from '../step/recording.ts';
import type { LegReport } from '../step/reports.ts';
import { talkers } from '../step/talkers.ts';
import type { CallLoop, StepJob } from './call-loop.ts';
import { TalkingWindows } from './talking-windows.ts';

/**
 * A leg that is gone must leave its call, one that has answered must be in it, and a recording that failed must end,
 * even if the store was away: tried again, ms.
 */
const firstRetryMs = 1000;
const longestRetryMs = 30_000;
const triedAgain: ReadonlySet<LegReport['type']> = new Set(['answered', 'cleared', 'failed', 'mediaLost']);
/** So is whether a phone holds, unless it has said something else since. */
const ofHolding: ReadonlySet<LegReport['type']> = new Set(['heldByPeer', 'retrievedByPeer']);

/**
 * The way of what legs and recordings tell into the loop: of a leg to whatever calls it is in when its turn comes.
 * Owned by the runtime.
 */
export class ReportIntake {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #loop: CallLoop;
  readonly #talking: TalkingWindows;
  /** Recordings that have failed, until that is stored. */
  readonly #lostRecordings = new Set<string>();
  /** Of legs: what their phones have said of holding that could not be stored yet. */
  readonly #holding = new Map<string, LegReport>();
  #ignored = 0;
  #closed = false;

  constructor(clock: Clock, log: Log, loop: CallLoop) {
    this.#clock = clock;
    this.#log = log;
    this.#loop = loop;
    this.#talking = new TalkingWindows(clock, (callId, changes) => {
      const step = (draft: Draft) => talkers(draft, { callId, changes });
      loop.add({ targets: () => [callId], step, dropped() {}, done() {}, failed() {} });
    });
  }

  /** Reports that came late or out of place. */
  get ignored(): number {
    return this.#ignored;
  }

  /** Never throws. */
  put(legId: string, report: LegReport): void {
    this.#put(legId, report, firstRetryMs);
  }

  /** Never throws. Nothing happens when the call is recorded no more, or anew, by the time that this comes through. */
  recordingFailed(callId: string, recordingId: string): void {
    this.#lostRecordings.add(recordingId);
    this.#endRecording(callId, recordingId, firstRetryMs);
  }

  isRecordingLost(recordingId: string): boolean {
    return this.#lostRecordings.has(recordingId);
  }

  callEnded(callId: string): void {
    this.#talking.drop(callId);
  }

  close(): void {
    this.#closed = true;
    this.#talking.close();
  }

  #put(legId: string, report: LegReport, retryMs: number): void {
    const { legs, calls } = this.#loop;
    const place = legs.get(legId);
    const known = () => {
      if (ofHolding.has(report.type)) this.#holding.delete(legId);
    };
    if (place === null || this.#closed) {
      known();
      this.#ignored += 1;
      return;
    }
    if (report.type === 'talking') {
      const { active } = place;
      if (active === null || calls.get(active.callId)?.kind !== 'conference') this.#ignored += 1;
      else this.#talking.put(active.callId, active.connectionId, report.talking);
      return;
    }
    const ignored = () => {
      this.#ignored += 1;
    };
    const job: StepJob = {
      targets: () => legs.get(legId)?.refs.map(({ callId }) => callId) ?? null,
      step: (draft) => legReport(draft, { legId, report }),
      dropped: () => {
        known();
        ignored();
      },
      done: (heeded) => {
        known();
        if (heeded === false) ignored();
      },
      failed: (error) => this.#retry(legId, report, retryMs, error),
    };
    this.#loop.add(job);
  }

  #endRecording(callId: string, recordingId: string, retryMs: number): void {
    const known = () => void this.#lostRecordings.delete(recordingId);
    this.#loop.add({
      targets: () => (this.#loop.calls.has(callId) ? [callId] : null),
      step: (draft) => {
        const call = draft.find(callId);
        if (call?.recordingId === recordingId) endRecording(draft, call, 'mediaFailure');
      },
      dropped: known,
      done: known,
      failed: (error) => {
        if (isUnavailable(error)) {
          if (retryMs === firstRetryMs) this.#loop.emitter.emit('recordingLost', { callId, recordingId });
          this.#again(retryMs, (nextMs) => this.#endRecording(callId, recordingId, nextMs));
        } else {
          known();
          this.#log.error({ call: callId, recording: recordingId, err: error }, 'the end of a recording failed');
        }
      },
    });
  }

  #retry(legId: string, report: LegReport, retryMs: number, error: Error): void {
    if (!isUnavailable(error)) {
      this.#log.error({ leg: legId, report: report.type, err: error }, 'a report of a leg failed');
      return;
    }
    const holds = ofHolding.has(report.type);
    if (holds) this.#holding.set(legId, report);
    else if (!triedAgain.has(report.type)) return;
    this.#again(retryMs, (nextMs) => {
      if (!holds || this.#holding.get(legId) === report) this.#put(legId, report, nextMs);
    });
  }

  #again(retryMs: number, action: (nextMs: number) => void): void {
    this.#clock.setTimer(retryMs, () => {
      if (!this.#closed) action(Math.min(longestRetryMs, retryMs * 2));
    });
  }
}

function isUnavailable(error: Error): boolean {
  return error instanceof AppError && error.code === 'unavailable';
}
