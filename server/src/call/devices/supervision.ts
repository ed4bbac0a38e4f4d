import { coerceError } from '../../base/app-error.ts';
import type { Log } from '../../base/log.ts';
import type { Call, Dial } from '../model/call.ts';
import { ownExtension } from '../model/charged.ts';
import type { Connection } from '../model/connection.ts';
import type { CallEvent } from '../model/events.ts';
import type { CallRuntime } from '../runtime/runtime.ts';
import { clearConnection } from '../services/clear-connection.ts';
import { joinCall } from '../services/join-call.ts';
import type { AgentDevice, Monitoring } from './agent-device.ts';
import type { DeviceRuntime } from './device-runtime.ts';

export interface SupervisionOptions {
  readonly log: Log;
  readonly runtime: CallRuntime;
  readonly devices: DeviceRuntime;
  /** How a supervisor's phone is dialled; null: it is no phone any more, or may not supervise any more. */
  readonly phoneOf: (extensionId: string) => Pick<Dial, 'device' | 'target'> | null;
}

/** How long a supervisor's phone rings, ms. */
const timeoutMs = 30_000;

/** Where an agent talks. */
interface Place {
  readonly call: Call;
  readonly connection: Connection;
}

/**
 * Calls supervisors into the calls of agents, as is set for their devices: when two talk and one of them is the agent,
 * or the agent has come into a conference of its organization; whoever wants all calls, also into the one that the
 * agent is in by then.
 * Into one call a supervisor is called once, whoever comes into it later. A supervisor whose phone is in a call already
 * is left there.
 */
export class Supervision {
  readonly #options: SupervisionOptions;
  /** Extension of an agent → of those who want to be called into its calls. */
  readonly #supervisors = new Map<string, Set<string>>();
  /** What is set for each of those. */
  readonly #wishes = new Map<string, Monitoring>();
  /** Of each, calls that it was called into, or, where it wants the next, that went on when it said so. */
  readonly #past = new Map<string, Set<string>>();
  /** Leg of a supervisor that was called → the agent's extension, for those who go with the agent. */
  readonly #goWith = new Map<string, string>();
  /** Being called: they are in no call yet. */
  readonly #calling = new Set<string>();

  constructor(options: SupervisionOptions) {
    this.#options = options;
  }

  /** Once it is known what is set. */
  start(): void {
    const { devices, runtime } = this.#options;
    for (const device of devices.all()) this.#set(device);
    devices.on('event', ({ type, data }) => {
      if (type !== 'monitoring') return;
      this.#set(data);
      this.#joinNow(data);
    });
    runtime.on('event', ({ event, call }) => this.#follow(event, call));
  }

  #set({ extensionId, monitoring }: AgentDevice): void {
    const before = this.#wishes.get(extensionId);
    if (before !== undefined) {
      const others = this.#supervisors.get(before.target);
      others?.delete(extensionId);
      if (others?.size === 0) this.#supervisors.delete(before.target);
    }
    if (monitoring === null) {
      this.#wishes.delete(extensionId);
      this.#past.delete(extensionId);
      return;
    }
    this.#wishes.set(extensionId, monitoring);
    const { calls, target } = monitoring;
    this.#past.set(extensionId, new Set(calls === 'next' ? this.#placesOf(target).map(({ call }) => call.id) : []));
    const all = this.#supervisors.get(target) ?? new Set();
    this.#supervisors.set(target, all.add(extensionId));
  }

  /** Into the call that the agent is in already, that in which it talks first; who waits for the next one is not. */
  #joinNow({ extensionId, monitoring }: AgentDevice): void {
    if (monitoring === null || monitoring.calls === 'next') return;
    const places = this.#placesOf(monitoring.target);
    const place = places.find(({ connection }) => connection.state === 'connected') ?? places[0];
    if (place !== undefined) this.#call(place.call, place.connection, monitoring.target, extensionId);
  }

  #placesOf(agentId: string): readonly Place[] {
    const { runtime } = this.#options;
    return runtime.connectionsOf(agentId).flatMap(({ callId, connectionId }) => {
      const call = runtime.call(callId);
      const connection = call?.connections.get(connectionId);
      const talks = call !== null && connection !== undefined && connection.answeredAt !== null && isTalkedIn(call);
      return talks && supervisedIn(call, connection) === agentId ? [{ call, connection }] : [];
    });
  }

  #follow({ type, connectionId, data }: CallEvent, call: Call): void {
    if (type === 'transferred') this.#goneOn(call, connectionId, data.toCall);
    // Who has answered in another's place is there; that one leaves in the same step.
    const leaving = call.connections.get(connectionId ?? '')?.inPlaceOf ?? null;
    if (type === 'established' || type === 'conferenced') this.#begun(call, leaving);
    // A merge or a transfer may have brought a supervisor into a call in which its agent is not.
    if (type === 'connectionCleared' || type === 'conferenced') this.#left(call);
    if (type === 'callCleared') for (const calls of this.#past.values()) calls.delete(call.id);
  }

  /**
   * Who was called into a call, or waits for one that begins later, is not called into the one that it becomes part of.
   * Whoever is transferred out of a scheduled conference begins another one.
   */
  #goneOn(call: Call, connectionId: string | null, toCall: string): void {
    if (call.kind === 'conference') return;
    const connection = call.connections.get(connectionId ?? '');
    const agent = connection === undefined ? null : agentOf(connection);
    for (const supervisor of this.#supervisors.get(agent ?? '') ?? []) {
      const past = this.#past.get(supervisor);
      if (past?.has(call.id) === true) past.add(toCall);
    }
  }

  #begun(call: Call, leaving: string | null): void {
    if (this.#supervisors.size === 0 || !isTalkedIn(call)) return;
    for (const connection of call.connections.values()) {
      const agent = supervisedIn(call, connection);
      if (agent === null || connection.answeredAt === null || connection.id === leaving) continue;
      for (const supervisor of this.#supervisors.get(agent) ?? []) this.#call(call, connection, agent, supervisor);
    }
  }

  #call(call: Call, agent: Connection, agentId: string, supervisor: string): void {
    const { devices, log, phoneOf, runtime } = this.#options;
    const monitoring = this.#wishes.get(supervisor);
    const phone = phoneOf(supervisor);
    if (monitoring === undefined || phone === null || this.#calling.has(supervisor)) return;
    if (this.#past.get(supervisor)?.has(call.id) === true || runtime.connectionsOf(supervisor).length > 0) return;
    this.#calling.add(supervisor);
    const { name, number } = agent.device;
    const { mode, calls, scope } = monitoring;
    const coached = mode === 'coach' ? { coached: agent.id } : {};
    const dial = { ...phone, callerId: { name, number }, timeoutMs, autoAnswer: true } as const;
    runtime
      .do(joinCall, { callId: call.id, mode, ...coached, ...dial, supervises: agentId })
      .then((ref) => {
        this.#past.get(supervisor)?.add(call.id);
        const legId = runtime.call(ref.callId)?.connections.get(ref.connectionId)?.legId;
        if (scope === 'agent' && legId !== undefined) this.#goesWith(legId, agentId);
        const device = devices.get(supervisor);
        // Something else may be set by now.
        if (calls === 'all' || device === null || this.#wishes.get(supervisor) !== monitoring) return undefined;
        const { organizationId, extensionId } = device;
        return devices.do({ organizationId, extensionId, set: 'monitoring', monitoring: null });
      })
      .catch((error: unknown) => {
        log.info({ call: call.id, supervisor, err: coerceError(error) }, 'a supervisor was not called into a call');
      })
      .finally(() => this.#calling.delete(supervisor));
  }

  #goesWith(legId: string, agentId: string): void {
    const { runtime } = this.#options;
    this.#goWith.set(legId, agentId);
    // The agent may have left since.
    const call = runtime.call(runtime.refOfLeg(legId)?.callId ?? '');
    if (call !== null) this.#left(call);
  }

  /** The agent is gone from the call: so are those who were there for it, but for those who go on to another call. */
  #left(call: Call): void {
    if (this.#goWith.size === 0) return;
    const { log, runtime } = this.#options;
    const here = new Set([...call.connections.values()].map(agentOf));
    for (const { id, legId, moved } of call.connections.values()) {
      const agent = this.#goWith.get(legId);
      if (agent === undefined || moved || here.has(agent)) continue;
      this.#goWith.delete(legId);
      runtime.do(clearConnection, { callId: call.id, connectionId: id }).catch((error: unknown) => {
        log.debug({ call: call.id, err: coerceError(error) }, 'a supervisor had left already');
      });
    }
    for (const legId of this.#goWith.keys()) if (runtime.refOfLeg(legId) === null) this.#goWith.delete(legId);
  }
}

function isTalkedIn({ kind, answered, ended, parked }: Call): boolean {
  return !ended && parked === null && (kind === 'conference' ? answered > 0 : kind === 'call' && answered > 1);
}

/**
 * Of a party whose supervisors come in, its extension. A scheduled conference of another organization has its own PINs
 * and moderators, who would not know of them.
 */
function supervisedIn(call: Call, connection: Connection): string | null {
  if (call.kind === 'conference' && ownExtension(call, connection.device) === null) return null;
  return agentOf(connection);
}

/** The extension of a party; null for everybody else. */
function agentOf({ device, role }: Connection): string | null {
  return device.kind === 'extension' && role !== 'supervisor' ? device.extensionId : null;
}
