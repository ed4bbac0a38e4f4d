import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Admission } from '../src/conference/admission.ts';
import { CommandFailed } from '../src/session.ts';

/** What becomes of whoever gives passcodes, or knocks, again before the server has answered. */

const asksForPasscode = { type: 'admission', passcodeNeeded: true, permissionNeeded: false } as const;
const wrong = { ...asksForPasscode, refused: 'wrongPasscode' } as const;
const locked = { type: 'admission', passcodeNeeded: false, permissionNeeded: true } as const;
const taken = () => Promise.resolve();
const refusedAs = (code: string) => () => Promise.reject(new CommandFailed(code, code));

/** How each is settled, so far. */
async function outcomes(...promises: readonly PromiseLike<unknown>[]) {
  const pending = new Promise((resolve) => setTimeout(resolve, 0, 'pending'));
  const told = promises.map((one) =>
    one.then(
      () => 'in',
      (error) => (error as { code?: string }).code,
    ),
  );
  return Promise.all(told.map((one) => Promise.race([one, pending])));
}

test('passcodes that are given one upon the other are answered in turn', async () => {
  const admission = new Admission();
  admission.asked(asksForPasscode);
  const [first, second] = [admission.sendPasscode(taken, taken), admission.sendPasscode(taken, taken)];
  admission.asked(wrong);
  assert.deepEqual(await outcomes(first, second), ['INCORRECT_PASSCODE_TRY_AGAIN', 'pending']);
  admission.admitted();
  assert.deepEqual(await outcomes(first, second), ['INCORRECT_PASSCODE_TRY_AGAIN', 'in']);
});

test('who is in by the first passcode is so for the second, which the server takes no more', async () => {
  const admission = new Admission();
  admission.asked(asksForPasscode);
  const first = admission.sendPasscode(taken, taken);
  const second = admission.sendPasscode(refusedAs('refused'), taken);
  assert.deepEqual(await outcomes(first, second), ['pending', 'refused']);
  admission.admitted();
  assert.deepEqual(await outcomes(first, second), ['in', 'refused']);
});

test('who knocks twice is let in by the first knock', async () => {
  const admission = new Admission();
  admission.asked(locked);
  const [first, second] = [admission.knock(taken), admission.knock(refusedAs('refused'))];
  assert.deepEqual(await outcomes(first, second), ['pending', 'refused']);
  admission.admitted();
  assert.deepEqual(await outcomes(first), ['in']);
});

test('the third wrong passcode is the last; what is none is not counted', async () => {
  const admission = new Admission();
  admission.asked(asksForPasscode);
  for (let times = 0; times < 3; times++) {
    const none = admission.sendPasscode(refusedAs('invalid'), taken);
    assert.deepEqual(await outcomes(none), ['INCORRECT_PASSCODE_TRY_AGAIN']);
  }
  const codes: unknown[] = [];
  for (let times = 0; times < 3; times++) {
    const given = admission.sendPasscode(taken, taken);
    admission.asked(wrong);
    codes.push(...(await outcomes(given)));
  }
  const again = 'INCORRECT_PASSCODE_TRY_AGAIN';
  assert.deepEqual(codes, [again, again, 'INCORRECT_PASSCODE_DISCONNECTING']);
});

test('all who wait are told when the call ends', async () => {
  const admission = new Admission();
  admission.asked(asksForPasscode);
  const given = [admission.sendPasscode(taken, taken), admission.sendPasscode(taken, taken)];
  admission.ended(Object.assign(new Error('over'), { name: 'NETWORK_UNAVAILABLE', code: 'NETWORK_UNAVAILABLE' }));
  assert.deepEqual(await outcomes(...given), ['INCORRECT_PASSCODE_DISCONNECTING', 'INCORRECT_PASSCODE_DISCONNECTING']);
});
