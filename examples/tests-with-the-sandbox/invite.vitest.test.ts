// With Vitest: npx vitest run invite.vitest.test.ts
import { type Sandbox, startSandbox } from '@partyline/sandbox';
import { afterAll, beforeAll, expect, test } from 'vitest';

let sandbox: Sandbox;

beforeAll(async () => {
  sandbox = await startSandbox();
}, 60_000);

afterAll(() => sandbox?.close());

test('a phone rings, answers and hears the caller', async () => {
  const [alice, bob] = [await sandbox.phone('15000'), await sandbox.phone('15001')];
  const coming = bob.expectCall();
  const call = alice.dial('15001');
  const rung = await coming;
  expect(rung.from.number).toBe('15000');
  rung.ring();
  rung.answer();
  await call.answered;
  void call.play(700);
  await rung.hears(700);
  rung.hangUp();
  expect((await call.ended).by).toBe('them');
}, 60_000);

test('a number that declines', async () => {
  const phone = await sandbox.phone('15002');
  const call = phone.dial('2025550132');
  await expect(call.answered).rejects.toThrow();
  expect((await call.ended).status).toBe(603);
}, 60_000);
