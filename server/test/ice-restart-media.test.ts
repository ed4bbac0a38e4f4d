import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { networkInterfaces } from 'node:os';
import { after, type TestContext, test } from 'node:test';
import { cleanup } from 'node-datachannel';
import { pcmu } from '../src/audio/codec.ts';
import { systemRandom } from '../src/base/random.ts';
import { freePort, mediaRange } from '../src/base/testing/free-port.ts';
import { agree, configurationOf, openingOf } from '../src/legs/web/agreement.ts';
import type { IceRestarted, MediaEngineOptions } from '../src/media/engine.ts';
import { nameOf } from '../src/media/process/webrtc/ice-names.ts';
import { mappedAddress } from '../src/media/process/webrtc/restart/check-translation.ts';
import {
  attributeOf,
  attributes,
  isProven,
  readStun,
  type StunAttribute,
  writeStun,
} from '../src/media/process/webrtc/stun-message.ts';
import { MediaStage, until } from '../src/media/testing/media-stage.ts';
import { readWebOffer, writeWebAnswer } from '../src/sdp/web-session.ts';
import { WebPeer } from './peers/web-peer.ts';

/** ICE restarted at a leg of the engine, whose WebRTC stack cannot, by a client of the wire alone. */

// Else its threads keep this process.
after(() => cleanup());

const hasNetwork = Object.values(networkInterfaces()).some((list) =>
  list?.some(({ family, internal }) => family === 'IPv4' && !internal),
);
/** Between two checks of a browser. */
const checkMs = 200;
const theirs = { iceUfrag: 'ysXw', icePwd: 'vw5LmwG4y/e6dPP/zAP9Gp5k' };

/** A leg of a peer on loopback, that talks. */
async function joined(t: TestContext, changes: Partial<MediaEngineOptions>) {
  const stage = await MediaStage.open({ webrtcPort: await freePort(), ...changes });
  const peer = new WebPeer(500, pcmu);
  t.after(async () => {
    peer.close();
    await stage.close();
  });
  const { engine } = stage;
  const sounds: boolean[] = [];
  engine.on('sounds', (told) => void sounds.push(told.sounds));
  const read = readWebOffer(await peer.offer());
  assert.ok(read.ok);
  const { offer } = read;
  const agreed = agree(offer)!;
  const local = await engine.openWebRtcLeg('leg', 'org', openingOf(offer));
  await engine.performOnLeg('leg', 'configureLeg', configurationOf(offer, agreed));
  const onLoopback = local.candidates.map((candidate) => candidate.split(' ').with(4, '127.0.0.1').join(' '));
  const answer = { ...local, candidates: onLoopback.slice(0, 1), ...agreed, cname: 'leg', sessionId: '1' };
  peer.answered(writeWebAnswer(offer, answer));
  await until('the leg to be heard', () => sounds.includes(true));
  return { stage, engine, local, sounds };
}

/** The browser's side of a restart, on the wire: its socket, both sides' names, and a check that it sends. */
async function clientOf(t: TestContext, { iceUfrag, icePwd }: IceRestarted) {
  const client = createSocket('udp4');
  t.after(() => client.close());
  client.bind(0, '127.0.0.1');
  await once(client, 'listening');
  const us = { ufrag: iceUfrag, pwd: icePwd };
  const them = { ufrag: theirs.iceUfrag, pwd: theirs.icePwd };
  const check = (...more: readonly StunAttribute[]) => {
    const said = [
      { type: attributes.username, value: Buffer.from(nameOf(us, them)) },
      { type: attributes.priority, value: Buffer.from('6e0001ff', 'hex') },
      ...more,
      { type: 0x802a, value: Buffer.alloc(8, 1) },
    ];
    return writeStun(0x0001, systemRandom.bytes(12), said, us.pwd);
  };
  return { client, us, them, check };
}

for (const bind of ['127.0.0.1', '0.0.0.0', '::']) {
  const skip = bind !== '127.0.0.1' && !hasNetwork && 'this machine has no network address';
  test(`ICE of a leg is restarted, bound at ${bind}: checks of the new names are answered, and asked in turn, at another port`, {
    skip,
  }, async (t) => {
    const { stage, engine, local } = await joined(t, { bind });
    const restarted = await engine.restartIce('leg', theirs);
    assert.notDeepEqual([restarted.iceUfrag, restarted.icePwd], [local.iceUfrag, local.icePwd]);
    assert.deepEqual(await engine.restartIce('leg', theirs), restarted, 'the same names, the same answer');
    const [, , , , , port = '0'] = restarted.candidates[0]!.split(' ');
    const { from, to } = stage.options.rtpPorts;
    assert.ok(Number(port) >= from && Number(port) <= to);
    // Only the ports are others, and that of the entrance for who cannot reach loopback.
    const placed = (candidates: readonly string[]) => candidates.map((one) => one.split(' ').with(5, '').join(' '));
    assert.deepEqual(placed(restarted.candidates), placed(local.candidates));

    const { client, us, them, check } = await clientOf(t, restarted);
    let [answered, asked] = [0, 0];
    client.on('message', (packet) => {
      const message = readStun(packet);
      if (message?.type === 0x0101 && isProven(message, us.pwd)) answered++;
      if (message?.type !== 0x0001 || !isProven(message, them.pwd)) return;
      assert.equal(attributeOf(message, attributes.username)?.toString(), nameOf(them, us));
      asked++;
    });
    await until('checks to be answered, and one to be asked in turn', () => {
      client.send(check(), Number(port), '127.0.0.1');
      return answered > 0 && asked > 0;
    });
    await engine.closeLeg('leg');
    await assert.rejects(engine.restartIce('leg', theirs), { code: 'notFound' });
  });
}

test('who has restarted ICE is told that its leg is closed, before its port goes', async (t) => {
  const { engine } = await joined(t, { bind: '127.0.0.1' });
  await engine.performOnLeg('leg', 'sendDigits', { digits: '1'.repeat(50), durationMs: 1000 });
  const restarted = await engine.restartIce('leg', theirs);
  const port = Number(restarted.candidates[0]!.split(' ')[5]);
  const { client, them, check } = await clientOf(t, restarted);
  /** Of RTCP that is encrypted the type is not (RFC 3711 §3.4). */
  let [came, reports] = [0, 0];
  client.on('message', (packet, from) => {
    const message = readStun(packet);
    if (message === null) came++;
    if (message === null && packet[1]! >= 200 && packet[1]! <= 201) reports++;
    if (message?.type !== 0x0001) return;
    const mapped = { type: attributes.xorMappedAddress, value: mappedAddress(from, message.transaction) };
    client.send(writeStun(0x0101, message.transaction, [mapped], them.pwd), port, '127.0.0.1');
  });
  // The library puts off its own check with each that comes: browsers leave it the time (RFC 8445 §14).
  const checking = setInterval(() => {
    client.send(check({ type: attributes.useCandidate, value: Buffer.alloc(0) }), port, '127.0.0.1');
  }, checkMs);
  t.after(() => clearInterval(checking));
  await until('the new way to be the chosen one', () => came > 0);
  clearInterval(checking);
  await until('the leg to be sent something', () => came > 10);
  reports = 0;
  await engine.closeLeg('leg');
  await until('goodbye to be said', () => reports > 0);
});

test('where there is no port ICE is not restarted, and goes on; once there is one it is; a phone has none to restart', async (t) => {
  const { from } = mediaRange(2);
  const { stage, engine, sounds } = await joined(t, { rtpPorts: { from, to: from + 1 } });
  await engine.openLeg('phone', 'org');
  await assert.rejects(engine.restartIce('phone', theirs), { code: 'invalidArgument' });
  await assert.rejects(engine.restartIce('leg', theirs), { code: 'unavailable' });
  await assert.rejects(engine.restartIce('leg', { ...theirs, iceUfrag: 'a line\r\nmore' }), {
    code: 'invalidArgument',
  });
  const before = (await engine.processStats())[0]!.packetsIn;
  await until('the leg to be heard on', async () => (await engine.processStats())[0]!.packetsIn > before + 20);
  assert.deepEqual(sounds, [true]);
  await engine.closeLeg('phone');
  const [candidate] = (await engine.restartIce('leg', theirs)).candidates;
  assert.equal(candidate?.split(' ')[5], String(from));
  // The relay has the only port, until its leg goes.
  await assert.rejects(engine.openLeg('phone', 'org'), { code: 'unavailable' });
  await engine.closeLeg('leg');
  await until('the port to be free', () =>
    engine.openLeg('phone', 'org').then(
      () => true,
      () => false,
    ),
  );
  assert.equal(stage.options.rtpPorts.from, from);
});
