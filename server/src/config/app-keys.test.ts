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
