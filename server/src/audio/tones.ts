/** One step of a tone: frequencies sounding together (none: silence) for a time. */
export interface ToneStep {
  /** Hz, each as loud as `level`. */
  readonly frequencies: readonly number[];
  readonly ms: number;
}

export interface Tone {
  readonly steps: readonly ToneStep[];
  /** Starts over after the last step. */
  readonly repeat: boolean;
  /** Of each frequency: RMS in dB below overload. */
  readonly level: number;
}

/** Each step begins and ends with a ramp of this length, so that it does not click. */
const rampMs = 4;

const dtmfRows = [697, 770, 852, 941] as const;
const dtmfColumns = [1209, 1336, 1477, 1633] as const;
const dtmfKeys = '123A456B789C*0#D';

/** The two frequencies of a DTMF digit (ITU-T Q.23), or null. */
export function dtmfFrequencies(digit: string): readonly [number, number] | null {
  const key = digit.length === 1 ? dtmfKeys.indexOf(digit.toUpperCase()) : -1;
  return key < 0 ? null : [dtmfRows[key >> 2]!, dtmfColumns[key & 3]!];
}

const on = (ms: number, ...frequencies: number[]): ToneStep => ({ frequencies, ms });
const off = (ms: number): ToneStep => ({ frequencies: [], ms });

/** North American call progress tones, and the room's own signals. */
export const tones: Readonly<Record<string, Tone>> = {
  dial: { steps: [on(1000, 350, 440)], repeat: true, level: -19 },
  ringback: { steps: [on(2000, 440, 480), off(4000)], repeat: true, level: -22 },
  busy: { steps: [on(500, 480, 620), off(500)], repeat: true, level: -27 },
  congestion: { steps: [on(250, 480, 620), off(250)], repeat: true, level: -27 },
  entry: { steps: [on(120, 523.25), on(180, 783.99)], repeat: false, level: -23 },
  exit: { steps: [on(120, 783.99), on(180, 523.25)], repeat: false, level: -23 },
  /** Said to everybody who is recorded; the pitch that telephone recorders have long had. */
  recording: { steps: [on(200, 1400)], repeat: false, level: -26 },
  beep: { steps: [on(400, 1000)], repeat: false, level: -20 },
  muted: { steps: [on(90, 440), off(50), on(90, 330)], repeat: false, level: -23 },
  unmuted: { steps: [on(90, 330), off(50), on(90, 440)], repeat: false, level: -23 },
};

/** A tone of the table above, or `dtmf:<digit>` (100 ms); null when unknown. */
export function toneByName(name: string): Tone | null {
  if (Object.hasOwn(tones, name)) return tones[name]!;
  const pair = name.startsWith('dtmf:') ? dtmfFrequencies(name.slice(5)) : null;
  return pair === null ? null : { steps: [on(100, ...pair)], repeat: false, level: -11 };
}

/** Renders one tone; phases run on across frames and across repeated equal steps. */
export class ToneSource {
  readonly #tone: Tone;
  readonly #rate: number;
  readonly #amplitude: number;
  readonly #ramp: number;
  /** Of each frequency of the step, in turns [0, 1). */
  readonly #phases: Float64Array;
  #step = 0;
  /** Samples of the step already rendered. */
  #position = 0;

  /** @param rate samples per second */
  constructor(tone: Tone, rate: number) {
    this.#tone = tone;
    this.#rate = rate;
    this.#amplitude = 32768 * Math.SQRT2 * 10 ** (tone.level / 20);
    this.#ramp = Math.round((rate * rampMs) / 1000);
    this.#phases = new Float64Array(Math.max(1, ...tone.steps.map((step) => step.frequencies.length)));
  }

  /**
   * Fills `out[0, samples)` and returns how many of them belong to the tone; fewer than `samples` when it is over (the
   * rest is silence).
   */
  render(out: Int16Array, samples: number): number {
    const steps = this.#tone.steps;
    let at = 0;
    while (at < samples && this.#step < steps.length) {
      const step = steps[this.#step]!;
      const length = Math.round((step.ms * this.#rate) / 1000);
      const count = Math.min(samples - at, length - this.#position);
      this.#renderStep(step, length, out, at, count);
      at += count;
      this.#position += count;
      if (this.#position < length) break;
      this.#position = 0;
      this.#step++;
      if (this.#step === steps.length && this.#tone.repeat) this.#step = 0;
      // A single repeated step is one steady tone.
      if (steps.length > 1) this.#phases.fill(0);
    }
    out.fill(0, at, samples);
    return at;
  }

  #renderStep(step: ToneStep, length: number, out: Int16Array, at: number, count: number): void {
    const phases = this.#phases;
    const steady = this.#tone.repeat && this.#tone.steps.length === 1;
    for (let i = 0; i < count; i++) {
      let value = 0;
      for (let f = 0; f < step.frequencies.length; f++) {
        value += Math.sin(2 * Math.PI * phases[f]!);
        const next = phases[f]! + step.frequencies[f]! / this.#rate;
        phases[f] = next >= 1 ? next - 1 : next;
      }
      const position = this.#position + i;
      const edge = steady ? this.#ramp : Math.min(position + 1, length - position, this.#ramp);
      const sample = (value * this.#amplitude * edge) / this.#ramp;
      out[at + i] = Math.max(-32768, Math.min(32767, Math.round(sample)));
    }
  }
}
