import assert from 'node:assert/strict';
import { AppError } from '../../base/app-error.ts';
import { SeededRandom } from '../../base/random.ts';
import type { Call, CallRef } from '../model/call.ts';
import type { DialTarget } from '../model/device.ts';
import { alternateCall } from '../services/alternate-call.ts';
import { answerCall } from '../services/answer-call.ts';
import { associateData } from '../services/associate-data.ts';
import { changeRole } from '../services/change-role.ts';
import { clearCall } from '../services/clear-call.ts';
import { clearConnection } from '../services/clear-connection.ts';
import { conferenceCall } from '../services/conference-call.ts';
import { consultationCall } from '../services/consultation-call.ts';
import { enterConference } from '../services/enter-conference.ts';
import { generateDigits } from '../services/generate-digits.ts';
import { holdCall } from '../services/hold-call.ts';
import { joinCall } from '../services/join-call.ts';
import { makeCall } from '../services/make-call.ts';
import { parkCall } from '../services/park-call.ts';
import { pauseRecording } from '../services/pause-recording.ts';
import { pickUpCall } from '../services/pick-up-call.ts';
import { receiveCall } from '../services/receive-call.ts';
import { retrieveCall } from '../services/retrieve-call.ts';
import { setMute } from '../services/set-mute.ts';
import { singleStepConference } from '../services/single-step-conference.ts';
import { singleStepTransfer } from '../services/single-step-transfer.ts';
import { startRecording } from '../services/start-recording.ts';
import { stopRecording } from '../services/stop-recording.ts';
import { transferCall } from '../services/transfer-call.ts';
import { unparkCall } from '../services/unpark-call.ts';
import type { LegReport } from '../step/reports.ts';
import { checkAgreement } from './agreement.ts';
import { CountingBudget } from './counting-budget.ts';
import { MemoryCallStore } from './memory-store.ts';
import { conferenceDevice, extension, policy, RuntimeFixture } from './runtime-fixture.ts';

/** Random walks over every service and report there is, on few calls, so that they meet in all ways. */

export const conferences = [
  policy({ conferenceId: 'small', roomSize: 4, record: 'choice' }),
  policy({ conferenceId: 'led', roomSize: 9, waitForModerator: true, closeWhenModeratorsLeave: true }),
  policy({ conferenceId: 'taped', roomSize: 6, record: 'always', recordTone: true }),
];

export const expected = new Set([
  'callNotFound',
  'conferenceFull',
  'conflict',
  'connectionNotFound',
  'forbidden',
  'invalidState',
  'limitExceeded',
  'unavailable',
]);

export const most = 12;

export class Walk {
  readonly random: SeededRandom;
  readonly budget = new CountingBudget(most);
  readonly fixture: RuntimeFixture;
  readonly legs: string[] = [];
  /** Legs that were dialled over the trunk. */
  readonly trunkLegs = new Set<string>();
  readonly refused = new Map<string, number>();
  readonly done = new Map<string, number>();
  #legs = 0;
  #pending = 0;

  constructor(seed: number, faults = 0) {
    this.random = new SeededRandom(seed);
    this.fixture = new RuntimeFixture(seed + 1, new MemoryCallStore(), this.budget);
    this.fixture.ports.keepEffects = false;
    this.fixture.ports.onDial = ({ legId, to }) => {
      this.legs.push(legId);
      if (to.kind === 'trunk') this.trunkLegs.add(legId);
    };
    this.fixture.store.beforeAppend = async () => {
      if (this.random.int(3) === 0) await new Promise<void>((resolve) => setImmediate(resolve));
      if (this.random.int(1000) < faults) throw new Error('disk full');
    };
    this.fixture.ports.disksFail = faults > 0;
  }

  async run(operations: number): Promise<void> {
    for (let at = 0; at < operations; at++) {
      this.#operation();
      if (at % 8 !== 0) continue;
      this.fixture.clock.advance(this.random.int(3000));
      await this.fixture.settle();
      if (at % 64 === 0) await this.check();
    }
  }

  async check(): Promise<void> {
    const { ports, store, clock } = this.fixture;
    const { beforeAppend } = store;
    if (ports.disksFail) {
      // Who was hung up while the disk was full is told of again until it can be stored.
      store.beforeAppend = null;
      await clock.advanceAsync(61_000);
    }
    do await this.fixture.settle();
    while (this.#pending > 0);
    for (let i = 0; i < 4; i++) await this.fixture.settle();
    checkAgreement(this.fixture, this.legs);
    const running = this.fixture.runtime.snapshot();
    for (const call of running) checkCall(call, this.fixture);
    const positions = running.filter((call) => call.parked !== null).map((call) => call.parked!.position);
    assert.equal(new Set(positions).size, positions.length, 'two calls are parked in one place');
    this.#checkBudget(running);
    store.beforeAppend = beforeAppend;
  }

  /** Held is what is under way or still to be dialled, no more and no less. */
  #checkBudget(running: readonly Call[]): void {
    const due = new Set<string>();
    for (const call of running) {
      if (call.destination?.target.kind === 'trunk') due.add(call.destination.legId);
      for (const { legId } of call.connections.values()) {
        if (this.trunkLegs.has(legId)) due.add(legId);
      }
    }
    assert.deepEqual([...this.budget.held].sort(), [...due].sort());
    assert.deepEqual(this.budget.faults, []);
    assert.ok(this.budget.peak <= most);
  }

  #operation(): void {
    const { runtime } = this.fixture;
    const ref = this.#anyRef();
    const { callId, connectionId } = ref;
    const leg = runtime.call(callId)?.connections.get(connectionId)?.legId ?? 'none';
    const kind = runtime.call(callId)?.kind;
    const other = this.#anyRef().connectionId;
    const coin = this.random.int(2) === 0;
    const services: readonly (readonly [number, string, () => unknown])[] = [
      [5, 'receive', () => this.#receive()],
      [6, 'make', () => this.#make()],
      [3, 'enter', () => this.#enter()],
      [3, 'invite', () => this.#invite(coin ? { callId } : { policy: this.#anyConference() })],
      [5, 'listen', () => runtime.do(joinCall, { callId, mode: 'listen', deaf: coin, ...this.#phone() })],
      [5, 'coach', () => runtime.do(joinCall, { callId, mode: 'coach', coached: connectionId, ...this.#phone() })],
      [2, 'barge', () => runtime.do(joinCall, { callId, mode: 'barge', ...this.#phone() })],
      [
        5,
        'transfer',
        () =>
          runtime.do(singleStepTransfer, {
            ...ref,
            ...this.#phone(),
            ...(kind === 'conference' && coin ? { transferred: other } : {}),
          }),
      ],
      [
        5,
        'transferWhenAnswered',
        () => runtime.do(singleStepTransfer, { ...ref, ...this.#phone(), whenAnswered: true }),
      ],
      [
        7,
        'park',
        () => runtime.do(parkCall, { ...ref, maxMs: 1000 + this.random.int(20_000), returnTo: this.#phone() }),
      ],
      [6, 'unpark', () => runtime.do(unparkCall, { callId: this.#anyParked(), ...this.#phone() })],
      [6, 'pickUp', () => runtime.do(pickUpCall, { ...ref, ...this.#phone() })],
      [3, 'record', () => runtime.do(startRecording, { callId, tone: coin })],
      [2, 'recordNoMore', () => runtime.do(stopRecording, { callId })],
      [4, 'recordNotNow', () => runtime.do(pauseRecording, { callId, paused: coin })],
      [3, 'changeRole', () => runtime.do(changeRole, { ...ref, mode: coin ? 'listen' : 'barge' })],
      [9, 'consult', () => runtime.do(consultationCall, { ...ref, ...this.#phone() })],
      [5, 'swap', () => this.#two((own, other) => runtime.do(alternateCall, { active: own, held: other }))],
      [12, 'merge', () => this.#two((own, other) => runtime.do(conferenceCall, { original: other, consult: own }))],
      [
        3,
        'mergeTransfer',
        () => this.#two((own, other) => runtime.do(transferCall, { original: other, consult: own })),
      ],
      [5, 'line', () => this.#line()],
      [9, 'answerLine', () => this.#answerLine()],
      [1, 'recordingFailed', () => runtime.recordingFailed(callId, runtime.call(callId)?.recordingId ?? 'none')],
      [
        2,
        'associate',
        () => runtime.do(associateData, { callId, ...(coin ? { connectionId } : {}), set: { n: this.random.int(3) } }),
      ],
      [2, 'mute', () => runtime.do(setMute, { ...ref, muted: coin })],
      [2, 'hold', () => runtime.do(holdCall, ref)],
      [2, 'retrieve', () => runtime.do(retrieveCall, ref)],
      [2, 'answer', () => runtime.do(answerCall, ref)],
      [1, 'digits', () => runtime.do(generateDigits, { ...ref, digits: '1' })],
      [3, 'clearConnection', () => runtime.do(clearConnection, ref)],
      [1, 'clearCall', () => (coin ? runtime.do(clearCall, { callId }) : undefined)],
      [8, 'delivered', () => runtime.report(leg, { type: 'delivered', early: coin })],
      [30, 'answered', () => runtime.report(leg, { type: 'answered' })],
      [4, 'failed', () => runtime.report(leg, { type: 'failed', cause: coin ? 'busy' : 'noAnswer' })],
      [6, 'cleared', () => runtime.report(leg, { type: 'cleared', cause: 'normal' })],
      [2, 'heldByPeer', () => runtime.report(leg, coin ? heldBy(leg) : { type: 'retrievedByPeer' })],
      [1, 'digit', () => runtime.report(leg, { type: 'digit', digit: '1', durationMs: 100 })],
      [1, 'talking', () => runtime.report(leg, { type: 'talking', talking: coin })],
      [1, 'mediaLost', () => runtime.report(leg, { type: 'mediaLost' })],
    ];
    let dice = this.random.int(services.reduce((sum, [weight]) => sum + weight, 0));
    for (const [weight, name, act] of services) {
      dice -= weight;
      if (dice >= 0) continue;
      this.#watch(name, act());
      return;
    }
  }

  #watch(name: string, acted: unknown): void {
    if (!(acted instanceof Promise)) return;
    this.#pending += 1;
    acted
      .then(
        () => void this.done.set(name, (this.done.get(name) ?? 0) + 1),
        (error: unknown) => {
          const code = error instanceof AppError ? error.code : String(error);
          if (!expected.has(code)) this.refused.set(`${name} ${code}`, 1);
        },
      )
      .finally(() => {
        this.#pending -= 1;
      });
  }

  #anyRef(): CallRef {
    const calls = this.fixture.runtime.snapshot();
    const call = calls[this.random.int(Math.max(1, calls.length))];
    const ids = [...(call?.connections.keys() ?? [])];
    return { callId: call?.id ?? 'none', connectionId: ids[this.random.int(Math.max(1, ids.length))] ?? 'none' };
  }

  #anyParked(): string {
    const parked = this.fixture.runtime.snapshot().filter((call) => call.parked !== null);
    return parked[this.random.int(Math.max(1, parked.length))]?.id ?? 'none';
  }

  /** Two connections of one phone, either way round. */
  #two(act: (one: CallRef, other: CallRef) => unknown): unknown {
    const { runtime } = this.fixture;
    for (const call of runtime.snapshot()) {
      for (const { id, legId, legHere } of call.connections.values()) {
        const other = legHere ? this.#otherOf(legId, id) : null;
        if (other === null || this.random.int(2) === 0) continue;
        const own = { callId: call.id, connectionId: id };
        return this.random.int(4) === 0 ? act(other, own) : act(own, other);
      }
    }
    return undefined;
  }

  #otherOf(legId: string, id: string): CallRef | null {
    for (const call of this.fixture.runtime.snapshot()) {
      for (const other of call.connections.values()) {
        if (other.legId === legId && other.id !== id) return { callId: call.id, connectionId: other.id };
      }
    }
    return null;
  }

  /** A call that waits at a phone in another one. */
  #line(): Promise<unknown> {
    const calls = this.fixture.runtime.snapshot();
    const answered = calls.flatMap(({ connections }) =>
      [...connections.values()].filter((one) => one.answeredAt !== null),
    );
    const at = answered[this.random.int(Math.max(1, answered.length))];
    if (at === undefined) return Promise.resolve();
    const phone = { ...this.#phone(), atLeg: at.legId };
    const from = extension('100');
    const common = { legId: this.#newLeg(), organizationId: 'org', from, to: at.device } as const;
    return this.fixture.runtime.do(receiveCall, { kind: 'call', ...common, ...phone });
  }

  #answerLine(): unknown {
    const { runtime } = this.fixture;
    const call = runtime.snapshot().find(({ lines }) => lines.length > 0);
    return call && runtime.do(answerCall, { callId: call.id, connectionId: call.lines[0]! });
  }

  #anyConference() {
    return conferences[this.random.int(conferences.length)]!;
  }

  #newLeg(): string {
    const legId = `L${++this.#legs}`;
    this.legs.push(legId);
    return legId;
  }

  #target(): DialTarget {
    if (this.random.int(2) === 0) return { kind: 'terminal', aor: '200' };
    return { kind: 'trunk', trunk: 'carrier', number: '3235550100', account: '1-7' };
  }

  #phone() {
    const number = `${200 + this.random.int(50)}`;
    return {
      device: extension(number),
      target: this.#target(),
      callerId: { name: '', number: '1' },
      timeoutMs: 9000,
    } as const;
  }

  #receive(): Promise<unknown> {
    const { runtime } = this.fixture;
    const from = extension('100');
    const common = { legId: this.#newLeg(), organizationId: 'org', from } as const;
    if (this.random.int(4) === 0) return runtime.do(receiveCall, { kind: 'access', ...common, to: conferenceDevice });
    const { device: to, ...dial } = this.#phone();
    return runtime.do(receiveCall, { kind: 'call', ...common, to, ...dial });
  }

  #make(): Promise<unknown> {
    const alternatives = Array.from({ length: this.random.int(3) }, () => this.#phone());
    const { device: from, target: fromTarget, callerId, timeoutMs } = this.#phone();
    const common = { organizationId: 'org', from, fromTarget, callerId, timeoutMs, alternatives } as const;
    if (this.random.int(3) === 0) {
      return this.fixture.runtime.do(makeCall, { kind: 'access', ...common, to: conferenceDevice, toTarget: null });
    }
    const { device: to, target: toTarget } = this.#phone();
    const limit = this.random.int(2) === 0 ? {} : { durationMs: 1000 + this.random.int(60_000) };
    return this.fixture.runtime.do(makeCall, { kind: 'call', ...common, to, toTarget, ...limit });
  }

  #enter(): Promise<unknown> {
    const role = this.random.int(3) === 0 ? 'moderator' : 'participant';
    const leg = this.fixture.runtime.call(this.#anyRef().callId)?.connections.values().next().value?.legId;
    const known = this.random.int(2) === 0 && leg !== undefined && leg !== null;
    const who = known ? { legId: leg } : { legId: this.#newLeg(), device: extension('300') };
    return this.fixture.runtime.do(enterConference, { ...who, policy: this.#anyConference(), role });
  }

  #invite(into: { callId: string } | { policy: ReturnType<typeof policy> }): Promise<unknown> {
    return this.fixture.runtime.do(singleStepConference, { into, ...this.#phone(), role: 'participant' });
  }
}

/** Every third phone is a browser, that talks again at once, or can be asked to. */
export function heldBy(leg: string): LegReport {
  const back = [null, 'asked', 'atOnce'] as const;
  const its = back[(leg.codePointAt(leg.length - 1) ?? 0) % 3] ?? null;
  return { type: 'heldByPeer', ...(its === null ? {} : { back: its }) };
}

export function checkCall(call: Call, { ports }: RuntimeFixture): void {
  const all = [...call.connections.values()];
  const parties = all.filter((one) => one.role !== 'supervisor');
  const answered = parties.filter((one) => one.answeredAt !== null);
  assert.equal(call.answered, answered.length);
  assert.equal(call.connected, parties.filter((one) => one.state === 'connected').length);
  assert.equal(call.ringing, parties.filter((one) => one.state === 'alerting').length);
  assert.equal(call.early, parties.filter((one) => one.early).length);
  assert.equal(call.supervisors.length, all.length - parties.length);
  assert.ok(parties.length > 0, 'only supervisors are left');
  const rivals = Map.groupBy(
    parties.filter((one) => one.hunt !== null && one.answeredAt === null),
    (one) => one.hunt,
  );
  if (call.parked !== null) assert.ok(answered.length > 0, 'nobody is parked');
  else if (call.kind === 'call') {
    const single = parties.filter((one) => one.hunt === null || one.answeredAt !== null).length;
    assert.ok(single + rivals.size + (call.destination === null ? 0 : 1) >= 2, 'one is left alone');
  }
  const heard = parties.filter((one) => one.early && one.direction === 'outgoing').length;
  assert.equal(heard, parties.some((one) => one.sounds) ? 1 : 0, 'of the phones that sound one is heard');
  if (call.endsAt !== null) assert.ok(call.answered < 2 || call.updatedAt <= call.endsAt);
  for (const { legId, legHere, role, coach } of all) {
    if (role !== 'supervisor' || !legHere || !ports.roomOfLeg.has(legId)) continue;
    const { muted, heardBy } = ports.leg(legId);
    assert.ok(muted || heardBy !== null, 'a supervisor is heard by all');
    const coached = coach === null ? undefined : call.connections.get(coach);
    assert.equal(heardBy, coached?.legHere === true ? coached.legId : legId);
  }
}
