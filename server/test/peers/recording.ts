import { closeSync, openSync, readSync, statSync } from 'node:fs';

const headerBytes = 44;
const bytesPerSample = 2;
const channelsAt = 22;
const rateAt = 24;

/**
 * A phone's recording (16-bit WAV; of several channels the first) that may still be growing: its header is finished
 * only when the call ends, so the length is taken from the file.
 */
export class Recording {
  readonly path: string;
  #header: Buffer | null = null;

  constructor(path: string) {
    this.path = path;
  }

  /** Whether there is more than the name of the file. */
  get begun(): boolean {
    return this.#start !== null;
  }

  /** How many samples were recorded by now: a mark on the recording's own time line. */
  get position(): number {
    if (!this.begun) return 0;
    return Math.floor((statSync(this.path).size - headerBytes) / this.#step);
  }

  /** Samples per second; of one that has begun. */
  get rate(): number {
    return this.#start!.readUInt32LE(rateAt);
  }

  /** The samples between two marks; fewer where it has not come so far. */
  samples(from: number, to = this.position): Int16Array {
    const step = this.#step;
    const bytes = bytesAt(this.path, headerBytes + from * step, Math.max(0, to - from) * step);
    const out = new Int16Array(Math.floor(bytes.length / step));
    for (let i = 0; i < out.length; i++) out[i] = bytes.readInt16LE(i * step);
    return out;
  }

  /** Bytes from one sample to the next of the same channel. */
  get #step(): number {
    return bytesPerSample * Math.max(1, this.#start?.readUInt16LE(channelsAt) ?? 1);
  }

  /** Its header, once it is there. */
  get #start(): Buffer | null {
    if (this.#header === null) {
      const header = bytesAt(this.path, 0, headerBytes);
      if (header.length === headerBytes) this.#header = header;
    }
    return this.#header;
  }
}

/** What a file has of this piece by now. */
function bytesAt(path: string, position: number, length: number): Buffer {
  const file = openSync(path, 'r');
  try {
    const bytes = Buffer.alloc(length);
    return bytes.subarray(0, readSync(file, bytes, { position, length }));
  } finally {
    closeSync(file);
  }
}
