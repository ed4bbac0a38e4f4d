import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, test } from 'node:test';
import { connect } from 'node:tls';
import { stringify } from 'yaml';
import { freePort } from '../src/base/testing/free-port.ts';
import { AdminApi } from './peers/admin.ts';
import { PartylineServer, testOrganization } from './peers/partyline.ts';
import { RawSip, requestLines } from './peers/raw-sip.ts';
import { waitFor } from './peers/wait.ts';

/** The file read again while the server runs: by SIGHUP and by the administration, all of it or nothing. */

let server: PartylineServer;
let admin: AdminApi;
let config: Record<string, unknown>;

const [owner, agent] = testOrganization.users;
const trunks = [{ name: 'away', uri: 'sip:127.0.0.1:9', options: 'off' }];

/** The test's organization with other users. */
function withUsers(users: readonly object[], more: object = {}): Record<string, unknown> {
  return { ...config, organizations: [{ ...testOrganization, users }], ...more };
}

function withApps(apps: readonly object[]): Record<string, unknown> {
  return { ...config, organizations: [{ ...testOrganization, apps }] };
}

function write(next: Record<string, unknown>): void {
  writeFileSync(join(server.folder, 'partyline.yaml'), stringify(next));
}

async function reload(query = ''): Promise<Reloaded> {
  const { status, body } = await admin.ask('POST', `/reload${query}`);
  assert.equal(status, 200, JSON.stringify(body));
  return body as unknown as Reloaded;
}

interface Reloaded {
  readonly changed: readonly { what: string; id: string; change: string }[];
  readonly needsRestart: readonly string[];
  readonly left: readonly { what: string; id: string }[];
  readonly overwritten: readonly { what: string; id: string }[];
}

before(async () => {
  server = await PartylineServer.start({ config: { trunks, dialPlan: [{ match: '^1', trunk: 'away' }] } });
  config = server.config;
  admin = new AdminApi(server);
});

after(() => server?.stop());

test('a file that says the same changes nothing', async () => {
  // Passwords have their hashes first: also then nothing is another.
  assert.deepEqual(await reload(), { changed: [], needsRestart: [], left: [], overwritten: [] });
  await server.kill9();
  await server.restart();
  assert.deepEqual(await reload(), { changed: [], needsRestart: [], left: [], overwritten: [] });
});

test('an app signs its webhooks with the secret that the file gives it now, and with the one before along', async () => {
  const [first, second] = [1, 2].map((n) => `whsec_${Buffer.alloc(32, n).toString('base64')}`);
  const givenBy = async (secret: string | undefined) => {
    const [app] = testOrganization.apps;
    write(withApps([secret === undefined ? app! : { ...app, webhooks: { secret } }]));
    const { changed } = await reload();
    return changed.map(({ what, id }) => `${what} ${id}`);
  };
  const secrets = async () => {
    const { status, body } = await admin.get('/apps/demo-app/webhook-secrets');
    assert.equal(status, 200);
    return (body as { secrets: { secret: string }[] }).secrets.map(({ secret }) => secret);
  };
  const [made] = await secrets();
  assert.deepEqual(await givenBy(first), ['app demo-app']);
  // Nobody looks at it in between, which would put it to use.
  await givenBy(second);
  assert.deepEqual(await secrets(), [second, first, made]);
  await server.kill9();
  await server.restart();
  assert.deepEqual(await secrets(), [second, first, made]);
  await givenBy(undefined);
  assert.deepEqual(await secrets(), [second, first, made], 'nothing given: that in use stays');
  write(config);
});

test('what the file says now holds at once; what is of the next start is named; what left is listed, and removed', async () => {
  const [first, ...others] = owner!.extensions;
  const changed = { ...owner, firstName: 'Janet', extensions: [{ ...first, callerId: 'First <101>' }, ...others] };
  const joe = { id: 14, login: 'joe@example.test', password: 'a-new-one', roles: ['administrator'] };
  write({
    ...withUsers([changed, joe]),
    limits: { dialOutPerMinute: 5 },
    trunks: [...trunks, { name: 'more', uri: 'sip:127.0.0.1:9', options: 'off' }],
    dialPlan: [{ match: '^2', trunk: 'more' }],
    webServices: { csrf: true },
    sip: { ...(config['sip'] as object), domain: 'example.test' },
  });
  assert.equal((await server.request('/admin/v1/calls', joe)).status, 401);
  const first_ = await reload();
  assert.deepEqual(first_, {
    changed: [
      { what: 'user', id: '3-12', change: 'changed' },
      { what: 'user', id: '3-14', change: 'created' },
      { what: 'extension', id: '3-101', change: 'changed' },
      { what: 'trunk', id: 'more', change: 'created' },
      { what: 'dialPlan', id: 'dialPlan', change: 'changed' },
      { what: 'limits', id: 'dialOutPerMinute', change: 'changed' },
    ],
    needsRestart: ['sip.domain', 'webServices.csrf'],
    left: [
      { what: 'user', id: '3-13' },
      { what: 'extension', id: '3-113' },
      { what: 'extension', id: '3-213' },
      { what: 'conference', id: '3-213-1' },
    ],
    overwritten: [],
  });
  assert.equal((await server.request('/admin/v1/calls', joe)).status, 200, 'a new user logs in at once');
  assert.equal((await admin.get('/users/13')).body['fixedBy'], null);
  assert.partialDeepStrictEqual((await admin.get('/limits')).body, { dialOutPerMinute: 5 });
  const place = (await admin.get('/users/14')).body['fixedBy'] as { line: number };
  const lines = readFileSync(join(server.folder, 'partyline.yaml'), 'utf8').split('\n');
  assert.equal(lines[place.line - 1]?.trim(), '- id: 14');
  // What the administration made is no left-over.
  assert.equal((await admin.post('/users', { id: 90 })).status, 201);
  const { changed: removed, left } = await reload('?removeLeft=true');
  assert.deepEqual(
    [removed.map(({ id, change }) => `${id} ${change}`).sort(), left],
    [['3-113 removed', '3-13 removed', '3-213 removed', '3-213-1 removed'], []],
  );
  assert.equal((await admin.get('/users/13')).status, 404);
  assert.equal((await admin.get('/users/90')).status, 200);
  assert.equal((await admin.remove('/users/90')).status, 204);
  write(config);
  await reload('?removeLeft=true');
  assert.deepEqual((await reload()).changed, []);
  assert.equal(agent?.id, 13);
});

test('nobody is removed who asks for it: an empty file does not take everybody away', async () => {
  const { organizations: _, ...rest } = config;
  write(rest);
  const { status, body } = await admin.ask('POST', '/reload?removeLeft=true');
  assert.equal(status, 409);
  assert.match(JSON.stringify(body), /You cannot remove yourself/);
  assert.equal((await admin.ask('GET', '/users/12')).status, 200);
  const { left } = await reload();
  assert.ok(left.some(({ what, id }) => what === 'organization' && id === '3'));
  write(config);
  assert.deepEqual((await reload()).left, []);
});

test('a mistake names its place, and nothing has changed', async () => {
  const before = (await admin.get('/users?limit=500')).body;
  write(
    withUsers([
      { ...owner, firstName: 'Nobody' },
      { ...agent, login: owner!.login },
    ]),
  );
  const refused = await admin.ask('POST', '/reload');
  assert.equal(refused.status, 400);
  const { code, message, details } = (refused.body as { error: { code: string; message: string; details: object } })
    .error;
  assert.equal(code, 'configuration');
  assert.match(message, /partyline\.yaml:\d+:\d+: organizations\[0\]\.users\[1\]\.login: expected a login of its own/);
  assert.partialDeepStrictEqual(details, { path: 'organizations[0].users[1].login' });
  assert.ok((details as { line: number }).line > 1);
  server.signal('SIGHUP');
  await waitFor(() => server.log.some(({ msg }) => String(msg).includes('not taken')), 5000, 'the line of the log');
  assert.deepEqual((await admin.get('/users?limit=500')).body, before);
  write(config);
  const seen = server.log.length;
  server.signal('SIGHUP');
  await waitFor(
    () => server.log.slice(seen).some(({ msg }) => msg === 'the configuration was read again'),
    5000,
    'the line of the log',
  );
});

test('two at once, and changes meanwhile, come one after the other', async () => {
  write(withUsers([{ ...owner, lastName: 'Twice' }, agent!]));
  const answers = await Promise.all([reload(), reload(), admin.post('/users', { id: 91, firstName: 'Between' })]);
  const changed = answers.slice(0, 2).flatMap((one) => (one as Reloaded).changed);
  assert.deepEqual(changed, [{ what: 'user', id: '3-12', change: 'changed' }]);
  assert.equal((await admin.remove('/users/91')).status, 204);
  write(config);
  await reload();
});

test('a storm of SIGHUP has the file read once more, not once for each, and changes over HTTP go on', async () => {
  const read = () => server.log.filter(({ msg }) => msg === 'the configuration was read again').length;
  write(withUsers([{ ...owner, lastName: 'Storm' }, agent!]));
  // As fast as they arrive one by one: those that come at once are one to the system.
  for (let asked = 0; asked < 20; asked++) {
    for (let more = 0; more < 20; more++) {
      server.signal('SIGHUP');
      await new Promise(setImmediate);
    }
    assert.deepEqual((await admin.ask('GET', '/users/12')).status, 200);
  }
  const before = read();
  assert.equal((await admin.post('/users', { id: 94, firstName: 'During' })).status, 201);
  // The one that was going on, one more, and what of the log had not come yet.
  await reload();
  assert.ok(read() - before < 10, `${read() - before} more`);
  await waitFor(
    async () => ((await admin.ask('GET', '/users/12')).body as { lastName: string }).lastName === 'Storm',
    30_000,
    'what the file says',
  );
  assert.equal((await admin.remove('/users/94')).status, 204);
  write(config);
  await reload();
});

test('what was changed over HTTP and the file says otherwise is told, by a reload and by a start', async () => {
  const told = () =>
    server.log.filter(({ msg }) => String(msg).includes('changed over HTTP')).map(({ count }) => count);
  const make = async () => {
    assert.equal((await admin.post('/users', { id: 92, firstName: 'Made' })).status, 201);
    assert.equal((await admin.post('/users', { id: 93, firstName: 'Same' })).status, 201);
    assert.equal((await admin.patch('/limits', { dialOutConcurrent: 7 })).status, 200);
  };
  const file = withUsers([...testOrganization.users, { id: 92, firstName: 'File' }, { id: 93, firstName: 'Same' }], {
    limits: { dialOutConcurrent: 9 },
  });
  const overwritten = [
    { what: 'user', id: '3-92' },
    { what: 'limits', id: 'dialOutConcurrent' },
  ];
  const away = async () => {
    write(config);
    await reload('?removeLeft=true');
    assert.equal((await admin.get('/users/92')).status, 404);
    assert.equal((await admin.get('/users/93')).status, 404, 'it was as the file said: the file had it');
    assert.partialDeepStrictEqual(
      (await admin.get('/limits')).body,
      { dialOutConcurrent: 50 },
      'it does not come back',
    );
  };

  await make();
  write(file);
  assert.deepEqual((await reload()).overwritten, overwritten);
  assert.deepEqual(told(), [2]);
  assert.deepEqual((await reload()).overwritten, [], 'once');
  await away();

  await make();
  await server.kill9();
  write(file);
  await server.restart();
  assert.deepEqual(told(), [2, 2]);
  assert.match(server.output, /Warning: The file says otherwise .*: user 3-92, limits dialOutConcurrent$/m);
  assert.partialDeepStrictEqual((await admin.get('/limits')).body, { dialOutConcurrent: 9 });
  const last = lastEvents(2);
  assert.partialDeepStrictEqual(last, [
    { type: 'recordChanged', data: { what: 'user', id: '3-92', fields: { firstName: { from: 'Made', to: 'File' } } } },
    { type: 'limitsChanged', data: { fields: { dialOutConcurrent: { from: 7, to: 9 } } } },
  ]);
  assert.partialDeepStrictEqual(last[0]?.data['by'], { kind: 'file', from: join(server.folder, 'partyline.yaml') });
  await away();
});

/** The latest of the directory, oldest first. */
function lastEvents(count: number): { type: string; data: Record<string, unknown> }[] {
  const database = new DatabaseSync(join(server.folder, 'data', 'partyline.db'), { readOnly: true });
  const rows = database
    .prepare(
      `select event.type, event.data from event join stream on stream.number = event.stream_number
       where stream.kind = 'directory' order by position desc limit ?`,
    )
    .all(count) as { type: string; data: string }[];
  database.close();
  return rows.toReversed().map(({ type, data }) => ({ type, data: JSON.parse(data) }));
}

test('a switch that is neither true nor false is a mistake, not off', async () => {
  for (const query of ['?removeLeft=maybe', '?removeLeft=', '?removeLeft=true&removeLeft=true']) {
    assert.equal((await admin.ask('POST', `/reload${query}`)).status, 400, query);
  }
});

test('only who runs the server reads the file again', async () => {
  const nobody = new AdminApi(server, { login: agent!.login, password: agent!.password });
  assert.equal((await nobody.ask('POST', '/reload')).status, 403);
});

test('ten thousand users are read while phones are answered', async () => {
  const many = (name: string) =>
    Array.from({ length: 10_000 }, (_, at) => ({
      id: 1000 + at,
      firstName: name,
      extensions: [{ number: String(20_000 + at), sipPassword: 'a-secret' }],
    }));
  write(withUsers([...testOrganization.users, ...many('First')]));
  const first = await optionsDuring(() => reload());
  assert.equal(first.result.changed.length, 20_000);
  const users = many('First');
  users[7] = { ...users[7]!, firstName: 'Another' };
  write(withUsers([...testOrganization.users, ...users]));
  const second = await optionsDuring(() => reload());
  assert.deepEqual(second.result.changed, [
    { what: 'user', id: '3-1007', change: 'changed' },
    // Shown under the name of its user.
    { what: 'extension', id: '3-20007', change: 'changed' },
  ]);
  const shown = (one: { worst: number; median: number; count: number }) =>
    `${one.count} OPTIONS, median ${one.median.toFixed(1)} ms, slowest ${one.worst.toFixed(1)} ms`;
  console.log(`all new: ${shown(first)}; one of them another: ${shown(second)}`);
  assert.equal((await server.request('/healthz')).status, 200);
});

/** OPTIONS one after the other while `work` runs, and how long each took. */
async function optionsDuring<Result>(work: () => Promise<Result>) {
  const peer = await RawSip.open(server.sipPort);
  const took: number[] = [];
  let running = true;
  const worked = work().finally(() => {
    running = false;
  });
  while (running) {
    const since = peer.received.length;
    const began = performance.now();
    peer.send(requestLines('OPTIONS', '', 'stranger'));
    while (peer.received.length === since && performance.now() - began < 10_000)
      await new Promise((resolve) => setImmediate(resolve));
    took.push(performance.now() - began);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  peer.close();
  took.sort((a, b) => a - b);
  return { result: await worked, worst: took.at(-1) ?? 0, median: took[took.length >> 1] ?? 0, count: took.length };
}

test('a renewed certificate is served from then on, by HTTP and SIP', async (t) => {
  const tlsPort = await freePort();
  const secure = await PartylineServer.start({ config: { sandbox: 'off' } });
  t.after(() => secure.stop());
  const make = (name: string) => {
    const files = ['-keyout', join(secure.folder, 'key.pem'), '-out', join(secure.folder, 'cert.pem')];
    const subject = ['-subj', `/CN=${name}`, '-days', '2'];
    execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', ...files, ...subject], {
      stdio: 'ignore',
    });
  };
  make('first.test');
  const tls = { cert: join(secure.folder, 'cert.pem'), key: join(secure.folder, 'key.pem') };
  const { http, sip } = secure.config as { http: object; sip: object };
  const text = stringify({ ...secure.config, http: { ...http, tls }, sip: { ...sip, tlsPort, tls } });
  writeFileSync(join(secure.folder, 'partyline.yaml'), text);
  await secure.kill9();
  await secure.restart();
  assert.deepEqual([await nameAt(secure.httpPort), await nameAt(tlsPort)], ['first.test', 'first.test']);
  make('second.test');
  secure.signal('SIGHUP');
  await waitFor(
    () => secure.log.some(({ msg }) => msg === 'the configuration was read again'),
    5000,
    () => `the line of the log\n${secure.rawLog}`,
  );
  assert.deepEqual([await nameAt(secure.httpPort), await nameAt(tlsPort)], ['second.test', 'second.test']);
});

function nameAt(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false }, () => {
      resolve(String(socket.getPeerCertificate().subject.CN));
      socket.destroy();
    });
    socket.on('error', reject);
  });
}
