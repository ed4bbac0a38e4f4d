import type { SipRequest, SipResponse } from '../message/message.ts';
import { serialize } from '../message/serialize.ts';

/** What a start line and the blank line behind the headers have at least. */
const startLine = 32;
/** The shortest name, its colon and the line break. */
const leastPerLine = 4;
/** Left out where an answer would otherwise be larger than its request, in this order; nothing depends on them. */
const dispensable = ['Server', 'Accept-Language', 'Accept-Encoding', 'Accept', 'Supported', 'Allow', 'Date'] as const;

/**
 * The bytes that may go to an address which has not shown yet that it is the one who asks: as many as came from there.
 * Anybody can write somebody else's address into a datagram, and would have us send him much for little (RFC 5393 §3,
 * and as RFC 9000 §8.1 for QUIC).
 */
export class Allowance {
  #bytes = 0;

  received(request: SipRequest): void {
    const { headers, body } = request;
    this.#bytes += startLine + headers.characters + leastPerLine * headers.size + body.length;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Takes so many; false, and nothing taken, when there are not as many. */
  take(bytes: number): boolean {
    if (bytes > this.#bytes) return false;
    this.#bytes -= bytes;
    return true;
  }

  /** For the answer that is owed: there may be less left than it takes. */
  spend(bytes: number): void {
    this.#bytes = Math.max(0, this.#bytes - bytes);
  }

  /** The response, without what can be left out if it were larger than what may be sent. */
  fit(response: SipResponse): Buffer {
    let bytes = serialize(response);
    // Where we can be reached is no news to who asked there; an INVITE needs it (RFC 3261 §11.2, §12.1.1).
    const names = response.cseq.method === 'OPTIONS' ? [...dispensable, 'Contact'] : dispensable;
    for (const name of names) {
      if (bytes.length <= this.#bytes) break;
      if (!response.headers.has(name)) continue;
      response.headers.remove(name);
      bytes = serialize(response);
    }
    return bytes;
  }
}
