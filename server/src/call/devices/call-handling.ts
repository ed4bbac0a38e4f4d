import { AppError } from '../../base/app-error.ts';
import { callError } from '../model/call-error.ts';
import { type Device, type ExtensionDevice, isPhoneOf } from '../model/device.ts';
import type { CallHandling, DirectoryPort } from '../ports.ts';
import type { AgentDevice } from './agent-device.ts';
import type { DeviceRuntime } from './device-runtime.ts';

/** What is asked of the directory. */
type Numbers = Pick<DirectoryPort, 'route'> & {
  /** Null: there is no such terminal extension. */
  callerOf(extensionId: string): Omit<ExtensionDevice, 'kind'> | null;
};

const rings: CallHandling = { does: 'ring' };

/**
 * What a device does with calls to it: forwarded, they go where its user could dial, charged to that user and within
 * the user's budgets; not to be disturbed, it is busy; else it rings. Forwarding comes first: it disturbs nobody.
 */
export function callHandling(devices: Pick<DeviceRuntime, 'get'>, numbers: Numbers, device: Device): CallHandling {
  if (device.kind !== 'extension') return rings;
  const set = devices.get(device.extensionId);
  if (set === null) return rings;
  if (set.forwardTo !== null) {
    const next = placeOf(numbers, set, set.forwardTo);
    return 'refused' in next
      ? { does: 'refuse', cause: 'destNotObtainable' }
      : { does: 'forward', number: set.forwardTo, ...next };
  }
  return set.doNotDisturb ? { does: 'refuse', cause: 'busy' } : rings;
}

/** Throws AppError destinationNotAllowed, invalidArgument when calls to the device cannot be forwarded there. */
export function checkForwarding(numbers: Numbers, device: AgentDevice, to: string): void {
  const place = placeOf(numbers, device, to);
  if ('refused' in place) {
    if (place.refused === 403) throw callError('destinationNotAllowed', 'The dial plan does not lead to this number.');
    throw new AppError('invalidArgument', 'Calls can be forwarded to phones and to numbers of the dial plan.');
  }
  if (isPhoneOf(place.device, device.extensionId)) {
    throw new AppError('invalidArgument', 'A phone cannot be forwarded to itself.');
  }
}

type Place = Pick<Extract<CallHandling, { readonly does: 'forward' }>, 'device' | 'target'>;

/** What its user would reach by dialling this number: a phone, or a number over a trunk, under the user's account. */
function placeOf(numbers: Numbers, { extensionId }: AgentDevice, to: string): Place | { readonly refused: 403 | 404 } {
  const caller = numbers.callerOf(extensionId);
  if (caller === null) return { refused: 404 };
  const route = numbers.route(to, { ...caller, kind: 'extension' });
  switch (route.kind) {
    case 'terminal':
      return { device: route.device, target: { kind: 'terminal', aor: route.aor } };
    case 'trunk': {
      const { trunk, number, account } = route;
      return { device: { kind: 'external', number, name: '' }, target: { kind: 'trunk', trunk, number, account } };
    }
    case 'conference':
      return { refused: 404 };
    case 'refused':
      return { refused: route.status };
  }
}
