import type { Call } from '../../../../call/model/call.ts';
import type { Connection } from '../../../../call/model/connection.ts';
import type { Device } from '../../../../call/model/device.ts';

/** Somebody as a receiver is told of him. */
export interface Somebody {
  readonly number: string;
  readonly name: string;
  /** Null: none of ours. */
  readonly extensionId: string | null;
}

/**
 * One connection as an extension sees it: the phone call it is for that extension, which way it goes, who the other one
 * is.
 */
export interface ExtensionView {
  /** The same for as long as it is the same phone call for the same extension, whatever call its leg is in. */
  readonly key: string;
  readonly extensionId: string;
  /**
   * Id of the phone call: that of a two-party call; of somebody in a conference, or on the way to one, that of the leg.
   */
  readonly phoneCallId: string;
  readonly flow: 'in' | 'out';
  readonly answered: boolean;
  readonly caller: Somebody;
  readonly called: Somebody;
}

/**
 * How extensions see this connection now: none of ours is in it, one, or (a phone of ours in a conference of ours) two.
 */
export function viewsOf(call: Call, connection: Connection): ExtensionView[] {
  // Its leg serves another connection, which has the views.
  if (connection.moved) return [];
  const room = roomOf(call);
  return room === null ? viewOfParty(call, connection) : viewsOfConferee(room, connection, connection.legId);
}

/** The conference extension that a conference belongs to, or that somebody is on the way to. */
function roomOf(call: Call): Somebody | null {
  if (call.conference !== null) {
    const { extensionNumber: number, name, extensionId } = call.conference;
    return { number, name, extensionId };
  }
  return call.kind === 'access' && call.to !== null ? somebody(call.to) : null;
}

function viewsOfConferee(room: Somebody, connection: Connection, legId: string): ExtensionView[] {
  const conferee = somebody(connection.device);
  const came = connection.direction === 'incoming';
  const shared = {
    phoneCallId: legId,
    answered: connection.answeredAt !== null,
    caller: came ? conferee : shownTo(connection, room),
    called: came ? room : conferee,
  };
  const views: ExtensionView[] = [];
  // A supervisor is not part of the conference.
  if (room.extensionId !== null && connection.role !== 'supervisor') {
    const { extensionId } = room;
    views.push({ key: `${legId} room ${extensionId}`, extensionId, flow: came ? 'in' : 'out', ...shared });
  }
  if (connection.device.kind === 'extension') {
    const { extensionId } = connection.device;
    views.push({ key: `${legId} phone ${extensionId}`, extensionId, flow: came ? 'out' : 'in', ...shared });
  }
  return views;
}

function viewOfParty(call: Call, connection: Connection): ExtensionView[] {
  if (connection.device.kind !== 'extension') return [];
  const { extensionId } = connection.device;
  const own = somebody(connection.device);
  const origin = isOrigin(call, connection);
  const others = [...call.connections.values()].filter((other) => other.id !== connection.id);
  const first = others.find((other) => other.role !== 'supervisor');
  // Who begins it talks when somebody he called does.
  const heard = others.some((other) => other.answeredAt !== null && !isOrigin(call, other));
  const other = (fixed: Device | null) => somebody(fixed ?? first?.device ?? null);
  return [
    {
      key: `${call.id} ${connection.id}`,
      extensionId,
      phoneCallId: call.id,
      flow: origin ? 'out' : 'in',
      answered: connection.answeredAt !== null && (!origin || heard),
      caller: origin ? own : shownTo(connection, other(call.from)),
      called: origin ? other(call.to) : own,
    },
  ];
}

/** Whether this phone makes the call: it called us, or we called it first so that it could. */
export function isOrigin(call: Call, connection: Connection): boolean {
  if (connection.role === 'supervisor') return false;
  if (connection.direction === 'incoming' || connection.ordinal === 1) return true;
  return connection.hunt !== null && connection.hunt === call.originHunt;
}

/** The caller as the dialled phone was shown him. */
function shownTo(connection: Connection, caller: Somebody): Somebody {
  return connection.shown === null ? caller : { ...connection.shown, extensionId: caller.extensionId };
}

function somebody(device: Device | null): Somebody {
  if (device === null) return { number: '', name: '', extensionId: null };
  const { number, name } = device;
  return { number, name, extensionId: device.kind === 'external' ? null : device.extensionId };
}
