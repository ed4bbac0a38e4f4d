import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { freePort } from '../src/base/testing/free-port.ts';
import { version } from '../src/base/version.ts';
import { commands } from '../src/commands/commands.ts';
import { parseConfig } from '../src/config/load-config.ts';
import { partyline } from './peers/command.ts';

/** The commands as users type them: what they say, and the exit codes that scripts rely on. */

const root = fileURLToPath(new URL('../..', import.meta.url));
let folder: string;

before(() => {
  folder = mkdtempSync(join(tmpdir(), 'partyline-commands-'));
});

after(() => rmSync(folder, { recursive: true, force: true }));

const run = (...args: string[]) => partyline(args, { cwd: folder });

test('the version is that of the package', async () => {
  const { version: packaged } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  assert.equal(version, packaged);
  assert.equal((await run('--version')).out, `partyline ${packaged}\n`);
});

test('--help lists every command, and each has help with an example and its exit codes', async () => {
  const { code, out } = await run('--help');
  assert.equal(code, 0);
  const listed = [...out.matchAll(/^ {2}([a-z]+) {2,}/gm)].map(([, name]) => name);
  assert.deepEqual(listed.sort(), ['start', ...Object.keys(commands)].sort());
  const manual = readFileSync(join(root, 'docs/commands.md'), 'utf8');
  for (const [name, load] of Object.entries(commands)) {
    const { help } = await load();
    assert.match(help, new RegExp(`^Usage: partyline ${name}`), name);
    assert.match(help, new RegExp(`^  partyline ${name}`, 'm'), `${name}: an example`);
    assert.match(help, /Exit codes: 0 /, name);
    for (const line of help.split('\n')) assert.ok(line.length <= 120, `${name}: ${line}`);
    assert.ok(manual.includes(help.trimEnd()), `docs/commands.md has what ${name} --help says`);
  }
  for (const name of ['start', 'check']) {
    for (const asked of [
      [name, '--help'],
      ['help', name],
    ]) {
      const shown = await run(...asked);
      assert.equal(shown.code, 0);
      assert.match(shown.out, new RegExp(`^Usage: partyline ${name}`));
    }
  }
});

test('wrong use is 64 and says where to read on', async () => {
  const unknown = await run('chekc');
  assert.equal(unknown.code, 64);
  assert.match(unknown.err, /no command "chekc"/);
  assert.equal((await run()).code, 64);
  for (const args of [
    ['check', 'a', 'b'],
    ['doctor', '--colour'],
    ['backup'],
    ['restore'],
    ['call', ''],
    ['users', 'password', 'joe', '--role', 'agent'],
    ['conferences', 'pins', '211*3', '--open'],
    ['tail', '--type', 'faild'],
    ['start', 'here'],
    ['start', '--config='],
  ]) {
    const { code, err } = await run(...args);
    assert.equal(code, 64, args.join(' '));
    assert.match(err, new RegExp(`^partyline: .*partyline ${args[0]} --help`, 'm'), err);
  }
});

test('check: no mistake, a mistake, no file', async () => {
  writeFileSync(join(folder, 'good.yaml'), 'sip: { port: 5070 }\norganizations: [{ id: 1, users: [{ id: 1 }] }]\n');
  const good = await run('check', 'good.yaml');
  assert.equal(good.code, 0, good.err);
  assert.match(good.out, /^good\.yaml: no mistake\n/);
  assert.match(good.out, /SIP at 127\.0\.0\.1 port 5070[\s\S]*1 organization, 1 user, 0 phones/);
  writeFileSync(join(folder, 'bad.yaml'), 'sip:\n  prot: 5070\n');
  const bad = await run('check', 'bad.yaml');
  assert.equal(bad.code, 2);
  assert.match(bad.err, /^partyline: bad\.yaml:2:3: sip\.prot: /);
  const none = await run('check', 'none.yaml');
  assert.equal(none.code, 2);
  assert.match(none.err, /there is no none\.yaml; name the configuration file/);
  const elsewhere = join(folder, 'elsewhere.yaml');
  writeFileSync(elsewhere, 'http: { host: 192.0.2.7 }\n');
  assert.equal((await run('check', elsewhere)).code, 0);
  assert.equal((await run('check', elsewhere, '--here')).code, 2);
  const aTest = await run('check', 'server/test/conference.test.ts');
  assert.equal(aTest.code, 64);
  assert.match(aTest.err, /npm run check -- server\/test\/conference\.test\.ts/);
});

test('init: answers typed, wrong ones asked again', async () => {
  const typed = 'Büro "Süd"\n\nnot a host!\n127.0.0.1\n2\nsip:sip.carrier.example\n';
  const { code, out, err } = await partyline(['init', 'typed.yaml'], { cwd: folder, typed });
  assert.equal(code, 0, err);
  assert.match(err, /expected an IP address or a host name/);
  const file = join(folder, 'typed.yaml');
  assert.equal(statSync(file).mode & 0o777, 0o600);
  const text = readFileSync(file, 'utf8');
  const config = parseConfig('typed.yaml', text, folder, 1);
  assert.equal(config.organizations?.[0]?.name, 'Büro "Süd"');
  assert.equal(config.trunks?.[0]?.name, 'carrier');
  const [user] = parse(text).organizations[0].users;
  assert.equal(user.extensions.length, 3);
  assert.ok(
    out.includes(user.password) && out.includes(user.extensions[0].sipPassword),
    'what is shown is what is written',
  );
  assert.equal((await run('check', 'typed.yaml')).code, 0);
});

test('init: what cannot be written is said before anything is asked', async () => {
  writeFileSync(join(folder, 'there.yaml'), 'sandbox: on\n');
  for (const [file, says] of [
    ['there.yaml', /there\.yaml is there already; name another file, or add --force/],
    [join('nowhere', 'x.yaml'), /cannot be written: its folder is not there; make that folder/],
  ] as const) {
    const { code, err } = await partyline(['init', file], { cwd: folder, typed: '' });
    assert.equal(code, 1, err);
    assert.match(err, says);
    assert.doesNotMatch(err, /\?/);
  }
});

test('init: options alone; never over a file that is there', async () => {
  const args = ['init', 'given.yaml', '--yes', '--host', '203.0.113.9', '--phones', '1', '--login', 'me@example.test'];
  assert.equal((await run(...args)).code, 0);
  const config = parseConfig('given.yaml', readFileSync(join(folder, 'given.yaml'), 'utf8'), folder, 1);
  // Not one of this machine's: of a router in front.
  assert.equal(config.media.advertise, '203.0.113.9');
  assert.equal(config.sip.host, '0.0.0.0');
  const before = readFileSync(join(folder, 'given.yaml'), 'utf8');
  const again = await run(...args);
  assert.equal(again.code, 1);
  assert.match(again.err, /is there already.*--force/);
  assert.equal(readFileSync(join(folder, 'given.yaml'), 'utf8'), before);
  const file = join(folder, 'given.yaml');
  chmodSync(file, 0o644);
  assert.equal((await run(...args, '--force')).code, 0);
  assert.equal(statSync(file).mode & 0o777, 0o600, 'passwords are in it, whoever could read what was there');
  for (const wrong of [
    ['--phones', '0'],
    ['--host', 'a b'],
    ['--carrier', 'x'],
    ['--carrier', 'sips:carrier.example'],
    ['--carrier', 'sip:me@carrier.example'],
    ['--name', 'a\tb'],
    ['--host', '0.0.0.0'],
    ['--login', 'a:b'],
  ]) {
    assert.equal((await run('init', 'wrong.yaml', '--yes', ...wrong)).code, 64, wrong.join(' '));
  }
  const nobody = await run('init', 'nobody.yaml');
  assert.equal(nobody.code, 64);
  assert.match(nobody.err, /--yes/);
});

test('doctor: what stands in the way is 1, with what to do', async () => {
  const [http, sip, webrtc] = [await freePort(), await freePort(), await freePort()];
  const file = join(folder, 'doctor.yaml');
  const yaml = `http: { port: ${http} }\nsip: { port: ${sip} }\nmedia: { webrtcPort: ${webrtc} }\n`;
  writeFileSync(file, yaml);
  const env = { PARTYLINE_DATA: join(folder, 'doctor-data') };
  const ask = () => partyline(['doctor', '--config', file, '--json'], { cwd: folder, env });
  const well = await ask();
  const findings = JSON.parse(well.out) as { grade: string; about: string; what: string; next?: string }[];
  assert.deepEqual(
    findings.filter(({ grade, about }) => grade === 'problem' && about !== 'disk'),
    [],
  );
  const abouts = new Set(findings.map(({ about }) => about));
  const wanted = [
    'Node.js',
    'open files',
    'sip.port',
    'clock',
    'disk',
    'io_uring',
    'IPv6',
    'NAT',
    'browsers',
    'secrecy',
    'data',
  ];
  for (const about of wanted) assert.ok(abouts.has(about), about);
  for (const { grade, what, next } of findings) if (grade === 'problem' || grade === 'warning') assert.ok(next, what);

  writeFileSync(file, yaml.replace('sip: {', 'sip: { srtp: required,'));
  const open = JSON.parse((await ask()).out).find(({ about }: { about: string }) => about === 'secrecy');
  assert.deepEqual(
    [open.grade, open.what],
    ['warning', 'the sound of phones is under keys that whoever is on the way can read'],
  );

  const taken = createServer();
  await new Promise<void>((listening) => taken.listen(sip, '127.0.0.1', listening));
  writeFileSync(file, `${yaml}http.port: 1\n`);
  mkdirSync(env.PARTYLINE_DATA);
  writeFileSync(join(env.PARTYLINE_DATA, 'partyline.db'), 'no database at all, but long enough to be taken for one');
  const ill = await ask();
  taken.close();
  assert.equal(ill.code, 1);
  const problems = JSON.parse(ill.out).filter(({ grade }: { grade: string }) => grade === 'problem');
  const named = problems.map(({ about }: { about: string }) => about);
  assert.ok(named.includes('configuration') && named.includes('data'), ill.out);

  writeFileSync(file, yaml);
  const held = createServer();
  await new Promise<void>((listening) => held.listen(sip, '127.0.0.1', listening));
  const words = await partyline(['doctor', '--config', file], { cwd: folder, env });
  held.close();
  assert.equal(words.code, 1);
  assert.match(
    words.out,
    new RegExp(`PROBLEM +sip\\.port +port ${sip} is in use by another program\\n +→ end that program`),
  );
});
