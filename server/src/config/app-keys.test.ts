import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConfigError } from './config-error.ts';
import { parseConfig } from './load-config.ts';

const withApp = (rest: string) =>
  parseConfig(
    'partyline.yaml',
    `organizations: [{ id: 3, users: [{ id: 12 }], apps: [{ key: a, secret: s, user: 12, ${rest} }] }]`,
    '/data',
    4,
  );

test('a redirect URI is https, or of this very machine, or of a scheme that belongs to an application', () => {
  const good = [
    'https://app.example.test/back?keep=1',
    'http://127.0.0.1:9/cb',
    'http://[::1]:8080/',
    'http://localhost/x',
    'com.example.app:/cb',
  ];
  const read = withApp(`redirectUris: [${good.map((uri) => JSON.stringify(uri)).join(', ')}]`);
  assert.deepEqual(read.organizations?.[0]?.apps[0]?.redirectUris, good, 'as they are written');
  const bad = [
    'http://app.example.test/back',
    'http://127.0.0.1.example.test/',
    'https://app.example.test/#part',
    'https://user:x@app.example.test/',
    'javascript:alert(1)',
    'data:text/html,x',
    'urn:ietf:wg:oauth:2.0:oob',
    '/back',
    'https://a.test/with blank',
    '',
  ];
  for (const uri of bad) {
    assert.throws(
      () => withApp(`redirectUris: [${JSON.stringify(uri)}]`),
      (error: unknown) =>
        error instanceof ConfigError &&
        error.path === 'organizations[0].apps[0].redirectUris[0]' &&
        /expected an https:\/\/ address without a fragment/.test(error.message),
      uri,
    );
  }
});

test('how an app wants its webhooks: each key by itself, the secret of Standard Webhooks, which is not shown', () => {
  const usual = { callFlow: 'upper', callStatus: 'upper', hangupStatus: 'documented' };
  const of = (rest: string) => withApp(rest).organizations?.[0]?.apps[0];
  assert.deepEqual(of('')?.webhookFormat, usual);
  assert.equal(of('')?.webhookSecret, null);
  assert.deepEqual(of('webhooks: { callFlow: lower }')?.webhookFormat, { ...usual, callFlow: 'lower' });
  const full = of('webhooks: { callStatus: lower, hangupStatus: full }')?.webhookFormat;
  assert.deepEqual(full, { ...usual, callStatus: 'lower', hangupStatus: 'full' });
  for (const bytes of [24, 25, 26, 32, 63, 64]) {
    const secret = `whsec_${Buffer.alloc(bytes, 7).toString('base64')}`;
    assert.equal(of(`webhooks: { secret: "${secret}" }`)?.webhookSecret?.reveal(), secret, `${bytes} bytes`);
  }
  for (const bytes of [0, 8, 23, 65, 100]) {
    const text = Buffer.alloc(bytes, 7).toString('base64');
    const refused = (error: unknown) =>
      error instanceof ConfigError &&
      error.path === 'organizations[0].apps[0].webhooks.secret' &&
      (bytes === 0 || !error.message.includes(text));
    assert.throws(() => of(`webhooks: { secret: "whsec_${text}" }`), refused, `${bytes} bytes`);
  }
  assert.throws(() => of('webhooks: { callFlow: Lower }'), /expected one of upper, lower/);
  assert.throws(() => of('webhooks: { callstatus: lower }'), /did you mean "callStatus"/);
});

test('webhooks go into the own network only where nobody else reaches the server, unless it is said', () => {
  const allowed = (text: string) => parseConfig('partyline.yaml', text, '/data', 4).webhooks.allowPrivate;
  const rows: readonly [text: string, allowed: boolean][] = [
    ['', true],
    ['http: { host: localhost }', true],
    ['http: { host: "::1" }', true],
    ['http: { host: 127.5.6.7 }', true],
    ['http: { host: 0.0.0.0 }', false],
    ['http: { host: "::" }', false],
    ['http: { host: 192.168.1.5 }', false],
    ['http: { host: pbx.example.test }', false],
    ['http: { host: 127.0.0.1.example.test }', false],
    ['sip: { host: 0.0.0.0 }', false],
    ['http: { publicUrl: "https://pbx.example.test" }', false],
    ['http: { trustedProxies: [127.0.0.1] }', false],
    ['http: { host: 0.0.0.0 }\nwebhooks: { allowPrivateWebhooks: true }', true],
    ['webhooks: { allowPrivateWebhooks: false }', false],
    ['webhooks: { allowPrivateWebhooks: auto }', true],
  ];
  for (const [text, expected] of rows) assert.equal(allowed(text), expected, text);
  assert.throws(() => allowed('webhooks: { allowPrivateWebhooks: "no" }'), /expected auto, true or false, found "no"/);
});
