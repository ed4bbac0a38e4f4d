import type { WebSocket } from '@fastify/websocket';
import type { FastifyInstance } from 'fastify';
import type { Clock } from '../../../../base/clock.ts';
import type { CallRef } from '../../../../call/model/call.ts';
import type { CallRuntime } from '../../../../call/runtime/runtime.ts';
import { conferenceCall } from '../../../../call/services/conference-call.ts';
import { singleStepTransfer } from '../../../../call/services/single-step-transfer.ts';
import { transferCall } from '../../../../call/services/transfer-call.ts';
import type { Directory } from '../../../../directory/directory.ts';
import { reach } from '../../../reach.ts';
import { acceptWebSockets } from '../../../web-sockets.ts';
import type { BrowserPhoneCall } from '../../dialect.ts';
import { CommandRefused } from '../command-refused.ts';
import { closing, serveCommands } from '../command-socket.ts';
import type { Command } from '../commands.ts';
import type { Line, PhoneLines } from './phone-lines.ts';
import type { PhonePlace, PhonePlaces } from './phone-places.ts';

export interface PhoneSocketParts {
  readonly clock: Clock;
  readonly lines: PhoneLines;
  readonly places: PhonePlaces;
  readonly runtime: CallRuntime;
  readonly directory: Directory;
}

/** Whom a call is transferred to, ms. */
const ringsMs = 60_000;

/** `/phone/<phone>/events`: what happens at a browser that is a phone, and what it asks for. */
export async function registerPhoneSocket(app: FastifyInstance, parts: PhoneSocketParts): Promise<void> {
  await acceptWebSockets(app);
  app.get<{ Params: { id: string } }>(
    '/phone/:id/events',
    { websocket: true, schema: { hide: true } as object, config: { secretPath: true } },
    (socket, request) => {
      socket.on('error', () => socket.terminate());
      const line = parts.lines.find(request.params.id);
      if (line === null) socket.close(closing.unknown, 'no such phone');
      else talk(parts, line, socket);
    },
  );
}

function talk(parts: PhoneSocketParts, line: Line, socket: WebSocket): void {
  const { clock, lines, places } = parts;
  const browser = serveCommands(clock, socket, async (command) => {
    if (lines.find(line.id) !== line) throw new CommandRefused('notFound', 'This phone is signed out.');
    return perform(parts, line, command);
  });
  const { number, callerId } = line.extension;
  const told = new ToldCalls(places, line, (call) => browser.tell({ type: 'call', call }));
  const calls = [...line.phone.calls, ...line.missed.splice(0)].map((call) => told.first(call));
  browser.tell({ type: 'registered', extension: { number, name: callerId.name }, calls });
  const stop = lines.listen(line, {
    call: (call) => told.call(call),
    pickUp: (call) => browser.tell({ type: 'pickUp', call }),
    over: (reason) => {
      const code = reason === 'replaced' ? closing.replaced : closing.ended;
      browser.end(code, reason, { type: 'over', reason });
    },
  });
  socket.on('close', () => {
    told.close();
    stop();
  });
}

/** Calls as one socket was told of them: it is told again when something of them is another, and only then. */
class ToldCalls {
  readonly #places: PhonePlaces;
  readonly #line: Line;
  readonly #tell: (call: object) => void;
  readonly #told = new Map<string, { text: string; readonly stop: () => void }>();

  constructor(places: PhonePlaces, line: Line, tell: (call: object) => void) {
    this.#places = places;
    this.#line = line;
    this.#tell = tell;
  }

  /** One of those that there are when the socket comes. */
  first(call: BrowserPhoneCall): object {
    const view = callView(call, this.#places.of(call.id));
    if (call.state !== 'ended') this.#remember(call.id, JSON.stringify(view));
    return view;
  }

  call(call: BrowserPhoneCall): void {
    const known = this.#told.get(call.id);
    const view = callView(call, this.#places.of(call.id));
    const text = JSON.stringify(view);
    if (known?.text === text) return;
    if (call.state === 'ended') {
      known?.stop();
      this.#told.delete(call.id);
    } else if (known !== undefined) known.text = text;
    else this.#remember(call.id, text);
    this.#tell(view);
  }

  close(): void {
    for (const { stop } of this.#told.values()) stop();
    this.#told.clear();
  }

  #remember(id: string, text: string): void {
    const stop = this.#places.follow(id, () => {
      const call = this.#line.phone.calls.find((one) => one.id === id);
      if (call !== undefined) this.call(call);
    });
    this.#told.set(id, { text, stop });
  }
}

/** How a browser sees a call: from where it is. */
function callView(call: BrowserPhoneCall, place: PhonePlace): object {
  const { id, direction, state, party, autoAnswer, early, reason } = call;
  const seen = direction === 'outgoing' ? 'incoming' : 'outgoing';
  return { id, direction: seen, state, party, autoAnswer, early, reason, ...place };
}

async function perform(parts: PhoneSocketParts, line: Line, command: Command): Promise<object | undefined> {
  const { phone } = line;
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
      if (!/^[0-9*#A-D]+$/.test(digits)) throw new CommandRefused('invalid', 'digits must be of 0-9, *, #, A-D.');
      phone.press(callOf(command), digits);
      return undefined;
    }
    case 'merge':
      await parts.runtime.do(conferenceCall, { ...twoCalls(parts, line, command), goesOnBy: callOf(command) });
      return undefined;
    case 'transfer':
      if (command['other'] === undefined) await transferTo(parts, line, command);
      else await parts.runtime.do(transferCall, twoCalls(parts, line, command));
      return undefined;
    default:
      throw new CommandRefused('notSupported', 'There is no such command.');
  }
}

/** What the leg of a call serves now. */
function placeOf({ runtime }: PhoneSocketParts, { phone }: Line, callId: string): CallRef {
  const known = phone.calls.some(({ id }) => id === callId);
  const ref = known ? runtime.refOfLeg(callId) : null;
  if (ref === null) throw new CommandRefused('notFound', 'This phone has no such call.');
  return ref;
}

/** `other` is the one that ends, with everybody in it brought over. */
function twoCalls(parts: PhoneSocketParts, line: Line, command: Command): { original: CallRef; consult: CallRef } {
  return {
    original: placeOf(parts, line, callOf(command)),
    consult: placeOf(parts, line, text(command, 'other', 64)),
  };
}

/** Without asking there first; by the dial plan, on account of whose phone it is. */
async function transferTo(parts: PhoneSocketParts, line: Line, command: Command): Promise<void> {
  const { id: charged, organizationId, userId, callerId, number } = line.extension;
  const ref = placeOf(parts, line, callOf(command));
  const from = { organizationId, userId, callerId, number };
  const reached = reach(parts.directory, from, text(command, 'to', 64));
  if (reached === null) throw new CommandRefused('notAllowed', 'This number cannot be called.');
  const { device, target } = reached;
  if (reached.isPublic && parts.runtime.call(ref.callId)?.publicTransfer === false) {
    throw new CommandRefused('notAllowed', 'This call may not be transferred to a public number.');
  }
  await parts.runtime.do(singleStepTransfer, { ...ref, device, target, callerId, timeoutMs: ringsMs, charged });
}

function callOf(command: Command): string {
  return text(command, 'call', 64);
}

function text(command: Command, field: string, longest: number): string {
  const value = command[field];
  if (typeof value === 'string' && value !== '' && value.length <= longest) return value;
  throw new CommandRefused('invalid', `${field} must be a text of 1 to ${longest} characters.`);
}
