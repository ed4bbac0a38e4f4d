import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect, Socket } from 'node:net';
import { after, before, test } from 'node:test';
import { until } from '../../../../base/testing/wait.ts';
import { deviceIdOf } from '../ids.ts';
import { basicOf, cookieOf, VirtualWebServices } from '../testing/virtual-web-services.ts';

let api: VirtualWebServices;

before(async () => {
  api = await VirtualWebServices.start();
});

after(() => api?.close());

const denied = '{"statusCode":20,"statusMessage":"Access denied"}';

test('a login on any request begins a session, whose cookie is enough from then on', async () => {
  const first = await api.get('me', 'ann');
  assert.equal(first.status, 200);
  assert.equal(first.headers['content-type'], 'application/json');
  assert.match(String(first.headers['set-cookie']), /^JSESSIONID=[0-9A-F]{32}; Path=\/; HttpOnly; SameSite=Lax$/);
  const cookie = cookieOf(first)!;
  const next = await api.get('me', null, { cookie: `other=1; ${cookie}` });
  assert.equal(next.text, first.text);
  assert.equal(next.headers['set-cookie'], undefined);
  // Both at once is the same session.
  assert.equal((await api.get('me', 'ann', { cookie })).headers['set-cookie'], undefined);
  // Somebody else's login counts, not the cookie.
  const other = await api.get('me', 'ben', { cookie });
  assert.equal(other.json.user.userName, 'ben');
  assert.notEqual(cookieOf(other), null);
});

test('without a login, with a wrong one, or with a cookie of nobody, nothing is told', async () => {
  const wrong = { authorization: basicOf('ann', 'wrong') };
  const tries: Record<string, string>[] = [
    {},
    { authorization: 'Bearer abc' },
    { authorization: 'Basic !!!' },
    { authorization: basicOf('nobody') },
    wrong,
    { cookie: `JSESSIONID=${'0'.repeat(32)}` },
    { cookie: 'JSESSIONID=' },
  ];
  for (const headers of tries) {
    for (const path of ['me', 'me/', 'me/calls/1', 'nothing', 'diagnostics/version']) {
      const answer = await api.get(path, null, headers);
      assert.deepEqual([answer.status, answer.text], [403, denied], `${path} ${JSON.stringify(headers)}`);
      assert.equal(answer.headers['www-authenticate'], undefined);
      if (headers === wrong) break;
    }
  }
  const known = await api.get('me', 'ann');
  const answer = await api.get('me', null, { cookie: cookieOf(known)!, ...wrong });
  assert.equal(answer.json.statusCode, 20, 'a wrong login is not made good by a cookie');
});

test('who guesses waits, and nobody else', async () => {
  for (let i = 0; i < 5; i++) await api.get('me', null, { authorization: basicOf('cleo', `guess ${i}`) });
  const answer = await api.get('me', 'cleo');
  assert.equal(answer.status, 429);
  assert.equal(answer.json.statusCode, 20);
  assert.match(String(answer.headers['retry-after']), /^[1-9][0-9]?$/);
  assert.equal((await api.get('me', 'ann')).status, 200);
  api.calls.clock.advance(61_000);
  assert.equal((await api.get('me', 'cleo')).status, 200);
});

test('a session that nobody uses is over', async () => {
  const cookie = cookieOf(await api.get('me', 'ann'))!;
  api.calls.clock.advance(1_799_000);
  assert.equal((await api.get('me', null, { cookie })).status, 200);
  api.calls.clock.advance(1_799_000);
  assert.equal((await api.get('me', null, { cookie })).status, 200);
  api.calls.clock.advance(1_800_000);
  assert.equal((await api.get('me', null, { cookie })).json.statusCode, 20);
});

test('a session by which a connection stays open is in use, however long nothing else is asked', async () => {
  const [open, idle] = [cookieOf(await api.get('me', 'ann'))!, cookieOf(await api.get('me', 'ann'))!];
  const session = api.sessions.use(open.split('=')[1]!)!;
  const release = api.sessions.hold(session);
  for (let turn = 0; turn < 3; turn++) {
    api.calls.clock.advance(1_800_000);
    // Whoever logs in has those that are over cleared away.
    assert.equal((await api.get('me', 'ben')).status, 200);
  }
  assert.equal((await api.get('me', null, { cookie: idle })).json.statusCode, 20);
  assert.equal((await api.get('me', null, { cookie: open })).status, 200);
  api.calls.clock.advance(1_800_000);
  assert.equal((await api.get('me', null, { cookie: open })).status, 200);
  api.calls.clock.advance(900_000);
  release();
  api.calls.clock.advance(1_799_999);
  assert.equal((await api.get('me', null, { cookie: open })).status, 200);
  api.calls.clock.advance(1_800_000);
  assert.equal((await api.get('me', null, { cookie: open })).json.statusCode, 20);
});

test('who logs in with every request and keeps no cookie does not put out who keeps one', async () => {
  const cookie = cookieOf(await api.get('me', 'ann'))!;
  assert.equal((await api.get('me', null, { cookie })).status, 200);
  const before = api.sessions.size;
  for (let i = 0; i < 200; i++) await api.get('diagnostics/version', 'ann');
  assert.ok(api.sessions.size - before <= 64, `${api.sessions.size}`);
  assert.equal((await api.get('me', null, { cookie })).status, 200);
});

test('the end of working is the end of the session', async () => {
  const cookie = cookieOf(await api.get('me', 'ann'))!;
  const headers = { cookie };
  const answer = await api.post('me', { operationName: 'EndContactCenterSession' }, null, headers);
  assert.equal(answer.text, '{"statusCode":0}');
  assert.match(String(answer.headers['set-cookie']), /^JSESSIONID=; .*Max-Age=0/);
  assert.equal((await api.get('me', null, headers)).json.statusCode, 20);
});

test('a connection that is closed already holds no session', async () => {
  const cookie = cookieOf(await api.get('me', 'ann'))!;
  const session = api.sessions.use(cookie.split('=')[1]!)!;
  const gone = new Socket();
  gone.destroy();
  await once(gone, 'close');
  api.access.holdWhile(gone, { user: api.directory.user('3', 10)!, session });
  await api.calls.settle();
  assert.equal(session.open, 0);
});

test('who begins working again, where that could be stored in part only, is as ready as anybody', async () => {
  const { store } = api.calls;
  await api.ask('me', 'EndContactCenterSession', {}, 'ben');
  let stored = 0;
  store.beforeAppend = async () => {
    stored += 1;
    if (stored === 2) throw new Error('the disk is full');
  };
  assert.equal(await api.codeOf('me', 'StartContactCenterSession', {}, 'ben'), 4);
  store.beforeAppend = null;
  await api.ask('me', 'StartContactCenterSession', {}, 'ben');
  const { json } = await api.get('me/devices?fields=*', 'ben');
  assert.equal(json.devices[0].userState.state, 'Ready');
});

test('who ends working and goes before the answer is told nothing more either', async () => {
  const cookie = cookieOf(await api.get('me', 'ann'))!;
  await api.ask('me', 'StartContactCenterSession');
  api.ended.length = 0;
  await api.http.listen({ host: '127.0.0.1', port: 0 });
  const stored = Promise.withResolvers<void>();
  const storing = Promise.withResolvers<void>();
  api.calls.store.beforeAppend = () => {
    storing.resolve();
    return stored.promise;
  };
  const body = '{"operationName":"EndContactCenterSession"}';
  const client = connect((api.http.server.address() as AddressInfo).port, '127.0.0.1');
  const [connection] = await once(api.http.server, 'connection');
  client.write(
    `POST /api/v2/me HTTP/1.1\r\nHost: pbx.test\r\nCookie: ${cookie}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
  );
  await storing.promise;
  client.destroy();
  await until('its end', () => (connection as Socket).closed);
  api.calls.store.beforeAppend = null;
  stored.resolve();
  await until('the end of the session', () => api.sessions.use(cookie.split('=')[1]!) === null);
  await until('the end of its notifications', () => api.ended.includes(10));
});

test('who is let in no more by the time that the body of a request has come does nothing with it', async () => {
  const path = `me/devices/${deviceIdOf('3-15000')}/calls`;
  const body = { operationName: 'Dial', destination: { phoneNumber: '15001' } };
  const dial = () => api.post(path, body, 'ann');
  const wasLetIn = api.access.of.bind(api.access);
  // As the server has it where another password is set meanwhile.
  api.access.of = async (request, reply) => {
    const known = await wasLetIn(request, reply);
    api.sessions.endAll({ organizationId: '3', userId: 10 });
    return known;
  };
  const answer = await dial();
  assert.deepEqual([answer.status, answer.text], [403, denied]);
  assert.deepEqual(api.calls.runtime.snapshot(), []);
  api.access.of = wasLetIn;
  assert.equal((await dial()).json.statusCode, 0);
  await api.endCalls();
});

test('what waits behind the end of its session is not done any more', async () => {
  const cookie = cookieOf(await api.get('me', 'ann'))!;
  await api.ask('me', 'StartContactCenterSession');
  const [ended, ready, login] = await Promise.all([
    api.post('me', { operationName: 'EndContactCenterSession' }, null, { cookie }),
    api.post('me/channels/voice', { operationName: 'Ready' }, null, { cookie }),
    api.post('me/channels/voice', { operationName: 'Offline' }, 'ann'),
  ]);
  assert.deepEqual([ended.json.statusCode, ready.text, login.json.statusCode], [0, denied, 0]);
  const { json } = await api.get('me/channels/voice', 'ann');
  assert.equal(json.channel.userState.state, 'LoggedOut');
});

test('with CSRF protection, what changes something shows the token of its session', async () => {
  const guarded = await VirtualWebServices.start({ csrf: true });
  const read = await guarded.get('me', 'ann');
  const cookie = cookieOf(read)!;
  assert.equal(read.headers['x-csrf-header'], 'X-CSRF-TOKEN');
  const token = String(read.headers['x-csrf-token']);
  assert.match(token, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  const other = await guarded.get('me', 'ben');
  const refused: [string | null, Record<string, string>][] = [
    [null, { cookie }],
    ['ann', { cookie }],
    ['ann', {}],
    ['ann', { 'x-csrf-token': token }],
    [null, { cookie, 'x-csrf-token': String(other.headers['x-csrf-token']) }],
  ];
  for (const [login, headers] of refused) {
    const answer = await guarded.post('me/channels/voice', { operationName: 'Ready' }, login, headers);
    assert.equal(answer.status, 403);
    assert.equal(answer.text, '{"statusCode":3,"statusMessage":"Missing or invalid Csrf token"}');
  }
  for (const login of [null, 'ann']) {
    const headers = { cookie, 'x-csrf-token': token };
    const answer = await guarded.post('me/channels/voice', { operationName: 'Ready' }, login, headers);
    assert.equal(answer.text, '{"statusCode":0}');
  }
  // It is the session's, as long as that lasts.
  assert.equal((await guarded.get('me', null, { cookie })).headers['x-csrf-token'], token);
  await guarded.close();
});

test('without it there is no token', async () => {
  assert.equal((await api.get('me', 'ann')).headers['x-csrf-header'], undefined);
});

test('pages of the origins that are allowed may ask with cookie and login, and no others', async () => {
  const origin = 'https://desk.example.test';
  const open = await VirtualWebServices.start({ origins: [origin], csrf: true });
  const asks = (from: string) =>
    open.request('OPTIONS', 'me/calls', null, undefined, {
      origin: from,
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'content-type,x-csrf-token,authorization',
    });
  const allowed = await asks(origin);
  assert.equal(allowed.status, 204);
  assert.equal(allowed.headers['access-control-allow-origin'], origin);
  assert.equal(allowed.headers['access-control-allow-credentials'], 'true');
  const headers = String(allowed.headers['access-control-allow-headers']).toLowerCase();
  for (const name of ['authorization', 'content-type', 'x-csrf-token']) assert.ok(headers.includes(name), name);
  const read = await open.get('me', 'ann', { origin });
  assert.equal(read.headers['access-control-allow-origin'], origin);
  assert.match(String(read.headers['access-control-expose-headers']), /X-CSRF-HEADER, X-CSRF-TOKEN/);
  // Also who is refused is told so.
  assert.equal((await open.get('me', null, { origin })).headers['access-control-allow-origin'], origin);
  for (const stranger of ['https://evil.example.test', 'null', `${origin}.evil.test`]) {
    assert.equal((await asks(stranger)).headers['access-control-allow-origin'], undefined);
    assert.equal((await open.get('me', 'ann', { origin: stranger })).headers['access-control-allow-origin'], undefined);
  }
  await open.close();
});
