import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { freePort } from '../src/base/testing/free-port.ts';
import { SandboxCarrier } from '../src/sandbox/index.ts';
import { partyline } from './peers/command.ts';
import { administrator, PartylineServer } from './peers/partyline.ts';
import { waitFor } from './peers/wait.ts';

/** The commands that ask a running server: users, conferences, tail. */

let folder: string;
let server: PartylineServer;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'partyline-administration-'));
  server = await PartylineServer.start();
});

after(async () => {
  await server?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const asAdministrator = () => ({
  PARTYLINE_URL: `http://127.0.0.1:${server.httpPort}`,
  PARTYLINE_LOGIN: administrator.login,
  PARTYLINE_PASSWORD: administrator.password,
});
const run = (...args: string[]) => partyline(args, { cwd: folder, env: asAdministrator() });

test('users: one is added, logs in, gets a new password, and is removed', async () => {
  const added = await run(
    'users',
    'add',
    'joe@example.test',
    '--name',
    'Joe Roe',
    '--role',
    'administrator',
    '--phone',
    '150',
    '--json',
  );
  assert.equal(added.code, 0, added.err);
  const joe = JSON.parse(added.out);
  assert.equal(joe.firstName, 'Joe');
  assert.equal(joe.phones[0].number, '150');
  const knows = async (password: string) =>
    (await server.request('/admin/v1/calls', { login: 'joe@example.test', password })).status;
  assert.equal(await knows(joe.password), 200);

  const listed = await run('users');
  assert.match(listed.out, /^id +login +name +roles +fixed by\n/);
  assert.match(listed.out, new RegExp(`^${joe.id} +joe@example\\.test +Joe Roe +administrator$`, 'm'));
  assert.match(listed.out, /^12 +admin@example\.test .*partyline\.yaml:\d+$/m);

  const renewed = JSON.parse((await run('users', 'password', 'joe@example.test', '--json')).out);
  assert.equal(await knows(renewed.password), 200);
  assert.equal(await knows(joe.password), 401);

  const fixed = await run('users', 'password', '12');
  assert.equal(fixed.code, 1);
  assert.match(fixed.err, /partyline\.yaml:\d+: change it there/);
  assert.equal((await run('users', 'remove', String(joe.id))).code, 0);
  const gone = await run('users', 'remove', 'joe@example.test');
  assert.equal(gone.code, 1);
  assert.match(gone.err, /there is no user joe@example\.test/);
});

test('conferences: one is added, dialled, gets new PINs, and is removed', async (t) => {
  const added = await run('conferences', 'add', '200*7', '--name', 'Review', '--json');
  assert.equal(added.code, 0, added.err);
  const { participantPin, moderatorPin } = JSON.parse(added.out);
  assert.match(participantPin, /^\d{6}$/);
  const carrier = await SandboxCarrier.start({ server: { address: '127.0.0.1', port: server.sipPort } });
  t.after(() => carrier.close());
  const call = carrier.dial(`200*7*${moderatorPin}`, { from: 'guest' });
  await call.answered;
  await server.conferenceOf('200', '7', 1);
  const live = await run('conferences', 'live');
  assert.match(live.out, /^200\*7 {2}Review\n {2}\S.* {2}moderator {2}connected/);
  call.hangUp();

  const pins = JSON.parse((await run('conferences', 'pins', '200*7', '--json')).out);
  assert.notEqual(pins.moderatorPin, moderatorPin);
  assert.match(
    (await run('conferences')).out,
    new RegExp(`^200\\*7 +Review +${pins.participantPin} +${pins.moderatorPin} `, 'm'),
  );
  assert.equal((await run('conferences', 'remove', '200*7')).code, 0);
  assert.doesNotMatch((await run('conferences')).out, /200\*7/);
  const gone = await run('conferences', 'remove', '200*7');
  assert.equal(gone.code, 1);
  assert.match(gone.err, /There is no conference .*; partyline users and partyline conferences list/);
});

test('tail: what happens, filtered, and from a place in the log', async (t) => {
  const carrier = await SandboxCarrier.start({ server: { address: '127.0.0.1', port: server.sipPort } });
  t.after(() => carrier.close());
  const call = carrier.dial('201*1', { from: 'guest' });
  await call.answered;
  const [conference] = await server.calls();
  call.hangUp();
  await call.ended;
  await server.quiet();
  const told = await run(
    'tail',
    '--after',
    '0',
    '--type',
    'callCleared',
    '--call',
    conference!.id,
    '--count',
    '1',
    '--json',
  );
  assert.equal(told.code, 0, told.err);
  const event = JSON.parse(told.out);
  assert.equal(event.type, 'callCleared');
  assert.equal(event.callId, conference!.id);
  const words = await run('tail', '--after', '0', '--grep', conference!.id, '--count', '2');
  assert.match(words.out, new RegExp(`^\\d{4}-\\S+Z {2}${conference!.id} {2}originated`));
});

test('tail: who changed what in the directory; an id that is none is wrong use', async () => {
  assert.equal((await run('users', 'add', 'told@example.test')).code, 0);
  const { out } = await run('tail', '--after', '0', '--grep', 'by admin@', '--count', '1');
  assert.match(out, /directory 3 {2}recordCreated {2}user 3-\d+ {2}by admin@example\.test from 127\.0\.0\.1\n$/);
  const wrong = await run('tail', '--call', 'nope');
  assert.equal(wrong.code, 64);
  assert.match(wrong.err, /--call is the id of a call, as each line has it, not "nope"/);
});

test('tail goes on after the server was killed and started again: nothing twice, nothing lost', async (t) => {
  const carrier = await SandboxCarrier.start({ server: { address: '127.0.0.1', port: server.sipPort } });
  t.after(() => carrier.close());
  const callOnce = async () => {
    const call = carrier.dial('201*1', { from: 'guest' });
    await call.answered;
    call.hangUp();
    await call.ended;
    await server.quiet();
  };
  const printed: string[] = [];
  const told = () => printed.map((line) => JSON.parse(line));
  const ends = () => told().filter(({ type }) => type === 'callCleared').length;
  const tail = partyline(['tail', '--after', '0', '--json', '--grep', '"callId"'], {
    cwd: folder,
    env: asAdministrator(),
    onLine: (line) => void printed.push(line),
    until: async () => {
      await callOnce();
      const before = await waitFor(
        () => ends() > 0 && ends(),
        60_000,
        () => `the end of a call: ${printed.join('\n')}`,
      );
      await server.kill9();
      await server.restart();
      // Before it comes again: what it would lose did it begin anew.
      await callOnce();
      await callOnce();
      await waitFor(
        () => ends() >= before + 2,
        60_000,
        () => `the ends of two more: ${printed.join('\n')}`,
      );
    },
  });
  assert.equal((await tail).code, 0);
  const positions = told().map(({ position }) => position);
  assert.deepEqual(
    positions,
    [...new Set(positions)].sort((a, b) => a - b),
  );
  const again = await run('tail', '--after', '0', '--json', '--grep', '"callId"', '--count', String(positions.length));
  assert.equal(again.out, `${printed.join('\n')}\n`);
});

test('nobody there is 69, a wrong password 1, none at all 64: each says what to do', async () => {
  const away = { ...asAdministrator(), PARTYLINE_URL: `http://127.0.0.1:${await freePort()}` };
  const nobody = await partyline(['users'], { cwd: folder, env: away });
  assert.equal(nobody.code, 69);
  assert.match(nobody.err, /no server answers at .*ECONNREFUSED.*partyline start/);
  const wrong = await partyline(['tail'], { cwd: folder, env: { ...asAdministrator(), PARTYLINE_PASSWORD: 'wrong' } });
  assert.equal(wrong.code, 1);
  assert.match(wrong.err, /PARTYLINE_PASSWORD/);
  const none = await partyline(['conferences'], { cwd: folder });
  assert.equal(none.code, 64);
  assert.match(none.err, /PARTYLINE_LOGIN and PARTYLINE_PASSWORD/);
});

test('what is reached and is not to be spoken to says what it is: another server, one that leads on, a certificate', async (t) => {
  const pair = ['-keyout', join(folder, 'key.pem'), '-out', join(folder, 'cert.pem'), '-subj', '/CN=other.test'];
  execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', ...pair], {
    stdio: 'ignore',
  });
  const tls = { key: readFileSync(join(folder, 'key.pem')), cert: readFileSync(join(folder, 'cert.pem')) };
  const away = createServer((_request, response) => {
    response.writeHead(301, { location: 'https://meet.example.test/' }).end();
  });
  const servers = [
    createServer((_request, response) => response.end('<html>hello</html>')),
    createServer((_request, response) => response.end('{"hello":"world"}')),
    away,
    createTlsServer(tls, (_request, response) => response.end()),
  ];
  t.after(() => servers.map((one) => one.close()));
  const said: string[] = [];
  for (const one of servers) {
    await new Promise<void>((listening) => one.listen(0, '127.0.0.1', listening));
    const scheme = one === servers.at(-1) ? 'https' : 'http';
    const url = `${scheme}://127.0.0.1:${(one.address() as AddressInfo).port}`;
    const { code, err } = await partyline(['users', '--url', url], { cwd: folder, env: asAdministrator() });
    said.push(`${code} ${err.replace(url, 'URL').trim()}`);
  }
  const listening = `http://127.0.0.1:${(servers[0]!.address() as AddressInfo).port}`;
  const tail = await partyline(['tail', '--url', listening], { cwd: folder, env: asAdministrator() });
  assert.equal(tail.code, 1, tail.err);
  assert.match(tail.err, /is no Partyline; correct --url/);
  assert.deepEqual(said, [
    '1 partyline: what answers at URL is no Partyline; correct --url',
    '1 partyline: what answers at URL is no Partyline; correct --url',
    '1 partyline: URL leads on to https://meet.example.test/; name that with --url',
    '69 partyline: the certificate of URL is not taken (DEPTH_ZERO_SELF_SIGNED_CERT); name it as its certificate does (--url), or who made that in NODE_EXTRA_CA_CERTS',
  ]);
});
