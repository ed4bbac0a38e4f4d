import { Duck } from '../../../audio/duck.ts';
import { Limiter } from '../../../audio/limiter.ts';
import type { PlaySource } from '../room/play-source.ts';
import { RoomOutput } from '../room/room-output.ts';
import { ScratchFrames } from '../room/scratch.ts';
import { SourceFrames } from '../room/source-frames.ts';
import { frameMs } from './leg-receiver.ts';
import type { OutputFormat } from './output-format.ts';

/** What is put over a frame, and the sum. */
const overlays = new ScratchFrames();
let sum = new Int32Array(0);

/** What a leg that hears something of its own needs; kept from its first such tick on. */
export class OwnOutput {
  /** Of the room. */
  rate: number;
  readonly output: RoomOutput;
  limiter: Limiter;
  /** For what is announced to this leg alone. */
  readonly duck = new Duck(frameMs);
  readonly #overLimiter: Limiter;
  readonly #sources: SourceFrames;

  constructor(format: OutputFormat, rate: number) {
    this.rate = rate;
    this.output = new RoomOutput(format, rate, false);
    this.limiter = new Limiter(rate);
    this.#overLimiter = new Limiter(format.codec.sampleRate);
    this.#sources = new SourceFrames(format.codec.sampleRate);
  }

  /** The room has another rate from now on, or it is another room; what was heard so far goes on. */
  tune(rate: number): void {
    this.rate = rate;
    this.output.tune(rate);
    this.limiter = new Limiter(rate);
  }

  /** The next frame of a source is what the leg hears; null: silence. */
  fillFrom(source: PlaySource | null): void {
    const { pcm } = this.output;
    if (source === null) pcm.fill(0);
    else this.#sources.render(source, pcm);
  }

  /** Puts a play over what the leg hears, or nothing any more while that comes back. */
  announce(source: PlaySource | null): void {
    const { pcm } = this.output;
    const samples = pcm.length;
    const spoken = source?.spoken === true;
    this.duck.step(spoken);
    if (source === null && this.settled) return;
    const over = spoken && !this.duck.ready ? null : source;
    const overlay = overlays.of(samples);
    if (sum.length < samples) sum = new Int32Array(samples);
    if (over !== null) this.#sources.render(over, overlay);
    const peak = this.duck.mix(pcm, over === null ? null : overlay, samples, sum);
    this.#overLimiter.process(sum, samples, peak, pcm);
  }

  /** What is announced has ended, and what it lowered is back. */
  get settled(): boolean {
    return this.duck.idle && this.#overLimiter.idle;
  }
}
