import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import { AppError } from '../../../base/app-error.ts';
import { noRecords } from '../../../directory/records.ts';
import { calls, clock, directory, door, entries, http, listen, offer, runtime, tokenFor } from './testing/whip-door.ts';

test('an offer is taken with a token, once; the answer says where the call is', async () => {
  const token = await tokenFor('Ann', '9');
  const answer = await offer(token);
  assert.equal(answer.statusCode, 201);
  assert.equal(answer.headers['content-type'], 'application/sdp');
  assert.equal(answer.headers['access-control-allow-origin'], '*');
  assert.match(String(answer.headers['access-control-expose-headers']), /Location, ETag, Link, Accept-Patch/);
  assert.equal(answer.headers['accept-patch'], 'application/trickle-ice-sdpfrag');
  assert.match(String(answer.headers['location']), /^http:\/\/localhost:80\/whip\/[0-9a-f]{32}$/);
  const { name, admitted, callerKey } = entries.at(-1)!;
  assert.deepEqual([name, admitted?.role, callerKey], ['Ann', 'moderator', 'address:127.0.0.1']);
  const again = await offer(token);
  assert.deepEqual([again.statusCode, again.json().code], [401, 'tokenUsed']);

  const path = new URL(String(answer.headers['location'])).pathname;
  const trickle = { 'content-type': 'application/trickle-ice-sdpfrag', 'if-match': String(answer.headers['etag']) };
  assert.equal(
    (await http.inject({ method: 'PATCH', url: path, headers: trickle, payload: 'a=x\r\n' })).statusCode,
    204,
  );
  const either = { ...trickle, 'if-match': `"another", ${trickle['if-match']}` };
  assert.equal((await http.inject({ method: 'PATCH', url: path, headers: either, payload: '' })).statusCode, 204);
  for (const [match, status, code] of [
    ['"another"', 412, 'wrongETag'],
    [`W/${trickle['if-match']}`, 412, 'wrongETag'],
    [null, 428, 'etagMissing'],
  ] as const) {
    const { 'if-match': _, ...without } = trickle;
    const headers = match === null ? without : { ...without, 'if-match': match };
    const patched = await http.inject({ method: 'PATCH', url: path, headers, payload: 'a=x' });
    assert.deepEqual([patched.statusCode, patched.json().code], [status, code]);
  }
  for (const [payload, headers, status, code] of [
    ['a=mid:0\r\na=ice-ufrag:EsAw\r\na=end-of-candidates\r\n', {}, 204, null],
    ['a=ice-ufrag:ysXw\r\n', { 'if-match': '"another"' }, 412, 'wrongETag'],
    ['{"candidate":""}', {}, 400, 'badFragment'],
    ['candidate:1 1 udp 1 192.0.2.1 9 typ host', { 'if-match': '*' }, 400, 'badFragment'],
    // Whatever ICE session there is: nothing else is restarted.
    ['a=mid:0\r\na=ice-ufrag:EsAw\r\n', { 'if-match': '*' }, 204, null],
    ['a=end-of-candidates', { 'if-match': '"*"' }, 204, null],
    [`a=${'x'.repeat(65_536)}`, {}, 400, 'badFragment'],
    ['a=x', { 'content-type': 'application/sdp' }, 415, 'wrongContentType'],
    ['a=x', { 'content-type': 'application/trickle-ice-sdpfrag; charset=utf-8' }, 204, null],
  ] as const) {
    const patched = await http.inject({ method: 'PATCH', url: path, headers: { ...trickle, ...headers }, payload });
    assert.deepEqual([patched.statusCode, patched.body === '' ? null : patched.json().code], [status, code], payload);
  }
  const options = await http.inject({ method: 'OPTIONS', url: path });
  const other = await http.inject({ method: 'PATCH', url: path, headers: { 'content-type': 'a/b' }, payload: 'a=x' });
  for (const { headers } of [options, other]) assert.equal(headers['accept-patch'], 'application/trickle-ice-sdpfrag');
  assert.equal((await http.inject({ method: 'DELETE', url: path })).statusCode, 200);
  await calls.settle();
  assert.equal((await http.inject({ method: 'DELETE', url: path })).json().code, 'sessionNotFound');
  assert.equal(runtime.snapshot().length, 0);
});

test('refusals say why, and leave the token good', async () => {
  const token = await tokenFor('Ann');
  const rows: [AppError, number, string][] = [
    [new AppError('invalidArgument', 'x', { code: 'badOffer' }), 400, 'badOffer'],
    [new AppError('invalidArgument', 'x', { code: 'noAudio' }), 422, 'noAudio'],
    [new AppError('notAcceptableMedia', 'x', {}, 422), 422, 'noCommonCodec'],
    [new AppError('conferenceFull', 'x', {}, 409), 409, 'conferenceFull'],
    [new AppError('conferenceLocked', 'x', {}, 409), 403, 'conferenceLocked'],
    [new AppError('unavailable', 'x'), 503, 'unavailable'],
  ];
  for (const [error, status, code] of rows) {
    door.refuse = error;
    const answer = await offer(token);
    assert.deepEqual([answer.statusCode, answer.json().code], [status, code]);
    assert.equal(answer.headers['content-type'], 'application/problem+json');
  }
  door.refuse = null;
  const missing = await offer(null);
  assert.deepEqual([missing.statusCode, missing.json().code], [401, 'tokenMissing']);
  assert.equal(missing.headers['www-authenticate'], 'Bearer realm="Partyline"');
  assert.equal((await offer('x.y.z')).json().code, 'tokenInvalid');
  assert.equal((await offer(token, { 'content-type': 'text/plain' })).json().code, 'wrongContentType');
  const late = await tokenFor('Late');
  clock.advance(301_000);
  assert.equal((await offer(late)).json().code, 'tokenExpired');
});

test('who knows a session comes another way with it: the same call, another ICE session', async () => {
  const joined = await offer(await tokenFor('Ann'));
  const path = new URL(String(joined.headers.location)).pathname;
  const id = path.split('/').at(-1) ?? '';
  const before = runtime.snapshot().length;
  const moved = await offer(id);
  assert.deepEqual([moved.statusCode, moved.body], [200, 'v=0\r\na=ice-ufrag:EsAw\r\na=moved\r\n']);
  assert.equal(moved.headers.location, joined.headers.location);
  assert.deepEqual([joined.headers.etag, moved.headers.etag], ['"1"', '"2"']);
  assert.equal(runtime.snapshot().length, before);
  const fragment = { 'content-type': 'application/trickle-ice-sdpfrag', 'if-match': '"1"' };
  const late = await http.inject({ method: 'PATCH', url: path, headers: fragment, payload: '' });
  assert.equal(late.json().code, 'wrongETag');
  door.refuse = new AppError('invalidArgument', 'x', { code: 'badOffer' });
  assert.equal((await offer(id)).json().code, 'badOffer');
  door.refuse = null;
  assert.equal((await offer('0'.repeat(32))).json().code, 'sessionNotFound');
  await http.inject({ method: 'DELETE', url: path });
  const over = await offer(id);
  assert.deepEqual([over.statusCode, over.json().code], [404, 'sessionNotFound']);
});

test('who names another user fragment restarts ICE: another ICE session of the same call; again without its ETag it is the same', async () => {
  for (const door_ of ['/whip', '/whep']) {
    const joined = await offer(await tokenFor('Ann'), {}, door_);
    const url = new URL(String(joined.headers.location)).pathname;
    const patch = (payload: string, match: unknown) => {
      const headers = { 'content-type': 'application/trickle-ice-sdpfrag', 'if-match': String(match) };
      return http.inject({ method: 'PATCH', url, headers, payload });
    };
    const restart = 'a=ice-ufrag:ysXw\r\na=ice-pwd:vw5LmwG4y/e6dPP/zAP9Gp5k\r\n';
    const { etag } = joined.headers;
    assert.equal((await patch(restart, '"another"')).json().code, 'wrongETag');
    const rows = [
      [new AppError('invalidArgument', 'x', { code: 'badFragment' }), 400, 'badFragment'],
      [new AppError('unavailable', 'no free port'), 422, 'noIceRestart'],
      [new AppError('notFound', 'no such leg'), 422, 'noIceRestart'],
    ] as const;
    for (const [error, status, code] of rows) {
      door.refuse = error;
      const refused = await patch(restart, '*');
      assert.deepEqual([refused.statusCode, refused.json().code], [status, code]);
      assert.ok(refused.headers.link);
    }
    door.refuse = null;
    assert.equal((await patch('a=ice-ufrag:EsAw\r\n', etag)).statusCode, 204, 'the ICE session is the one before');

    const restarted = await patch(restart, '*');
    assert.deepEqual([restarted.statusCode, restarted.body], [200, `${restart}a=restarted\r\n`]);
    assert.equal(restarted.headers['content-type'], 'application/trickle-ice-sdpfrag');
    assert.deepEqual([etag, restarted.headers.etag], ['"1"', '"2"']);
    assert.ok(restarted.headers.link);
    assert.equal((await patch(restart, etag)).json().code, 'wrongETag');
    assert.equal((await patch(restart, '"2"')).statusCode, 204, 'who knows the ETag has the answer');
    const again = await patch(restart, '"*"');
    assert.deepEqual([again.statusCode, again.headers.etag, again.body], [200, '"2"', restarted.body]);
    assert.equal((await patch('a=end-of-candidates\r\n', '*')).statusCode, 204);
    assert.equal((await patch('a=ice-ufrag:ysXw\r\na=end-of-candidates\r\n', '*')).statusCode, 204, 'its candidates');

    const otherPassword = restart.replace('vw5', 'vw6');
    assert.equal((await patch(otherPassword, '*')).headers.etag, '"3"', 'another password is another ICE session');
    const next = 'a=ice-ufrag:Other\r\na=ice-pwd:vw5LmwG4y/e6dPP/zAP9Gp5k\r\n';
    assert.equal((await patch(next, '"3"')).headers.etag, '"4"', 'by the ETag at hand, too');
    const moved = await offer(url.split('/').at(-1) ?? '', {}, door_);
    assert.deepEqual([moved.statusCode, moved.headers.etag], [200, '"5"']);
    assert.equal((await patch('a=ice-ufrag:EsAw\r\n', '*')).statusCode, 204, 'that of the offer');
    await http.inject({ method: 'DELETE', url });
    assert.equal((await patch(restart, '*')).json().code, 'sessionNotFound');
  }
});

test('of two that restart at once, or come another way meanwhile, one has the ETag at hand', async () => {
  const joined = await offer(await tokenFor('Ann'));
  const url = new URL(String(joined.headers.location)).pathname;
  const patch = (ufrag: string, match: string) => {
    const headers = { 'content-type': 'application/trickle-ice-sdpfrag', 'if-match': match };
    const payload = `a=ice-ufrag:${ufrag}\r\na=ice-pwd:vw5LmwG4y/e6dPP/zAP9Gp5k\r\n`;
    return http.inject({ method: 'PATCH', url, headers, payload });
  };
  const atOnce = async (...asked: (() => Promise<{ statusCode: number; headers: { etag?: unknown } }>)[]) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    door.opens = promise;
    const answers = asked.map((ask) => ask());
    // What comes later than all of these were taken is not asked of the door.
    await http.inject({ method: 'OPTIONS', url });
    resolve();
    return (await Promise.all(answers)).map(({ statusCode, headers }) => [statusCode, headers.etag]);
  };
  const other = () => offer(url.split('/').at(-1) ?? '');
  assert.deepEqual(
    await atOnce(
      () => patch('one1', '"1"'),
      () => patch('two2', '"1"'),
      () => patch('any3', '*'),
    ),
    [
      [200, '"2"'],
      [412, undefined],
      [200, '"3"'],
    ],
  );
  assert.deepEqual(await atOnce(other, () => patch('one1', '"3"')), [
    [200, '"4"'],
    [412, undefined],
  ]);
  assert.deepEqual(await atOnce(() => patch('two2', '"4"'), other), [
    [200, '"5"'],
    [200, '"6"'],
  ]);
  assert.equal((await patch('two2', '"5"')).json().code, 'wrongETag');
  await http.inject({ method: 'DELETE', url });
});

test('who restarts over and over is refused for a while, as who offers; candidates are taken on', async () => {
  const joined = await offer(await tokenFor('Ann'));
  const url = new URL(String(joined.headers.location)).pathname;
  const patch = (payload: string) => {
    const headers = { 'content-type': 'application/trickle-ice-sdpfrag', 'if-match': '*' };
    return http.inject({ method: 'PATCH', url, headers, payload, remoteAddress: '192.0.2.79' });
  };
  const restart = (turn: number) => patch(`a=ice-ufrag:name${turn}\r\na=ice-pwd:vw5LmwG4y/e6dPP/zAP9Gp5k\r\n`);
  for (let turn = 0; turn < 100; turn++) assert.equal((await restart(turn)).statusCode, 200);
  const refused = await restart(100);
  assert.deepEqual(
    [refused.statusCode, refused.json().code, refused.headers['retry-after']],
    [429, 'tooManyOffers', '1'],
  );
  assert.equal((await patch('a=end-of-candidates')).statusCode, 204);
  clock.advance(1000);
  assert.equal((await restart(100)).statusCode, 200);
  await http.inject({ method: 'DELETE', url });
});

test('what WHIP keeps for later is refused by its name, at the door and at a session', async () => {
  const rows = [
    ['/whip', ['GET', 'HEAD', 'PUT', 'PATCH', 'DELETE'], 'OPTIONS, POST'],
    ['/whep', ['GET', 'PUT'], 'OPTIONS, POST'],
    [`/whip/${'0'.repeat(32)}`, ['GET', 'HEAD', 'PUT', 'POST'], 'DELETE, OPTIONS, PATCH'],
  ] as const;
  for (const [url, methods, allow] of rows) {
    for (const method of methods) {
      const answer = await http.inject({ method, url });
      assert.deepEqual([answer.statusCode, answer.headers.allow], [405, allow], `${method} ${url}`);
      assert.equal(answer.headers['access-control-allow-origin'], '*');
      if (method !== 'HEAD') assert.equal(answer.json().code, 'methodNotAllowed');
    }
  }
});

test('who listens alone asks at another door, in the same way', async () => {
  const answer = await offer(await tokenFor('Ear'), {}, '/whep');
  assert.equal(answer.statusCode, 201);
  const path = new URL(String(answer.headers['location'])).pathname;
  assert.match(path, /^\/whep\/[0-9a-f]{32}$/);
  assert.equal(entries.at(-1)!.listens, true);
  const ear = await listen(path);
  assert.equal((await ear.until('conference')).conference.participants.length, 1);
  assert.equal((await http.inject({ method: 'OPTIONS', url: '/whep' })).statusCode, 204);
  assert.equal((await http.inject({ method: 'DELETE', url: path })).statusCode, 200);
  await calls.settle();
  assert.equal(runtime.snapshot().length, 0);
});

test('whoever may join is told of TURN servers, with a login for a while: by Link, and in the token; nothing shows where it goes', async () => {
  const token = await tokenFor('Ann');
  const isLogin = (name: string, credential: string) => {
    assert.match(name, new RegExp(`^${Math.floor(clock.now() / 1000) + 3600}:[\\w-]{12}$`));
    assert.equal(credential, createHmac('sha1', 'north').update(name).digest('base64'));
  };
  const [claims = ''] = token.split('.').slice(1);
  const { iceServers } = JSON.parse(Buffer.from(claims, 'base64url').toString());
  const urls = ['turn:turn.example.test:3478?transport=udp', 'turns:turn.example.test'];
  assert.deepEqual(
    iceServers.map((one: { urls: unknown }) => one.urls),
    [urls],
  );
  isLogin(iceServers[0].username, iceServers[0].credential);
  const names = new Set([iceServers[0].username]);
  const areLinks = (links: unknown) => {
    assert.ok(Array.isArray(links));
    for (const [i, link] of links.entries()) {
      const [, url, name = '', credential = ''] =
        /^<(.+)>; rel="ice-server"; username="(.+)"; credential="(.+)"; credential-type="password"$/.exec(link) ?? [];
      assert.equal(url, urls[i]);
      isLogin(name, credential);
      names.add(name);
    }
    assert.equal(links.length, urls.length);
  };
  const ask = (authorization: Record<string, string>) =>
    http.inject({ method: 'OPTIONS', url: '/whip', headers: authorization });
  const options = await ask({ authorization: `Bearer ${token}` });
  assert.equal(options.statusCode, 204);
  areLinks(options.headers['link']);
  for (const none of [{}, { authorization: 'Bearer x.y.z' }])
    assert.equal((await ask(none)).headers['link'], undefined);
  const joined = await offer(token);
  assert.equal(joined.statusCode, 201);
  areLinks(joined.headers['link']);
  // In a long session they run out.
  clock.advance(1_800_000);
  const url = new URL(String(joined.headers.location)).pathname;
  const headers = { 'content-type': 'application/trickle-ice-sdpfrag', 'if-match': String(joined.headers['etag']) };
  const later = await http.inject({ method: 'PATCH', url, headers, payload: '' });
  assert.equal(later.statusCode, 204);
  areLinks(later.headers['link']);
  // Also to who does not know which way is meant, as an answer was lost.
  const lost = await http.inject({ method: 'PATCH', url, headers: { ...headers, 'if-match': '"?"' }, payload: '' });
  assert.equal(lost.statusCode, 412);
  areLinks(lost.headers['link']);
  assert.equal(names.size, 5, 'each is another one');
  assert.equal((await ask({ authorization: `Bearer ${token}` })).headers['link'], undefined, 'it was used');
  await http.inject({ method: 'DELETE', url });
});

test('who asks with tokens over and over is refused for a while, at its address alone; who shows none costs nothing', async () => {
  const ask = async (address: string, headers: Record<string, string> = { authorization: 'Bearer x.y.z' }) =>
    (await http.inject({ method: 'OPTIONS', url: '/whip', headers, remoteAddress: address })).statusCode;
  const first = new Set<number>();
  for (let asked = 0; asked < 100; asked++) first.add(await ask('192.0.2.77'));
  assert.deepEqual([...first], [204]);
  assert.equal(await ask('192.0.2.77'), 429);
  assert.equal(await ask('192.0.2.78'), 204);
  assert.equal(await ask('192.0.2.77', {}), 204);
  clock.advance(1000);
  assert.equal(await ask('192.0.2.77'), 204);
});

test('a token of one conference opens no other that has its meeting ID since', async () => {
  const token = await tokenFor('Mallory', '9');
  const [one] = directory.records.all('conference');
  const theirs = { ...one!, id: '3-211-2', number: '2' };
  const swap = (put: typeof theirs, gone: typeof theirs) =>
    directory.apply({ put: { ...noRecords, conferences: [put] }, remove: [{ kind: 'conference', id: gone.id }] });
  swap(theirs, one!);
  const answer = await offer(token);
  assert.deepEqual([answer.statusCode, answer.json().code], [404, 'conferenceNotFound']);
  swap(one!, theirs);
  assert.equal((await offer(token)).statusCode, 201);
});
