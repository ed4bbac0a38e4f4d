import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, test } from 'node:test';
import type { FastifyInstance } from 'fastify';
import { AppError } from '../../base/app-error.ts';
import { silentLog } from '../../base/log.ts';
import { SeededRandom } from '../../base/random.ts';
import { VirtualClock } from '../../base/testing/virtual-clock.ts';
import { tokenOf } from '../dialects/unified-api/authenticate.ts';
import { createHttp } from '../http.ts';
import { backTo } from './authorize-request.ts';
import { presented } from './presented.ts';
import { registerOAuth } from './register.ts';
import { app, back, directoryWith, Rows } from './testing/oauth-fixture.ts';
import { Tokens } from './tokens.ts';

/** RFC 9700, point by point: docs/protocols/oauth.md names the tests of this file. */

const clock = new VirtualClock();
const store = new Rows();
const tokens = new Tokens({ clock, random: new SeededRandom(7), log: silentLog, store });
const several = app('several', false, ['https://one.test/a?keep=1', 'https://two.test/']);
const known = directoryWith(() => ({}));
/** Too many passwords are being checked. */
let flooded = false;
const directory: typeof known = {
  ...known,
  app: (key) => (key === several.key ? several : known.app(key)),
  verifyLogin: (...given) =>
    flooded ? Promise.reject(new AppError('tooManyRequests', 'too many')) : known.verifyLogin(...given),
};
const issuer = 'https://pbx.test/phone';
let http: FastifyInstance;

before(async () => {
  http = createHttp({ log: silentLog, random: new SeededRandom(1) });
  registerOAuth(http, { directory, tokens, clock, issuerOf: () => issuer });
  http.get('/who', async (request) => presented(tokenOf(request), tokens, directory).result);
  await http.ready();
});
after(() => http.close());

type Fields = Readonly<Record<string, string>>;
const request: Fields = { response_type: 'code', client_id: 'asks', redirect_uri: back, state: 'a state' };
const decision: Fields = { login: 'jane', password: 'right', decision: 'allow' };
const withSecret: Fields = { client_id: 'asks', client_secret: 'asks-secret' };
// RFC 7636 Appendix B
const verifier = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk';
const pkce: Fields = {
  code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
  code_challenge_method: 'S256',
};

function post(url: string, fields: Fields | string) {
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  const payload = typeof fields === 'string' ? fields : new URLSearchParams(fields).toString();
  return http.inject({ method: 'POST', url, headers, payload });
}

const page = (fields: Fields) => http.inject({ url: `/oauth/authorize.php?${new URLSearchParams(fields)}` });

/** The hidden fields of the page, as a browser sends them again. */
function carriedBy(html: string): Record<string, string> {
  const carried: Record<string, string> = {};
  for (const [, name, value] of html.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)">/g)) {
    carried[name!] = value!.replaceAll('&amp;', '&');
  }
  return carried;
}

/** What the app is told, by the way through the page. */
async function told(fields: Fields, decided: Fields = decision): Promise<URLSearchParams> {
  const shown = await page(fields);
  assert.equal(shown.statusCode, 200, shown.body);
  const answer = await post('/oauth/authorize.php', { ...carriedBy(shown.body), ...decided });
  assert.equal(answer.statusCode, 303, answer.body);
  return new URL(answer.headers.location as string).searchParams;
}

const codeFor = async (fields: Fields) => (await told(fields)).get('code') ?? assert.fail('no code');

function exchange(code: string, more: Fields = {}, credentials: Fields = withSecret) {
  const grant = { grant_type: 'authorization_code', code, redirect_uri: back };
  return post('/oauth/token.php', { ...grant, ...credentials, ...more });
}

const who = async (token: string) =>
  (await http.inject({ url: '/who', headers: { authorization: `Bearer ${token}` } })).body;

test('PKCE: a code asked for with a challenge needs its verifier, and the right one works once', async () => {
  assert.equal(createHash('sha256').update(verifier).digest('base64url'), pkce['code_challenge']);
  const rows: readonly [more: Fields, error: string | null][] = [
    [{}, 'invalid_grant'],
    [{ code_verifier: '' }, 'invalid_grant'],
    [{ code_verifier: 'x'.repeat(43) }, 'invalid_grant'],
    [{ code_verifier: pkce['code_challenge']! }, 'invalid_grant'],
    [{ code_verifier: verifier.slice(1) }, 'invalid_request'],
    [{ code_verifier: `${verifier}ü` }, 'invalid_request'],
    [{ code_verifier: verifier }, null],
  ];
  for (const [more, error] of rows) {
    const code = await codeFor({ ...request, ...pkce });
    const answer = await exchange(code, more);
    assert.equal(answer.statusCode, error === null ? 200 : 400, `${JSON.stringify(more)} ${answer.body}`);
    if (error !== null) assert.equal(answer.json().error, error);
    // Whoever guesses has one guess.
    const again = await exchange(code, { code_verifier: verifier });
    assert.equal(again.json().error, 'invalid_grant');
    await clock.advance(61_000);
  }
});

test('PKCE: what is not S256 is refused, to the app, before anybody logs in', async () => {
  const rows: readonly Fields[] = [
    { code_challenge: verifier, code_challenge_method: 'plain' },
    // RFC 7636 §4.3: no method is plain.
    { code_challenge: pkce['code_challenge']! },
    { code_challenge: pkce['code_challenge']!, code_challenge_method: 's256' },
    { code_challenge: pkce['code_challenge']!, code_challenge_method: 'S512' },
    { code_challenge: 'short', code_challenge_method: 'S256' },
    { code_challenge: `${pkce['code_challenge']}=`, code_challenge_method: 'S256' },
    { code_challenge_method: 'S256' },
  ];
  for (const more of rows) {
    for (const answer of [
      await page({ ...request, ...more }),
      await post('/oauth/authorize.php', { ...request, ...more, ...decision }),
    ]) {
      assert.equal(answer.statusCode, 303, JSON.stringify(more));
      const to = new URL(answer.headers.location as string);
      assert.equal(to.origin + to.pathname, back);
      assert.equal(to.searchParams.get('error'), 'invalid_request');
      assert.equal(to.searchParams.get('state'), 'a state');
      assert.equal(to.searchParams.get('code'), null);
    }
  }
});

test('PKCE: a verifier for a code that was asked for without a challenge is refused (downgrade)', async () => {
  const code = await codeFor(request);
  assert.equal((await exchange(code, { code_verifier: verifier })).json().error, 'invalid_grant');
  const without = await exchange(await codeFor(request));
  assert.equal(without.statusCode, 200, 'apps that do not know PKCE work as before');
});

test('PKCE replaces no secret', async () => {
  for (const credentials of [{ client_id: 'asks' }, { client_id: 'asks', client_secret: '' }, {}] as Fields[]) {
    const code = await codeFor({ ...request, ...pkce });
    const answer = await exchange(code, { code_verifier: verifier }, credentials);
    assert.deepEqual([answer.statusCode, answer.json().error], [401, 'invalid_client'], answer.body);
    assert.equal((await exchange(code, { code_verifier: verifier })).statusCode, 200, 'nothing was used up');
  }
});

test('PKCE holds over a restart of the server', async () => {
  const code = await codeFor({ ...request, ...pkce });
  const again = new Tokens({ clock, random: new SeededRandom(8), log: silentLog, store });
  await again.start();
  assert.equal((await again.present('code', code))?.codeChallenge, pkce['code_challenge']);
  again.close();
});

test('redirect URIs are compared character by character', async () => {
  const rows = [`${back}/`, `${back}?x=1`, back.toUpperCase(), back.replace('https', 'http'), `${back}#`, `${back}%20`];
  for (const uri of [...rows, back.replace('app.', ''), `${back}@evil.test`, 'https://app.example.test:443/back']) {
    const answer = await page({ ...request, redirect_uri: uri });
    assert.equal(answer.statusCode, 400, uri);
    assert.equal(answer.headers.location, undefined);
  }
  const { redirect_uri: _, ...unnamed } = request;
  assert.equal((await page({ ...unnamed, client_id: 'several' })).statusCode, 400, 'one of several must be named');
  assert.notEqual((await told(unnamed)).get('code'), null, 'the only one need not');
});

test('a code is bound to its redirect URI and its app, and is good once', async () => {
  const code = await codeFor(request);
  const other = await exchange(code, {}, { client_id: 'demo', client_secret: 'demo-secret' });
  assert.equal(other.json().error, 'invalid_grant');
  const first = await exchange(code);
  assert.equal(first.statusCode, 200);
  const { access_token, refresh_token } = first.json();
  assert.equal((await exchange(code)).json().error, 'invalid_grant');
  assert.equal(await who(access_token), 'unknown', 'what came of it is revoked');
  const refresh = { grant_type: 'refresh_token', refresh_token, ...withSecret };
  assert.equal((await post('/oauth/token.php', refresh)).json().error, 'invalid_grant');
  await clock.advance(61_000);
});

test('refresh tokens rotate; one that comes again ends all that came of the grant', async () => {
  const { refresh_token: first } = (await exchange(await codeFor(request))).json();
  const refresh = (token: string) =>
    post('/oauth/token.php', { grant_type: 'refresh_token', refresh_token: token, ...withSecret });
  const second = (await refresh(first)).json();
  assert.notEqual(second.refresh_token, first);
  const third = (await refresh(second.refresh_token)).json();
  assert.equal(await who(third.access_token), 'valid');
  assert.equal((await refresh(first)).json().error, 'invalid_grant');
  assert.equal(await who(third.access_token), 'unknown');
  assert.equal((await refresh(third.refresh_token)).json().error, 'invalid_grant');
  await clock.advance(61_000);
});

test('no implicit grant, no password grant', async () => {
  for (const type of ['token', 'id_token', 'code token', 'Code']) {
    const answer = await page({ ...request, response_type: type });
    assert.equal(answer.statusCode, 303);
    const { searchParams, hash } = new URL(answer.headers.location as string);
    assert.deepEqual([searchParams.get('error'), hash], ['unsupported_response_type', '']);
  }
  const password = { grant_type: 'password', username: 'jane', password: 'right', ...withSecret };
  assert.equal((await post('/oauth/token.php', password)).json().error, 'unauthorized_client');
});

test('every answer to an app says who gives it (RFC 9207), and brings the state back', async () => {
  for (const decided of [decision, { decision: 'deny' }] as Fields[]) {
    const answer = await told(request, decided);
    assert.equal(answer.get('iss'), issuer);
    assert.equal(answer.get('state'), 'a state');
  }
  const wrong = await page({ ...request, response_type: 'token' });
  assert.equal(new URL(wrong.headers.location as string).searchParams.get('iss'), issuer);
  assert.equal((await told({ ...request, state: '' })).get('state'), null);
  const odd = await page({ ...request, state: 'a\nb' });
  const about = new URL(odd.headers.location as string).searchParams;
  assert.deepEqual([about.get('error'), about.get('state')], ['invalid_request', null]);
});

test('an answer is put behind what the redirect URI has of its own', () => {
  const about = { state: 'a&b', issuer };
  const rest = 'code=x&state=a%26b&iss=https%3A%2F%2Fpbx.test%2Fphone';
  assert.equal(backTo('https://one.test/a?keep=1', { code: 'x' }, about), `https://one.test/a?keep=1&${rest}`);
  assert.equal(backTo('https://one.test/a?', { code: 'x' }, about), `https://one.test/a?${rest}`);
  assert.equal(backTo('com.example.app:/cb', { code: 'x' }, about), `com.example.app:/cb?${rest}`);
});

test('the page is framed nowhere, kept nowhere, names itself to nobody and is read from nowhere else', async () => {
  const pages = [await page(request), await page({ ...request, client_id: 'nobody' })];
  const wrong = await post('/oauth/authorize.php', { ...request, ...decision, password: 'wrong' });
  for (const { headers } of [...pages, wrong]) {
    assert.match(headers['content-security-policy'] as string, /frame-ancestors 'none'/);
    assert.equal(headers['x-frame-options'], 'DENY');
    assert.equal(headers['referrer-policy'], 'no-referrer');
    assert.equal(headers['cache-control'], 'no-store');
    assert.equal(headers['access-control-allow-origin'], undefined);
  }
  const answer = await post('/oauth/authorize.php', { ...request, ...decision });
  assert.equal(answer.statusCode, 303, 'not 307 or 308, with which browsers send the login on');
  assert.equal(answer.headers['referrer-policy'], 'no-referrer');
  assert.equal(answer.headers['cache-control'], 'no-store');
});

test('in a flood of logins nobody is told that the right password is wrong, nor kept out afterwards', async () => {
  flooded = true;
  for (let i = 0; i < 10; i++) {
    const answer = await post('/oauth/authorize.php', { ...request, ...decision });
    assert.equal(answer.statusCode, 429);
    assert.match(answer.body, /Too many logins at once/);
  }
  flooded = false;
  assert.equal((await post('/oauth/authorize.php', { ...request, ...decision })).statusCode, 303);
});

test('guesses at the secret of an app are counted however it is named, and no mistake of a request makes up for them', async () => {
  const guess = { grant_type: 'client_credentials', client_id: 'demo', client_secret: 'wrong' };
  const isStopped = async (answer: ReturnType<typeof post>) => (await answer).statusCode === 429;
  for (const url of ['/oauth/token.php', '/oauth/revoke.php']) {
    await clock.advance(61_000);
    for (let i = 0; i < 4; i++) assert.equal((await post(url, guess)).statusCode, 401);
    // Refused before the secret is looked at.
    assert.equal((await post(url, { ...guess, client_secret: 'ä' })).statusCode, 400);
    assert.equal(await isStopped(post(url, guess)), false);
    assert.equal(await isStopped(post(url, guess)), true, url);
  }
  const credentials = (text: string) => Buffer.from(text).toString('base64').replace(/=+$/, '');
  const named: readonly ((i: number) => readonly [authorization: string, fields: Fields])[] = [
    // The library takes these as HTTP Basic …
    (i) => [`Basic ${credentials('demo:wrong')}.`, { client_id: `a${i}` }],
    (i) => [`Basic ${credentials(`demo:wrong${'x'.repeat(1024)}`)}`, { client_id: `b${i}` }],
    // … and these not, but the form.
    (i) => [`Basic ${credentials(`c${i}`)}`, guess],
    (i) => [`Basic ${credentials(`d${i}:wrong`)}\xa0`, guess],
  ];
  for (const by of named) {
    await clock.advance(61_000);
    const statuses: number[] = [];
    for (let i = 0; i < 6; i++) {
      const [authorization, fields] = by(i);
      const payload = new URLSearchParams({ grant_type: 'client_credentials', ...fields }).toString();
      const headers = { 'content-type': 'application/x-www-form-urlencoded', authorization };
      statuses.push((await http.inject({ method: 'POST', url: '/oauth/token.php', headers, payload })).statusCode);
    }
    assert.deepEqual(statuses, [401, 401, 401, 401, 401, 429], String(by));
  }
  await clock.advance(61_000);
});

test('an app that fails with HTTP Basic is challenged; one that fails with a form is not', async () => {
  const basic = `Basic ${Buffer.from('asks:wrong').toString('base64')}`;
  const headers = { 'content-type': 'application/x-www-form-urlencoded', authorization: basic };
  const payload = 'grant_type=client_credentials';
  const asked = await http.inject({ method: 'POST', url: '/oauth/token.php', headers, payload });
  assert.equal(asked.statusCode, 401);
  assert.match(asked.headers['www-authenticate'] as string, /^Basic realm=/);
  const form = await post('/oauth/token.php', { ...withSecret, client_secret: 'wrong', grant_type: 'x' });
  assert.deepEqual([form.statusCode, form.headers['www-authenticate']], [401, undefined]);
});

test('a token is not called revoked before it is so for good, however often that is asked for', async () => {
  const asked = await post('/oauth/token.php', {
    grant_type: 'client_credentials',
    client_id: 'demo',
    client_secret: 'demo-secret',
  });
  const { access_token: token } = asked.json();
  const revoke = () => post('/oauth/revoke.php', { token, client_id: 'demo', client_secret: 'demo-secret' });
  const { hash } = tokens.find('access', token) ?? assert.fail('no token');
  store.isBusy = true;
  for (let i = 0; i < 2; i++) {
    assert.equal((await revoke()).statusCode, 503);
    assert.equal(await who(token), 'unknown', 'at once');
  }
  store.isBusy = false;
  assert.equal((await revoke()).statusCode, 200);
  assert.ok(!store.rows.some((row) => row.hash === hash), 'the next start finds it no more');
});

test('the metadata say what is there (RFC 8414)', async () => {
  const answer = await http.inject('/.well-known/oauth-authorization-server');
  assert.equal(answer.statusCode, 200);
  const metadata = answer.json();
  assert.equal(metadata.issuer, issuer);
  assert.deepEqual(metadata.code_challenge_methods_supported, ['S256']);
  assert.deepEqual(metadata.response_types_supported, ['code']);
  assert.equal(metadata.authorization_response_iss_parameter_supported, true);
  for (const name of ['authorization', 'token', 'revocation']) {
    const { pathname } = new URL(metadata[`${name}_endpoint`].replace(issuer, 'http://x'));
    assert.notEqual((await http.inject({ method: 'POST', url: pathname })).statusCode, 404, name);
  }
});
