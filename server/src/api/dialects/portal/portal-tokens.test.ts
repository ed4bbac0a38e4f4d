import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SeededRandom } from '../../../base/random.ts';
import { SettableClock } from '../../../base/testing/settable-clock.ts';
import { VirtualClock } from '../../../base/testing/virtual-clock.ts';
import { PortalTokens } from './portal-tokens.ts';

const clock = new VirtualClock(Date.parse('2026-01-05T08:00:00Z'));
const random = new SeededRandom(4);
const ticket = {
  meetingId: '2111',
  conferenceId: '3-211-1',
  name: 'Ann',
  role: 'participant',
  login: null,
} as const;

test('setting the clock of the machine makes no token old, none young and none that was used good again', async () => {
  const clock = new SettableClock();
  const tokens = new PortalTokens(clock, random, () => 'mark');
  const forConference = () => tokens.forConference('http://a.test', ticket);
  const used = await forConference();
  const first = await tokens.redeem(used);
  assert.ok(first.result === 'valid' && first.use());
  const waiting = await forConference();
  clock.set(3_600_000);
  const other = await tokens.redeem(await forConference());
  assert.ok(other.result === 'valid' && other.use());
  assert.equal((await tokens.redeem(waiting)).result, 'valid');
  clock.set(-7_200_000);
  assert.equal((await tokens.redeem(used)).result, 'used');
  assert.equal((await tokens.redeem(waiting)).result, 'valid');
  clock.advance(301_000);
  assert.equal((await tokens.redeem(waiting)).result, 'expired');
});

test('a conference token is good once and for five minutes, and only what was signed here', async () => {
  const tokens = new PortalTokens(clock, random, () => 'mark');
  const token = await tokens.forConference('http://a.test', ticket);
  const first = await tokens.redeem(token);
  assert.ok(first.result === 'valid');
  assert.deepEqual(first.ticket, ticket);
  assert.equal(first.use(), true);
  assert.equal(first.use(), false);
  assert.equal((await tokens.redeem(token)).result, 'used');
  assert.equal((await tokens.redeem(null)).result, 'missing');
  assert.equal((await tokens.redeem(`${token.slice(0, -3)}abc`)).result, 'invalid');
  const [head, claims] = token.split('.');
  assert.equal((await tokens.redeem(`${head}.${claims}.`)).result, 'invalid');
  const none = Buffer.from('{"alg":"none"}').toString('base64url');
  assert.equal((await tokens.redeem(`${none}.${claims}.`)).result, 'invalid');
  const elsewhere = await new PortalTokens(clock, random, () => 'mark').forConference('http://a.test', ticket);
  assert.equal((await tokens.redeem(elsewhere)).result, 'invalid', 'another key');
  const login = await tokens.forLogin('http://a.test', { organizationId: '3', userId: 1, login: 'a', name: 'A' });
  assert.equal((await tokens.redeem(login.token)).result, 'invalid', 'another purpose');
  const late = await tokens.forConference('http://a.test', ticket);
  clock.advance(301_000);
  assert.equal((await tokens.redeem(late)).result, 'expired');
});
