import { fadeOut } from './gain.ts';

/** The level given to digital silence. */
export const silenceDbov = -96;

/**
 * Root mean square of `pcm[0, samples)` in dB below overload (RFC 6464: a full-scale square wave is 0, a full-scale
 * sine −3).
 */
export function frameLevel(pcm: Int16Array, samples: number): number {
  let energy = 0;
  for (let i = 0; i < samples; i++) {
    const sample = pcm[i]!;
    energy += sample * sample;
  }
  return energy === 0 ? silenceDbov : Math.max(silenceDbov, 10 * Math.log10(energy / samples / 0x4000_0000));
}

/** From here up a line is always heard, however steady: tones and music must not be taken for noise. */
const alwaysOpen = -40;
/** Below this nothing is worth mixing. */
const neverOpen = -66;
/** Above the noise floor by this much: opens; less than `keepAbove`: may close. */
const openAbove = 7;
const keepAbove = 4;
/** Speech for the talker indication: louder than for the gate, so that breathing does not light it up. */
const talkAbove = 9;
const talkLevel = -55;
const talkOnMs = 60;
const talkOffMs = 250;
const gateHoldMs = 300;
/** The floor is the quietest (smoothed) frame of the last 4 × 500 ms. */
const floorBuckets = 4;
const bucketMs = 500;
/** Assumed until a line has shown how quiet it can be. */
const initialFloor = -52;

/**
 * Decides for one line, frame by frame, whether it is worth mixing (`open`) and whether a person talks (`talking`).
 *
 * The gate opens on the first frame that stands out of the line's own noise, so that no syllable is cut, and closes 300
 * ms after the last one, so that a thousand quiet but noisy lines add nothing. `talking` needs 60 ms and ends after 250
 * ms.
 */
export class VoiceActivity {
  readonly #frameMs: number;
  readonly #floors = new Float64Array(floorBuckets).fill(initialFloor);
  #bucket = 0;
  #bucketAge = 0;
  #smoothed = initialFloor;
  #floor = initialFloor;
  #level = silenceDbov;
  #loudest = silenceDbov;
  #open = false;
  #sinceOpenMs = 0;
  #talkMs = 0;
  #quietMs = 0;
  #talking = false;

  constructor(frameMs = 20) {
    this.#frameMs = frameMs;
  }

  /** A person is talking; steady enough to show. */
  get talking(): boolean {
    return this.#talking;
  }

  /** The last frame was worth mixing. */
  get open(): boolean {
    return this.#open;
  }

  /** Of the last frame, dBov. */
  get level(): number {
    return this.#level;
  }

  /** Of the loudest frame since this was last asked for, dBov. */
  takeLoudest(): number {
    const loudest = this.#loudest;
    this.#loudest = silenceDbov;
    return loudest;
  }

  /** The line's own noise, dBov. */
  get floor(): number {
    return this.#floor;
  }

  /**
   * Takes the next frame; true when it is to be mixed. The frame on which the gate closes is faded out in place (and
   * still mixed); all others are left as they are.
   */
  process(pcm: Int16Array, samples: number): boolean {
    const wasOpen = this.#open;
    this.look(pcm, samples);
    if (wasOpen && !this.#open) {
      fadeOut(pcm, samples);
      return true;
    }
    return this.#open;
  }

  /** Takes the next frame, and leaves it as it is. */
  look(pcm: Int16Array, samples: number): void {
    const level = frameLevel(pcm, samples);
    this.#level = level;
    if (level > this.#loudest) this.#loudest = level;
    this.#trackFloor(level);
    this.#decide(level);
  }

  /** A frame for which the line gave nothing: no sound, and nothing learnt about its noise. */
  silence(): void {
    this.#level = silenceDbov;
    this.#decide(silenceDbov);
  }

  /** As of `Playout`. */
  readAhead(): number {
    return this.#smoothed + this.#floors[0]!;
  }

  reset(): void {
    this.#floors.fill(initialFloor);
    this.#smoothed = initialFloor;
    this.#floor = initialFloor;
    this.#bucketAge = 0;
    this.#level = silenceDbov;
    this.#open = false;
    this.#talking = false;
    this.#sinceOpenMs = this.#talkMs = this.#quietMs = 0;
  }

  #trackFloor(level: number): void {
    this.#smoothed += (level - this.#smoothed) * 0.4;
    const quiet = this.#smoothed;
    if (quiet < this.#floors[this.#bucket]!) this.#floors[this.#bucket] = quiet;
    this.#bucketAge += this.#frameMs;
    if (this.#bucketAge >= bucketMs) {
      this.#bucketAge = 0;
      this.#bucket = (this.#bucket + 1) % floorBuckets;
      this.#floors[this.#bucket] = quiet;
    }
    let floor = this.#floors[0]!;
    for (let i = 1; i < floorBuckets; i++) if (this.#floors[i]! < floor) floor = this.#floors[i]!;
    this.#floor = floor;
  }

  #decide(level: number): void {
    const frameMs = this.#frameMs;
    const above = this.#open ? keepAbove : openAbove;
    if (level >= alwaysOpen || (level >= neverOpen && level >= this.#floor + above)) {
      this.#open = true;
      this.#sinceOpenMs = 0;
    } else if (this.#open) {
      this.#sinceOpenMs += frameMs;
      if (this.#sinceOpenMs > gateHoldMs) this.#open = false;
    }

    if (level >= alwaysOpen || (level >= talkLevel && level >= this.#floor + talkAbove)) {
      this.#quietMs = 0;
      this.#talkMs += frameMs;
      if (this.#talkMs >= talkOnMs) this.#talking = true;
    } else {
      this.#quietMs += frameMs;
      // One weak frame between two strong ones is still the same syllable.
      if (this.#quietMs > frameMs) this.#talkMs = 0;
      if (this.#quietMs >= talkOffMs) this.#talking = false;
    }
  }
}
