import type { Socket } from 'node:net';
import { Readable } from 'node:stream';
import { TLSSocket } from 'node:tls';
import type { FastifyReply } from 'fastify';
import { AppError } from '../base/app-error.ts';
import { type Clock, systemClock, type Timer } from '../base/clock.ts';
import { whenClosed } from './when-closed.ts';

export interface LargeAnswerLimits {
  /** Under way at a time. */
  readonly most: number;
  /** How long one waits until there is room, ms. */
  readonly waitMs: number;
  /**
   * Who takes nothing of an answer for so long is cut off, and so is whom we have waited for so long in all, ms. What
   * the kernel has taken whole counts as taken, though nobody may have read it; a connection on which nothing comes for
   * so long afterwards is closed.
   */
  readonly stallMs: number;
  readonly longestMs: number;
}

const usual: LargeAnswerLimits = { most: 100, waitMs: 10_000, stallMs: 10_000, longestMs: 60_000 };

type Pieces = AsyncIterable<string | Buffer> | Iterable<string | Buffer>;

interface Open {
  readonly whose: string;
  readonly end: () => void;
}

/**
 * Answers that are too large to be made at once for everybody who asks. So many are under way at a time, and each is
 * made piece by piece, as fast as it is taken: who reads slowly costs a piece of memory, and a place for a minute at
 * most. When all places are taken, whoever has more of them than the one who waits gives up the oldest.
 */
export class LargeAnswers {
  readonly #clock: Clock;
  readonly #limits: LargeAnswerLimits;
  /** The oldest first. */
  readonly #open = new Set<Open>();
  /** When those whose answer is whole are closed. */
  readonly #idle = new WeakMap<Socket, Timer>();
  readonly #waiting = new Set<() => void>();

  constructor(clock: Clock, limits: Partial<LargeAnswerLimits> = {}) {
    this.#clock = clock;
    this.#limits = { ...usual, ...limits };
  }

  /**
   * A place for this answer until its connection is done with it. Throws AppError `unavailable` when there is none in
   * time.
   */
  async begin(reply: FastifyReply, whose: string): Promise<void> {
    const until = this.#clock.monotonic() + this.#limits.waitMs;
    while (this.#open.size >= this.#limits.most) {
      this.#makeRoom(whose);
      const left = until - this.#clock.monotonic();
      if (left <= 0) throw new AppError('unavailable', 'Too many large lists are asked for at once; try again later.');
      await this.#change(left);
    }
    const open: Open = { whose, end: () => cutOff(reply) };
    this.#open.add(open);
    const done = (): void => {
      if (!this.#open.delete(open)) return;
      // The first of those who wait comes next.
      const [first] = this.#waiting;
      first?.();
    };
    whenClosed(reply.raw, done);
  }

  /** The pieces one after the other, each made when the one before is taken. */
  send(reply: FastifyReply, pieces: Pieces): FastifyReply {
    const { socket, shouldKeepAlive } = reply.raw;
    if (socket !== null && shouldKeepAlive) {
      const seconds = Math.floor(this.#limits.stallMs / 1000);
      void reply.headers({ connection: 'keep-alive', 'keep-alive': `timeout=${seconds}` });
      reply.raw.once('finish', () => this.#expectMore(socket));
    }
    return reply.send(Readable.from(this.#watched(reply, pieces), { highWaterMark: 1 }));
  }

  async *#watched(reply: FastifyReply, pieces: Pieces): AsyncGenerator<string | Buffer> {
    const { stallMs, longestMs } = this.#limits;
    const taking: { timer: Timer | null } = { timer: null };
    // What it takes us to make them is not theirs.
    let leftMs = longestMs;
    const watch = (): void => {
      taking.timer = this.#clock.setTimer(Math.max(0, Math.min(stallMs, leftMs)), () => cutOff(reply));
    };
    reply.raw.once('close', () => taking.timer?.cancel());
    for await (const piece of pieces) {
      if (reply.raw.destroyed) return;
      const given = this.#clock.monotonic();
      watch();
      yield piece;
      taking.timer?.cancel();
      leftMs -= this.#clock.monotonic() - given;
    }
    if (!reply.raw.destroyed) watch();
  }

  /**
   * Closes a connection on which nothing comes after an answer. It would be kept for the next request for over a
   * minute, and with it what the kernel holds for who reads nothing.
   */
  #expectMore(socket: Socket): void {
    if (socket.destroyed) return;
    const { bytesRead } = socket;
    const before = this.#idle.get(socket);
    before?.cancel();
    const timer = this.#clock.setTimer(this.#limits.stallMs, () => {
      if (socket.bytesRead === bytesRead) socket.destroy();
    });
    this.#idle.set(socket, timer);
    if (before === undefined) socket.once('close', () => this.#idle.get(socket)?.cancel());
  }

  #makeRoom(whose: string): void {
    const counts = new Map<string, number>();
    for (const one of this.#open) counts.set(one.whose, (counts.get(one.whose) ?? 0) + 1);
    const [most, count] = [...counts].reduce((a, b) => (b[1] > a[1] ? b : a), ['', 0]);
    if (count <= (counts.get(whose) ?? 0) + 1) return;
    const oldest = [...this.#open].find((one) => one.whose === most);
    oldest?.end();
  }

  #change(withinMs: number): Promise<void> {
    return new Promise((resolve) => {
      const go = (): void => {
        timer.cancel();
        this.#waiting.delete(go);
        resolve();
      };
      const timer = this.#clock.setTimer(withinMs, go);
      this.#waiting.add(go);
    });
  }
}

/**
 * Takes back also what the kernel still holds for somebody who does not read. A connection by TLS cannot be reset; the
 * kernel gives it up.
 */
function cutOff(reply: FastifyReply): void {
  const { socket } = reply.raw;
  if (socket !== null && !(socket instanceof TLSSocket)) socket.resetAndDestroy();
  reply.raw.destroy();
}

/** Of this process, as they share its memory. */
export const largeAnswers = new LargeAnswers(systemClock);

/** Those for which all that is known of a call is in memory, from when it is looked for: of a day some 50 MB. */
export const wholeCalls = new LargeAnswers(systemClock, { most: 6 });
