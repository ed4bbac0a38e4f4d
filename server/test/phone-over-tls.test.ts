import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { freePort } from '../src/base/testing/free-port.ts';
import { noCertificate, selfSigned } from '../src/sip/transport/testing/certificate.ts';
import { Phone } from './peers/baresip.ts';
import { listen } from './peers/hearing.ts';
import { needs } from './peers/installed.ts';
import { PartylineServer, sipPassword } from './peers/partyline.ts';

const skip = needs('baresip') || noCertificate;

test('a real phone over TLS is called by one over UDP and calls it back, both hear each other', { skip }, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'partyline-tls-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const keys = selfSigned();
  const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
  writeFileSync(cert, keys.cert);
  writeFileSync(key, keys.key, { mode: 0o600 });
  const [port, tlsPort] = [await freePort(), await freePort()];
  const server = await PartylineServer.start({ config: { sip: { port, tlsPort, tls: { cert, key } } } });
  t.after(() => server.stop());
  const desk = await Phone.start({ user: '101', password: sipPassword, server: `127.0.0.1:${port}`, tone: 440 });
  t.after(() => desk.stop());
  const secure = { server: `127.0.0.1:${tlsPort}`, transport: 'tls' } as const;
  const other = await Phone.start({ ...secure, user: '102', password: sipPassword, tone: 700 });
  t.after(() => other.stop());
  await Promise.all([desk.registered(), other.registered()]);

  for (const [from, number, to] of [
    [desk, '102', other],
    [other, '101', desk],
  ] as const) {
    const [before, heard] = [from.events.length, to.events.length];
    await from.ring(number);
    await to.event('CALL_INCOMING', 5000, heard);
    await to.answer();
    await from.event('CALL_ESTABLISHED', 5000, before);
    await listen([
      { phone: desk, hears: [700], notHears: [440] },
      { phone: other, hears: [440], notHears: [700] },
    ]);
    await to.hangup();
    await from.ended(3000, before);
    await server.quiet();
  }
  assert.ok(server.log.some(({ msg }) => msg === 'SIP over TLS'));
});
