import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { ConfigError } from './config-error.ts';
import { parseConfig } from './load-config.ts';
import { checkOnThisMachine } from './on-this-machine.ts';

const folder = mkdtempSync(join(tmpdir(), 'partyline-machine-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const check = (yaml: string) => checkOnThisMachine(parseConfig('partyline.yaml', yaml, '/data', 1));

async function complaint(yaml: string): Promise<string> {
  try {
    await check(yaml);
  } catch (error) {
    assert.ok(error instanceof ConfigError, String(error));
    assert.doesNotMatch(error.message, /\n/);
    return error.message;
  }
  return assert.fail(`accepted: ${yaml}`);
}

test('names become addresses; what is advertised may be of another machine', async () => {
  const machine = await check('sip: { host: 127.0.0.2 }\nmedia: { host: localhost, advertise: 192.0.2.7 }');
  assert.equal(machine.sip, '127.0.0.2');
  assert.match(machine.media, /^(127\.0\.0\.1|::1)$/);
  assert.equal(machine.advertise, '192.0.2.7');
  assert.equal(machine.mediaShown, null);
  assert.equal(machine.sipShown, '192.0.2.7');
  assert.equal(machine.httpTls, null);
});

test('media on every address of this machine is shown at one that can be reached', async () => {
  const machine = await check('media: { host: 0.0.0.0 }');
  assert.match(machine.mediaShown!, /^\d+\.\d+\.\d+\.\d+$/);
  assert.notEqual(machine.mediaShown, '0.0.0.0');
  assert.equal(machine.sipShown, '127.0.0.1');
  assert.equal((await check('sip: { host: 0.0.0.0 }\nmedia: { host: 0.0.0.0 }')).sipShown, machine.mediaShown);
});

for (const path of ['http.host', 'sip.host', 'media.host', 'media.advertise']) {
  const [section, key] = path.split('.');

  test(`${path} without an address`, async () => {
    const said = await complaint(`${section}: { ${key}: no-such-host.invalid }`);
    assert.match(said, new RegExp(`^partyline\\.yaml: ${path}: .*no-such-host\\.invalid`));
  });

  // 192.0.2.0/24 is for documentation (RFC 5737): no machine has it.
  test(`${path} of another machine`, { skip: path === 'media.advertise' }, async () => {
    const said = await complaint(`${section}: { ${key}: 192.0.2.7 }`);
    assert.match(said, new RegExp(`^partyline\\.yaml: ${path}: expected an address of this machine.*192\\.0\\.2\\.7`));
  });
}

for (const section of ['http', 'sip']) {
  const tls = (cert: string, key: string) =>
    `${section}: { tls: { cert: ${join(folder, cert)}, key: ${join(folder, key)} } }`;
  writeFileSync(join(folder, 'noise.pem'), 'this is no PEM');

  test(`${section}.tls with files that are not there, or no PEM`, async () => {
    assert.match(
      await complaint(tls('absent.pem', 'noise.pem')),
      new RegExp(`${section}\\.tls\\.cert: .*absent\\.pem`),
    );
    assert.match(await complaint(tls('noise.pem', 'absent.pem')), new RegExp(`${section}\\.tls\\.key: .*absent\\.pem`));
    assert.match(await complaint(tls('noise.pem', 'noise.pem')), new RegExp(`${section}\\.tls\\.cert: .*noise\\.pem`));
  });

  const skip = spawnSync('openssl', ['version']).status !== 0 && 'openssl is not installed';
  test(`${section}.tls with a certificate and its key, with noise, and with another's key`, { skip }, async () => {
    for (const name of ['one', 'two']) {
      const out = ['-keyout', join(folder, `${name}.key`), '-out', join(folder, `${name}.pem`)];
      const what = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-subj', '/CN=localhost'];
      execFileSync('openssl', ['req', '-x509', ...what, ...out], { stdio: 'ignore' });
    }
    const machine = await check(tls('one.pem', 'one.key'));
    assert.equal(machine.httpTls?.key !== undefined, section === 'http');
    assert.equal(machine.sipTls?.key !== undefined, section === 'sip');
    assert.match(await complaint(tls('one.pem', 'noise.pem')), new RegExp(`${section}\\.tls\\.key: .*noise\\.pem`));
    assert.match(await complaint(tls('one.pem', 'two.key')), new RegExp(`${section}\\.tls\\.key: .*two\\.key`));
  });
}
