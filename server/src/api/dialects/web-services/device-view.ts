import type { AgentDevice } from '../../../call/devices/agent-device.ts';
import type { ExtensionView, UserView } from '../../../directory/directory-views.ts';
import { type AgentStates, type UserStateJson, usualStates } from './agent-states.ts';
import { feature } from './features.ts';
import { deviceIdOf, voiceEnvironmentId } from './ids.ts';
import { addressOf } from './links.ts';

/** What is set for a terminal extension. */
export type DeviceFacts = Pick<AgentDevice, 'agentState' | 'doNotDisturb' | 'forwardTo' | 'monitoring'>;

/** A terminal extension as its user sees it. */
export interface DeviceSeat {
  readonly extension: Pick<ExtensionView, 'id' | 'number' | 'publicNumbers'>;
  readonly user: Pick<UserView, 'features'>;
  readonly device: DeviceFacts;
  /** Whether a phone is registered for it. */
  readonly registered: boolean;
  /** Default: the usual ones. */
  readonly states?: AgentStates;
}

/** What may be asked of a device, in the order in which it is listed. */
export const deviceOperations = [
  'DoNotDisturbOn',
  'DoNotDisturbOff',
  'ForwardCallsOn',
  'ForwardCallsOff',
  'ListenIn',
  'Coach',
  'BargeIn',
  'CancelSupervisorMonitoring',
] as const;

export type DeviceOperation = (typeof deviceOperations)[number];

export interface MonitoringJson {
  readonly state: 'ListenIn' | 'Coach' | 'BargeIn';
  readonly mode: 'NextCall' | 'AllCalls';
  readonly scope: 'Agent' | 'Call';
  readonly targetDeviceUri: string;
}

export interface DeviceJson {
  readonly id: string;
  readonly deviceState: 'Active' | 'Inactive';
  readonly userState: UserStateJson;
  readonly phoneNumber: string;
  readonly description: string;
  readonly e164Number: string;
  readonly telephonyNetwork: 'Private';
  readonly doNotDisturb: 'On' | 'Off';
  readonly voiceEnvironmentUri: string;
  readonly capabilities: readonly DeviceOperation[];
  readonly channels: readonly ['voice'];
  readonly dynamicPhoneNumber: string;
  /** Ours: where calls go meanwhile. */
  readonly forwardTo?: string;
  readonly supervisorMonitoringState?: MonitoringJson;
  readonly uri: string;
  readonly path: string;
}

const states = { listen: 'ListenIn', coach: 'Coach', barge: 'BargeIn' } as const;

/** `base`: scheme, host and root of the links. */
export function deviceView(seat: DeviceSeat, base: string): DeviceJson {
  const { extension, device, registered, states: agentStates = usualStates } = seat;
  const { monitoring, forwardTo } = device;
  const id = deviceIdOf(extension.id);
  return {
    id,
    deviceState: registered ? 'Active' : 'Inactive',
    userState: agentStates.show(device.agentState),
    phoneNumber: extension.number,
    description: '',
    e164Number: extension.publicNumbers.find((number) => number.startsWith('+')) ?? '',
    telephonyNetwork: 'Private',
    doNotDisturb: device.doNotDisturb ? 'On' : 'Off',
    voiceEnvironmentUri: addressOf(base, `/voice-environments/${voiceEnvironmentId}`).uri,
    capabilities: deviceCapabilitiesOf(seat),
    channels: ['voice'],
    dynamicPhoneNumber: '',
    ...(forwardTo === null ? {} : { forwardTo }),
    ...(monitoring === null
      ? {}
      : {
          supervisorMonitoringState: {
            state: states[monitoring.mode],
            mode: monitoring.calls === 'next' ? 'NextCall' : 'AllCalls',
            scope: monitoring.scope === 'agent' ? 'Agent' : 'Call',
            targetDeviceUri: addressOf(base, `/devices/${deviceIdOf(monitoring.target)}`).uri,
          },
        }),
    ...addressOf(base, `/devices/${id}`),
  };
}

/** What may be asked of the device now: listed and accepted alike. */
export function deviceCapabilitiesOf({
  device,
  user,
}: Pick<DeviceSeat, 'device' | 'user'>): readonly DeviceOperation[] {
  if (!user.features.includes(feature.voice)) return [];
  const monitors = user.features.includes(feature.monitoring);
  const may: Readonly<Record<DeviceOperation, boolean>> = {
    DoNotDisturbOn: !device.doNotDisturb,
    DoNotDisturbOff: device.doNotDisturb,
    ForwardCallsOn: device.forwardTo === null,
    ForwardCallsOff: device.forwardTo !== null,
    ListenIn: monitors,
    Coach: monitors,
    BargeIn: monitors,
    CancelSupervisorMonitoring: monitors && device.monitoring !== null,
  };
  return deviceOperations.filter((operation) => may[operation]);
}
