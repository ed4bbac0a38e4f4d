import { packets } from 'rtp.js';
import type { ReceptionFigures } from './reception-statistics.ts';

const { ByePacket, CompoundPacket, ReceiverReportPacket, ReceptionReport, SdesChunk, SdesPacket, SenderReportPacket } =
  packets;

/** Seconds from 1900 (NTP) to 1970 (Unix). */
const ntpEpoch = 2_208_988_800;
/** Packet types (RFC 3550 §12.1). */
const senderReport = 200;
const receiverReport = 201;
const bye = 203;
/** CNAME (RFC 3550 §12.2). */
const cnameItem = 1;
/** No real compound packet holds more; the rest is ignored. */
const mostPackets = 16;

/** A block about a stream we receive. */
export interface ReceptionBlock extends ReceptionFigures {
  readonly ssrc: number;
  /** Middle 32 bits of the last sender report's NTP time, 0 when none came. */
  readonly lastSenderReport: number;
  /** Units of 1/65536 s, 0 when none came. */
  readonly delaySinceLastSenderReport: number;
}

/** What a sender says of its own stream. */
export interface SenderFigures {
  /** Wall-clock milliseconds since 1970. */
  readonly now: number;
  readonly rtpTimestamp: number;
  readonly packetCount: number;
  readonly octetCount: number;
}

/** Told what a compound packet says; numbers as on the wire. */
export interface RtcpListener {
  /** A sender report: its middle 32 NTP bits are what our next block echoes. */
  onSenderReport(ssrc: number, middleNtp: number, rtpTimestamp: number): void;
  /** A block about `subject` (one of our streams) from `reporter`. */
  onReceptionBlock(
    reporter: number,
    subject: number,
    fractionLost: number,
    jitter: number,
    lastSenderReport: number,
    delaySinceLastSenderReport: number,
  ): void;
  onBye(ssrc: number): void;
}

/** Milliseconds since 1970 as NTP seconds and fraction (RFC 3550 §4). */
export function ntpOf(now: number): { seconds: number; fraction: number } {
  const seconds = Math.floor(now / 1000);
  return {
    seconds: (seconds + ntpEpoch) >>> 0,
    fraction: Math.floor(((now - seconds * 1000) / 1000) * 0x1_0000_0000) >>> 0,
  };
}

/** The middle 32 bits of an NTP time: what reports echo, in units of 1/65536 s. */
export function middleNtp(now: number): number {
  const { seconds, fraction } = ntpOf(now);
  return (((seconds & 0xffff) << 16) | (fraction >>> 16)) >>> 0;
}

/**
 * A compound report (RFC 3550 §6.1): SR when we sent something, else RR, with at most one block, and SDES CNAME; with
 * `goodbye`, BYE at its end.
 */
export function buildReport(
  ssrc: number,
  cname: string,
  sender: SenderFigures | null,
  block: ReceptionBlock | null,
  goodbye: boolean,
): Uint8Array {
  const compound = new CompoundPacket();
  const reports = block === null ? [] : [toReceptionReport(block)];
  if (sender !== null) {
    const report = new SenderReportPacket();
    const ntp = ntpOf(sender.now);
    report.setSsrc(ssrc);
    report.setNtpSeconds(ntp.seconds);
    report.setNtpFraction(ntp.fraction);
    report.setRtpTimestamp(sender.rtpTimestamp >>> 0);
    report.setPacketCount(sender.packetCount >>> 0);
    report.setOctetCount(sender.octetCount >>> 0);
    report.setReports(reports);
    compound.addPacket(report);
  } else {
    const report = new ReceiverReportPacket();
    report.setSsrc(ssrc);
    report.setReports(reports);
    compound.addPacket(report);
  }
  const description = new SdesPacket();
  const chunk = new SdesChunk();
  chunk.setSsrc(ssrc);
  chunk.addItem(cnameItem, cname);
  description.addChunk(chunk);
  compound.addPacket(description);
  if (goodbye) {
    const end = new ByePacket();
    end.addSsrc(ssrc);
    compound.addPacket(end);
  }
  const view = compound.getView();
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
}

function toReceptionReport(block: ReceptionBlock): InstanceType<typeof ReceptionReport> {
  const report = new ReceptionReport();
  report.setSsrc(block.ssrc);
  report.setFractionLost(block.fractionLost);
  report.setTotalLost(inTwosComplement(block.cumulativeLost));
  report.setHighestSeqNumber(block.extendedHighestSequence);
  report.setJitter(block.jitter >>> 0);
  report.setLastSRTimestamp(block.lastSenderReport);
  report.setDelaySinceLastSR(block.delaySinceLastSenderReport);
  return report;
}

/**
 * The library writes a negative number as its magnitude under a sign; this is the one that comes out as RFC 3550 §6.4.1
 * has it. More came than was expected where packets are duplicated on the way.
 */
function inTwosComplement(lost: number): number {
  return lost < 0 ? -(0x80_0000 + Math.max(lost, -0x7f_ffff)) : lost;
}

/**
 * Walks a compound packet and tells `listener` of reports and goodbyes; other packet types are skipped. False when
 * anything in it is malformed (what came before has been told). Never throws.
 */
export function readRtcp(packet: Uint8Array, listener: RtcpListener): boolean {
  let at = 0;
  for (let count = 0; at < packet.length && count < mostPackets; count++) {
    if (at + 4 > packet.length || packet[at]! >>> 6 !== 2) return false;
    const length = 4 + ((packet[at + 2]! << 8) | packet[at + 3]!) * 4;
    if (at + length > packet.length) return false;
    if (!readOne(packet[at + 1]!, new DataView(packet.buffer, packet.byteOffset + at, length), listener)) return false;
    at += length;
  }
  return at > 0;
}

function readOne(type: number, view: DataView, listener: RtcpListener): boolean {
  if (type !== senderReport && type !== receiverReport && type !== bye) return true;
  try {
    if (type === bye) {
      for (const ssrc of new ByePacket(view).getSsrcs()) listener.onBye(ssrc);
      return true;
    }
    const report = type === senderReport ? new SenderReportPacket(view) : new ReceiverReportPacket(view);
    if (report instanceof SenderReportPacket) {
      const middle = ((report.getNtpSeconds() & 0xffff) << 16) | (report.getNtpFraction() >>> 16);
      listener.onSenderReport(report.getSsrc(), middle >>> 0, report.getRtpTimestamp());
    }
    for (const block of report.getReports()) {
      listener.onReceptionBlock(
        report.getSsrc(),
        block.getSsrc(),
        block.getFractionLost(),
        block.getJitter(),
        block.getLastSRTimestamp(),
        block.getDelaySinceLastSR(),
      );
    }
    return true;
  } catch {
    return false;
  }
}
