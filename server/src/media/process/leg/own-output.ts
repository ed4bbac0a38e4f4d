import { Duck } from '../../../audio/duck.ts';
import { Limiter } from '../../../audio/limiter.ts';
import type { PlaySource } from '../room/play-source.ts';
import { RoomOutput } from '../room/room-output.ts';
import { frameMs } from './leg-receiver.ts';
import type { OutputFormat } from './output-format.ts';

/** Scratch: what is put over a frame, and the sum. */
let overlay = new Int16Array(0);
let sum = new Int32Array(0);

/** What a leg that hears something of its own needs; kept from its first such tick on. */
export class OwnOutput {
  readonly rate: number;
  readonly output: RoomOutput;
  readonly limiter: Limiter;
  /** For what is announced to this leg alone. */
  readonly duck = new Duck(frameMs);
  readonly #overLimiter: Limiter;

  constructor(format: OutputFormat, rate: number) {
    this.rate = rate;
    this.output = new RoomOutput(format, rate, false);
    this.limiter = new Limiter(rate);
    this.#overLimiter = new Limiter(format.codec.sampleRate);
  }

  /** Puts a play over what the leg hears, or nothing any more while that comes back. */
  announce(source: PlaySource | null): void {
    const { pcm } = this.output;
    const samples = pcm.length;
    const spoken = source?.spoken === true;
    this.duck.step(spoken);
    if (source === null && this.settled) return;
    const over = spoken && !this.duck.ready ? null : source;
    if (overlay.length < samples) {
      overlay = new Int16Array(samples);
      sum = new Int32Array(samples);
    }
    over?.render(overlay, samples);
    const peak = this.duck.mix(pcm, over === null ? null : overlay, samples, sum);
    this.#overLimiter.process(sum, samples, peak, pcm);
  }

  /** What is announced has ended, and what it lowered is back. */
  get settled(): boolean {
    return this.duck.idle && this.#overLimiter.idle;
  }
}
