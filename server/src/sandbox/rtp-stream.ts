import { type Codec, codecByName } from '../audio/codec.ts';
import { alawSilence, ulawSilence } from '../audio/g711.ts';
import { AppError } from '../base/app-error.ts';
import type { Clock } from '../base/clock.ts';
import type { HostPort } from '../base/host-port.ts';
import type { Random } from '../base/random.ts';
import { DigitReceiver } from '../rtp/digit-receiver.ts';
import { DigitSender } from '../rtp/digit-sender.ts';
import { rtcpIntervalMs } from '../rtp/rtcp-interval.ts';
import { looksLikeRtcp, RtpHeader, rtpHeaderLength, writeRtpHeader } from '../rtp/rtp-header.ts';
import { TelephoneEvent, telephoneEventLength, writeTelephoneEvent } from '../rtp/telephone-event.ts';
import type { Negotiated } from '../sdp/offer-answer.ts';
import type { BadNetwork } from './bad-network.ts';
import type { Beat } from './beat.ts';
import type { Ear } from './ear.ts';
import { RtcpReports } from './rtcp-reports.ts';
import type { PacketSink, RtpPort } from './rtp-ports.ts';
import type { EncodedSound } from './sounds.ts';

/** How often streams that speak are driven, and all of them. */
export const speakingBeatMs = 20;
export const restingBeatMs = 200;
/** A stream that says nothing shows this often that it is there, as telephones with silence suppression do. */
const comfortMs = 4000;
const longestPacketMs = 200;
const samplesPerMs = 8;
/** Packets on their way to the system; a buffer is written again only after so many others. */
const ringLength = 4;
/** A pause longer than this is one in the timestamps too. */
const pauseMs = 60;

/** One reader for all: what it holds is used before the next packet is read. */
const header = new RtpHeader();
const event = new TelephoneEvent();
const heard = new Int16Array(120 * samplesPerMs);

export interface RtpStreamParts {
  readonly clock: Clock;
  /** Repeats with the carrier's seed. */
  readonly random: Random;
  readonly speaking: Beat<{ beat(nowMs: number): void }>;
  readonly resting: Beat<{ beat(nowMs: number): void }>;
  readonly onDigit: (digit: string) => void;
}

/** A small RTP endpoint: plays prepared sounds, sends and hears digits, sends back what it hears, reports by RTCP. */
export class RtpStream implements PacketSink {
  sent = 0;
  readonly reports: RtcpReports;
  /** Both ways; null is a good network. */
  badNetwork: { readonly out: BadNetwork; readonly in: BadNetwork } | null = null;
  ear: Ear | null = null;
  /** Told of what is heard, before `ear`; with its RTP timestamp. */
  tap: ((pcm: Int16Array, timestamp: number) => void) | null = null;
  echoing = false;
  readonly #parts: RtpStreamParts;
  readonly #speaker = { beat: (nowMs: number) => this.#speak(nowMs) };
  readonly #rester = { beat: (nowMs: number) => this.#rest(nowMs) };
  readonly #ssrc: number;
  #port: RtpPort | null = null;
  #remote: { readonly rtp: HostPort; readonly rtcp: HostPort | null } | null = null;
  #agreed: Negotiated | null = null;
  #codec: Codec | null = null;
  #sequence: number;
  #timestamp: number;
  #sentMs = Number.NEGATIVE_INFINITY;
  #nextReportMs = 0;
  #owedMs = 0;
  #ring: Buffer[] = [];
  #turn = 0;
  #sound: EncodedSound | null = null;
  /** The sound again, in another encoding: both have one byte per sample, so it goes on where it was. */
  #play: ((codec: string) => EncodedSound) | null = null;
  #soundAt = 0;
  #onSoundOver: (() => void) | null = null;
  #keys: DigitSender | null = null;
  #onKeysOver: (() => void)[] = [];
  #digits: DigitReceiver | null = null;
  #closed = false;

  constructor(parts: RtpStreamParts) {
    this.#parts = parts;
    this.#ssrc = parts.random.bytes(4).readUInt32BE(0);
    this.#sequence = parts.random.int(0x8000);
    this.#timestamp = parts.random.bytes(4).readUInt32BE(0);
    this.reports = new RtcpReports(this.#ssrc, parts.clock);
  }

  get takesDigits(): boolean {
    return this.#agreed !== null && this.#agreed.telephoneEvents.send !== null;
  }

  /** What was agreed, first or again; packets flow from here on. */
  open(port: RtpPort, agreed: Negotiated): void {
    if (this.#closed) return;
    const first = this.#port === null;
    this.#port = port;
    this.#agreed = agreed;
    const codec = codecByName(agreed.send.format.name);
    this.#codec = codec;
    if (codec !== null && this.#play !== null) this.#sound = this.#play(codec.name);
    const remote = agreed.remote;
    this.#remote = remote === null ? null : { rtp: remote, rtcp: remote.rtcp };
    if (remote !== null) port.listenTo(remote);
    if (!first) return;
    const now = this.#parts.clock.monotonic();
    this.#nextReportMs = now + rtcpIntervalMs(this.#parts.random, true);
    this.#parts.resting.add(this.#rester);
  }

  /**
   * Plays from the start, in the encoding agreed on; throws what `sound` throws. What was played before is over.
   * `onOver` comes once: at its end, when replaced, or at `close`.
   */
  play(sound: (codec: string) => EncodedSound, onOver: () => void): void {
    const encoded = sound(this.#codec?.name ?? 'PCMU');
    this.stop();
    if (this.#closed) {
      onOver();
      return;
    }
    this.#play = sound;
    this.#sound = encoded;
    this.#soundAt = 0;
    this.#onSoundOver = onOver;
    this.#parts.speaking.add(this.#speaker);
  }

  stop(): void {
    const over = this.#onSoundOver;
    this.#play = null;
    this.#sound = null;
    this.#onSoundOver = null;
    over?.();
  }

  /** Throws AppError `invalidArgument` for what is no digit, `invalidState` when the peer takes none. */
  press(digits: string, durationMs: number, gapMs: number, onOver: () => void): void {
    if (!this.takesDigits) throw new AppError('invalidState', 'No telephone-event was agreed on.');
    this.#keys ??= new DigitSender(8000);
    if (!this.#keys.queue(digits, durationMs, gapMs)) {
      throw new AppError('invalidArgument', `These are no digits, or too many: ${digits.slice(0, 40)}`);
    }
    this.#onKeysOver.push(onOver);
    this.#parts.speaking.add(this.#speaker);
  }

  /** Without a goodbye when `silently`. Idempotent. */
  close(silently = false): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#parts.speaking.delete(this.#speaker);
    this.#parts.resting.delete(this.#rester);
    if (!silently) this.#report(true);
    this.#port?.close();
    this.stop();
    this.#keysOver();
  }

  // ── what we send ───────────────────────────────────────────────────────────────────────────────────────────────

  #speak(nowMs: number): void {
    // What is to be played waits for somebody to hear it.
    if (this.#agreed === null) return;
    const ptime = this.#agreed.send.ptime;
    this.#owedMs += speakingBeatMs;
    while (this.#owedMs >= ptime) {
      this.#owedMs -= ptime;
      this.#sendSlot(nowMs, ptime);
    }
    if (this.#sound !== null || this.#keys?.active === true) return;
    this.#owedMs = 0;
    this.#parts.speaking.delete(this.#speaker);
  }

  #sendSlot(nowMs: number, ptime: number): void {
    const samples = Math.min(ptime, longestPacketMs) * samplesPerMs;
    const began = this.#slot(nowMs);
    const keys = this.#keys;
    if (keys?.active === true) {
      const carriesKey = keys.next(this.#timestamp, ptime);
      if (!keys.active) this.#keysOver();
      if (carriesKey) {
        this.#sendKey(keys);
        this.#sentMs = nowMs;
        this.#timestamp = (this.#timestamp + samples) >>> 0;
        this.#advance(samples);
        return;
      }
    }
    const packet = this.#buffer();
    this.#fill(packet, samples);
    this.#sendAudio(packet, samples, began, nowMs);
  }

  /**
   * Sees to it that a pause in sending is one in the timestamps; true when this packet begins a new stretch of sound.
   */
  #slot(nowMs: number): boolean {
    const silentMs = nowMs - this.#sentMs;
    if (silentMs <= pauseMs) return false;
    if (Number.isFinite(silentMs)) {
      const skipped = (Math.round(silentMs / speakingBeatMs) - 1) * speakingBeatMs * samplesPerMs;
      this.#timestamp = (this.#timestamp + skipped) >>> 0;
    }
    return true;
  }

  /** Of G.711, which is all that is spoken here. */
  get #silenceByte(): number {
    return this.#codec?.name === 'PCMA' ? alawSilence : ulawSilence;
  }

  #fill(packet: Buffer, samples: number): void {
    const silence = this.#silenceByte;
    const sound = this.#sound;
    let at = 0;
    while (sound !== null && at < samples && this.#sound === sound) {
      const take = Math.min(samples - at, sound.bytes.length - this.#soundAt);
      for (let i = 0; i < take; i++) packet[rtpHeaderLength + at + i] = sound.bytes[this.#soundAt + i]!;
      at += take;
      this.#advance(take);
    }
    packet.fill(silence, rtpHeaderLength + at, rtpHeaderLength + samples);
  }

  #advance(samples: number): void {
    const sound = this.#sound;
    if (sound === null) return;
    this.#soundAt += samples;
    if (this.#soundAt < sound.bytes.length) return;
    this.#soundAt = 0;
    if (!sound.repeat || sound.bytes.length === 0) this.stop();
  }

  #sendAudio(packet: Buffer, samples: number, marker: boolean, nowMs: number): void {
    const payloadType = this.#agreed?.send.format.payloadType ?? 0;
    this.#write(packet, marker, payloadType, this.#timestamp);
    this.#send(packet.subarray(0, rtpHeaderLength + samples));
    this.#timestamp = (this.#timestamp + samples) >>> 0;
    this.#sentMs = nowMs;
  }

  #sendKey(keys: DigitSender): void {
    const packet = this.#buffer();
    this.#write(packet, keys.marker, this.#agreed?.telephoneEvents.send?.payloadType ?? 101, keys.timestamp);
    writeTelephoneEvent(packet, rtpHeaderLength, keys.event, keys.end, 10, keys.duration);
    this.#send(packet.subarray(0, rtpHeaderLength + telephoneEventLength));
  }

  #keysOver(): void {
    for (const over of this.#onKeysOver.splice(0)) over();
  }

  #buffer(): Buffer {
    this.#turn = (this.#turn + 1) % ringLength;
    this.#ring[this.#turn] ??= Buffer.alloc(rtpHeaderLength + longestPacketMs * samplesPerMs);
    return this.#ring[this.#turn]!;
  }

  #write(packet: Buffer, marker: boolean, payloadType: number, timestamp: number): void {
    writeRtpHeader(packet, 0, marker, payloadType, this.#sequence, timestamp, this.#ssrc);
    this.#sequence = (this.#sequence + 1) & 0xffff;
  }

  #send(packet: Buffer): void {
    const agreed = this.#agreed;
    if (this.#remote === null || (agreed?.direction !== 'sendrecv' && agreed?.direction !== 'sendonly')) return;
    this.sent++;
    this.reports.sent(packet.length - rtpHeaderLength, this.#timestamp);
    const to = this.#remote.rtp;
    if (this.badNetwork === null) this.#port?.sendRtp(packet, to);
    else this.badNetwork.out.pass(packet, (copy) => this.#closed || this.#port?.sendRtp(copy, to));
  }

  // ── what is due now and then ───────────────────────────────────────────────────────────────────────────────────

  #rest(nowMs: number): void {
    this.#digits?.expire(nowMs);
    if (nowMs - this.#sentMs >= comfortMs && this.#agreed !== null && this.#sound === null) this.#comfort(nowMs);
    if (nowMs < this.#nextReportMs) return;
    this.#nextReportMs = nowMs + rtcpIntervalMs(this.#parts.random, false);
    this.#report(false);
  }

  #comfort(nowMs: number): void {
    const samples = speakingBeatMs * samplesPerMs;
    const began = this.#slot(nowMs);
    const packet = this.#buffer();
    packet.fill(this.#silenceByte, rtpHeaderLength, rtpHeaderLength + samples);
    this.#sendAudio(packet, samples, began, nowMs);
  }

  #report(goodbye: boolean): void {
    const to = this.#remote?.rtcp ?? null;
    if (to === null || this.#port === null) return;
    this.#port.sendRtcp(this.reports.build(goodbye), to);
  }

  // ── what we hear ───────────────────────────────────────────────────────────────────────────────────────────────

  receiveRtp(packet: Buffer): void {
    if (this.badNetwork === null) this.#receive(packet);
    else this.badNetwork.in.pass(packet, (copy) => this.#receive(copy));
  }

  receiveRtcp(packet: Buffer): void {
    if (!this.#closed) this.reports.receiveReport(packet);
  }

  #receive(packet: Buffer): void {
    if (this.#closed) return;
    if (looksLikeRtcp(packet)) {
      this.reports.receiveReport(packet);
      return;
    }
    if (!header.read(packet)) return;
    const agreed = this.#agreed;
    const nowMs = this.#parts.clock.monotonic();
    if (agreed?.telephoneEvents.receive.some(({ payloadType }) => payloadType === header.payloadType)) {
      this.reports.receive(header, Number.NaN);
      if (event.read(packet, header.payloadStart, header.payloadEnd)) {
        this.#digits ??= new DigitReceiver(8000, (digit) => this.#parts.onDigit(digit));
        this.#digits.receive(event, header.sequence, header.timestamp, header.marker, nowMs);
      }
      return;
    }
    this.reports.receive(header, nowMs * samplesPerMs);
    if (this.echoing) this.#sendBack(packet, nowMs);
    if (this.ear !== null || this.tap !== null) this.#hear(packet);
  }

  #hear(packet: Buffer): void {
    const format = this.#agreed?.receive.find((one) => one.payloadType === header.payloadType);
    const codec = format === undefined ? null : codecByName(format.name);
    if (codec === null) return;
    const { timestamp } = header;
    const samples = codec.createDecoder().decode(packet, header.payloadStart, header.payloadEnd, heard);
    this.tap?.(heard.subarray(0, samples), timestamp);
    this.ear?.hear(heard, samples);
  }

  #sendBack(packet: Buffer, nowMs: number): void {
    const samples = header.payloadEnd - header.payloadStart;
    if (header.payloadType !== this.#agreed?.send.format.payloadType || samples > longestPacketMs * samplesPerMs)
      return;
    const began = this.#slot(nowMs);
    const out = this.#buffer();
    packet.copy(out, rtpHeaderLength, header.payloadStart, header.payloadEnd);
    this.#sendAudio(out, samples, began, nowMs);
  }
}
