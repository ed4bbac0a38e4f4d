import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type { Page } from 'playwright-core';
import { Phone } from './peers/baresip.ts';
import { Browser } from './peers/browser.ts';
import { listen } from './peers/hearing.ts';
import { needs } from './peers/installed.ts';
import { administrator, PartylineServer, sipPassword } from './peers/partyline.ts';
import { keepPeers, losesItsWay, pullsOutItsMicrophone } from './peers/visitors.ts';
import { waitFor } from './peers/wait.ts';

/** A real browser that is the phone of an extension, by the class that pages use for it, and a phone by SIP. */

const skip = needs('chromium') || needs('baresip');
const tones = { browser: 1500, phone: 700 };
let server: PartylineServer;
let phone: Phone;
let browser: Browser;

before(async () => {
  if (skip !== false) return;
  server = await PartylineServer.start();
  phone = await Phone.start({ user: '103', password: sipPassword, server: server.sipAddress, tone: tones.phone });
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL('../../web/src/line/phone-line.ts', import.meta.url))],
    bundle: true,
    write: false,
    format: 'iife',
    globalName: 'partyline',
  });
  // What makes speech clear takes an endless tone for noise.
  const script = `
    var open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
    navigator.mediaDevices.getUserMedia = () =>
      open({ audio: { echoCancellation: false, noiseSuppression: false, autoGainControl: false } });
    var told = [], states = [], loudest = { microphone: 0, loudspeaker: 0 };
    var line = new partyline.PhoneLine({
      onCall: (call) => told.push(call),
      onState: (state, why) => states.push([state, why]),
      onLevels: ({ microphone, loudspeaker }) => {
        loudest.microphone = Math.max(loudest.microphone, microphone);
        loudest.loudspeaker = Math.max(loudest.loudspeaker, loudspeaker);
      },
    });`;
  const page = `<!doctype html><title>A phone</title><script>${keepPeers}</script><script>${outputFiles[0]!.text}</script><script>${script}</script>`;
  browser = await Browser.start({ page, tone: tones.browser });
  await phone.registered();
});

after(async () => {
  await browser?.stop();
  await phone?.stop();
  await server?.stop();
});

// biome-ignore lint/suspicious/noExplicitAny: what runs in the page has other globals
type InPage = any;

interface Told {
  readonly id: string;
  readonly direction: string;
  readonly state: string;
  readonly party: { readonly number: string };
  readonly reason: string | null;
}

const told = (page: Page) => page.evaluate(() => (globalThis as InPage).told) as Promise<Told[]>;

function inState(page: Page, state: string, from = 0): Promise<Told> {
  const find = async () => (await told(page)).slice(from).findLast((call) => call.state === state);
  return waitFor(find, 10_000, `a call that is ${state}`);
}

test('a page signs in as a phone, is called and answers, both hear the other; it dials, holds, and is hung up on', {
  skip,
}, async () => {
  const { page, errors } = await browser.open();
  const base = `http://127.0.0.1:${server.httpPort}`;
  const register = (password: string) =>
    page.evaluate(
      ([url, login, secret]) =>
        (globalThis as InPage).line
          .register({ base: url, login, password: secret, extension: '101' })
          .catch((error: InPage) => error.code),
      [base, administrator.login, password],
    );
  assert.equal(await register('wrong'), 'loginWrong');
  assert.deepEqual(await register(administrator.password), { number: '101', name: 'Phone 101' });

  await phone.ring('101');
  const rings = await inState(page, 'ringing');
  assert.deepEqual([rings.direction, rings.party.number], ['incoming', '103']);
  const ask = (method: string, ...given: unknown[]) =>
    page.evaluate(([name, all]) => (globalThis as InPage).line[name as string](...(all as [])), [method, given]);
  await ask('answer', rings.id);
  await phone.event('CALL_ESTABLISHED');
  await listen([{ phone, hears: [tones.browser], notHears: [tones.phone] }]);
  const loudest = () => page.evaluate(() => (globalThis as InPage).loudest) as Promise<Record<string, number>>;
  for (const what of ['loudspeaker', 'microphone']) {
    await waitFor(async () => (await loudest())[what]! > 0.5, 10_000, `the page to be told of its ${what}`);
  }
  await ask('hangUp', rings.id);
  await phone.ended(8000);
  assert.equal((await inState(page, 'ended')).reason, 'normal');

  const [from, since] = [(await told(page)).length, phone.events.length];
  const id = await ask('dial', '103');
  await phone.event('CALL_INCOMING', 8000, since);
  assert.equal((await inState(page, 'ringing', from)).id, id);
  await phone.answer();
  await inState(page, 'established', from);
  await listen([{ phone, hears: [tones.browser], notHears: [tones.phone] }]);
  await ask('hold', id);
  await listen([{ phone, hears: [], notHears: [tones.browser], sound: true }]);
  await ask('retrieve', id);
  await listen([{ phone, hears: [tones.browser], notHears: [] }]);
  await pullsOutItsMicrophone(page);
  await listen([{ phone, hears: [tones.browser], notHears: [tones.phone] }]);
  const so = (await told(page)).length;
  await losesItsWay(page);
  await listen([{ phone, hears: [tones.browser], notHears: [tones.phone] }]);
  assert.ok((await told(page)).slice(so).every(({ state }) => state === 'established'));
  await phone.hangup();
  assert.equal((await inState(page, 'ended', from)).reason, 'normal');

  await ask('unregister');
  const states = await page.evaluate(() => (globalThis as InPage).states);
  assert.deepEqual(states.slice(-3), [
    ['registering', null],
    ['registered', null],
    ['off', null],
  ]);
  assert.match(await phone.dialRefused('101'), /^480|^404/);
  assert.deepEqual(errors, []);
});
