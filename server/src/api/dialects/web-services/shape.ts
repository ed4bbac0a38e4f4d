import type { Call } from '../../../call/model/call.ts';
import type { Connection } from '../../../call/model/connection.ts';
import type { Device } from '../../../call/model/device.ts';
import { isGuest, type Seat, stateOf } from './seat.ts';

/**
 * How a field counts for what may be asked: by its value; by which of the others it names (`id`); by whether it is
 * there; not at all; or by what `special` makes of it below. Whoever adds a field to the model must say here.
 */
type Counts = 'value' | 'id' | 'there' | 'not' | 'special';

const ofCall: Readonly<Record<keyof Call, Counts>> = {
  id: 'id',
  organizationId: 'id',
  kind: 'value',
  conference: 'special',
  from: 'special',
  to: 'special',
  parent: 'id',
  connections: 'special',
  seq: 'not',
  createdAt: 'not',
  updatedAt: 'not',
  enteredAt: 'not',
  answeredAt: 'there',
  alertedAt: 'there',
  data: 'special',
  charged: 'id',
  correlator: 'not',
  publicTransfer: 'value',
  conferenceNumber: 'there',
  locked: 'value',
  waiting: 'value',
  recording: 'value',
  recordingId: 'there',
  recordingPaused: 'value',
  recorded: 'not',
  controller: 'id',
  recordingTone: 'value',
  recordingLabel: 'not',
  parked: 'there',
  durationMs: 'there',
  endsAt: 'there',
  originHunt: 'id',
  unreached: 'there',
  room: 'value',
  ended: 'value',
  destination: 'special',
  connected: 'value',
  answered: 'value',
  moderators: 'value',
  ringing: 'value',
  early: 'value',
  supervisors: 'not',
  lines: 'not',
  joins: 'not',
};

const ofConnection: Readonly<Record<keyof Connection, Counts>> = {
  redirections: 'not',
  supervises: 'id',
  id: 'id',
  ordinal: 'not',
  legId: 'id',
  legHere: 'value',
  moved: 'value',
  device: 'special',
  state: 'value',
  direction: 'value',
  role: 'value',
  muted: 'value',
  deaf: 'value',
  talking: 'not',
  mutedBy: 'not',
  handRaised: 'not',
  coach: 'id',
  invitedBy: 'id',
  redirectedBy: 'not',
  startedAt: 'not',
  alertedAt: 'there',
  waitsUntil: 'there',
  answeredAt: 'there',
  partySince: 'not',
  heldAt: 'there',
  failure: 'there',
  shown: 'not',
  target: 'special',
  data: 'special',
  correlator: 'not',
  charged: 'id',
  hunt: 'id',
  parent: 'id',
  original: 'special',
  early: 'value',
  sounds: 'value',
  answerable: 'value',
  heldThere: 'value',
  inPlaceOf: 'id',
};

const entriesOf = <Key extends string>(counts: Readonly<Record<Key, Counts>>) =>
  (Object.entries(counts) as [Key, Counts][]).filter(([, how]) => how !== 'not' && how !== 'special');
const callFields = entriesOf(ofCall);
const connectionFields = entriesOf(ofConnection);

/**
 * A text that is the same for seats of which the same may be asked: the calls of the phone with every id replaced by
 * which of them it is, every time by whether there is one, and without names, numbers and what was counted.
 */
export function shapeOf(seat: Seat): string {
  const names = new Map<string, number>();
  const naming = (id: string) => {
    const name = names.get(id) ?? names.size;
    if (name === names.size) names.set(id, name);
    return name;
  };
  let text = `${seat.user.features.join()}|${seat.user.roles.join()}|${stateOf(seat)}|${naming(seat.extensionId)}`;
  if (isGuest(seat)) text += '|guest';
  for (const line of [seat, ...seat.lines]) {
    text += `#${naming(line.connection.id)}:${callShape(line.call, naming)}`;
  }
  return text;
}

type Naming = (id: string) => number;

/** A shape but for the names of what has an id: a name follows each of the texts, and at last comes `rest`. */
interface Unnamed {
  readonly texts: readonly string[];
  readonly ids: readonly string[];
  readonly rest: string;
}

/** A call is a value: another one after each of its events. Those of a phone with many calls are asked for often. */
const unnamed = new WeakMap<Call, Unnamed>();

function callShape(call: Call, naming: Naming): string {
  let parts = unnamed.get(call);
  if (parts === undefined) {
    parts = new Shaping().call(call);
    unnamed.set(call, parts);
  }
  const { texts, ids, rest } = parts;
  let text = '';
  for (let at = 0; at < ids.length; at++) text += texts[at]! + naming(ids[at]!);
  return text + rest;
}

class Shaping {
  readonly #texts: string[] = [];
  readonly #ids: string[] = [];
  #text = '';

  call(call: Call): Unnamed {
    const { conference, from, to, data, destination, connections } = call;
    for (const [key, how] of callFields) this.#field(call[key], how);
    this.#text += JSON.stringify(conference);
    this.#device(from);
    this.#device(to);
    this.#data(data);
    if (destination !== null) {
      this.#text += '>';
      this.#name(destination.legId);
      this.#text += destination.refused ?? '';
    }
    for (const connection of connections.values()) this.#connection(connection);
    return { texts: this.#texts, ids: this.#ids, rest: this.#text };
  }

  #connection(connection: Connection): void {
    this.#text += ';';
    for (const [key, how] of connectionFields) this.#field(connection[key], how);
    this.#device(connection.device);
    this.#text += connection.target?.kind ?? '';
    if (connection.original !== null) {
      const { callId, parent, from, to } = connection.original;
      this.#text += '=';
      this.#name(callId);
      this.#field(parent, 'id');
      this.#device(from);
      this.#device(to);
    }
    this.#data(connection.data);
  }

  #name(id: string): void {
    this.#texts.push(this.#text);
    this.#ids.push(id);
    this.#text = '';
  }

  #field(value: unknown, how: Counts): void {
    if (value === null || value === undefined) this.#text += '-,';
    else if (how === 'there') this.#text += '+,';
    else if (how !== 'id') this.#text += `${String(value)},`;
    else {
      this.#name(String(value));
      this.#text += ',';
    }
  }

  #device(device: Device | null): void {
    this.#text += device === null ? '-' : device.kind;
    if (device !== null && 'extensionId' in device) this.#name(device.extensionId);
  }

  /** How much is attached: there may not be more than so much. */
  #data(data: Call['data']): void {
    const keys = Object.keys(data).length;
    this.#text += keys === 0 ? '{}' : `{${JSON.stringify(data).length}/${keys}}`;
  }
}
