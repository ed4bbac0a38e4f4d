import { AppError } from '../../../base/app-error.ts';
import { newId } from '../../../base/id.ts';
import type { Random } from '../../../base/random.ts';
import type { Call } from '../../../call/model/call.ts';
import type { Connection } from '../../../call/model/connection.ts';
import type { CallRuntime } from '../../../call/runtime/runtime.ts';
import { associateData } from '../../../call/services/associate-data.ts';
import { clearCall } from '../../../call/services/clear-call.ts';
import { clearConnection } from '../../../call/services/clear-connection.ts';
import { pauseRecording } from '../../../call/services/pause-recording.ts';
import type { AssociateData } from '../../../call/services/requests.ts';
import { setLocked } from '../../../call/services/set-locked.ts';
import { setMute } from '../../../call/services/set-mute.ts';
import { singleStepConference } from '../../../call/services/single-step-conference.ts';
import { startRecording } from '../../../call/services/start-recording.ts';
import { stopRecording } from '../../../call/services/stop-recording.ts';
import type { Directory } from '../../../directory/directory.ts';
import { reach } from '../../reach.ts';
import type { Session } from './sessions.ts';

export interface CommandParts {
  readonly runtime: CallRuntime;
  readonly directory: Directory;
  readonly random: Random;
}

/** What a browser asks for on its socket. */
export interface Command {
  readonly id: number;
  readonly do: string;
  readonly [field: string]: unknown;
}

export type CommandCode = 'notAllowed' | 'notFound' | 'invalid' | 'notSupported' | 'refused' | 'unavailable';

export class CommandRefused extends Error {
  readonly code: CommandCode;

  constructor(code: CommandCode, message: string) {
    super(message);
    this.name = 'CommandRefused';
    this.code = code;
  }
}

/** Who asks, and where it is. */
interface Place extends CommandParts {
  readonly session: Session;
  readonly call: Call;
  readonly self: Connection;
}

const longestChat = 2000;
const invitedRingsMs = 60_000;

/** Commands that a moderator alone may give. */
const moderators: Readonly<Record<string, (place: Place, command: Command) => Promise<unknown>>> = {
  muteAll: (place) => muteOthers(place, true),
  unmuteAll: (place) => muteOthers(place, false),
  remove: ({ runtime, call }, command) => {
    const { id: connectionId } = named(call, command['participant']);
    return runtime.do(clearConnection, { callId: call.id, connectionId, cause: 'removed' });
  },
  removeLast: ({ runtime, call, self }) => {
    const last = [...call.connections.values()].findLast(({ id, role }) => id !== self.id && role !== 'supervisor');
    if (last === undefined) throw new CommandRefused('notFound', 'Nobody else is in the conference.');
    return runtime.do(clearConnection, { callId: call.id, connectionId: last.id, cause: 'removed' });
  },
  terminate: ({ runtime, call }) => runtime.do(clearCall, { callId: call.id }),
  lock: ({ runtime, call }) => runtime.do(setLocked, { callId: call.id, locked: true }),
  unlock: ({ runtime, call }) => runtime.do(setLocked, { callId: call.id, locked: false }),
  invite,
  record: (place) => recording(place, () => place.runtime.do(startRecording, { callId: place.call.id })),
  stopRecording: (place) => recording(place, () => place.runtime.do(stopRecording, { callId: place.call.id })),
  pauseRecording: (place) =>
    recording(place, () => place.runtime.do(pauseRecording, { callId: place.call.id, paused: true })),
  resumeRecording: (place) =>
    recording(place, () => place.runtime.do(pauseRecording, { callId: place.call.id, paused: false })),
};

const everybody: Readonly<Record<string, (place: Place, command: Command) => Promise<unknown>>> = {
  mute: (place, command) => muteOne(place, command, true),
  unmute: (place, command) => muteOne(place, command, false),
  raiseHand: (place) => attach(place, { set: { handRaised: true } }),
  lowerHand: (place) => attach(place, { removed: ['handRaised'] }),
  chat: (place, command) => {
    const text = command['text'];
    if (typeof text !== 'string' || text.trim() === '' || text.length > longestChat) {
      throw new CommandRefused('invalid', `text must have 1 to ${longestChat} characters.`);
    }
    const to = command['to'] == null ? null : named(place.call, command['to']).id;
    // The same words twice are two messages.
    return attach(place, { set: { chat: { text, to, key: newId(place.random) } } });
  },
};

/** Performs a command of somebody who is in the conference. Throws CommandRefused or AppError. */
export async function perform(parts: CommandParts, session: Session, command: Command): Promise<void> {
  const ref = parts.runtime.refOfLeg(session.call.legId);
  const call = ref === null ? null : parts.runtime.call(ref.callId);
  const self = ref === null ? undefined : call?.connections.get(ref.connectionId);
  if (call?.kind !== 'conference' || self === undefined) {
    throw new CommandRefused('notAllowed', 'You are not in the conference.');
  }
  const place: Place = { ...parts, session, call, self };
  const forModerators = Object.hasOwn(moderators, command.do) ? moderators[command.do] : undefined;
  if (forModerators !== undefined) {
    if (self.role !== 'moderator') throw new CommandRefused('notAllowed', 'Only a moderator may do that.');
    await forModerators(place, command);
    return;
  }
  const forAll = Object.hasOwn(everybody, command.do) ? everybody[command.do] : undefined;
  if (forAll === undefined) throw new CommandRefused('notSupported', 'There is no such command.');
  await forAll(place, command);
}

/** What went wrong, as it is told. Null: a mistake of ours. */
export function toRefusal(thrown: unknown): CommandRefused | null {
  if (thrown instanceof CommandRefused) return thrown;
  if (!(thrown instanceof AppError)) return null;
  if (thrown.code === 'unavailable') return new CommandRefused('unavailable', thrown.message);
  if (thrown.status === 403) return new CommandRefused('notAllowed', thrown.message);
  if (thrown.status === 404) return new CommandRefused('notFound', thrown.message);
  return thrown.status < 500 ? new CommandRefused('refused', thrown.message) : null;
}

function named(call: Call, id: unknown): Connection {
  const found = typeof id === 'string' ? call.connections.get(id) : undefined;
  if (found === undefined || found.role === 'supervisor') {
    throw new CommandRefused('notFound', 'There is no such participant.');
  }
  return found;
}

function muteOne({ runtime, call, self }: Place, command: Command, muted: boolean): Promise<unknown> {
  const one = command['participant'] == null ? self : named(call, command['participant']);
  if (one.id !== self.id && self.role !== 'moderator') {
    throw new CommandRefused('notAllowed', 'Only a moderator may mute others.');
  }
  return runtime.do(setMute, { callId: call.id, connectionId: one.id, muted });
}

async function muteOthers({ runtime, call }: Place, muted: boolean): Promise<void> {
  const others = [...call.connections.values()].filter(
    ({ role, state }) => role === 'participant' && (state === 'connected' || state === 'hold'),
  );
  // Who leaves meanwhile needs it no more.
  await Promise.allSettled(
    others.map(({ id: connectionId }) => runtime.do(setMute, { callId: call.id, connectionId, muted })),
  );
}

function attach({ runtime, call, self }: Place, change: Pick<AssociateData, 'set' | 'removed'>): Promise<void> {
  return runtime.do(associateData, { callId: call.id, connectionId: self.id, ...change });
}

function recording({ call }: Place, act: () => Promise<unknown>): Promise<unknown> {
  if (call.conference?.record !== 'choice') {
    throw new CommandRefused('notSupported', 'Whether this conference is recorded is not a choice.');
  }
  return act();
}

/** Dials by the dial plan, on account of whose conference it is. */
function invite(place: Place, command: Command): Promise<unknown> {
  const { runtime, directory, call, session, random } = place;
  const address = command['address'];
  if (typeof address !== 'string' || address.length === 0 || address.length > 64) {
    throw new CommandRefused('invalid', 'address must be a number.');
  }
  const { organizationId, userId, extensionId, device } = session.meeting;
  const { number, name } = device;
  const callerId = { name, number };
  const reached = reach(directory, { organizationId, userId, callerId, number }, address);
  if (reached === null) throw new CommandRefused('notAllowed', 'This number cannot be called.');
  return runtime.do(singleStepConference, {
    device: reached.device,
    target: reached.target,
    into: { callId: call.id },
    callerId,
    timeoutMs: invitedRingsMs,
    role: 'participant',
    legId: newId(random),
    charged: extensionId,
  });
}
