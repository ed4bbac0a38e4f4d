import { Resampler } from '../../../audio/resampler.ts';
import { toneByName } from '../../../audio/tones.ts';
import { frameMs } from '../leg/leg-receiver.ts';
import { PlaySource } from '../room/play-source.ts';

/** Frames written together. A process that is killed loses no more than this, and what the disk was behind. */
const blockFrames = 400 / frameMs;
/** Between two beeps, in ticks. */
const toneEvery = 15_000 / frameMs;

/** What a recorder sees of a leg. */
export interface RecordedLeg {
  readonly id: string;
  /** Whether `receiver.frame` holds what it says in this tick: to all, or to one. */
  readonly heard: boolean;
  readonly whispers: boolean;
  readonly receiver: { readonly frame: Int16Array };
}

/** What was said in one stretch of a recording. */
export interface RecordedBlock {
  /** Its place in the recording and its length, in samples. */
  readonly at: number;
  readonly samples: number;
  readonly mix: Int16Array;
  /** Legs that said something, and (with null) those that are new and silent. */
  readonly tracks: readonly { readonly leg: string; readonly pcm: Int16Array | null }[];
}

/**
 * Takes down the mix and every leg of a room, frame by frame, at the rate that the room had in the beginning. Frames
 * have their place by the number of their tick, so that a tick that never was is silence in every track, and the tracks
 * stay in step with each other and with the clock.
 */
export class RoomRecorder {
  readonly recording: string;
  readonly rate: number;
  /** What is said meanwhile is left out: the recording goes on behind it without a gap. */
  paused = false;
  readonly #withTone: boolean;
  readonly #onBlock: (block: RecordedBlock) => void;
  readonly #frameSamples: number;
  /** Legs that were ever there. */
  readonly #known = new Set<string>();
  /** Of what is said in a room that has another rate by now: by leg, the mix under ''. */
  readonly #resamplers = new Map<string, Resampler>();
  /** The block that is being filled. */
  #mix: Int16Array;
  #tracks = new Map<string, Int16Array | null>();
  #resampled: Int16Array | null = null;
  #firstTick = -1;
  #lastTick = -1;
  /** Its first frame, and frames so far. */
  #blockAt = 0;
  #frames = 0;
  #nextTone = Number.NEGATIVE_INFINITY;

  /** `onBlock` gets the arrays for itself. */
  constructor(recording: string, rate: number, withTone: boolean, onBlock: (block: RecordedBlock) => void) {
    this.recording = recording;
    this.rate = rate;
    this.#withTone = withTone;
    this.#onBlock = onBlock;
    this.#frameSamples = (rate / 1000) * frameMs;
    this.#mix = this.#silence();
  }

  /** Samples taken down so far. */
  get samples(): number {
    return this.#frames * this.#frameSamples;
  }

  /** Whether a beep begins in this tick. Asking is beginning it. */
  toneIsDue(tick: number): boolean {
    if (!this.#withTone || this.paused || tick < this.#nextTone) return false;
    this.#nextTone = tick + toneEvery;
    return true;
  }

  tone(): PlaySource {
    return new PlaySource([{ tone: toneByName('recording')! }], false, this.rate);
  }

  /** `mix` is what a listener hears in this tick; both it and the legs' frames are copied. */
  take(legs: readonly RecordedLeg[], mix: Int16Array, tick: number): void {
    if (this.paused) {
      if (this.#firstTick >= 0) this.#firstTick += tick - this.#lastTick;
      this.#lastTick = tick;
      return;
    }
    this.#lastTick = tick;
    if (this.#firstTick < 0) this.#firstTick = tick;
    const frame = tick - this.#firstTick;
    if (frame >= this.#blockAt + blockFrames) {
      this.#flush();
      this.#blockAt = frame;
    }
    const at = (frame - this.#blockAt) * this.#frameSamples;
    this.#mix.set(this.#atRate('', mix), at);
    for (const leg of legs) {
      if (leg.heard || leg.whispers) this.#trackOf(leg.id).set(this.#atRate(leg.id, leg.receiver.frame), at);
      else if (!this.#known.has(leg.id)) {
        this.#known.add(leg.id);
        this.#tracks.set(leg.id, null);
      }
    }
    this.#frames = frame + 1;
    if (this.#frames === this.#blockAt + blockFrames) this.#flush();
  }

  /** Hands over what is left; nothing may be taken afterwards. */
  end(): void {
    this.#flush();
  }

  /** The frame at the recording's rate; to be used before the next. */
  #atRate(id: string, frame: Int16Array): Int16Array {
    if (frame.length === this.#frameSamples) return frame;
    const from = (frame.length * 1000) / frameMs;
    let resampler = this.#resamplers.get(id);
    if (resampler?.from !== from) {
      resampler = new Resampler(from, this.rate);
      this.#resamplers.set(id, resampler);
    }
    this.#resampled ??= new Int16Array(this.#frameSamples);
    resampler.process(frame, frame.length, this.#resampled);
    return this.#resampled;
  }

  #trackOf(leg: string): Int16Array {
    let pcm = this.#tracks.get(leg);
    if (pcm == null) {
      pcm = this.#silence();
      this.#tracks.set(leg, pcm);
      this.#known.add(leg);
    }
    return pcm;
  }

  #silence(): Int16Array {
    return new Int16Array(blockFrames * this.#frameSamples);
  }

  #flush(): void {
    const at = this.#blockAt * this.#frameSamples;
    const samples = this.samples - at;
    this.#blockAt = this.#frames;
    if (samples <= 0) return;
    const tracks = Array.from(this.#tracks, ([leg, pcm]) => ({ leg, pcm }));
    this.#onBlock({ at, samples, mix: this.#mix, tracks });
    this.#mix = this.#silence();
    this.#tracks = new Map();
  }
}
