import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import type { Page } from 'playwright-core';
// @ts-expect-error: a script without types
import { ensureSdk } from '../../scripts/build-sdk.mjs';
// @ts-expect-error: a script without types
import { ensureWeb } from '../../scripts/build-web.mjs';
import { SeededRandom } from '../src/base/random.ts';
import { needs } from './peers/installed.ts';
import { LossyRelay, losing } from './peers/lossy-relay.ts';
import { PartylineServer } from './peers/partyline.ts';
import { heard, keepPeers, losesItsWay, Visitors } from './peers/visitors.ts';
import { waitFor } from './peers/wait.ts';

/** Bad networks, and other ones: the meeting page in Chromium, its packets by a relay of ours. */

const skip = needs('chromium');
let server: PartylineServer;
let visitors: Visitors;
let relay: LossyRelay;

/**
 * For `open`: where `window.relayPort` is set, what the server answers is reached there, and the server is told of no
 * address, or it would find a way beside the relay.
 */
const throughRelay = `{
  const ask = window.fetch.bind(window);
  window.fetch = async (...given) => {
    const [url, how] = given;
    if (window.relayPort === undefined || !String(url).includes('/whip')) return ask(...given);
    const body = typeof how?.body === 'string' ? how.body.replace(/^a=candidate:.*\\r\\n/gm, '') : how?.body;
    const answer = await ask(url, { ...how, body });
    if (!answer.ok) return answer;
    const text = (await answer.text()).replace(/^(a=candidate:\\S+ \\d+ \\S+ \\d+ \\S+) \\d+ /gm, '$1 ' + window.relayPort + ' ');
    return new Response(text, { status: answer.status, headers: answer.headers });
  };
}`;

before(async () => {
  if (skip !== false) return;
  await ensureWeb();
  await ensureSdk();
  server = await PartylineServer.start();
  visitors = await Visitors.start(`http://127.0.0.1:${server.httpPort}`);
});

after(async () => {
  await visitors?.stop();
  await server?.stop();
});

afterEach(async () => {
  await visitors?.leave();
  await relay?.stop();
});

async function join(page: Page, name: string): Promise<void> {
  await page.getByLabel('Your name').fill(name);
  await page.getByRole('button', { name: 'Join now' }).click();
  // Of the meeting; that of the lobby names it too.
  await page.getByRole('heading', { name: 'Open', exact: true }).waitFor();
}

/** Waits until a page has heard more than so far. */
async function hearsOn(page: Page, who: string): Promise<void> {
  const before = await heard(page);
  await waitFor(async () => (await heard(page)) > before, 30_000, `${who} to hear on`);
}

const whoIsIn = async () => (await server.calls()).flatMap(({ connections }) => connections.map(({ id }) => id)).sort();

test('30 % of all packets lost: the call stands, and each goes on hearing the other; another network is healed', {
  skip,
}, async (t) => {
  const { webrtcPort } = server.config['media'] as { webrtcPort: number };
  const seed = Number(process.env['PARTYLINE_LOSS_SEED'] ?? 8);
  t.diagnostic(`seed of what is lost: ${seed} (PARTYLINE_LOSS_SEED)`);
  const loses = losing(0.3, new SeededRandom(seed));
  relay = await LossyRelay.start({ target: { address: '127.0.0.1', port: webrtcPort }, loses });
  const ann = await visitors.open('/meet/2011', {}, keepPeers);
  await join(ann, 'Ann');
  const bob = await visitors.open('/meet/2011', {}, keepPeers + throughRelay);
  await bob.evaluate(`window.relayPort = ${relay.address.port}`);
  await join(bob, 'Bob');
  await server.conferenceOf('201', '1', 2);
  await waitFor(() => relay.carried > 0, 10_000, 'its packets to come by the relay');
  await hearsOn(ann, 'Ann');
  await hearsOn(bob, 'Bob');
  // As long as somebody in a bad place talks on: what is counted is what was lost, not the time.
  await waitFor(() => relay.lost > 300, 60_000, 'enough to be lost');
  await hearsOn(ann, 'Ann');
  await hearsOn(bob, 'Bob');
  await server.conferenceOf('201', '1', 2);

  await bob.keyboard.press('Alt+m');
  const muted = ann.locator('.person[data-name="Bob"]').getByText('Muted');
  await muted.waitFor();
  // What it says may stand for a moment only: another way may be found at once.
  await bob.evaluate(`{
    window.told = '';
    const look = () => { told += document.body.innerText; };
    new MutationObserver(look).observe(document.body, { childList: true, subtree: true, characterData: true });
    delete window.relayPort;
  }`);
  await relay.stop();
  await waitFor(async () => /You are connected again/.test(await bob.evaluate('told')), 60_000, 'another way');
  await bob.getByText('Connection lost').waitFor({ state: 'detached' });
  await hearsOn(bob, 'Bob');
  // The same two, as browser-moves.test.ts shows; a browser that has no time for eight seconds joins again by itself.
  await server.conferenceOf('201', '1', 2);
  await muted.waitFor();
  await bob.keyboard.press('Alt+m');
  await muted.waitFor({ state: 'detached' });
  await hearsOn(ann, 'Ann');
  assert.deepEqual(visitors.errors, []);
});

test('the meeting page is loaded again: the same participant, muted as before, and both hear on; a page that is closed is missed', {
  skip,
}, async () => {
  await server.quiet();
  const ann = await visitors.open('/meet/2011', {}, keepPeers);
  await join(ann, 'Ann');
  const bob = await visitors.open('/meet/2011', {}, keepPeers);
  await join(bob, 'Bob');
  await server.conferenceOf('201', '1', 2);
  const before = await whoIsIn();
  await bob.keyboard.press('Alt+m');
  const muted = ann.locator('.person[data-name="Bob"]').getByText('Muted');
  await muted.waitFor();
  await bob.reload();
  await bob.getByRole('heading', { name: 'Open', exact: true }).waitFor();
  await hearsOn(bob, 'Bob');
  assert.deepEqual(await whoIsIn(), before);
  await muted.waitFor();
  await bob.locator('.person[data-name="Bob"]').getByText('Muted').waitFor();
  await bob.keyboard.press('Alt+m');
  await muted.waitFor({ state: 'detached' });
  await hearsOn(ann, 'Ann');
  assert.equal(await bob.evaluate('JSON.stringify(sessionStorage)'), '{}');
  // Once more, a moment after.
  await bob.reload();
  await hearsOn(bob, 'Bob');
  await hearsOn(ann, 'Ann');
  assert.deepEqual(await whoIsIn(), before);
  await bob.close({ runBeforeUnload: true });
  await server.conferenceOf('201', '1', 1);
  await ann.locator('.person[data-name="Bob"]').waitFor({ state: 'detached' });
  assert.deepEqual(visitors.errors, []);
});

test('an application of the library: with another network it is the same call, and no callback tells of an end', {
  skip,
}, async () => {
  await server.quiet();
  const ann = await visitors.open('/meet/2011', {}, keepPeers);
  await join(ann, 'Ann');
  const bob = await visitors.open('/meet/2011', {}, keepPeers);
  await bob.addScriptTag({ url: '/sdk/AvayaClientServices.min.js' });
  await bob.evaluate(`{
    window.told = [];
    const { Config, Services: { Call } } = AvayaClientServices;
    const user = new AvayaClientServices().createUser(new Config.UserConfiguration());
    const info = new Call.CallCreationInfo('2011');
    info.setCallType(Call.CallType.CallTypeHttpMeetMe);
    info.setMeetMeUserName('Bob');
    const call = user.getCalls().createCall(info);
    call.addOnCallEstablishedCallback(() => told.push('established'));
    call.addOnCallEndedCallback(() => told.push('ended'));
    call.addOnCallFailedCallback((_, error) => told.push('failed ' + error.getError()));
    call.start();
  }`);
  const told = () => bob.evaluate('told') as Promise<string[]>;
  await waitFor(async () => (await told()).length > 0, 30_000, 'the call to be established');
  await server.conferenceOf('201', '1', 2);
  const before = await whoIsIn();
  await hearsOn(bob, 'Bob');
  await losesItsWay(bob);
  await hearsOn(bob, 'Bob');
  await hearsOn(ann, 'Ann');
  assert.deepEqual(await whoIsIn(), before);
  assert.deepEqual(await told(), ['established']);
});
