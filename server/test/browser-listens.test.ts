import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { cleanup } from 'node-datachannel';
import type { Page } from 'playwright-core';
import { loadOpus } from '../src/audio/opus.ts';
import { Browser } from './peers/browser.ts';
import { needs } from './peers/installed.ts';
import { PartylineServer } from './peers/partyline.ts';
import { waitFor } from './peers/wait.ts';
import { WebPeer } from './peers/web-peer.ts';

/** A Chromium that only listens, by WHEP alone: no events, no library of ours. */

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

async function ask(door: string, proof: string, offer: string): Promise<string> {
  const answer = await fetch(`http://127.0.0.1:${server.httpPort}${door}`, {
    method: 'POST',
    headers: { 'content-type': 'application/sdp', authorization: `Bearer ${proof}` },
    body: offer,
  });
  const text = await answer.text();
  assert.equal(answer.status, 201, text);
  return text;
}

async function tokenFor(name: string): Promise<string> {
  const answer = await fetch(`http://127.0.0.1:${server.httpPort}/ups/resources/middleware/token`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ conferenceId: '2011', userName: name }),
  });
  return ((await answer.json()) as { token: string }).token;
}

async function talks(tone: number): Promise<WebPeer> {
  const peer = new WebPeer(tone, await loadOpus());
  peers.push(peer);
  peer.answered(await ask('/whip', await tokenFor('Talker'), await peer.offer()));
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
  const answer = await ask('/whep', await tokenFor('Listener'), offer);
  await page.evaluate(`pc.setRemoteDescription({ type: 'answer', sdp: ${JSON.stringify(answer)} })`);
}

const count = async () => (await server.calls()).reduce((sum, { connections }) => sum + connections.length, 0);

test('a browser that only listens stays while it is there, alone or not, and is missed within seconds when it is killed', {
  skip,
  timeout: 180_000,
}, async (t) => {
  const { page } = await browser.open();
  await listens(page);
  await waitFor(async () => (await count()) === 1, 30_000, 'the listener to be in');
  const talker = await talks(500);
  await waitFor(async () => (await count()) === 2, 30_000, 'the talker to be in');
  await waitFor(async () => (await got(page)) > 600, 60_000, 'the listener to have heard for more than ten seconds');
  assert.equal(await count(), 2);

  await Browser.kill(page);
  const killedMs = performance.now();
  await waitFor(async () => (await count()) === 1, 60_000, 'the listener to be missed');
  const missedMs = performance.now() - killedMs;
  t.diagnostic(`missed after ${Math.round(missedMs)} ms`);
  // Ten, and what a busy machine adds; consent alone would take more than thirty (RFC 7675).
  assert.ok(missedMs < 20_000, `${missedMs} ms`);
  talker.close();
});
