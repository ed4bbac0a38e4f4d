import { constants } from 'node:fs';
import { access, type FileHandle, open, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';

const headerBytes = 44;
const extension = '.wav';

/** What is in a recording file, as its header says: a block that was being written counts when it is complete. */
export interface RecordingFile {
  /** Without `.wav`: `mix`, or the leg that is heard. */
  readonly name: string;
  readonly bytes: number;
  readonly durationMs: number;
  readonly sampleRate: number;
}

/** A recording file that is open; `close` it, or read it to its end. */
export interface OpenRecording {
  readonly file: RecordingFile;
  /** Bytes `from` to `to`, both included. Closes the file at its end, or when it is destroyed. */
  read(from: number, to: number): Readable;
  /**
   * How loud it is in so many pieces, 0 to 1: of each the loudest of its first samples, so that hours cost no more than
   * minutes. Closes the file.
   */
  peaks(count: number): Promise<number[]>;
  close(): Promise<void>;
}

/** Read of each piece, bytes. */
const looked = 1600;

/**
 * The recordings on disk: `<folder>/<recording>/mix.wav` and `<leg>.wav`. The caller checks whose a recording is, and
 * that names are names and no paths.
 */
export class RecordingFolder {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  async has(recording: string): Promise<boolean> {
    return access(join(this.#folder, recording)).then(
      () => true,
      () => false,
    );
  }

  /** The mix first, then the legs by name; empty when there is nothing (any more). */
  async files(recording: string): Promise<RecordingFile[]> {
    const entries = await readdir(join(this.#folder, recording)).catch(missing);
    const names = (entries ?? [])
      .filter((name) => name.endsWith(extension))
      .map((name) => name.slice(0, -extension.length));
    const files: RecordingFile[] = [];
    // One after the other: a large conference has more legs than a process may have open files.
    for (const name of names.sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1))) {
      const opened = await this.open(recording, name);
      if (opened === null) continue;
      files.push(opened.file);
      await opened.close();
    }
    return files;
  }

  /** Null when there is no such file. */
  async open(recording: string, name: string): Promise<OpenRecording | null> {
    const path = join(this.#folder, recording, name + extension);
    const handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW).catch(missing);
    if (handle === null) return null;
    const file = await describe(handle, name).catch(() => null);
    if (file === null) {
      await handle.close();
      return null;
    }
    return {
      file,
      read: (from, to) => handle.createReadStream({ start: from, end: to }),
      peaks: (count) => peaksOf(handle, file, count).finally(() => handle.close()),
      close: () => handle.close(),
    };
  }

  /** Fine when it is gone already. */
  async remove(recording: string): Promise<void> {
    await rm(join(this.#folder, recording), { recursive: true, force: true });
  }
}

const rank = (name: string): number => (name === 'mix' ? 0 : 1);

async function peaksOf(handle: FileHandle, { bytes }: RecordingFile, count: number): Promise<number[]> {
  const samples = Math.floor((bytes - headerBytes) / 2);
  const pieces = Math.min(count, samples);
  const piece = Buffer.alloc(looked);
  const peaks: number[] = [];
  for (let at = 0; at < pieces; at++) {
    const start = headerBytes + 2 * Math.floor((samples * at) / pieces);
    const { bytesRead } = await handle.read(piece, 0, Math.min(looked, bytes - start), start);
    let most = 0;
    for (let i = 0; i + 1 < bytesRead; i += 2) most = Math.max(most, Math.abs(piece.readInt16LE(i)));
    peaks.push(Math.round((most / 32_768) * 1000) / 1000);
  }
  return peaks;
}

async function describe(handle: FileHandle, name: string): Promise<RecordingFile | null> {
  const header = Buffer.alloc(headerBytes);
  const { bytesRead } = await handle.read(header, 0, headerBytes, 0);
  if (bytesRead < headerBytes || header.toString('latin1', 0, 4) !== 'RIFF') return null;
  const sampleRate = header.readUInt32LE(24);
  const { size } = await handle.stat();
  const dataBytes = Math.min(header.readUInt32LE(40), size - headerBytes);
  return { name, sampleRate, bytes: headerBytes + dataBytes, durationMs: Math.round((dataBytes * 500) / sampleRate) };
}

/** Not there is an answer; everything else is a fault of ours. */
function missing(error: NodeJS.ErrnoException): null {
  if (error.code === 'ENOENT' || error.code === 'ENOTDIR' || error.code === 'ELOOP') return null;
  throw error;
}
