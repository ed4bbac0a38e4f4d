import assert from 'node:assert/strict';
import { test } from 'node:test';
import { api, carrier, number, other, seedBody, server } from './peers/invite-office.ts';
import type { CollectionShown, PhoneCallShown } from './peers/unified-api.ts';
import { waitFor } from './peers/wait.ts';

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

test('who was given neither number nor PIN is asked for both', async () => {
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

test('nobody answers within waitForPickup: the call is cancelled and gone', async () => {
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

test('many invitations at once: all connected, the roster exact; lists are paged', async () => {
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
