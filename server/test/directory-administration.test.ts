import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, test } from 'node:test';
import { AdminApi, type Answer } from './peers/admin.ts';
import { answerTo } from './peers/digest.ts';
import { otherOrganization, PartylineServer, testOrganization } from './peers/partyline.ts';
import { RawSip, requestLines } from './peers/raw-sip.ts';
import { UnifiedApi } from './peers/unified-api.ts';
import { waitFor } from './peers/wait.ts';

/** The directory changed over HTTP while the server runs: every kind of record, who may, and what follows from it. */

let server: PartylineServer;
let admin: AdminApi;
let other: AdminApi;

before(async () => {
  const operator = {
    id: 1,
    login: 'root@example.test',
    password: 'of-the-house',
    roles: ['operator'],
  };
  const organization = { ...testOrganization, users: [...testOrganization.users, operator] };
  server = await PartylineServer.start({ config: { organizations: [organization, otherOrganization] } });
  admin = new AdminApi(server, { login: operator.login, password: operator.password });
  other = new AdminApi(server, { login: 'other@example.test', password: 'correct-horse' });
});

after(() => server?.stop());

const errorOf = ({ body }: Answer) => (body as { error: { code: string; message: string; details: object } }).error;

test('what clients say of bodies they do not send costs nothing; one that is needed is asked for', async () => {
  const json = { 'content-type': 'application/json' };
  assert.equal((await admin.post('/users', { organization: 3, id: 88 })).status, 201);
  assert.equal((await admin.ask('DELETE', '/users/3-88', undefined, json)).status, 204);
  assert.equal((await admin.ask('POST', '/reload', undefined, json)).status, 200);
  for (const [method, path] of [
    ['POST', '/users'],
    ['PATCH', '/users/3-12'],
    ['PATCH', '/limits'],
    ['POST', '/session'],
    ['POST', '/invitations'],
  ] as const) {
    const answer = await admin.ask(method, path, undefined, json);
    assert.equal(answer.status, 400, `${method} ${path}`);
    assert.match(errorOf(answer).message, /body/i);
  }
});

test('names that no other text would come back for are refused, with what is expected', async () => {
  for (const [path, body] of [
    ['/users', { organization: 3, firstName: '\ud800' }],
    ['/users', { organization: 3, firstName: 'x'.repeat(101) }],
    ['/extensions', { organization: 3, user: 12, number: '188', callerId: '\udc00 <188>' }],
    ['/conferences', { organization: 3, extension: '200', number: '88', name: 'half \ud83d' }],
  ] as const) {
    const answer = await admin.post(path, body);
    assert.equal(answer.status, 400, `${path} ${JSON.stringify(body)}: ${JSON.stringify(answer.body)}`);
    assert.match(errorOf(answer).message, /expected (a name of at most 100 characters|a caller ID|text of 1 to 200)/);
  }
});

test('each kind of record is made, read, changed and removed', async () => {
  const made: [string, object, object, object][] = [
    [
      '/organizations',
      { id: 9, name: 'Third', prefix: '0009' },
      { name: 'Fourth' },
      { id: 9, name: 'Fourth', prefix: '0009' },
    ],
    [
      '/users',
      { login: 'joe@example.test', password: 'a-password', firstName: 'Joe', roles: ['agent', 'supervisor'] },
      { lastName: 'Bloggs', login: null },
      { id: 14, organization: 3, login: null, firstName: 'Joe', lastName: 'Bloggs', hasPassword: true },
    ],
    [
      '/extensions',
      { user: 12, number: '150', callerId: 'New <150>', sipPassword: 'a-secret' },
      { callerId: 'Other <151>', sipDigest: 'SHA-256', user: 13 },
      { id: '3-150', user: 13, type: 'terminal', callerId: 'Other <151>', hasSipPassword: true, sipDigest: 'SHA-256' },
    ],
    [
      '/conferences',
      {
        extension: '200',
        number: '7',
        participantPin: '1212',
        schedule: { start: '2026-01-05T09:00', duration: '90m', repeat: 'weekly' },
      },
      { name: 'Standup', participantPin: null, moderatorPin: '3434', roomSize: 7 },
      {
        id: '3-200-7',
        extension: '200',
        name: 'Standup',
        participantPin: null,
        moderatorPin: '3434',
        roomSize: 7,
        meetingId: '2007',
        schedule: { start: '2026-01-05T09:00', duration: '1h30m', timeZone: 'UTC', repeat: 'weekly' },
      },
    ],
    [
      '/apps',
      { key: 'new-app', user: 12, trusted: true },
      { enabled: false },
      { key: 'new-app', organization: 3, user: 12, trusted: true, enabled: false, hasSecret: true, tokens: [] },
    ],
    [
      '/trunks',
      { name: 'away', uri: 'sip:127.0.0.1:9', username: 'u', password: 'p', options: 'off' },
      { uri: ['sip:127.0.0.1:9', 'sip:127.0.0.2:9'], failover: '2s' },
      { name: 'away', uri: ['sip:127.0.0.1:9', 'sip:127.0.0.2:9'], hasPassword: true, failover: '2s', options: 'off' },
    ],
  ];
  for (const [path, body, patch, after] of made) {
    const created = await admin.post(path, body);
    assert.equal(created.status, 201, `${path} ${JSON.stringify(created.body)}`);
    const self = String(created.body['self']).replace('/admin/v1', '');
    assert.equal(created.headers.get('location'), `/admin/v1${self}`);
    assert.equal(created.body['fixedBy'], null);
    const { secret: _once, ...shown } = created.body;
    assert.deepEqual((await admin.get(self)).body, shown);
    const listed = await admin.get(`${path}?limit=500`);
    assert.ok(
      (listed.body['items'] as { self: string }[]).some((one) => one.self === `/admin/v1${self}`),
      path,
    );
    const changed = await admin.patch(self, patch);
    assert.equal(changed.status, 200, `${path} ${JSON.stringify(changed.body)}`);
    assert.partialDeepStrictEqual(changed.body, after);
    assert.deepEqual((await admin.get(self)).body, changed.body);
    const removed = await admin.remove(self);
    assert.equal(removed.status, 204, JSON.stringify(removed.body));
    assert.equal((await admin.get(self)).status, 404);
    assert.equal((await admin.patch(self, {})).status, 404);
  }
});

test('the dial plan has an order, the limits have defaults, and a trunk that is used stays', async () => {
  assert.equal((await admin.post('/trunks', { name: 'one', uri: 'sip:127.0.0.1:9' })).status, 201);
  const first = await admin.post('/dial-rules', { match: '^1', trunk: 'one' });
  assert.equal(first.status, 201, JSON.stringify(first.body));
  const second = await admin.post('/dial-rules', { match: '^2', trunk: 'one', position: 1 });
  const plan = async () =>
    ((await admin.get('/dial-rules')).body['items'] as { match: string }[]).map(({ match }) => match);
  assert.deepEqual(await plan(), ['^2', '^1']);
  await admin.patch(`/dial-rules/${second.body['id']}`, { position: 2, prepend: '+' });
  assert.deepEqual(await plan(), ['^1', '^2']);
  const wrong = await admin.patch(`/dial-rules/${second.body['id']}`, { match: '(' });
  assert.deepEqual([wrong.status, errorOf(wrong).message], [400, 'match: expected a regular expression, found "("']);
  assert.equal(errorOf(await admin.post('/dial-rules', { match: '^3', trunk: 'none' })).code, 'conflict');
  assert.equal(errorOf(await admin.remove('/trunks/one')).code, 'conflict');
  for (const { body } of [first, second]) assert.equal((await admin.remove(`/dial-rules/${body['id']}`)).status, 204);
  assert.equal((await admin.remove('/trunks/one')).status, 204);

  const limits = await admin.patch('/limits', { dialOutPerMinute: 7, pinLockout: '1h' });
  assert.partialDeepStrictEqual(limits.body, { dialOutPerMinute: 7, pinLockout: '1h', pinAttempts: 3, silence: 'off' });
  assert.equal(errorOf(await admin.patch('/limits', { pinLockout: 'soon' })).code, 'invalidArgument');
  assert.partialDeepStrictEqual((await admin.patch('/limits', { dialOutPerMinute: null })).body, {
    dialOutPerMinute: 30,
  });
});

test('a mistake is told in the words of the file, and changes nothing', async () => {
  const tries: [string, object, number, RegExp][] = [
    ['/users', { logn: 'x' }, 400, /^logn: unknown key; did you mean "login"\?$/],
    [
      '/users',
      { login: 'AGENT@example.test' },
      409,
      /^login: expected a login of its own, found "agent@example.test" again \(user 3-13\)$/,
    ],
    ['/users', { login: 'other@example.test' }, 409, /again \(in another organization\)$/],
    ['/users', { id: 12 }, 409, /^id: expected an id of its own, found "12" again/],
    ['/users', { password: 12 }, 400, /^password: expected a password as text, found a number/],
    ['/extensions', { number: '0004', user: 12 }, 409, /^number: expected a number that is no organization's prefix/],
    [
      '/extensions',
      { number: '199', user: 99 },
      400,
      /^user: expected the id of a user of this organization, found 99$/,
    ],
    [
      '/conferences',
      { extension: '101', number: '1' },
      400,
      /^extension: expected the number of a conference extension/,
    ],
    ['/conferences', { extension: '200', number: '9', meetingId: '2003' }, 409, /^meetingId: expected a meetingId/],
    ['/conferences', { extension: '200', number: '9', participantPin: '1', moderatorPin: '1' }, 400, /^moderatorPin: /],
    ['/apps', { key: 'demo-app', user: 12 }, 409, /^key: expected a key of its own/],
    ['/trunks', { name: 'x', uri: 'nowhere' }, 400, /^uri: expected a SIP address/],
    ['/organizations', { prefix: '0003' }, 409, /^prefix: expected a prefix of its own/],
  ];
  for (const [path, body, status, message] of tries) {
    const answer = await admin.post(path, body);
    assert.equal(answer.status, status, `${path} ${JSON.stringify(answer.body)}`);
    assert.match(errorOf(answer).message, message);
  }
  const users = (await admin.get('/users?organization=3')).body['items'] as { id: number }[];
  assert.deepEqual(
    users.map(({ id }) => id),
    [1, 12, 13],
  );
});

test('what the file fixes names its line, and cannot be changed', async () => {
  const lines = readFileSync(join(server.folder, 'partyline.yaml'), 'utf8').split('\n');
  const agent = await admin.get('/users/13');
  const { file, line } = agent.body['fixedBy'] as { file: string; line: number };
  assert.deepEqual([file, lines[line - 1]?.trim()], [join(server.folder, 'partyline.yaml'), '- id: 13']);
  for (const answer of [
    await admin.patch('/users/13', { firstName: 'X' }),
    await admin.remove('/users/13'),
    await admin.patch('/conferences/200-3', { name: 'X' }),
  ]) {
    assert.equal(answer.status, 409);
    assert.equal(errorOf(answer).code, 'fixedByFile');
  }
  assert.deepEqual(errorOf(await admin.remove('/users/13')).details, { file, line });
});

test('an administrator sees and changes the own organization alone; the server is for operators', async () => {
  const mine = (await other.get('/users')).body['items'] as { organization: number }[];
  assert.ok(mine.length > 0 && mine.every(({ organization }) => organization === 4));
  assert.equal((await other.get('/users/3-12')).status, 404);
  assert.equal((await other.patch('/conferences/3-200-3', { name: 'X' })).status, 404);
  assert.equal((await other.post('/users', { organization: 3 })).status, 400);
  for (const path of ['/trunks', '/dial-rules', '/limits']) assert.equal((await other.get(path)).status, 403, path);
  assert.equal((await other.post('/organizations', {})).status, 403);
  assert.equal((await other.post('/users', { roles: ['operator'] })).status, 403);
  const agent = new AdminApi(server, { login: 'agent@example.test', password: 'battery-staple' });
  assert.equal((await agent.get('/users')).status, 403);
  assert.equal((await new AdminApi(server, { login: 'x', password: 'y' }).get('/users')).status, 401);
  const theirs = await other.post('/users', { firstName: 'Theirs' });
  assert.equal(theirs.body['organization'], 4);
  assert.equal((await admin.remove(`/users/4-${theirs.body['id']}`)).status, 204);
});

test('a repeated request makes nothing twice', async () => {
  const key = { 'idempotency-key': 'one-user' };
  const first = await admin.post('/users', { firstName: 'Once' }, key);
  const again = await admin.post('/users', { firstName: 'Once' }, key);
  assert.deepEqual([again.status, again.body, again.headers.get('idempotent-replayed')], [201, first.body, 'true']);
  assert.equal((await admin.post('/users', { firstName: 'Twice' }, key)).status, 409);
  assert.equal((await admin.remove(`/users/${first.body['id']}`)).status, 204);
});

async function register(user: string, password: string): Promise<number> {
  const phone = await RawSip.open(server.sipPort);
  try {
    phone.send(requestLines('REGISTER', '', user));
    const challenge = await phone.final(2000);
    const since = phone.received.length;
    phone.send(
      requestLines('REGISTER', '', user, [
        answerTo(challenge, { method: 'REGISTER', uri: 'sip:localhost', user, password }),
      ]),
    );
    return Number((await phone.final(2000, since)).split(' ')[1]);
  } finally {
    phone.close();
  }
}

test('a removed user is gone everywhere: login, tokens, phone, conferences, apps', async () => {
  const base = `http://127.0.0.1:${server.httpPort}`;
  const login = { login: 'gone@example.test', password: 'a-password' };
  const user = await admin.post('/users', { id: 77, ...login, roles: ['administrator'] });
  assert.equal(user.status, 201);
  assert.equal((await admin.post('/extensions', { user: 77, number: '177', sipPassword: 'a-secret' })).status, 201);
  assert.equal((await admin.post('/extensions', { user: 77, number: '277', type: 'conference' })).status, 201);
  assert.equal((await admin.post('/conferences', { extension: '277', number: '1' })).status, 201);
  const app = await admin.post('/apps', { key: 'gone-app', user: 77, trusted: true });
  assert.match(String(app.body['secret']), /^[\w-]{32}$/);
  const api = await UnifiedApi.connect(base, { key: 'gone-app', secret: String(app.body['secret']) });
  assert.equal((await api.ask('/uapi/phoneCalls/@me/@self')).status, 200);
  assert.equal((await server.request('/admin/v1/calls', login)).status, 200);
  assert.equal(await register('177', 'a-secret'), 200);
  assert.equal(await server.metric('sip_registrations'), 1);

  assert.equal((await admin.remove('/users/77')).status, 204);
  assert.equal((await api.ask('/uapi/phoneCalls/@me/@self')).status, 401);
  assert.equal((await server.request('/admin/v1/calls', login)).status, 401);
  assert.equal(await server.metric('sip_registrations'), 0);
  assert.notEqual(await register('177', 'a-secret'), 200);
  for (const path of ['/extensions/177', '/extensions/277', '/conferences/277-1', '/apps/gone-app'])
    assert.equal((await admin.get(path)).status, 404, path);

  // Somebody else who gets the number gets nothing of what was.
  assert.equal((await admin.post('/users', { id: 77 })).status, 201);
  await server.kill9();
  await server.restart();
  assert.equal((await api.ask('/uapi/phoneCalls/@me/@self')).status, 401);
  assert.equal((await admin.get('/users/77')).status, 200, 'what was made is there after a crash');
});

test('a changed password ends sessions, and holds at once', async () => {
  const login = { login: 'page@example.test', password: 'the-first-one' };
  const user = await admin.post('/users', { ...login, roles: ['administrator'] });
  const base = `http://127.0.0.1:${server.httpPort}`;
  const begun = await fetch(`${base}/admin/v1/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(login),
  });
  const cookie = begun.headers.getSetCookie()[0]?.split(';')[0] ?? '';
  const status = async () => (await fetch(`${base}/admin/v1/session`, { headers: { cookie } })).status;
  assert.equal(await status(), 200);
  await admin.patch(`/users/${user.body['id']}`, { firstName: 'Page' });
  assert.equal(await status(), 200, 'another name is no other login');
  await admin.patch(`/users/${user.body['id']}`, { password: 'the-second-one' });
  assert.equal(await status(), 401);
  assert.equal((await server.request('/admin/v1/calls', login)).status, 401);
  assert.equal((await server.request('/admin/v1/calls', { ...login, password: 'the-second-one' })).status, 200);
});

test('with a changed password nobody goes on listening who was let in by the old one', async () => {
  const login = { login: 'listens@example.test', password: 'the-first-one' };
  const user = await admin.post('/users', { ...login, roles: ['agent'] });
  const headers = { authorization: `Basic ${Buffer.from(`${login.login}:${login.password}`).toString('base64')}` };
  const api = `127.0.0.1:${server.httpPort}/api/v2`;
  const stream = await fetch(`http://${api}/me/events`, { headers });
  assert.equal(stream.status, 200);
  // Node's own takes headers, as no browser's does.
  const socket = new WebSocket(`ws://${api}/notifications`, { headers } as unknown as string[]);
  const told: string[] = [];
  let code = 0;
  socket.addEventListener('message', ({ data }) => told.push(String(data)));
  socket.addEventListener('close', (event) => {
    code = event.code;
  });
  const types = { supportedConnectionTypes: ['websocket'] };
  const handshake = JSON.stringify([{ channel: '/meta/handshake', version: '1.0', ...types }]);
  socket.addEventListener('open', () => socket.send(handshake));
  await waitFor(() => told.length === 1, 8000, 'the answer to the handshake');
  await admin.patch(`/users/${user.body['id']}`, { password: 'the-second-one' });
  await waitFor(() => code === 1008, 8000, 'the end of the socket');
  await stream.text();
});

test('every change is an event: what, who, from where, without secrets', async () => {
  await admin.post('/users', { id: 55, firstName: 'Told', password: 'not-to-be-told' });
  await admin.patch('/users/55', { firstName: 'Retold', password: 'neither-this' });
  await admin.remove('/users/55');
  const database = new DatabaseSync(join(server.folder, 'data', 'partyline.db'), { readOnly: true });
  const rows = database
    .prepare(
      `select event.type, event.data, stream.id from event join stream on stream.number = event.stream_number
       where stream.kind = 'directory' order by position desc limit 3`,
    )
    .all() as { type: string; data: string; id: string }[];
  database.close();
  const events = rows.toReversed().map(({ type, data, id }) => ({ type, id, ...JSON.parse(data) }));
  assert.deepEqual(
    events.map(({ type, what }) => [type, what]),
    [
      ['recordCreated', 'user'],
      ['recordChanged', 'user'],
      ['recordRemoved', 'user'],
    ],
  );
  assert.deepEqual(events[1].fields, {
    firstName: { from: 'Told', to: 'Retold' },
    password: { from: '***', to: '***' },
  });
  assert.partialDeepStrictEqual(events[1].by, {
    kind: 'administrator',
    organizationId: '3',
    userId: 1,
    login: 'root@example.test',
    from: '127.0.0.1',
  });
  assert.ok(!rows.some(({ data }) => /not-to-be-told|neither-this/.test(data)));
});
