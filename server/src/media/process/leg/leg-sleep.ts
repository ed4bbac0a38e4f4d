import { loudnessAt } from '../../../audio/loudness.ts';

/** A sleeping leg wakes at this level at least, and at this much above its own noise, but always at the last. */
const wakeLevel = -58;
const wakeAboveFloor = 7;
const alwaysWakeLevel = -40;
/** Per packet, so that a line that has become quieter is believed after some seconds. */
const wakeDecay = 0.999;
/** Quiet frames in a row before a leg sleeps. */
const framesToSleep = 25;
/** Packets in a row that say silence and do not look like it, until they are listened to; twice as many each time. */
const firstDoubt = 50;
const lastDoubt = 3000;

/** By the level that a packet says of itself, in dB below overload. */
const loudnessOf = Float64Array.from({ length: 128 }, (_, level) => loudnessAt(-level));

/**
 * Whether a leg that nobody need hear sleeps. While it does, each packet is judged without being decoded: by the level
 * that it says of itself (RFC 6464), or by a few of its bytes.
 *
 * A level is believed as far as that it decides whether something is decoded, and no further: what is mixed, and who
 * talks, is judged by what is heard. Whoever says to be loud is decoded, as every talker is. Who says silence while its
 * packets do not look like it is listened to after a second; is there talk in it, what it says is not believed again.
 */
export class LegSleep {
  /** Number of the header extension with the level; 0: none. */
  levelId = 0;
  #wakeAt = loudnessAt(wakeLevel);
  #quietFrames = 0;
  #believed = true;
  #doubtful = 0;
  #doubtAfter = firstDoubt;
  /** Woken to see whether the silence that it says is one. */
  #looking = false;

  /** Whether levels are to be read. */
  get reads(): boolean {
    return this.levelId > 0 && this.#believed;
  }

  /**
   * Of a packet of a sleeping leg: `told` is its level, -1 for none, `looks` its loudness by its bytes.
   */
  wakes(told: number, looks: number): boolean {
    const quiet = looks < this.#wakeAt;
    const loud = told < 0 ? !quiet : loudnessOf[told]! >= this.#wakeAt;
    if (loud) return this.#wake(false);
    if (quiet || told < 0) this.#doubtful = 0;
    else if (++this.#doubtful >= this.#doubtAfter) {
      this.#doubtAfter = Math.min(lastDoubt, 2 * this.#doubtAfter);
      return this.#wake(true);
    }
    if (this.#wakeAt > loudnessAt(wakeLevel)) this.#wakeAt *= wakeDecay;
    return false;
  }

  /** The level of a packet of one that is awake. */
  told(level: number): void {
    if (level >= 0 && loudnessOf[level]! >= this.#wakeAt) this.#looking = false;
  }

  /** A frame of one that is awake, sounding or not, talking or not; returns whether it sleeps from now on. */
  heard(open: boolean, talking: boolean, floor: number): boolean {
    if (talking && this.#looking) {
      this.#looking = false;
      this.#believed = false;
    }
    if (open || talking) {
      this.#quietFrames = 0;
      return false;
    }
    if (++this.#quietFrames < framesToSleep) return false;
    this.#looking = false;
    this.#wakeAt = loudnessAt(Math.min(alwaysWakeLevel, Math.max(wakeLevel, floor + wakeAboveFloor)));
    return true;
  }

  /** It is listened to anew. */
  restart(): void {
    this.#quietFrames = 0;
  }

  #wake(looking: boolean): true {
    this.#quietFrames = 0;
    this.#doubtful = 0;
    this.#looking = looking;
    return true;
  }
}
