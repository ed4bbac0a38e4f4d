import { closeSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { wavHeader } from '../../../audio/wav.ts';
import { makeFolder } from '../../../base/folders.ts';
import type { Recorded } from '../../channel/protocol.ts';
import type { RecordedBlock } from './room-recorder.ts';

const headerBytes = 44;
/** The sizes in a WAV file are 32 bits: 74 hours at 8 kHz, 12 at 48 kHz. */
const mostSamples = Math.floor((0xffff_ffff - headerBytes) / 2);
/** Tracks that said nothing lately and are made as long as the others, per block. */
const lengthenedAtOnce = 32;

/**
 * The files of one recording, for a thread that may wait for the disk. Samples are written first and the sizes in the
 * header after them, so that a file can be read to its last block whenever the process dies. Silence is not written: it
 * is a hole in the file, and costs nothing on disk where the file system has holes. A track of a leg that says nothing
 * is lengthened now and then, at the latest by `close`. Methods throw what the file system says.
 */
export class RecordingFiles {
  readonly #folder: string;
  readonly #rate: number;
  readonly #mix: WavFile;
  readonly #tracks = new Map<string, WavFile>();
  /** Tracks in the order of their last writing or lengthening. */
  readonly #byAge = new Set<WavFile>();

  /** Makes the folder and an empty mix in it; both are for their owner alone. */
  constructor(folder: string, rate: number) {
    this.#folder = folder;
    this.#rate = rate;
    makeFolder(folder, 0o700);
    this.#mix = this.#create('mix');
  }

  write({ at, samples, mix, tracks }: RecordedBlock): void {
    if (at + samples > mostSamples) throw new RangeError('the recording is as long as a WAV file can be');
    this.#mix.write(mix, at, samples);
    for (const { leg, pcm } of tracks) {
      const file = this.#track(leg);
      if (pcm === null) file.lengthen(at + samples);
      else file.write(pcm, at, samples);
      this.#touch(file);
    }
    let left = lengthenedAtOnce;
    for (const file of this.#byAge) {
      if (left-- === 0 || file.samples === at + samples) break;
      file.lengthen(at + samples);
      this.#touch(file);
    }
  }

  /** Makes all tracks as long as the mix. */
  close(): Recorded {
    const files = [this.#mix, ...this.#tracks.values()];
    for (const file of files) file.lengthen(this.#mix.samples);
    return {
      durationMs: Math.round((this.#mix.samples * 1000) / this.#rate),
      files: files.map(({ name, bytes }) => ({ name, bytes })),
    };
  }

  #track(leg: string): WavFile {
    let file = this.#tracks.get(leg);
    if (file === undefined) {
      file = this.#create(fileNameOf(leg));
      this.#tracks.set(leg, file);
    }
    return file;
  }

  #create(name: string): WavFile {
    return new WavFile(this.#folder, `${name}.wav`, this.#rate);
  }

  #touch(file: WavFile): void {
    this.#byAge.delete(file);
    this.#byAge.add(file);
  }
}

/** Leg identifiers are file names as they are; another one must not lead out of the folder, or onto the mix. */
function fileNameOf(leg: string): string {
  return /^[\w-]{1,64}$/.test(leg) && leg !== 'mix' ? leg : `leg-${Buffer.from(leg).toString('hex').slice(0, 200)}`;
}

/** One growing file. It is open only while written to: a large room has more tracks than a process has descriptors. */
class WavFile {
  readonly name: string;
  /** As the header says. */
  samples = 0;
  readonly #path: string;
  readonly #rate: number;

  constructor(folder: string, name: string, rate: number) {
    this.name = name;
    this.#path = join(folder, name);
    this.#rate = rate;
    const file = openSync(this.#path, 'wx', 0o600);
    this.#finish(file, 0);
  }

  get bytes(): number {
    return headerBytes + 2 * this.samples;
  }

  /** `pcm[0, samples)` at sample `at`; what is between the end so far and `at` is silence. */
  write(pcm: Int16Array, at: number, samples: number): void {
    const file = openSync(this.#path, 'r+');
    try {
      writeAll(file, Buffer.from(pcm.buffer, pcm.byteOffset, 2 * samples), headerBytes + 2 * at);
    } catch (error) {
      closeSync(file);
      throw error;
    }
    this.#finish(file, at + samples);
  }

  /** Silence up to sample `end`. */
  lengthen(end: number): void {
    if (end <= this.samples) return;
    const file = openSync(this.#path, 'r+');
    try {
      ftruncateSync(file, headerBytes + 2 * end);
    } catch (error) {
      closeSync(file);
      throw error;
    }
    this.#finish(file, end);
  }

  #finish(file: number, samples: number): void {
    try {
      writeAll(file, wavHeader(samples, this.#rate), 0);
      this.samples = samples;
    } finally {
      closeSync(file);
    }
  }
}

/** The system may take less than all at once, and says why only when asked for the rest. */
function writeAll(file: number, bytes: Uint8Array, position: number): void {
  let written = 0;
  while (written < bytes.length) {
    written += writeSync(file, bytes, written, bytes.length - written, position + written);
  }
}
