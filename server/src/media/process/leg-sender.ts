import { type Codec, codecByName } from '../../audio/codec.ts';
import { ts32Add } from '../../base/serial.ts';
import { DigitSender } from '../../rtp/digit-sender.ts';
import { rtpHeaderLength, writeRtpHeader } from '../../rtp/rtp-header.ts';
import { telephoneEventLength, writeTelephoneEvent } from '../../rtp/telephone-event.ts';
import { CommandError, type EventFormat } from '../channel/protocol.ts';
import { frameMs } from './leg-receiver.ts';

/** A power of two. Packets in flight when the kernel's buffer is full: a buffer is written again only after this many others. */
const ringSize = 4;
/** -10 dBm0, what phones use (RFC 4733 §2.5.1.2 leaves it open). */
const digitVolume = 10;

/** A frame of silence per codec, for all legs: only the header is written for each. */
const silences = new Map<Codec, Buffer>();

/** Sends one packet of a leg to wherever its packets go now. */
export type SendPacket = (packet: Buffer) => void;

/**
 * One outgoing RTP stream: frames of 20 ms in, packets of the negotiated size out. Timestamps follow the process's ticks,
 * so that a pause is a jump in the timestamp and the next packet carries the marker.
 */
export class LegSender {
  readonly digits = new DigitSender(8000);
  codec: Codec | null = null;
  packets = 0;
  /** Payload bytes, as RTCP counts them. */
  octets = 0;
  /** The tick of the last frame; long ago before the first. */
  lastTick = -1_000;
  readonly #send: SendPacket;
  /** Both as signed 32-bit integers. */
  readonly #ssrc: number;
  readonly #timestampBase: number;
  #sequence: number;
  #payloadType = 0;
  #telephoneEvent = -1;
  #ptime = frameMs;
  /** Bytes of a frame and of a packet of the negotiated size. */
  #frameBytes = 0;
  /** RTP timestamp units of a frame. */
  #frameUnits = (8000 / 1000) * frameMs;
  #packetBytes = 0;
  #ring: Buffer[] = [];
  #ringAt = 0;
  /** Encoded bytes waiting for a packet of another size than a frame. */
  #waiting = new Uint8Array(0);
  #waitingBytes = 0;
  #waitingTimestamp = 0;
  #markNext = false;

  /** Random start values (RFC 3550 §5.1). */
  constructor(ssrc: number, sequence: number, timestamp: number, send: SendPacket) {
    this.#ssrc = ssrc | 0;
    this.#sequence = sequence;
    this.#timestampBase = timestamp | 0;
    this.#send = send;
  }

  /** Throws CommandError `invalid` when the codec is unknown. */
  configure(codecName: string, payloadType: number, ptime: number, telephoneEvent: EventFormat | null): void {
    const codec = codecByName(codecName);
    if (codec === null) throw new CommandError('invalid', `unknown codec ${codecName}`);
    this.#telephoneEvent = telephoneEvent?.payloadType ?? -1;
    this.digits.clockRate = telephoneEvent?.clockRate ?? 8000;
    this.#payloadType = payloadType;
    if (codec === this.codec && ptime === this.#ptime) return;
    this.codec = codec;
    this.#ptime = ptime;
    const samples = (codec.sampleRate / 1000) * frameMs;
    this.#frameBytes = codec
      .createEncoder()
      .encode(new Int16Array(samples), 0, samples, new Uint8Array(samples * 2), 0);
    this.#frameUnits = (codec.clockRate / 1000) * frameMs;
    this.#packetBytes = (this.#frameBytes / frameMs) * ptime;
    this.#ring = this.#packetBytes === this.#frameBytes ? [] : makeRing(rtpHeaderLength + this.#packetBytes);
    this.#waiting = new Uint8Array(this.#frameBytes + this.#packetBytes);
    this.#waitingBytes = 0;
  }

  /** Stops sending until configured again. */
  unconfigure(): void {
    this.codec = null;
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
   * Sends 20 ms of encoded audio: `packet` has the frame after twelve bytes for the header, which is written into it. The
   * kernel takes a datagram at once, so one packet serves any number of legs one after the other.
   */
  sendFrame(packet: Buffer, tick: number): void {
    const fresh = tick !== this.lastTick + 1;
    this.lastTick = tick;
    if (this.#packetBytes !== this.#frameBytes) {
      this.#sendInOtherSize(packet, tick, fresh);
      return;
    }
    this.#sendAs(packet, this.timestampAt(tick), fresh);
  }

  /** Sends one frame of silence, for the sake of the packet. */
  sendSilence(tick: number): void {
    const codec = this.codec;
    if (codec === null) return;
    let packet = silences.get(codec);
    if (packet === undefined) {
      packet = Buffer.alloc(rtpHeaderLength + this.#frameBytes, codec.silenceByte ?? 0);
      silences.set(codec, packet);
    }
    this.sendFrame(packet, tick);
  }

  /**
   * The digit packet due in this tick takes the place of audio; false when the tick is free for audio. Digits that cannot
   * be sent now (no events negotiated, or not `sending`) pass unsent.
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
    this.#waitingBytes = 0;
    this.#send(packet);
    return true;
  }

  #sendInOtherSize(frame: Buffer, tick: number, fresh: boolean): void {
    const clockRate = this.codec?.clockRate ?? 8000;
    if (fresh) {
      this.#waitingBytes = 0;
      this.#markNext = true;
    }
    if (this.#waitingBytes === 0) this.#waitingTimestamp = this.timestampAt(tick);
    for (let i = rtpHeaderLength; i < frame.length; i++) this.#waiting[this.#waitingBytes++] = frame[i]!;
    while (this.#waitingBytes >= this.#packetBytes) {
      const packet = this.#ring[this.#ringAt++ & (ringSize - 1)]!;
      for (let i = 0; i < this.#packetBytes; i++) packet[rtpHeaderLength + i] = this.#waiting[i]!;
      this.#sendAs(packet, this.#waitingTimestamp, this.#markNext);
      this.#waiting.copyWithin(0, this.#packetBytes, this.#waitingBytes);
      this.#waitingBytes -= this.#packetBytes;
      this.#waitingTimestamp = ts32Add(this.#waitingTimestamp, (this.#ptime * clockRate) / 1000);
      this.#markNext = false;
    }
  }

  #sendAs(packet: Buffer, timestamp: number, marker: boolean): void {
    writeRtpHeader(packet, 0, marker, this.#payloadType, this.#nextSequence(), timestamp, this.#ssrc);
    this.packets++;
    this.octets += this.#packetBytes;
    this.#send(packet);
  }

  #nextSequence(): number {
    const sequence = this.#sequence;
    this.#sequence = (sequence + 1) & 0xffff;
    return sequence;
  }
}

function makeRing(bytes: number): Buffer[] {
  return Array.from({ length: ringSize }, () => Buffer.alloc(bytes));
}
