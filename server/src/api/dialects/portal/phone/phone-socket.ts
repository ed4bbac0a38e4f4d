import type { WebSocket } from '@fastify/websocket';
import type { FastifyInstance } from 'fastify';
import type { Clock } from '../../../../base/clock.ts';
import { acceptWebSockets } from '../../../web-sockets.ts';
import type { BrowserPhoneCall } from '../../dialect.ts';
import { closing, serveCommands } from '../command-socket.ts';
import { type Command, CommandRefused } from '../commands.ts';
import type { Line, PhoneLines } from './phone-lines.ts';

export interface PhoneSocketParts {
  readonly clock: Clock;
  readonly lines: PhoneLines;
}

/** `/phone/<phone>/events`: what happens at a browser that is a phone, and what it asks for. */
export async function registerPhoneSocket(app: FastifyInstance, { clock, lines }: PhoneSocketParts): Promise<void> {
  await acceptWebSockets(app);
  app.get<{ Params: { id: string } }>(
    '/phone/:id/events',
    { websocket: true, schema: { hide: true } as object, config: { secretPath: true } },
    (socket, request) => {
      socket.on('error', () => socket.terminate());
      const line = lines.find(request.params.id);
      if (line === null) socket.close(closing.unknown, 'no such phone');
      else talk(clock, lines, line, socket);
    },
  );
}

function talk(clock: Clock, lines: PhoneLines, line: Line, socket: WebSocket): void {
  const browser = serveCommands(clock, socket, async (command) => {
    if (lines.find(line.id) !== line) throw new CommandRefused('notFound', 'This phone is signed out.');
    return perform(line, command);
  });
  const { number, callerId } = line.extension;
  const calls = line.phone.calls.map(callView);
  browser.tell({ type: 'registered', extension: { number, name: callerId.name }, calls });
  const stop = lines.listen(line, {
    call: (call) => browser.tell({ type: 'call', call: callView(call) }),
    pickUp: (call) => browser.tell({ type: 'pickUp', call }),
    over: (reason) => {
      const code = reason === 'replaced' ? closing.replaced : closing.ended;
      browser.end(code, reason, { type: 'over', reason });
    },
  });
  socket.on('close', stop);
}

/** How a browser sees a call: from where it is. */
function callView({ id, direction, state, party, autoAnswer, early, reason }: BrowserPhoneCall): object {
  const seen = direction === 'outgoing' ? 'incoming' : 'outgoing';
  return { id, direction: seen, state, party, autoAnswer, early, reason };
}

async function perform({ phone }: Line, command: Command): Promise<object | undefined> {
  switch (command.do) {
    case 'dial': {
      const { callId, answer } = await phone.dial(text(command, 'to', 64), text(command, 'offer', 60_000));
      return { call: callId, answer };
    }
    case 'pickUp':
      return { answer: await phone.pickUp(callOf(command), text(command, 'offer', 60_000)) };
    case 'refuse':
      phone.hangUp(callOf(command), command['busy'] === true);
      return undefined;
    case 'hangUp':
      phone.hangUp(callOf(command));
      return undefined;
    case 'hold':
      phone.hold(callOf(command), true);
      return undefined;
    case 'retrieve':
      phone.hold(callOf(command), false);
      return undefined;
    case 'digits': {
      const digits = text(command, 'digits', 32);
      if (!/^[0-9*#A-D]+$/.test(digits)) throw new CommandRefused('invalid', 'digits are 0-9, *, #, A-D.');
      phone.press(callOf(command), digits);
      return undefined;
    }
    default:
      throw new CommandRefused('notSupported', 'There is no such command.');
  }
}

function callOf(command: Command): string {
  return text(command, 'call', 64);
}

function text(command: Command, field: string, longest: number): string {
  const value = command[field];
  if (typeof value === 'string' && value !== '' && value.length <= longest) return value;
  throw new CommandRefused('invalid', `${field} must be a text of 1 to ${longest} characters.`);
}
