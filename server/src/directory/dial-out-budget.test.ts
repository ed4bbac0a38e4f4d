import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { AppError } from '../base/app-error.ts';
import { SeededRandom } from '../base/random.ts';
import { VirtualClock } from '../base/testing/virtual-clock.ts';
import type { DialOut } from '../call/ports.ts';
import { DialOutBudget, type DialRefusal } from './dial-out-budget.ts';
import { minuteMs } from './dial-tally.ts';
import type { DialOutLimits } from './records.ts';

const unbounded: DialOutLimits = {
  dialOutPerMinute: 1_000_000,
  dialOutConcurrent: 1_000_000,
  dialOutPerUserPerMinute: null,
  dialOutPerUserConcurrent: null,
  dialOutPerConferencePerMinute: null,
  dialOutPerConferenceConcurrent: null,
  dialOutAllow: [],
  dialOutDeny: [],
};

function budgetOf(limits: Partial<DialOutLimits>) {
  const clock = new VirtualClock();
  const refusals: DialRefusal[] = [];
  const budget = new DialOutBudget({
    clock,
    limits: { ...unbounded, ...limits },
    onRefused: (refusal) => {
      refusals.push(refusal);
      return null;
    },
  });
  let legs = 0;
  /** The leg that was taken, or why none was: `limitExceeded user perMinute`. */
  const take = (change: { account?: string | null; conferenceId?: string | null; number?: string } = {}): string => {
    const legId = `leg-${legs++}`;
    const { account = '3-12', conferenceId = null, number = '5550100' } = change;
    try {
      budget.take(dial(legId, account, conferenceId, number));
      return legId;
    } catch (error) {
      return refusalOf(error);
    }
  };
  return { clock, budget, refusals, take };
}

function dial(legId: string, account: string | null, conferenceId: string | null, number = '5550100'): DialOut {
  return { legId, organizationId: '3', conferenceId, target: { kind: 'trunk', trunk: 'carrier', number, account } };
}

function refusalOf(error: unknown): string {
  assert.ok(error instanceof AppError);
  return [error.code, error.details['scope'], error.details['limit']].filter(Boolean).join(' ');
}

describe('each bound', () => {
  const cases: [
    limits: Partial<DialOutLimits>,
    refusal: string,
    other: Parameters<ReturnType<typeof budgetOf>['take']>[0],
  ][] = [
    [{ dialOutPerMinute: 2 }, 'limitExceeded total perMinute', undefined],
    [{ dialOutConcurrent: 2 }, 'limitExceeded total concurrent', undefined],
    [{ dialOutPerUserPerMinute: 2 }, 'limitExceeded user perMinute', { account: '3-13', conferenceId: 'c' }],
    [{ dialOutPerUserConcurrent: 2 }, 'limitExceeded user concurrent', { account: '3-13', conferenceId: 'c' }],
    [{ dialOutPerConferencePerMinute: 2 }, 'limitExceeded conference perMinute', { conferenceId: 'd' }],
    [{ dialOutPerConferenceConcurrent: 2 }, 'limitExceeded conference concurrent', { conferenceId: null }],
  ];
  for (const [limits, refusal, other] of cases) {
    test(Object.keys(limits).join(), () => {
      const { budget, take } = budgetOf(limits);
      const before = [take({ conferenceId: 'c' }), take({ conferenceId: 'c' })];
      assert.deepEqual(before, ['leg-0', 'leg-1']);
      const used = budget.snapshot();
      assert.equal(take({ conferenceId: 'c' }), refusal);
      const { total, users, conferences } = budget.snapshot();
      assert.deepEqual(
        { total, users, conferences },
        { total: used.total, users: used.users, conferences: used.conferences },
      );
      // Others have budgets of their own, all have the total.
      assert.equal(take(other) === refusal, other === undefined);
      budget.release('leg-0');
      const again = take({ conferenceId: 'c' });
      assert.equal(
        again === refusal,
        refusal.endsWith('perMinute'),
        'hanging up makes room at once, but not in the minute',
      );
    });
  }

  test('a minute is any 60 seconds', () => {
    const { clock, take } = budgetOf({ dialOutPerMinute: 2 });
    take();
    clock.advance(40_000);
    take();
    clock.advance(minuteMs - 40_000 - 1);
    assert.equal(take(), 'limitExceeded total perMinute', 'the first still counts');
    clock.advance(1);
    assert.match(take(), /^leg/);
    assert.equal(take(), 'limitExceeded total perMinute', 'the second and the third');
    clock.advance(40_000);
    assert.match(take(), /^leg/);
  });

  test('a leg that is sent on counts once more in every minute, and keeps its one place', () => {
    const { clock, budget, refusals } = budgetOf({
      dialOutPerMinute: 9,
      dialOutConcurrent: 1,
      dialOutPerUserPerMinute: 4,
      dialOutPerConferencePerMinute: 3,
      dialOutDeny: ['^900'],
    });
    const on = (legId: string, number = '5550111') => budget.again(legId, dial(legId, '3-12', 'c', number).target);
    assert.equal(on('a'), false, 'nobody has taken it');
    budget.take(dial('a', '3-12', 'c'));
    assert.equal(on('a', '9001'), false);
    assert.deepEqual([on('a'), on('a'), on('a')], [true, true, false]);
    const use = { inLastMinute: 3, atOnce: 1 };
    const { total, users, conferences, refused } = budget.snapshot();
    assert.deepEqual([total, users, conferences], [use, { '3-12': use }, { c: use }]);
    assert.deepEqual(refused, { total: 0, user: 0, conference: 1, destination: 1 });
    assert.deepEqual(
      refusals.map(({ scope, limit, number }) => `${scope} ${limit} ${number}`),
      ['destination deny 9001', 'conference perMinute 5550111'],
    );
    budget.release('a');
    assert.equal(on('a'), false, 'it has gone');
    assert.deepEqual(budget.snapshot().total, { inLastMinute: 3, atOnce: 0 });
    budget.take(dial('b', '3-12', null));
    assert.equal(on('b'), false, 'the user has had four');
    clock.advance(minuteMs);
    assert.equal(on('b'), true);
    budget.release('b');
    clock.advance(minuteMs);
    assert.deepEqual(budget.snapshot().users, {});
  });

  test('0 allows none', () => {
    assert.equal(budgetOf({ dialOutPerMinute: 0 }).take(), 'limitExceeded total perMinute');
    assert.equal(budgetOf({ dialOutConcurrent: 0 }).take(), 'limitExceeded total concurrent');
  });

  test('a leg is taken once, released once, and forgotten by the minute only if it was never dialled', () => {
    const { budget } = budgetOf({ dialOutPerUserPerMinute: 1 });
    for (let time = 0; time < 3; time++) budget.take(dial('a', '3-12', null));
    assert.deepEqual(budget.snapshot().total, { inLastMinute: 1, atOnce: 1 });
    for (let time = 0; time < 3; time++) budget.release('a');
    budget.release('unknown');
    assert.deepEqual(budget.snapshot().users, { '3-12': { inLastMinute: 1, atOnce: 0 } });
    assert.throws(() => budget.take(dial('b', '3-12', null)), AppError);
    budget.take(dial('c', '3-13', null));
    budget.release('c', false);
    budget.take(dial('d', '3-13', null));
    assert.deepEqual(budget.snapshot().users['3-13'], { inLastMinute: 1, atOnce: 1 });
  });

  test('says when to try again, where time alone decides', () => {
    const { clock, budget, take } = budgetOf({ dialOutPerMinute: 1, dialOutPerUserConcurrent: 1 });
    take();
    clock.advance(12_345);
    const details = (account: string) => {
      try {
        budget.take(dial('x', account, null));
      } catch (error) {
        assert.ok(error instanceof AppError);
        return [error.status, error.details['retryAfterMs']];
      }
      return 'taken';
    };
    assert.deepEqual(details('3-13'), [409, minuteMs - 12_345]);
    clock.advance(minuteMs - 12_345);
    assert.deepEqual(details('3-12'), [409, undefined]);
    assert.equal(details('3-13'), 'taken');
  });
});

describe('lists', () => {
  const refused = 'destinationNotAllowed destination';
  const table: [allow: string[], deny: string[], number: string, taken: boolean][] = [
    [[], [], '+4930123', true],
    [[], ['^\\+?900'], '900123', false],
    [[], ['^\\+?900'], '4900123', true],
    [['^\\+49'], [], '+4930123', true],
    [['^\\+49'], [], '+4430123', false],
    [['^\\+49', '^\\+44'], [], '+4430123', true],
    [['^\\+49'], ['^\\+49900'], '+49900123', false],
    [['.'], ['.'], '1', false],
  ];
  for (const [dialOutAllow, dialOutDeny, number, taken] of table) {
    test(`allow ${dialOutAllow} deny ${dialOutDeny}: ${number}`, () => {
      const { budget, take } = budgetOf({ dialOutAllow, dialOutDeny });
      assert.equal(budget.allows(number), taken);
      assert.equal(take({ number }), taken ? 'leg-0' : refused);
      assert.deepEqual(budget.snapshot().total, { inLastMinute: taken ? 1 : 0, atOnce: taken ? 1 : 0 });
    });
  }

  test('what was refused is told, and counted', () => {
    const { budget, take, refusals, clock } = budgetOf({ dialOutDeny: ['^900'], dialOutConcurrent: 1 });
    take({ number: '900123', account: null });
    take();
    clock.advance(5);
    for (let time = 0; time < 30; time++) take({ number: `${time}`, conferenceId: 'c' });
    const { refused: counts } = budget.snapshot();
    assert.deepEqual(counts, { total: 30, user: 0, conference: 0, destination: 1 });
    assert.deepEqual([refusals.length, refusals.at(-1)?.number], [31, '29']);
    assert.deepEqual(refusals[1], {
      scope: 'total',
      limit: 'concurrent',
      bound: 1,
      rule: null,
      organizationId: '3',
      account: '3-12',
      conferenceId: 'c',
      trunk: 'carrier',
      number: '0',
    });
    const [{ limit, bound, account, rule } = refusals[1]!] = refusals;
    assert.deepEqual([limit, bound, account, rule], ['deny', null, null, '^900']);
  });
});

describe('properties', () => {
  interface Taken {
    readonly legId: string;
    readonly at: number;
    readonly account: string | null;
    readonly conferenceId: string | null;
    live: boolean;
  }

  /** What the budget should say, from the whole history: the first bound that is full, or null. */
  function expected(limits: DialOutLimits, history: readonly Taken[], now: number, who: DialOut): string | null {
    const scopes: [string, number | null, number | null, (taken: Taken) => boolean][] = [
      ['total', limits.dialOutPerMinute, limits.dialOutConcurrent, () => true],
      [
        'user',
        limits.dialOutPerUserPerMinute,
        limits.dialOutPerUserConcurrent,
        ({ account }) => account === who.target.account,
      ],
      [
        'conference',
        limits.dialOutPerConferencePerMinute,
        limits.dialOutPerConferenceConcurrent,
        ({ conferenceId }) => conferenceId === who.conferenceId,
      ],
    ];
    for (const [name, perMinute, concurrent, counts] of scopes) {
      if (name === 'user' && who.target.account === null) continue;
      if (name === 'conference' && who.conferenceId === null) continue;
      const mine = history.filter(counts);
      if (concurrent !== null && mine.filter(({ live }) => live).length >= concurrent) return `${name} concurrent`;
      if (perMinute !== null && mine.filter(({ at }) => at > now - minuteMs).length >= perMinute)
        return `${name} perMinute`;
    }
    return null;
  }

  for (const seed of [1, 2, 3, 4, 5, 6]) {
    test(`refuses exactly what the whole history says, and keeps nothing in the end (seed ${seed})`, () => {
      const random = new SeededRandom(seed);
      const clock = new VirtualClock();
      const bound = () => (random.int(4) === 0 ? null : random.int(6));
      const limits: DialOutLimits = {
        ...unbounded,
        dialOutPerMinute: 4 + random.int(20),
        dialOutConcurrent: 2 + random.int(8),
        dialOutPerUserPerMinute: bound(),
        dialOutPerUserConcurrent: bound(),
        dialOutPerConferencePerMinute: bound(),
        dialOutPerConferenceConcurrent: bound(),
      };
      const budget = new DialOutBudget({ clock, limits });
      let history: Taken[] = [];
      const outcomes = new Map<string, number>();
      for (let step = 0; step < 4000; step++) {
        const now = clock.monotonic();
        const what = random.int(10);
        if (what < 5) {
          const account = random.int(5) === 0 ? null : `3-${random.int(3)}`;
          const conferenceId = random.int(3) === 0 ? null : `c${random.int(2)}`;
          const who = dial(`leg-${step}`, account, conferenceId);
          const refusal = expected(limits, history, now, who);
          let told: string | null = null;
          try {
            budget.take(who);
            history.push({ legId: who.legId, at: now, account, conferenceId, live: true });
          } catch (error) {
            told = refusalOf(error).replace('limitExceeded ', '');
          }
          assert.equal(told, refusal, `step ${step}`);
          outcomes.set(String(told), (outcomes.get(String(told)) ?? 0) + 1);
        } else if (what < 8) {
          const live = history.filter((taken) => taken.live);
          const one = live[random.int(Math.max(1, live.length))];
          if (one === undefined) continue;
          const dialled = random.int(4) > 0;
          budget.release(one.legId, dialled);
          one.live = false;
          if (!dialled) history = history.filter((taken) => taken !== one);
        } else {
          clock.advance(random.int(9000));
        }
        const { total } = budget.snapshot();
        const inLastMinute = history.filter(({ at }) => at > clock.monotonic() - minuteMs).length;
        assert.deepEqual(total, { inLastMinute, atOnce: history.filter(({ live }) => live).length });
        assert.ok(total.atOnce <= limits.dialOutConcurrent && total.inLastMinute <= limits.dialOutPerMinute);
      }
      assert.ok((outcomes.get('null') ?? 0) > 20 && outcomes.size >= 3, `too little happened: ${[...outcomes]}`);
      for (const { legId } of history) budget.release(legId);
      clock.advance(minuteMs);
      const { total, users, conferences } = budget.snapshot();
      assert.deepEqual(
        { total, users, conferences },
        { total: { inLastMinute: 0, atOnce: 0 }, users: {}, conferences: {} },
      );
    });
  }

  test('requests that race never exceed a bound, however they are woven (seed 7)', async () => {
    const random = new SeededRandom(7);
    const { budget } = budgetOf({
      dialOutConcurrent: 10,
      dialOutPerUserConcurrent: 4,
      dialOutPerConferenceConcurrent: 3,
    });
    let most = 0;
    let taken = 0;
    const pause = async () => {
      for (let turns = random.int(5); turns > 0; turns--) await Promise.resolve();
    };
    await Promise.all(
      Array.from({ length: 500 }, async (_, at) => {
        await pause();
        try {
          budget.take(dial(`leg-${at}`, `3-${at % 5}`, `c${at % 7}`));
        } catch {
          return;
        }
        taken++;
        const { total, users, conferences } = budget.snapshot();
        most = Math.max(most, total.atOnce);
        assert.ok(Object.values(users).every(({ atOnce }) => atOnce <= 4));
        assert.ok(Object.values(conferences).every(({ atOnce }) => atOnce <= 3));
        await pause();
        budget.release(`leg-${at}`);
      }),
    );
    assert.equal(most, 10);
    assert.ok(taken > 10);
    assert.equal(budget.snapshot().total.atOnce, 0);
  });
});

test('what an earlier run dialled counts until its minute is over, in each scope, and takes no place at once', () => {
  const { budget, clock, take } = budgetOf({ dialOutPerUserPerMinute: 2, dialOutConcurrent: 1 });
  clock.advance(100_000);
  budget.remember(dial('before', '3-12', 'weekly'), clock.now() - 45_000);
  // By a clock that was set back since.
  budget.remember(dial('future', '3-12', null), clock.now() + 1_000_000);
  const { total, users, conferences } = budget.snapshot();
  assert.deepEqual([total.inLastMinute, total.atOnce], [2, 0]);
  assert.deepEqual([users['3-12']?.inLastMinute, conferences['weekly']?.inLastMinute], [2, 1]);
  assert.equal(take(), 'limitExceeded user perMinute');
  clock.advance(14_999);
  assert.equal(take(), 'limitExceeded user perMinute');
  clock.advance(1);
  const legId = take();
  assert.match(legId, /^leg-/);
  budget.release(legId);
  clock.advance(60_000);
  assert.deepEqual(budget.snapshot().users, {});
});
