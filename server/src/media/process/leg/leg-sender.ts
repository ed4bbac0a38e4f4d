import { codecByName } from '../../../audio/codec.ts';
import { DigitSender } from '../../../rtp/digit-sender.ts';
import { rtpHeaderLength, writeRtpHeader } from '../../../rtp/rtp-header.ts';
import { telephoneEventLength, writeTelephoneEvent } from '../../../rtp/telephone-event.ts';
import { numbered } from '../../../rtp/transport-feedback.ts';
import type { EventFormat } from '../../channel/commands.ts';
import { CommandError } from '../../channel/protocol.ts';
import type { OutputPacket, RoomOutput } from '../room/room-output.ts';
import { frameMs } from './leg-receiver.ts';
import { type OutputFormat, outputFormat } from './output-format.ts';

/** -10 dBm0, what phones use (RFC 4733 §2.5.1.2 leaves it open). */
const digitVolume = 10;

/** A packet of silence per format, for all legs: only the header is written for each. */
const silences = new Map<OutputFormat, OutputPacket>();

/** Who sends: its transport is where packets go now. */
export interface Sending {
  readonly transport: { send(packet: Buffer): void };
}

/**
 * One outgoing RTP stream: what a `RoomOutput` makes, under this leg's own headers. Timestamps follow the process's
 * ticks, so that a pause is a jump in the timestamp and the next packet carries the marker.
 */
export class LegSender {
  readonly digits = new DigitSender(8000);
  format: OutputFormat | null = null;
  packets = 0;
  /** Payload bytes, as RTCP counts them. */
  octets = 0;
  /** The tick of the last frame; long ago before the first. */
  lastTick = -1_000;
  readonly #by: Sending;
  /** Both as signed 32-bit integers. */
  readonly #ssrc: number;
  readonly #timestampBase: number;
  #sequence: number;
  #payloadType = 0;
  #telephoneEvent = -1;
  /** RTP timestamp units of a frame. */
  #frameUnits = (8000 / 1000) * frameMs;
  #markNext = false;
  /** Header extension of the number that the next packet gets; 0: none. */
  #numberIn = 0;
  #numbers = 0;

  /** Random start values (RFC 3550 §5.1). */
  constructor(ssrc: number, sequence: number, timestamp: number, by: Sending) {
    this.#ssrc = ssrc | 0;
    this.#sequence = sequence;
    this.#timestampBase = timestamp | 0;
    this.#by = by;
  }

  /** Throws CommandError `invalid` when the codec is unknown. */
  configure(codecName: string, payloadType: number, ptime: number, telephoneEvent: EventFormat | null): void {
    const codec = codecByName(codecName);
    if (codec === null) throw new CommandError('invalid', `unknown codec ${codecName}`);
    if (codec.packetTimes?.includes(ptime) === false) {
      throw new CommandError('invalid', `no packets of ${ptime} ms in ${codecName}`);
    }
    this.#telephoneEvent = telephoneEvent?.payloadType ?? -1;
    this.digits.clockRate = telephoneEvent?.clockRate ?? 8000;
    this.#payloadType = payloadType;
    this.format = outputFormat(codec, ptime);
    this.#frameUnits = (codec.clockRate / 1000) * frameMs;
  }

  /** Stops sending until configured again. */
  unconfigure(): void {
    this.format = null;
  }

  get ssrc(): number {
    return this.#ssrc >>> 0;
  }

  /** Whether digits can go as RFC 4733 events. */
  get canSendEvents(): boolean {
    return this.#telephoneEvent >= 0;
  }

  /** The RTP timestamp of a tick, as a signed 32-bit integer. */
  timestampAt(tick: number): number {
    return (this.#timestampBase + tick * this.#frameUnits) | 0;
  }

  /**
   * Sends what `output` made in this tick. The header is written into its packets: whoever sends them keeps none,
   * so one packet serves any number of legs one after the other.
   */
  send(output: RoomOutput, tick: number): void {
    if (tick !== this.lastTick + 1) this.#markNext = true;
    this.lastTick = tick;
    for (let i = 0; i < output.ready; i++) this.#sendPacket(output.packets[i]!);
  }

  /** The next packet asks the peer to report its arrival, by a number in this header extension. */
  askForReport(extension: number): void {
    this.#numberIn = extension;
  }

  /** Sends one packet of silence, for the sake of the packet. */
  sendSilence(tick: number): void {
    const { format } = this;
    if (format === null) return;
    const packet = silences.get(format) ?? silenceIn(format);
    silences.set(format, packet);
    packet.units = tick * this.#frameUnits;
    this.#markNext = true;
    this.lastTick = tick;
    this.#sendPacket(packet);
  }

  /**
   * The digit packet due in this tick takes the place of audio; false when the tick is free for audio. Digits that
   * cannot be sent now (no events negotiated, or not `sending`) pass unsent.
   */
  sendDigit(tick: number, sending: boolean): boolean {
    const digits = this.digits;
    if (!digits.next(this.timestampAt(tick), frameMs) || !sending || this.#telephoneEvent < 0) return false;
    const packet = Buffer.alloc(rtpHeaderLength + telephoneEventLength);
    writeRtpHeader(packet, 0, digits.marker, this.#telephoneEvent, this.#nextSequence(), digits.timestamp, this.#ssrc);
    writeTelephoneEvent(packet, rtpHeaderLength, digits.event, digits.end, digitVolume, digits.duration);
    this.packets++;
    this.octets += telephoneEventLength;
    this.lastTick = tick;
    this.#by.transport.send(packet);
    return true;
  }

  #sendPacket({ bytes, units }: OutputPacket): void {
    const timestamp = (this.#timestampBase + units) | 0;
    writeRtpHeader(bytes, 0, this.#markNext, this.#payloadType, this.#nextSequence(), timestamp, this.#ssrc);
    this.#markNext = false;
    this.packets++;
    this.octets += bytes.length - rtpHeaderLength;
    this.#by.transport.send(this.#numberIn === 0 ? bytes : this.#numbered(bytes));
  }

  #numbered(packet: Buffer): Buffer {
    const extension = this.#numberIn;
    this.#numberIn = 0;
    this.#numbers = (this.#numbers + 1) & 0xffff;
    return numbered(packet, extension, this.#numbers);
  }

  #nextSequence(): number {
    const sequence = this.#sequence;
    this.#sequence = (sequence + 1) & 0xffff;
    return sequence;
  }
}

function silenceIn({ codec, ptime }: OutputFormat): OutputPacket {
  const samples = (codec.sampleRate / 1000) * ptime;
  const bytes = Buffer.alloc(rtpHeaderLength + codec.maxPayload);
  const encoder = codec.createEncoder();
  const length = encoder.encode(new Int16Array(samples), 0, samples, bytes, rtpHeaderLength);
  encoder.close();
  return { bytes: bytes.subarray(0, rtpHeaderLength + length), whole: bytes, units: 0 };
}
