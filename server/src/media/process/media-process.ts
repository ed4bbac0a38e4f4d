import { loadCodecs, offerCodec } from '../../audio/codec.ts';
import { loadOpus } from '../../audio/opus.ts';
import type { Clock, Timer } from '../../base/clock.ts';
import { IdleCollection } from '../../base/idle-collection.ts';
import type { Log } from '../../base/log.ts';
import type { Random } from '../../base/random.ts';
import type { Answer, Ask, Performer } from '../channel/commands.ts';
import { CommandError, type LegStats, type Notifications, type ProcessStats } from '../channel/protocol.ts';
import { CommandWork } from './command-work.ts';
import { Leg, type LegContext } from './leg/leg.ts';
import { LevelWatch } from './level-watch.ts';
import { Overload, type Usage, usageOfThread } from './overload.ts';
import { type PlayPlace, Plays } from './plays.ts';
import { ProcessTotals } from './process-totals.ts';
import { Recordings } from './recording/recordings.ts';
import { loadMusic, loadSounds, PlaySource } from './room/play-source.ts';
import { Room } from './room/room.ts';
import { SoundFiles } from './room/sound-files.ts';
import { sendDigits } from './send-digits.ts';
import { nodesSockets } from './sockets/dgram-sockets.ts';
import { LegPorts, type LegPortsRange } from './sockets/leg-ports.ts';
import type { MakeSockets, MediaSockets } from './sockets/media-sockets.ts';
import type { PortShare } from './sockets/port-pool.ts';
import { TickList } from './tick-list.ts';
import { type TransportKinds, transportKinds, transportOf } from './transport/transport-kinds.ts';

offerCodec('OPUS', 48_000, loadOpus);

const housekeepingMs = 200;
/** A leg to which nothing comes is looked at in one round of so many: thousands may wait, and not all send at once. */
const quietRounds = 5;
const statsMs = 5000;

export interface MediaProcessOptions {
  readonly rtpPorts: Omit<LegPortsRange, 'share'>;
  /** Its place among the processes that share these ports; alone when missing. */
  readonly share?: PortShare;
  readonly promptsRoot: string;
  readonly mediaTimeoutMs: number;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** What plain RTP travels through; Node's own sockets when missing. */
  readonly sockets?: MakeSockets;
  /** What it has used so far; measured when missing. */
  readonly usage?: () => Usage;
  /** Further kinds of transports; they may have ports of the legs. */
  readonly transports?: (ports: LegPorts) => TransportKinds;
  /** Told to the control process, when there is one. */
  notify<Name extends keyof Notifications>(name: Name, data: Notifications[Name]): void;
}

/** Legs, rooms and plays of one media process, and the commands on them. */
export class MediaProcess implements Performer {
  /** To be told before each command. */
  readonly commands = new CommandWork(() => this.#ticks.ticker.hurry(this.#options.clock.monotonic()));
  readonly #options: MediaProcessOptions;
  readonly #files: SoundFiles;
  readonly #ticks: TickList;
  readonly #legContext: LegContext;
  readonly #sockets: MediaSockets;
  readonly #overload: Overload;
  readonly #ports: LegPorts;
  readonly #transports: TransportKinds;
  readonly #legs = new Map<string, Leg>();
  readonly #opening = new Map<string, Promise<Answer<'openLeg'>>>();
  readonly #rooms = new Map<string, Room>();
  readonly #makeRoom: (room: string) => Room;
  readonly #plays: Plays;
  #housekeeping: Timer | null = null;
  #round = 0;
  #stats: Timer | null = null;
  readonly #totals = new ProcessTotals();
  #legsOpened = 0;
  readonly #recordings: Recordings;
  readonly #collection: IdleCollection;
  readonly #levels: LevelWatch;

  constructor(options: MediaProcessOptions) {
    this.#options = options;
    const { clock, random, rtpPorts, share } = options;
    this.#files = new SoundFiles(options.promptsRoot);
    this.#plays = new Plays({
      files: this.#files,
      isOpen: (place) => this.#isOpen(place),
      changed: (place) => this.#changedAt(place),
      ended: (play, reason) => options.notify('played', { play, reason }),
    });
    const events = {
      onTalking: (leg: Leg, room: Room, talking: boolean) =>
        options.notify('talking', { leg: leg.id, room: room.id, talking }),
      onPlayOver: (play: string) => this.#plays.end(play, 'finished'),
      onSettled: (leg: Leg) => this.#changed(leg),
    };
    const usage = options.usage ?? (() => usageOfThread(this.commands));
    const tell = () => options.notify('stats', this.#figures());
    this.#overload = new Overload(usage, tell);
    this.#makeRoom = (room) => new Room(room, events);
    const makeSockets = options.sockets ?? nodesSockets;
    const hurry = (nowMs: number) => this.#ticks.ticker.hurry(nowMs);
    this.#sockets = makeSockets(clock, hurry);
    const directSockets = nodesSockets(clock, hurry);
    this.#ports = new LegPorts({ ...rtpPorts, share }, random, this.#sockets, directSockets, tell);
    this.#ticks = new TickList(clock, events, this.#sockets, (nowMs) => this.#ticked(nowMs));
    this.#transports = new Map([...transportKinds(clock, this.#ports), ...(options.transports?.(this.#ports) ?? [])]);
    this.#legContext = {
      clock,
      random,
      tickNow: () => this.#ticks.ticker.now(),
      onDigit: (leg, digit, durationMs) => options.notify('digit', { leg, digit, durationMs }),
      onSounds: (leg, sounds) => options.notify('sounds', { leg, sounds }),
    };
    this.#recordings = new Recordings(options.log, {
      onFailed: (recording, room, reason) => {
        options.notify('recordingFailed', { recording, reason });
        this.#refresh(room);
      },
    });
    this.#collection = new IdleCollection({
      clock,
      work: () => this.#legsOpened,
      idle: () => this.#legs.size === 0,
    });
    const rooms = () => this.#rooms.values();
    this.#levels = new LevelWatch(clock, rooms, (levels) => options.notify('levels', { rooms: levels }));
    this.#armStats();
  }

  inventory(): { legs: string[]; rooms: string[] } {
    return { legs: [...this.#legs.keys()], rooms: [...this.#rooms.keys()] };
  }

  createRoom({ room }: Ask<'createRoom'>): void {
    if (this.#rooms.has(room)) return;
    this.#rooms.set(room, this.#makeRoom(room));
  }

  closeRoom({ room: id }: Ask<'closeRoom'>): void {
    const room = this.#rooms.get(id);
    if (room === undefined) return;
    for (const leg of [...room.legs]) this.#leave(leg);
    for (const play of [...room.plays]) this.#plays.end(play.id, 'gone');
    if (room.recorder !== null) this.#recordings.stop(room.recorder.recording);
    room.close();
    this.#rooms.delete(id);
    this.#ticks.drop(room);
  }

  openLeg(ask: Ask<'openLeg'>): Promise<Answer<'openLeg'>> {
    const running = this.#opening.get(ask.leg);
    if (running !== undefined) return running;
    const known = this.#legs.get(ask.leg)?.opened;
    if (known != null) return Promise.resolve(known);
    const opening = this.#open(ask).finally(() => this.#opening.delete(ask.leg));
    this.#opening.set(ask.leg, opening);
    return opening;
  }

  async #open({ leg: id, cname, transport }: Ask<'openLeg'>): Promise<Answer<'openLeg'>> {
    if (this.#overload.now(this.#options.clock.monotonic())) {
      throw new CommandError('exhausted', 'the media process runs late and takes no new leg');
    }
    const leg = new Leg(id, cname, this.#legContext, transportOf(this.#transports, transport));
    this.#legs.set(id, leg);
    leg.turn = this.#legsOpened++ % quietRounds;
    try {
      const opened = await leg.open();
      this.#keepHouse();
      return opened;
    } catch (error) {
      if (this.#legs.get(id) === leg) this.#legs.delete(id);
      throw error;
    }
  }

  moveLeg({ leg, transport }: Ask<'moveLeg'>): Promise<Answer<'moveLeg'>> {
    return this.#leg(leg).move(transportOf(this.#transports, transport));
  }

  restartIce({ leg, iceUfrag, icePwd }: Ask<'restartIce'>): Promise<Answer<'restartIce'>> {
    return this.#leg(leg).restartIce({ ufrag: iceUfrag, pwd: icePwd });
  }

  configureLeg(ask: Ask<'configureLeg'>): void | Promise<void> {
    const leg = this.#leg(ask.leg);
    const codecs = [...(ask.send === null ? [] : [ask.send]), ...ask.receive].map(({ codec }) => codec);
    const loading = loadCodecs(codecs);
    const order = ++leg.configureOrder;
    const configure = () => {
      // Closed, or told something else, while a codec was loaded.
      if (this.#legs.get(ask.leg) !== leg || leg.configureOrder !== order) return;
      leg.configure(ask);
      this.#changed(leg);
    };
    return loading === null ? configure() : loading.then(configure);
  }

  closeLeg({ leg: id }: Ask<'closeLeg'>): { stats: LegStats | null } {
    const leg = this.#legs.get(id);
    if (leg === undefined) return { stats: null };
    const stats = leg.stats();
    this.#legs.delete(id);
    this.#plays.gone(leg);
    const room = this.#roomOf(leg);
    room?.leave(leg);
    this.#ticks.leaveSolo(leg);
    leg.close();
    this.#totals.keep(leg);
    if (room !== null) this.#ticks.follow(room);
    return { stats };
  }

  joinRoom({ leg: legId, room: roomId }: Ask<'joinRoom'>): void {
    const leg = this.#leg(legId);
    const room = this.#room(roomId);
    if (leg.room === room) return;
    const old = this.#roomOf(leg);
    old?.leave(leg);
    room.join(leg);
    if (old !== null) this.#ticks.follow(old);
    this.#changed(leg);
  }

  leaveRoom({ leg: id }: Ask<'leaveRoom'>): void {
    const leg = this.#legs.get(id);
    if (leg !== undefined) this.#leave(leg);
  }

  async setLeg(ask: Ask<'setLeg'>): Promise<void> {
    const leg = this.#leg(ask.leg);
    leg.set(ask);
    if (ask.hold !== undefined) {
      leg.holdOrder++;
      leg.hold(ask.hold !== null, null);
    }
    this.#changed(leg);
    if (ask.hold?.music == null) return;
    const order = leg.holdOrder;
    const sound = await loadMusic(ask.hold.music, this.#files, this.#options.log);
    if (!leg.held || leg.holdOrder !== order || sound === null) return;
    leg.hold(true, new PlaySource([sound], true, leg.format.codec.sampleRate));
    this.#changed(leg);
  }

  play(ask: Ask<'play'>): Promise<void> {
    const { target } = ask;
    const place = 'leg' in target ? { leg: this.#leg(target.leg) } : { room: this.#room(target.room) };
    return this.#plays.begin(ask, place);
  }

  stopPlay({ play }: Ask<'stopPlay'>): void {
    this.#plays.end(play, 'stopped');
  }

  async setMusic({ room: id, file }: Ask<'setMusic'>): Promise<void> {
    const room = this.#room(id);
    const order = ++room.musicOrder;
    const sounds = file === null ? null : await loadSounds([{ file }], this.#files);
    if (room.musicOrder !== order) return;
    room.music = sounds === null ? null : new PlaySource(sounds, true, room.rate);
    if (this.#rooms.get(id) === room) this.#refresh(room);
  }

  /** As RFC 4733 events when negotiated, else as tones in place of the room. */
  sendDigits(ask: Ask<'sendDigits'>): void {
    const leg = this.#leg(ask.leg);
    sendDigits(leg, ask, this.#plays);
    this.#changed(leg);
  }

  startRecording(ask: Ask<'startRecording'>): void {
    const room = this.#room(ask.room);
    this.#recordings.start(room, ask);
    this.#refresh(room);
  }

  pauseRecording({ recording, paused }: Ask<'pauseRecording'>): void {
    this.#recordings.pause(recording, paused);
  }

  async stopRecording({ recording }: Ask<'stopRecording'>): Promise<Answer<'stopRecording'>> {
    const stopped = this.#recordings.stop(recording);
    if (stopped === null) return { recorded: null };
    if (stopped.room !== null) this.#refresh(stopped.room);
    return { recorded: await stopped.closed };
  }

  stats(): ProcessStats {
    return { ...this.#figures(), legs: Array.from(this.#legs.values(), (leg) => leg.stats()) };
  }

  samples(): Answer<'samples'> {
    return { legs: Array.from(this.#legs.values(), (leg) => leg.sample()) };
  }

  watchLevels({ on }: Ask<'watchLevels'>): void {
    this.#levels.watch(on);
  }

  /** Ends everything; peers get RTCP BYE. Resolves when what was recorded is written. Idempotent. */
  async close(): Promise<void> {
    this.#collection.close();
    for (const leg of [...this.#legs.keys()]) this.closeLeg({ leg });
    for (const room of [...this.#rooms.keys()]) this.closeRoom({ room });
    this.#ticks.ticker.stop();
    this.#levels.close();
    this.#housekeeping?.cancel();
    this.#housekeeping = null;
    this.#stats?.cancel();
    this.#stats = null;
    this.#sockets.close();
    // Those of its own are closed when what their legs said has left.
    await this.#recordings.settled();
  }

  #leg(id: string): Leg {
    const leg = this.#legs.get(id);
    if (leg === undefined) throw new CommandError('unknown', `no leg ${id}`);
    return leg;
  }

  #room(id: string): Room {
    const room = this.#rooms.get(id);
    if (room === undefined) throw new CommandError('unknown', `no room ${id}`);
    return room;
  }

  #roomOf(leg: Leg): Room | null {
    return leg.room === null ? null : (this.#rooms.get(leg.room.id) ?? null);
  }

  #leave(leg: Leg): void {
    const room = this.#roomOf(leg);
    if (room === null) return;
    room.leave(leg);
    this.#ticks.follow(room);
    this.#changed(leg);
  }

  #isOpen(place: PlayPlace): boolean {
    if ('leg' in place) return this.#legs.get(place.leg.id) === place.leg;
    return this.#rooms.get(place.room.id) === place.room;
  }

  #changedAt(place: PlayPlace): void {
    if ('leg' in place) this.#changed(place.leg);
    else this.#refresh(place.room);
  }

  /** After anything that decides what a leg hears or says. */
  #changed(leg: Leg): void {
    leg.refresh();
    const room = this.#roomOf(leg);
    if (room === null && this.#isOpen({ leg })) this.#ticks.followSolo(leg);
    else this.#ticks.leaveSolo(leg);
    if (room !== null) this.#refresh(room);
  }

  #refresh(room: Room): void {
    room.refresh();
    if (this.#isOpen({ room })) this.#ticks.follow(room);
  }

  #keepHouse(): void {
    this.#housekeeping ??= this.#options.clock.setTimer(housekeepingMs, () => {
      this.#housekeeping = null;
      if (this.#legs.size === 0) return;
      const nowMs = this.#options.clock.monotonic();
      const tick = this.#ticks.ticker.now();
      const turn = this.#round++ % quietRounds;
      for (const leg of this.#legs.values()) {
        if (leg.turn !== turn && !leg.stirred) continue;
        const silentMs = leg.keepHouse(nowMs, tick, this.#options.mediaTimeoutMs);
        if (silentMs > 0) this.#options.notify('mediaTimeout', { leg: leg.id, silentMs });
      }
      // Reports say when they left.
      this.#sockets.flush();
      this.#keepHouse();
    });
  }

  #ticked(nowMs: number): void {
    const { ticks, late } = this.#ticks.ticker;
    this.#overload.ticked(nowMs, ticks, late, this.#legs.size);
  }

  #figures(): ProcessStats {
    const overloaded = this.#overload.now(this.#options.clock.monotonic());
    const figures = this.#totals.of(this.#legs.values(), this.#rooms.size, this.#ticks.ticker, this.#sockets);
    return { ...figures, overloaded, portsUsedUp: this.#ports.usedUp };
  }

  #armStats(): void {
    this.#stats = this.#options.clock.setTimer(statsMs, () => {
      this.#options.notify('stats', this.#figures());
      void this.#ports.look();
      this.#armStats();
    });
  }
}
