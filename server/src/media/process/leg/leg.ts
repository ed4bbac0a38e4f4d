import type { RemoteInfo } from 'node:dgram';
import { pcmu } from '../../../audio/codec.ts';
import type { Clock } from '../../../base/clock.ts';
import type { Random } from '../../../base/random.ts';
import { CommandError, type LegConfiguration, type LegSettings, type LegStats } from '../../channel/protocol.ts';
import type { PlaySource } from '../room/play-source.ts';
import { GuestBound, headerBytes } from './guest-bound.ts';
import { frameMs, LegReceiver } from './leg-receiver.ts';
import { LegReports } from './leg-reports.ts';
import { LegSender } from './leg-sender.ts';
import { LegSockets, type LegTransport } from './leg-sockets.ts';
import { type OutputFormat, outputFormat } from './output-format.ts';
import type { OwnOutput } from './own-output.ts';
import type { PortPool } from './port-pool.ts';
import { SoundWatch } from './sound-watch.ts';

/** A leg that sends nothing gets a packet of silence now and then, so that address bindings on the way stay open (RFC 6263: 15 s). */
const keepAliveMs = 15_000;
/** Of a leg that is not sent anything yet. */
const usualFormat = outputFormat(pcmu, frameMs);

export interface LegContext {
  readonly clock: Clock;
  readonly random: Random;
  readonly ports: PortPool;
  /** SSRCs (signed) of the legs of callers who did not log in. */
  readonly guestStreams: Set<number>;
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

/** One peer's audio in the media process: its sockets, both directions, and how it takes part in a room. */
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
  /** Hears the room like any other listener: the short way through the mixer. */
  plain = false;
  packetsIn = 0;
  /** The round of housekeeping in which it is looked at even when nothing came; kept by the process. */
  turn = 0;
  readonly #context: LegContext;
  #sockets: LegTransport | null = null;
  #closed = false;
  #configuration: LegConfiguration | null = null;
  #rtcpPort = 0;
  #muxed = false;
  #quietSinceMs: number;
  /** When silence was last told; 0 while there was none. */
  #silenceToldMs = 0;
  #sentMs = Number.NEGATIVE_INFINITY;
  #packetsSeen = 0;
  #digitGoesOn = false;
  /** For a caller who did not log in. */
  #bound: GuestBound | null = null;
  /** Packets not sent because of it. */
  #withheld = 0;
  /** There while the leg is watched. */
  #watch: SoundWatch | null = null;

  constructor(id: string, cname: string, context: LegContext) {
    this.id = id;
    this.#context = context;
    const { random, clock } = context;
    this.receiver = new LegReceiver(
      (digit, durationMs) => context.onDigit(id, digit, durationMs),
      (packet) => this.#takeRtcp(packet),
    );
    this.sender = new LegSender(
      random.bytes(4).readUInt32BE(0),
      random.int(0x8000),
      random.bytes(4).readUInt32BE(0),
      (packet) => this.#sendRtp(packet),
    );
    this.reports = new LegReports(clock, random, this.receiver, this.sender, cname);
    this.#quietSinceMs = clock.monotonic();
  }

  /** Binds the sockets; throws CommandError `exhausted`, or `failed` when the leg was closed meanwhile. */
  async open(bind: string): Promise<LegSockets> {
    const clock = this.#context.clock;
    const sockets = await LegSockets.open(
      bind,
      this.#context.ports,
      clock.monotonic(),
      (packet, from) => {
        this.packetsIn++;
        this.receiver.receive(packet, from.address, from.port, clock.monotonic());
      },
      (packet, from) => this.#receiveRtcp(packet, from),
    );
    if (this.#closed) {
      sockets.close();
      throw new CommandError('failed', `leg ${this.id} was closed while it opened`);
    }
    this.attach(sockets);
    return sockets;
  }

  /** What packets leave by, when it is not opened here. */
  attach(transport: LegTransport): void {
    this.#sockets = transport;
  }

  get sockets(): LegTransport | null {
    return this.#sockets;
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
    if (send === null) this.sender.unconfigure();
    else this.sender.configure(send.codec, send.payloadType, send.ptime, telephoneEvents.send);
    this.#configuration = configuration;
    if (remote !== null) this.#bind(remote.provenHost ?? null);
    this.#watch = configuration.watched === true ? (this.#watch ?? new SoundWatch()) : null;
    this.receiver.latch.expect(remote, remote?.signalledFrom ?? null);
    this.#rtcpPort = remote === null ? 0 : (remote.rtcpPort ?? remote.port + 1);
    this.#muxed = remote !== null && remote.rtcpPort === remote.port;
    this.#quietSinceMs = this.#context.clock.monotonic();
    this.#silenceToldMs = 0;
    this.refresh();
  }

  /** A guest stays one, and what was proven stays proven, whatever else is agreed. */
  #bind(provenHost: string | null): void {
    if (provenHost === null || this.#bound?.provenHost === provenHost) return;
    this.#bound = new GuestBound(provenHost);
    this.#context.guestStreams.add(this.sender.ssrc | 0);
    this.receiver.shun(this.#context.guestStreams, this.sender.ssrc | 0);
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

  #sendRtp(packet: Buffer): void {
    const latch = this.receiver.latch;
    if (latch.port === 0) return;
    if (this.#admits(packet.length)) this.#sockets?.sendRtp(packet, latch.port, latch.address);
    else this.#withheld++;
  }

  #admits(bytes: number): boolean {
    if (this.#bound === null) return true;
    const came = this.receiver.bytes + headerBytes * this.receiver.statistics.received;
    return this.#bound.admits(this.receiver.latch.address, bytes, came);
  }

  #takeRtcp(packet: Buffer): void {
    const before = this.reports.onUs;
    this.reports.receive(packet);
    if (this.reports.onUs > before) this.#bound?.reported(this.receiver.latch.address);
  }

  #receiveRtcp(packet: Buffer, from: RemoteInfo): void {
    // Only the host that media comes from may report; its port may be another than signalled (NAT).
    if (from.address !== this.receiver.latch.address) return;
    if (this.receiver.latch.isLatched) this.#rtcpPort = from.port;
    this.#takeRtcp(packet);
  }

  #sendRtcp(packet: Uint8Array | null): void {
    const latch = this.receiver.latch;
    if (packet === null || latch.port === 0 || this.#rtcpPort === 0 || this.#sockets === null) return;
    if (this.#configuration?.send == null || !this.#admits(packet.length)) return;
    if (this.#muxed) this.#sockets.sendRtp(packet, latch.port, latch.address);
    else this.#sockets.sendRtcp(packet, this.#rtcpPort, latch.address);
  }

  /** Something came since the last look, or a digit may have lost its end, or it is watched. Reads the leg alone: it is asked often. */
  get stirred(): boolean {
    return this.packetsIn !== this.#packetsSeen || this.#digitGoesOn || this.#watch !== null;
  }

  /** A few times a second, once when not stirred: RTCP, lost digit ends, keep-alive. Returns the silence to report now, or 0. */
  keepHouse(nowMs: number, tick: number, mediaTimeoutMs: number): number {
    const { digits } = this.receiver;
    digits.expire(nowMs);
    this.#digitGoesOn = digits.inEvent;
    this.#packetsSeen = this.packetsIn;
    if (this.#configuration === null) return 0;
    const sounds = this.#watch?.look(this.receiver.statistics.received) ?? null;
    if (sounds !== null) this.#context.onSounds(this.id, sounds);
    if (this.live) {
      this.#sendRtcp(this.reports.due(nowMs, tick));
      this.#keepAlive(nowMs, tick);
    }
    const heardMs = Math.max(this.receiver.lastHeardMs, this.reports.heardMs, this.#quietSinceMs);
    const silentMs = nowMs - heardMs;
    if (silentMs < mediaTimeoutMs) {
      this.#silenceToldMs = 0;
      return 0;
    }
    if (this.#silenceToldMs > 0 && nowMs - this.#silenceToldMs < 2 * mediaTimeoutMs) return 0;
    this.#silenceToldMs = nowMs;
    return silentMs;
  }

  #keepAlive(nowMs: number, tick: number): void {
    const sender = this.sender;
    if (tick - sender.lastTick < keepAliveMs / frameMs || nowMs - this.#sentMs < keepAliveMs || !this.canSend) return;
    this.#sentMs = nowMs;
    sender.sendSilence(tick);
  }

  stats(): LegStats {
    const { statistics, playout } = this.receiver;
    const { sender, reports } = this;
    return {
      leg: this.id,
      room: this.room?.id ?? null,
      packetsReceived: statistics.received,
      packetsSent: sender.packets - this.#withheld,
      bytesReceived: this.receiver.bytes,
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
      invalid: this.receiver.invalid,
      foreign: this.receiver.foreign,
    };
  }

  /** Says goodbye and frees the ports. Idempotent. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    if (this.#bound !== null) this.#context.guestStreams.delete(this.sender.ssrc | 0);
    this.#sendRtcp(this.reports.goodbye(this.#context.tickNow()));
    this.#sockets?.close();
    this.receiver.close();
    this.own?.output.close();
  }
}
