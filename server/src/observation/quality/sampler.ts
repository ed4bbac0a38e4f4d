import type { Clock, Timer } from '../../base/clock.ts';
import { Emitter } from '../../base/emitter.ts';
import type { Log } from '../../base/log.ts';
import type { MediaEngine, RoomLevels } from '../../media/engine.ts';
import type { QualityLog, Sample } from './quality-log.ts';

export interface SamplerOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly engine: Pick<MediaEngine, 'samples' | 'watchLevels' | 'on' | 'stats'>;
  readonly quality: QualityLog;
}

export interface SamplerEvents {
  /** Of all legs, once a second. */
  samples: readonly Sample[];
  /** Of rooms, at most five times a second. */
  levels: readonly RoomLevels[];
}

interface Counts {
  readonly received: number;
  readonly lost: number;
}

/** While somebody watches. */
const liveMs = 1000;
/** Into the log: a sample there is of so long before it at most. */
export const loggedMs = 5000;
const nothing: Counts = { received: 0, lost: 0 };

/**
 * How every leg sounds: every five seconds into the log, and every second to whoever watches. A leg that is gone before
 * has one sample at its end.
 */
export class Sampler {
  readonly #options: SamplerOptions;
  readonly #emitter: Emitter<SamplerEvents>;
  /** What legs had received when they were last told live, and last logged. */
  #live = new Map<string, Counts>();
  #logged = new Map<string, Counts>();
  #loggedAt = 0;
  #watchers = 0;
  #timer: Timer | null = null;
  /** When that fires, monotonic. */
  #dueAt = 0;
  #looking = false;
  /** Closed while it looks: their last sample has what the answer tells of them. */
  readonly #goneMeanwhile = new Set<string>();
  #closed = false;
  #unsubscribe: (() => void)[] = [];

  constructor(options: SamplerOptions) {
    this.#options = options;
    this.#emitter = new Emitter((err) => options.log.error({ err }, 'whoever watches samples failed'));
  }

  start(): void {
    const { clock, engine, quality } = this.#options;
    this.#unsubscribe = [
      engine.on('levels', ({ rooms }) => this.#emitter.emit('levels', rooms)),
      engine.on('legLost', ({ leg }) => quality.note({ legId: leg, at: clock.now(), what: 'mediaProcessDied' })),
      engine.on('mediaTimeout', ({ leg, silentMs }) =>
        quality.note({ legId: leg, at: clock.now(), what: 'silent', ms: silentMs }),
      ),
      engine.on('legClosed', ({ at, leg, stats }) => {
        const { packetsReceived: received, lost, jitterMs, mos } = stats;
        const before = this.#logged.get(leg) ?? nothing;
        this.#logged.delete(leg);
        this.#live.delete(leg);
        if (this.#looking) this.#goneMeanwhile.add(leg);
        quality.appendLast({
          legId: leg,
          at,
          level: null,
          ...since(before, { received, lost }),
          jitterMs,
          mos,
        });
      }),
    ];
    this.#arm();
  }

  /** The returned function ends it. */
  watch(listeners: { [Name in keyof SamplerEvents]: (value: SamplerEvents[Name]) => void }): () => void {
    const ends = [this.#emitter.on('samples', listeners.samples), this.#emitter.on('levels', listeners.levels)];
    this.#watchers++;
    this.#options.engine.watchLevels(true);
    this.#arm();
    return () => {
      if (ends.length === 0) return;
      for (const end of ends.splice(0)) end();
      this.#watchers--;
      if (this.#watchers === 0) this.#options.engine.watchLevels(false);
    };
  }

  close(): void {
    this.#closed = true;
    this.#timer?.cancel();
    for (const unsubscribe of this.#unsubscribe.splice(0)) unsubscribe();
  }

  /** Who comes to watch may have it look sooner, and never later: others watch already, and the log waits too. */
  #arm(): void {
    if (this.#closed || this.#looking) return;
    const { clock } = this.#options;
    const ms = this.#watchers > 0 ? liveMs : loggedMs;
    const dueAt = clock.monotonic() + ms;
    if (this.#timer !== null && this.#dueAt <= dueAt) return;
    this.#timer?.cancel();
    this.#dueAt = dueAt;
    this.#timer = clock.setTimer(ms, () => {
      this.#timer = null;
      this.#looking = true;
      void this.#look().finally(() => {
        this.#looking = false;
        this.#arm();
      });
    });
  }

  async #look(): Promise<void> {
    const { clock, engine, quality } = this.#options;
    quality.flush();
    if (engine.stats().legs === 0) return;
    if (this.#watchers > 0) engine.watchLevels(true);
    this.#goneMeanwhile.clear();
    const all = await engine.samples();
    const legs = this.#goneMeanwhile.size === 0 ? all : all.filter(([legId]) => !this.#goneMeanwhile.has(legId));
    const at = clock.now();
    const now = new Map<string, Counts>();
    const asked = (before: ReadonlyMap<string, Counts>): Sample[] =>
      legs.map(([legId, level, received, expected, jitterMs, mos]) => {
        const counts = { received, lost: Math.max(0, expected - received) };
        now.set(legId, counts);
        return { legId, at, level, ...since(before.get(legId) ?? nothing, counts), jitterMs, mos };
      });
    if (this.#watchers > 0) {
      this.#emitter.emit('samples', asked(this.#live));
      this.#live = new Map(now);
    } else this.#live.clear();
    // A tick that comes a little early is not put off by a whole one.
    if (clock.monotonic() - this.#loggedAt < loggedMs - liveMs / 2) return;
    this.#loggedAt = clock.monotonic();
    quality.append(at, asked(this.#logged));
    this.#logged = now;
  }
}

function since(before: Counts, now: Counts): Counts {
  // Packets that came late after all take back what was lost.
  return { received: Math.max(0, now.received - before.received), lost: Math.max(0, now.lost - before.lost) };
}
