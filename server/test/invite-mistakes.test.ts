import assert from 'node:assert/strict';
import { test } from 'node:test';
import { api, carrier, number, seedBody, server } from './peers/invite-office.ts';
import type { UnifiedApi } from './peers/unified-api.ts';
import { waitFor } from './peers/wait.ts';

test('requests as existing clients send them', async (t) => {
  const accepted: [string, () => ReturnType<UnifiedApi['ask']>, string][] = [
    ['no extension', () => api.invite([number], { extension: null }), '200'],
    ['the other root', () => api.invite([number], { root: 'unifiedapi' }), '200'],
    ['bare strings', () => api.invite(number, { source: '200' }), '200'],
    ['extended number', () => api.invite([number], { extension: '0003*200', source: ['0003*200'] }), '0003*200'],
    ['id of the user', () => api.invite([number], { user: '12' }), '200'],
    ['id with a zero in front', () => api.invite([number], { user: '0012' }), '200'],
    ['@viewer', () => api.invite([number], { user: '@viewer' }), '200'],
    ['@owner', () => api.invite([number], { user: '@owner' }), '200'],
    ['%40me', () => api.invite([number], { user: '%40me' }), '200'],
    ['plus in front of the number', () => api.invite([`+${number}`]), '200'],
    [
      'unknown parameters',
      () => api.invite([number], { query: 'number=3&pin=2233&sortOder=x&callDuration=60' }),
      '200',
    ],
    ['numbers as texts', () => api.invite([number], { query: 'number=3&pin=2233&waitForPickup=20' }), '200'],
    ['the PIN of moderators', () => api.invite([number], { query: 'number=3&pin=9911' }), '200'],
    ['digits in the name', () => api.invite([number], { callerId: 'Call 0612 <0612>' }), '200'],
    [
      'a slash at the end',
      () => api.ask('/uapi/phoneCalls/@me/conferenceInvite/?number=3&pin=2233', { method: 'POST', body: seedBody }),
      '200',
    ],
    [
      'the token in the query',
      () =>
        api.ask(`/uapi/phoneCalls/@me/conferenceInvite?number=3&pin=2233&accessRequestToken=${api.token}`, {
          method: 'POST',
          body: seedBody,
          token: null,
        }),
      '200',
    ],
  ];
  for (const [what, ask, extension] of accepted) {
    await t.test(what, async () => {
      const coming = carrier.expectCall();
      const answer = await ask();
      assert.equal(answer.status, 200, answer.text);
      const call = await coming;
      assert.match(answer.json[0].extension, extension === '200' ? /^200$/ : /^(0003\*)?200$/);
      call.busy();
      await api.status(answer.json[0].links.self, null);
    });
  }
});

test('each mistake has its documented code, and nothing is dialled', async (t) => {
  let dialled = 0;
  carrier.onCall = () => void dialled++;
  const post = (path: string, body: unknown) => api.ask(path, { method: 'POST', body });
  const plain = '/uapi/phoneCalls/@me/conferenceInvite';
  const rows: [string, () => ReturnType<UnifiedApi['ask']>, string][] = [
    ['extension @self', () => api.invite([number], { extension: '@self' }), 'extension_invalid'],
    ['a phone', () => api.invite([number], { extension: '101', source: ['101'] }), 'extension_invalid'],
    ['an unknown extension', () => api.invite([number], { extension: '999', source: ['999'] }), 'extension_invalid'],
    ['of another user', () => api.invite([number], { extension: '213', source: ['213'] }), 'extension_invalid'],
    [
      'of another tenant',
      () => api.invite([number], { extension: '0004*411', source: ['0004*411'] }),
      'extension_invalid',
    ],
    ['source is not extension', () => api.invite([number], { source: ['201'] }), 'pc_source_invalid'],
    ['source is a phone', () => api.invite([number], { extension: null, source: ['101'] }), 'pc_source_invalid'],
    [
      'neither extension nor source',
      () => api.invite([number], { extension: null, source: null }),
      'pc_source_invalid',
    ],
    ['no destination', () => api.invite(undefined), 'pc_destination_invalid'],
    ['empty destination', () => api.invite([]), 'pc_destination_invalid'],
    ['letters', () => api.invite(['abc']), 'pc_destination_invalid'],
    ['a number of the wrong type', () => api.invite([{ number: 1 }]), 'pc_destination_invalid'],
    ['not in the dial plan', () => api.invite(['123456']), 'pc_destination_invalid'],
    ['a conference', () => api.invite(['201']), 'pc_destination_invalid'],
    ['a conference and its number', () => api.invite(['201*1']), 'pc_destination_invalid'],
    ['a phone of another tenant', () => api.invite(['0004*401']), 'pc_destination_invalid'],
    ['waitForPickup 0', () => api.invite([number], { query: 'waitForPickup=0' }), 'pc_timeout_invalid'],
    ['waitForPickup -1', () => api.invite([number], { query: 'waitForPickup=-1' }), 'pc_timeout_invalid'],
    ['waitForPickup x', () => api.invite([number], { query: 'waitForPickup=x' }), 'pc_timeout_invalid'],
    ['callerId without a number', () => api.invite([number], { callerId: 'John Doe' }), 'pc_callerid_invalid'],
    ['number of letters', () => api.invite([number], { query: 'number=abc' }), 'pc_number_invalid'],
    ['an unknown number', () => api.invite([number], { query: 'number=9&pin=2233' }), 'pc_number_invalid'],
    ['an impossible PIN', () => api.invite([number], { query: 'number=3&pin=a b' }), 'pc_pin_invalid'],
    ['a wrong PIN', () => api.invite([number], { query: 'number=3&pin=0000' }), 'pc_pin_invalid'],
    ['callDuration of letters', () => api.invite([number], { query: 'callDuration=long' }), 'pc_duration_invalid'],
    ['user nobody', () => api.invite([number], { user: 'nobody' }), 'user_invalid'],
    ['user @foo', () => api.invite([number], { user: '@foo' }), 'user_invalid'],
    ['user of another tenant', () => api.invite([number], { user: '21' }), 'user_invalid'],
  ];
  for (const [what, ask, code] of rows) {
    await t.test(what, async () => {
      const answer = await ask();
      assert.equal(answer.status, 400, answer.text);
      assert.equal(answer.json.error.code, code, answer.text);
      assert.ok(answer.json.error.message.length > 10);
      assert.deepEqual(Object.keys(answer.json), ['error']);
    });
  }
  await t.test('the messages are those of the documentation', async () => {
    const wrong = await api.invite([number], { query: 'waitForPickup=0' });
    assert.equal(
      wrong.json.error.message,
      'Value supplied in waitForPickup parameter is missing or invalid. The parameter must be numeric and higher than 0.',
    );
    const source = await api.invite([number], { source: ['201'] });
    assert.equal(
      source.json.error.message,
      'Value supplied in source parameter is missing or invalid. The parameter must be set to the number of an existing conference extension.',
    );
  });
  await t.test('malformed, oversized, of the wrong type', async () => {
    const bodies: [string, unknown, number][] = [
      ['malformed', '{"extension":"200","callerId:"Fumigator <1>",', 400],
      ['not an object', '[]', 400],
      ['null', 'null', 400],
      ['views of the wrong type', { extension: '200', phoneCallView: 7 }, 400],
      ['deep', `${'['.repeat(5000)}${']'.repeat(5000)}`, 400],
      ['oversized', { extension: '200', junk: 'x'.repeat(2_000_000) }, 413],
      ['prototype', '{"__proto__":{"extension":"200"},"phoneCallView":[]}', 400],
    ];
    for (const [what, body, status] of bodies) {
      const answer = await post(plain, body);
      assert.equal(answer.status, status, `${what}: ${answer.text}`);
      assert.ok(answer.json.error.code.length > 0, what);
      assert.doesNotMatch(answer.text, /\bat .*\.ts|node_modules|stack/, what);
    }
    const missing = await post(plain, undefined);
    assert.equal(missing.status, 400);
  });
  await t.test('no token, a wrong one, one of nobody', async () => {
    for (const token of [null, 'x', 'Bearer', `${api.token}x`]) {
      const answer = await api.ask(plain, { method: 'POST', body: seedBody, token });
      assert.equal(answer.status, 401, String(token));
      assert.equal(answer.json.error.code, 'access_denied');
      const documented = 'You are not authorized to use this request.';
      const where = ` Get an access token at POST http://127.0.0.1:${server.httpPort}/oauth/token.php.`;
      assert.equal(answer.json.error.message, `${documented}${where}`);
    }
    assert.equal((await api.ask('/uapi/nothing/here')).json.error.code, 'request_not_implemented');
  });
  assert.equal((await server.calls()).length, 0);
  // Behind all of them: what they had dialled has come by then.
  const right = await api.invite([number]);
  assert.equal(right.status, 200, right.text);
  await waitFor(() => dialled > 0, 5000, 'the one that is dialled');
  await api.status(right.json[0].links.self, null);
  assert.equal(dialled, 1);
  carrier.onCall = () => {};
  await server.quiet();
});
