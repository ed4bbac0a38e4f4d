import assert from 'node:assert/strict';
import { AppError } from '../../../../../base/app-error.ts';
import type { SeededRandom } from '../../../../../base/random.ts';
import { Secret } from '../../../../../base/secret.ts';
import type { Call } from '../../../../../call/model/call.ts';
import type { Connection } from '../../../../../call/model/connection.ts';
import { changeRole } from '../../../../../call/services/change-role.ts';
import { clearConnection } from '../../../../../call/services/clear-connection.ts';
import { enterConference } from '../../../../../call/services/enter-conference.ts';
import { joinCall } from '../../../../../call/services/join-call.ts';
import { parkCall } from '../../../../../call/services/park-call.ts';
import { pickUpCall } from '../../../../../call/services/pick-up-call.ts';
import { receiveCall } from '../../../../../call/services/receive-call.ts';
import { setLocked } from '../../../../../call/services/set-locked.ts';
import { setMute } from '../../../../../call/services/set-mute.ts';
import { singleStepConference } from '../../../../../call/services/single-step-conference.ts';
import { singleStepTransfer } from '../../../../../call/services/single-step-transfer.ts';
import { startRecording } from '../../../../../call/services/start-recording.ts';
import { unparkCall } from '../../../../../call/services/unpark-call.ts';
import type { LegReport } from '../../../../../call/step/reports.ts';
import { type CallOperation, callOperations, capabilitiesOf, partiesBeside } from '../../capabilities.ts';
import { deviceCapabilitiesOf } from '../../device-view.ts';
import { WebServicesError } from '../../errors.ts';
import { callIdOf, deviceIdOf } from '../../ids.ts';
import { operateCall } from '../../operations/call-operations.ts';
import { operateDevice } from '../../operations/device-operations.ts';
import { dial } from '../../operations/dial.ts';
import { ownTerminals, shownDevice } from '../../own-devices.ts';
import { type Seat, shownIdOf } from '../../seat.ts';
import { admissions, type BusyHouse, organizationId, terminals } from './busy-house.ts';

const outside = ['4930123456', '+4940999999'];
const conferences = ['211*3*2233', '211*3*9988', '211*4', '211*5', '211*6', '211*7*9988', '211*7*2233', '211*3'];
const ofData = (operation: CallOperation) => operation.includes('UserData');
/** These end what has just been reached: they are seldom asked for. */
const ending: readonly CallOperation[] = [
  'Hangup',
  'ClearCall',
  'Reject',
  'SingleStepTransfer',
  'CompleteTransfer',
  'SendDtmf',
];
const timing = { timeoutMs: 25_000 } as const;

/** What may happen in a house in which people work by every door at once: at random. */
export class WorkAtEveryDoor {
  /** What was done, and how often each operation was. */
  readonly trace: string[] = [];
  readonly accepted: Map<string, number>;
  readonly #house: BusyHouse;
  readonly #random: SeededRandom;
  #legs = 0;
  #numbers = 0;

  constructor(house: BusyHouse, random: SeededRandom, accepted: Map<string, number>) {
    this.#house = house;
    this.#random = random;
    this.accepted = accepted;
  }

  async step(): Promise<void> {
    const { fixture } = this.#house;
    const dice = this.#random.int(100);
    if (dice < 10) await this.#dial();
    else if (dice < 14) await this.#dialByPhone();
    else if (dice < 20) await this.#enter();
    else if (dice < 28) await this.#elsewhere();
    else if (dice < 52) await this.#report();
    else if (dice < 88) await this.#askListed();
    else if (dice < 94) await this.#askUnlisted();
    else if (dice < 98) await this.#set();
    else await fixture.clock.advanceAsync(this.#random.int(30_000));
    await this.#house.settle();
    assert.deepEqual(fixture.ports.faults, []);
  }

  #one<T>(of: readonly T[]): T {
    return of[this.#random.int(of.length)]!;
  }

  #coin(): boolean {
    return this.#random.int(2) === 0;
  }

  /** A number that nobody has dialled yet. */
  #fresh(): string {
    return `4930${1_000_000 + ++this.#numbers}`;
  }

  /** What is refused, as much is at random, changes nothing; anything else is a mistake. */
  async #try(what: string, action: () => unknown): Promise<void> {
    this.trace.push(what);
    try {
      await action();
    } catch (error) {
      if (!(error instanceof AppError) && !(error instanceof WebServicesError)) throw error;
      this.trace.push(`  refused: ${error.message}`);
    }
  }

  async #dial(): Promise<void> {
    const { deps, users } = this.#house;
    const user = this.#one(users);
    const { id, number } = this.#one(ownTerminals(deps, user));
    const phoneNumber = this.#one([...terminals, ...terminals, ...outside, ...conferences]);
    const body = { operationName: 'Dial', destination: { phoneNumber } };
    await this.#try(`${number} Dial ${phoneNumber}`, () => dial(deps, user, deviceIdOf(id), body));
  }

  #newLeg(): string {
    const legId = `own${++this.#legs}`;
    this.#house.legs.push(legId);
    return legId;
  }

  async #dialByPhone(): Promise<void> {
    const [from, to] = [this.#one(terminals), this.#one(terminals)];
    if (from === to) return;
    const legId = this.#newLeg();
    const { device, target } = this.#house.device(to);
    const caller = { from: this.#house.device(from).device, callerId: { name: '', number: from } };
    await this.#try(`phone ${from} dials ${to} on ${legId}`, () =>
      this.#house.fixture.runtime.do(receiveCall, {
        kind: 'call',
        legId,
        organizationId,
        ...caller,
        to: device,
        target,
        ...timing,
      }),
    );
  }

  /** A phone that is asked for a PIN, or one that has dialled it. */
  async #enter(): Promise<void> {
    const { directory, fixture } = this.#house;
    const [conferenceNumber, pin] = this.#one(admissions);
    const admission = directory.admit({
      extensionId: `${organizationId}-211`,
      conferenceNumber,
      pin: pin === null ? null : new Secret(pin),
      callerKey: 'house',
      authenticated: true,
    });
    assert.ok(admission.result === 'admitted');
    const { policy, role } = admission;
    const asked = fixture.runtime.snapshot().find(({ kind }) => kind === 'access');
    const [waiting] = asked === undefined ? [] : asked.connections.values();
    const number = this.#one(terminals);
    const way =
      waiting !== undefined && this.#coin()
        ? { legId: waiting.legId }
        : { legId: this.#newLeg(), device: this.#house.device(number).device };
    const what = `${way.legId} (${number}) enters ${policy.number}`;
    await this.#try(what, () => fixture.runtime.do(enterConference, { ...way, policy, role }));
  }

  /** What others do with the same calls: applications, moderators, pages of meetings. */
  async #elsewhere(): Promise<void> {
    const { runtime } = this.#house.fixture;
    const calls = runtime.snapshot().filter(({ connections }) => connections.size > 0);
    if (calls.length === 0) return;
    const call: Call = this.#one(calls);
    const connection: Connection = this.#one([...call.connections.values()]);
    const { id: callId } = call;
    const ref = { callId, connectionId: connection.id };
    const to = { ...this.#house.device(this.#one(terminals)), callerId: { name: '', number: '1' }, ...timing };
    const muted = this.#coin();
    const acts: Readonly<Record<string, () => unknown>> = {
      lock: () => runtime.do(setLocked, { callId, locked: muted }),
      mute: () => runtime.do(setMute, { ...ref, muted, byModerator: this.#coin() }),
      deafen: () => runtime.do(setMute, { ...ref, deaf: muted }),
      moderate: () => runtime.do(changeRole, { ...ref, mode: 'moderate' }),
      listen: () => runtime.do(changeRole, { ...ref, mode: 'listen' }),
      barge: () => runtime.do(changeRole, { ...ref, mode: 'barge' }),
      park: () => runtime.do(parkCall, { ...ref, maxMs: 20_000, returnTo: to }),
      unpark: () => runtime.do(unparkCall, { callId, ...to }),
      pickUp: () => runtime.do(pickUpCall, { ...ref, ...to }),
      sendOn: () => runtime.do(singleStepTransfer, { ...ref, ...to, whenAnswered: this.#coin() }),
      remove: () => runtime.do(clearConnection, { ...ref, cause: 'removed' }),
      join: () => runtime.do(joinCall, { callId, mode: this.#coin() ? 'listen' : 'barge', ...to }),
      coach: () => runtime.do(joinCall, { callId, mode: 'coach', coached: connection.id, ...to }),
      invite: () => runtime.do(singleStepConference, { into: { callId }, role: 'moderator', ...to }),
      record: () => runtime.do(startRecording, { callId }),
    };
    const [name, act] = this.#one(Object.entries(acts));
    await this.#try(`elsewhere: ${name} of ${connection.device.number} in ${callId} (${to.device.number})`, act);
  }

  async #report(): Promise<void> {
    const { runtime } = this.#house.fixture;
    const all = runtime.snapshot().flatMap((call) => [...call.connections.values()]);
    const dialled = all.filter(({ answeredAt, direction }) => answeredAt === null && direction === 'outgoing');
    if (all.length === 0) return;
    const { device, legId } = this.#one(dialled.length > 0 && this.#random.int(8) > 0 ? dialled : all);
    // Every third phone is a browser, that talks again at once, or can be asked to.
    const back = [null, 'asked', 'atOnce'][legId.charCodeAt(legId.length - 1) % 3] as 'asked' | 'atOnce' | null;
    const dice = this.#random.int(20);
    const report: LegReport =
      dice < 12
        ? { type: 'answered' }
        : dice < 15
          ? { type: 'delivered', ...(dice === 13 ? { answerable: true } : {}) }
          : dice < 16
            ? { type: 'failed', cause: 'busy' }
            : dice < 17
              ? { type: 'cleared', cause: 'normal' }
              : dice < 19
                ? { type: 'heldByPeer', ...(back === null ? {} : { back }) }
                : { type: 'retrievedByPeer' };
    this.trace.push(`${device.number} (${legId}): ${JSON.stringify(report)}`);
    runtime.report(legId, report);
  }

  /** The ways to ask for it, of which one must do. */
  #waysOf(seat: Seat, operation: CallOperation, to: string): readonly object[] {
    switch (operation) {
      case 'SendDtmf':
        return [{ digits: '1' }];
      case 'AttachUserData':
      case 'UpdateUserData':
        return [{ userData: { [`k${this.#random.int(3)}`]: this.#random.int(100) } }];
      case 'DeleteUserDataPair':
        return [{ key: `k${this.#random.int(3)}` }];
      case 'RemoveParticipantFromConference':
        return [...partiesBeside(seat).map(({ device }) => ({ participant: device.number })), { participant: '0' }];
      case 'Redirect':
      case 'InitiateConference':
      case 'InitiateTransfer':
      case 'SingleStepConference':
      case 'SingleStepTransfer':
        return [to, this.#fresh()].map((phoneNumber) => ({ destination: { phoneNumber } }));
      default:
        return [{}];
    }
  }

  /** Of who sits in one call twice, what either may. */
  #listedAt(seat: Seat): ReadonlySet<CallOperation> {
    const isSame = (one: Seat) => one.extensionId === seat.extensionId && shownIdOf(one) === shownIdOf(seat);
    return new Set(
      this.#house
        .seats()
        .filter(isSame)
        .flatMap((one) => capabilitiesOf(one)),
    );
  }

  /** Null: it was done. */
  async #ask(seat: Seat, operation: CallOperation, more: object): Promise<unknown> {
    const { connection, extensionId } = seat;
    this.trace.push(`${connection.device.number} in ${seat.call.id}: ${operation} ${JSON.stringify(more)}`);
    const body = { operationName: operation, deviceUri: deviceIdOf(extensionId), ...more };
    const { deps } = this.#house;
    return operateCall(deps, this.#house.ownerOf(seat), callIdOf(shownIdOf(seat)), body).then(
      () => null,
      (thrown: unknown) => thrown,
    );
  }

  async #askListed(): Promise<void> {
    const seats = this.#house.seats();
    if (seats.length === 0) return;
    const seat = this.#one(seats);
    const seldom = (one: CallOperation) => ending.includes(one) || ofData(one);
    const listed = [...this.#listedAt(seat)].filter((one) => !seldom(one) || this.#random.int(6) === 0);
    if (listed.length === 0) return;
    const times = (one: CallOperation) => this.accepted.get(one) ?? 0;
    const rarest = listed.toSorted((one, other) => times(one) - times(other))[0]!;
    const operation = this.#coin() ? rarest : this.#one(listed);
    let error: unknown = null;
    for (const more of this.#waysOf(seat, operation, this.#one([...terminals, ...outside, ...conferences]))) {
      error = await this.#ask(seat, operation, more);
      if (error === null) break;
      this.trace.push(`  refused: ${error}`);
    }
    assert.equal(error, null, `${operation} is listed, and refused`);
    this.accepted.set(operation, times(operation) + 1);
  }

  async #askUnlisted(): Promise<void> {
    const seats = this.#house.seats();
    if (seats.length === 0) return;
    const { store } = this.#house.fixture;
    const seat = this.#one(seats);
    const listed = this.#listedAt(seat);
    const operation = this.#one(callOperations.filter((one) => !listed.has(one)));
    const before = await store.lastPosition();
    for (const more of this.#waysOf(seat, operation, this.#fresh())) {
      const error = await this.#ask(seat, operation, more);
      assert.ok(error instanceof WebServicesError && [2, 5].includes(error.statusCode), `${operation}: ${error}`);
    }
    await this.#house.settle();
    assert.equal(await store.lastPosition(), before, `${operation} was refused, and changed something`);
  }

  /** What is set for a phone is mostly taken back, so that calls come through. */
  async #set(): Promise<void> {
    const { deps, users } = this.#house;
    const user = this.#one(users);
    const device = this.#one(ownTerminals(deps, user));
    const listed = deviceCapabilitiesOf(shownDevice(deps, user, device));
    const off = listed.filter((one) => one.endsWith('Off'));
    const supervise = listed.filter((one) => ['ListenIn', 'Coach', 'BargeIn'].includes(one));
    const among = supervise.length > 0 && this.#coin() ? supervise : off.length > 0 ? off : listed;
    const operationName = this.#one(among);
    const other = this.#one(terminals.filter((one) => one !== device.number));
    const more = {
      destination: { phoneNumber: this.#random.int(3) === 0 ? this.#one(outside) : other },
      targetDeviceUri: deviceIdOf(`${organizationId}-${other}`),
      supervisorMonitoringScope: this.#one(['Agent', 'Call']),
      supervisorMonitoringMode: this.#one(['NextCall', 'AllCalls']),
    };
    this.trace.push(`${device.number} ${operationName} ${JSON.stringify(more)}`);
    await operateDevice(deps, user, deviceIdOf(device.id), { operationName, ...more });
  }
}
