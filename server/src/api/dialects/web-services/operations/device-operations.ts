import type { DeviceSetting, Monitoring } from '../../../../call/devices/agent-device.ts';
import type { UserView } from '../../../../directory/directory-views.ts';
import type { WebServicesDeps } from '../deps.ts';
import { destinationOf } from '../destination.ts';
import { type DeviceOperation, deviceCapabilitiesOf, deviceOperations } from '../device-view.ts';
import { WebServicesError } from '../errors.ts';
import { feature } from '../features.ts';
import { lastPart } from '../links.ts';
import { ownDevice, seenDevice, shownDevice, type Terminal } from '../own-devices.ts';
import { checkFeature } from './call-operations.ts';
import { dispositionOperation, setDisposition } from './disposition.ts';
import {
  type Parameters,
  readChoice,
  readDestination,
  readOperation,
  readText,
  unknownOperation,
} from './parameters.ts';

interface DeviceAction {
  readonly deps: WebServicesDeps;
  readonly user: UserView;
  readonly device: Terminal;
  readonly parameters: Parameters;
}

type Handler = (action: DeviceAction) => Promise<unknown>;

const handlers: Readonly<Record<DeviceOperation, Handler>> = {
  DoNotDisturbOn: (action) => set(action, { set: 'doNotDisturb', on: true }),
  DoNotDisturbOff: (action) => set(action, { set: 'doNotDisturb', on: false }),
  async ForwardCallsOn(action) {
    const to = readDestination(action.parameters);
    // What cannot be called cannot be forwarded to.
    destinationOf(action.deps, action.device, to);
    await set(action, { set: 'forwarding', to });
  },
  ForwardCallsOff: (action) => set(action, { set: 'forwarding', to: null }),
  ListenIn: monitor('listen'),
  Coach: monitor('coach'),
  BargeIn: monitor('barge'),
  CancelSupervisorMonitoring: (action) => set(action, { set: 'monitoring', monitoring: null }),
};

/** POST of an operation on one of the user's devices. Errors in the order of those on calls. */
export async function operateDevice(
  deps: WebServicesDeps,
  user: UserView,
  deviceId: string,
  body: unknown,
): Promise<object> {
  const { name, parameters } = readOperation(body);
  const device = ownDevice(deps, user, deviceId);
  const operation = deviceOperations.find((one) => one === name);
  if (operation === undefined && name !== dispositionOperation) throw unknownOperation(name);
  checkFeature(user, feature.voice);
  const action = { deps, user, device, parameters };
  if (operation === undefined) {
    await setDisposition(deps, user, parameters, null);
    return {};
  }
  if (monitoringOperations.has(operation)) checkFeature(user, feature.monitoring);
  if (!deviceCapabilitiesOf(shownDevice(deps, user, device)).includes(operation)) {
    throw new WebServicesError('notNow', `${operation} is not possible now.`);
  }
  await handlers[operation](action);
  return {};
}

const monitoringOperations: ReadonlySet<DeviceOperation> = new Set([
  'ListenIn',
  'Coach',
  'BargeIn',
  'CancelSupervisorMonitoring',
]);

function set({ deps, device }: DeviceAction, setting: DeviceSetting): Promise<unknown> {
  return deps.devices.do({ organizationId: device.organizationId, extensionId: device.id, ...setting });
}

function monitor(mode: Monitoring['mode']): Handler {
  return async (action) => {
    const { deps, user, parameters, device } = action;
    const target = seenDevice(deps, user, lastPart(readText(parameters, 'targetDeviceUri', 2048)));
    const scope = readChoice(parameters, 'supervisorMonitoringScope', ['Agent', 'Call'], 'Call');
    const calls = readChoice(parameters, 'supervisorMonitoringMode', ['NextCall', 'AllCalls'], 'AllCalls');
    if (target.id === device.id) throw new WebServicesError('invalid', 'A device cannot monitor itself.');
    await set(action, {
      set: 'monitoring',
      monitoring: {
        mode,
        calls: calls === 'NextCall' ? 'next' : 'all',
        scope: scope === 'Agent' ? 'agent' : 'call',
        target: target.id,
      },
    });
  };
}
