import { plainNumber } from '../base/telephone-number.ts';
import type { Device, DialTarget } from '../call/model/device.ts';
import type { Route } from '../call/ports.ts';
import type { Directory } from '../directory/directory.ts';
import type { ExtensionView } from '../directory/directory-views.ts';

/** Something that can be dialled. */
export interface Reach {
  readonly device: Device;
  readonly target: DialTarget;
  /** Over a trunk. */
  readonly isPublic: boolean;
}

type Dialling = Pick<Directory, 'route' | 'user'>;
type Dialler = Pick<ExtensionView, 'organizationId' | 'userId' | 'callerId' | 'number'>;

/** Where a number leads that is dialled on behalf of an extension, whose user is charged. */
export function routeFrom(directory: Dialling, extension: Dialler, number: string): Route {
  const { organizationId, userId, callerId } = extension;
  return directory.route(number, {
    kind: 'application',
    organizationId,
    account: directory.user(organizationId, userId)?.account ?? null,
    number: extension.number,
    name: callerId.name,
  });
}

/**
 * How a number is dialled on behalf of an extension, whose user is charged. Null: there is no such number, the dial
 * plan does not allow it, or it is a conference, which is never dialled by another call.
 */
export function reach(directory: Dialling, extension: Dialler, number: string): Reach | null {
  return reachOf(routeFrom(directory, extension, number), number);
}

/** What is to be dialled, where a route leads to a phone. */
export function reachOf(route: Route, number: string): Reach | null {
  if (route.kind === 'terminal') {
    return { device: route.device, target: { kind: 'terminal', aor: route.aor }, isPublic: false };
  }
  if (route.kind !== 'trunk') return null;
  return {
    device: { kind: 'external', number: plainNumber(number), name: '' },
    target: { kind: 'trunk', trunk: route.trunk, number: route.number, account: route.account },
    isPublic: true,
  };
}
