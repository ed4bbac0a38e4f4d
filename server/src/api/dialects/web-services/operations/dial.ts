import { newId } from '../../../../base/id.ts';
import type { Random } from '../../../../base/random.ts';
import { makeCall } from '../../../../call/services/make-call.ts';
import { singleStepConference } from '../../../../call/services/single-step-conference.ts';
import type { UserView } from '../../../../directory/directory-views.ts';
import type { WebServicesDeps } from '../deps.ts';
import { checkRegistered, type Destination, destinationOf, ringMs } from '../destination.ts';
import { WebServicesError } from '../errors.ts';
import { feature } from '../features.ts';
import { ownDevice, ownSeats, type Terminal } from '../own-devices.ts';
import type { Seat } from '../seat.ts';
import { checkFeature } from './call-operations.ts';
import {
  type Parameters,
  readDestination,
  readOperation,
  readOptionalUserData,
  unknownOperation,
} from './parameters.ts';

type Conference = Extract<Destination, { kind: 'conference' }>;

/**
 * POST of `Dial` on a device: its phone rings, and when it is answered, or answers by itself, what was dialled is
 * called.
 */
export async function dial(
  deps: WebServicesDeps & { readonly random: Random },
  user: UserView,
  deviceId: string,
  body: unknown,
): Promise<object> {
  const { name, parameters } = readOperation(body);
  const device = ownDevice(deps, user, deviceId);
  if (name !== 'Dial') throw unknownOperation(name);
  checkFeature(user, feature.voice);
  const data = readOptionalUserData(parameters) ?? {};
  const number = readDestination(parameters);
  const fromLeg = heldLegOf(deps, user, device);
  checkRegistered(deps, device.id, device.number);
  const destination = destinationOf(deps, device, number);
  if (destination.kind === 'phone') await toPhone(deps, device, destination, data, fromLeg);
  else {
    checkNotIn(deps, user, device, destination);
    await toConference(deps, device, destination, data);
  }
  return {};
}

/**
 * The leg of a phone whose calls are all on hold, where the new one begins; null: it is in no call, or holds by itself,
 * so that nothing would be heard on that leg, or in a call of another organization, whose sound is mixed elsewhere, and
 * is called. One that talks, or rings, dials nothing. Throws `notNow`.
 */
function heldLegOf(deps: WebServicesDeps, user: UserView, device: Terminal): string | null {
  const seats = ownSeats(deps, user, [device]);
  if (seats.some(({ connection }) => connection.state !== 'hold')) {
    throw new WebServicesError('notNow', 'The device is in a call: put that on hold, or end it, first.');
  }
  const isElsewhere = ({ call }: Seat) => call.organizationId !== device.organizationId;
  const isSilent = (seat: Seat) => isHeldByPhone(seat) || isElsewhere(seat);
  const silent = new Set(seats.filter(isSilent).map(({ connection }) => connection.legId));
  return seats.findLast(({ connection }) => !silent.has(connection.legId))?.connection.legId ?? null;
}

function isHeldByPhone({ connection: { legHere, heldThere } }: Seat): boolean {
  return legHere && heldThere !== undefined && heldThere !== 'atOnce';
}

/** In a conference that it holds a phone would be twice, and its user is told of one place alone. Throws `notNow`. */
function checkNotIn(deps: WebServicesDeps, user: UserView, device: Terminal, { admission }: Conference): void {
  if (admission.result !== 'admitted') return;
  const { conferenceId } = admission.policy;
  if (ownSeats(deps, user, [device]).some(({ call }) => call.conference?.conferenceId === conferenceId)) {
    throw new WebServicesError('notNow', 'The device is in this conference already: retrieve it.');
  }
}

async function toPhone(
  { runtime }: WebServicesDeps,
  device: Terminal,
  to: Extract<Destination, { kind: 'phone' }>,
  data: Parameters,
  fromLeg: string | null,
): Promise<void> {
  await runtime.do(makeCall, {
    kind: 'call',
    ...(fromLeg === null ? { autoAnswer: true } : { fromLeg }),
    organizationId: device.organizationId,
    from: device.device!,
    fromTarget: { kind: 'terminal', aor: device.aor },
    callerId: { name: to.device.name, number: to.device.number },
    to: to.device,
    toTarget: to.target,
    toCallerId: device.callerId,
    timeoutMs: ringMs,
    data,
    charged: device.id,
  });
}

/** Whose PIN is known comes in at once; who is to be asked for number or PIN is asked on the phone. */
async function toConference(
  { runtime, keepPin, random }: WebServicesDeps & { readonly random: Random },
  device: Terminal,
  { route, admission }: Conference,
  data: Parameters,
): Promise<void> {
  const phone = {
    device: device.device!,
    target: { kind: 'terminal', aor: device.aor } as const,
    callerId: { name: route.device.name, number: route.device.number },
    timeoutMs: ringMs,
    autoAnswer: true,
  };
  const charged = device.id;
  if (admission.result === 'admitted') {
    const { policy, role } = admission;
    await runtime.do(singleStepConference, { into: { policy }, role, ...phone, charged, attached: data });
    return;
  }
  const legId = newId(random);
  if (route.pin !== null) keepPin(legId, route.pin);
  await runtime.do(makeCall, {
    kind: 'access',
    // Of whom the conference is: its sound is mixed there.
    organizationId: route.organizationId,
    from: phone.device,
    fromTarget: phone.target,
    callerId: phone.callerId,
    to: route.device,
    toTarget: null,
    timeoutMs: ringMs,
    autoAnswer: true,
    data,
    legId,
    charged,
    conferenceNumber: route.conferenceNumber,
  });
}
