import assert from 'node:assert/strict';
import { after, before, type TestContext, test } from 'node:test';
import { cleanup } from 'node-datachannel';
import { Browser } from './peers/browser.ts';
import { Firefox } from './peers/firefox.ts';
import { needs } from './peers/installed.ts';
import { LossyRelay } from './peers/lossy-relay.ts';
import { PartylineServer } from './peers/partyline.ts';
import { talkingPeer } from './peers/talking-peer.ts';
import { waitFor } from './peers/wait.ts';
import { fromNowOn, type WebPeer } from './peers/web-peer.ts';
import { offerTo, tokenFor } from './peers/whip-client.ts';

/**
 * A Chromium that restarts ICE by PATCH (RFC 9725 §4.3.3), as any client of WHIP or WHEP may, where the way before is
 * dead.
 */

const skip = needs('chromium');
let server: PartylineServer;
let browser: Browser;
let rtpPorts: { readonly from: number; readonly to: number };
const peers: WebPeer[] = [];

before(async () => {
  if (skip !== false) return;
  server = await PartylineServer.start();
  const [from = 0, to = 0] = String((server.config['media'] as { rtpPorts: string }).rtpPorts)
    .split('-')
    .map(Number);
  rtpPorts = { from, to };
  browser = await Browser.start({ page: '<p>restarts', tone: 900 });
});

after(async () => {
  for (const peer of peers) peer.close();
  await browser?.stop();
  await server?.stop();
  // The threads of its library would keep this process.
  cleanup();
});

async function talks(tone: number): Promise<WebPeer> {
  const peer = await talkingPeer(server, tone);
  peers.push(peer);
  return peer;
}

/** Of whichever browser. */
interface Page {
  evaluate(script: string): Promise<unknown>;
}

/** What a page knows of its connection. */
interface Seen {
  /** Packets of sound that it has got, and that it knows to be lost. */
  readonly got: number;
  readonly lost: number;
  /** Where it sends now. */
  readonly port: number | null;
  /** Of its handshake, and what the server showed in it. */
  readonly dtls: string;
}

const seen = (page: Page) =>
  page.evaluate(`pc.getStats().then((all) => {
    const every = [...all.values()];
    const transport = every.find(({ type }) => type === 'transport');
    // Firefox tells of no transport, but which pair it is.
    const pair = all.get(transport?.selectedCandidatePairId) ?? every.find(({ selected }) => selected === true);
    return {
      got: every.find(({ type }) => type === 'inbound-rtp')?.packetsReceived ?? 0,
      lost: every.find(({ type }) => type === 'inbound-rtp')?.packetsLost ?? 0,
      port: all.get(pair?.remoteCandidateId)?.port ?? null,
      dtls: [
        pc.getReceivers()[0].transport.state,
        ...(pc.getReceivers()[0].transport.getRemoteCertificates?.() ?? []).map((one) => [...new Uint8Array(one)].join(' ')),
      ].join('; '),
    };
  })`) as Promise<Seen>;

async function hearsOn(page: Page, what: string, packets = 100): Promise<void> {
  const { got } = await seen(page);
  await waitFor(async () => (await seen(page)).got > got + packets, 30_000, what);
}

/** The offer of a page that talks, or only listens. */
async function offerOf(page: Page, door: '/whip' | '/whep'): Promise<string> {
  return (await page.evaluate(`(async () => {
    window.pc?.close();
    window.pc = new RTCPeerConnection();
    if (${door === '/whip'}) {
      const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
      pc.addTrack(stream.getAudioTracks()[0], stream);
    } else pc.addTransceiver('audio', { direction: 'recvonly' });
    await pc.setLocalDescription();
    return pc.localDescription.sdp;
  })()`)) as string;
}

/** A page that comes by a way of its own, which can be closed. */
async function comes(page: Page, door: '/whip' | '/whep', proof: string, status = 201) {
  const { webrtcPort } = server.config['media'] as { webrtcPort: number };
  const way = await LossyRelay.start({ target: { address: '127.0.0.1', port: webrtcPort }, loses: () => false });
  const come = await offerTo(server, proof, await offerOf(page, door), { door, status });
  const there = `a=candidate:1 1 UDP 2130706431 127.0.0.1 ${way.address.port} typ host`;
  const others = come.answer.replace(/^a=candidate:.*\r\n/gm, '');
  const answer = others.replace('a=end-of-candidates', `${there}\r\na=end-of-candidates`);
  await page.evaluate(`pc.setRemoteDescription({ type: 'answer', sdp: ${JSON.stringify(answer)} })`);
  return { ...come, way };
}

const patch = (path: string, match: string, body: string) =>
  fetch(`http://127.0.0.1:${server.httpPort}${path}`, {
    method: 'PATCH',
    headers: { 'content-type': 'application/trickle-ice-sdpfrag', 'if-match': match },
    body,
  });

/** As clients of WHIP do it; gives the ETag, and the port that the page is told. */
async function restarts(page: Page, path: string, match = '"*"') {
  const fragment = (await page.evaluate(`(async () => {
    pc.restartIce();
    await pc.setLocalDescription();
    return pc.localDescription.sdp.split('\\r\\n').filter((line) => /^(m=|a=(ice-|mid|group))/.test(line)).join('\\r\\n') + '\\r\\n';
  })()`)) as string;
  const response = await patch(path, match, fragment);
  const body = await response.text();
  assert.equal(response.status, 200, body);
  assert.equal(response.headers.get('content-type'), 'application/trickle-ice-sdpfrag');
  assert.match(body, /^a=mid:0\r$/m);
  assert.match(body, /^a=end-of-candidates\r$/m);
  const port = Number(/^a=candidate:\S+ 1 UDP \d+ 127\.0\.0\.1 (\d+) typ host\r$/m.exec(body)?.[1]);
  assert.ok(port >= rtpPorts.from && port <= rtpPorts.to, body);
  const ports = [...body.matchAll(/^a=candidate:\S+ 1 UDP \d+ \S+ (\d+) /gm)].map(([, told]) => Number(told));
  await page.evaluate(`(async (fragment) => {
    const kept = pc.currentRemoteDescription.sdp.split('\\r\\n').filter((line) => !/^a=(ice-|candidate|end-of)/.test(line));
    const fresh = fragment.split('\\r\\n').filter((line) => /^a=(ice-|candidate|end-of)/.test(line));
    await pc.setRemoteDescription({ type: 'answer', sdp: [...kept.filter((line) => line !== ''), ...fresh, ''].join('\\r\\n') });
  })(${JSON.stringify(body)})`);
  return { etag: response.headers.get('etag') ?? '', port, ports, fragment, body };
}

const whoIsIn = async () => (await server.calls()).flatMap(({ connections }) => connections.map(({ id }) => id)).sort();

/** Where not even half a second has come to the talker since, it says NaN. */
const isHeard = (talker: WebPeer, hz: number, what: string) =>
  fromNowOn(
    () => talker.hears(hz) > -40,
    30_000,
    () => `${what}: ${talker.hears(hz)} dB`,
  );

async function stage(t: TestContext) {
  await waitFor(async () => (await whoIsIn()).length === 0, 60_000, 'nobody to be in');
  const talker = await talks(500);
  const { page } = await browser.open();
  t.after(async () => {
    talker.close();
    await page.close();
  });
  return { talker, page };
}

test('a Chromium restarts ICE, again and again: heard and hearing by the new way alone, under the same keys, as the same participant', {
  skip,
}, async (t) => {
  const { talker, page } = await stage(t);
  const { path, etag, way } = await comes(page, '/whip', await tokenFor(server, 'Ann'));
  t.after(() => way.stop());
  const heard = (what: string) => isHeard(talker, 900, what);
  await hearsOn(page, 'Ann to hear');
  await heard('Ann to be heard');
  await page.evaluate(`{
    window.changes = [];
    pc.getReceivers()[0].transport.addEventListener('statechange', () => changes.push('another handshake'));
  }`);
  const participants = await whoIsIn();
  const first = await seen(page);
  assert.equal(first.port, way.address.port);

  const restarted = await restarts(page, path);
  assert.notEqual(restarted.etag, etag);
  await way.stop();
  const beganMs = performance.now();
  await waitFor(async () => (await seen(page)).port === restarted.port, 30_000, 'the new way to be chosen');
  t.diagnostic(`the new way is chosen ${Math.round(performance.now() - beganMs)} ms after the way before is closed`);
  await hearsOn(page, 'Ann to hear after the restart');
  await heard('Ann to be heard after the restart');
  assert.equal((await seen(page)).dtls, first.dtls);

  // Its candidates are of the new ICE session.
  const trickled = `a=ice-ufrag:${/ice-ufrag:(.+)\r/.exec(restarted.fragment)![1]}\r\na=mid:0\r\na=end-of-candidates\r\n`;
  assert.equal((await patch(path, restarted.etag, trickled)).status, 204);
  assert.equal((await patch(path, etag, trickled)).status, 412);
  for (const ill of ['a=ice-ufrag:Other\r\n', 'a=ice-ufrag:Other\r\na=ice-pwd:short\r\n']) {
    const refused = await patch(path, '*', ill);
    assert.deepEqual([refused.status, ((await refused.json()) as { code: string }).code], [400, 'badFragment']);
  }
  // Who has not got the answer gets the same again.
  const again = await patch(path, '*', restarted.fragment);
  assert.deepEqual(
    [again.status, again.headers.get('etag'), await again.text()],
    [200, restarted.etag, restarted.body],
  );

  // Longer than consent lasts (RFC 7675) for the way that is dead.
  await hearsOn(page, 'Ann to hear on', 1800);
  await heard('Ann to be heard on');
  for (const turn of [2, 3]) {
    const { got, lost } = await seen(page);
    const next = await restarts(page, path, turn === 2 ? '*' : restarted.etag.replace(/\d+/, '3'));
    assert.equal(next.port, restarted.port);
    await hearsOn(page, `Ann to hear after restart ${turn}`);
    await heard(`Ann to be heard after restart ${turn}`);
    const later = await seen(page);
    t.diagnostic(`restart ${turn}: ${later.lost - lost} packets lost of ${later.got - got}`);
    // The way before carries until there is the next: a second without sound would be fifty.
    assert.ok(later.lost - lost < 25, `${later.lost - lost} packets lost`);
    assert.deepEqual(await seen(page).then(({ port, dtls }) => [port, dtls]), [restarted.port, first.dtls]);
  }
  assert.deepEqual(await page.evaluate('[pc.connectionState, changes]'), ['connected', []]);
  assert.deepEqual(await whoIsIn(), participants);

  // Another way is as good as ever; it closes what was opened for the restarts.
  const moved = await comes(page, '/whip', path.split('/').at(-1) ?? '', 200);
  t.after(() => moved.way.stop());
  assert.equal(moved.path, path);
  await hearsOn(page, 'Ann to hear the other way');
  await heard('Ann to be heard the other way');
  assert.deepEqual(await whoIsIn(), participants);
  const anew = await restarts(page, path);
  await moved.way.stop();
  await hearsOn(page, 'Ann to hear after a restart of the other way');
  await heard('Ann to be heard after a restart of the other way');
  assert.equal((await seen(page)).port, anew.port);
  assert.deepEqual(await whoIsIn(), participants);
});

test('a Chromium that only listens restarts ICE: it hears by the new way, is not missed, and is once it is killed', {
  skip,
}, async (t) => {
  const { talker, page } = await stage(t);
  const { path, way } = await comes(page, '/whep', await tokenFor(server, 'Ear'));
  t.after(() => way.stop());
  await hearsOn(page, 'the listener to hear');
  const participants = await whoIsIn();
  const restarted = await restarts(page, path);
  await way.stop();
  await hearsOn(page, 'the listener to hear after the restart');
  assert.equal((await seen(page)).port, restarted.port);
  // Nobody else is heard: it answers what it is asked, or it would be gone.
  talker.close();
  await waitFor(async () => (await whoIsIn()).length === 1, 60_000, 'the talker to be gone');
  await hearsOn(page, 'the listener to hear music', 1000);
  assert.ok((await whoIsIn()).every((id) => participants.includes(id)));
  await Browser.kill(page);
  await waitFor(async () => (await whoIsIn()).length === 0, 60_000, 'the listener to be missed');
});

test('a Firefox restarts ICE, twice: it is heard and hears on by another port', {
  skip: needs('firefox-esr'),
}, async (t) => {
  // First: on a busy machine this process can do nothing else while it starts a program, and who says nothing is missed.
  const firefox = await Firefox.start({ tone: 1500 });
  t.after(() => firefox.stop());
  const { talker } = await stage(t);
  const page = await firefox.open(browser.origin, '');
  const { answer, path } = await offerTo(server, await tokenFor(server, 'Ann'), await offerOf(page, '/whip'));
  await page.evaluate(`pc.setRemoteDescription({ type: 'answer', sdp: ${JSON.stringify(answer)} })`);
  const heard = (what: string) => isHeard(talker, 1500, what);
  await hearsOn(page, 'Ann to hear');
  await heard('Ann to be heard');
  const participants = await whoIsIn();
  const ports = [(await seen(page)).port];
  for (const turn of [1, 2]) {
    const { ports: told } = await restarts(page, path);
    await waitFor(async () => told.includes((await seen(page)).port ?? 0), 30_000, `restart ${turn} to be chosen`);
    await hearsOn(page, `Ann to hear after restart ${turn}`);
    await heard(`Ann to be heard after restart ${turn}`);
    ports.push((await seen(page)).port);
  }
  t.diagnostic(`by ports ${ports.join(', ')}`);
  assert.deepEqual(await whoIsIn(), participants);
});
