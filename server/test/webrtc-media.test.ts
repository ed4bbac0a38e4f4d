import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, test } from 'node:test';
import { cleanup } from 'node-datachannel';
import { pcmu } from '../src/audio/codec.ts';
import { loadOpus } from '../src/audio/opus.ts';
import { freePort } from '../src/base/testing/free-port.ts';
import { agree, configurationOf, openingOf } from '../src/legs/web/agreement.ts';
import type { LegConfiguration, MediaEngine } from '../src/media/engine.ts';
import { MediaStage, pause, until } from '../src/media/testing/media-stage.ts';
import { readWebOffer, writeWebAnswer } from '../src/sdp/web-session.ts';
import { type FloodKind, floodPort } from './peers/port-flood.ts';
import { fromNowOn, WebPeer } from './peers/web-peer.ts';

// Else its threads keep this process.
after(() => cleanup());

/** In a room of the engine, as a leg. Gives the server's name in its checks. */
async function join(
  peer: WebPeer,
  engine: MediaEngine,
  leg: string,
  room: string | null,
  changes: Partial<LegConfiguration> = {},
): Promise<string> {
  const read = readWebOffer(await peer.offer());
  assert.ok(read.ok, read.ok ? '' : read.detail);
  const { offer } = read;
  const local = await engine.openWebRtcLeg(leg, 'org', openingOf(offer));
  const agreed = agree(offer)!;
  assert.equal(agreed.format.payloadType, peer.payloadType);
  await engine.performOnLeg(leg, 'configureLeg', { ...configurationOf(offer, agreed), ...changes });
  if (room !== null) await engine.performOnLeg(leg, 'joinRoom', { room });
  peer.answered(writeWebAnswer(offer, { ...local, ...agreed, cname: leg, sessionId: '1' }), {
    talks: changes.listener === undefined,
  });
  return local.iceUfrag;
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
  await fromNowOn(() => peers[0].hears(900) > -28 && peers[0].hears(500) < -42, 10_000, 'one to hear the other alone');
  await fromNowOn(() => peers[1].hears(500) > -28 && peers[1].hears(900) < -42, 10_000, 'the other to hear it alone');
  assert.deepEqual(sounds.toSorted(), ['a true', 'b true']);
  peers[1].close();
  await until('it to be missed', () => sounds.includes('b false'));
  const stats = await engine.closeLeg('a');
  assert.ok(stats!.packetsReceived > 10);
  assert.equal(stats!.foreign, 0);
  await engine.closeLeg('b');
  await pause(10);
});

/** UDP sockets of this machine at a port (Linux). */
function socketsAt(port: number): number {
  const local = new RegExp(`^ *\\d+: [0-9A-F]{8}:${port.toString(16).toUpperCase().padStart(4, '0')} `, 'gm');
  return readFileSync('/proc/net/udp', 'latin1').match(local)?.length ?? 0;
}

test('when the last who is asked has gone the port can be had by the next, at once', {
  skip: process.platform !== 'linux',
}, async (t) => {
  const webrtcPort = await freePort();
  const stage = await MediaStage.open({ webrtcPort });
  const opus = await loadOpus();
  const peers = Array.from({ length: 6 }, () => new WebPeer(500, opus));
  t.after(async () => {
    for (const peer of peers) peer.close();
    await stage.close();
  });
  const { engine } = stage;
  for (const [at, peer] of peers.entries()) {
    // It says nothing, and has nothing to report by.
    await join(peer, engine, `leg${at}`, null, { listener: { reportsIn: null } });
    await until('it to be asked', () => socketsAt(webrtcPort) === 2);
    peer.close();
    if (at % 2 === 0) await engine.closeLeg(`leg${at}`);
  }
});

const floods: Readonly<Record<string, readonly FloodKind[]>> = {
  'checks of nobody, garbage, handshakes and sound from nowhere': [
    'unknownUfrag',
    'garbage',
    'hello',
    'rtp',
    'response',
  ],
  'forged checks of somebody who is there, and handshakes and sound from the same strangers': [
    'wrongIntegrity',
    'hello',
    'wrongIntegrity',
    'rtp',
    'garbage',
  ],
};

const flood = { count: 20_000, perSecond: 8000, addresses: 250 };

test('floods of strangers at the port for browsers: those inside hear each other, nobody else is answered, and it costs little', async (t) => {
  const webrtcPort = await freePort();
  const stage = await MediaStage.open({ webrtcPort });
  const peers = [new WebPeer(500, await loadOpus()), new WebPeer(900, pcmu)] as const;
  t.after(async () => {
    for (const peer of peers) peer.close();
    await stage.close();
  });
  const { engine } = stage;
  await engine.createRoom('room', 'org');
  await join(peers[0], engine, 'a', 'room');
  const ufrag = await join(peers[1], engine, 'b', 'room');
  assert.ok(ufrag.length >= 16, 'a name that nobody guesses');
  const bothHear = () => peers[0].hears(900) > -28 && peers[1].hears(500) > -28;
  const hearOn = (what: string) => fromNowOn(bothHear, 10_000, what);
  await hearOn('both to hear the other');
  for (const [name, kinds] of Object.entries(floods)) {
    const [before] = await engine.processStats();
    let [rounds, during] = [0, false];
    // As long as it takes: on a busy machine the peers themselves may hardly have had their turn meanwhile.
    while (!during) {
      assert.ok(++rounds <= 20, `${name}: neither is heard in ${rounds} floods`);
      let heard = false;
      const hearing = hearOn(`both to hear the other beside ${name}`).then(() => {
        heard = true;
      });
      const behind = async () => {
        during = heard;
        await hearing;
        // This has come by the same port, behind all of the flood: whatever was to be answered has been.
        await hearOn(`both to hear the other after ${name}`);
      };
      const { sent, answerBytes } = await floodPort({ ...flood, kinds, port: webrtcPort, ufrag }, behind);
      assert.equal(sent, flood.count);
      assert.equal(answerBytes, 0, `${name}: nothing is sent to who has proven nothing`);
    }
    const [later] = await engine.processStats();
    const [cpuMs, grownMb] = [
      (later!.cpuSeconds - before!.cpuSeconds) * 1000,
      (later!.residentBytes - before!.residentBytes) / 2 ** 20,
    ];
    t.diagnostic(
      `${name}: ${cpuMs.toFixed(0)} ms of CPU in all, ${grownMb.toFixed(1)} MB more, heard in ${rounds} rounds`,
    );
    // Five to ten microseconds each, and what the conference itself takes.
    assert.ok(cpuMs < rounds * flood.count * 0.1, `${name}: ${cpuMs} ms of CPU in ${rounds} rounds`);
    assert.ok(grownMb < 40, `${name}: ${grownMb} MB`);
  }
  const stats = [await engine.closeLeg('a'), await engine.closeLeg('b')];
  assert.deepEqual(
    stats.map((leg) => [leg!.foreign, leg!.invalid]),
    [
      [0, 0],
      [0, 0],
    ],
    'nothing of it came as far as a leg',
  );
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
