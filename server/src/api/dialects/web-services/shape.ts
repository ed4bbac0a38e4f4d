import type { Call } from '../../../call/model/call.ts';
import type { Connection } from '../../../call/model/connection.ts';
import type { Device } from '../../../call/model/device.ts';
import { type Seat, stateOf } from './seat.ts';

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
  coach: 'id',
  invitedBy: 'id',
  redirectedBy: 'not',
  startedAt: 'not',
  alertedAt: 'there',
  waitsUntil: 'there',
  answeredAt: 'there',
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
  for (const line of [seat, ...seat.lines]) {
    text += `#${naming(line.connection.id)}:${callShape(line.call, naming)}`;
  }
  return text;
}

type Naming = (id: string) => number;

function callShape(call: Call, naming: Naming): string {
  const { conference, from, to, data, destination, connections } = call;
  let text = '';
  for (const [key, how] of callFields) text += fieldShape(call[key], how, naming);
  text += `${JSON.stringify(conference)}${deviceShape(from, naming)}${deviceShape(to, naming)}${dataShape(data)}`;
  if (destination !== null) text += `>${naming(destination.legId)}${destination.refused ?? ''}`;
  for (const connection of connections.values()) {
    text += ';';
    for (const [key, how] of connectionFields) text += fieldShape(connection[key], how, naming);
    // What is attached to a connection says whom it supervises.
    text += `${deviceShape(connection.device, naming)}${connection.target?.kind ?? ''}`;
    if (connection.original !== null) {
      const { callId, parent, from, to } = connection.original;
      text += `=${naming(callId)}${fieldShape(parent, 'id', naming)}${deviceShape(from, naming)}${deviceShape(to, naming)}`;
    }
    for (const [key, value] of Object.entries(connection.data)) {
      text += typeof value === 'string' ? `${key}=${naming(value)}` : key;
    }
    text += dataShape(connection.data);
  }
  return text;
}

function fieldShape(value: unknown, how: Counts, naming: Naming): string {
  if (value === null || value === undefined) return '-,';
  if (how === 'there') return '+,';
  return how === 'id' ? `${naming(String(value))},` : `${String(value)},`;
}

function deviceShape(device: Device | null, naming: Naming): string {
  if (device === null) return '-';
  return 'extensionId' in device ? `${device.kind}${naming(device.extensionId)}` : device.kind;
}

/** How much is attached: there may not be more than so much. */
function dataShape(data: Call['data']): string {
  for (const _ in data) return `{${JSON.stringify(data).length}/${Object.keys(data).length}}`;
  return '{}';
}
