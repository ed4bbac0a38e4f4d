import { chmodSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import type { Clock, Timer } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import { Channel } from '../channel/channel.ts';
import { type Ask, type CommandName, checkAsk, isCommand } from '../channel/commands.ts';
import { CommandError, type Notifications, protocolVersion } from '../channel/protocol.ts';
import type { MediaProcess } from './media-process.ts';

/** How long rooms go on without a control process, so that a restarted one can adopt them. */
const graceMs = 10_000;
/**
 * The one that started it is given longer to come at all, so many times the grace: on a busy machine it gets to it
 * late.
 */
const mostGraces = 12;

/**
 * The control process's door: one Unix socket, one control process at a time (a second one is told `busy`).
 *
 * States: waiting (grace timer runs) · controlled · ended.
 *
 *     waiting     connection        → controlled
 *     waiting     10 s              → ended (before the first connection 2 min, while whoever started it is there)
 *     controlled  connection lost   → waiting
 *     controlled  shutdown command  → ended
 */
export class ControlServer {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #options: string;
  readonly #onEnd: () => void;
  readonly #starterThere: () => boolean;
  #media: MediaProcess | null = null;
  #server: Server | null = null;
  #control: Channel | null = null;
  #grace: Timer | null = null;

  /**
   * `options` is told in hello; `onEnd` is called when nobody controls the process any more; `starterThere`: whether
   * the control process that started this one still runs.
   */
  constructor(clock: Clock, log: Log, options: string, onEnd: () => void, starterThere: () => boolean = () => false) {
    this.#options = options;
    this.#clock = clock;
    this.#log = log;
    this.#onEnd = onEnd;
    this.#starterThere = starterThere;
  }

  /** Takes the socket path over from a process that died; the path is readable by this user only. */
  async listen(path: string, media: MediaProcess): Promise<void> {
    this.#media = media;
    rmSync(path, { force: true });
    const server = createServer((socket) => this.#accept(socket));
    this.#server = server;
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(path, resolve);
    });
    chmodSync(path, 0o600);
    this.#armGrace(mostGraces);
  }

  notify<Name extends keyof Notifications>(name: Name, data: Notifications[Name]): void {
    this.#control?.notify(name, data);
  }

  /** Idempotent. */
  close(): void {
    this.#grace?.cancel();
    this.#server?.close();
    const control = this.#control;
    this.#control = null;
    control?.close();
  }

  #accept(socket: Socket): void {
    const busy = this.#control !== null;
    const channel = new Channel(socket, {
      onCommand: (command, ask) => {
        if (busy) throw new CommandError('busy', 'another control process is connected');
        return this.#perform(command, ask);
      },
      onClose: () => {
        if (this.#control !== channel) return;
        this.#control = null;
        this.#armGrace();
      },
    });
    if (busy) return;
    this.#grace?.cancel();
    this.#control = channel;
  }

  #armGrace(graces = 1): void {
    this.#grace?.cancel();
    this.#grace = this.#clock.setTimer(graceMs, () => {
      if (graces > 1 && this.#starterThere()) {
        this.#armGrace(graces - 1);
        return;
      }
      this.#log.warn('no control process for ten seconds; ending');
      this.#onEnd();
    });
  }

  #perform(command: string, ask: unknown): unknown {
    const media = this.#media;
    if (media === null || !isCommand(command)) throw new CommandError('invalid', `unknown command ${command}`);
    media.commands.begin();
    return this.#dispatch(media, command, checkAsk(command, ask));
  }

  #dispatch(media: MediaProcess, command: CommandName, ask: Ask<CommandName>): unknown {
    switch (command) {
      case 'hello':
        // What it is, as whoever looks at the metrics sees it, is told at once, and not when figures are due.
        setImmediate(() => this.notify('stats', { ...media.stats(), legs: [] }));
        return { version: protocolVersion, pid: process.pid, options: this.#options, ...media.inventory() };
      case 'ping':
        return {};
      case 'stats':
        return media.stats();
      case 'shutdown':
        // The answer leaves first.
        setImmediate(() => setImmediate(this.#onEnd));
        return {};
      default:
        return (media[command] as (ask: unknown) => unknown).call(media, ask);
    }
  }
}
