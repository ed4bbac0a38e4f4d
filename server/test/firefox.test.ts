import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Page } from 'puppeteer-core';
// @ts-expect-error: a script without types
import { ensureSdk } from '../../scripts/build-sdk.mjs';
// @ts-expect-error: a script without types
import { ensureWeb } from '../../scripts/build-web.mjs';
import { Phone } from './peers/baresip.ts';
import { control, Firefox, isHeard, keepAudio, toneHeard } from './peers/firefox.ts';
import { listen } from './peers/hearing.ts';
import { needs } from './peers/installed.ts';
import { joiningPage } from './peers/joining-page.ts';
import { PageOrigin } from './peers/page-origin.ts';
import { PartylineServer, sipPassword } from './peers/partyline.ts';
import { heard, keepPeers, Visitors } from './peers/visitors.ts';
import { waitFor } from './peers/wait.ts';

/** A browser of another make: a page that joins with the library, and the meeting page, with phones and a Chromium. */

const skip = needs('firefox-esr') || needs('chromium') || needs('baresip');
const tones = { firefox: 1500, phone: 700 };
let server: PartylineServer;
let phone: Phone;
let firefox: Firefox;

before(async () => {
  if (skip !== false) return;
  await ensureSdk();
  await ensureWeb();
  server = await PartylineServer.start();
  phone = await Phone.start({ user: '101', password: sipPassword, server: server.sipAddress, tone: tones.phone });
  firefox = await Firefox.start({ tone: tones.firefox });
  await phone.registered();
});

after(async () => {
  await firefox?.stop();
  await phone?.stop();
  await server?.stop();
});

const base = () => `http://127.0.0.1:${server.httpPort}`;
const told = (page: Page) => page.evaluate('told') as Promise<unknown[][]>;

/** Waits until page and phone hear each other, and neither hears itself. */
async function hearEachOther(page: Page): Promise<void> {
  await listen([{ phone, hears: [tones.firefox], notHears: [tones.phone] }]);
  await waitFor(
    async () => {
      // At once: where nothing came meanwhile the page does not hear itself either.
      const [other, self] = await Promise.all([tones.phone, tones.firefox].map((hz) => toneHeard(page, hz)));
      return other! > -60 && self! < -70;
    },
    20_000,
    'the page to hear the phone, and not itself',
  );
}

test('a page of another origin joins with the library, and it and a phone hear each other', { skip }, async (t) => {
  const origin = await PageOrigin.serve(joiningPage(base()));
  t.after(() => origin.close());
  await phone.dial('201*1');
  await server.conferenceOf('201', '1', 1);
  const page = await firefox.open(origin.url, keepPeers);
  await page.evaluate(`getConferenceToken({ conferenceID: '2011', unifiedPortalURL: '${base()}' }, 'Ann')
    .then((token) => { window.call = makeCall(token, '2011'); })`);
  await server.conferenceOf('201', '1', 2);
  await hearEachOther(page);
  const muted = async (is: boolean) =>
    waitFor(
      async () => (await server.calls())[0]?.connections.some((one) => one.muted) === is,
      10_000,
      () => `the server to know that somebody is ${is ? '' : 'not '}muted`,
    );
  await page.evaluate('void call.muteAudio()');
  await muted(true);
  await listen([{ phone, hears: [], notHears: [tones.firefox, tones.phone] }]);
  await page.evaluate('void call.unmuteAudio()');
  await muted(false);
  // Digits as any phone has them, by RTP (RFC 4733) from the browser itself.
  await page.evaluate(`peers.at(-1).getSenders()[0].dtmf.insertDTMF('*1', 200, 150)`);
  await muted(true);
  await page.evaluate('call.end()');
  await server.conferenceOf('201', '1', 1);
  assert.deepEqual(await told(page), [
    ['started', true, 1],
    ['alerting', true, false],
    ['established', true, 1],
    ['ended', true, 'CALL_ENDED_LOCALLY'],
  ]);
  assert.deepEqual(firefox.errors, []);
  await page.close();
  await phone.hangup();
  await server.quiet();
});

test('the meeting page: a Firefox moderates a Chromium and a phone, is loaded again, and closed', {
  skip,
}, async (t) => {
  const page = await firefox.open(`${base()}/meet/2003`, keepPeers + keepAudio);
  await page.waitForFunction('document.querySelector("meter")?.value > 0');
  await control(page, 'Your name', 'textbox').fill('Ann');
  await control(page, 'PIN', 'textbox').fill('9911');
  await control(page, 'Join now').click();
  await server.conferenceOf('200', '3', 1);
  await phone.dial('200*3*2233');
  await server.conferenceOf('200', '3', 2);
  await hearEachOther(page);

  const visitors = await Visitors.start(base());
  t.after(() => visitors.stop());
  const bob = await visitors.open('/meet/2003', {}, keepPeers);
  await bob.getByLabel('Your name').fill('Bob');
  await bob.getByLabel('PIN').fill('2233');
  await bob.getByRole('button', { name: 'Join now' }).click();
  await server.conferenceOf('200', '3', 3);
  const before = await heard(bob);
  await waitFor(async () => (await heard(bob)) > before, 20_000, 'the Chromium to hear');
  await control(page, 'Mute Bob').click();
  await bob.getByText('A moderator muted you').first().waitFor();
  const ann = bob.locator('.person[data-name="Ann"]');
  await ann.getByText('Talking').waitFor();
  await page.keyboard.down('Alt');
  await page.keyboard.press('m');
  await page.keyboard.up('Alt');
  await ann.getByText('Muted').waitFor();
  await control(page, 'Unmute').click();
  await ann.getByText('Muted').waitFor({ state: 'detached' });

  const whoIsIn = async () => (await server.calls())[0]?.connections.map(({ id }) => id).sort();
  const people = await whoIsIn();
  await page.reload();
  await isHeard(page);
  await hearEachOther(page);
  assert.deepEqual(await whoIsIn(), people);
  await page.close();
  await server.conferenceOf('200', '3', 2);
  assert.deepEqual([...firefox.errors, ...visitors.errors], []);
  await bob.close();
  await phone.hangup();
  await server.quiet();
});
