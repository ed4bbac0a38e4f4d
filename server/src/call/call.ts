import type { ConferencePolicy } from './conference-policy.ts';
import type { Connection } from './connection.ts';
import type { CallerId, Device, DialTarget } from './device.ts';

/**
 * - `call`        devices that hear each other; ends when fewer than two are left
 * - `access`      a dial-in on its way to a conference: number and PIN are asked for; one connection
 * - `conference`  a scheduled conference; ends when nobody is left
 */
export const callKinds = ['call', 'access', 'conference'] as const;
export type CallKind = (typeof callKinds)[number];

/** What MakeCall dials once the originating device has answered. */
export interface Destination {
  readonly device: Device;
  readonly target: DialTarget;
  /** What it is shown. */
  readonly callerId: CallerId;
  readonly timeoutMs: number;
}

/** Attached data (AssociateData): JSON values by key. */
export type CallData = Readonly<Record<string, unknown>>;

/**
 * The relation between devices that hear each other. Immutable: a change gives a new object that shares what did not
 * change, so a conference of a thousand costs no copy of its roster. Made only by `evolve` from events.
 */
export interface Call {
  /** 20 hex digits. */
  readonly id: string;
  readonly organizationId: string;
  readonly kind: CallKind;
  readonly conference: ConferencePolicy | null;
  /** Who called whom, where that is fixed: kinds `call` and `access`. */
  readonly from: Device | null;
  readonly to: Device | null;
  /** The call this one consults for. */
  readonly parent: string | null;
  /** By connection id; iterates in order of joining. Cleared connections are not in it. */
  readonly connections: ReadonlyMap<string, Connection>;
  /** Number of the last event. */
  readonly seq: number;
  /** ms since the epoch: first event, last event. */
  readonly createdAt: number;
  readonly updatedAt: number;
  /** When a phone first rang in it. */
  readonly alertedAt: number | null;
  readonly data: CallData;
  readonly locked: boolean;
  /** A conference that waits for its first moderator: participants hear music, not each other. */
  readonly waiting: boolean;
  readonly recording: boolean;
  /** A mixing room is open for it. */
  readonly room: boolean;
  readonly ended: boolean;
  readonly destination: Destination | null;
  /** Counts kept by `evolve`: connections in state `connected`; in `connected` or `hold`; moderators among the latter. */
  readonly connected: number;
  readonly answered: number;
  readonly moderators: number;
  /** Connections that ever came in; gives the next ordinal. */
  readonly joins: number;
}

/** A call as its first event opens it. */
export interface CallSeed {
  readonly organizationId: string;
  readonly kind: CallKind;
  readonly conference: ConferencePolicy | null;
  readonly from: Device | null;
  readonly to: Device | null;
  readonly parent: string | null;
  readonly data: CallData;
  readonly destination: Destination | null;
}

/** One connection of one call. */
export interface CallRef {
  readonly callId: string;
  readonly connectionId: string;
}
