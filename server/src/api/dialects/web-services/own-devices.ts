import type { ExtensionView, UserView } from '../../../directory/directory-views.ts';
import type { WebServicesDeps } from './deps.ts';
import type { DeviceSeat } from './device-view.ts';
import { WebServicesError } from './errors.ts';
import { feature } from './features.ts';
import { callOfId, extensionOfDevice } from './ids.ts';
import { type Seat, shownIdOf } from './seat.ts';
import { seatsOf } from './seats.ts';

/** A terminal extension: a phone can be called for it. */
export type Terminal = ExtensionView & { readonly aor: string };

/** Each terminal extension of the user is a device of it. */
export function ownTerminals({ directory }: Pick<WebServicesDeps, 'directory'>, user: UserView): readonly Terminal[] {
  return directory.extensionsOfUser(user.organizationId, user.id).filter(isTerminal);
}

/** Throws `notFound`: what is somebody else's is not there. */
export function ownDevice(deps: Pick<WebServicesDeps, 'directory'>, user: UserView, deviceId: string): Terminal {
  const extensionId = extensionOfDevice(deviceId);
  const found = ownTerminals(deps, user).find(({ id }) => id === extensionId);
  if (found === undefined) throw noDevice();
  return found;
}

/** Who may monitor sees the devices of the organization besides. Throws `notFound`. */
export function seenDevice(deps: Pick<WebServicesDeps, 'directory'>, user: UserView, deviceId: string): Terminal {
  const extensionId = extensionOfDevice(deviceId);
  const extension = extensionId === null ? null : deps.directory.extensionById(extensionId);
  if (extension === null || !isTerminal(extension) || extension.organizationId !== user.organizationId)
    throw noDevice();
  if (extension.userId !== user.id && !user.features.includes(feature.monitoring)) throw noDevice();
  return extension;
}

/** Of one answer. */
const mostMonitored = 200;

/**
 * Devices of others in the organization that are logged on or have a call. Throws `notFound` for who may not monitor.
 */
export function monitoredDevices(
  { devices, directory, runtime }: Pick<WebServicesDeps, 'devices' | 'directory' | 'runtime'>,
  user: UserView,
): readonly Terminal[] {
  if (!user.features.includes(feature.monitoring)) throw noDevice();
  const found: Terminal[] = [];
  const { organizationId } = user;
  for (const extension of directory.extensionsOf(organizationId)) {
    if (!isTerminal(extension) || extension.userId === user.id) continue;
    const isOff = devices.of({ organizationId, extensionId: extension.id }).agentState.state === 'loggedOff';
    if (isOff && runtime.connectionsOf(extension.id).length === 0) continue;
    if (found.push(extension) === mostMonitored) break;
  }
  return found;
}

/** A device as it is shown. */
export function shownDevice(
  { devices, registrations, states }: Pick<WebServicesDeps, 'devices' | 'registrations' | 'states'>,
  user: UserView,
  extension: Terminal,
): DeviceSeat {
  const { id: extensionId, organizationId } = extension;
  const device = devices.of({ organizationId, extensionId });
  return { extension, user, device, registered: registrations(extensionId).length > 0, states };
}

/** Running calls of the user's devices, device by device. */
export function ownSeats(
  deps: Pick<WebServicesDeps, 'directory' | 'runtime'>,
  user: UserView,
  terminals: readonly Terminal[] = ownTerminals(deps, user),
): readonly Seat[] {
  return terminals.flatMap(({ id }) => seatsOf(deps.runtime, user, id));
}

/**
 * Where the user sits in this call: more than one seat when several of its devices are in it, those that are logged on
 * first, then in the order in which they came. `at`: only at this device. Throws `notFound`.
 */
export function seatsInCall(
  deps: Pick<WebServicesDeps, 'directory' | 'runtime' | 'devices'>,
  user: UserView,
  callId: string,
  at: Terminal | null = null,
): readonly [Seat, ...Seat[]] {
  const id = callOfId(callId);
  const seats = ownSeats(deps, user, at === null ? undefined : [at]).filter((seat) => shownIdOf(seat) === id);
  const { organizationId } = user;
  const isOff = ({ extensionId }: Seat) =>
    deps.devices.of({ organizationId, extensionId }).agentState.state === 'loggedOff';
  const [first, ...others] = seats.toSorted(
    (a, b) => Number(isOff(a)) - Number(isOff(b)) || a.connection.ordinal - b.connection.ordinal,
  );
  if (first === undefined) throw new WebServicesError('notFound', 'There is no such call.');
  return [first, ...others];
}

function isTerminal(extension: ExtensionView): extension is Terminal {
  return extension.type === 'terminal' && extension.aor !== null;
}

function noDevice(): WebServicesError {
  return new WebServicesError('notFound', 'There is no such device.');
}
