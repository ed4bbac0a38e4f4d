import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { AppError } from '../base/app-error.ts';
import { SeededRandom } from '../base/random.ts';
import { VirtualClock } from '../base/testing/virtual-clock.ts';
import type { DialTarget, ExternalDevice } from '../call/model/device.ts';
import { clearCall } from '../call/services/clear-call.ts';
import { makeCall } from '../call/services/make-call.ts';
import { singleStepConference } from '../call/services/single-step-conference.ts';
import { MemoryCallStore } from '../call/testing/memory-store.ts';
import { extension, policy, RuntimeFixture } from '../call/testing/runtime-fixture.ts';
import { DialOutBudget } from './dial-out-budget.ts';
import type { DialOutLimits } from './records.ts';

/** The budget where it is asked: in the steps of the call runtime. */

const limits: DialOutLimits = {
  dialOutPerMinute: 1000,
  dialOutConcurrent: 1000,
  dialOutPerUserPerMinute: null,
  dialOutPerUserConcurrent: null,
  dialOutPerConferencePerMinute: null,
  dialOutPerConferenceConcurrent: null,
  dialOutAllow: [],
  dialOutDeny: ['^900'],
};

class FailingStore extends MemoryCallStore {
  fails = false;

  override async appendSteps(...args: Parameters<MemoryCallStore['appendSteps']>): Promise<void> {
    if (this.fails) throw new Error('the disk is full');
    return super.appendSteps(...args);
  }
}

function exchange(change: Partial<DialOutLimits>, store = new FailingStore()) {
  const clock = new VirtualClock();
  const budget = new DialOutBudget({ clock, limits: { ...limits, ...change } });
  const fixture = new RuntimeFixture(1, store, budget);
  const number = (dialled: string): ExternalDevice => ({ kind: 'external', number: dialled, name: '' });
  const over = (dialled: string, account: string | null): DialTarget => ({
    kind: 'trunk',
    trunk: 'carrier',
    number: dialled,
    account,
  });
  const shown = { callerId: { name: '', number: '211' }, timeoutMs: 25_000 };
  return {
    clock,
    budget,
    fixture,
    store,
    /** Both ends over the trunk. */
    connect: (from: string, to: string, account = 'org-12') =>
      fixture.runtime.do(makeCall, {
        kind: 'call',
        organizationId: 'org',
        from: number(from),
        fromTarget: over(from, account),
        to: number(to),
        toTarget: over(to, account),
        ...shown,
      }),
    invite: (dialled: string, account = 'org-12', conferenceId = 'weekly') =>
      fixture.runtime.do(singleStepConference, {
        into: { policy: policy({ conferenceId }) },
        device: number(dialled),
        target: over(dialled, account),
        role: 'participant',
        ...shown,
      }),
    total: () => budget.snapshot().total,
  };
}

function refusal(reason: unknown): string {
  assert.ok(reason instanceof AppError, String(reason));
  return [reason.code, reason.details['scope'], reason.details['limit']].filter(Boolean).join(' ');
}

const dials = (fixture: RuntimeFixture) => fixture.ports.effects.filter((effect) => effect.do === 'dial').length;

describe('the budget in the steps of calls', () => {
  test('a hundred invitations at once: exactly as many phones ring as are allowed, and the rest is refused and leaves nothing', async () => {
    const { fixture, invite, total, budget } = exchange({ dialOutConcurrent: 10, dialOutPerUserConcurrent: 4 });
    const all = await Promise.allSettled(
      Array.from({ length: 100 }, (_, at) =>
        invite(`55501${at}`, at < 50 ? 'org-0' : `org-${at}`, `conference-${at % 5}`),
      ),
    );
    await fixture.settle();
    const admitted = all.filter(({ status }) => status === 'fulfilled').length;
    assert.equal(admitted, 10);
    assert.equal(dials(fixture), 10);
    assert.deepEqual(total(), { inLastMinute: 10, atOnce: 10 });
    assert.ok(Object.values(budget.snapshot().users).every(({ atOnce }) => atOnce <= 4));
    const why = new Set(all.flatMap((one) => (one.status === 'rejected' ? [refusal(one.reason)] : [])));
    assert.deepEqual([...why].sort(), ['limitExceeded total concurrent', 'limitExceeded user concurrent']);
    assert.ok((await fixture.store.recentCalls({ limit: 100 })).calls.length <= 5, 'a refused invitation is no call');
  });

  test('a call of two legs takes both before the first rings, or neither', async () => {
    const { fixture, connect, total } = exchange({ dialOutConcurrent: 3 });
    await connect('5550100', '5550101');
    assert.deepEqual([dials(fixture), total()], [1, { inLastMinute: 2, atOnce: 2 }]);
    for (let attempt = 0; attempt < 5; attempt++) {
      assert.equal(await connect('5550102', '5550103').catch(refusal), 'limitExceeded total concurrent');
    }
    assert.equal(await connect('5550102', '900123').catch(refusal), 'destinationNotAllowed destination');
    assert.deepEqual([dials(fixture), total()], [1, { inLastMinute: 2, atOnce: 2 }], 'what never rang costs nothing');
    const first = fixture.lastDialled();
    fixture.runtime.report(first, { type: 'answered' });
    await fixture.settle();
    assert.deepEqual([dials(fixture), total()], [2, { inLastMinute: 2, atOnce: 2 }], 'the second was counted already');
    fixture.runtime.report(first, { type: 'cleared', cause: 'normal' });
    await fixture.settle();
    assert.deepEqual(total(), { inLastMinute: 2, atOnce: 0 });
  });

  test('what could not be stored costs nothing', async () => {
    const { fixture, invite, total, store } = exchange({});
    store.fails = true;
    assert.equal(await invite('5550100').catch(refusal), 'unavailable');
    assert.deepEqual([dials(fixture), total()], [0, { inLastMinute: 0, atOnce: 0 }]);
    store.fails = false;
    await invite('5550100');
    assert.deepEqual([dials(fixture), total()], [1, { inLastMinute: 1, atOnce: 1 }]);
  });

  test('phones of our own cost nothing', async () => {
    const { fixture, total } = exchange({ dialOutPerMinute: 0 });
    await fixture.dialled();
    const into = { policy: policy() };
    const target = { kind: 'terminal', aor: '101' } as const;
    const request = { into, device: extension('101'), target, callerId: { name: '', number: '' }, timeoutMs: 1000 };
    await fixture.runtime.do(singleStepConference, { ...request, role: 'participant' });
    assert.deepEqual(total(), { inLastMinute: 0, atOnce: 0 });
  });

  for (const seed of [1, 2, 3]) {
    test(`whatever becomes of the calls, in the end everything is given back (seed ${seed})`, async () => {
      const random = new SeededRandom(seed);
      const { fixture, invite, connect, total } = exchange({ dialOutConcurrent: 6 });
      const legs = new Set<string>();
      for (let step = 0; step < 150; step++) {
        const started =
          random.int(2) === 0 ? connect('5550100', '5550101') : invite('5550102', 'org-1', `c${step % 3}`);
        if (random.int(3) > 0) await started.catch(refusal);
        else started.catch(refusal);
        for (const effect of fixture.ports.effects) if (effect.do === 'dial') legs.add(effect.legId);
        const leg = [...legs][random.int(Math.max(1, legs.size))];
        if (leg !== undefined) {
          const reports = [
            { type: 'delivered' },
            { type: 'answered' },
            { type: 'failed', cause: 'busy' },
            { type: 'cleared', cause: 'normal' },
          ] as const;
          fixture.runtime.report(leg, reports[random.int(reports.length)]!);
        }
        if (random.int(2) === 0) await fixture.settle();
        assert.ok(total().atOnce <= 6);
      }
      await fixture.settle();
      for (const call of fixture.runtime.snapshot()) await fixture.runtime.do(clearCall, { callId: call.id });
      await fixture.settle();
      assert.equal(total().atOnce, 0);
      assert.ok(total().inLastMinute > 6, 'places were used more than once');
    });
  }
});
