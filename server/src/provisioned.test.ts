import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseConfig } from './config/load-config.ts';
import type { OnThisMachine } from './config/on-this-machine.ts';
import { certificatesRead } from './provisioned.ts';

const noOpenssl = spawnSync('openssl', ['version']).status !== 0 && 'openssl is not installed';

test('renewed certificates are read also while the name server does not know the hosts', {
  skip: noOpenssl,
}, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'partyline-certificates-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
  const make = () => {
    const made = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-subj', '/CN=localhost'];
    execFileSync('openssl', ['req', '-x509', ...made, '-keyout', key, '-out', cert], { stdio: 'ignore' });
    return { cert: readFileSync(cert), key: readFileSync(key) };
  };
  const first = make();
  const text = `http: { tls: { cert: "${cert}", key: "${key}" } }\nmedia: { advertise: nowhere.invalid }\n`;
  const config = parseConfig('partyline.yaml', text, folder, 1);
  const served: Buffer[] = [];
  const read = certificatesRead(
    { config, machine: { httpTls: first, sipTls: null } as OnThisMachine, sip: { renewTls() {} } },
    { setSecureContext: ({ cert: now }) => void served.push(now as Buffer) },
  );
  assert.deepEqual((await read(config)).changed, []);
  const second = make();
  const renewed = await read(config);
  assert.deepEqual(renewed.changed, ['http.tls']);
  renewed.use();
  assert.deepEqual(served, [second.cert]);
  assert.deepEqual((await read(config)).changed, []);
});
