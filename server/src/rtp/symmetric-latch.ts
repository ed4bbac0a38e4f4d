import type { HostPort } from '../base/host-port.ts';
import { seq16Diff, ts32Diff } from '../base/serial.ts';

/** What the latch says of a packet. */
export const rejected = 0;
export const accepted = 1;
/** Accepted, and the source or its stream is new: the receiver starts afresh. */
export const latched = 2;
/** Accepted from a new address, but it is the same stream going on (NAT rebinding). */
export const moved = 3;
export type Verdict = typeof rejected | typeof accepted | typeof latched | typeof moved;

/** How many packets in sequence a source that is not simply believed must show (RFC 3550 A.1 MIN_SEQUENTIAL). */
const probationPackets = 2;
/** The source in use counts as silent after this long. */
const silentMs = 500;
/** Another SSRC from the source in use is believed when the old one has been quiet for this long. */
const oldSsrcQuietMs = 60;
/** Within this time after the first packet, the address that signalling named takes over from any other. */
const preferMs = 2000;
/** A stream that goes on elsewhere has advanced by what its silence explains, give or take this much. */
const continuationSlackMs = 1000;
const fastestPacketsPerMs = 0.1;
const fastestUnitsPerMs = 48;

/**
 * Symmetric RTP (RFC 4961, RFC 7362 §4): where a leg's packets may come from, and where ours go. The rule, with what it
 * holds against, is in docs/protocols/rtp.md. Pure: time and packets are arguments.
 *
 * States: closed · open · latched.
 *
 *     closed   expect(address)                                → open
 *     open     packet from the signalled address              → latched
 *     open     two packets in sequence from one other source
 *              at an address that signalling named or came from → latched
 *     latched  packet of the same source and SSRC             → latched (accept)
 *     latched  signalled address, within 2 s of the first,
 *              or two in sequence at any time                  → latched to it
 *     latched  same source, new SSRC, two in sequence, old
 *              SSRC quiet for 60 ms                            → latched, new stream
 *     latched  other source, two in sequence, source in use
 *              silent for 500 ms, the same SSRC going on
 *              plausibly                                       → latched to it
 *     latched  another port of its hosts, two in sequence, the
 *              same signalled again and nothing since from the
 *              source in use, silent for 500 ms                → latched to it
 *     latched  anything else                                   → latched (reject)
 *     any      expect(another address), or signalling from
 *              elsewhere than the latched source               → open
 *     any      expect(null)                                    → closed
 */
export class SymmetricLatch {
  /** Where to send: the latched source, else what signalling said; '' and 0 when closed. */
  address = '';
  port = 0;
  #expected: HostPort | null = null;
  /** Where signalling came from: a phone behind NAT sends its media from the same address. */
  #signalledFrom: string | null = null;
  #latched = false;
  /** What was signalled before was signalled again, and nothing has come from the source since. */
  #again = false;
  /** Whole numbers of 32 bits: the hot path neither boxes nor allocates. */
  #ssrc = 0;
  #sequence = 0;
  #timestamp = 0;
  #heardMs = 0;
  #firstMs = 0;
  readonly #candidate = new Probation();
  /** Its own, so that nobody else's packets can keep the signalled source on probation. */
  readonly #returning = new Probation();

  /**
   * Signalling names the peer's address and came from `signalledFrom`, where that is known. The same again changes
   * nothing for who is there, but a phone that was silent may come back from another port; another address opens the
   * latch anew.
   */
  expect(remote: HostPort | null, signalledFrom: string | null = null): void {
    const old = this.#expected;
    const sameSource = signalledFrom === this.#signalledFrom;
    this.#signalledFrom = signalledFrom;
    if (remote !== null && old !== null && remote.address === old.address && remote.port === old.port) {
      this.#again = this.#latched;
      if (sameSource || !this.#latched || this.#isNear(this.address)) return;
    }
    this.#again = false;
    this.#expected = remote;
    this.#latched = false;
    this.address = remote?.address ?? '';
    this.port = remote?.port ?? 0;
    this.#candidate.end();
    this.#returning.end();
  }

  get isLatched(): boolean {
    return this.#latched;
  }

  /** SSRC of the accepted stream; meaningful when latched. */
  get ssrc(): number {
    return this.#ssrc >>> 0;
  }

  /** The accepted stream. */
  isSource(address: string, port: number, ssrc: number): boolean {
    return this.#latched && port === this.port && ssrc === this.#ssrc && address === this.address;
  }

  /** From the accepted source, but not of the accepted stream. */
  isOtherStream(address: string, port: number, ssrc: number): boolean {
    return this.#latched && port === this.port && ssrc !== this.#ssrc && address === this.address;
  }

  /** The peer's host, as far as anybody said or it has shown: where its signs of life come from. */
  isHost(address: string): boolean {
    return address !== '' && (address === this.address || this.#isNear(address));
  }

  /**
   * Whether a packet from there may be the peer's, whatever is in it; `ssrc` signed. What is not need not be looked at.
   */
  mayBe(address: string, ssrc: number, nowMs: number): boolean {
    if (this.isHost(address)) return true;
    return this.#latched && ssrc === this.#ssrc && Math.floor(nowMs) - this.#heardMs >= silentMs;
  }

  /** Judges a packet by its source, SSRC, sequence number and timestamp (signed 32 bits); `nowMs` is monotonic. */
  judge(address: string, port: number, ssrc: number, sequence: number, timestamp: number, nowMs: number): Verdict {
    if (this.isSource(address, port, ssrc)) {
      this.#heardMs = Math.floor(nowMs);
      this.#sequence = sequence;
      this.#timestamp = timestamp;
      this.#again = false;
      return accepted;
    }
    return this.#judgeOther(address, port, ssrc, sequence, timestamp, Math.floor(nowMs));
  }

  #judgeOther(
    address: string,
    port: number,
    ssrc: number,
    sequence: number,
    timestamp: number,
    nowMs: number,
  ): Verdict {
    if (this.#expected === null) return rejected;
    const verdict = this.#latched
      ? this.#judgeStranger(address, port, ssrc, sequence, timestamp, nowMs)
      : this.#judgeFirst(address, port, ssrc, sequence);
    if (verdict === rejected) return rejected;
    if (!this.#latched) this.#firstMs = nowMs;
    this.#latched = true;
    this.#again = false;
    this.address = address;
    this.port = port;
    this.#ssrc = ssrc;
    this.#sequence = sequence;
    this.#timestamp = timestamp;
    this.#heardMs = nowMs;
    this.#candidate.end();
    this.#returning.end();
    return verdict;
  }

  #judgeFirst(address: string, port: number, ssrc: number, sequence: number): Verdict {
    if (this.#isSignalled(address, port)) return latched;
    return this.#isNear(address) && this.#candidate.passes(address, port, ssrc, sequence) ? latched : rejected;
  }

  #judgeStranger(
    address: string,
    port: number,
    ssrc: number,
    sequence: number,
    timestamp: number,
    nowMs: number,
  ): Verdict {
    const silence = nowMs - this.#heardMs;
    if (port === this.port && address === this.address) {
      // The source in use with another SSRC: a restarted stream, or one forged in its name while it still talks.
      if (!this.#candidate.passes(address, port, ssrc, sequence)) return rejected;
      return silence >= oldSsrcQuietMs ? latched : rejected;
    }
    if (this.#isSignalled(address, port)) {
      const believed = nowMs - this.#firstMs <= preferMs || this.#returning.passes(address, port, ssrc, sequence);
      if (!believed) return rejected;
      return ssrc === this.#ssrc ? moved : latched;
    }
    if (silence < silentMs) return rejected;
    const continues = this.#continues(ssrc, sequence, timestamp, silence);
    if (!continues && !(this.#again && this.#isNear(address))) return rejected;
    if (!this.#candidate.passes(address, port, ssrc, sequence)) return rejected;
    return continues ? moved : latched;
  }

  /** The peer's host as far as anybody said: any other could be anyone. */
  #isNear(address: string): boolean {
    return address === this.#signalledFrom || address === this.#expected?.address;
  }

  #isSignalled(address: string, port: number): boolean {
    return this.#expected !== null && port === this.#expected.port && address === this.#expected.address;
  }

  /** The same stream, later: it has our SSRC, and went on by no more than the silence explains. */
  #continues(ssrc: number, sequence: number, timestamp: number, silence: number): boolean {
    if (ssrc !== this.#ssrc) return false;
    const explained = silence + continuationSlackMs;
    const packets = seq16Diff(sequence, this.#sequence);
    const units = ts32Diff(timestamp, this.#timestamp);
    return (
      packets > 0 && packets <= explained * fastestPacketsPerMs && units >= 0 && units <= explained * fastestUnitsPerMs
    );
  }
}

/** One source that must show packets in sequence; a newer one replaces it, so that memory stays bounded. */
class Probation {
  #address = '';
  #port = 0;
  #ssrc = 0;
  #sequence = 0;
  #count = 0;

  passes(address: string, port: number, ssrc: number, sequence: number): boolean {
    const follows =
      this.#count > 0 &&
      port === this.#port &&
      ssrc === this.#ssrc &&
      sequence === ((this.#sequence + 1) & 0xffff) &&
      address === this.#address;
    this.#count = follows ? this.#count + 1 : 1;
    this.#address = address;
    this.#port = port;
    this.#ssrc = ssrc;
    this.#sequence = sequence;
    return this.#count >= probationPackets;
  }

  end(): void {
    this.#count = 0;
  }
}
