import assert from 'node:assert/strict';
import { type AddressInfo, connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { after, before, test } from 'node:test';
import type { FastifyInstance } from 'fastify';
import { silentLog } from '../../base/log.ts';
import { SeededRandom } from '../../base/random.ts';
import { VirtualClock } from '../../base/testing/virtual-clock.ts';
import type { AppView } from '../../directory/directory-views.ts';
import { tokenOf } from '../dialects/unified-api/authenticate.ts';
import { createHttp } from '../http.ts';
import { presented } from './presented.ts';
import { registerOAuth } from './register.ts';
import { back, directoryWith, Rows } from './testing/oauth-fixture.ts';
import { Tokens } from './tokens.ts';

let changed: Partial<AppView> = {};
const directory = directoryWith(() => changed);

const clock = new VirtualClock();
const store = new Rows();
const tokens = new Tokens({ clock, random: new SeededRandom(7), log: silentLog, store });
let http: FastifyInstance;

before(async () => {
  http = createHttp({ log: silentLog, random: new SeededRandom(1) });
  registerOAuth(http, { directory, tokens, clock, issuerOf: () => 'https://pbx.test' });
  http.get('/who', async (request) => presented(tokenOf(request), tokens, directory).result);
  await http.ready();
});
after(() => http.close());

const form = { 'content-type': 'application/x-www-form-urlencoded' };
const credentials = 'client_id=demo&client_secret=demo-secret&grant_type=client_credentials';

function ask(payload: string, url = '/oauth/token.php', headers: Record<string, string> = form) {
  return http.inject({ method: 'POST', url, headers, payload });
}

test('a trusted app gets a token for its key and secret, in the form that clients read', async () => {
  const answer = await ask(credentials);
  assert.equal(answer.statusCode, 200);
  assert.equal(answer.headers['content-type'], 'application/json');
  assert.equal(answer.headers['cache-control'], 'no-store');
  const body = answer.json();
  assert.match(body.access_token, /^[A-Za-z0-9_\-.]{10,}$/);
  assert.strictEqual(body.expires_in, 3600);
  assert.equal(body.token_type, 'Bearer');
  assert.equal(body.refresh_token, undefined);
  assert.match(answer.body, /"expires_in":3600[,}]/);
  for (const row of store.rows) assert.doesNotMatch(JSON.stringify(row), new RegExp(body.access_token));
});

test('token requests as existing clients send them', async () => {
  const boundary = 'xYz';
  const parts = Object.entries({ client_id: 'demo', client_secret: 'demo-secret', grant_type: 'client_credentials' });
  const multipart = parts
    .map(([name, value]) => `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`)
    .join('');
  const basic = Buffer.from('demo:demo-secret').toString('base64');
  const requests = {
    'leading &': ask(`&${credentials}`),
    'type and state': ask(`${credentials}&type=unifiedapi&state=0123456789abcdef`),
    'redirect_uri of any form': ask(`${credentials}&redirect_uri=urn:ietf:wg:oauth:2.0:oob`),
    'redirect_uri of no app': ask(`${credentials}&redirect_uri=http%3A%2F%2Fx%2Fouath%2Ftoken.php`),
    'an empty query': ask(credentials, '/oauth/token.php?'),
    'absolute form': ask(credentials, 'https://voipnow.example.test/oauth/token.php'),
    multipart: ask(`${multipart}--${boundary}--\r\n`, '/oauth/token.php', {
      'content-type': `multipart/form-data; boundary=${boundary}`,
    }),
    basic: ask('grant_type=client_credentials', '/oauth/token.php', { ...form, authorization: `Basic ${basic}` }),
    'a key with ~': ask(
      'client_id=5~2wKMPg9h~GExN3s01&client_secret=5~2wKMPg9h~GExN3s01-secret&grant_type=client_credentials',
    ),
  };
  for (const [what, request] of Object.entries(requests)) {
    const answer = await request;
    assert.equal(answer.statusCode, 200, `${what}: ${answer.body}`);
  }
});

test('what is wrong is told in the words of RFC 6749', async () => {
  const rows: [string, number, string][] = [
    ['client_id=demo&client_secret=wrong&grant_type=client_credentials', 401, 'invalid_client'],
    ['client_id=none&client_secret=x&grant_type=client_credentials', 401, 'invalid_client'],
    ['grant_type=client_credentials', 401, 'invalid_client'],
    ['client_id=demo&client_secret=demo-secret', 400, 'invalid_request'],
    ['client_id=demo&client_secret=demo-secret&grant_type=magic', 400, 'unsupported_grant_type'],
    ['client_id=asks&client_secret=asks-secret&grant_type=client_credentials', 400, 'unauthorized_client'],
    ['client_id=demo&client_secret=demo-secret&grant_type=password', 400, 'unauthorized_client'],
    ['client_id=demo&client_secret=demo-secret&grant_type=refresh_token&refresh_token=x', 400, 'invalid_grant'],
  ];
  for (const [payload, status, error] of rows) {
    const answer = await ask(payload);
    assert.equal(answer.statusCode, status, `${payload}: ${answer.body}`);
    assert.equal(answer.json().error, error, payload);
  }
  const json = await ask('{"a":', '/oauth/token.php', { 'content-type': 'application/json' });
  assert.equal(json.statusCode, 400);
  assert.equal(json.json().error, 'invalid_request');
});

test('guessing a secret is stopped, for this app only, and is free again after a minute', async () => {
  for (let guess = 0; guess < 5; guess++) await ask('client_id=5~2wKMPg9h~GExN3s01&client_secret=no&grant_type=x');
  const right = 'client_id=5~2wKMPg9h~GExN3s01&client_secret=5~2wKMPg9h~GExN3s01-secret&grant_type=client_credentials';
  const stopped = await ask(right);
  assert.equal(stopped.statusCode, 429);
  assert.ok(Number(stopped.headers['retry-after']) > 0);
  assert.equal((await ask(credentials)).statusCode, 200);
  await clock.advance(61_000);
  assert.equal((await ask(right)).statusCode, 200);
});

test('a token is taken from the header or the query, with or without Bearer, until it expires or is revoked', async () => {
  const { access_token: token } = (await ask(credentials)).json();
  const who = async (url: string, authorization?: string) =>
    (await http.inject({ url, headers: authorization === undefined ? {} : { authorization } })).body;
  assert.equal(await who('/who', `Bearer ${token}`), 'valid');
  assert.equal(await who('/who', `bearer  ${token}`), 'valid');
  assert.equal(await who(`/who?accessRequestToken=${token}`), 'valid');
  assert.equal(await who(`/who?accessRequestToken=Bearer%20${token}`), 'valid');
  assert.equal(await who(`/who?accessRequestToken=x`, `Bearer ${token}`), 'valid');
  assert.equal(await who('/who'), 'missing');
  assert.equal(await who('/who', 'Bearer nonsense'), 'unknown');
  await clock.advance(3_599_000);
  assert.equal(await who('/who', `Bearer ${token}`), 'valid');
  await clock.advance(1000);
  assert.equal(await who('/who', `Bearer ${token}`), 'expired');

  const { access_token: other } = (await ask(credentials)).json();
  const wrong = await ask(`client_id=demo&client_secret=no&token=${other}`, '/oauth/revoke.php');
  assert.equal(wrong.statusCode, 401);
  assert.equal(await who('/who', `Bearer ${other}`), 'valid');
  const revoked = await ask(`client_id=demo&client_secret=demo-secret&token=${other}`, '/oauth/revoke.php');
  assert.equal(revoked.statusCode, 200);
  assert.equal(await who('/who', `Bearer ${other}`), 'unknown');
});

test('a user agrees on the page, and the code is good once', async () => {
  const query = `response_type=code&client_id=asks&state=0123456789abcdef&redirect_uri=${encodeURIComponent(back)}`;
  const page = await http.inject({ url: `/oauth/authorize.php?${query}` });
  assert.equal(page.statusCode, 200);
  assert.match(page.headers['content-security-policy'] as string, /frame-ancestors 'none'/);
  assert.match(page.body, /<form method="post"/);

  const decide = (decision: string, password = 'right') =>
    ask(`${query}&login=jane&password=${password}&decision=${decision}`, '/oauth/authorize.php');
  const wrong = await decide('allow', 'wrong');
  assert.equal(wrong.statusCode, 401);
  assert.match(wrong.body, /do not match/);

  const denied = await decide('deny');
  assert.equal(denied.statusCode, 303);
  assert.match(denied.headers.location as string, /error=access_denied/);

  const allowed = await decide('allow');
  assert.equal(allowed.statusCode, 303);
  const to = new URL(allowed.headers.location as string);
  assert.equal(to.origin + to.pathname, back);
  assert.equal(to.searchParams.get('state'), '0123456789abcdef');
  const exchange = `grant_type=authorization_code&code=${to.searchParams.get('code')}&client_id=asks&client_secret=asks-secret&redirect_uri=${encodeURIComponent(back)}`;
  const first = await ask(exchange);
  assert.equal(first.statusCode, 200, first.body);
  const { access_token, refresh_token } = first.json();

  const renewed = await ask(
    `grant_type=refresh_token&refresh_token=${refresh_token}&client_id=asks&client_secret=asks-secret`,
  );
  assert.equal(renewed.statusCode, 200, renewed.body);
  const who = async (token: string) =>
    (await http.inject({ url: '/who', headers: { authorization: `Bearer ${token}` } })).body;
  assert.equal(await who(renewed.json().access_token), 'valid');

  const second = await ask(exchange);
  assert.equal(second.json().error, 'invalid_grant');
  assert.equal(await who(access_token), 'unknown', 'what came of a code used twice is revoked');
  assert.equal(await who(renewed.json().access_token), 'unknown');
});

/** What an app that a user agreed to has. */
async function agreed(): Promise<{ access_token: string; refresh_token: string }> {
  const answer = await ask(await exchangeOfCode());
  assert.equal(answer.statusCode, 200, answer.body);
  return answer.json();
}

async function exchangeOfCode(): Promise<string> {
  const query = `response_type=code&client_id=asks&redirect_uri=${encodeURIComponent(back)}&login=jane&password=right`;
  const allowed = await ask(`${query}&decision=allow`, '/oauth/authorize.php');
  const code = new URL(allowed.headers.location as string).searchParams.get('code');
  const app = 'client_id=asks&client_secret=asks-secret';
  return `grant_type=authorization_code&code=${code}&${app}&redirect_uri=${encodeURIComponent(back)}`;
}

test('with another secret of the app its tokens, refresh tokens and codes are good for nothing', async () => {
  const { access_token, refresh_token } = await agreed();
  const code = await exchangeOfCode();
  const headers = { authorization: `Bearer ${access_token}` };
  const who = async () => (await http.inject({ url: '/who', headers })).body;
  assert.equal(await who(), 'valid');
  changed = { secretMark: 'another' };
  try {
    assert.equal(await who(), 'unknown');
    const app = 'client_id=asks&client_secret=asks-secret';
    const refresh = `grant_type=refresh_token&refresh_token=${refresh_token}&${app}`;
    assert.equal((await ask(refresh)).json().error, 'invalid_grant');
    assert.equal((await ask(code)).json().error, 'invalid_grant');
    const renewed = (await ask(credentials)).json();
    headers.authorization = `Bearer ${renewed.access_token}`;
    assert.equal(await who(), 'valid');
  } finally {
    changed = {};
  }
});

test('a disabled app gets no tokens, and its own work again when it is enabled', async () => {
  const { access_token, refresh_token } = await agreed();
  const headers = { authorization: `Bearer ${access_token}` };
  const who = async () => (await http.inject({ url: '/who', headers })).body;
  changed = { enabled: false };
  const app = 'client_id=asks&client_secret=asks-secret';
  const refresh = `grant_type=refresh_token&refresh_token=${refresh_token}&${app}`;
  try {
    assert.equal(await who(), 'unknown');
    for (const form of [credentials, refresh]) {
      const answer = await ask(form);
      assert.deepEqual([answer.statusCode, answer.json().error], [400, 'unauthorized_client']);
      assert.match(answer.json().error_description, /disabled/);
    }
    const guess = await ask(credentials.replace('demo-secret', 'wrong'));
    assert.equal(guess.json().error, 'invalid_client', 'who does not know the secret is not told');
    const page = await http.inject({ url: `/oauth/authorize.php?response_type=code&client_id=asks` });
    assert.equal(page.statusCode, 400);
  } finally {
    changed = {};
  }
  assert.equal(await who(), 'valid');
  assert.equal((await ask(refresh)).statusCode, 200);
});

test('a store that is busy while a code or a refresh token is exchanged costs nobody the login', async () => {
  const query = `response_type=code&client_id=asks&redirect_uri=${encodeURIComponent(back)}&login=jane&password=right`;
  const allowed = await ask(`${query}&decision=allow`, '/oauth/authorize.php');
  const code = new URL(allowed.headers.location as string).searchParams.get('code');
  const app = 'client_id=asks&client_secret=asks-secret';
  const exchange = `grant_type=authorization_code&code=${code}&${app}&redirect_uri=${encodeURIComponent(back)}`;
  const twice = async (form: string) => {
    store.isBusy = true;
    const failed = await ask(form);
    store.isBusy = false;
    assert.equal(failed.statusCode, 503, failed.body);
    assert.equal(failed.json().error, 'temporarily_unavailable');
    const again = await ask(form);
    assert.equal(again.statusCode, 200, again.body);
    return again.json();
  };
  const first = await twice(exchange);
  const second = await twice(`grant_type=refresh_token&refresh_token=${first.refresh_token}&${app}`);
  for (const { access_token } of [first, second]) {
    const headers = { authorization: `Bearer ${access_token}` };
    assert.equal((await http.inject({ url: '/who', headers })).body, 'valid');
  }
});

test('a code that is shown with a wrong redirect_uri is used up', async () => {
  const query = `response_type=code&client_id=asks&redirect_uri=${encodeURIComponent(back)}&login=jane&password=right`;
  const allowed = await ask(`${query}&decision=allow`, '/oauth/authorize.php');
  const code = new URL(allowed.headers.location as string).searchParams.get('code');
  const exchange = `grant_type=authorization_code&code=${code}&client_id=asks&client_secret=asks-secret&redirect_uri=`;
  assert.equal((await ask(`${exchange}${encodeURIComponent('https://evil.test/')}`)).statusCode, 400);
  assert.equal((await ask(`${exchange}${encodeURIComponent(back)}`)).json().error, 'invalid_grant');
});

test('nobody is sent to where the app is not registered', async () => {
  for (const uri of ['https://evil.test/', `${back}/x`, 'javascript:alert(1)']) {
    const url = `/oauth/authorize.php?response_type=code&client_id=asks&redirect_uri=${encodeURIComponent(uri)}`;
    const answer = await http.inject({ url });
    assert.equal(answer.statusCode, 400, uri);
    assert.equal(answer.headers.location, undefined);
  }
  const page = await http.inject({ url: '/oauth/authorize.php?client_id=asks&state=%22%3E%3Cscript%3E' });
  assert.doesNotMatch(page.body, /<script>/);
});

test('on the wire the header is written as clients look for it', async () => {
  await http.listen({ host: '127.0.0.1', port: 0 });
  const { port } = http.server.address() as AddressInfo;
  const socket = connect(port, '127.0.0.1');
  const head =
    'POST /oauth/token.php HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/x-www-form-urlencoded';
  socket.write(`${head}\r\nContent-Length: ${credentials.length}\r\n\r\n${credentials}`);
  const answer = await text(socket);
  assert.match(answer, /^HTTP\/1\.1 200 OK\r\n/);
  assert.match(answer, /\r\nContent-Type: application\/json\r\n/);
});

test('a form that cannot be read is the sender’s mistake', async () => {
  const broken: [string, string][] = [
    ['multipart/form-data', 'abcd'],
    ['multipart/form-data; boundary=a', '--a\r\nContent-Disposition: form-data; name="client_id"\r\n\r\nde'],
    ['multipart/form-data; boundary=a', 'abcd'],
    ['application/json', '{'],
  ];
  for (const [type, payload] of broken) {
    for (const url of ['/oauth/token.php', '/oauth/authorize.php']) {
      const answer = await ask(payload, url, { 'content-type': type });
      assert.ok(
        answer.statusCode >= 400 && answer.statusCode < 500,
        `${url} ${type}: ${answer.statusCode} ${answer.body}`,
      );
    }
  }
});
