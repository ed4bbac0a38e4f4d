import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { cleanup } from 'node-datachannel';
import { loadOpus } from '../src/audio/opus.ts';
import { freePort } from '../src/base/testing/free-port.ts';
import { otherOrganization, PartylineServer, testOrganization } from './peers/partyline.ts';
import { fromNowOn, WebPeer } from './peers/web-peer.ts';
import { offerTo, tokenFor } from './peers/whip-client.ts';

/** Lives in the first process: where, follows from the number. */
const elsewhere = { ...otherOrganization, id: 5 };

// The threads of its library would keep this process.
after(() => cleanup());

test('with two media processes each has a port for browsers, and those of either hear each other alone', async (t) => {
  const webrtcPort = await freePort(2);
  const server = await PartylineServer.start({
    config: { organizations: [testOrganization, elsewhere], media: { processes: 2, webrtcPort } },
  });
  const peers: WebPeer[] = [];
  t.after(async () => {
    for (const peer of peers) peer.close();
    await server.stop();
  });
  const join = async (tone: number, conferenceId: string) => {
    const peer = new WebPeer(tone, await loadOpus());
    peers.push(peer);
    const { answer } = await offerTo(server, await tokenFor(server, `tone ${tone}`, conferenceId), await peer.offer());
    peer.answered(answer);
    const ports = [...answer.matchAll(/^a=candidate:\S+ \S+ \S+ \S+ 127\.0\.0\.1 (\d+)/gm)].map(([, port]) =>
      Number(port),
    );
    return { peer, ports: [...new Set(ports)] };
  };
  const tones = [500, 700, 900, 1100] as const;
  const [ann, bob] = [await join(tones[0], '2011'), await join(tones[1], '2011')];
  const [eve, dan] = [await join(tones[2], '4111'), await join(tones[3], '4111')];
  assert.deepEqual(ann.ports, bob.ports);
  assert.deepEqual(eve.ports, dan.ports);
  assert.deepEqual([...ann.ports, ...eve.ports].toSorted(), [webrtcPort, webrtcPort + 1]);
  for (const [one, tone] of [
    [ann, tones[1]],
    [bob, tones[0]],
    [eve, tones[3]],
    [dan, tones[2]],
  ] as const) {
    const strangers = tones.filter((other) => other !== tone);
    const alone = () => strangers.every((other) => one.peer.hears(other) < one.peer.hears(tone) - 20);
    await fromNowOn(() => one.peer.hears(tone) > -40 && alone(), 60_000, `tone ${tone} to be heard`);
  }
});
