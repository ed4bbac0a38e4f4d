import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FastifyRequest } from 'fastify';
import { silentLog } from '../../base/log.ts';
import { SeededRandom } from '../../base/random.ts';
import type { Secret } from '../../base/secret.ts';
import { VirtualClock } from '../../base/testing/virtual-clock.ts';
import { createHttp } from '../http.ts';
import { LoginAttempts } from '../login-attempts.ts';
import { AdministratorLogin } from './administrator.ts';
import { registerSession } from './session.ts';
import { AdministratorSessions, sessionMs } from './sessions.ts';

function scene() {
  const clock = new VirtualClock();
  const marks = new Map([
    [1, 'one'],
    [2, 'two'],
  ]);
  const sessions = new AdministratorSessions(clock, new SeededRandom(1), ({ userId }) => marks.get(userId) ?? null);
  const verify = async (name: string, password: Secret) =>
    password.equals('right')
      ? { organizationId: '3', userId: name === 'boss' ? 1 : 2, roles: name === 'boss' ? ['administrator'] : [] }
      : null;
  const http = createHttp({ log: silentLog, random: new SeededRandom(2) });
  const login = new AdministratorLogin(verify, new LoginAttempts(clock), sessions);
  registerSession(http, login, (_organizationId, id) => ({ id, login: 'boss', firstName: 'Ada', lastName: 'Boss' }));
  http.get('/admin/v1/thing', { onRequest: login.hook }, async (request) => ({ of: login.of(request).organizationId }));
  http.post('/admin/v1/thing', { onRequest: login.hook }, async () => ({ done: true }));
  const slow = { bodyComes: () => {} };
  http.post('/admin/v1/slow', { onRequest: login.hook, preParsing: async () => slow.bodyComes() }, async (request) => ({
    of: login.of(request).organizationId,
  }));
  const logIn = (name = 'boss', password = 'right') =>
    http.inject({ method: 'POST', url: '/admin/v1/session', payload: { login: name, password } });
  return { clock, marks, slow, http, logIn };
}

function cookieOf(answer: { headers: Record<string, unknown> }): string {
  return String(answer.headers['set-cookie']).split(';')[0]!;
}

test('an administrator logs in once, and the cookie opens what the password opens', async () => {
  const { http, logIn } = scene();
  const answer = await logIn();
  assert.equal(answer.statusCode, 200);
  assert.deepEqual(answer.json().user, { id: 1, login: 'boss', name: 'Ada Boss', organizationId: '3' });
  assert.match(
    String(answer.headers['set-cookie']),
    /^partyline_console=[0-9a-f]{64}; Path=\/admin; Max-Age=43200; HttpOnly; SameSite=Strict$/,
  );
  const headers = { cookie: `other=1; ${cookieOf(answer)}` };
  assert.deepEqual((await http.inject({ url: '/admin/v1/thing', headers })).json(), { of: '3' });
  const again = await http.inject({ url: '/admin/v1/session', headers });
  assert.equal(again.json().csrfToken, answer.json().csrfToken);
});

test('a change by cookie needs the token of the session; by password it needs none', async () => {
  const { http, logIn } = scene();
  const answer = await logIn();
  const cookie = cookieOf(answer);
  const change = (headers: Record<string, string>) => http.inject({ method: 'POST', url: '/admin/v1/thing', headers });
  assert.equal((await change({ cookie })).statusCode, 403);
  for (const wrong of ['f'.repeat(64), 'é'.repeat(64), '']) {
    assert.equal((await change({ cookie, 'x-csrf-token': wrong })).statusCode, 403, wrong);
  }
  assert.equal((await change({ cookie, 'x-csrf-token': answer.json().csrfToken })).statusCode, 200);
  const authorization = `Basic ${Buffer.from('boss:right').toString('base64')}`;
  assert.equal((await change({ authorization })).statusCode, 200);
});

test('a page of another site changes nothing with the password that the browser knows', async () => {
  const { http } = scene();
  const authorization = `Basic ${Buffer.from('boss:right').toString('base64')}`;
  const change = async (headers: Record<string, string>) =>
    (
      await http.inject({
        method: 'POST',
        url: '/admin/v1/thing',
        headers: { authorization, host: 'PBX:8080', ...headers },
      })
    ).statusCode;
  for (const own of [
    { 'sec-fetch-site': 'same-origin', origin: 'https://behind-a-proxy.example' },
    { 'sec-fetch-site': 'none' },
    { origin: 'http://pbx:8080' },
  ] as const) {
    assert.equal(await change(own), 200, JSON.stringify(own));
  }
  for (const other of [
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site', origin: 'http://pbx:8080' },
    { origin: 'http://evil.example' },
    { origin: 'http://pbx:9090' },
    { origin: 'null' },
  ] as const) {
    assert.equal(await change(other), 403, JSON.stringify(other));
  }
});

test('a session is over after logging out, twelve hours, or with another password or role', async () => {
  const { clock, marks, http, logIn } = scene();
  const opens = async (cookie: string) =>
    (await http.inject({ url: '/admin/v1/thing', headers: { cookie } })).statusCode === 200;
  const first = await logIn();
  const headers = { cookie: cookieOf(first) };
  assert.equal((await http.inject({ method: 'DELETE', url: '/admin/v1/session', headers })).statusCode, 403);
  const token = { ...headers, 'x-csrf-token': first.json().csrfToken };
  const left = await http.inject({ method: 'DELETE', url: '/admin/v1/session', headers: token });
  assert.equal(left.statusCode, 204);
  assert.match(String(left.headers['set-cookie']), /Max-Age=0/);
  assert.equal(await opens(headers.cookie), false);

  const second = cookieOf(await logIn());
  clock.advance(sessionMs - 1);
  assert.equal(await opens(second), true);
  clock.advance(1);
  assert.equal(await opens(second), false);

  const third = cookieOf(await logIn());
  marks.set(1, 'another password');
  assert.equal(await opens(third), false);
});

test('who is an administrator no more by the time that the body of a request has come changes nothing', async () => {
  const { marks, slow, http, logIn } = scene();
  const answer = await logIn();
  const byCookie = { cookie: cookieOf(answer), 'x-csrf-token': answer.json().csrfToken };
  const byPassword = { authorization: `Basic ${Buffer.from('boss:right').toString('base64')}` };
  const change = async (headers: Record<string, string>) =>
    (await http.inject({ method: 'POST', url: '/admin/v1/slow', headers, payload: {} })).statusCode;
  for (const headers of [byPassword, byCookie]) {
    assert.equal(await change(headers), 200);
    slow.bodyComes = () => void marks.set(1, 'other roles');
    assert.equal(await change(headers), 401);
    marks.set(1, 'one');
    slow.bodyComes = () => {};
  }
});

test('however many sessions the administrators of one organization begin, those of another go on', () => {
  const sessions = new AdministratorSessions(new VirtualClock(), new SeededRandom(1), () => 'mark');
  const isThere = ({ id }: { readonly id: string }) =>
    sessions.of({ headers: { cookie: `partyline_console=${id}` } } as FastifyRequest) !== null;
  const other = sessions.begin({ organizationId: '4', userId: 1 });
  const begun = Array.from({ length: 5100 }, (_, at) =>
    sessions.begin({ organizationId: '3', userId: Math.floor(at / 32) }),
  );
  assert.ok(isThere(other));
  assert.deepEqual([isThere(begun[100]!), isThere(begun[101]!), begun.filter(isThere).length], [false, true, 4999]);
  const more = Array.from({ length: 50 }, (_, at) => sessions.begin({ organizationId: '4', userId: at }));
  assert.deepEqual([more.every(isThere), begun.filter(isThere).length], [true, 4949]);
});

test('wrong passwords and others than administrators get no session', async () => {
  const { http, logIn } = scene();
  assert.equal((await logIn('boss', 'wrong')).statusCode, 401);
  assert.equal((await logIn('agent')).statusCode, 403);
  for (const cookie of ['partyline_console=x', `partyline_console=${'0'.repeat(64)}`]) {
    assert.equal((await http.inject({ url: '/admin/v1/thing', headers: { cookie } })).statusCode, 401);
  }
  const asked = await http.inject('/admin/v1/thing');
  assert.match(String(asked.headers['www-authenticate']), /^Basic /);
  const page = await http.inject({ url: '/admin/v1/session', headers: { 'sec-fetch-mode': 'cors' } });
  assert.match(String(page.headers['www-authenticate']), /^Session /, 'no password box over a page');
});
