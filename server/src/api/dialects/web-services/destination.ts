import type { Admission, Route } from '../../../call/ports.ts';
import { type Reach, reachOf, routeFrom } from '../../reach.ts';
import type { WebServicesDeps } from './deps.ts';
import { WebServicesError } from './errors.ts';
import type { Terminal } from './own-devices.ts';

type ConferenceRoute = Extract<Route, { readonly kind: 'conference' }>;

/** Where a dialled number leads: to a phone, or to a conference. */
export type Destination =
  | (Reach & { readonly kind: 'phone' })
  | { readonly kind: 'conference'; readonly route: ConferenceRoute; readonly admission: Admitted };

/** Let in at once, or to be asked for what is missing. */
type Admitted = Extract<Admission, { readonly result: 'admitted' | 'numberNeeded' | 'pinNeeded' }>;

/** How long a phone rings, ms. */
export const ringMs = 25_000;

/**
 * Resolves what a device's user dials, as if the phone itself had dialled it. Throws `invalid`, `forbidden`, `notNow`,
 * `internal`.
 */
export function destinationOf(deps: WebServicesDeps, from: Terminal, number: string): Destination {
  const route = routeFrom(deps.directory, from, number);
  if (route.kind === 'refused') {
    if (route.status === 403) throw new WebServicesError('forbidden', 'This number is not allowed to be called.');
    throw new WebServicesError('invalid', 'There is no such number.');
  }
  if (route.kind === 'conference') return { kind: 'conference', route, admission: admit(deps, from, route) };
  const found = reachOf(route, number)!;
  if (found.device.kind === 'extension') {
    const { extensionId } = found.device;
    if (extensionId === from.id) throw new WebServicesError('invalid', 'A device cannot call itself.');
    checkRegistered(deps, extensionId, found.device.number);
  }
  return { kind: 'phone', ...found };
}

/** As `destinationOf`, where only a phone will do. */
export function phoneOf(deps: WebServicesDeps, from: Terminal, number: string): Reach {
  const found = destinationOf(deps, from, number);
  if (found.kind === 'phone') return found;
  throw new WebServicesError('invalid', 'A conference cannot be called here: have the other party dial it.');
}

/** Into a conference where nobody can be asked for what is missing. Throws `invalid`. */
export function admittedTo({ admission }: Extract<Destination, { kind: 'conference' }>) {
  if (admission.result === 'admitted') return admission;
  throw new WebServicesError('invalid', 'The conference needs its number and its PIN: 211*3*PIN.');
}

/** What a client is told of a phone that is not there. */
export function checkRegistered(
  deps: Pick<WebServicesDeps, 'registrations'>,
  extensionId: string,
  number: string,
): void {
  if (deps.registrations(extensionId).length > 0) return;
  throw new WebServicesError('internal', `Device '${number}' is not registered.`);
}

function admit({ directory }: WebServicesDeps, from: Terminal, route: ConferenceRoute): Admitted {
  const { extensionId, conferenceNumber, pin } = route;
  const admission = directory.admit({
    extensionId,
    conferenceNumber,
    pin,
    // Wrong PINs count for the phone, whoever dials them on it.
    callerKey: `extension:${from.id}`,
    authenticated: true,
  });
  switch (admission.result) {
    case 'unknownNumber':
      throw new WebServicesError('invalid', 'There is no such conference.');
    case 'wrongPin':
      throw new WebServicesError('forbidden', 'The PIN of the conference is wrong.');
    case 'lockedOut':
      throw new WebServicesError('forbidden', 'Too many wrong PINs were given. Try again later.');
    case 'closed':
      throw new WebServicesError('notNow', 'The conference is not open at this time.');
    default:
      return admission;
  }
}
