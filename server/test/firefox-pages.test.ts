import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Page } from 'puppeteer-core';
// @ts-expect-error: a script without types
import { ensureWeb } from '../../scripts/build-web.mjs';
import { Phone } from './peers/baresip.ts';
import { control, Firefox, isHeard, keepAudio, toneHeard } from './peers/firefox.ts';
import { listen } from './peers/hearing.ts';
import { needs } from './peers/installed.ts';
import { administrator, PartylineServer, sipPassword, testOrganization } from './peers/partyline.ts';
import { keepPeers } from './peers/visitors.ts';
import { waitFor } from './peers/wait.ts';

/** The other pages in a browser of another make: the start page, the agent desktop as a phone, the console. */

const skip = needs('firefox-esr') || needs('baresip');
const tones = { firefox: 1500, phone: 700 };
let server: PartylineServer;
let phone: Phone;
let firefox: Firefox;

before(async () => {
  if (skip !== false) return;
  await ensureWeb();
  firefox = await Firefox.start({ tone: tones.firefox });
});

after(async () => {
  await firefox?.stop();
  await phone?.stop();
  await server?.stop();
});

const base = () => `http://127.0.0.1:${server.httpPort}`;

function shows(page: Page, text: RegExp): Promise<unknown> {
  return waitFor(
    () => page.evaluate(`${text}.test(document.body.innerText)`),
    10_000,
    () => `the page to show ${text}`,
  );
}

/** Of one extension, so that a call is shown once. */
const agent = { login: 'agent@example.test', password: 'battery-staple' };

async function signIn(page: Page, { login, password }: typeof agent): Promise<void> {
  await control(page, 'Login', 'textbox').fill(login);
  await page.locator('input[type=password]').fill(password);
  await control(page, 'Sign in').click();
}

test('the three doors of the start page', { skip }, async () => {
  server = await PartylineServer.start({ config: { organizations: undefined, sandbox: 'on' } });
  const page = await firefox.open(base(), keepPeers);
  await control(page, 'Join the conference').click();
  await shows(page, /Visitor \(you\)\s+talks/);
  await control(page, 'Ring it').click();
  await shows(page, /2025550101\s+(here|talks)/);
  await control(page, 'Call the customer').click();
  await shows(page, /2025550101\s+talking/);
  await control(page, 'Consult the colleague').click();
  await control(page, 'Merge into one conference').click();
  await shows(page, /All three are in one conference/);
  await page.close();
  assert.deepEqual(firefox.errors, []);
  await server.stop();
});

test('the agent desktop is a phone: it is called, hears and is heard, holds, and is loaded again; the console shows the call', {
  skip,
}, async () => {
  server = await PartylineServer.start({ config: { organizations: [testOrganization] } });
  phone = await Phone.start({ user: '103', password: sipPassword, server: server.sipAddress, tone: tones.phone });
  await phone.registered();
  const page = await firefox.open(`${base()}/agent`, keepPeers + keepAudio);
  await signIn(page, agent);
  await control(page, 'Use this browser as the phone').click();
  await shows(page, /This browser is phone 113/);
  await phone.ring('113');
  await control(page, 'Answer').click();
  await phone.event('CALL_ESTABLISHED');
  const hears = () => waitFor(async () => (await toneHeard(page, tones.phone)) > -60, 20_000, 'the page to hear');
  await listen([{ phone, hears: [tones.firefox], notHears: [tones.phone] }]);
  await hears();
  await control(page, 'Hold').click();
  await listen([{ phone, hears: [], notHears: [tones.firefox], sound: true }]);
  await control(page, 'Retrieve').click();
  await listen([{ phone, hears: [tones.firefox], notHears: [] }]);
  const before = (await server.calls()).map(({ id }) => id);
  await page.reload();
  await isHeard(page);
  await listen([{ phone, hears: [tones.firefox], notHears: [tones.phone] }]);
  await hears();
  assert.deepEqual(
    (await server.calls()).map(({ id }) => id),
    before,
  );

  const other = await firefox.open(`${base()}/console/calls/${before[0]}`, '');
  await signIn(other, administrator);
  await shows(other, /Phone 103 → /);
  await other.waitForFunction('document.querySelector("canvas")?.width > 0');
  await phone.hangup();
  await shows(other, /Ended: hung up/);
  await other.close();
  await page.close();
  assert.deepEqual(firefox.errors, []);
  await server.quiet();
});
