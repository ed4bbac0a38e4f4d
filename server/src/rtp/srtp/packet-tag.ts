import { hash } from 'node:crypto';

/** SHA-1 takes 64 octets at a time. */
const hashBlock = 64;
/** What RTP and RTCP may be here, with what stands behind them. */
const longest = 2304;

/** Where packets are worked on one at a time, `packet` being what stands behind the key. */
export interface TagSpace {
  readonly all: Buffer;
  readonly packet: Buffer;
}

export function tagSpace(): TagSpace {
  const all = Buffer.alloc(hashBlock + longest);
  return { all, packet: all.subarray(hashBlock) };
}

const outerSpace = Buffer.alloc(hashBlock + 20);

/** Packets that are longer are not taken. */
export const longestPacket = longest - 32;

/**
 * HMAC-SHA1 (RFC 2104) of packets, of which the first octets are their tags (RFC 3711 §4.2.1). Written by its two
 * hashes: `createHmac` makes an object for each packet, and costs five times as much.
 */
export class PacketTag {
  readonly #inner = Buffer.alloc(hashBlock, 0x36);
  readonly #outer = Buffer.alloc(hashBlock, 0x5c);

  /** At most 64 octets. */
  constructor(key: Buffer) {
    for (const [at, octet] of key.entries()) {
      this.#inner[at]! ^= octet;
      this.#outer[at]! ^= octet;
    }
  }

  /** Of the first `length` octets of the packet there. */
  of(space: TagSpace, length: number): Buffer {
    this.#inner.copy(space.all);
    this.#outer.copy(outerSpace);
    hash('sha1', space.all.subarray(0, hashBlock + length), 'buffer').copy(outerSpace, hashBlock);
    return hash('sha1', outerSpace, 'buffer');
  }
}
