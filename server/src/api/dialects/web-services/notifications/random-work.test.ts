import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SeededRandom } from '../../../../base/random.ts';
import type { CallRef } from '../../../../call/model/call.ts';
import { alternateCall } from '../../../../call/services/alternate-call.ts';
import { associateData } from '../../../../call/services/associate-data.ts';
import { changeRole } from '../../../../call/services/change-role.ts';
import { clearCall } from '../../../../call/services/clear-call.ts';
import { clearConnection } from '../../../../call/services/clear-connection.ts';
import { conferenceCall } from '../../../../call/services/conference-call.ts';
import { consultationCall } from '../../../../call/services/consultation-call.ts';
import { holdCall } from '../../../../call/services/hold-call.ts';
import { joinCall } from '../../../../call/services/join-call.ts';
import { retrieveCall } from '../../../../call/services/retrieve-call.ts';
import { setMute } from '../../../../call/services/set-mute.ts';
import { singleStepConference } from '../../../../call/services/single-step-conference.ts';
import { singleStepTransfer } from '../../../../call/services/single-step-transfer.ts';
import { startRecording } from '../../../../call/services/start-recording.ts';
import { stopRecording } from '../../../../call/services/stop-recording.ts';
import { transferCall } from '../../../../call/services/transfer-call.ts';
import { checkAgreement } from '../../../../call/testing/agreement.ts';
import { hearingIn, hearingOf } from '../../../../call/testing/who-hears-whom.ts';
import { callView } from '../call-view.ts';
import { askedOf, type CallOperation, capabilitiesOf } from '../capabilities.ts';
import { callIdOf } from '../ids.ts';
import { seatsOf } from '../seats.ts';
import { AskingOffice } from './testing/asking-office.ts';
import { base, NotifiedOffice, numbers, type OfficeClient, officeDirectory } from './testing/notified-office.ts';

const sequences = 10_000;
const seed = Number(process.env['PARTYLINE_TEST_SEED'] ?? 20_260_105);
const agents = numbers.slice(0, 3);

/** Random work of three agents over the real runtime, and one client of every kind. */
class RandomWork {
  readonly office: NotifiedOffice;
  readonly random: SeededRandom;
  readonly dialled: string[] = [];
  #legs = 0;
  #pending = 0;

  constructor(office: NotifiedOffice, random: SeededRandom) {
    this.office = office;
    this.random = random;
    office.fixture.ports.onDial = ({ legId }) => void this.dialled.push(legId);
  }

  one<T>(of: readonly T[]): T | undefined {
    return of[this.random.int(of.length)];
  }

  step(): void {
    const { runtime } = this.office.fixture;
    const dice = this.random.int(100);
    const seats = this.#seats();
    const ref = this.one(seats) ?? { callId: 'none', connectionId: 'none' };
    const other = this.one(seats) ?? ref;
    const { callId } = ref;
    const to = this.office.dial(this.one(numbers)!);
    const leg = this.one(this.dialled.slice(-2)) ?? 'none';
    if (dice < 10) this.#expect(this.#call());
    else if (dice < 36) this.#report(leg);
    else if (dice < 50) this.#expect(runtime.do(consultationCall, { ...ref, ...to }));
    else if (dice < 60) this.#expect(runtime.do(conferenceCall, this.#pair(ref, other)));
    else if (dice < 66) this.#expect(runtime.do(transferCall, this.#pair(ref, other)));
    else if (dice < 72) this.#expect(runtime.do(alternateCall, { active: ref, held: other }));
    else if (dice < 76) this.#expect(runtime.do(holdCall, ref));
    else if (dice < 81) this.#expect(runtime.do(retrieveCall, ref));
    else if (dice < 84) this.#expect(runtime.do(setMute, { ...ref, muted: this.random.int(2) === 0 }));
    else if (dice < 87) this.#expect(runtime.do(associateData, { callId, set: { [`k${this.random.int(3)}`]: dice } }));
    else if (dice < 89) {
      this.#expect(runtime.do(singleStepConference, { into: { callId }, ...to, role: 'participant' }));
    } else if (dice < 91) this.#expect(runtime.do(singleStepTransfer, { ...ref, ...to, whenAnswered: dice % 2 === 0 }));
    else if (dice < 92) this.#expect(runtime.do(startRecording, { callId }));
    else if (dice < 93) this.#expect(runtime.do(stopRecording, { callId }));
    else if (dice < 94) this.#expect(this.#supervise(ref));
    else if (dice < 95) this.#expect(runtime.do(clearCall, { callId }));
    else this.#expect(runtime.do(clearConnection, ref));
  }

  /** One of the agents talks to somebody; another one perhaps too. */
  async begin(): Promise<void> {
    for (let calls = 1 + this.random.int(2); calls > 0; calls--) {
      await this.office.talking(this.one(agents)!, this.one(numbers)!, `leg${++this.#legs}`);
    }
  }

  async calm(): Promise<void> {
    while (this.#pending > 0) await this.office.fixture.settle();
    // What phones have reported is asked for by nobody, and taken a little later.
    for (let turn = 0; turn < 4; turn++) await this.office.fixture.settle();
  }

  async endAll(): Promise<void> {
    for (const { id } of this.office.fixture.runtime.snapshot()) {
      this.#expect(this.office.fixture.runtime.do(clearCall, { callId: id }));
    }
    await this.calm();
  }

  #seats(): CallRef[] {
    const { runtime } = this.office.fixture;
    return agents.flatMap((number) => [...runtime.connectionsOf(`1-${number}`)]);
  }

  /** Mostly a consultation and what it was made in, if there is one. */
  #pair(one: CallRef, other: CallRef): { original: CallRef; consult: CallRef } {
    const seats = this.#seats();
    const originalOf = ({ callId, connectionId }: CallRef) => {
      const call = this.office.fixture.runtime.call(callId);
      const phone = call?.connections.get(connectionId)?.legId;
      return seats.find((seat) => seat.callId === call?.parent && this.office.fixture.legOf(seat) === phone);
    };
    const consult = seats.find((seat) => originalOf(seat) !== undefined);
    if (consult === undefined || this.random.int(4) === 0) return { original: one, consult: other };
    return { original: originalOf(consult)!, consult };
  }

  /** Somebody listens, speaks to one alone, or takes part; or does so in another way. */
  #supervise({ callId, connectionId }: CallRef): Promise<unknown> {
    const { runtime } = this.office.fixture;
    const mode = this.one(['listen', 'coach', 'barge'] as const)!;
    const coached = mode === 'coach' ? { coached: connectionId } : {};
    const call = runtime.call(callId);
    const there = call?.supervisors[0];
    if (there !== undefined) return runtime.do(changeRole, { callId, connectionId: there, mode, ...coached });
    return runtime.do(joinCall, { callId, mode, ...coached, ...this.office.dial(this.one(numbers)!) });
  }

  async #call(): Promise<void> {
    const rings = this.random.int(4) > 0;
    const { calledLeg } = await this.office.call(this.one(agents)!, this.one(numbers)!, `leg${++this.#legs}`);
    if (rings) this.office.fixture.runtime.report(calledLeg, { type: 'delivered' });
  }

  #report(leg: string): void {
    const dice = this.random.int(14);
    const { runtime } = this.office.fixture;
    const coin = this.random.int(2) === 0;
    // Every third phone is a browser, that talks again at once, or can be asked to.
    const back = ([null, 'asked', 'atOnce'] as const)[(leg.codePointAt(leg.length - 1) ?? 0) % 3] ?? null;
    if (dice === 0) runtime.report(leg, { type: 'delivered' });
    else if (dice === 1) runtime.report(leg, { type: 'delivered', answerable: coin });
    else if (dice === 10) runtime.report(leg, { type: 'heldByPeer', ...(back === null ? {} : { back }) });
    else if (dice === 11) runtime.report(leg, coin ? { type: 'heldByPeer' } : { type: 'retrievedByPeer' });
    else if (dice > 11) runtime.report(leg, { type: 'retrievedByPeer' });
    else if (dice < 8) runtime.report(leg, { type: 'answered' });
    else if (dice < 9) runtime.report(leg, { type: 'failed', cause: 'busy' });
    else runtime.report(leg, { type: 'cleared', cause: 'normal' });
  }

  #expect(promise: Promise<unknown>): void {
    this.#pending += 1;
    const done = () => {
      this.#pending -= 1;
    };
    promise.then(done, done);
  }
}

interface Shown {
  readonly id: string;
  readonly state: string;
  readonly participants: readonly unknown[];
  readonly mute: string;
  readonly userData?: object;
  readonly capabilities: readonly string[];
}

/** What a client knows that goes by what it is told alone: the calls of its user. */
function knownFrom(client: OfficeClient): Map<string, Shown> {
  const calls = new Map<string, Shown>();
  for (const { data } of client.told) {
    const call = data['call'] as Shown | undefined;
    if (call === undefined) continue;
    if (call.state === 'Released') calls.delete(call.id);
    else calls.set(call.id, call);
  }
  return calls;
}

/** What changes with the calls. Durations go on, and of capabilities are told those who have asked for it. */
const essence = ({ id, state, participants, mute, userData }: Shown) =>
  JSON.stringify({ id, state, participants, mute, userData });
const essenceAndMore = (call: Shown) => `${essence(call)} ${call.capabilities.join()}`;

/** What the user would be shown if he asked; of who sits in one call twice, only that he is in it. */
function shownTo(office: NotifiedOffice, number: string): Map<string, Shown | null> {
  const calls = new Map<string, Shown | null>();
  const user = office.directory.user('1', numbers.indexOf(number as (typeof numbers)[number]) + 1)!;
  for (const seat of seatsOf(office.fixture.runtime, user, `1-${number}`)) {
    const id = callIdOf(seat.call.id);
    calls.set(id, calls.has(id) ? null : callView(seat, base, 0));
  }
  return calls;
}

/** What is remembered of calls of the same shape is what the call model says of these. */
function assertRemembered(office: NotifiedOffice, number: string): void {
  const features = ['api-voice', 'api-voice-recording', 'api-supervisor-monitoring'];
  const user = { features, roles: ['agent', 'supervisor'] } as const;
  for (const seat of seatsOf(office.fixture.runtime, user, `1-${number}`)) {
    assert.deepEqual(capabilitiesOf(seat), askedOf(seat), `${number} in ${seat.call.id}`);
  }
}

/** What the media was told adds up to what follows from the calls, and the log, the records and the legs agree. */
function assertSound({ office, dialled }: RandomWork): void {
  const { runtime, ports } = office.fixture;
  checkAgreement(office.fixture, dialled);
  const calls = runtime.snapshot();
  assert.deepEqual(inOrder(hearingOf(ports, calls)), inOrder(hearingIn(calls)), 'who hears whom');
}

const inOrder = (map: ReadonlyMap<string, string>) => [...map].sort(([one], [other]) => (one < other ? -1 : 1));

/** What the client was told is what its user would be shown now. */
function assertShown(office: NotifiedOffice, number: string, client: OfficeClient, essential: typeof essence): void {
  const known = knownFrom(client);
  const shown = shownTo(office, number);
  assert.deepEqual([...known.keys()].sort(), [...shown.keys()].sort(), `calls of ${number}`);
  for (const [id, call] of shown) {
    if (call !== null) assert.equal(essential(known.get(id)!), essential(call), `${number} ${id}`);
  }
}

async function listening(
  office: NotifiedOffice,
  client: OfficeClient,
  replay?: unknown,
  to = '/v2/me/*',
): Promise<OfficeClient> {
  await client.begin();
  await office.fixture.settle();
  client.subscribe(to, replay);
  return client;
}

const numbersOf = (client: OfficeClient) => client.told.map((one) => one.number);
const isSorted = (told: readonly string[]) =>
  told.every((number, at) => {
    if (at === 0) return true;
    const [step, place] = number.split('-').map(Number) as [number, number];
    const [stepBefore, placeBefore] = told[at - 1]!.split('-').map(Number) as [number, number];
    return step > stepBefore || (step === stepBefore && place > placeBefore);
  });

/** One office is at work for this many sequences, each of which ends all calls. */
const perOffice = 50;

/** One test works through so many: on a busy machine all of them would take longer than a test may. */
const perTest = 500;

async function workThrough(from: number, to: number): Promise<string> {
  const random = new SeededRandom(seed + from);
  const directory = await officeDirectory(['api-voice-recording', 'api-supervisor-monitoring']);
  let told = 0;
  const accepted = new Map<CallOperation, number>();
  let refused = 0;
  for (let first = from; first < to; first += perOffice) {
    const office = new NotifiedOffice(directory, seed + first);
    office.fixture.ports.keepEffects = true;
    const work = new RandomWork(office, random);
    const polled: OfficeClient[] = [];
    for (const number of agents) polled.push(await listening(office, office.client(number)));
    const [number = '15000'] = [work.one(agents)];
    const at = agents.indexOf(number as (typeof agents)[number]);
    const others = [
      await listening(office, office.client(number, 'websocket')),
      await listening(office, office.client(number, 'long-polling', true)),
      await listening(office, office.client(number, 'websocket', true)),
    ];
    // Those are told too when something else may be asked of a call.
    const full = await listening(office, office.client(number), undefined, '/v2/me/**');
    const asking = new AskingOffice(office, accepted);
    let late: OfficeClient | null = null;
    for (let sequence = 0; sequence < perOffice; sequence++) {
      if (random.int(8) > 0) await work.begin();
      const steps = 2 + random.int(7);
      for (let step = 0; step < steps; step++) {
        work.step();
        if (random.int(3) > 0) await office.fixture.settle();
        if (random.int(8) === 0) await office.fixture.clock.advanceAsync(random.int(50));
        if (random.int(200) === 0) others[1 + random.int(2)]!.lose();
      }
      await work.calm();
      for (const agent of agents) assertRemembered(office, agent);
      // Nothing else is under way: what is listed must be done, and nothing else.
      for (let times = 0; times < 2; times++) {
        const agent = work.one(agents)!;
        const rarest = asking.rarest(asking.questions(agent).filter(({ listed }) => listed));
        if (rarest !== null) await asking.ask(agent, rarest);
      }
      assertSound(work);
      if (sequence % 10 === 0) {
        for (const agent of agents) {
          for (const one of asking.questions(agent)) if (!one.listed) await asking.ask(agent, one);
        }
        await office.told();
        for (const [index, agent] of agents.entries()) {
          assertShown(office, agent, polled[index]!, essence);
        }
        assertShown(office, number, full, essenceAndMore);
      }
      // Somebody comes in the midst of it, and asks for all.
      if (sequence === 25) late = await listening(office, office.client(number), { minutes: 10_000 });
      await work.endAll();
    }
    await office.told();
    const live = polled[at]!;
    const texts = (client: OfficeClient) => client.told.map(({ text }) => text);
    for (const client of polled) assert.ok(isSorted(numbersOf(client)), 'out of order or doubled');
    const after = await listening(office, office.client(number), { minutes: 10_000 });
    await office.told();
    await office.told();
    assert.deepEqual(texts(after), texts(live), `replay of ${number}, office ${first}`);
    assert.deepEqual(texts(late!), texts(live), `late client of ${number}, office ${first}`);
    for (const [kind, client] of others.entries()) assert.deepEqual(texts(client), texts(live), `client ${kind}`);
    assert.deepEqual([...knownFrom(live)], [], 'all calls are over');
    told += live.told.length;
    refused += asking.refused;
    await office.notifications.close();
  }
  assert.ok(told > to - from, `${told} told`);
  const done = [...accepted].sort().map(([operation, times]) => `${operation} ${times}`);
  return `${told} told; listed and done: ${done.join(', ')}; not listed and refused: ${refused}`;
}

for (let from = 0; from < sequences; from += perTest) {
  const to = from + perTest;
  test(`random sequences to ${to} (seed ${seed}): none missing, doubled or out of order, and a replay is the same`, async (t) => {
    t.diagnostic(await workThrough(from, to));
  });
}
