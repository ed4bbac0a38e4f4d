import { readFile, stat } from 'node:fs/promises';
import { resolve, sep } from 'node:path';
import { readWav, type Wav } from '../../../audio/wav.ts';
import { CommandError } from '../../channel/protocol.ts';

/** Decoded samples kept; the least recently used files go first. */
const mostBytes = 64 * 1024 * 1024;
/** A longer file is refused rather than read. */
const largestFile = 64 * 1024 * 1024;

interface Entry {
  readonly wav: Wav;
  readonly modifiedMs: number;
}

/** WAV files below one folder, decoded once per process and kept within a bound. */
export class SoundFiles {
  readonly #root: string;
  readonly #entries = new Map<string, Entry>();
  readonly #loading = new Map<string, Promise<Wav>>();
  #bytes = 0;

  constructor(root: string) {
    this.#root = resolve(root);
  }

  /** Decoded bytes held. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The sound of a file named relative to the folder; throws CommandError `invalid` when there is none to be had. */
  async load(name: string): Promise<Wav> {
    const path = resolve(this.#root, name);
    if (!path.startsWith(this.#root + sep)) throw new CommandError('invalid', `${name} is outside the prompts folder`);
    const running = this.#loading.get(path);
    if (running !== undefined) return running;
    const loading = this.#read(name, path).finally(() => this.#loading.delete(path));
    this.#loading.set(path, loading);
    return loading;
  }

  async #read(name: string, path: string): Promise<Wav> {
    try {
      const facts = await stat(path);
      const known = this.#entries.get(path);
      if (known !== undefined && known.modifiedMs === facts.mtimeMs) {
        this.#entries.delete(path);
        this.#entries.set(path, known);
        return known.wav;
      }
      if (facts.size > largestFile) throw new CommandError('invalid', `${name} is larger than ${largestFile} bytes`);
      const wav = readWav(await readFile(path), largestFile);
      this.#keep(path, { wav, modifiedMs: facts.mtimeMs });
      return wav;
    } catch (error) {
      if (error instanceof CommandError) throw error;
      throw new CommandError('invalid', `cannot play ${name}: ${error instanceof Error ? error.message : error}`);
    }
  }

  #keep(path: string, entry: Entry): void {
    const old = this.#entries.get(path);
    if (old !== undefined) this.#drop(path, old);
    this.#entries.set(path, entry);
    this.#bytes += entry.wav.pcm.byteLength;
    for (const [oldest, least] of this.#entries) {
      if (this.#bytes <= mostBytes || oldest === path) break;
      this.#drop(oldest, least);
    }
  }

  #drop(path: string, entry: Entry): void {
    this.#entries.delete(path);
    this.#bytes -= entry.wav.pcm.byteLength;
  }
}
