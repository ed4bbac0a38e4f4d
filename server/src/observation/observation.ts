import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import type { MediaEngine } from '../media/engine.ts';
import { QualityLog } from './quality/quality-log.ts';
import { Sampler } from './quality/sampler.ts';
import { RefusedInvites } from './refusals/refused-invites.ts';
import { SegmentLog } from './segments/segment-log.ts';
import { SignallingTrace } from './signalling/signalling-trace.ts';

export interface ObservationOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly engine: MediaEngine;
  /** Absolute. */
  readonly folder: string;
  /** Bytes on disk; 0: none are kept. */
  readonly signallingBytes: number;
  readonly samplesBytes: number;
}

/** What is seen of calls besides their events: their signalling and their sound, kept for a while. */
export class Observation {
  readonly signalling: SignallingTrace;
  readonly quality: QualityLog;
  readonly sampler: Sampler;
  readonly refusals = new RefusedInvites();

  constructor({ clock, engine, folder, log: all, signallingBytes, samplesBytes }: ObservationOptions) {
    const log = all.child({ part: 'observation' });
    const segments = { folder, log, segmentBytes: 2 * 1024 * 1024 };
    this.signalling = new SignallingTrace(
      clock,
      new SegmentLog({ ...segments, suffix: 'signalling', mostBytes: signallingBytes }),
    );
    this.quality = new QualityLog(new SegmentLog({ ...segments, suffix: 'samples', mostBytes: samplesBytes }));
    this.sampler = new Sampler({ clock, log, engine, quality: this.quality });
  }

  start(): void {
    this.sampler.start();
  }

  /** Removes what is older than that, ms since the epoch. */
  async prune(before: number): Promise<void> {
    await this.signalling.prune(before);
    await this.quality.prune(before);
  }

  /** Resolves when what was seen is written. */
  async close(): Promise<void> {
    this.sampler.close();
    await this.signalling.close();
    await this.quality.close();
  }
}
