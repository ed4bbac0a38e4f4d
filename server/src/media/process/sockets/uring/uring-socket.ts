import type { PacketListener } from '../datagram-pair.ts';
import { ipv4OfWord, wordOfIpv4 } from './ipv4.ts';

/**
 * A place for one socket. Completions name the place and its generation, so that what is told of a socket that was here
 * before is not taken for this one's.
 *
 *     free      begin                               → open
 *     open      end                                 → closing, or free when nothing is being received
 *     closing   the last completion of receiving    → free, in the next generation
 */
export class UringSocket {
  /** The low word of the user data of whatever is done here. */
  readonly index: number;
  generation = 1;
  file = -1;
  state: 'free' | 'open' | 'closing' = 'free';
  /** The kernel receives into buffers of ours until it says that it does not. */
  receiving = false;
  listener: PacketListener = () => {};
  /** Whole numbers alone: one that is not would lie elsewhere. */
  #sourceWord = 0;
  /** '' before the first. */
  #source = '';
  #target = '';
  #targetWord: number | null = null;

  constructor(index: number) {
    this.index = index;
  }

  begin(file: number, listener: PacketListener): void {
    this.file = file;
    this.listener = listener;
    this.state = 'open';
  }

  /** Nothing is handed over from now on; returns whether it is free already. */
  end(): boolean {
    this.listener = () => {};
    this.state = 'closing';
    return !this.receiving;
  }

  free(): void {
    this.state = 'free';
    this.file = -1;
    this.receiving = false;
    this.#source = '';
    // Whole with `index` as a double: the two are one address of a cancelled operation.
    this.generation = (this.generation % 0xf_ffff) + 1;
  }

  /** The text of an address; the last one is remembered, since packets of a leg come from one host. */
  sourceText(word: number): string {
    if (word !== this.#sourceWord || this.#source === '') {
      this.#sourceWord = word;
      this.#source = ipv4OfWord(word);
    }
    return this.#source;
  }

  /** Null for what is no IPv4 address; the last one is remembered. */
  targetWord(address: string): number | null {
    if (address !== this.#target) {
      this.#target = address;
      this.#targetWord = wordOfIpv4(address);
    }
    return this.#targetWord;
  }
}
