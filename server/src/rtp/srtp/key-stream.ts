import { type Cipheriv, createCipheriv } from 'node:crypto';
import type { SessionKeys } from './key-derivation.ts';

const blockBytes = 16;
/** Blocks that are made at once: one call for many packets, since the call costs more than they do. */
const blocksAtOnce = 160;

/**
 * AES in counter mode (RFC 3711 §4.1.1) for packets of one SSRC: what they are XORed with. Packets mostly come in
 * order and are about as long as the last, so that the stream of the next ones is made with the first. The blocks of a
 * packet are encrypted counters, which is what one ECB cipher, kept for life, makes of them; a cipher in counter mode
 * would be another one for each packet, and cost ten times that.
 */
export class KeyStream {
  readonly #cipher: Cipheriv;
  readonly #salt: Buffer;
  #ssrc = 0;
  #stream: Buffer = Buffer.alloc(0);
  #counters = Buffer.alloc(0);
  /** Index of the first packet in `#stream`, how many there are, and the blocks of each. */
  #first = 0;
  #packets = 0;
  #blocks = 0;

  constructor({ cipher, encryption, salt }: SessionKeys) {
    this.#cipher = createCipheriv(`${cipher}-ecb`, encryption, null).setAutoPadding(false);
    this.#salt = salt;
  }

  /** Encrypts or decrypts [from, to) of `packet` in place. `index`: RFC 3711 §3.3.1, 48 bits; `ssrc` signed. */
  apply(packet: Uint8Array, from: number, to: number, ssrc: number, index: number): void {
    const blocks = (to - from + blockBytes - 1) >>> 4;
    if (blocks === 0) return;
    const ahead = index - this.#first;
    if (ssrc !== this.#ssrc || ahead < 0 || ahead >= this.#packets || blocks > this.#blocks) {
      this.#make(ssrc, index, blocks);
    }
    const stream = this.#stream;
    let at = (index - this.#first) * this.#blocks * blockBytes;
    for (let octet = from; octet < to; octet++) packet[octet]! ^= stream[at++]!;
  }

  #make(ssrc: number, first: number, blocks: number): void {
    const packets = Math.max(1, Math.floor(blocksAtOnce / blocks));
    const length = packets * blocks * blockBytes;
    if (this.#counters.length !== length) this.#counters = Buffer.alloc(length);
    let at = 0;
    for (let packet = 0; packet < packets; packet++) {
      for (let block = 0; block < blocks; block++, at += blockBytes) {
        this.#writeCounter(at, ssrc, first + packet, block);
      }
    }
    this.#stream = this.#cipher.update(this.#counters);
    this.#ssrc = ssrc;
    this.#first = first;
    this.#packets = packets;
    this.#blocks = blocks;
  }

  /** (salt · 2^16) XOR (SSRC · 2^64) XOR (index · 2^16), and the number of the block in the last two octets. */
  #writeCounter(at: number, ssrc: number, index: number, block: number): void {
    const counters = this.#counters;
    const salt = this.#salt;
    const high = Math.floor(index / 0x1_0000_0000);
    const low = index | 0;
    for (let octet = 0; octet < 4; octet++) {
      counters[at + octet] = salt[octet]!;
      counters[at + 4 + octet] = salt[4 + octet]! ^ (ssrc >>> (24 - 8 * octet));
      counters[at + 10 + octet] = salt[10 + octet]! ^ (low >>> (24 - 8 * octet));
    }
    counters[at + 8] = salt[8]! ^ (high >>> 8);
    counters[at + 9] = salt[9]! ^ high;
    counters[at + 14] = block >>> 8;
    counters[at + 15] = block;
  }
}
