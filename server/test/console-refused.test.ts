import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Page } from 'playwright-core';
// @ts-expect-error: a script without types
import { ensureWeb } from '../../scripts/build-web.mjs';
import { Phone } from './peers/baresip.ts';
import { needs } from './peers/installed.ts';
import { administrator, PartylineServer, sipPassword, testOrganization } from './peers/partyline.ts';
import { RawSip } from './peers/raw-sip.ts';
import { register } from './peers/register.ts';
import { accessible, Visitors } from './peers/visitors.ts';
import { waitFor } from './peers/wait.ts';

/** What phones do wrong, or are not allowed, on a real server: the console says of each in a sentence why. */

interface Refused {
  readonly id: string;
  readonly from: string | null;
  readonly number: string;
  readonly code: string;
  readonly sentence: string;
}

const skip = needs('chromium') || needs('baresip');
let server: PartylineServer;
let visitors: Visitors;
let page: Page;
let one: Phone;
let two: Phone;
let guest: Phone;
let wrong: Phone;

const phone = (user: string, more: { register?: boolean; password?: string } = {}) =>
  Phone.start({ user, password: sipPassword, server: server.sipAddress, tone: 440, ...more });

before(async () => {
  if (skip !== false) return;
  await ensureWeb();
  const limits = {
    pinAttempts: 2,
    dialOutAllow: ['^202', '^900'],
    dialOutDeny: ['^900'],
    dialOutPerUserConcurrent: 1,
  };
  server = await PartylineServer.start({ config: { sandbox: 'on', organizations: [testOrganization], limits } });
  one = await phone('101');
  two = await phone('102');
  guest = await phone('guest', { register: false });
  wrong = await phone('103', { register: false, password: 'not-it' });
  await Promise.all([one.registered(), two.registered()]);
  visitors = await Visitors.start(`http://127.0.0.1:${server.httpPort}`);
});

after(async () => {
  await visitors?.stop();
  await Promise.all([one, two, guest, wrong].map((each) => each?.stop()));
  await server?.stop();
});

const told = (text: string | RegExp) => page.getByText(text).first().waitFor();
const refused = async (): Promise<Refused[]> =>
  (await server.get<{ refused: Refused[] }>('/admin/v1/refused-calls')).refused;
const latest = (code: string): Promise<Refused> =>
  waitFor(async () => (await refused()).find((call) => call.code === code), 5000, `a call refused for ${code}`);

test('a number that is denied, not allowed, nowhere or over budget, and a wrong password: each is listed with why', {
  skip,
}, async () => {
  await one.dialRefused('9005550100', 20_000);
  await one.dialRefused('3025550100', 20_000);
  await one.dialRefused('77', 20_000);
  await one.dialRefused('77*3*2233', 20_000);
  await one.dial('2025550101', 20_000);
  await two.dialRefused('2025550141', 20_000);
  await one.hangup();
  await wrong.dialRefused('101', 20_000);
  const budget = await latest('budget');
  assert.deepEqual([budget.from, budget.number], ['102', '2025550141']);
  assert.match(budget.sentence, /limit of the user was used up: 1 call at once, so 2025550141 was not called/);
  assert.match((await latest('denied')).sentence, /\^900.* forbids 9005550100/);
  assert.equal((await latest('notAllowed')).from, '101');
  assert.match((await latest('wrongPassword')).sentence, /103 did not give the right password.* to 101 /);
  const nowhere = (await refused()).filter(({ code }) => code === 'unknownNumber');
  assert.deepEqual(
    nowhere.map(({ from, number }) => [from, number]),
    [
      ['101', '77*3*xxxx'],
      ['101', '77'],
    ],
  );
  assert.equal((await refused()).length, 6, 'each once');
  for (const { code, id, sentence } of await refused()) {
    const path = `/admin/v1/calls/${encodeURIComponent(id)}/timeline`;
    const { why } = await server.get<{ why: { code: string; sentence: string }[] }>(path);
    assert.deepEqual(
      why.map((each) => [each.code, each.sentence]),
      [[code, sentence]],
      `the page of ${id}`,
    );
  }
  const theirs = await server.request('/admin/v1/refused-calls');
  assert.equal(theirs.status, 401);
});

test('they are on the page of all calls, and lead to a page that says the same, in both languages', {
  skip,
}, async () => {
  page = await visitors.open('/console/calls');
  await page.getByLabel('Login').fill(administrator.login);
  await page.getByLabel('Password').fill(administrator.password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await told('Refused before there was a call');
  await told(/103 did not give the right password/);
  await page.getByRole('heading', { name: 'Refused before there was a call' }).scrollIntoViewIfNeeded();
  await accessible(page, 'calls-refused');
  await page.getByRole('button', { name: 'Deutsch' }).click();
  await told(/103 hat nicht das richtige Passwort/);
  await page.getByRole('button', { name: 'English' }).click();
  await page.getByRole('row').filter({ hasText: 'forbids 9005550100' }).getByRole('link').click();
  await told('A call that was refused');
  await told(/list of numbers that are denied forbids 9005550100/);
  await page.goBack();
  await page.getByRole('row').filter({ hasText: '103 did not give' }).getByRole('link').click();
  await told(/103 did not give the right password, so the call to 101 was not taken/);
  await page.getByRole('tab', { name: 'SIP messages' }).click();
  await told(/401/);
  await accessible(page, 'call-refused');
  assert.deepEqual(visitors.errors, []);
});

test('a caller who is locked out after wrong PINs, and a phone that is banned: the page of the call says so', {
  skip,
}, async () => {
  for (const pin of ['0000', '0001', '2233']) {
    await guest.dial(`200*3*${pin}`);
    const refusal = async () => {
      const [asking] = await server.calls();
      return asking !== undefined && (await server.events(asking.id)).some(({ type }) => type === 'entryRefused');
    };
    await waitFor(refusal, 10_000, `${pin} is refused`);
    await guest.hangup();
    await server.quiet();
  }
  const [lockedOut] = await server.endedCalls();
  await page.goto(`http://127.0.0.1:${server.httpPort}/console/calls/${lockedOut?.id}`);
  await told(/guest is locked out of conference 3 after too many wrong PINs/);
  // One that is already counted; all at once, as each is answered later than the one before.
  const guessers = await Promise.all(Array.from({ length: 9 }, () => RawSip.open(server.sipPort)));
  await Promise.all(guessers.map((guesser) => register(guesser, '103', 'not-it', 20_000)));
  for (const guesser of guessers) guesser.close();
  assert.equal((await server.get<{ bans: object[] }>('/admin/v1/bans')).bans.length, 1);
  await one.dialRefused('103', 20_000);
  await server.quiet();
  const [banned] = await server.endedCalls();
  await page.goto(`http://127.0.0.1:${server.httpPort}/console/calls/${banned?.id}`);
  await told(/No phone is registered for Phone 103 \(103\): its login is banned at 127\.0\.0\.1 after wrong passwords/);
  await accessible(page, 'call-banned');
  assert.deepEqual(visitors.errors, []);
});
