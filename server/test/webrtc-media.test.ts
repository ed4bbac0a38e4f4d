import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { cleanup } from 'node-datachannel';
import { pcmu } from '../src/audio/codec.ts';
import { loadOpus } from '../src/audio/opus.ts';
import { agree, configurationOf, openingOf } from '../src/legs/web/agreement.ts';
import type { MediaEngine } from '../src/media/engine.ts';
import { MediaStage, pause, until } from '../src/media/testing/media-stage.ts';
import { readWebOffer, writeWebAnswer } from '../src/sdp/web-session.ts';
import { freePort } from './peers/free-port.ts';
import { WebPeer } from './peers/web-peer.ts';

// Else its threads keep this process.
after(() => cleanup());

/** In a room of the engine, as a leg. */
async function join(peer: WebPeer, engine: MediaEngine, leg: string, room: string): Promise<void> {
  const read = readWebOffer(await peer.offer());
  assert.ok(read.ok, read.ok ? '' : read.detail);
  const { offer } = read;
  const local = await engine.openWebRtcLeg(leg, 'org', openingOf(offer));
  const agreed = agree(offer)!;
  assert.equal(agreed.format.payloadType, peer.payloadType);
  await engine.performOnLeg(leg, 'configureLeg', configurationOf(offer, agreed));
  await engine.performOnLeg(leg, 'joinRoom', { room });
  peer.answered(writeWebAnswer(offer, { ...local, ...agreed, cname: leg, sessionId: '1' }));
}

test('two peers of an independent WebRTC stack, one in Opus and one in G.711, hear each other on one port; one that goes is missed', async (t) => {
  const webrtcPort = await freePort();
  const stage = await MediaStage.open({ webrtcPort });
  const peers = [new WebPeer(500, await loadOpus()), new WebPeer(900, pcmu)] as const;
  t.after(async () => {
    for (const peer of peers) peer.close();
    await stage.close();
  });
  const { engine } = stage;
  const sounds: string[] = [];
  engine.on('sounds', ({ leg, sounds: on }) => void sounds.push(`${leg} ${on}`));
  await engine.createRoom('room', 'org');
  await join(peers[0], engine, 'a', 'room');
  await join(peers[1], engine, 'b', 'room');
  await until('both to hear the other', () => peers[0].hears(900) > -28 && peers[1].hears(500) > -28);
  assert.ok(peers[0].hears(500) < -42, 'nobody hears itself');
  assert.ok(peers[1].hears(900) < -42);
  assert.deepEqual(sounds.toSorted(), ['a true', 'b true']);
  peers[1].close();
  await until('it to be missed', () => sounds.includes('b false'));
  const stats = await engine.closeLeg('a');
  assert.ok(stats!.packetsReceived > 10);
  assert.equal(stats!.foreign, 0);
  await engine.closeLeg('b');
  await pause(10);
});

test('what is no offer of a browser opens no leg', async (t) => {
  const stage = await MediaStage.open({ webrtcPort: await freePort() });
  t.after(() => stage.close());
  const fingerprint = { algorithm: 'sha-256', value: 'AA' };
  const values = {
    iceUfrag: 'abcd',
    icePwd: 'x'.repeat(22),
    fingerprint,
    setup: 'actpass',
    direction: 'sendrecv',
  } as const;
  const offer = { ...values, mid: '0', formats: [{ payloadType: 0, codec: 'PCMU', clockRate: 8000 }], ssrcs: [] };
  await assert.rejects(stage.engine.openWebRtcLeg('a', 'org', offer), { code: 'invalidArgument' });
  const evil = { ...offer, mid: '0\r\na=evil' };
  await assert.rejects(stage.engine.openWebRtcLeg('b', 'org', evil), { code: 'invalidArgument' });
  assert.equal(stage.engine.stats().legs, 0);
});
