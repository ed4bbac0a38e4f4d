import { readFileSync, statSync } from 'node:fs';

const headerBytes = 44;
const bytesPerSample = 2;

/**
 * A phone's recording (mono 16-bit WAV) that may still be growing: its header is finished only when the call ends, so the length is
 * taken from the file.
 */
export class Recording {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  /** How many samples were recorded by now: a mark on the recording's own time line. */
  get position(): number {
    return Math.max(0, Math.floor((statSync(this.#path).size - headerBytes) / bytesPerSample));
  }

  get rate(): number {
    return readFileSync(this.#path).readUInt32LE(24);
  }

  /** The samples between two marks. */
  samples(from: number, to = this.position): Int16Array {
    const bytes = readFileSync(this.#path);
    const out = new Int16Array(Math.max(0, to - from));
    for (let i = 0; i < out.length; i++) out[i] = bytes.readInt16LE(headerBytes + (from + i) * bytesPerSample);
    return out;
  }
}
