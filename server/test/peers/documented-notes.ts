import assert from 'node:assert/strict';
import type { Told } from './agent-client.ts';

/**
 * What the documents of the Web Services voice interface say of notifications: every field, in its order, for what
 * happened in a few words. `O` is the original call, `K` the consultation; `A` is the agent, `B` who talks in `O`, `C`
 * who is consulted:
 *
 *     O Held B                       StatusChange; of the others B is in it
 *     O Updated Established C,B      ParticipantsUpdated
 *     ! C busy                       ErrorMessage: C was not reached
 */
export type Words = string;
export type CallName = 'O' | 'K';
export type Who = 'A' | 'B' | 'C';
type State = 'Dialing' | 'Ringing' | 'Established' | 'Held' | 'Released';

/** What stays the same in all that is told of one pair of calls. */
export interface Setting {
  /** With `/api/v2`. */
  readonly base: string;
  readonly numbers: Readonly<Record<Who, string>>;
  /** Their devices; null: none of the house. */
  readonly devices: Readonly<Record<Who, string | null>>;
  readonly dnis: Readonly<Record<CallName, string>>;
  /** The one that is a scheduled conference, whoever is in it. */
  readonly scheduled?: CallName;
  /** The consultation is dialled on A's phone itself. */
  readonly ownDial?: boolean;
  /** `K`, where C was in it before A asked. */
  readonly entered?: boolean;
  /** By the names of the calls, as they become known. */
  readonly ids: Map<CallName, string>;
}

interface Line {
  readonly state: State;
  readonly others: readonly string[];
}

const data = ['AttachUserData', 'UpdateUserData', 'DeleteUserData', 'DeleteUserDataPair'];
const consulting = ['InitiateConference', 'InitiateTransfer'];
const single = ['SingleStepConference', 'SingleStepTransfer'];
const completing = ['CompleteConference', 'CompleteTransfer'];

/** Digits are commands there, nobody is left to somebody else, and it is recorded by its own rules. */
const notScheduled = ['SendDtmf', 'SingleStepTransfer', 'StartCallRecording'];

/** Of one that is held while it still rings. */
const notReached = [...consulting, ...single, 'StartCallRecording'];

/** What may be asked of a call of two, by its state; sets, in no order. */
const ofState: Readonly<Record<State, readonly string[]>> = {
  Ringing: [...data, 'Hangup', 'Reject', 'Redirect', 'ClearCall'],
  Dialing: [...data, 'Hangup', 'SendDtmf'],
  Established: [...data, 'Hangup', 'Hold', 'SendDtmf', ...consulting, ...single, 'ClearCall', 'StartCallRecording'],
  Held: [...data, 'Hangup', 'Retrieve', ...consulting, ...single, 'StartCallRecording'],
  Released: [],
};

const reasons: Readonly<Record<string, string>> = {
  busy: 'it is busy',
  unanswered: 'there is no answer',
  rejected: 'it was rejected',
};

const fieldsOf = (type: string) => [
  'notificationType',
  'call',
  'phoneNumber',
  ...(type === 'AttachedDataChanged' ? [] : ['extensions']),
  'messageType',
];

/** What one of them is told, from the beginning of the calls on. */
export class Documented {
  readonly #setting: Setting;
  readonly #who: Who;
  readonly #lines = new Map<CallName, Line>();
  readonly #durations = new Map<CallName, number>();
  /** Those in which somebody has answered. */
  readonly #reached = new Set<CallName>();
  #merged = false;
  /** `O`, from when A's phone puts it on hold to dial by itself until it is talked in again. */
  #heldByPhone: 'not yet' | 'now' | 'over' = 'not yet';

  constructor(setting: Setting, who: Who) {
    this.#setting = setting;
    this.#who = who;
  }

  /** Throws where they differ, and says at which. */
  check(told: readonly Told[], expected: readonly Words[]): void {
    const { ids } = this.#setting;
    const names: Words[] = [];
    // Ids are known in the order in which calls begin.
    for (const [at, one] of told.entries()) {
      const call = one.data['call'] as { readonly id: string } | undefined;
      const name = nameIn(expected[at] ?? '');
      const known = [...ids.values()].includes(call?.id ?? '');
      if (call !== undefined && name !== null && !ids.has(name) && !known) ids.set(name, call.id);
      names.push(this.#inWords(one));
    }
    assert.deepEqual(names, expected, `what ${this.#who} is told`);
    for (let from = 0; from < told.length; ) {
      const step = stepOf(told[from]!);
      let to = from;
      while (to < told.length && stepOf(told[to]!) === step) to++;
      // All of a step is as it is after it.
      for (let at = from; at < to; at++) this.#take(expected[at]!);
      for (let at = from; at < to; at++) this.#checkOne(told[at]!, expected[at]!);
      from = to;
    }
  }

  #inWords({ data: { notificationType, call, messageType, errorMessage } }: Told): Words {
    if (messageType === 'ErrorMessage') {
      const [, number, why] = /^Device '(.+)' was not reached: (.+)\.$/.exec(String(errorMessage)) ?? [];
      return `! ${this.#nameOf(number ?? '')} ${Object.keys(reasons).find((one) => reasons[one] === why) ?? why}`;
    }
    const { id, state, participants } = call as Record<string, unknown> & { participants: { phoneNumber: string }[] };
    const name = [...this.#setting.ids].find(([, one]) => one === id)?.[0] ?? id;
    const type = notificationType === 'StatusChange' ? '' : `${notificationType} `.replace('Participants', '');
    return `${name} ${type}${state} ${participants.map(({ phoneNumber }) => this.#nameOf(phoneNumber)).join(',')}`;
  }

  #nameOf(number: string): string {
    return Object.entries(this.#setting.numbers).find(([, one]) => one === number)?.[0] ?? number;
  }

  #take(words: Words): void {
    const said = parse(words);
    if (said === null) return;
    if (said.name === 'O' && said.others.includes('C')) this.#merged = true;
    if (said.state === 'Established' || said.type === 'ParticipantsUpdated') this.#reached.add(said.name);
    if (said.name === 'O' && said.state === 'Held' && this.#heldByPhone === 'not yet') this.#heldByPhone = 'now';
    else if (said.name === 'O' && said.state === 'Established' && this.#heldByPhone === 'now')
      this.#heldByPhone = 'over';
    if (said.state === 'Released') this.#lines.delete(said.name);
    else this.#lines.set(said.name, { state: said.state, others: said.others });
  }

  #checkOne({ channel, data: body }: Told, words: Words): void {
    const { base, numbers, devices } = this.#setting;
    const device = devices[this.#who];
    const said = parse(words);
    if (said === null) {
      assert.equal(channel, '/v2/me/devices');
      const [devicePath, deviceUri] = [`/devices/${device}`, `${base}/devices/${device}`];
      const { errorMessage } = body;
      assert.deepEqual(body, { messageType: 'ErrorMessage', errorMessage, devicePath, deviceUri });
      return;
    }
    assert.equal(channel, '/v2/me/calls', words);
    assert.deepEqual(Object.keys(body), fieldsOf(said.type), words);
    const { call, ...around } = body;
    assert.deepEqual(
      around,
      {
        notificationType: said.type,
        phoneNumber: numbers[this.#who],
        extensions: { BusinessCall: 0 },
        messageType: 'CallStateChangeMessage',
      },
      words,
    );
    this.checkCall(call as Record<string, unknown>, said.name, said);
  }

  /** Of the calls that are left, what GET shows. */
  checkShown(calls: readonly Record<string, unknown>[]): void {
    const { ids } = this.#setting;
    const shown = calls.map(({ id, state }) => `${[...ids].find(([, one]) => one === id)?.[0] ?? id} ${state}`);
    const known = [...this.#lines].map(([name, { state }]) => `${name} ${state}`);
    assert.deepEqual(shown.sort(), known.sort(), `what ${this.#who} is shown`);
    for (const call of calls) {
      const [name] = [...ids].find(([, one]) => one === call['id'])!;
      this.checkCall(call, name, null);
    }
  }

  checkCall(call: Record<string, unknown>, name: CallName, said: Said | null): void {
    const { base, numbers, devices, dnis, ids, entered = false } = this.#setting;
    const id = ids.get(name)!;
    const isConsult = name === 'K';
    const asks = isConsult && this.#who === 'A';
    const parent = ids.get('O');
    const { capabilities, participants, duration, connId, state, ...plain } = call;
    const what = `${this.#who}: ${name} ${state}`;
    assert.deepEqual(
      Object.keys(call),
      [
        ...['id', 'state', 'callUuid', 'connId', 'deviceUri', 'participants', 'dnis', 'callType', 'capabilities'],
        ...(asks ? ['parentCallUri'] : []),
        ...['duration', 'mute', 'recordingState', 'supervisorListeningIn', 'monitoredUserMuted', 'monitoring'],
        ...['uri', 'path'],
        ...(asks ? ['parentCallPath'] : []),
      ],
      what,
    );
    assert.deepEqual(
      plain,
      {
        id,
        callUuid: id,
        deviceUri: `${base}/devices/${devices[this.#who]}`,
        dnis: dnis[name],
        callType: isConsult && !(this.#who === 'C' && entered) ? 'Consult' : 'Internal',
        ...(asks ? { parentCallUri: `${base}/me/calls/${parent}`, parentCallPath: `/calls/${parent}` } : {}),
        mute: 'Off',
        recordingState: 'Stopped',
        supervisorListeningIn: false,
        monitoredUserMuted: false,
        monitoring: false,
        uri: `${base}/me/calls/${id}`,
        path: `/calls/${id}`,
      },
      what,
    );
    assert.match(id, /^[0-9A-V]{32}$/);
    assert.match(String(connId), /^[0-9a-f]{16}$/);
    assert.equal(typeof duration, 'string');
    assert.match(String(duration), /^[0-9]+$/);
    assert.ok(Number(duration) >= (this.#durations.get(name) ?? 0), `${what} lasts ${duration}`);
    this.#durations.set(name, Number(duration));
    if (said !== null) {
      assert.equal(state, said.state);
      assert.deepEqual(
        participants,
        said.others.map((one) => participant(numbers[one as Who] ?? one)),
        what,
      );
    }
    const may = said?.state === 'Released' ? [] : this.#capabilitiesOf(name, said ?? this.#lines.get(name)!);
    assert.deepEqual([...(capabilities as string[])].sort(), may.toSorted(), `${what}: capabilities`);
    assert.equal(new Set(capabilities as string[]).size, may.length, what);
  }

  #capabilitiesOf(name: CallName, { state, others }: Line): readonly string[] {
    const beside = [...this.#lines].find(([other]) => other !== name)?.[1].state;
    const scheduled = this.#isScheduled(name);
    const may = new Set(ofState[state]);
    // Digits are sent by one's own phone, once it is answered, or has been.
    if (state === 'Dialing' && (name === 'O' || this.#setting.ownDial === true)) may.delete('SendDtmf');
    if (scheduled) for (const one of notScheduled) may.delete(one);
    if (state !== 'Established' && state !== 'Held') return [...may];
    // What a phone holds by itself nobody else takes back, so nobody is consulted on that line either.
    if (state === 'Held' && name === 'O' && this.#setting.ownDial === true && this.#heldByPhone === 'now') {
      for (const one of ['Retrieve', ...consulting]) may.delete(one);
    }
    if (!this.#reached.has(name)) for (const one of notReached) may.delete(one);
    if (beside === 'Established' || beside === 'Held') {
      may.delete('Retrieve');
      may.add('SwapCalls');
      if (this.#reached.size === 2) for (const one of completing) may.add(one);
    }
    if (scheduled || others.length >= 2) {
      may.delete('ClearCall');
      may.add('MuteCall');
    }
    // From a scheduled conference whom one has brought in; from any other everybody.
    const mayRemove = name === 'O' && this.#setting.scheduled === 'O' ? others.includes('C') : others.length >= 2;
    if (this.#who === 'A' && mayRemove) may.add('RemoveParticipantFromConference');
    return [...may];
  }

  /** What has become one with a scheduled conference is that one. */
  #isScheduled(name: CallName): boolean {
    const { scheduled } = this.#setting;
    return name === scheduled || (scheduled === 'K' && this.#merged);
  }
}

interface Said {
  readonly name: CallName;
  readonly type: string;
  readonly state: State;
  readonly others: readonly string[];
}

function parse(words: Words): Said | null {
  const [, name, type = 'StatusChange', state, others = ''] = /^([OK]) (?:(\w+) )?(\w+) (\S*)$/.exec(words) ?? [];
  if (name === undefined) return null;
  return {
    name: name as CallName,
    type: type === 'Updated' ? 'ParticipantsUpdated' : type,
    state: state as State,
    others: others === '' ? [] : others.split(','),
  };
}

function nameIn(words: Words): CallName | null {
  return parse(words)?.name ?? null;
}

function stepOf({ ext }: Told): string {
  return ext.number.split('-')[0]!;
}

function participant(number: string): object {
  const e164Number = number.startsWith('+') ? number : '';
  return { e164Number, formattedPhoneNumber: number, phoneNumber: number, digits: number.replace(/^\+/, '') };
}
