import type { WebSocket } from '@fastify/websocket';
import type { FastifyInstance } from 'fastify';
import type { Clock } from '../../../base/clock.ts';
import { SourceShares } from '../../../base/source-shares.ts';
import type { Cause } from '../../../call/model/cause.ts';
import { acceptWebSockets } from '../../web-sockets.ts';
import { CommandRefused } from './command-refused.ts';
import { closing, serveCommands } from './command-socket.ts';
import { type Command, type CommandParts, perform } from './commands.ts';
import type { EventFeed } from './event-feed.ts';
import type { Session, Sessions } from './sessions.ts';

export interface SessionSocketParts extends CommandParts {
  readonly clock: Clock;
  readonly sessions: Sessions;
  readonly feed: EventFeed;
}

const mostSockets = 4;

/** `/whip/<session>/events`: what happens in the conference, and what the browser asks for in it. */
export async function registerSessionSocket(app: FastifyInstance, parts: SessionSocketParts): Promise<void> {
  await acceptWebSockets(app);
  const open = new SourceShares(Number.POSITIVE_INFINITY, mostSockets);
  type Asked = { Params: { id: string }; Querystring: { after?: string } };
  const options = { websocket: true, schema: { hide: true } as object, config: { secretPath: true } } as const;
  for (const door of ['whip', 'whep']) {
    app.get<Asked>(`/${door}/:id/events`, options, (socket, request) => {
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
    });
  }
}

/** At the door of a locked conference. */
const waiting = { type: 'admission', passcodeNeeded: false, permissionNeeded: true } as const;

function talk(parts: SessionSocketParts, socket: WebSocket, session: Session, after: string | null): void {
  const { clock, feed } = parts;
  const browser = serveCommands(clock, socket, (command) => act(parts, session, command));
  const over = (cause: Cause) =>
    browser.end(closing.ended, 'the call has ended', { type: 'call', state: 'ended', reason: cause });
  if (session.ended !== null) {
    over(session.ended);
    return;
  }
  session.onEnded.add(over);
  session.call.pageIsThere();
  if (session.call.waits) {
    browser.tell({ type: 'call', state: 'admission' });
    browser.tell(waiting);
  }
  const waits = () => browser.tell(waiting);
  session.onWaits.add(waits);
  let unfollow: (() => void) | null = null;
  let closed = false;
  feed.follow({ session, send: browser.send }, after).then(
    (stop) => {
      if (closed) stop();
      else unfollow = stop;
    },
    () => socket.close(closing.tooSlow, 'try again'),
  );
  socket.on('close', () => {
    closed = true;
    session.onEnded.delete(over);
    session.onWaits.delete(waits);
    unfollow?.();
  });
}

async function act(parts: SessionSocketParts, session: Session, command: Command): Promise<undefined> {
  switch (command.do) {
    case 'passcode': {
      const passcode = command['passcode'];
      if (typeof passcode !== 'string' || !/^[0-9]{1,20}$/.test(passcode)) {
        throw new CommandRefused('invalid', 'A passcode is 1 to 20 digits.');
      }
      if (!session.call.givePasscode(passcode)) throw new CommandRefused('refused', 'No passcode is asked for.');
      return undefined;
    }
    case 'digits': {
      const digits = command['digits'];
      if (typeof digits !== 'string' || !/^[0-9*#A-D]{1,32}$/.test(digits)) {
        throw new CommandRefused('invalid', 'digits must be of 0-9, *, #, A-D.');
      }
      session.call.press(digits);
      return undefined;
    }
    case 'hold':
    case 'retrieve':
      session.call.hold(command.do === 'hold');
      return undefined;
    case 'knock':
      // Instead of the passcode that it was asked for.
      if (!session.call.waits) session.call.wait();
      parts.knocks.knock(session, ({ admitted, by }) => {
        if (admitted) return;
        parts.feed.tellLeg(session.call.legId, { ...waiting, refused: by === null ? 'notAnswered' : 'denied', by });
        session.call.end();
      });
      session.onEnded.add(() => parts.knocks.takeBack(session));
      return undefined;
    default:
      await perform(parts, session, command);
      return undefined;
  }
}
