import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { AppError } from '../../base/app-error.ts';
import { SeededRandom } from '../../base/random.ts';
import { replay } from '../model/evolve.ts';
import { clearCall } from '../services/clear-call.ts';
import { clearConnection } from '../services/clear-connection.ts';
import { enterConference } from '../services/enter-conference.ts';
import { holdCall } from '../services/hold-call.ts';
import { receiveCall } from '../services/receive-call.ts';
import { retrieveCall } from '../services/retrieve-call.ts';
import { setMute } from '../services/set-mute.ts';
import { singleStepConference } from '../services/single-step-conference.ts';
import { checkAgreement, checkEnd } from '../testing/agreement.ts';
import { conferenceDevice, extension, policy, RuntimeFixture } from '../testing/runtime-fixture.ts';

/** One conference of many hundreds among small ones. */
const conferences = [
  policy({ conferenceId: 'huge', roomSize: 800, entryTone: false }),
  policy({ conferenceId: 'small', roomSize: 4 }),
  policy({ conferenceId: 'led', roomSize: 40, waitForModerator: true, closeWhenModeratorsLeave: true }),
  policy({ conferenceId: 'plain', roomSize: 100, musicWhileAlone: false }),
  policy({ conferenceId: 'pair', roomSize: 2 }),
];
const acceptable = new Set([
  'conferenceFull',
  'callNotFound',
  'connectionNotFound',
  'invalidState',
  'conflict',
  'unavailable',
]);

class Storm {
  readonly random: SeededRandom;
  readonly fixture: RuntimeFixture;
  readonly refused = new Map<string, number>();
  /** Legs that were ever there; most are gone. */
  readonly legs: string[] = [];
  #legs = 0;
  #pending = 0;

  /** `faults`: of a thousand appends, so many fail. */
  constructor(seed: number, faults = 0) {
    this.random = new SeededRandom(seed);
    this.fixture = new RuntimeFixture(seed + 1);
    this.fixture.ports.keepEffects = false;
    // Dialled legs join those that things happen to.
    this.fixture.ports.onDial = ({ legId }) => this.legs.push(legId);
    // The disk is slow now and then, so that steps pile up and are stored together.
    this.fixture.store.beforeAppend = async () => {
      if (this.random.int(4) === 0) await new Promise<void>((resolve) => setImmediate(resolve));
      if (this.random.int(1000) < faults) throw new Error('disk full');
    };
    this.fixture.ports.disksFail = faults > 0;
  }

  async run(operations: number): Promise<void> {
    for (let done = 0; done < operations; done++) {
      this.#operation();
      if (done % 64 === 0) {
        this.fixture.clock.advance(this.random.int(400));
        await this.fixture.settle();
      }
    }
  }

  /** Until nothing waits any more. */
  async calm(): Promise<void> {
    while (this.#pending > 0) await this.fixture.settle();
    await this.fixture.clock.advanceAsync(5000);
    await this.fixture.settle();
  }

  #operation(): void {
    const { runtime } = this.fixture;
    const dice = this.random.int(100);
    const leg = this.legs[this.legs.length - 1 - this.random.int(Math.min(this.legs.length, 1200))] ?? 'none';
    const ref = runtime.refOfLeg(leg) ?? { callId: 'none', connectionId: 'none' };
    if (dice < 22) this.#enter();
    else if (dice < 24) this.#expect(this.#phone());
    else if (dice < 26) this.#expect(this.#invite());
    else if (dice < 38) this.#expect(runtime.do(setMute, { ...ref, muted: this.random.int(2) === 0 }));
    else if (dice < 48) this.#expect(runtime.do(holdCall, ref));
    else if (dice < 58) this.#expect(runtime.do(retrieveCall, ref));
    else if (dice < 63) runtime.report(leg, { type: 'heldByPeer' });
    else if (dice < 68) runtime.report(leg, { type: 'retrievedByPeer' });
    else if (dice < 74) runtime.report(leg, { type: 'talking', talking: this.random.int(2) === 0 });
    else if (dice < 80) runtime.report(leg, { type: 'answered' });
    else if (dice < 89) runtime.report(leg, { type: 'cleared', cause: 'normal' });
    else if (dice < 92) runtime.report(leg, { type: 'mediaLost' });
    else if (dice < 99) this.#expect(runtime.do(clearConnection, ref));
    else if (this.random.int(8) === 0) this.#expect(runtime.do(clearCall, ref));
  }

  #enter(): void {
    const { runtime } = this.fixture;
    const legId = `L${++this.#legs}`;
    this.legs.push(legId);
    const picked = this.random.int(3) > 0 ? conferences[0]! : conferences[this.random.int(conferences.length)]!;
    const role = this.random.int(10) === 0 ? 'moderator' : 'participant';
    if (this.random.int(2) === 0) {
      this.#expect(runtime.do(enterConference, { legId, device: extension(legId), policy: picked, role }));
      return;
    }
    const asked = {
      kind: 'access',
      legId,
      organizationId: 'org',
      from: extension(legId),
      to: conferenceDevice,
    } as const;
    this.#expect(runtime.do(receiveCall, asked));
    this.#expect(runtime.do(enterConference, { legId, policy: picked, role }));
  }

  #phone(): Promise<unknown> {
    const legId = `L${++this.#legs}`;
    this.legs.push(legId);
    return this.fixture.dialledFrom(legId);
  }

  #invite(): Promise<unknown> {
    return this.fixture.runtime.do(singleStepConference, {
      into: { policy: conferences[this.random.int(conferences.length)]! },
      device: extension('900'),
      target: { kind: 'terminal', aor: '900' },
      callerId: { name: '', number: '' },
      timeoutMs: 1000,
      role: 'participant',
    });
  }

  #expect(promise: Promise<unknown>): void {
    this.#pending += 1;
    const settled = () => {
      this.#pending -= 1;
    };
    promise.then(settled, settled);
    promise.catch((error: unknown) => {
      const code = error instanceof AppError ? error.code : String(error);
      if (!acceptable.has(code)) this.refused.set(code, (this.refused.get(code) ?? 0) + 1);
    });
  }
}

test('after 100 000 joins, leaves, holds and mutes roster, rooms and log agree', async (t) => {
  const seed = 4711;
  t.diagnostic(`seed ${seed}`);
  const storm = new Storm(seed);
  await storm.run(100_000);
  await storm.calm();
  assert.ok(storm.fixture.runtime.callOfConference('huge')!.connections.size > 100);
  assert.equal(storm.fixture.runtime.counters().failedAppends, 0);
  check(storm, t);
  await checkEnd(storm.fixture);
});

test('they agree as well when the disk fails now and then', async (t) => {
  const seed = 815;
  t.diagnostic(`seed ${seed}`);
  const storm = new Storm(seed, 30);
  await storm.run(10_000);
  storm.fixture.store.beforeAppend = null;
  // Legs that went while the disk was away are reported again.
  await storm.fixture.clock.advanceAsync(60_000);
  await storm.calm();
  assert.ok(storm.fixture.runtime.counters().failedAppends > 50);
  check(storm, t);
  await checkEnd(storm.fixture);
});

test('a storm that is cut off leaves a log from which the next process ends every call', async (t) => {
  const seed = 77;
  t.diagnostic(`seed ${seed}`);
  const storm = new Storm(seed);
  await storm.run(10_000);
  const { store } = storm.fixture;
  store.beforeAppend = () => new Promise(() => {});
  const open = await store.openCalls();
  assert.ok(open.length > 3);
  const next = new RuntimeFixture(seed + 2, store);
  store.beforeAppend = null;
  assert.equal(await next.runtime.recover(), open.length);
  let connections = 0;
  for (const callId of store.callIds()) {
    const call = replay(store.log(callId))!;
    assert.ok(call.ended);
    connections += call.joins;
  }
  assert.equal(store.allRecords().length, connections);
});

function check(storm: Storm, t: TestContext): void {
  assert.deepEqual([...storm.refused], []);
  assert.equal(storm.fixture.clock.pending, 0);
  const { events, calls, records } = checkAgreement(storm.fixture, storm.legs);
  t.diagnostic(`${events} events, ${calls} calls, ${records} records`);
}
