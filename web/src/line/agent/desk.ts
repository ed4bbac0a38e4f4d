import type { AgentCall, AgentDevice, AgentUser } from './agent-api.ts';

/** What the server tells an agent (docs/protocols/notifications.md), as it came. */
export interface AgentNotice {
  /** Of the event log; it grows. */
  readonly number: string;
  readonly channel: string;
  /** ms since the epoch, here. */
  readonly at: number;
  readonly data: {
    readonly messageType: string;
    readonly notificationType?: string;
    readonly phoneNumber?: string;
    readonly call?: AgentCall;
    readonly devices?: readonly AgentDevice[];
    /** Of an `ErrorMessage`: why somebody who was dialled is not there. */
    readonly errorMessage?: string;
  };
}

/** What an agent has before them. */
export interface Desk {
  readonly user: AgentUser | null;
  readonly devices: readonly AgentDevice[];
  /** The one that came first first. */
  readonly calls: readonly AgentCall[];
  /** The newest first. */
  readonly notices: readonly AgentNotice[];
}

export const emptyDesk: Desk = { user: null, devices: [], calls: [], notices: [] };

/** Why somebody was not reached, in what was told since `last`; the oldest first. */
export function failuresSince(notices: readonly AgentNotice[], last: AgentNotice | undefined): readonly string[] {
  const known = last === undefined ? -1 : notices.indexOf(last);
  const news = known < 0 ? notices : notices.slice(0, known);
  return news.flatMap(({ data: { errorMessage } }) => (errorMessage === undefined ? [] : [errorMessage])).toReversed();
}

/** How often it is asked whether the server is back, and whether a phone has come, ms. */
const askedAgainMs = 2000;
const lookedForMs = 5000;

/** How often all is to be read again though nothing is told; null: never. Nobody is told that a phone registers. */
export function readAgainMs({ devices }: Desk, isLive: boolean): number | null {
  if (!isLive) return askedAgainMs;
  return devices.some(({ deviceState }) => deviceState === 'Inactive') ? lookedForMs : null;
}

const keptNotices = 200;

/** All there is, as the server says it now. */
export function afterReading(desk: Desk, user: AgentUser): Desk {
  const { devices, calls } = user;
  const order = new Map(desk.calls.map(({ id }, at) => [id, at]));
  const place = ({ id }: AgentCall) => order.get(id) ?? order.size;
  const live = calls.filter(({ state }) => state !== 'Released');
  return { ...desk, user, devices, calls: live.toSorted((one, other) => place(one) - place(other)) };
}

/** What a notification changes. */
export function afterNotice(desk: Desk, notice: AgentNotice): Desk {
  if (notice.number !== '' && desk.notices.some(({ number }) => number === notice.number)) return desk;
  const { call, devices = [], notificationType } = notice.data;
  // That other buttons are there now is seen by them.
  const listed = notificationType !== 'PropertiesUpdated';
  const notices = listed ? [notice, ...desk.notices].slice(0, keptNotices) : desk.notices;
  return {
    ...desk,
    notices,
    calls: call === undefined ? desk.calls : withCall(desk.calls, call),
    devices: desk.devices.map((one) => devices.find(({ id }) => id === one.id) ?? one),
  };
}

function withCall(calls: readonly AgentCall[], call: AgentCall): readonly AgentCall[] {
  if (call.state === 'Released') return calls.filter(({ id }) => id !== call.id);
  if (calls.some(({ id }) => id === call.id)) return calls.map((one) => (one.id === call.id ? call : one));
  return [...calls, call];
}
