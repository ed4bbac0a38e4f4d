import { Duck } from '../../../audio/duck.ts';
import type { Leg } from '../leg/leg.ts';
import { frameMs } from '../leg/leg-receiver.ts';
import { type HeardRoom, type LegServiceEvents, serveLeg } from '../leg/leg-service.ts';
import type { OutputFormat } from '../leg/output-format.ts';
import type { OwnOutput } from '../leg/own-output.ts';
import type { RoomRecorder } from '../recording/room-recorder.ts';
import { MixDesk } from './mix-desk.ts';
import type { PlaySource } from './play-source.ts';
import { RoomOutput } from './room-output.ts';
import { ScratchFrames } from './scratch.ts';

/** From this many legs on, only what stands out of a line's noise is mixed, and silent legs sleep. */
const gateFrom = 12;

/** What a room is mixed at that nobody better is in, Hz. */
const narrowband = 8000;

/** What the legs of the room that is being mixed say, in their order. */
const frames = new ScratchFrames();
/** What one of them hears, at the room's rate. */
const mixed = new ScratchFrames();

const nothingWhispered: readonly Int16Array[] = [];

export interface RoomPlay {
  readonly id: string;
  readonly source: PlaySource;
}

export interface RoomEvents extends LegServiceEvents {
  onTalking(leg: Leg, room: Room, talking: boolean): void;
}

/**
 * Legs that hear each other. Every tick: each speaking leg gives one frame, all are summed once, each speaker hears the
 * sum minus itself, and everybody else shares one encoded frame per codec.
 */
export class Room implements HeardRoom {
  readonly id: string;
  readonly legs: Leg[] = [];
  readonly plays: RoomPlay[] = [];
  /** What a leg alone in the room hears. */
  music: PlaySource | null = null;
  /** Counts what was asked for as music, so that a slow file does not replace what came after it. */
  musicOrder = 0;
  ticking = false;
  /** Takes down every frame. */
  recorder: RoomRecorder | null = null;
  readonly #events: RoomEvents;
  readonly #duck = new Duck(frameMs);
  #desk = new MixDesk(narrowband);
  #fullTick = -1;
  readonly #shared = new Map<OutputFormat, RoomOutput>();
  /** Live legs that are heard by all. */
  #company = 0;
  /** Legs that sound in this tick for one other alone. */
  readonly #whispering: Leg[] = [];
  /** Scratch: what is whispered to the leg that is being served. */
  readonly #whispers: Int16Array[] = [];

  constructor(id: string, events: RoomEvents) {
    this.id = id;
    this.#events = events;
  }

  /** Of what is mixed, Hz: that of the best talker, whether it talks now or not. */
  get rate(): number {
    return this.#desk.rate;
  }

  join(leg: Leg): void {
    leg.room = this;
    leg.slot = this.legs.length;
    this.legs.push(leg);
    this.refresh();
  }

  leave(leg: Leg): void {
    if (leg.room !== this) return;
    const last = this.legs.pop()!;
    if (last !== leg) {
      this.legs[leg.slot] = last;
      last.slot = leg.slot;
    }
    leg.room = null;
    leg.slot = -1;
    this.#setTalking(leg, false);
    leg.receiver.listen(false, false);
    leg.heard = false;
    leg.whispers = false;
    leg.coached = false;
    this.refresh();
  }

  /** Decides anew who is listened to and whether the room needs ticks; to be called when a leg or a play changed. */
  refresh(): void {
    let live = 0;
    let company = 0;
    let rate = narrowband;
    let wanted = this.plays.length > 0 || this.recorder !== null;
    for (const leg of this.legs) {
      if (leg.wantsTicks) wanted = true;
      if (!leg.live) continue;
      live++;
      if (leg.heardBy === null) company++;
      rate = Math.max(rate, leg.speechRate);
    }
    if (live > 0) this.#retune(rate);
    const alone = company === 1;
    if (alone && this.#company !== 1) this.music?.rewind();
    this.#company = company;
    this.ticking = wanted || live >= 2 || (alone && this.music !== null);
    this.#findCoached();
    const maySleep = live >= gateFrom;
    for (const leg of this.legs) {
      const speaks = this.ticking && leg.speaks;
      leg.receiver.listen(speaks, maySleep);
      if (!speaks) this.#setTalking(leg, false);
    }
  }

  /** What was heard so far goes on at the new rate: nobody notices but by the sound. */
  #retune(rate: number): void {
    if (rate === this.#desk.rate) return;
    this.#desk = new MixDesk(rate);
    this.#fullTick = -1;
    for (const output of this.#shared.values()) output.tune(rate);
  }

  /** Nothing may be mixed afterwards. Idempotent. */
  close(): void {
    for (const output of this.#shared.values()) output.close();
    this.#shared.clear();
  }

  /** A leg that is whispered to cannot share what the other listeners hear. */
  #findCoached(): void {
    let coached: Set<string> | null = null;
    for (const leg of this.legs) {
      if (leg.heardBy !== null && leg.heardBy !== leg.id) coached = (coached ?? new Set()).add(leg.heardBy);
    }
    for (const leg of this.legs) {
      const now = coached?.has(leg.id) ?? false;
      if (now === leg.coached) continue;
      leg.coached = now;
      leg.refresh();
    }
  }

  /** Reads what the next tick of a small room will need; as of `Playout`. */
  readAhead(): number {
    if (this.legs.length >= gateFrom) return 0;
    let ahead = 0;
    for (const leg of this.legs) ahead += leg.readAhead();
    return ahead;
  }

  /** The frame of one tick for every leg. Allocates nothing on the way of plain listeners. */
  mixOnce(nowMs: number, tick: number): void {
    const recorder = this.recorder;
    if (recorder?.toneIsDue(tick)) this.plays.push({ id: '', source: recorder.tone() });
    this.#collect(nowMs);
    recorder?.take(this.legs, this.#fullMix(tick), tick);
    let shared: RoomOutput | null = null;
    const legs = this.legs;
    // Backwards: a play that ends may make the room change its list's end.
    for (let i = legs.length - 1; i >= 0; i--) {
      const leg = legs[i]!;
      if (leg.plain && !leg.heard) {
        const format = leg.sender.format!;
        if (shared === null || shared.format !== format) shared = this.#listenersOutput(format, tick, leg);
        leg.sender.send(shared, tick);
      } else {
        serveLeg(leg, this, tick, this.#events);
      }
    }
  }

  #collect(nowMs: number): void {
    const { bus } = this.#desk;
    const duck = this.#duck;
    duck.step(this.plays.some((play) => play.source.spoken));
    bus.begin(duck);
    for (const leg of this.#whispering) leg.whispers = false;
    this.#whispering.length = 0;
    let sounding = 0;
    let frame = frames.of(bus.frameSamples);
    for (const leg of this.legs) {
      const receiver = leg.receiver;
      if (!receiver.awake) {
        leg.heard = false;
        continue;
      }
      receiver.pull(frame, nowMs);
      if (receiver.heard) frame = frames.of(bus.frameSamples, ++sounding);
      leg.heard = receiver.heard && leg.heardBy === null;
      if (leg.heard) bus.add(receiver.frame);
      else if (receiver.heard) this.#whisper(leg);
      if (receiver.activity.talking !== leg.talking) this.#setTalking(leg, receiver.activity.talking);
    }
    if (this.#company === 1 && this.music !== null) this.#addSource(this.music);
    for (let i = this.plays.length - 1; i >= 0; i--) {
      const play = this.plays[i]!;
      if (!play.source.spoken) this.#addSource(play.source);
      else if (this.#duck.ready) this.#announce(play.source);
      if (!play.source.over) continue;
      this.plays.splice(i, 1);
      this.#events.onPlayOver(play.id);
    }
  }

  #whisper(leg: Leg): void {
    leg.whispers = true;
    this.#whispering.push(leg);
  }

  /** The bus reads a source at once; only legs' frames are needed again. */
  #addSource(source: PlaySource): void {
    this.#desk.bus.add(this.#desk.frameOf(source));
  }

  #announce(source: PlaySource): void {
    this.#desk.bus.announce(this.#desk.frameOf(source));
  }

  voiceFor(leg: Leg, own: OwnOutput, tick: number): void {
    const said = leg.heard ? leg.receiver.frame : null;
    const whispers = leg.coached ? this.#whispersTo(leg) : nothingWhispered;
    const { output } = own;
    const frame = output.straight ? output.pcm : mixed.of(this.#desk.bus.frameSamples);
    if (whispers.length > 0) this.#desk.bus.mixWith(said, whispers, own.limiter, frame);
    else if (said !== null) this.#desk.bus.mixFor(said, own.limiter, frame);
    output.take(said !== null || whispers.length > 0 ? frame : this.#fullMix(tick));
  }

  /** To be used before the next leg is served. */
  #whispersTo(leg: Leg): readonly Int16Array[] {
    const whispers = this.#whispers;
    whispers.length = 0;
    for (const coach of this.#whispering) {
      if (coach.heardBy === leg.id && coach !== leg) whispers.push(coach.receiver.frame);
    }
    return whispers;
  }

  heardBefore(tick: number): Int16Array {
    if (this.#fullTick === tick) return this.#desk.fullBefore;
    return this.#fullTick === tick - 1 ? this.#desk.full : this.#desk.silence;
  }

  #fullMix(tick: number): Int16Array {
    const desk = this.#desk;
    if (this.#fullTick === tick) return desk.full;
    const before = desk.full;
    desk.full = desk.fullBefore;
    desk.fullBefore = before;
    // Without a mix in the last tick nothing joins on to it.
    if (this.#fullTick !== tick - 1) before.fill(0);
    this.#fullTick = tick;
    if (desk.bus.sources === 0) desk.full.fill(0);
    else desk.bus.mixFor(null, desk.limiter, desk.full);
    return desk.full;
  }

  sharedOutput(format: OutputFormat): RoomOutput | null {
    return this.#shared.get(format) ?? null;
  }

  /**
   * `leg` is the first that is sent it in this tick: a stream that nobody listened to goes on where that leg's own
   * stopped.
   */
  #listenersOutput(format: OutputFormat, tick: number, leg: Leg): RoomOutput {
    let output = this.#shared.get(format);
    if (output === undefined) {
      output = new RoomOutput(format, this.rate, true);
      this.#shared.set(format, output);
    }
    if (output.tick === tick) return output;
    const full = this.#fullMix(tick);
    if (output.tick !== tick - 1) {
      output.prime(this.#desk.fullBefore);
      if (leg.own !== null) output.follow(leg.own.output, tick);
    }
    output.take(full);
    output.encode(tick);
    return output;
  }

  #setTalking(leg: Leg, talking: boolean): void {
    if (leg.talking === talking) return;
    leg.talking = talking;
    this.#events.onTalking(leg, this, talking);
  }
}
