import type { Clock } from '../base/clock.ts';
import { ReceptionStatistics } from '../rtp/reception-statistics.ts';
import { buildReport, type RtcpListener, readRtcp } from '../rtp/rtcp.ts';
import type { RtpHeader } from '../rtp/rtp-header.ts';

/** What one stream tells its peer by RTCP, and what it is told (RFC 3550 §6.4). */
export class RtcpReports {
  readonly statistics = new ReceptionStatistics();
  /** What the peer last said it lost of ours, 0 to 255 of 256; null before its first report. */
  lostThere: number | null = null;
  /** Reports of the peer. */
  received = 0;
  /** The peer said that it ends. */
  goodbye = false;
  readonly #ssrc: number;
  readonly #clock: Clock;
  readonly #listener: RtcpListener;
  #packets = 0;
  #octets = 0;
  #timestamp = 0;
  #timestampMs = 0;
  #peer = 0;
  #lastSenderReport = 0;
  #lastSenderReportMs = 0;

  constructor(ssrc: number, clock: Clock) {
    this.#ssrc = ssrc;
    this.#clock = clock;
    this.#listener = {
      onSenderReport: (_ssrc, middle) => {
        this.#lastSenderReport = middle;
        this.#lastSenderReportMs = clock.monotonic();
      },
      onReceptionBlock: (_reporter, subject, fractionLost) => {
        if (subject === ssrc) this.lostThere = fractionLost;
      },
      onBye: () => {
        this.goodbye = true;
      },
    };
  }

  sent(octets: number, timestamp: number): void {
    this.#packets++;
    this.#octets += octets;
    this.#timestamp = timestamp;
    this.#timestampMs = this.#clock.monotonic();
  }

  receive(packet: RtpHeader, arrival: number): void {
    const ssrc = packet.ssrc >>> 0;
    if (this.statistics.started && ssrc !== this.#peer) this.statistics.restart();
    this.#peer = ssrc;
    this.statistics.update(packet.sequence, packet.timestamp, arrival);
  }

  receiveReport(packet: Uint8Array): void {
    if (readRtcp(packet, this.#listener)) this.received++;
  }

  build(goodbye: boolean): Uint8Array {
    const now = this.#clock.now();
    const nowMs = this.#clock.monotonic();
    // Of this moment, not of the last packet (RFC 3550 §6.4.1).
    const rtpTimestamp = (this.#timestamp + Math.round((nowMs - this.#timestampMs) * 8)) >>> 0;
    const sender =
      this.#packets === 0 ? null : { now, rtpTimestamp, packetCount: this.#packets, octetCount: this.#octets };
    const delayMs = nowMs - this.#lastSenderReportMs;
    const block = this.statistics.started
      ? {
          ...this.statistics.report(),
          ssrc: this.#peer,
          lastSenderReport: this.#lastSenderReport,
          delaySinceLastSenderReport: this.#lastSenderReport === 0 ? 0 : Math.floor((delayMs * 65_536) / 1000) >>> 0,
        }
      : null;
    return buildReport(this.#ssrc, `sandbox-${this.#ssrc.toString(16)}`, sender, block, goodbye);
  }
}
