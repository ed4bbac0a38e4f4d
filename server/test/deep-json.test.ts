import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { administrator, PartylineServer } from './peers/partyline.ts';
import { demoApp, UnifiedApi } from './peers/unified-api.ts';

/** A body nested very deep is the client's mistake, whatever reads it; needs no phone. */

let server: PartylineServer;
let api: UnifiedApi;
let base: string;

before(async () => {
  server = await PartylineServer.start();
  base = `http://127.0.0.1:${server.httpPort}`;
  api = await UnifiedApi.connect(base);
});

after(async () => {
  await server?.stop();
});

const bodies: Readonly<Record<string, string>> = {
  arrays: '['.repeat(20_000) + ']'.repeat(20_000),
  objects: `${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}`,
  'inside of a field': `{"extension":"200","phoneCallView":[{"source":${'['.repeat(20_000)}${']'.repeat(20_000)}}]}`,
  'never closed': '['.repeat(60_000),
};
const types = [
  'application/json',
  'application/x-www-form-urlencoded',
  'text/plain',
  'application/json; charset=utf-8',
];

test('every request of the Unified API that takes a body', async () => {
  const requests: readonly [method: string, path: string][] = [
    ['POST', '/uapi/phoneCalls/@me/simple'],
    ['POST', '/unifiedapi/phoneCalls/@me/conferenceInvite/'],
    ['POST', '/uapi/phoneCalls/@me/callback'],
    ['PUT', '/uapi/phoneCalls/@me/101/0123456789abcdef0123'],
    ['DELETE', '/uapi/phoneCalls/@me/101/0123456789abcdef0123'],
    ['POST', '/uapi/extensions/@me/101/phoneCallEvents'],
    ['PUT', '/uapi/extensions/@me/101/phoneCallEvents/1/abc'],
  ];
  let key = 0;
  for (const [method, path] of requests) {
    for (const [what, body] of Object.entries(bodies)) {
      for (const type of types) {
        for (const headers of [{}, { 'idempotency-key': `deep-${key++}` }]) {
          const answer = await api.ask(path, { method, body, headers: { 'content-type': type, ...headers } });
          const about = `${method} ${path} ${what} ${type} ${JSON.stringify(headers)}: ${answer.text.slice(0, 200)}`;
          assert.equal(answer.status, 400, about);
          assert.equal(answer.json.error.code, 'request_invalid', about);
        }
      }
    }
  }
});

test('tokens, in every kind of form, and the administration', async () => {
  const deep = bodies['inside of a field']!.replace('extension', 'client_id');
  const parts = `--x\r\nContent-Disposition: form-data; name="client_id"\r\nContent-Type: application/json\r\n\r\n${'['.repeat(2000)}${']'.repeat(2000)}\r\n--x--\r\n`;
  const requests: readonly [type: string, body: string][] = [
    ...Object.values(bodies).map((body): [string, string] => ['application/json', body]),
    ['application/json', deep],
    ['multipart/form-data; boundary=x', parts],
  ];
  for (const path of ['/oauth/token.php', '/oauth/revoke.php', '/oauth/authorize.php']) {
    for (const [type, body] of requests) {
      const response = await fetch(`${base}${path}`, { method: 'POST', body, headers: { 'content-type': type } });
      assert.equal(response.status, 400, `${path} ${type} ${(await response.text()).slice(0, 200)}`);
    }
  }
  const basic = Buffer.from(`${administrator.login}:${administrator.password}`).toString('base64');
  const ended = await fetch(`${base}/admin/v1/apps/${demoApp.key}/tokens`, {
    method: 'DELETE',
    body: bodies['arrays']!,
    headers: { 'content-type': 'application/json', authorization: `Basic ${basic}` },
  });
  assert.equal(ended.status, 400);
  assert.ok(!server.log.some((line) => Number((line as { level?: number }).level) >= 50), 'nothing failed');
});
