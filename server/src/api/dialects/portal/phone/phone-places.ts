import type { Call } from '../../../../call/model/call.ts';
import type { Connection } from '../../../../call/model/connection.ts';
import type { CallerId } from '../../../../call/model/device.ts';
import { type CallEvent, type EventType, seedsOf } from '../../../../call/model/events.ts';
import type { CallRuntime } from '../../../../call/runtime/runtime.ts';
import { isShown } from '../conference-view.ts';

/** Somebody in a call with the browser. */
export interface Party extends CallerId {
  readonly state: 'dialling' | 'ringing' | 'connected' | 'held';
}

/** Where a leg of a browser is in the call model, whoever brought it there. */
export interface PhonePlace {
  /** The call that it is in now is on hold by its user, here or elsewhere. */
  readonly held: boolean;
  /** Who is in that call besides; of a scheduled conference, that alone. */
  readonly with: readonly Party[];
  /** Calls that wait on hold at the same leg, as when their user consults somebody. */
  readonly waiting: readonly { readonly with: readonly Party[] }[];
}

const nowhere: PhonePlace = { held: false, with: [], waiting: [] };
/** Of one call that are named. */
const mostParties = 20;
/** What changes nothing of who is where. */
const passedOver: ReadonlySet<EventType> = new Set([
  'talking',
  'digitsGenerated',
  'recordingStarted',
  'recordingStopped',
  'entryRefused',
  'pinsGuessed',
  'messageSent',
]);

interface Followed {
  readonly changed: Set<() => void>;
  calls: readonly string[];
}

/** Where legs of browsers are, and who is told when that changes. */
export class PhonePlaces {
  readonly #runtime: Pick<CallRuntime, 'refOfLeg' | 'callsNamed'>;
  readonly #byLeg = new Map<string, Followed>();
  readonly #byCall = new Map<string, Set<string>>();
  readonly #stop: () => void;

  constructor(runtime: Pick<CallRuntime, 'refOfLeg' | 'callsNamed' | 'on'>) {
    this.#runtime = runtime;
    this.#stop = runtime.on('event', ({ event, call }) => this.#take(event, call));
  }

  close(): void {
    this.#stop();
    this.#byLeg.clear();
    this.#byCall.clear();
  }

  of(legId: string): PhonePlace {
    const now = this.#runtime.refOfLeg(legId);
    if (now === null) return nowhere;
    let place = nowhere;
    const waiting: { readonly with: readonly Party[] }[] = [];
    for (const call of this.#runtime.callsNamed(legId)) {
      const own = [...call.connections.values()].find((one) => one.legId === legId);
      if (own === undefined) continue;
      if (call.id === now.callId) place = { held: own.state === 'hold', with: partiesOf(call, own), waiting };
      else waiting.push({ with: partiesOf(call, own) });
    }
    return place;
  }

  /** From now on it is told that the place of this leg may have changed. Gives what ends that. */
  follow(legId: string, changed: () => void): () => void {
    const followed = this.#byLeg.get(legId) ?? { changed: new Set(), calls: [] };
    followed.changed.add(changed);
    this.#byLeg.set(legId, followed);
    this.#index(legId, followed);
    return () => {
      followed.changed.delete(changed);
      if (followed.changed.size > 0 || this.#byLeg.get(legId) !== followed) return;
      this.#forget(legId, followed);
      this.#byLeg.delete(legId);
    };
  }

  #take(event: CallEvent, call: Call): void {
    if (this.#byLeg.size === 0 || passedOver.has(event.type)) return;
    const own = event.connectionId === null ? undefined : call.connections.get(event.connectionId)?.legId;
    const legs = new Set<string | undefined>([own, ...seedsOf(event).map(({ legId }) => legId)]);
    // Of a scheduled conference its browsers are told by itself, and whoever comes and goes in it is not looked for.
    if (call.kind !== 'conference' || event.type === 'callCleared') {
      for (const legId of this.#byCall.get(call.id) ?? []) legs.add(legId);
    }
    for (const legId of legs) {
      const followed = legId === undefined ? undefined : this.#byLeg.get(legId);
      if (followed === undefined || legId === undefined) continue;
      this.#index(legId, followed);
      for (const changed of [...followed.changed]) changed();
    }
  }

  #index(legId: string, followed: Followed): void {
    this.#forget(legId, followed);
    followed.calls = this.#runtime.callsNamed(legId).map(({ id }) => id);
    for (const id of followed.calls) {
      const legs = this.#byCall.get(id);
      if (legs === undefined) this.#byCall.set(id, new Set([legId]));
      else legs.add(legId);
    }
  }

  #forget(legId: string, { calls }: Followed): void {
    for (const id of calls) {
      const legs = this.#byCall.get(id);
      legs?.delete(legId);
      if (legs?.size === 0) this.#byCall.delete(id);
    }
  }
}

function partiesOf(call: Call, own: Connection): readonly Party[] {
  if (call.kind === 'conference') {
    const { name = '', extensionNumber: number = '' } = call.conference ?? {};
    return [{ name, number, state: 'connected' }];
  }
  // The spoken dialogue that asks for a number and a PIN.
  if (call.kind === 'access') return [];
  const parties: Party[] = [];
  for (const one of call.connections.values()) {
    if (one.id === own.id || !isShown(one) || one.state === 'fail' || one.moved) continue;
    parties.push({ name: one.device.name, number: one.device.number, state: stateOf(one) });
    if (parties.length === mostParties) break;
  }
  return parties;
}

function stateOf({ state, direction }: Connection): Party['state'] {
  if (state === 'hold') return 'held';
  if (state === 'connected') return 'connected';
  return state === 'alerting' || direction === 'incoming' ? 'ringing' : 'dialling';
}
