import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Secret } from '../base/secret.ts';
import type { Admission } from '../call/ports.ts';
import type { Directory, DirectoryOptions } from './directory.ts';
import type { LockoutRecord } from './records.ts';
import { conferenceWith, directoryOf, organizationWith, phone, rooms } from './testing/virtual-organizations.ts';

const minute = 60_000;
const conferences = [
  conferenceWith('1'),
  conferenceWith('2', { participantPin: new Secret('2233') }),
  conferenceWith('3', { participantPin: new Secret('2233'), moderatorPin: new Secret('9911'), roomSize: 12 }),
  conferenceWith('4', { moderatorPin: new Secret('9911') }),
  conferenceWith('5', {
    schedule: { start: '2026-01-05T08:30', durationMs: 30 * minute, timeZone: 'UTC', repeat: 'never' },
  }),
  conferenceWith('6', { participantPin: new Secret('2233'), roomSize: 1000 }),
];

const organizations = [organizationWith(3, [rooms('211', { conferences })])];

const open = (options?: Partial<DirectoryOptions>) =>
  directoryOf({ organizations, trunks: null, dialPlan: null }, options);

function enter(
  directory: Directory,
  number: string | null,
  pin: string | null,
  callerKey = 'a',
  authenticated = false,
): Admission {
  const secret = pin === null ? null : new Secret(pin);
  return directory.admit({ extensionId: '3-211', conferenceNumber: number, pin: secret, callerKey, authenticated });
}

const result = (...args: Parameters<typeof enter>) => {
  const admission = enter(...args);
  return admission.result === 'admitted' ? admission.role : admission.result;
};

describe('admission', () => {
  const table: [number: string | null, pin: string | null, expected: string][] = [
    [null, null, 'numberNeeded'],
    [null, '2233', 'numberNeeded'],
    ['9', null, 'unknownNumber'],
    ['', '2233', 'unknownNumber'],
    ['1', null, 'participant'],
    ['1', '2233', 'participant'],
    ['2', null, 'pinNeeded'],
    ['2', '2233', 'participant'],
    ['2', '2234', 'wrongPin'],
    ['2', '', 'wrongPin'],
    ['2', '22330', 'wrongPin'],
    ['3', '9911', 'moderator'],
    ['3', '2233', 'participant'],
    ['4', null, 'pinNeeded'],
    ['4', '', 'participant'],
    ['4', '9911', 'moderator'],
    ['4', '1', 'wrongPin'],
    ['5', null, 'closed'],
  ];
  for (const [number, pin, expected] of table) {
    test(`conference ${number}, PIN ${pin === null ? 'none' : `"${pin}"`}: ${expected}`, async () => {
      assert.equal(result((await open()).directory, number, pin), expected);
    });
  }

  test('the policy says what the conference is like, and holds no PIN', async () => {
    const { directory } = await open();
    const admission = enter(directory, '3', '2233');
    assert.ok(admission.result === 'admitted');
    assert.deepEqual(admission.policy, {
      conferenceId: '3-211-3',
      organizationId: '3',
      extensionId: '3-211',
      extensionNumber: '211',
      number: '3',
      name: 'Conference 3',
      roomSize: 12,
      musicWhileAlone: true,
      waitForModerator: false,
      closeWhenModeratorsLeave: false,
      announceCount: true,
      entryTone: true,
      recordTone: false,
      record: 'never',
      locked: false,
    });
  });

  test('another extension has other conferences', async () => {
    const { directory } = await open();
    const request = { extensionId: '3-212', conferenceNumber: '1', pin: null, callerKey: 'a', authenticated: false };
    assert.equal(directory.admit(request).result, 'unknownNumber');
  });

  test('a schedule opens and closes', async () => {
    const { directory, clock } = await open();
    assert.equal(result(directory, '5', null), 'closed');
    const inside = { extensionId: '3-211', conferenceNumber: '5', pin: null, callerKey: 'a', authenticated: false };
    assert.equal(directory.admit({ ...inside, inside: true }).result, 'admitted', 'who is in it stays in it');
    clock.advance(30 * minute);
    assert.equal(result(directory, '5', null), 'participant');
    clock.advance(30 * minute);
    assert.equal(result(directory, '5', null), 'closed');
  });
});

describe('wrong PINs', () => {
  const wrong = (directory: Directory, times: number, callerKey = 'a', number = '3') => {
    for (let time = 0; time < times; time++) assert.equal(result(directory, number, '0000', callerKey), 'wrongPin');
  };

  test('after three the caller is locked out, right PIN or not, on every new call', async () => {
    const { directory, clock } = await open();
    wrong(directory, 3);
    const until = clock.now() + 15 * minute;
    assert.deepEqual(enter(directory, '3', null), { result: 'lockedOut', untilMs: until });
    assert.deepEqual(enter(directory, '3', '9911'), { result: 'lockedOut', untilMs: until });
    clock.advance(15 * minute - 1);
    assert.deepEqual(enter(directory, '3', '9911'), { result: 'lockedOut', untilMs: until });
    clock.advance(1);
    assert.equal(result(directory, '3', '9911'), 'moderator');
    wrong(directory, 3);
    assert.equal(result(directory, '3', '9911'), 'lockedOut');
  });

  test('phones and programs of other organizations are outside, as strangers are', async () => {
    const theirs = organizationWith(
      4,
      Array.from({ length: 40 }, (_, i) => phone(`4${i}`)),
    );
    const ours = organizationWith(3, [rooms('211', { conferences }), phone('15000')]);
    const { directory } = await directoryOf({ organizations: [ours, theirs], trunks: null, dialPlan: null });
    for (let i = 0; i < 30; i++) {
      const key = i % 2 === 0 ? `extension:4-4${i}` : `application:4:4-${i}`;
      assert.equal(result(directory, '3', '0000', key, true), 'wrongPin');
    }
    assert.equal(result(directory, '3', '9911', 'extension:4-439', true), 'lockedOut');
    assert.equal(result(directory, '3', '9911', 'application:4:4-1', true), 'lockedOut');
    assert.equal(result(directory, '3', '9911', 'extension:3-15000', true), 'moderator');
    assert.equal(result(directory, '3', '9911', 'application:3:3-1', true), 'moderator');
  });

  test('over all conferences together there is a bound too; who looks after them is told in time', async () => {
    const many = Array.from({ length: 40 }, (_, i) =>
      conferenceWith(String(i), { participantPin: new Secret('2233') }),
    );
    const own = organizationWith(3, [rooms('211', { conferences: many }), phone('15000')]);
    const { directory, clock } = await directoryOf({ organizations: [own], trunks: null, dialPlan: null });
    const told: string[] = [];
    directory.onPinAlarm = ({ kind, callerKey, failures }, place) => {
      told.push(`${kind} ${place?.conference ?? 'all'} ${callerKey ?? 'everybody'} ${failures}`);
    };
    for (let i = 0; i < 300; i++) {
      assert.equal(result(directory, String(i % 30), '0000', `trunk:carrier:${i}`), 'wrongPin');
      clock.advance(10);
    }
    assert.equal(result(directory, '35', '2233', 'trunk:carrier:new'), 'lockedOut');
    assert.equal(result(directory, '35', '2233', 'extension:3-15000', true), 'participant');
    assert.deepEqual(told.slice(0, 2), ['guessed 0 everybody 3', 'guessed 1 everybody 3']);
    assert.equal(told.at(-1), 'locked all everybody 300');
    assert.ok(told.includes('guessed 29 everybody 6'));
    clock.advance(15 * minute);
    assert.equal(result(directory, '35', '2233', 'trunk:carrier:new'), 'participant');
  });

  test('the owner of the conference has ten times the tries, and then none', async () => {
    const { directory } = await open();
    const [extensionId, authenticated] = ['3-211', true];
    const ask = (pin: string) =>
      directory.admit({
        extensionId,
        conferenceNumber: '3',
        pin: new Secret(pin),
        callerKey: 'app',
        authenticated,
        owner: true,
      }).result;
    for (let time = 0; time < 30; time++) assert.equal(ask('0000'), 'wrongPin');
    assert.equal(ask('2233'), 'lockedOut');
    assert.equal(result(directory, '3', '2233'), 'participant', 'nobody else is locked out with it');
  });

  test('others, and other conferences, are not locked out with it', async () => {
    const { directory } = await open();
    wrong(directory, 3);
    assert.equal(result(directory, '3', '2233', 'b'), 'participant');
    assert.equal(result(directory, '2', '2233', 'a'), 'participant');
  });

  test('are forgotten a lock-out after the last one', async () => {
    const { directory, clock } = await open();
    wrong(directory, 2);
    clock.advance(15 * minute);
    wrong(directory, 3);
    assert.equal(result(directory, '3', '2233'), 'lockedOut');
  });

  test("a moderator's PIN forgives; a participant's does not while there is a moderator's to guess", async () => {
    const { directory } = await open();
    wrong(directory, 2);
    assert.equal(result(directory, '3', '9911'), 'moderator');
    wrong(directory, 2);
    assert.equal(result(directory, '3', '2233'), 'participant');
    wrong(directory, 1);
    assert.equal(result(directory, '3', '9911'), 'lockedOut');
    wrong(directory, 2, 'a', '2');
    assert.equal(result(directory, '2', '2233'), 'participant');
    wrong(directory, 2, 'a', '2');
    assert.equal(result(directory, '2', '2233'), 'participant');
  });

  test('of all callers together lock the conference for everybody', async () => {
    const { directory, clock } = await open();
    for (let caller = 0; caller < 10; caller++) wrong(directory, 3, `caller ${caller}`);
    assert.equal(result(directory, '3', '9911', 'somebody else'), 'lockedOut');
    assert.equal(result(directory, '2', '2233', 'somebody else'), 'participant');
    clock.advance(15 * minute);
    assert.equal(result(directory, '3', '9911', 'somebody else'), 'moderator');
  });

  test('of all callers together do not keep out our own extensions, which answer for themselves only', async () => {
    const phones = Array.from({ length: 10 }, (_, i) => phone(`1500${i}`));
    const own = [organizationWith(3, [rooms('211', { conferences }), ...phones])];
    const { directory } = await directoryOf({ organizations: own, trunks: null, dialPlan: null });
    for (let caller = 0; caller < 10; caller++) wrong(directory, 3, `caller ${caller}`);
    assert.equal(result(directory, '3', '2233', 'somebody else'), 'lockedOut');
    assert.equal(result(directory, '3', '2233', 'extension:3-15000', true), 'participant');
    for (let time = 0; time < 3; time++) {
      assert.equal(result(directory, '3', '0000', 'extension:3-15001', true), 'wrongPin');
    }
    assert.equal(result(directory, '3', '2233', 'extension:3-15001', true), 'lockedOut');
    for (let caller = 0; caller < 10; caller++) {
      for (let time = 0; time < 3; time++) result(directory, '2', '0000', `extension:3-1500${caller}`, true);
    }
    assert.equal(result(directory, '2', '2233', 'a guest'), 'participant', 'extensions do not lock others out');
  });

  test('in a large room more of them are bearable', async () => {
    const { directory } = await open();
    for (let caller = 0; caller < 99; caller++) wrong(directory, 1, `caller ${caller}`, '6');
    assert.equal(result(directory, '6', '2233', 'somebody else'), 'participant');
    wrong(directory, 1, 'one more', '6');
    assert.equal(result(directory, '6', '2233', 'somebody else'), 'lockedOut');
  });

  test('what is asked without a PIN is no attempt', async () => {
    const { directory } = await open();
    for (let time = 0; time < 10; time++) assert.equal(result(directory, '3', null), 'pinNeeded');
    assert.equal(result(directory, '3', '2233'), 'participant');
  });

  test('survive a restart through what was kept', async () => {
    const kept = new Map<string, LockoutRecord>();
    const onLockout = (record: LockoutRecord) => void kept.set(`${record.conferenceId} ${record.callerKey}`, record);
    const first = await open({ onLockout });
    wrong(first.directory, 3);
    wrong(first.directory, 1, 'b');
    wrong(first.directory, 1, 'c', '2');
    assert.equal(result(first.directory, '2', '2233', 'c'), 'participant');
    assert.equal(kept.get('3-211-2 c')?.failures, 0);
    const again = await open({ lockouts: [...kept.values()], clock: first.clock });
    assert.equal(result(again.directory, '3', '9911'), 'lockedOut');
    wrong(again.directory, 2, 'b');
    assert.equal(result(again.directory, '3', '9911', 'b'), 'lockedOut');
    first.clock.advance(15 * minute);
    const later = await open({ lockouts: [...kept.values()], clock: first.clock, onLockout });
    assert.ok(
      [...kept.values()].every((record) => record.failures === 0),
      'what is over is not kept on',
    );
    assert.equal(result(later.directory, '3', '9911'), 'moderator');
  });

  test('leave nothing behind: counts are dropped when they no longer count', async () => {
    const { PinLockout } = await import('./lockout.ts');
    const { clock } = await open();
    const lockout = new PinLockout({ clock, attempts: 3, lockoutMs: 15 * minute });
    for (let caller = 0; caller < 1000; caller++) lockout.failed(`conference ${caller}`, 'a', false, 50);
    assert.equal(lockout.size, 2000);
    clock.advance(15 * minute);
    lockout.failed('another', 'a', false, 50);
    assert.equal(lockout.size, 2);
  });
});

test('a number over a trunk is one caller however it is written, and another is another', async () => {
  const { directory } = await open({ pinAttempts: 3 });
  const forms = [
    '+13235550100',
    '1323 555-0100',
    '0013235550100',
    '323-555.0100',
    '+1 (323) 555 0100',
    '１３２３５５５０１００',
  ];
  const results = forms.map((form) => result(directory, '2', '0000', `trunk:carrier:${form}`));
  assert.deepEqual(results, [...Array(3).fill('wrongPin'), ...Array(3).fill('lockedOut')]);
  for (const other of ['trunk:carrier:+13235550199', 'trunk:second:+13235550100', 'trunk:carrier:anonymous']) {
    assert.equal(result(directory, '2', '2233', other), 'participant', other);
  }
});
