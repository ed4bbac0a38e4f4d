import { pcmu } from '../../../audio/codec.ts';
import type { Clock } from '../../../base/clock.ts';
import type { Random } from '../../../base/random.ts';
import type { IceRestarted, LegConfiguration, LegSettings, LocalMedia } from '../../channel/commands.ts';
import { CommandError, type LegSample, type LegStats } from '../../channel/protocol.ts';
import type { PlaySource } from '../room/play-source.ts';
import type { LegTransport, MakeTransport } from '../transport/leg-transport.ts';
import type { IceSide } from '../webrtc/ice-names.ts';
import { frameMs, LegReceiver } from './leg-receiver.ts';
import { LegReports } from './leg-reports.ts';
import { LegSender } from './leg-sender.ts';
import { ListenerWatch } from './listener-watch.ts';
import { type OutputFormat, outputFormat } from './output-format.ts';
import type { OwnOutput } from './own-output.ts';
import { SoundWatch } from './sound-watch.ts';

/** Of a leg that is not sent anything yet. */
const usualFormat = outputFormat(pcmu, frameMs);

/** Who was sent nothing for so many ticks is asked by a packet of its own. */
const askInTicks = 10;

export interface LegContext {
  readonly clock: Clock;
  readonly random: Random;
  /** The media tick that now falls into. */
  tickNow(): number;
  onDigit(leg: string, digit: string, durationMs: number): void;
  onSounds(leg: string, sounds: boolean): void;
}

/** What a leg hears in place of, or over, its room. */
export interface LegPlay {
  readonly id: string;
  readonly source: PlaySource;
  readonly mix: boolean;
}

/**
 * One peer's audio in the media process: both directions, and how it takes part in a room. How packets travel is its
 * transport's.
 */
export class Leg {
  readonly id: string;
  readonly receiver: LegReceiver;
  readonly sender: LegSender;
  readonly reports: LegReports;
  /** Where it is; kept by the room. */
  room: { readonly id: string } | null = null;
  /** The leg's place in its room's list; kept by the room. */
  slot = -1;
  muted = false;
  deaf = false;
  held = false;
  /** Music while held, or null for silence. */
  holdMusic: PlaySource | null = null;
  play: LegPlay | null = null;
  /** The only leg that hears this one; null for all. */
  heardBy: string | null = null;
  /** Another leg of the room is heard by this one alone; kept by the room. */
  coached = false;
  /** Its sound is in the room's mix of this tick; kept by the room. */
  heard = false;
  /** It sounds in this tick for one other leg, and is not in the mix; kept by the room. */
  whispers = false;
  /** The room last said that this leg talks. */
  talking = false;
  /** What it needs to hear something of its own; made when first needed. */
  own: OwnOutput | null = null;
  /** Counts plays asked for, so that a slow file does not replace a newer play. */
  playOrder = 0;
  holdOrder = 0;
  configureOrder = 0;
  /** Hears the room like any other listener: the short way through the mixer. */
  plain = false;
  /** The round of housekeeping in which it is looked at even when nothing came; kept by the process. */
  turn = 0;
  readonly #context: LegContext;
  #transport: LegTransport;
  #opened: LocalMedia | null = null;
  #closed = false;
  #configuration: LegConfiguration | null = null;
  #quietSinceMs: number;
  /** When silence was last told; 0 while there was none. */
  #silenceToldMs = 0;
  #sentMs = Number.NEGATIVE_INFINITY;
  /** Moves that were asked for, and that of them by which it is where it is. */
  #moves = 0;
  #movedBy = 0;
  #packetsSeen = 0;
  #digitGoesOn = false;
  /** There while the leg is watched. */
  #watch: SoundWatch | null = null;
  #overTold = false;
  /** There while the leg is one that only listens. */
  #listener: ListenerWatch | null = null;

  constructor(id: string, cname: string, context: LegContext, makeTransport: MakeTransport) {
    this.id = id;
    this.#context = context;
    const { random, clock } = context;
    this.receiver = new LegReceiver(
      (digit, durationMs) => context.onDigit(id, digit, durationMs),
      (packet, nowMs) => this.#takeRtcp(packet, nowMs),
    );
    this.sender = new LegSender(
      random.bytes(4).readUInt32BE(0),
      random.int(0x8000),
      random.bytes(4).readUInt32BE(0),
      this,
    );
    this.#transport = makeTransport(this.receiver, this.sender.ssrc);
    this.reports = new LegReports(clock, random, this.receiver, this.sender, cname);
    this.#quietSinceMs = clock.monotonic();
  }

  /** Receives from then on. Rejects as `LegTransport.open` does. */
  async open(): Promise<LocalMedia> {
    this.#opened = await this.transport.open();
    return this.#opened;
  }

  get transport(): LegTransport {
    return this.#transport;
  }

  /**
   * Its packets travel another way from then on, with the stream it sends going on. Rejects as `LegTransport.open`
   * does; nothing has changed then.
   */
  async move(makeTransport: MakeTransport): Promise<LocalMedia> {
    const move = ++this.#moves;
    const next = makeTransport(this.receiver, this.sender.ssrc);
    const opened = await next.open();
    if (this.#closed || move < this.#movedBy) {
      next.close();
      throw new CommandError('failed', 'closed, or moved another way, while it moved');
    }
    this.#movedBy = move;
    next.stats.goOnFrom(this.#transport.stats);
    this.#transport.close();
    this.#transport = next;
    this.#opened = opened;
    this.#overTold = false;
    // What comes the new way is told anew.
    this.#watch = null;
    this.#listener = null;
    this.reports.answers = false;
    return opened;
  }

  /** Rejects as `LegTransport.restartIce` does, or with `invalid` where there is no ICE. */
  async restartIce(theirs: IceSide): Promise<IceRestarted> {
    const { transport } = this;
    if (transport.restartIce === undefined) throw new CommandError('invalid', 'this leg has no ICE');
    return transport.restartIce(theirs);
  }

  /** Where it receives; null while it opens. */
  get opened(): LocalMedia | null {
    return this.#opened;
  }

  /** What it is sent, or would be. */
  get format(): OutputFormat {
    return this.sender.format ?? usualFormat;
  }

  /** Known to both sides: it counts as one who could hear and be heard. */
  get live(): boolean {
    return this.#configuration !== null && this.#configuration.remote !== null;
  }

  get canSend(): boolean {
    const configuration = this.#configuration;
    return (
      configuration?.remote != null &&
      configuration.send !== null &&
      (configuration.direction === 'sendrecv' || configuration.direction === 'sendonly')
    );
  }

  /** Whether the room may hear it. */
  get speaks(): boolean {
    const direction = this.#configuration?.direction;
    return this.live && !this.muted && !this.held && (direction === 'sendrecv' || direction === 'recvonly');
  }

  /** Of what it may say, muted and held or not, Hz; 0 when it never speaks. */
  get speechRate(): number {
    const direction = this.#configuration?.direction;
    if (!this.live || (direction !== 'sendrecv' && direction !== 'recvonly')) return 0;
    return this.receiver.codec?.sampleRate ?? 0;
  }

  /** Whether something must be sent to it although no room ticks. */
  get wantsTicks(): boolean {
    return this.play !== null || this.sender.digits.active || (this.held && this.holdMusic !== null && this.canSend);
  }

  /** Throws CommandError `invalid` when a codec is unknown. */
  configure(configuration: LegConfiguration): void {
    const { remote, send, telephoneEvents } = configuration;
    this.receiver.configure(configuration.receive, telephoneEvents.receive);
    this.receiver.sleep.levelId = configuration.audioLevel ?? 0;
    if (send === null) this.sender.unconfigure();
    else this.sender.configure(send.codec, send.payloadType, send.ptime, telephoneEvents.send);
    this.#configuration = configuration;
    this.transport.configure(remote);
    this.#watch = configuration.watched === true ? (this.#watch ?? new SoundWatch()) : null;
    this.#listener = configuration.listener == null ? null : (this.#listener ?? new ListenerWatch(this.#heardMs));
    this.#quietSinceMs = this.#context.clock.monotonic();
    this.#silenceToldMs = 0;
    this.refresh();
  }

  set(settings: LegSettings): void {
    if (settings.muted !== undefined) this.muted = settings.muted;
    if (settings.deaf !== undefined) this.deaf = settings.deaf;
    if (settings.gain !== undefined) this.receiver.gain = settings.gain;
    if (settings.heardBy !== undefined) this.heardBy = settings.heardBy;
    this.refresh();
  }

  hold(held: boolean, music: PlaySource | null): void {
    this.held = held;
    this.holdMusic = music;
    this.refresh();
  }

  /** Reads what the next tick of one who talks will need; as of `Playout`. */
  readAhead(): number {
    const ahead = this.receiver.readAhead() + this.sender.lastTick + (this.sender.digits.active ? 1 : 0);
    return this.own === null ? ahead : ahead + this.own.limiter.gain + this.own.output.tick;
  }

  /** To be called after anything that decides how the leg is served. */
  refresh(): void {
    this.plain =
      this.canSend &&
      !this.deaf &&
      !this.held &&
      !this.coached &&
      this.play === null &&
      this.own?.settled !== false &&
      !this.sender.digits.active;
  }

  #takeRtcp(packet: Buffer, nowMs: number): boolean {
    const before = this.reports.onUs;
    this.reports.receive(packet, nowMs);
    return this.reports.onUs > before;
  }

  #sendRtcp(packet: Uint8Array | null): void {
    if (packet !== null && this.#configuration?.send != null) this.transport.sendRtcp(packet);
  }

  /**
   * Something came since the last look, or a digit may have lost its end, or it is watched. Reads the leg alone: it is
   * asked often.
   */
  get stirred(): boolean {
    return this.transport.stats.packetsIn !== this.#packetsSeen || this.#digitGoesOn || this.#isWatched;
  }

  /**
   * A few times a second, once when not stirred: RTCP, lost digit ends, keep-alive. Returns the silence to report now,
   * or 0.
   */
  keepHouse(nowMs: number, tick: number, mediaTimeoutMs: number): number {
    const { digits } = this.receiver;
    digits.expire(nowMs);
    this.#digitGoesOn = digits.inEvent;
    this.#packetsSeen = this.transport.stats.packetsIn;
    if (this.#configuration === null) return 0;
    const sounds = this.#watch?.look(this.receiver.statistics.received) ?? null;
    if (sounds !== null) this.#context.onSounds(this.id, sounds);
    if (this.#watch !== null && this.transport.stats.over && !this.#overTold) {
      this.#overTold = true;
      this.#context.onSounds(this.id, false);
    }
    if (this.#listener !== null) this.#watchListener(this.#listener, nowMs, tick);
    if (this.live) {
      this.#sendRtcp(this.reports.due(nowMs, tick));
      this.#keepAlive(nowMs, tick);
    }
    const silentMs = nowMs - Math.max(this.#heardMs, this.#quietSinceMs);
    if (silentMs < mediaTimeoutMs) {
      this.#silenceToldMs = 0;
      return 0;
    }
    if (this.#silenceToldMs > 0 && nowMs - this.#silenceToldMs < 2 * mediaTimeoutMs) return 0;
    this.#silenceToldMs = nowMs;
    return silentMs;
  }

  /** When the last sign of life came, by RTP or RTCP. */
  get #heardMs(): number {
    return Math.max(this.transport.stats.heardMs, this.reports.heardMs);
  }

  get #isWatched(): boolean {
    return this.#watch !== null || this.#listener !== null;
  }

  /** Of a listener no sound comes that could be missed: it is asked whether it is there. */
  #watchListener(watch: ListenerWatch, nowMs: number, tick: number): void {
    const { over, answers } = this.transport.stats;
    const there = watch.look(nowMs, { heardMs: this.#heardMs, over, answers: answers || this.reports.answers });
    if (there !== null) this.#context.onSounds(this.id, there);
    if (!watch.asks(nowMs)) return;
    const { reportsIn } = this.#configuration?.listener ?? { reportsIn: null };
    const reports = reportsIn !== null && this.canSend;
    // By what goes with the sound where it is known to answer that.
    if (!reports || !this.reports.answers) this.transport.ask?.();
    if (!reports) return;
    this.sender.askForReport(reportsIn);
    // Where sound goes anyway, its next packet asks.
    if (tick - this.sender.lastTick > askInTicks) this.sender.sendSilence(tick);
  }

  #keepAlive(nowMs: number, tick: number): void {
    const { sender } = this;
    const { keepAliveMs } = this.transport;
    if (tick - sender.lastTick < keepAliveMs / frameMs || nowMs - this.#sentMs < keepAliveMs || !this.canSend) return;
    this.#sentMs = nowMs;
    sender.sendSilence(tick);
  }

  /** Packets that came and were of no use. */
  get dropped(): number {
    return this.transport.stats.invalid + this.transport.stats.foreign + this.receiver.invalid;
  }

  stats(): LegStats {
    const { bytes, invalid, foreign, withheld } = this.transport.stats;
    const { statistics, playout } = this.receiver;
    const { sender, reports } = this;
    return {
      leg: this.id,
      room: this.room?.id ?? null,
      packetsReceived: statistics.received,
      packetsSent: sender.packets - withheld,
      bytesReceived: bytes,
      bytesSent: sender.octets,
      lost: statistics.lost,
      lossRate: statistics.expected === 0 ? 0 : statistics.lost / statistics.expected,
      late: playout?.stats.late ?? 0,
      duplicate: playout?.stats.duplicate ?? 0,
      concealedMs: playout?.stats.concealed ?? 0,
      jitterMs: (statistics.jitter * 1000) / this.receiver.clockRate,
      playoutDelayMs: playout?.stats.delayMs ?? 0,
      roundTripMs: reports.roundTripMs,
      remoteLossRate: reports.remoteLossRate,
      remoteJitterMs: reports.remoteJitterMs,
      mos: reports.mos(),
      invalid: invalid + this.receiver.invalid,
      foreign,
    };
  }

  sample(): LegSample {
    const { statistics, activity, clockRate } = this.receiver;
    const jitterMs = Math.round((statistics.jitter * 10_000) / clockRate) / 10;
    const mos = this.reports.mos();
    const level = Math.round(activity.takeLoudest());
    const rounded = mos === null ? null : Math.round(mos * 100) / 100;
    return [this.id, level, statistics.received, statistics.expected, jitterMs, rounded];
  }

  /** Says goodbye and frees what it has. Idempotent. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#sendRtcp(this.reports.goodbye(this.#context.tickNow()));
    this.transport.close();
    this.receiver.close();
    this.own?.output.close();
  }
}
