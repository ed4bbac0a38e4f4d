import { createHash } from 'node:crypto';
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

/** One that the configuration adds: not ready, for a reason of its own. */
export interface CustomState {
  readonly operationName: string;
  readonly displayName: string;
  readonly workMode: 'AuxWork' | 'AfterCallWork' | null;
}

/** The state as a device shows it. */
export interface UserStateJson {
  readonly id?: string;
  readonly displayName?: string;
  readonly state: 'LoggedIn' | 'LoggedOut' | 'Ready' | 'NotReady';
  readonly workMode?: string;
  readonly reason?: string;
}

/** The states of agents: those that clients know, and the configured ones. */
export class AgentStates {
  /** As the settings list them. */
  readonly known: readonly KnownState[];
  readonly #rows: readonly Row[];

  constructor(custom: readonly CustomState[]) {
    this.#rows = [...rows, ...custom.map(rowOf)];
    this.known = this.#rows.map(({ is: _is, ...known }) => known);
  }

  /** What is to be set for this operation; null: there is no such state. */
  askedFor(operationName: string): AgentState | null {
    return this.#rows.find((row) => row.operationName === operationName)?.is ?? null;
  }

  show({ state, reason }: AgentState): UserStateJson {
    if (state === 'loggedOn') return { state: 'LoggedIn' };
    const row =
      this.#rows.find(({ is }) => is.state === state && is.reason === reason) ??
      this.#rows.find(({ is }) => is.state === state)!;
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
}

function rowOf({ operationName, displayName, workMode }: CustomState): Row {
  return {
    id: idOf(operationName),
    operationName,
    displayName,
    state: 'NotReady',
    ...(workMode === null ? {} : { workMode }),
    is: { state: workMode === 'AfterCallWork' ? 'workingAfterCall' : 'notReady', reason: operationName },
  };
}

/** A UUID that follows from the name, version 8 (RFC 9562 §5.8): the same after a restart. */
function idOf(operationName: string): string {
  const digits = createHash('sha256').update(operationName).digest('hex').toUpperCase();
  const [a, b, c, d, e] = [
    [0, 8],
    [8, 12],
    [12, 15],
    [15, 18],
    [18, 30],
  ].map(([from, to]) => digits.slice(from, to));
  return `${a}-${b}-8${c}-A${d}-${e}`;
}

/** Without any that were configured. */
export const usualStates = new AgentStates([]);
