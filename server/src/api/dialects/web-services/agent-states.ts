import type { AgentState } from '../../../call/devices/agent-device.ts';

/** One of the states that an agent can ask for. Clients know the ids. */
export interface KnownState {
  readonly id: string;
  /** By what it is asked for. */
  readonly operationName: string;
  readonly displayName: string;
  readonly state: 'Ready' | 'NotReady' | 'Logout';
  readonly workMode?: string;
}

interface Row extends KnownState {
  /** What it is in the call model. */
  readonly is: AgentState;
}

const rows: readonly Row[] = [
  {
    id: '9430250E-0A1B-421F-B372-F29E69366DED',
    operationName: 'Ready',
    displayName: 'Ready',
    state: 'Ready',
    is: { state: 'ready', reason: null },
  },
  {
    id: '900D55CC-2BB0-431F-8BF9-D3525B383BE6',
    operationName: 'NotReady',
    displayName: 'Not Ready',
    state: 'NotReady',
    is: { state: 'notReady', reason: null },
  },
  {
    id: '2B36138D-C564-4562-A8CB-3C32D564F296',
    operationName: 'AuxWork',
    displayName: 'AuxWork',
    state: 'NotReady',
    workMode: 'AuxWork',
    is: { state: 'notReady', reason: 'AuxWork' },
  },
  {
    id: 'D3663509-3D82-4DD3-A82E-2EA8EFA02AEF',
    operationName: 'AfterCallWork',
    displayName: 'AfterCallWork',
    state: 'NotReady',
    workMode: 'AfterCallWork',
    is: { state: 'workingAfterCall', reason: null },
  },
  {
    id: '0F7F5003-EF26-4D13-A6Ef-D0C7EC819BEB',
    operationName: 'Offline',
    displayName: 'Offline',
    state: 'Logout',
    is: { state: 'loggedOff', reason: null },
  },
];

/** The states as the settings list them. */
export const agentStates: readonly KnownState[] = rows.map(({ is: _is, ...known }) => known);

/** What is to be set for this operation; null: there is no such state. */
export function stateAskedFor(operationName: string): AgentState | null {
  return rows.find((row) => row.operationName === operationName)?.is ?? null;
}

/** The state as a device shows it. */
export interface UserStateJson {
  readonly id?: string;
  readonly displayName?: string;
  readonly state: 'LoggedIn' | 'LoggedOut' | 'Ready' | 'NotReady';
  readonly workMode?: string;
  readonly reason?: string;
}

export function showState({ state, reason }: AgentState): UserStateJson {
  if (state === 'loggedOn') return { state: 'LoggedIn' };
  const row =
    rows.find(({ is }) => is.state === state && is.reason === reason) ?? rows.find(({ is }) => is.state === state)!;
  const { id, displayName, workMode } = row;
  const shown = row.state === 'Logout' ? 'LoggedOut' : row.state;
  return {
    id,
    displayName,
    state: shown,
    ...(workMode === undefined ? {} : { workMode }),
    ...(reason === null || reason === row.is.reason ? {} : { reason }),
  };
}
