import { AppError } from '../../base/app-error.ts';

/** What an agent does (CSTA agent state). */
export const agentStates = ['loggedOff', 'loggedOn', 'ready', 'notReady', 'workingAfterCall'] as const;
export type AgentStateName = (typeof agentStates)[number];

export interface AgentState {
  readonly state: AgentStateName;
  /** Which of several such states, by the name that who set it gives it (CSTA reason); null: the plain one. */
  readonly reason: string | null;
}

/** Whose calls a supervisor's device is called into when they begin. */
export interface Monitoring {
  readonly mode: 'listen' | 'coach' | 'barge';
  /** The next one only, or all. */
  readonly calls: 'next' | 'all';
  /** `agent`: as long as the agent is in the call; `call`: to the end of the call. */
  readonly scope: 'agent' | 'call';
  /** Id of the agent's extension. */
  readonly target: string;
}

/**
 * What is set for one terminal extension, whatever calls it is in (CSTA logical device features). Immutable, plain
 * data, no secret: each event of its stream holds all of it, so the last event alone says what it is now.
 */
export interface AgentDevice {
  readonly extensionId: string;
  readonly organizationId: string;
  readonly agentState: AgentState;
  /** Its phones do not ring: who calls finds it busy. */
  readonly doNotDisturb: boolean;
  /** The number, as its user would dial it, that is called in its place; null: none. */
  readonly forwardTo: string | null;
  readonly monitoring: Monitoring | null;
}

/** A device of which nothing has been said yet. */
export function untouched({
  organizationId,
  extensionId,
}: Pick<AgentDevice, 'organizationId' | 'extensionId'>): AgentDevice {
  return {
    extensionId,
    organizationId,
    agentState: { state: 'loggedOff', reason: null },
    doNotDisturb: false,
    forwardTo: null,
    monitoring: null,
  };
}

/** One thing that is set. */
export type DeviceSetting =
  | { readonly set: 'agentState'; readonly state: AgentStateName; readonly reason?: string | null }
  | { readonly set: 'doNotDisturb'; readonly on: boolean }
  | { readonly set: 'forwarding'; readonly to: string | null }
  | { readonly set: 'monitoring'; readonly monitoring: Monitoring | null };

export const deviceEventTypes = [
  'agentLoggedOff',
  'agentLoggedOn',
  'agentReady',
  'agentNotReady',
  'agentWorkingAfterCall',
  'doNotDisturb',
  'forwarding',
  'monitoring',
] as const;
export type DeviceEventType = (typeof deviceEventTypes)[number];

/** What happened, and the device after it. */
export interface DeviceChanged {
  readonly type: DeviceEventType;
  readonly device: AgentDevice;
}

const eventOfState: Readonly<Record<AgentStateName, DeviceEventType>> = {
  loggedOff: 'agentLoggedOff',
  loggedOn: 'agentLoggedOn',
  ready: 'agentReady',
  notReady: 'agentNotReady',
  workingAfterCall: 'agentWorkingAfterCall',
};

const longestReason = 64;
/** As what a phone may dial. */
const dialled = /^[0-9*#+]{1,40}$/;

/**
 * What comes of a setting, in the order in which it is to be told; nothing when it is so already. Throws AppError
 * invalidState, invalidArgument.
 *
 *   from \ to        | loggedOff | loggedOn | ready, notReady, workingAfterCall
 *   loggedOff        | –         | yes      | no: log on first
 *   any other        | yes       | –        | yes
 */
export function settle(device: AgentDevice, setting: DeviceSetting): readonly DeviceChanged[] {
  switch (setting.set) {
    case 'agentState':
      return agentState(device, setting.state, setting.reason ?? null);
    case 'doNotDisturb':
      if (device.doNotDisturb === setting.on) return [];
      return [{ type: 'doNotDisturb', device: { ...device, doNotDisturb: setting.on } }];
    case 'forwarding':
      return forwarding(device, setting.to);
    case 'monitoring':
      return monitoring(device, setting.monitoring);
  }
}

function agentState(device: AgentDevice, state: AgentStateName, reason: string | null): readonly DeviceChanged[] {
  const now = device.agentState;
  if (reason !== null && (reason === '' || reason.length > longestReason)) {
    throw new AppError('invalidArgument', 'A reason has 1 to 64 characters.');
  }
  if (now.state === state && now.reason === reason) return [];
  if (state === 'loggedOn' && now.state !== 'loggedOff') return [];
  if (now.state === 'loggedOff' && state !== 'loggedOn') {
    throw new AppError('invalidState', 'This agent has not logged on.', { extensionId: device.extensionId });
  }
  const changed = { type: eventOfState[state], device: { ...device, agentState: { state, reason } } };
  if (state !== 'loggedOff' || device.monitoring === null) return [changed];
  // Who is not there supervises nobody.
  const alone = { ...device, monitoring: null };
  return [
    { type: 'monitoring', device: alone },
    { ...changed, device: { ...changed.device, monitoring: null } },
  ];
}

function forwarding(device: AgentDevice, forwardTo: string | null): readonly DeviceChanged[] {
  if (forwardTo !== null && !dialled.test(forwardTo)) {
    throw new AppError('invalidArgument', 'Calls are forwarded to a number: 1 to 40 of 0-9, *, #, +.');
  }
  return device.forwardTo === forwardTo ? [] : [{ type: 'forwarding', device: { ...device, forwardTo } }];
}

function monitoring(device: AgentDevice, next: Monitoring | null): readonly DeviceChanged[] {
  if (next?.target === device.extensionId) {
    throw new AppError('invalidArgument', 'A device cannot be supervised by its own user.', {
      extensionId: next.target,
    });
  }
  // Asked for once more it is told once more: a supervisor that has left is called again.
  if (next === null && device.monitoring === null) return [];
  return [{ type: 'monitoring', device: { ...device, monitoring: next } }];
}
