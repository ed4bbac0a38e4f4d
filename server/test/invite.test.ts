import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { SandboxCarrier } from '../src/sandbox/index.ts';
import { otherOrganization, overTrunk, PartylineServer, testOrganization } from './peers/partyline.ts';
import { type CollectionShown, type PhoneCallShown, UnifiedApi } from './peers/unified-api.ts';
import { waitFor } from './peers/wait.ts';

/** What the documentation of the interface promises about conferenceInvite, over real HTTP and with a real carrier. */

let carrier: SandboxCarrier;
let server: PartylineServer;
let api: UnifiedApi;
let other: UnifiedApi;

const number = '3235742879';

before(async () => {
  carrier = await SandboxCarrier.start({ behaviours: false });
  server = await PartylineServer.start({
    config: {
      organizations: [testOrganization, otherOrganization],
      ...overTrunk(carrier.uri),
      limits: { dialOutPerMinute: 10_000, dialOutConcurrent: 500 },
    },
  });
  const base = `http://127.0.0.1:${server.httpPort}`;
  api = await UnifiedApi.connect(base);
  other = await UnifiedApi.connect(base, { key: 'other-app', secret: 'other-secret' });
});

after(async () => {
  await server?.stop();
  await carrier?.close();
});

const seedBody = {
  extension: '200',
  phoneCallView: [{ source: ['200'], destination: [number], callerId: 'John Doe <4242425>' }],
};

test('the first example of the documentation rings the number and puts it into the conference', async () => {
  const coming = carrier.expectCall(number);
  const answer = await api.ask('/uapi/phoneCalls/@me/conferenceInvite?number=3&pin=2233', {
    method: 'POST',
    body: seedBody,
  });
  assert.equal(answer.status, 200, answer.text);
  assert.equal(answer.headers.get('content-type'), 'application/json');
  assert.match(answer.text, /^\[\{.*\}\]$/s, 'one element, nothing around it');
  const [created] = answer.json as [PhoneCallShown & { link: { self: string } }];
  assert.match(created.id, /^[a-z0-9]{20}$/);
  assert.equal(created.extension, '200');
  assert.equal(created.links.self, `${api.base}/uapi/phoneCalls/@me/200/${created.id}`);
  assert.deepEqual(created.link, created.links);

  const call = await coming;
  assert.equal(call.from.number, '4242425');
  assert.equal(call.from.name, 'John Doe');
  assert.match(call.headers?.get('P-Asserted-Identity') ?? '', /4242425/);

  const trying = await api.at(created.links.self);
  assert.match(trying?.phoneCallView[0]?.status ?? '', /^[234]$/);
  assert.equal(trying?.answered, undefined);
  call.ring();
  await waitFor(
    async () => ['3', '4'].includes((await api.at(created.links.self))?.phoneCallView[0]?.status ?? ''),
    3000,
    'ringing',
  );
  assert.equal((await api.at(created.links.self))?.phoneCallView[0]?.answered, undefined);
  call.answer();
  await api.status(created.links.self, 5);
  const shown = (await api.at(created.links.self))!;
  const [view] = shown.phoneCallView;
  assert.equal(view?.id, '00');
  assert.deepEqual(view?.source, ['200']);
  assert.deepEqual(view?.destination, [number]);
  assert.equal(view?.callerId, 'John Doe <4242425>');
  assert.equal(view?.flow, '4');
  assert.ok(shown.answered !== undefined && view?.answered !== undefined);
  assert.ok(Date.parse(shown.published!) <= Date.parse(shown.answered));
  await server.conferenceOf('200', '3', 1);

  const ended = await api.ask(created.links.self, { method: 'DELETE' });
  assert.equal(ended.status, 200, ended.text);
  assert.equal(ended.json[0].id, created.id);
  assert.equal((await call.ended).by, 'them');
  const list = await api.ask(created.links.self);
  assert.equal(list.status, 200);
  assert.deepEqual(list.json.entry, []);
  assert.equal(list.json.totalResults, 0);
  assert.equal((await api.ask(created.links.self, { method: 'DELETE' })).status, 204);
  await server.quiet();
});

test('who was given neither number nor PIN is asked for both', { timeout: 180_000 }, async () => {
  const coming = carrier.expectCall(number);
  const answer = await api.invite([number], { root: 'unifiedapi', query: '' });
  assert.equal(answer.status, 200, answer.text);
  const { self } = answer.json[0].links;
  const call = await coming;
  call.answer();
  await call.hearsSound();
  await api.status(self, 5);
  await call.press('3#');
  // Pressing stopped the first question, so this is the second one.
  await call.hearsSilence(200);
  await call.hearsSound();
  await call.press('2233#');
  await server.conferenceOf('200', '3', 1);
  // On its way and in the conference it is the same phone call.
  await api.status(self, 5);
  call.hangUp();
  await api.status(self, null);
  await server.quiet();
});

test('who was given the number alone is asked for the PIN alone; an open conference asks nothing', async () => {
  const first = carrier.expectCall(number);
  const invited = await api.invite([number], { query: 'number=3' });
  assert.equal(invited.status, 200, invited.text);
  const call = await first;
  call.answer();
  await call.hearsSound();
  await call.press('2233#');
  await server.conferenceOf('200', '3', 1);

  const second = carrier.expectCall('3235742880');
  const open = await api.invite(['3235742880'], { query: 'number=1', extension: '201', source: ['201'] });
  assert.equal(open.status, 200, open.text);
  const guest = await second;
  guest.answer();
  await server.conferenceOf('201', '1', 1);
  for (const one of [call, guest]) one.hangUp();
  await server.quiet();
});

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
  assert.equal(dialled, 0);
  carrier.onCall = () => {};
  assert.equal((await server.calls()).length, 0);
});

test('nobody answers within waitForPickup: the call is cancelled and gone', { timeout: 180_000 }, async () => {
  const coming = carrier.expectCall(number);
  const answer = await api.invite([number], { query: 'number=3&pin=2233&waitForPickup=2' });
  const call = await coming;
  call.ring();
  assert.equal((await call.ended).by, 'them');
  const log = await server.events(answer.json[0].id);
  const tookMs = Date.parse(log.at(-1)!.at) - Date.parse(log[0]!.at);
  assert.ok(tookMs >= 1990 && tookMs < server.atThisPace(10_000), `cancelled after ${tookMs} ms`);
  await api.status(answer.json[0].links.self, null);
  const cdr = await api.ask('/uapi/cdr?count=4999');
  const record = cdr.json.entry[answer.json[0].id];
  assert.equal(record.phoneCallView[0].disposition, 3);
  await server.quiet();
});

test('busy, refused and unreachable are told apart in the records', async () => {
  const rows: [number, number][] = [
    [486, 1],
    [603, 1],
    [404, 2],
    [503, 2],
    [480, 3],
  ];
  for (const [status, disposition] of rows) {
    const coming = carrier.expectCall(number);
    const answer = await api.invite([number]);
    (await coming).refuse(status);
    await api.status(answer.json[0].links.self, null);
    await server.quiet();
    const cdr = await api.ask('/uapi/cdr?count=4999');
    assert.equal(cdr.json.entry[answer.json[0].id].phoneCallView[0].disposition, disposition, String(status));
  }
});

test('another tenant sees and ends nothing', async () => {
  const coming = carrier.expectCall(number);
  const answer = await api.invite([number]);
  const call = await coming;
  call.answer();
  const { id, links } = answer.json[0];
  await api.status(links.self, 5);
  for (const path of [links.self, `/uapi/phoneCalls/@me/@self/${id}`, `/uapi/phoneCalls/21/411/${id}`]) {
    const seen = await other.ask(path);
    assert.ok(seen.status === 400 || seen.json.entry.length === 0, seen.text);
    assert.doesNotMatch(seen.text, new RegExp(number));
    const ended = await other.ask(path, { method: 'DELETE' });
    assert.ok([204, 400].includes(ended.status), ended.text);
    const held = await other.ask(path, { method: 'PUT', body: { action: 'OnHold', phoneCallViewId: '00' } });
    assert.equal(held.status, 400, held.text);
  }
  assert.deepEqual((await other.ask('/uapi/cdr')).json.entry, {});
  await api.status(links.self, 5);
  call.hangUp();
  await server.quiet();
});

test('many invitations at once: all connected, the roster exact; lists are paged', { timeout: 180_000 }, async () => {
  const wanted = 40;
  carrier.onCall = (call) => {
    call.answer();
    return true;
  };
  const answers = await Promise.all(
    Array.from({ length: wanted }, (_, at) =>
      api.invite([String(3_235_550_000 + at)], { extension: '201', source: ['201'], query: 'number=1' }),
    ),
  );
  assert.deepEqual([...new Set(answers.map(({ status }) => status))], [200]);
  const conference = await server.conferenceOf('201', '1', wanted, 20_000);
  assert.equal(conference.connections.length, wanted);
  const numbers = conference.connections.map(({ device }) => device.number).sort();
  assert.deepEqual(
    numbers,
    Array.from({ length: wanted }, (_, at) => String(3_235_550_000 + at)),
  );

  const seen = new Set<string>();
  let next: string | undefined = '/uapi/phoneCalls/@me/201?count=15';
  let pages = 0;
  while (next !== undefined) {
    const page: CollectionShown<PhoneCallShown[]> = (await api.ask(next)).json;
    assert.equal(page.totalResults, wanted);
    for (const { id } of page.entry) seen.add(id);
    next = page.paging.next;
    pages++;
  }
  assert.equal(pages, 3);
  assert.deepEqual([...seen].sort(), answers.map(({ json }) => json[0].id).sort());

  const one = await api.ask('/uapi/phoneCalls/@me/201?phoneNumber=3235550003', { method: 'DELETE' });
  assert.equal(one.status, 200, one.text);
  assert.equal(one.json.length, 1);
  const rest = await api.ask('/uapi/phoneCalls/@me/201', { method: 'DELETE' });
  assert.equal(rest.json.length, wanted - 1);
  carrier.onCall = () => {};
  await server.quiet();
});

test('a repeated request rings nobody twice', async () => {
  let rang = 0;
  carrier.onCall = (call) => {
    rang++;
    call.answer();
    return true;
  };
  const headers = { 'Idempotency-Key': 'order-4711' };
  const answers = await Promise.all(Array.from({ length: 10 }, () => api.invite([number], { headers })));
  assert.equal(new Set(answers.map(({ text }) => text)).size, 1);
  assert.equal(answers.filter((one) => one.headers.get('idempotent-replayed') === 'true').length, 9);
  const different = await api.invite(['3235742880'], { headers });
  assert.ok(different.status >= 400 && different.status < 500, different.text);
  await api.status(answers[0]!.json[0].links.self, 5);
  assert.equal(rang, 1);
  carrier.onCall = () => {};
  await api.ask(answers[0]!.json[0].links.self, { method: 'DELETE' });
  await server.quiet();
});
