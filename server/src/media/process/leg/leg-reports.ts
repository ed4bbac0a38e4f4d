import { g711Impairment, meanOpinionScore } from '../../../audio/emodel.ts';
import type { Clock } from '../../../base/clock.ts';
import type { Random } from '../../../base/random.ts';
import { buildReport, middleNtp, type ReceptionBlock, type RtcpListener, readRtcp } from '../../../rtp/rtcp.ts';
import { rtcpIntervalMs } from '../../../rtp/rtcp-interval.ts';
import { isTransportFeedback } from '../../../rtp/transport-feedback.ts';
import type { LegReceiver } from './leg-receiver.ts';
import { frameMs } from './leg-receiver.ts';
import type { LegSender } from './leg-sender.ts';

/**
 * A stream that stands still in both directions is reported on this much less often. Still well before a peer would
 * take us for gone (five intervals, RFC 3550 §6.3.5), and thousands who wait alone cost next to nothing.
 */
const quietFactor = 3;
/** Packets since the last report that are no more than keep-alive. */
const quietPackets = 2;
/** RTCP counts time in 1/65536 s. */
const unitsPerMs = 65.536;
/** A round trip longer than this is a forged or stale echo. */
const longestRoundTripMs = 10_000;

/** A leg's RTCP: what we tell the peer, and what it tells us. */
export class LegReports implements RtcpListener {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #receiver: LegReceiver;
  readonly #sender: LegSender;
  readonly #cname: string;
  #dueMs: number;
  /** When it is due although nothing was sent or received. */
  #quietDueMs = 0;
  #lastSenderReport = 0;
  #lastSenderReportMs = 0;
  /** What is said when there is nothing to say; always the same. */
  #empty: Uint8Array | null = null;
  #packetsReported = 0;
  #receivedReported = 0;
  roundTripMs: number | null = null;
  remoteLossRate: number | null = null;
  remoteJitterMs: number | null = null;
  heardMs = 0;
  invalid = 0;
  /** The peer has reported the arrival of a packet that asked for it. */
  answers = false;
  /** How many reports on our stream have come. */
  onUs = 0;

  constructor(clock: Clock, random: Random, receiver: LegReceiver, sender: LegSender, cname: string) {
    this.#clock = clock;
    this.#random = random;
    this.#receiver = receiver;
    this.#sender = sender;
    this.#cname = cname;
    this.#dueMs = clock.monotonic() + rtcpIntervalMs(random, true);
  }

  /** The report to send now, or null when none is due. `tick` is the media tick that now falls into. */
  due(nowMs: number, tick: number): Uint8Array | null {
    if (nowMs < this.#dueMs || (nowMs < this.#quietDueMs && this.#quiet)) return null;
    const interval = rtcpIntervalMs(this.#random, false);
    this.#dueMs = nowMs + interval;
    this.#quietDueMs = nowMs + interval * quietFactor;
    return this.#build(tick, false);
  }

  get #quiet(): boolean {
    const sent = this.#sender.packets - this.#packetsReported;
    return sent <= quietPackets && this.#receiver.statistics.received === this.#receivedReported;
  }

  /** The last report, with BYE; null when the peer never heard of us. */
  goodbye(tick: number): Uint8Array | null {
    return this.#sender.packets > 0 ? this.#build(tick, true) : null;
  }

  /** Takes a compound packet of the accepted peer, which came at `nowMs`. Never throws. */
  receive(packet: Uint8Array, nowMs: number): void {
    this.heardMs = nowMs;
    if (isTransportFeedback(packet)) this.answers = true;
    else if (!readRtcp(packet, this)) this.invalid++;
  }

  onSenderReport(ssrc: number, middle: number): void {
    if ((ssrc | 0) !== this.#receiver.ssrc) return;
    this.#lastSenderReport = middle;
    this.#lastSenderReportMs = this.heardMs;
  }

  onReceptionBlock(
    _reporter: number,
    subject: number,
    fractionLost: number,
    jitter: number,
    lastSenderReport: number,
    delaySinceLastSenderReport: number,
  ): void {
    if (subject !== this.#sender.ssrc) return;
    this.onUs++;
    this.remoteLossRate = fractionLost / 256;
    this.remoteJitterMs = (jitter * 1000) / (this.#sender.format?.codec.clockRate ?? 8000);
    if (lastSenderReport === 0) return;
    // It may have come a little before it is read.
    const cameMs = this.#clock.now() - (this.#clock.monotonic() - this.heardMs);
    const units = (middleNtp(cameMs) - lastSenderReport - delaySinceLastSenderReport) | 0;
    const roundTripMs = units / unitsPerMs;
    if (roundTripMs >= 0 && roundTripMs <= longestRoundTripMs) this.roundTripMs = roundTripMs;
  }

  onBye(): void {
    // Signalling ends a leg; the peer's stream may also just restart.
  }

  /** ITU-T G.107 for what the leg is heard with; null before its first packet. */
  mos(): number | null {
    const { statistics, playout } = this.#receiver;
    if (statistics.received === 0) return null;
    const late = playout?.stats.late ?? 0;
    const loss = Math.min(1, (statistics.lost + late) / Math.max(1, statistics.expected));
    const delayMs = frameMs + (playout?.stats.delayMs ?? 0) + (this.roundTripMs ?? 0) / 2;
    return meanOpinionScore({ loss, delayMs, codec: g711Impairment });
  }

  #build(tick: number, goodbye: boolean): Uint8Array {
    const sender = this.#sender;
    const sent = sender.packets > this.#packetsReported || (goodbye && sender.packets > 0);
    this.#packetsReported = sender.packets;
    this.#receivedReported = this.#receiver.statistics.received;
    const block = this.#block();
    const empty = !sent && block === null && !goodbye;
    if (empty && this.#empty !== null) return this.#empty;
    const report = buildReport(
      sender.ssrc,
      this.#cname,
      sent
        ? {
            now: this.#clock.now(),
            rtpTimestamp: sender.timestampAt(tick),
            packetCount: sender.packets,
            octetCount: sender.octets,
          }
        : null,
      block,
      goodbye,
    );
    if (empty) this.#empty = report;
    return report;
  }

  #block(): ReceptionBlock | null {
    const { statistics, ssrc } = this.#receiver;
    if (!statistics.started) return null;
    const echoed = this.#lastSenderReport !== 0;
    return {
      ...statistics.report(),
      ssrc: ssrc >>> 0,
      lastSenderReport: this.#lastSenderReport,
      delaySinceLastSenderReport: echoed
        ? Math.round((this.#clock.monotonic() - this.#lastSenderReportMs) * unitsPerMs) >>> 0
        : 0,
    };
  }
}
