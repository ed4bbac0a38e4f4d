import { type Codec, codecByName } from '../../../audio/codec.ts';
import { Gain } from '../../../audio/gain.ts';
import { VoiceActivity } from '../../../audio/level.ts';
import { Playout, pulled } from '../../../audio/playout.ts';
import { Resampler } from '../../../audio/resampler.ts';
import { seq16Add, seq16Diff } from '../../../base/serial.ts';
import { audioLevel } from '../../../rtp/audio-level.ts';
import { ReceptionStatistics } from '../../../rtp/reception-statistics.ts';
import type { RtpHeader } from '../../../rtp/rtp-header.ts';
import { TelephoneEvent } from '../../../rtp/telephone-event.ts';
import type { EventFormat, PayloadFormat } from '../../channel/commands.ts';
import { CommandError } from '../../channel/protocol.ts';
import { ScratchFrames } from '../room/scratch.ts';
import type { TransportListener } from '../transport/leg-transport.ts';
import { audio, events, noise, type PayloadKind, unknown } from '../transport/payload-kind.ts';
import { LegDigits } from './leg-digits.ts';
import { LegSleep } from './leg-sleep.ts';

/** Length of a mixed frame; packets of other sizes are cut and joined. */
export const frameMs = 20;
/** Comfort noise (RFC 3389): what it describes is silence to us. */
const comfortNoise = 13;
/** One reusable view for the whole process: packets are handled one at a time, to the end. */
const event = new TelephoneEvent();
const noFrame = new Int16Array(0);
/** Sound at the codec's rate, where that is not the room's. */
const decoded = new ScratchFrames();

interface ReceiveFormat {
  readonly codec: Codec;
  readonly playout: Playout;
}

/**
 * What a leg hears from its peer: packets of its transport → statistics → digits or playout, and per tick one frame of
 * PCM.
 *
 * Nobody listens to most legs of a large room most of the time. Such a leg sleeps: its packets are counted and their
 * loudness is estimated from a few bytes, and nothing is copied or decoded until one stands out.
 */
export class LegReceiver implements TransportListener {
  readonly statistics = new ReceptionStatistics();
  readonly digits: LegDigits;
  readonly activity = new VoiceActivity(frameMs);
  readonly sleep = new LegSleep();
  /** What `pull` wrote to, while it is good. */
  frame: Int16Array = noFrame;
  /** The frame holds sound of this tick. */
  heard = false;
  /** Packets go to the playout. */
  awake = false;
  /** Packets of a payload type that was not agreed. */
  invalid = 0;
  /** Of the stream that is heard, signed; meaningful once there was one. */
  ssrc = 0;
  /** Of RTP timestamps, Hz. */
  clockRate = 8000;
  readonly #onRtcp: (packet: Buffer, nowMs: number) => boolean;
  readonly #byPayloadType = new Map<number, ReceiveFormat>();
  #current: ReceiveFormat | null = null;
  /** Of sound, -1 for none. */
  #currentType = -1;
  /** By payload type. */
  readonly #kinds = new Uint8Array(128);
  readonly #eventRates = new Map<number, number>();
  #listening = false;
  #maySleep = false;
  #highest = -1;
  /** Packets that were no audio so far: taken out of the numbering, so that the playout sees a pause and no loss. */
  #skipped = 0;
  #gain: Gain | null = null;
  #gainDb = 0;
  #resampler: Resampler | null = null;

  /** `onRtcp` gets RTCP, and says whether it reported on what we send. */
  constructor(
    onDigit: (digit: string, durationMs: number) => void,
    onRtcp: (packet: Buffer, nowMs: number) => boolean,
  ) {
    this.digits = new LegDigits(onDigit);
    this.#onRtcp = onRtcp;
  }

  /** Throws CommandError `invalid` when a codec is unknown; nothing has changed then. */
  configure(formats: readonly PayloadFormat[], telephoneEvents: readonly EventFormat[]): void {
    const codecs = formats.map(({ payloadType, codec: name }) => {
      const codec = codecByName(name);
      if (codec === null) throw new CommandError('invalid', `unknown codec ${name}`);
      return { payloadType, codec };
    });
    const old = new Map(this.#byPayloadType);
    this.#byPayloadType.clear();
    this.#eventRates.clear();
    this.#kinds.fill(unknown);
    this.#kinds[comfortNoise] = noise;
    for (const { payloadType, clockRate } of telephoneEvents) {
      this.#kinds[payloadType] = events;
      this.#eventRates.set(payloadType, clockRate);
    }
    for (const { payloadType, codec } of codecs) {
      this.#kinds[payloadType] = audio;
      const kept = old.get(payloadType);
      this.#byPayloadType.set(payloadType, kept?.codec === codec ? kept : receiveFormat(codec));
    }
    for (const [payloadType, { playout }] of old) {
      if (this.#byPayloadType.get(payloadType)?.playout !== playout) playout.close();
    }
    this.#select(this.#byPayloadType.has(this.#currentType) ? this.#currentType : (codecs[0]?.payloadType ?? -1));
  }

  /**
   * Whether a room pulls frames from this leg; `maySleep` when it has too many legs to mix their noise.
   */
  listen(listening: boolean, maySleep: boolean): void {
    this.#maySleep = maySleep;
    if (listening === this.#listening) {
      if (!maySleep) this.awake = listening;
      return;
    }
    this.#listening = listening;
    this.heard = false;
    this.sleep.restart();
    this.awake = listening && !maySleep;
    this.#current?.playout.reset(true);
    this.activity.reset();
  }

  /** dB; applied to what the leg says. */
  set gain(db: number) {
    this.#gainDb = db;
    if (db === 0 && this.#gain === null) return;
    this.#gain ??= new Gain(this.#current?.codec.sampleRate ?? 8000);
    this.#gain.set(db);
  }

  get codec(): Codec | null {
    return this.#current?.codec ?? null;
  }

  get playout(): Playout | null {
    return this.#current?.playout ?? null;
  }

  kindOf(payloadType: number): PayloadKind {
    return payloadType === this.#currentType ? audio : (this.#kinds[payloadType] as PayloadKind);
  }

  receivedRtcp(packet: Buffer, nowMs: number): boolean {
    return this.#onRtcp(packet, nowMs);
  }

  /** Never throws. */
  received(packet: Buffer, header: RtpHeader, fresh: boolean, nowMs: number): void {
    const type = header.payloadType;
    const kind = this.kindOf(type);
    if (fresh) this.#startStream(header.ssrc);
    else if (kind === events && header.ssrc !== this.ssrc) {
      if (event.read(packet, header.payloadStart, header.payloadEnd)) {
        this.digits.receiveApart(event, header, this.#eventRates.get(type)!, nowMs);
      }
      return;
    }
    const newer = this.#highest < 0 || seq16Diff(header.sequence, this.#highest) > 0;
    if (newer) this.#highest = header.sequence;
    if (kind !== audio || header.payloadStart === header.payloadEnd) {
      this.statistics.update(header.sequence, header.timestamp, Number.NaN);
      if (newer) this.#skipped++;
      if (kind === unknown) this.invalid++;
      if (kind === events && event.read(packet, header.payloadStart, header.payloadEnd)) {
        this.digits.receive(event, header, this.#eventRates.get(type)!, nowMs);
      }
      return;
    }
    this.statistics.update(header.sequence, header.timestamp, (nowMs * this.clockRate) / 1000);
    if (!this.#listening) return;
    if (type !== this.#currentType) this.#select(type);
    if (this.#admits(packet, header)) {
      this.#current!.playout.put(
        seq16Add(header.sequence, -this.#skipped),
        header.timestamp >>> 0,
        packet,
        header.payloadStart,
        header.payloadEnd,
        nowMs,
      );
    }
  }

  /**
   * One frame for the room, to `frame`, whose length is that of the room's: afterwards `heard` says whether it holds
   * sound to be mixed, and `activity.talking` whether a person talks.
   */
  pull(frame: Int16Array, nowMs: number): void {
    this.frame = frame;
    const format = this.#current;
    if (!this.awake || format === null) {
      this.heard = false;
      return;
    }
    const rate = format.codec.sampleRate;
    const samples = (rate / 1000) * frameMs;
    const direct = samples === frame.length;
    const pcm = direct ? frame : decoded.of(samples);
    const result = format.playout.pull(pcm, samples, nowMs);
    const before = this.heard;
    if (result === pulled.silence) {
      this.activity.silence();
      this.heard = false;
    } else {
      this.#gain?.apply(pcm, samples);
      this.heard = this.#judge(pcm, samples);
    }
    if (this.#maySleep) this.#mayFallAsleep();
    if (this.heard && !direct) this.#toRoomRate(pcm, samples, rate, !before);
  }

  /** As of `Playout`. */
  readAhead(): number {
    const format = this.#current;
    return format === null || !this.awake ? 0 : this.activity.readAhead() + format.playout.readAhead();
  }

  /** Nothing may be received afterwards. Idempotent. */
  close(): void {
    for (const { playout } of this.#byPayloadType.values()) playout.close();
  }

  /** Forgets the stream so far (a new source); totals stay. */
  #startStream(ssrc: number): void {
    this.ssrc = ssrc;
    this.statistics.restart();
    this.digits.reset();
    this.#current?.playout.reset();
    this.#highest = -1;
    this.#skipped = 0;
  }

  #select(type: number): void {
    this.#currentType = type;
    const next = this.#byPayloadType.get(type) ?? null;
    if (next === this.#current) return;
    this.#current = next;
    this.#resampler = null;
    if (next === null) return;
    next.playout.reset(true);
    this.clockRate = next.codec.clockRate;
    if (this.#gain !== null) {
      this.#gain = new Gain(next.codec.sampleRate);
      this.#gain.set(this.#gainDb);
    }
  }

  /** Whether a packet goes to the playout: of one that sleeps, if it wakes it. */
  #admits(packet: Buffer, header: RtpHeader): boolean {
    const { sleep } = this;
    if (this.awake) {
      if (this.#maySleep && sleep.reads) sleep.told(audioLevel(packet, header, sleep.levelId));
      return true;
    }
    const { loudness } = this.#current!.codec;
    const looks = loudness(packet, header.payloadStart, header.payloadEnd);
    this.awake = sleep.wakes(sleep.reads ? audioLevel(packet, header, sleep.levelId) : -1, looks);
    return this.awake;
  }

  /** Large rooms mix what stands out of a line's noise; small ones mix everything, unchanged. */
  #judge(pcm: Int16Array, samples: number): boolean {
    if (this.#maySleep) return this.activity.process(pcm, samples);
    this.activity.look(pcm, samples);
    return true;
  }

  #mayFallAsleep(): void {
    const { sleep, activity } = this;
    if (!sleep.heard(activity.open, activity.talking, activity.floor)) return;
    this.awake = false;
    this.#current?.playout.reset();
  }

  #toRoomRate(pcm: Int16Array, samples: number, rate: number, fresh: boolean): void {
    const roomRate = (this.frame.length * 1000) / frameMs;
    if (this.#resampler === null || this.#resampler.to !== roomRate) this.#resampler = new Resampler(rate, roomRate);
    else if (fresh) this.#resampler.reset();
    this.#resampler.process(pcm, samples, this.frame);
  }
}

function receiveFormat(codec: Codec): ReceiveFormat {
  return { codec, playout: new Playout({ codec, frameMs }) };
}
