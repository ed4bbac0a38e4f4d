import type { FastifyRequest } from 'fastify';
import type { Dial } from '../../../../../call/model/call.ts';
import type { Connection } from '../../../../../call/model/connection.ts';
import type { CallerId } from '../../../../../call/model/device.ts';
import { type Reach, reach } from '../../../../reach.ts';
import { unifiedApiError } from '../../errors.ts';
import type { ExtensionFacts } from '../../users.ts';
import { readCallerId } from '../caller-id.ts';
import { chargedExtension, conferenceSide, type LivePhoneCall } from '../live.ts';
import { readNumbers, readText } from '../payload.ts';
import { perspectivesOf } from '../perspectives.ts';
import type { PathScope, PhoneCallDeps } from '../scope.ts';
import { readWait } from '../seconds.ts';

/** A PhoneCallAction on one running phone call. */
export interface Action {
  readonly deps: PhoneCallDeps;
  readonly request: FastifyRequest;
  readonly scope: PathScope;
  readonly live: LivePhoneCall;
  /** The body. Each action reads what it knows. */
  readonly given: Readonly<Record<string, unknown>>;
}

/** Does what the action says. Gives the id under which the phone call goes on, where that is another than before. */
export type Perform = (action: Action) => Promise<string | null>;

/**
 * The connection whose view is meant by `phoneCallViewId`; where it is missing, that of the path's extension, else the
 * first. Throws `pc_view_invalid`.
 */
export function viewedConnection({ live, given, scope }: Action): Connection {
  const perspectives = perspectivesOf(live).filter(({ connection }) => connection !== null);
  const viewId = readText(given['phoneCallViewId'], 'pc_view_invalid');
  const found =
    viewId === null
      ? (perspectives.find(({ extensionId }) => scope.extensionIds.has(extensionId)) ?? perspectives[0])
      : perspectives.find(({ id }) => Number(id) === numberOf(viewId));
  if (found?.connection == null) throw unifiedApiError('pc_view_invalid');
  return found.connection;
}

/**
 * What concerns everybody in a conference is for the owner of its extension; of one's own phone in the conference of
 * another it may not be asked. Throws `pc_view_invalid`.
 */
export function checkWholeCall({ live, scope }: Action): void {
  if (live.connection === null) return;
  const conference = conferenceSide(live.call);
  if (conference === null || !scope.extensionIds.has(conference.extensionId)) throw unifiedApiError('pc_view_invalid');
}

/** `00`, `0` and 0 are the same view. */
function numberOf(viewId: string): number {
  return /^[0-9]{1,4}$/.test(viewId) ? Number(viewId) : -1;
}

/** The extension on whose behalf a phone is dialled: that of the path, else the one that is charged. */
export function actingExtension({ deps, scope, live }: Action): ExtensionFacts {
  const charged = chargedExtension(live);
  const extension = scope.extension ?? (charged === null ? null : deps.directory.extensionById(charged));
  if (extension === null) throw unifiedApiError('extension_invalid');
  return extension;
}

/** What `sendCallTo` means. Throws `pc_sendcallto_invalid`. `terminal`: it must be a phone of the organization. */
export function readSendCallTo(action: Action, allowed: 'terminal' | 'any'): Reach {
  const [number = '', ...more] = readNumbers(action.given['sendCallTo'], 'pc_sendcallto_invalid');
  const found = more.length > 0 ? null : reach(action.deps.directory, actingExtension(action), number);
  if (found === null || (allowed === 'terminal' && found.isPublic)) throw unifiedApiError('pc_sendcallto_invalid');
  return found;
}

/**
 * How the phone is dialled that is called for somebody: it is shown `callerId`, rings as long as the action says, and
 * is there, since else nobody would be left to talk to. Throws `pc_timeout_invalid`, `pc_unreachable`.
 */
export function readDial(action: Action, { device, target }: Reach, callerId: CallerId): Dial {
  const timeoutMs = readActionWait(action);
  if (device.kind === 'extension' && action.deps.registrations(device.extensionId).length === 0) {
    throw unifiedApiError('pc_unreachable');
  }
  return { device, target, callerId, timeoutMs };
}

/** `waitForPickup` in ms. Throws `pc_timeout_invalid`. */
export function readActionWait({ given }: Action): number {
  return readWait(given['waitForPickup'] ?? given['waitForPickUp']);
}

/** What a public number is shown: what the action says, else the extension, since no other number is ours to show. */
export function readPublicCallerId(action: Action): CallerId {
  return readCallerId(action.given['callerId']) ?? actingExtension(action).callerId;
}

/**
 * What the phone that is dialled is shown: what the action says, else who it will talk to. Throws
 * `pc_callerid_invalid`.
 */
export function readActionCallerId({ given }: Action, other: Connection | null): CallerId {
  const callerId = readCallerId(given['callerId']);
  if (callerId !== null) return callerId;
  return other === null ? { name: '', number: '' } : { name: other.device.name, number: other.device.number };
}
