import type { WebSocket } from '@fastify/websocket';
import type { FastifyInstance } from 'fastify';
import type { Clock, Timer } from '../../../base/clock.ts';
import { RateLimit } from '../../../base/rate-limit.ts';
import { SourceShares } from '../../../base/source-shares.ts';
import type { Cause } from '../../../call/model/cause.ts';
import { readJson } from '../../json-depth.ts';
import { acceptWebSockets } from '../../web-sockets.ts';
import { type Command, type CommandParts, CommandRefused, perform, toRefusal } from './commands.ts';
import type { EventFeed } from './event-feed.ts';
import type { Session, Sessions } from './sessions.ts';

export interface SessionSocketParts extends CommandParts {
  readonly clock: Clock;
  readonly sessions: Sessions;
  readonly feed: EventFeed;
}

/** Characters. */
const longestMessage = 16 * 1024;
/** What may wait for a browser that does not read, bytes. */
const mostUnread = 1024 * 1024;
const pingMs = 5000;
const pongMs = 10_000;
const mostSockets = 4;
const closing = { unreadable: 1007, tooSlow: 1013, ended: 4000, unknown: 4404, tooMany: 4429 } as const;

/** `/whip/<session>/events`: what happens in the conference, and what the browser asks for in it. */
export async function registerSessionSocket(app: FastifyInstance, parts: SessionSocketParts): Promise<void> {
  await acceptWebSockets(app);
  const open = new SourceShares(Number.POSITIVE_INFINITY, mostSockets);
  app.get<{ Params: { id: string }; Querystring: { after?: string } }>(
    '/whip/:id/events',
    { websocket: true, schema: { hide: true } as object, config: { secretPath: true } },
    (socket, request) => {
      socket.on('error', () => socket.terminate());
      const session = parts.sessions.find(request.params.id);
      if (session === null) {
        socket.close(closing.unknown, 'no such call');
        return;
      }
      if (!open.take(session.id, 1)) {
        socket.close(closing.tooMany, 'too many sockets');
        return;
      }
      socket.on('close', () => open.giveBack(session.id, 1));
      talk(parts, socket, session, typeof request.query.after === 'string' ? request.query.after : null);
    },
  );
}

function talk(parts: SessionSocketParts, socket: WebSocket, session: Session, after: string | null): void {
  const { clock, feed } = parts;
  const send = (text: string) => {
    if (socket.readyState !== socket.OPEN) return;
    if (socket.bufferedAmount > mostUnread) socket.close(closing.tooSlow, 'too slow');
    else socket.send(text);
  };
  // One after the other, so that the answers come in the order of the commands.
  let turn: Promise<void> = Promise.resolve();
  const over = (cause: Cause) => {
    // Who ended it by a command is answered first.
    turn = turn.then(() => {
      send(JSON.stringify({ type: 'call', state: 'ended', reason: cause }));
      socket.close(closing.ended, 'the call has ended');
    });
  };
  if (session.ended !== null) {
    over(session.ended);
    return;
  }
  session.onEnded.add(over);
  let unfollow: (() => void) | null = null;
  let closed = false;
  feed.follow({ session, send }, after).then(
    (stop) => {
      if (closed) stop();
      else unfollow = stop;
    },
    () => socket.close(closing.tooSlow, 'try again'),
  );
  const stopPings = keepAlive(clock, socket);
  socket.on('close', () => {
    closed = true;
    stopPings();
    session.onEnded.delete(over);
    unfollow?.();
  });
  const pace = new RateLimit({ perSecond: 20, burst: 100 });
  socket.on('message', (data: unknown) => {
    const text = String(data);
    const command = text.length > longestMessage ? null : readCommand(text);
    if (command === null) {
      socket.close(closing.unreadable, 'no command');
      return;
    }
    if (!pace.admit('', clock.monotonic())) {
      send(answerTo(command, new CommandRefused('refused', 'Too many commands.')));
      return;
    }
    turn = turn.then(async () => send(await answer(parts, session, command)));
  });
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

async function answer(parts: SessionSocketParts, session: Session, command: Command): Promise<string> {
  try {
    await act(parts, session, command);
    return answerTo(command, null);
  } catch (error) {
    return answerTo(command, toRefusal(error) ?? new CommandRefused('unavailable', 'Something went wrong here.'));
  }
}

async function act(parts: SessionSocketParts, session: Session, command: Command): Promise<void> {
  switch (command.do) {
    case 'passcode': {
      const passcode = command['passcode'];
      if (typeof passcode !== 'string' || !/^[0-9]{1,20}$/.test(passcode)) {
        throw new CommandRefused('invalid', 'A passcode is 1 to 20 digits.');
      }
      if (!session.call.givePasscode(passcode)) throw new CommandRefused('refused', 'No passcode is asked for.');
      return;
    }
    case 'digits': {
      const digits = command['digits'];
      if (typeof digits !== 'string' || !/^[0-9*#A-D]{1,32}$/.test(digits)) {
        throw new CommandRefused('invalid', 'digits are 0-9, *, #, A-D.');
      }
      session.call.press(digits);
      return;
    }
    default:
      await perform(parts, session, command);
  }
}

function answerTo({ id }: Command, refused: CommandRefused | null): string {
  if (refused === null) return JSON.stringify({ type: 'answer', id, ok: true });
  const { code, message } = refused;
  return JSON.stringify({ type: 'answer', id, ok: false, error: { code, message } });
}
