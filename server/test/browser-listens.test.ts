import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { cleanup } from 'node-datachannel';
import type { Page } from 'playwright-core';
import { Browser } from './peers/browser.ts';
import { endChild, startChild } from './peers/children.ts';
import { needs } from './peers/installed.ts';
import { PartylineServer } from './peers/partyline.ts';
import { talkingPeer } from './peers/talking-peer.ts';
import { waitFor } from './peers/wait.ts';
import type { WebPeer } from './peers/web-peer.ts';
import { offerTo, tokenFor } from './peers/whip-client.ts';

/** A Chromium by WHIP and WHEP alone: no events, no library of ours. */

const skip = needs('chromium');
let server: PartylineServer;
let browser: Browser;
const peers: WebPeer[] = [];

before(async () => {
  server = await PartylineServer.start();
  if (skip === false) browser = await Browser.start({ page: '<p>listens', tone: 900 });
});

after(async () => {
  for (const peer of peers) peer.close();
  await browser?.stop();
  await server.stop();
  // The threads of its library would keep this process.
  cleanup();
});

async function talks(tone: number): Promise<WebPeer> {
  const peer = await talkingPeer(server, tone);
  peers.push(peer);
  return peer;
}

/** Packets of sound that a page has got. */
const got = (page: Page) =>
  page.evaluate(`pc.getStats().then((all) =>
    [...all.values()].find(({ type }) => type === 'inbound-rtp')?.packetsReceived ?? 0)`) as Promise<number>;

async function listens(page: Page): Promise<void> {
  const offer = (await page.evaluate(`(async () => {
    window.pc = new RTCPeerConnection();
    pc.addTransceiver('audio', { direction: 'recvonly' });
    await pc.setLocalDescription();
    return pc.localDescription.sdp;
  })()`)) as string;
  const { answer } = await offerTo(server, await tokenFor(server, 'Listener'), offer, { door: '/whep' });
  await page.evaluate(`pc.setRemoteDescription({ type: 'answer', sdp: ${JSON.stringify(answer)} })`);
}

const count = async () => (await server.calls()).reduce((sum, { connections }) => sum + connections.length, 0);

/** Nobody was missed meanwhile; else what the server said of it. */
async function bothAreIn(): Promise<void> {
  const said = server.output.split('\n').filter((line) => line.includes('a browser'));
  assert.equal(await count(), 2, `one of them is not in any more: ${said.join('\n')}`);
}

test('a browser that only listens stays while it is there, alone or not, and is missed within seconds when it is killed', {
  skip,
}, async (t) => {
  const { page } = await browser.open();
  await listens(page);
  await waitFor(async () => (await count()) === 1, 30_000, 'the listener to be in');
  const talker = await talks(500);
  await waitFor(async () => (await count()) === 2, 30_000, 'the talker to be in');
  await waitFor(async () => (await got(page)) > 600, 60_000, 'the listener to have heard for more than ten seconds');
  await bothAreIn();

  const [call] = await server.calls();
  await Browser.kill(page);
  const killedMs = Date.now();
  await waitFor(async () => (await count()) === 1, 60_000, 'the listener to be missed');
  // By the time in its log: when we hear of it is no matter.
  const cleared = (await server.events(call!.id)).findLast(({ type }) => type === 'connectionCleared')!;
  const missedMs = Date.parse(cleared.at) - killedMs;
  t.diagnostic(`missed after ${Math.round(missedMs)} ms`);
  // Ten, and what a busy machine adds; consent alone would take more than thirty (RFC 7675).
  assert.ok(missedMs < 20_000, `${missedMs} ms`);
  talker.close();
});

test('who only listens, and has nothing to report by, stays while it is there and is missed as soon when it is killed', async (t) => {
  await waitFor(async () => (await count()) === 0, 60_000, 'nobody to be in');
  const door = `http://127.0.0.1:${server.httpPort}/whep`;
  const listener = () => {
    const file = fileURLToPath(new URL('peers/listening-process.ts', import.meta.url));
    return tokenFor(server, 'Listener').then((token) =>
      startChild(process.execPath, [file, door, token], { stdio: ['ignore', 'pipe', 'inherit'] }),
    );
  };
  const [killed, stays] = [await listener(), await listener()];
  await Promise.all([killed, stays].map(({ stdout }) => once(stdout!, 'data')));
  await bothAreIn();
  // For longer than it would take to miss one of them.
  const [call] = await server.calls();
  const since = Date.now();
  await waitFor(async () => Date.now() - since > 12_000, 60_000, 'a while');
  await bothAreIn();

  await endChild(killed, 0);
  const killedMs = Date.now();
  await waitFor(async () => (await count()) === 1, 60_000, 'the listener to be missed');
  const cleared = (await server.events(call!.id)).findLast(({ type }) => type === 'connectionCleared')!;
  const missedMs = Date.parse(cleared.at) - killedMs;
  t.diagnostic(`missed after ${Math.round(missedMs)} ms`);
  assert.ok(missedMs < 20_000, `${missedMs} ms`);
  // The first who comes after the last has gone may be as quick as the library is slow to give the port back.
  await endChild(stays, 0);
  const talker = await talks(500);
  await waitFor(async () => (await count()) > 0, 30_000, 'another to be in');
  talker.close();
});
