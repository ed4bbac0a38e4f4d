/** IPv4 and UDP headers: many small packets are more than a few large ones. */
export const headerBytes = 28;

/**
 * How much may be sent where for a caller who did not log in. Its description can name anybody, and packets can come in
 * anybody's name, so a host gets no more bytes than came from it, unless it has proven that it wants them:
 *
 * - by signalling: the host that the INVITE came from and whose ACK has answered our 200 (`provenHost`), or
 * - by RTCP: a report on our stream from the one host that it was ever sent to. The SSRC it names is a secret of 32
 *   bits till then.
 */
export class GuestBound {
  readonly provenHost: string;
  #reportedHost = '';
  /**
   * The host that has got packets of ours; with `#several` the first of them, and our SSRC is known to more than one.
   */
  #toldHost = '';
  #several = false;
  /** Where packets are to go now. */
  #host = '';
  /** What had come in all when that began (for the first, nothing that counts), and what has gone there since. */
  #cameBefore = 0;
  #sent = 0;

  constructor(provenHost: string) {
    this.provenHost = provenHost;
  }

  /**
   * Whether a packet of `bytes` may go to `host`, `came` bytes having been received in all, headers counted; it counts
   * as sent then.
   */
  admits(host: string, bytes: number, came: number): boolean {
    if (host !== this.#host) {
      this.#cameBefore = this.#host === '' ? 0 : came;
      this.#host = host;
      this.#sent = 0;
    }
    if (host !== this.provenHost && host !== this.#reportedHost) {
      const sent = this.#sent + bytes + headerBytes;
      if (sent > came - this.#cameBefore) return false;
      this.#sent = sent;
    }
    if (this.#toldHost === '') this.#toldHost = host;
    else if (host !== this.#toldHost) this.#several = true;
    return true;
  }

  /** `host` has reported on our stream. */
  reported(host: string): void {
    if (host === this.#toldHost && !this.#several) this.#reportedHost = host;
  }
}
