import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { cleanup } from 'node-datachannel';
// @ts-expect-error: a script without types
import { ensureWeb } from '../../scripts/build-web.mjs';
import { loadOpus } from '../src/audio/opus.ts';
import { needs } from './peers/installed.ts';
import { PartylineServer } from './peers/partyline.ts';
import { TurnServer } from './peers/turn-server.ts';
import { heard, keepPeers, losesItsWay, Visitors } from './peers/visitors.ts';
import { waitFor } from './peers/wait.ts';
import { WebPeer } from './peers/web-peer.ts';
import { offerTo, tokenFor } from './peers/whip-client.ts';

/** Browsers whose network lets nothing out but to a TURN server: coturn, with the login that they are told. */

const skip = needs('chromium') || needs('turnserver');
const secret = 'north-wind';
let turn: TurnServer;
let server: PartylineServer;
let visitors: Visitors;
let talker: WebPeer;

/** For `open`, after `keepPeers`: no other way than by a relay. */
const relayAlone = `{
  const Usual = window.RTCPeerConnection;
  window.RTCPeerConnection = class extends Usual {
    constructor(given) {
      super({ ...given, iceTransportPolicy: 'relay' });
    }
  };
}`;

before(async () => {
  if (skip !== false) return;
  await ensureWeb();
  turn = await TurnServer.start(secret);
  const urls = [`turn:127.0.0.1:${turn.port}?transport=udp`];
  server = await PartylineServer.start({ config: { media: { turn: [{ urls, secret }] } } });
  visitors = await Visitors.start(`http://127.0.0.1:${server.httpPort}`);
  talker = new WebPeer(500, await loadOpus());
  talker.answered((await offerTo(server, await tokenFor(server, 'Talker'), await talker.offer())).answer);
});

after(async () => {
  talker?.close();
  await visitors?.stop();
  await server?.stop();
  await turn?.stop();
  // The threads of its library would keep this process.
  cleanup();
});

test('a page that may only use a TURN server joins by it, hears, and shows it nothing of the meeting', {
  skip,
  timeout: 180_000,
}, async () => {
  const page = await visitors.open('/meet/2011', {}, keepPeers + relayAlone);
  await page.getByLabel('Your name').fill('Ann');
  await page.getByRole('button', { name: 'Join now' }).click();
  await page.getByRole('heading', { name: 'Open', exact: true }).waitFor();
  await server.conferenceOf('201', '1', 2);
  await waitFor(async () => (await heard(page)) > 0, 60_000, 'Ann to hear');
  assert.ok(turn.users.length > 0, 'the TURN server let her in');
  // In a long meeting that login runs out: another way is looked for with a fresh one, and found.
  const names = turn.users;
  await losesItsWay(page);
  await waitFor(() => turn.users.length > names.length, 60_000, 'a login of its own for the other way');
  await page.getByRole('heading', { name: 'Open', exact: true }).waitFor();
  for (const name of turn.users) assert.match(name, /^\d+:[\w-]{12}$/);
  assert.deepEqual(visitors.errors, []);
});
