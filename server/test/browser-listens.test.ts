import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { cleanup } from 'node-datachannel';
import type { Page } from 'playwright-core';
import { loadOpus } from '../src/audio/opus.ts';
import { Browser } from './peers/browser.ts';
import { endChild, startChild } from './peers/children.ts';
import { needs } from './peers/installed.ts';
import { PartylineServer } from './peers/partyline.ts';
import { waitFor } from './peers/wait.ts';
import { WebPeer } from './peers/web-peer.ts';
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
  const peer = new WebPeer(tone, await loadOpus());
  peers.push(peer);
  peer.answered((await offerTo(server, await tokenFor(server, 'Talker'), await peer.offer())).answer);
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
  timeout: 180_000,
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

test('who only listens, and has nothing to report by, stays while it is there and is missed as soon when it is killed', {
  timeout: 180_000,
}, async (t) => {
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

/** Offers for the session of a page, or for a new one; the page talks and listens. */
async function comes(page: Page, proof: string, status: number) {
  const offer = (await page.evaluate(`(async () => {
    window.pc?.close();
    window.pc = new RTCPeerConnection();
    const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
    pc.addTrack(stream.getAudioTracks()[0], stream);
    await pc.setLocalDescription();
    return pc.localDescription.sdp;
  })()`)) as string;
  const come = await offerTo(server, proof, offer, { status });
  await page.evaluate(`pc.setRemoteDescription({ type: 'answer', sdp: ${JSON.stringify(come.answer)} })`);
  return come;
}

test('a Chromium that restarts ICE is told that it cannot (RFC 9725), hears on as if it had not asked, and may come another way', {
  skip,
  timeout: 180_000,
}, async () => {
  await waitFor(async () => (await count()) === 0, 60_000, 'nobody to be in');
  const talker = await talks(500);
  const { page } = await browser.open();
  const { path } = await comes(page, await tokenFor(server, 'Ann'), 201);
  await waitFor(async () => (await got(page)) > 50, 30_000, 'Ann to hear');
  await waitFor(() => talker.hears(900) > -40, 30_000, 'Ann to be heard');

  // As clients of WHIP do it: an offer with another name and password, and what is new of it by PATCH.
  const fragment = (await page.evaluate(`(async () => {
    await pc.setLocalDescription(await pc.createOffer({ iceRestart: true }));
    return pc.localDescription.sdp.split('\\r\\n').filter((line) => /^a=(ice-|mid)/.test(line)).join('\\r\\n');
  })()`)) as string;
  const refused = await fetch(`http://127.0.0.1:${server.httpPort}${path}`, {
    method: 'PATCH',
    headers: { 'content-type': 'application/trickle-ice-sdpfrag', 'if-match': '*' },
    body: fragment,
  });
  assert.equal(refused.status, 422);
  assert.equal(((await refused.json()) as { code: string }).code, 'noIceRestart');
  await page.evaluate(`pc.setLocalDescription({ type: 'rollback' })`);
  const before = await got(page);
  // For longer than consent is given (RFC 7675), nothing has changed.
  await waitFor(async () => (await got(page)) > before + 1700, 120_000, 'Ann to hear on');
  await waitFor(() => talker.hears(900) > -40, 10_000, 'and to be heard');
  assert.equal(await page.evaluate('pc.connectionState'), 'connected');

  const again = await comes(page, path.split('/').at(-1) ?? '', 200);
  assert.equal(again.path, path);
  await waitFor(async () => (await got(page)) > 50, 30_000, 'Ann to hear the other way');
  await waitFor(() => talker.hears(900) > -40, 30_000, 'Ann to be heard the other way');
  await bothAreIn();
  talker.close();
});
