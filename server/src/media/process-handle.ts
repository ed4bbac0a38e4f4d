import { type ChildProcess, spawn } from 'node:child_process';
import { createConnection, type Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { AppError } from '../base/app-error.ts';
import type { Clock, Timer } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import {
  afterSilence,
  killOwners,
  ownersOf,
  type ProcessState,
  stateOf,
  weightOfSilence,
} from '../base/process-state.ts';
import { withStderrForChild } from '../base/stderr-for-child.ts';
import { Channel } from './channel/channel.ts';
import type { Answer, Ask, CommandName } from './channel/commands.ts';
import { CommandError, protocolVersion } from './channel/protocol.ts';

const entry = fileURLToPath(new URL('./process/main.ts', import.meta.url));
/** Few but larger young-generation collections: packets are garbage within milliseconds. */
const nodeOptions = ['--max-semi-space-size=16'];
const connectEveryMs = 10;
/** Of a machine that lets it run. */
const startTimeoutMs = 10_000;
/** A control process that was just killed may still seem connected for this long. */
const handOverMs = 1_000;
/**
 * A process that is there answers its greeting at once, if the machine lets it run. One of our own has as long as it
 * may take to start.
 */
const greetingMs = 3_000;
const shutdownTimeoutMs = 1_000;
/**
 * How often a live process is asked whether it is there. One that misses more than this many looks in a row hangs, and
 * is ended.
 */
const lookEveryMs = 500;
const mostMissed = 6;
/** After so many there is reason to doubt it. */
const doubtful = 3;
/**
 * A process that dies again soon after it started is started again after a growing pause, which ends when a call wants
 * it.
 */
const soonMs = 5_000;
const firstPauseMs = 100;
const longestPauseMs = 5_000;
/** But not more often than this: starting one takes most of a core. */
const shortestMs = 500;

export interface ProcessHandleOptions {
  readonly index: number;
  readonly socketPath: string;
  /** Arguments of the process; one that was started with others is not adopted. */
  readonly args: readonly string[];
  readonly clock: Clock;
  readonly log: Log;
  onNotification(name: string, data: unknown): void;
  /** The process is gone, or deaf and killed; a new one is being started. */
  onDied(reason: string): void;
}

/**
 * One media process seen from control: found or started, spoken to, started again when it dies.
 *
 * States: starting · live · pausing · closed.
 *
 *     starting  hello answered         → live
 *     starting  did not start          → pausing (the first time: start rejects)
 *     live      channel lost           → pausing (onDied)
 *     live      no answer for 3.5 s    → as lost (later while the machine does not let it run)
 *     pausing   pause over, or wanted  → starting
 *     any       close                  → closed
 */
export class ProcessHandle {
  readonly index: number;
  readonly #options: ProcessHandleOptions;
  #channel: Channel | null = null;
  #child: ChildProcess | null = null;
  #pid = 0;
  #closed = false;
  #startedMs = 0;
  #pauseMs = 0;
  #missed = 0;
  /** What it was at the last look. */
  #looked: ProcessState | null = null;
  /** The pause before the next start, and what ends it early. */
  #pausing: { readonly timer: Timer; readonly startedMs: number; again(): void } | null = null;

  constructor(options: ProcessHandleOptions) {
    this.index = options.index;
    this.#options = options;
  }

  get live(): boolean {
    return this.#channel !== null;
  }

  /** Live, and has answered lately. */
  get answers(): boolean {
    return this.#channel !== null && this.#missed < doubtful;
  }

  /** A call wants it now: does not wait until the pause after a death is over. */
  want(): void {
    const pausing = this.#pausing;
    if (pausing === null || this.#options.clock.monotonic() - pausing.startedMs < shortestMs) return;
    pausing.timer.cancel();
    pausing.again();
  }

  get pid(): number {
    return this.#pid;
  }

  /**
   * Adopts or starts the process; rejects with AppError `conflict` when another server controls it, else `unavailable`.
   */
  async start(): Promise<void> {
    const { clock, socketPath } = this.#options;
    const deadline = clock.monotonic() + handOverMs;
    for (;;) {
      const found = await connect(socketPath);
      const pid = found === null ? 0 : (ownersOf(entry, socketPath)[0] ?? 0);
      const greeting = found === null ? 'useless' : await this.#greet(found, pid, greetingMs);
      if (greeting === 'adopted') return;
      // Left behind by an earlier run, and hung: nothing else will ever end it.
      if (greeting === 'deaf') killOwners(entry, socketPath);
      if (greeting !== 'busy') break;
      if (clock.monotonic() > deadline) {
        throw new AppError('conflict', `another server uses the media process at ${socketPath}`);
      }
      await this.#pause(connectEveryMs);
    }
    await this.#spawn();
  }

  /** Rejects with AppError. */
  async request<Name extends CommandName>(name: Name, ask: Ask<Name>): Promise<Answer<Name>> {
    const channel = this.#channel;
    if (channel === null) throw new AppError('unavailable', 'the media process is being restarted');
    try {
      return await channel.request(name, ask);
    } catch (error) {
      throw toAppError(error);
    }
  }

  /** Ends the process: asked first, killed when it does not answer. Idempotent. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    const channel = this.#channel;
    this.#channel = null;
    if (channel === null) {
      this.#kill();
      return;
    }
    const child = this.#child;
    const exited = child === null || child.exitCode !== null ? null : new Promise((done) => child.once('exit', done));
    const asked = channel.request('shutdown', {}).catch(() => {});
    const timeout = new Promise<'timeout'>((done) =>
      this.#options.clock.setTimer(shutdownTimeoutMs, () => done('timeout')),
    );
    child?.ref();
    if ((await Promise.race([Promise.all([asked, exited]), timeout])) === 'timeout') this.#kill();
    channel.close();
  }

  async #spawn(): Promise<void> {
    const { clock, socketPath, args, log } = this.#options;
    const child = withStderrForChild((stderr) =>
      spawn(process.execPath, [...nodeOptions, entry, '--socket', socketPath, ...args], {
        stdio: ['ignore', 'ignore', stderr],
        // Its own group: an interrupt at the terminal is for the control process, which ends this one in order.
        detached: true,
      }),
    );
    this.#child = child;
    let failure: string | null = null;
    child.once('error', (error) => {
      failure = error.message;
    });
    child.once('exit', (code, signal) => {
      failure = `it ended at once (${signal ?? code})`;
    });
    const pid = child.pid ?? 0;
    const late = () => {
      failure ??= 'it did not answer in time';
    };
    const enough = afterSilence(clock, { pid, mostMs: startTimeoutMs }, late);
    for (;;) {
      const socket = failure === null ? await connect(socketPath) : null;
      const greeting = socket === null ? null : await this.#greet(socket, pid, startTimeoutMs);
      if (greeting === 'adopted') break;
      if (greeting === 'deaf') late();
      if (failure !== null || this.#closed) {
        enough();
        child.kill('SIGKILL');
        throw new AppError('unavailable', `cannot start media process ${this.index}: ${failure ?? 'closed'}`);
      }
      await this.#pause(connectEveryMs);
    }
    enough();
    // From here on the channel keeps this process alive, and tells when that one dies.
    child.unref();
    log.info({ media: this.index, pid: this.#pid }, 'media process started');
  }

  #pause(ms: number): Promise<void> {
    return new Promise((done) => this.#options.clock.setTimer(ms, done));
  }

  /**
   * Says hello to process `pid` (0: not known). `busy`: another control process has it; `useless`: it cannot be used,
   * and was asked to end; `deaf`: it was silent for `mostMs`.
   */
  async #greet(socket: Socket, pid: number, mostMs: number): Promise<'adopted' | 'busy' | 'useless' | 'deaf'> {
    const { args, socketPath, log } = this.#options;
    const channel: Channel = new Channel(socket, {
      onNotification: (name, data) => {
        this.#missed = 0;
        this.#options.onNotification(name, data);
      },
      onClose: () => this.#lost(channel),
    });
    try {
      const hello = await this.#unlessDeaf(channel.request('hello', { version: protocolVersion }), pid, mostMs);
      if (hello === null) return 'deaf';
      const sameOptions = hello.options === ['--socket', socketPath, ...args].join(' ');
      if (hello.version !== protocolVersion || !sameOptions || this.#closed) {
        await channel.request('shutdown', {});
        return 'useless';
      }
      const inventory = hello.legs.length + hello.rooms.length;
      await Promise.all([
        ...hello.legs.map((leg) => channel.request('closeLeg', { leg })),
        ...hello.rooms.map((room) => channel.request('closeRoom', { room })),
      ]);
      // Closed meanwhile: nobody would end it any more.
      if (this.#closed) {
        await channel.request('shutdown', {});
        return 'useless';
      }
      if (inventory > 0) log.warn({ media: this.index, legs: hello.legs.length }, 'adopted a media process');
      this.#pid = hello.pid;
      this.#startedMs = this.#options.clock.monotonic();
      this.#channel = channel;
      this.#missed = 0;
      this.#looked = null;
      this.#watch(channel);
      return 'adopted';
    } catch (error) {
      return error instanceof CommandError && error.code === 'busy' ? 'busy' : 'useless';
    } finally {
      if (this.#channel !== channel) channel.close();
    }
  }

  /** Null when it takes too long. */
  #unlessDeaf<Answer>(answer: Promise<Answer>, pid: number, mostMs: number): Promise<Answer | null> {
    return new Promise((resolve, reject) => {
      const enough = afterSilence(this.#options.clock, { pid, mostMs }, () => resolve(null));
      answer.then(resolve, reject).finally(enough);
    });
  }

  /** Counts looks rather than time: a machine that slept has not missed a report. */
  #watch(channel: Channel): void {
    this.#options.clock.setTimer(lookEveryMs, () => {
      if (this.#channel !== channel) return;
      const state = stateOf(this.#pid);
      this.#missed += weightOfSilence(this.#looked, state, lookEveryMs);
      this.#looked = state;
      if (this.#missed > mostMissed) channel.close();
      else {
        const answered = (): void => {
          if (this.#channel === channel) this.#missed = 0;
        };
        channel.request('ping', {}).then(answered, answered);
        this.#watch(channel);
      }
    });
  }

  #lost(channel: Channel): void {
    if (this.#channel !== channel) return;
    this.#channel = null;
    const pid = this.#pid;
    // It may be alive and deaf; its ports and rooms must be free for the next one.
    this.#kill();
    if (this.#closed) return;
    this.#options.log.error({ media: this.index, pid }, 'media process died');
    this.#options.onDied('the media process died');
    const lived = this.#options.clock.monotonic() - this.#startedMs;
    this.#pauseMs = lived > soonMs ? 0 : Math.min(longestPauseMs, Math.max(firstPauseMs, this.#pauseMs * 2));
    this.#startAgain();
  }

  #startAgain(): void {
    const { clock, log } = this.#options;
    const startedMs = this.#startedMs;
    const again = () => {
      this.#pausing = null;
      if (this.#closed) return;
      this.#startedMs = clock.monotonic();
      this.start().catch((error) => {
        if (this.#closed) return;
        log.error({ err: error, media: this.index }, 'cannot restart the media process');
        this.#pauseMs = Math.min(longestPauseMs, Math.max(firstPauseMs, this.#pauseMs * 2));
        this.#startAgain();
      });
    };
    if (this.#pauseMs === 0) again();
    else this.#pausing = { timer: clock.setTimer(this.#pauseMs, again), startedMs, again };
  }

  #kill(): void {
    try {
      if (this.#pid > 0) process.kill(this.#pid, 'SIGKILL');
    } catch {
      // Gone already.
    }
    this.#pid = 0;
  }
}

/** Why not every one of them can be used now; null: all can. */
export function troubleOf(processes: readonly ProcessHandle[]): string | null {
  if (!processes.some((process) => process.live)) return 'no media process is running; one is being started';
  const deaf = processes.filter((process) => process.live && !process.answers).length;
  return deaf === 0 ? null : `${deaf} of ${processes.length} media processes do not answer`;
}

/** What a call that finds none is told; it has them started without further delay. */
export function noneLive(processes: readonly ProcessHandle[]): AppError {
  for (const process of processes) process.want();
  return new AppError('unavailable', 'no media process is running');
}

function connect(path: string): Promise<Socket | null> {
  return new Promise((resolve) => {
    const socket = createConnection(path);
    socket.once('connect', () => resolve(socket));
    socket.once('error', () => resolve(null));
  });
}

function toAppError(error: unknown): AppError {
  const message = error instanceof Error ? error.message : String(error);
  switch (error instanceof CommandError ? error.code : 'failed') {
    case 'unknown':
      return new AppError('notFound', message);
    case 'invalid':
      return new AppError('invalidArgument', message);
    case 'busy':
      return new AppError('conflict', message);
    default:
      return new AppError('unavailable', message);
  }
}
