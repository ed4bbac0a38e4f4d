import type { WebSocket } from '@fastify/websocket';
import type { Clock, Timer } from '../../../base/clock.ts';
import { RateLimit } from '../../../base/rate-limit.ts';
import { readJson } from '../../json-depth.ts';
import { CommandRefused, toRefusal } from './command-refused.ts';
import type { Command } from './commands.ts';

/** Characters: an offer of sound takes some thousands. */
const longestMessage = 64 * 1024;
/** What may wait for a browser that does not read, bytes. */
const mostUnread = 1024 * 1024;
const pingMs = 5000;
const pongMs = 10_000;
export const closing = {
  unreadable: 1007,
  tooSlow: 1013,
  ended: 4000,
  replaced: 4001,
  unknown: 4404,
  tooMany: 4429,
} as const;

/** A browser's socket: commands come, each is answered in its turn, and it is told what happens. */
export interface CommandSocket {
  /** Dropped when the socket is closed; a browser that does not read is cut off. */
  tell(message: object): void;
  /** As `tell`, of what is text already. */
  send(text: string): void;
  /** After what was asked before has been answered, the last word; then it is closed. */
  end(code: number, reason: string, last: object | null): void;
}

/** `perform` gives what the answer says besides, or throws CommandRefused or AppError. */
export function serveCommands(
  clock: Clock,
  socket: WebSocket,
  perform: (command: Command) => Promise<object | undefined>,
): CommandSocket {
  const send = (text: string) => {
    if (socket.readyState !== socket.OPEN) return;
    if (socket.bufferedAmount > mostUnread) socket.close(closing.tooSlow, 'too slow');
    else socket.send(text);
  };
  // One after the other, so that the answers come in the order of the commands.
  let turn: Promise<void> = Promise.resolve();
  const stopPings = keepAlive(clock, socket);
  socket.on('close', stopPings);
  const pace = new RateLimit({ perSecond: 20, burst: 100 });
  socket.on('message', (data: unknown) => {
    const text = String(data);
    const command = text.length > longestMessage ? null : readCommand(text);
    if (command === null) {
      socket.close(closing.unreadable, 'no command');
      return;
    }
    if (!pace.admit('', clock.monotonic())) {
      send(refusalOf(command, new CommandRefused('refused', 'Too many commands.')));
      return;
    }
    turn = turn.then(async () => send(await answer(command, perform)));
  });
  return {
    send,
    tell: (message) => send(JSON.stringify(message)),
    end(code, reason, last) {
      turn = turn.then(() => {
        if (last !== null) send(JSON.stringify(last));
        socket.close(code, reason);
      });
    },
  };
}

/** Ends a socket whose other end is gone. Gives what ends the pings. */
function keepAlive(clock: Clock, socket: WebSocket): () => void {
  let heardMs = clock.monotonic();
  let timer: Timer | null = null;
  const look = () => {
    if (clock.monotonic() - heardMs > pongMs) {
      socket.terminate();
      return;
    }
    socket.ping();
    timer = clock.setTimer(pingMs, look);
  };
  socket.on('pong', () => {
    heardMs = clock.monotonic();
  });
  timer = clock.setTimer(pingMs, look);
  return () => timer?.cancel();
}

function readCommand(text: string): Command | null {
  try {
    const value = readJson(text);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
    const { id, do: what } = value as { id?: unknown; do?: unknown };
    return Number.isSafeInteger(id) && typeof what === 'string' ? (value as Command) : null;
  } catch {
    return null;
  }
}

async function answer(command: Command, perform: (command: Command) => Promise<object | undefined>): Promise<string> {
  try {
    const result = await perform(command);
    return JSON.stringify({ type: 'answer', id: command.id, ok: true, ...(result === undefined ? {} : { result }) });
  } catch (error) {
    return refusalOf(command, toRefusal(error) ?? new CommandRefused('unavailable', 'Something went wrong here.'));
  }
}

function refusalOf({ id }: Command, { code, message }: CommandRefused): string {
  return JSON.stringify({ type: 'answer', id, ok: false, error: { code, message } });
}
