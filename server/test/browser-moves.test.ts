import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { cleanup } from 'node-datachannel';
import { loadOpus } from '../src/audio/opus.ts';
import { PartylineServer } from './peers/partyline.ts';
import { waitFor } from './peers/wait.ts';
import { fromNowOn, WebPeer } from './peers/web-peer.ts';
import { offerTo, tokenFor } from './peers/whip-client.ts';

/** Clients of WHIP and WHEP that are no browser: one whose network changes, and one that only listens. */

const [first, second] = [500, 900];
let server: PartylineServer;
const peers: WebPeer[] = [];

before(async () => {
  server = await PartylineServer.start();
});

after(async () => {
  for (const peer of peers) peer.close();
  await server.stop();
  // The threads of its library would keep this process.
  cleanup();
});

async function peerOf(tone: number): Promise<WebPeer> {
  const peer = new WebPeer(tone, await loadOpus());
  peers.push(peer);
  return peer;
}

/** Offers with what proves who asks. Gives where the session is. */
async function offer(peer: WebPeer, proof: string, door = '/whip', status = 201): Promise<string> {
  const { answer, path } = await offerTo(server, proof, await peer.offer(), { door, status });
  peer.answered(answer);
  return path;
}

/** Waits until a peer hears one tone, and not the other. */
function hearing(peer: WebPeer, tone: number, not: number, what: string): Promise<unknown> {
  return fromNowOn(() => peer.hears(tone) > -40 && peer.hears(not) < peer.hears(tone) - 20, 30_000, what);
}

const whoIsIn = async () => (await server.calls()).flatMap(({ connections }) => connections.map(({ id }) => id)).sort();

test('a client comes another way: the same participant, heard and hearing again; the old way is closed', async () => {
  const [before, other] = [await peerOf(first), await peerOf(second)];
  const path = await offer(before, await tokenFor(server, 'Ann'));
  await offer(other, await tokenFor(server, 'Bob'));
  await hearing(other, first, second, 'Bob to hear Ann');
  await hearing(before, second, first, 'Ann to hear Bob');
  const participants = await whoIsIn();
  assert.equal(participants.length, 2);

  // The network before is gone without a word.
  before.close();
  const again = await peerOf(first);
  assert.equal(await offer(again, path.split('/').at(-1) ?? '', '/whip', 200), path);
  await hearing(again, second, first, 'Ann to hear Bob again');
  await hearing(other, first, second, 'Bob to hear Ann again');
  assert.deepEqual(await whoIsIn(), participants);

  // And a third time, while the second way still stands.
  const third = await peerOf(first);
  await offer(third, path.split('/').at(-1) ?? '', '/whip', 200);
  await hearing(third, second, first, 'Ann to hear Bob a third time');
  await hearing(other, first, second, 'Bob to hear Ann a third time');
  assert.deepEqual(await whoIsIn(), participants);

  // Who only listens hears both, and is heard by nobody, whatever it offers and says.
  const listener = await peerOf(1700);
  await offer(listener, await tokenFor(server, 'Listener'), '/whep');
  await hearing(listener, first, 1700, 'the listener to hear Ann');
  await hearing(listener, second, 1700, 'the listener to hear Bob');
  await hearing(other, first, 1700, 'Bob to hear nothing of the listener');

  await fetch(`http://127.0.0.1:${server.httpPort}${path}`, { method: 'DELETE' });
  await waitFor(async () => (await whoIsIn()).length === 2, 10_000, 'Ann to be gone');
});
