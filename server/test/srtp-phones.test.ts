import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { cleanup } from 'node-datachannel';
import { loadOpus } from '../src/audio/opus.ts';
import { freePort } from '../src/base/testing/free-port.ts';
import { srtpSuites } from '../src/rtp/srtp/srtp-suite.ts';
import { cryptoSuites } from '../src/sdp/crypto-attribute.ts';
import { noCertificate, selfSigned } from '../src/sip/transport/testing/certificate.ts';
import { Phone } from './peers/baresip.ts';
import { listen } from './peers/hearing.ts';
import { needs } from './peers/installed.ts';
import { administrator, PartylineServer, sipPassword } from './peers/partyline.ts';
import { waitFor } from './peers/wait.ts';
import { WebPeer } from './peers/web-peer.ts';
import { offerTo, tokenFor } from './peers/whip-client.ts';

/**
 * Real phones over TLS whose sound is SRTP: one that takes nothing else, one that offers it; and a plain one over UDP.
 */

const skip = needs('baresip') || noCertificate;
const options = { skip };
let folder: string;
let server: PartylineServer;
let desk: Phone;
let must: Phone;
let may: Phone;

before(async () => {
  if (skip !== false) return;
  folder = mkdtempSync(join(tmpdir(), 'partyline-srtp-'));
  const keys = selfSigned();
  const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
  writeFileSync(cert, keys.cert);
  writeFileSync(key, keys.key, { mode: 0o600 });
  const [port, tlsPort] = [await freePort(), await freePort()];
  server = await PartylineServer.start({ config: { sip: { port, tlsPort, tls: { cert, key } } } });
  const secure = { password: sipPassword, server: `127.0.0.1:${tlsPort}`, transport: 'tls' } as const;
  desk = await Phone.start({ user: '101', password: sipPassword, server: `127.0.0.1:${port}`, tone: 440 });
  must = await Phone.start({ ...secure, user: '102', tone: 700, srtp: 'srtp-mand' });
  may = await Phone.start({ ...secure, user: '103', tone: 1100, srtp: 'srtp' });
  await Promise.all([desk.registered(), must.registered(), may.registered()]);
});

after(async () => {
  await Promise.all([desk?.stop(), must?.stop(), may?.stop()]);
  await server?.stop();
  if (folder !== undefined) rmSync(folder, { recursive: true });
  // The threads of the peer's library would keep this process.
  cleanup();
});

/** What was said by SIP in the calls of now, as an administrator reads it. */
async function signalling(callId: string): Promise<string> {
  return JSON.stringify(await server.get(`/admin/v1/calls/${callId}/signalling`));
}

test('in a conference all three hear each other, also after a hold, and digits come through', options, async () => {
  await must.dial('200');
  await must.sendDigits('3#2233#');
  for (const phone of [desk, may]) {
    await phone.dial('200');
    await phone.sendDigits('3#2233#');
  }
  const { id } = await server.conferenceOf('200', '3', 3, 30_000);
  const all = [
    { phone: desk, hears: [700, 1100], notHears: [440] },
    { phone: must, hears: [440, 1100], notHears: [700] },
    { phone: may, hears: [440, 700], notHears: [1100] },
  ];
  await listen(all);
  await must.hold();
  await listen([
    { phone: desk, hears: [1100], notHears: [440, 700] },
    { phone: may, hears: [440], notHears: [700, 1100] },
  ]);
  await must.resume();
  await listen(all.filter(({ phone }) => phone !== must));

  const said = await signalling(id);
  assert.match(said, /m=audio \d+ RTP\/SAVP 0/);
  assert.match(said, /a=crypto:\d AES_\w+ inline:x+\b/, 'who offers it in RTP/AVP gets it');
  const packets = await server.request(`/admin/v1/calls/${id}/signalling.pcap`, administrator);
  const kept = `${said}${Buffer.from(await packets.arrayBuffer()).toString('latin1')}${JSON.stringify(server.log)}`;
  assert.doesNotMatch(kept, /inline:(?!x)/, 'no key is kept');
  await Promise.all([desk, must, may].map((phone) => phone.hangup()));
  await server.quiet();
});

test('who is in a conference is told whose sound nobody on the way can listen to', options, async (t) => {
  const peer = new WebPeer(1500, await loadOpus());
  t.after(() => peer.close());
  const { answer, path } = await offerTo(server, await tokenFor(server, 'Ann'), await peer.offer());
  peer.answered(answer);
  // biome-ignore lint/suspicious/noExplicitAny: whatever JSON came; the test looks at it piece by piece
  const told: any[] = [];
  const socket = new WebSocket(`ws://127.0.0.1:${server.httpPort}${path}/events`);
  socket.addEventListener('message', ({ data }) => told.push(JSON.parse(String(data))));
  t.after(() => socket.close());
  const encrypted = () =>
    told
      .flatMap(({ conference, participant }) => conference?.participants ?? participant ?? [])
      .map((one) => [one.id, one.encrypted]);
  const now = () => Object.values(Object.fromEntries(encrypted())).map(String).sort().join();
  await waitFor(() => now() === 'true', 10_000, 'Ann to be told of herself');
  for (const phone of [must, may]) await phone.dial('201*1');
  await waitFor(
    () => now() === 'true,true,true',
    20_000,
    () => `the phones with keys to be in: ${now()}`,
  );
  await desk.dial('201*1');
  await waitFor(
    () => now() === 'false,true,true,true',
    20_000,
    () => `the plain one to be in: ${now()}`,
  );
  await Promise.all([desk, must, may].map((phone) => phone.hangup()));
  await fetch(`http://127.0.0.1:${server.httpPort}${path}`, { method: 'DELETE' });
  await server.quiet();
});

test('each of them is called by the plain one and calls it', options, async () => {
  for (const phone of [must, may]) {
    for (const [from, to] of [
      [desk, phone],
      [phone, desk],
    ] as const) {
      const [started, heard] = [from.events.length, to.events.length];
      await from.ring(to.options.user);
      await to.event('CALL_INCOMING', 5000, heard);
      await to.answer();
      await from.event('CALL_ESTABLISHED', 5000, started);
      await listen([
        { phone: from, hears: [to.options.tone], notHears: [from.options.tone] },
        { phone: to, hears: [from.options.tone], notHears: [to.options.tone] },
      ]);
      await to.hangup();
      await from.ended(3000, started);
      await server.quiet();
    }
  }
});

test(
  'phones of one extension that are set differently all ring, and whichever answers is heard',
  options,
  async (t) => {
    const { server: secure, password } = must.options;
    const more = { server: secure, password, transport: 'tls', user: '102' } as const;
    const offers = await Phone.start({ ...more, tone: 1500, srtp: 'srtp' });
    t.after(() => offers.stop());
    const without = await Phone.start({ ...more, tone: 1900 });
    t.after(() => without.stop());
    await Promise.all([offers.registered(), without.registered()]);
    const phones = [must, offers, without];
    for (const answering of phones) {
      const before = phones.map((phone) => phone.events.length);
      const started = desk.events.length;
      await desk.ring('102');
      await Promise.all(phones.map((phone, at) => phone.event('CALL_INCOMING', 5000, before[at])));
      await answering.answer();
      await desk.event('CALL_ESTABLISHED', 5000, started);
      await listen([
        { phone: desk, hears: [answering.options.tone], notHears: [440] },
        { phone: answering, hears: [440], notHears: [answering.options.tone] },
      ]);
      await desk.hangup();
      await Promise.all(phones.map((phone, at) => phone.ended(5000, before[at])));
      await server.quiet();
    }
  },
);

test('the tables of descriptions and of packets have the same suites, with keys of the same length', () => {
  const lengths = Object.entries(srtpSuites).map(([name, { masterKey, masterSalt }]) => [name, masterKey + masterSalt]);
  assert.deepEqual(Object.fromEntries(lengths), { ...cryptoSuites });
});
