import { newId } from '../../../base/id.ts';
import type { Random } from '../../../base/random.ts';
import { Secret } from '../../../base/secret.ts';
import { sourceKey } from '../../../base/source-key.ts';
import type { Call } from '../../../call/model/call.ts';
import type { Connection } from '../../../call/model/connection.ts';
import { shownName } from '../../../call/model/device.ts';
import type { CallRuntime } from '../../../call/runtime/runtime.ts';
import { changeRole } from '../../../call/services/change-role.ts';
import { clearCall } from '../../../call/services/clear-call.ts';
import { clearConnection } from '../../../call/services/clear-connection.ts';
import { pauseRecording } from '../../../call/services/pause-recording.ts';
import { longestMessage, sendMessage } from '../../../call/services/send-message.ts';
import { setHand } from '../../../call/services/set-hand.ts';
import { setLocked } from '../../../call/services/set-locked.ts';
import { setMute } from '../../../call/services/set-mute.ts';
import { singleStepConference } from '../../../call/services/single-step-conference.ts';
import { startRecording } from '../../../call/services/start-recording.ts';
import { stopRecording } from '../../../call/services/stop-recording.ts';
import type { Directory } from '../../../directory/directory.ts';
import { reach } from '../../reach.ts';
import { bring } from './bring-call.ts';
import { CommandRefused } from './command-refused.ts';
import type { EventFeed } from './event-feed.ts';
import type { Knocks } from './knocks.ts';
import type { PhoneLines } from './phone/phone-lines.ts';
import type { PortalLogin } from './portal-tokens.ts';
import type { Session } from './sessions.ts';
import { signIn } from './sign-in.ts';

export interface CommandParts {
  readonly runtime: CallRuntime;
  readonly directory: Directory;
  readonly random: Random;
  readonly knocks: Knocks;
  readonly feed: Pick<EventFeed, 'tellCall'>;
  readonly lines: Pick<PhoneLines, 'find'>;
  /** Who `Authorization: UPToken …` says is logged in. Throws PortalError for a token that is not good. */
  readonly loginOf: (authorization: string) => Promise<PortalLogin | null>;
}

/** What a browser asks for on its socket. */
export interface Command {
  readonly id: number;
  readonly do: string;
  readonly [field: string]: unknown;
}

/** Who asks, and where it is. */
interface Place extends CommandParts {
  readonly session: Session;
  readonly call: Call;
  readonly self: Connection;
}

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
  terminate: ({ runtime, call, self }) => runtime.do(clearCall, { callId: call.id, by: shownName(self.device) }),
  lock: ({ runtime, call }) => runtime.do(setLocked, { callId: call.id, locked: true }),
  unlock: ({ runtime, call }) => runtime.do(setLocked, { callId: call.id, locked: false }),
  admit: ({ knocks, session, self }, command) =>
    knocks.decide(session.meeting, textOf(command, 'participant', 64), true, self.device.name),
  deny: ({ knocks, session, self }, command) =>
    knocks.decide(session.meeting, textOf(command, 'participant', 64), false, self.device.name),
  extend: ({ call }) => {
    // Nothing ends one but its parties: there is no end to be moved.
    const why = call.endsAt === null ? 'This meeting does not end by itself.' : 'Its end cannot be moved.';
    throw new CommandRefused('refused', why);
  },
  invite,
  bring: (place, command) =>
    bring(
      place,
      place.call,
      { callId: place.call.id, connectionId: place.self.id },
      { phone: textOf(command, 'phone', 64), call: textOf(command, 'call', 64) },
    ),
  record,
  stopRecording: (place) => recording(place, () => place.runtime.do(stopRecording, { callId: place.call.id })),
  pauseRecording: (place) =>
    recording(place, () => place.runtime.do(pauseRecording, { callId: place.call.id, paused: true })),
  resumeRecording: (place) =>
    recording(place, () => place.runtime.do(pauseRecording, { callId: place.call.id, paused: false })),
};

const everybody: Readonly<Record<string, (place: Place, command: Command) => Promise<unknown>>> = {
  mute: (place, command) => muteOne(place, command, true),
  unmute: (place, command) => muteOne(place, command, false),
  raiseHand: ({ runtime, call, self }) => runtime.do(setHand, { callId: call.id, connectionId: self.id, raised: true }),
  lowerHand: (place, command) => {
    const one = command['participant'] == null ? place.self : named(place.call, command['participant']);
    if (one.id !== place.self.id && place.self.role !== 'moderator') {
      throw new CommandRefused('notAllowed', 'Only a moderator may lower the hands of others.');
    }
    return place.runtime.do(setHand, { callId: place.call.id, connectionId: one.id, raised: false });
  },
  moderate,
  signIn: (place, command) => signIn(place, textOf(command, 'token', 4096)),
  chat: (place, command) => {
    const text = command['text'];
    if (typeof text !== 'string' || text.trim() === '' || text.length > longestMessage) {
      throw new CommandRefused('invalid', `text must have 1 to ${longestMessage} characters.`);
    }
    const { runtime, call, self } = place;
    const to = command['to'] == null ? null : named(call, command['to']).id;
    return runtime.do(sendMessage, { callId: call.id, connectionId: self.id, text, to });
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
  return runtime.do(setMute, { callId: call.id, connectionId: one.id, muted, byModerator: one.id !== self.id });
}

async function muteOthers({ runtime, call, feed }: Place, muted: boolean): Promise<void> {
  const others = [...call.connections.values()].filter(
    ({ role, state }) => role === 'participant' && (state === 'connected' || state === 'hold'),
  );
  // Who leaves meanwhile needs it no more.
  await Promise.allSettled(
    others.map(({ id: connectionId }) =>
      runtime.do(setMute, { callId: call.id, connectionId, muted, byModerator: true }),
    ),
  );
  feed.tellCall(call.id, { type: 'allMuted', muted });
}

function recording({ call }: Place, act: () => Promise<unknown>): Promise<unknown> {
  if (call.conference?.record !== 'choice') {
    throw new CommandRefused('notSupported', 'The settings of this conference decide whether it is recorded.');
  }
  return act();
}

/** With `name` and `description`, where they are given. */
async function record(place: Place, command: Command): Promise<unknown> {
  const given = ['name', 'description'].filter((field) => command[field] != null && command[field] !== '');
  const label = Object.fromEntries(given.map((field) => [field, textOf(command, field, 500)]));
  const { runtime, call } = place;
  return recording(place, () =>
    runtime.do(startRecording, { callId: call.id, ...(given.length === 0 ? {} : { label }) }),
  );
}

/** By the passcode of moderators; wrong ones count with those that are dialled. */
async function moderate(place: Place, command: Command): Promise<void> {
  const { directory, runtime, call, self, session } = place;
  if (self.role === 'moderator') return;
  const passcode = textOf(command, 'passcode', 20);
  const { extensionId, number, hasModeratorPin } = session.meeting;
  if (!hasModeratorPin) throw new CommandRefused('refused', 'This conference has no passcode of moderators.');
  const admission = directory.admit({
    extensionId,
    conferenceNumber: number,
    pin: new Secret(passcode),
    callerKey: `address:${sourceKey(session.address)}`,
    authenticated: false,
    inside: true,
  });
  if (admission.result === 'lockedOut') throw new CommandRefused('refused', 'Too many wrong passcodes; try later.');
  if (admission.result !== 'admitted' || admission.role !== 'moderator') {
    throw new CommandRefused('notAllowed', 'That is not the passcode of moderators.');
  }
  await runtime.do(changeRole, { callId: call.id, connectionId: self.id, mode: 'moderate' });
}

function textOf(command: Command, field: string, longest: number): string {
  const value = command[field];
  if (typeof value === 'string' && value !== '' && value.length <= longest) return value;
  throw new CommandRefused('invalid', `${field} must be a text of 1 to ${longest} characters.`);
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
