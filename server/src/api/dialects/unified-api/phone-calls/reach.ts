import { plainNumber } from '../../../../base/telephone-number.ts';
import type { Device, DialTarget } from '../../../../call/model/device.ts';
import type { PhoneCallDirectory } from '../deps.ts';
import type { ExtensionFacts } from '../users.ts';

/** Something that can be dialled. */
export interface Reach {
  readonly device: Device;
  readonly target: DialTarget;
  /** Over a trunk. */
  readonly isPublic: boolean;
}

/**
 * How a number is dialled on behalf of an extension, whose user is charged. Null: there is no such number, the dial plan does not allow
 * it, or it is a conference, which is never dialled by another call.
 */
export function reach(
  directory: Pick<PhoneCallDirectory, 'route' | 'user'>,
  extension: ExtensionFacts,
  number: string,
): Reach | null {
  const { organizationId, userId, callerId } = extension;
  const account = directory.user(organizationId, userId)?.account ?? null;
  const route = directory.route(number, {
    kind: 'application',
    organizationId,
    account,
    number: extension.number,
    name: callerId.name,
  });
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
