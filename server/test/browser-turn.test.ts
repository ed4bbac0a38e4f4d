import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { cleanup } from 'node-datachannel';
// @ts-expect-error: a script without types
import { ensureWeb } from '../../scripts/build-web.mjs';
import { needs } from './peers/installed.ts';
import { PartylineServer } from './peers/partyline.ts';
import { talkingPeer } from './peers/talking-peer.ts';
import { TurnServer } from './peers/turn-server.ts';
import { heard, keepPeers, losesItsWay, Visitors } from './peers/visitors.ts';
import { waitFor } from './peers/wait.ts';
import type { WebPeer } from './peers/web-peer.ts';
import { tokenFor } from './peers/whip-client.ts';

/** Browsers whose network lets nothing out but to a TURN server: coturn, with the login that they are told. */

const skip = needs('chromium') || needs('turnserver');
const secret = 'north-wind';
let turn: TurnServer;
let server: PartylineServer;
let visitors: Visitors;
let talker: WebPeer;

const transports = ['udp'] as const;

/** For `open`, after `keepPeers`: no other way than by a relay, which is spoken to so. */
const relayAlone = (transport: (typeof transports)[number]) => `{
  const only = ({ iceServers = [], ...given }) => ({
    ...given,
    iceTransportPolicy: 'relay',
    iceServers: iceServers.map(({ urls, ...login }) => ({ ...login, urls: urls.filter((url) => url.endsWith('${transport}')) })),
  });
  const Usual = window.RTCPeerConnection;
  window.RTCPeerConnection = class extends Usual {
    constructor(given) {
      super(only(given));
    }
    setConfiguration(given) {
      super.setConfiguration(only(given));
    }
  };
}`;

before(async () => {
  if (skip !== false) return;
  await ensureWeb();
  turn = await TurnServer.start(secret);
  const urls = transports.map((transport) => `turn:127.0.0.1:${turn.port}?transport=${transport}`);
  server = await PartylineServer.start({ config: { media: { turn: [{ urls, secret }] } } });
  visitors = await Visitors.start(`http://127.0.0.1:${server.httpPort}`);
  talker = await talkingPeer(server, 500);
});

after(async () => {
  talker?.close();
  await visitors?.stop();
  await server?.stop();
  await turn?.stop();
  // The threads of its library would keep this process.
  cleanup();
});

for (const transport of transports) {
  test(`a page that may only use a TURN server over ${transport} joins by it, hears, and shows it nothing of the meeting`, {
    skip,
  }, async () => {
    const before = turn.users.length;
    const page = await visitors.open('/meet/2011', {}, keepPeers + relayAlone(transport));
    await page.getByLabel('Your name').fill('Ann');
    await page.getByRole('button', { name: 'Join now' }).click();
    await page.getByRole('heading', { name: 'Open', exact: true }).waitFor();
    await server.conferenceOf('201', '1', 2);
    await waitFor(async () => (await heard(page)) > 0, 60_000, 'Ann to hear');
    assert.equal(turn.users.length, before + 1, 'the TURN server let her in, and the first way was found');
    // In a long meeting that login runs out: another way is looked for with a fresh one, and found.
    await losesItsWay(page);
    await waitFor(() => turn.users.length > before + 1, 60_000, 'a login of its own for the other way');
    await page.getByRole('heading', { name: 'Open', exact: true }).waitFor();
    for (const name of turn.users) assert.match(name, /^\d+:[\w-]{12}$/);
    assert.deepEqual(visitors.errors, []);
    await page.context().close();
    await server.conferenceOf('201', '1', 1, 30_000);
  });
}

test('so does an application of the library', { skip }, async () => {
  const base = `http://127.0.0.1:${server.httpPort}`;
  // Any page of the same origin: its policy takes scripts from there alone.
  const page = await visitors.open('/meet/2011', {}, keepPeers + relayAlone('udp'));
  await page.addScriptTag({ url: `${base}/sdk/AvayaClientServices.min.js` });
  const token = await tokenFor(server, 'Bob');
  const told = await page.evaluate(`new Promise((tell) => {
    const { Call } = AvayaClientServices.Services;
    const calls = new AvayaClientServices().createUser({}).getCalls();
    const info = new Call.CallCreationInfo('2011');
    info.setPortalToken('${token}');
    info.setCallType(Call.CallType.CallTypeHttpMeetMe);
    const call = calls.createCall(info);
    call.addOnCallEstablishedCallback(() => tell('established'));
    call.addOnCallFailedCallback((_call, why) => tell(why.getError()));
    call.start();
  })`);
  assert.equal(told, 'established');
  await waitFor(async () => (await heard(page)) > 0, 60_000, 'Bob to hear');
  await page.context().close();
});
