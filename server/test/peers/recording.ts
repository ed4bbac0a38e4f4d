import { readFileSync, statSync } from 'node:fs';

const headerBytes = 44;
const bytesPerSample = 2;

/**
 * A phone's recording (16-bit WAV; of several channels the first) that may still be growing: its header is finished
 * only when the call ends, so the length is taken from the file.
 */
export class Recording {
  readonly #path: string;
  /** 0 until it is known. */
  #channels = 0;

  constructor(path: string) {
    this.#path = path;
  }

  /** How many samples were recorded by now: a mark on the recording's own time line. */
  get position(): number {
    return Math.max(0, Math.floor((statSync(this.#path).size - headerBytes) / this.#step));
  }

  get rate(): number {
    return readFileSync(this.#path).readUInt32LE(24);
  }

  /** Bytes from one sample to the next of the same channel; until the header is there, as of one channel. */
  get #step(): number {
    if (this.#channels === 0 && statSync(this.#path).size >= headerBytes) {
      this.#channels = Math.max(1, readFileSync(this.#path).readUInt16LE(22));
    }
    return bytesPerSample * Math.max(1, this.#channels);
  }

  /** The samples between two marks. */
  samples(from: number, to = this.position): Int16Array {
    const bytes = readFileSync(this.#path);
    const step = this.#step;
    const out = new Int16Array(Math.max(0, to - from));
    for (let i = 0; i < out.length; i++) out[i] = bytes.readInt16LE(headerBytes + (from + i) * step);
    return out;
  }
}
