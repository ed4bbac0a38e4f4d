import assert from 'node:assert/strict';
import { test } from 'node:test';
import { enterConference } from '../../../call/services/enter-conference.ts';
import { policy } from '../../../call/testing/runtime-fixture.ts';
import type { RegisteredPhone } from '../dialect.ts';
import { formatDate } from './date.ts';
import { registerPresence } from './presence.ts';
import { invitation, VirtualUnifiedApi } from './testing/virtual-unified-api.ts';

async function start(phones: Readonly<Record<string, readonly RegisteredPhone[]>> = {}): Promise<VirtualUnifiedApi> {
  const made: { api?: VirtualUnifiedApi } = {};
  const there = () => made.api as VirtualUnifiedApi;
  made.api = await VirtualUnifiedApi.start({
    modules: [
      (app) =>
        registerPresence(app, {
          publicUrl: null,
          registrations: (id) => phones[id] ?? [],
          get runtime() {
            return there().calls.runtime;
          },
          get directory() {
            return there().directory;
          },
        }),
    ],
  });
  return made.api;
}

test('presence: texts, extended numbers, and until when a phone is registered', async () => {
  const expiresAt = Date.parse('2027-01-15T08:05:00.600Z');
  const api = await start({ '3-101': [{ agent: 'Desk', expiresAt }] });
  const expire = formatDate(expiresAt);
  const desk = {
    status: '1',
    extension: '0003*101',
    registration: [{ agent: 'Desk', registration: '1', expire }],
  };
  for (const asked of ['101', '0003*101']) {
    const path = `/uapi/extensions/@me/${asked}/presence`;
    assert.deepEqual((await api.get(path)).json.entry, [desk], path);
    for (const op of ['equals', 'startsWith', 'contains']) {
      const filter = `/uapi/extensions/@me/@self/presence?filterBy=extension&filterOp=${op}&filterValue=${asked}`;
      assert.deepEqual((await api.get(filter)).json.entry, [desk], filter);
    }
  }
  const { entry } = (await api.get('/uapi/extensions/@me/@self/presence?sortOrder=desc')).json;
  assert.deepEqual(
    entry.map(({ extension, status, registration }: never) => [extension, status, registration]),
    [
      ['0003*300', '1', [{ agent: '', registration: '2' }]],
      ['0003*211', '1', [{ agent: '', registration: '2' }]],
      ['0003*210', '1', [{ agent: '', registration: '2' }]],
      ['0003*102', '0', [{ agent: '', registration: '-1' }]],
      ['0003*101', '1', [desk.registration[0]]],
    ],
  );
  await api.talking();
  const busy = (await api.get('/uapi/extensions/@me/101/presence?fields=status')).json.entry;
  assert.deepEqual(busy, [{ status: '3' }]);
  await api.close();
});

test('sortOrder takes the short words and the long ones in any case, and there is one order, in every list', async () => {
  const api = await start();
  const ids = [await api.talking()];
  api.calls.clock.advance(2000);
  ids.push(await api.talking());
  for (const [word, wanted] of [
    ['asc', ids],
    ['ascending', ids],
    ['desc', [...ids].reverse()],
    ['DESC', [...ids].reverse()],
    ['Ascending', ids],
    ['descending', [...ids].reverse()],
  ] as const) {
    const { json } = await api.get(`/uapi/phoneCalls/@me/@self?sortOrder=${word}`);
    assert.deepEqual([json.entry.map(({ id }: { id: string }) => id), json.sorted], [wanted, true], word);
    assert.equal((await api.get(`/uapi/extensions/@me/@self/presence?sortOrder=${word}`)).status, 200, word);
  }
  for (const word of ['up', 'asc,desc']) {
    const { status, json } = await api.get(`/uapi/extensions/@me/@self/presence?sortOrder=${word}`);
    assert.deepEqual([status, json.error.code], [400, 'sortorder_invalid'], word);
  }
  for (const [path, by] of [
    ['phoneCalls/@me/@self', 'published'],
    ['extensions/@me/@self/presence', 'extension'],
  ]) {
    assert.equal((await api.get(`/uapi/${path}?sortBy=${by}`)).status, 200, path);
    const { status, json } = await api.get(`/uapi/${path}?sortBy=status`);
    assert.deepEqual([status, json.error.code], [400, 'sortby_invalid'], path);
  }
  await api.close();
});

test('when a phone call entered and was answered stays, from the invitation through the PIN to the conference and out again', async () => {
  const api = await start();
  const [{ id, links }] = (await api.post('/uapi/phoneCalls/@me/conferenceInvite', invitation())).json;
  const path = new URL(links.self).pathname;
  const published = formatDate(api.calls.clock.now());
  const times = async () => {
    const [entry] = (await api.get(path)).json.entry;
    return [entry.published, entry.answered];
  };
  api.calls.clock.advance(3000);
  assert.deepEqual(await times(), [published, undefined]);
  await api.report(id, 'delivered', 'answered');
  const answered = formatDate(api.calls.clock.now());
  assert.deepEqual(await times(), [published, answered]);
  // Another one that came later goes in earlier.
  api.calls.clock.advance(2000);
  const later = (await api.post('/uapi/phoneCalls/@me/conferenceInvite?number=4', invitation({ destination: '102' })))
    .json;
  await api.report(later[0].id, 'delivered', 'answered');
  api.calls.clock.advance(9000);
  await api.calls.runtime.do(enterConference, {
    legId: id,
    policy: policy({ organizationId: '3', extensionId: '3-211', extensionNumber: '211' }),
    role: 'participant',
  });
  assert.deepEqual(await times(), [published, answered]);
  const list = async (query: string): Promise<string[]> =>
    (await api.get(`/uapi/phoneCalls/@me/211?${query}`)).json.entry.map((one: { id: string }) => one.id);
  assert.deepEqual(await list(''), [id, later[0].id]);
  assert.deepEqual(await list('count=1&sortOrder=desc'), [later[0].id]);
  assert.deepEqual(await list(`filterBy=published&filterOp=equals&filterValue=${published}`), [id]);
  api.calls.clock.advance(5000);
  const answer = await api.put(path, { action: 'Transfer', sendCallTo: '101', transferFromNumber: '211' });
  assert.equal(answer.status, 200, answer.text);
  assert.deepEqual([answer.json.published, answer.json.answered], [published, answered]);
  await api.close();
});

test('a call between phones was answered when both could speak first, whoever comes later', async () => {
  const api = await start();
  const phoneCallView = [{ source: ['101'], destination: ['102'] }];
  const [{ id, links }] = (await api.post('/uapi/phoneCalls/@me/simple', { extension: '101', phoneCallView })).json;
  const path = new URL(links.self).pathname;
  const published = formatDate(api.calls.clock.now());
  const times = async () => {
    const [entry] = (await api.get(path)).json.entry;
    return [entry.published, entry.answered];
  };
  api.calls.clock.advance(2000);
  await api.report(api.dialled().legId, 'delivered', 'answered');
  assert.deepEqual(await times(), [published, undefined]);
  api.calls.clock.advance(2000);
  await api.report(api.dialled().legId, 'delivered', 'answered');
  const answered = formatDate(api.calls.clock.now());
  assert.deepEqual(await times(), [published, answered]);
  api.calls.clock.advance(20_000);
  const change = { action: 'Transfer', sendCallTo: '103', transferFromNumber: '102' };
  assert.equal((await api.put(path, change)).status, 200);
  assert.deepEqual(await times(), [published, answered]);
  await api.report(api.dialled().legId, 'delivered', 'answered');
  assert.deepEqual(await times(), [published, answered]);
  assert.equal((await api.get(path)).json.entry[0].id, id);
  await api.close();
});

test('a second view is refused, not dropped', async () => {
  const api = await start();
  const view = { source: ['211'], destination: ['3235742879'] };
  const phones = { source: ['101'], destination: ['102'] };
  const outside = { source: ['3235550111'], destination: ['3235550112'] };
  for (const [path, body] of [
    ['conferenceInvite?number=4', { extension: '211', phoneCallView: [view, view] }],
    ['simple', { extension: '101', phoneCallView: [phones, {}] }],
    ['callback', { extension: '300', phoneCallView: [outside, outside, outside] }],
  ] as const) {
    const { status, json } = await api.post(`/uapi/phoneCalls/@me/${path}`, body);
    assert.deepEqual([status, json.error.code], [400, 'pc_source_invalid'], path);
  }
  assert.deepEqual(api.dials(), []);
  await api.close();
});

test('numbers with a + find calls without, and as they are dialled in their country', async () => {
  for (const [phoneNumber, status] of [
    ['%2B13235742879', 200],
    ['+13235742879', 200],
    ['%2B3235742879', 200],
    ['3235742879', 200],
    ['%2B493235742879', 200],
    ['%2B13235742878', 204],
    ['5742879', 204],
  ] as const) {
    const api = await start();
    const made = await api.post('/uapi/phoneCalls/@me/conferenceInvite?number=4', invitation());
    const path = `/uapi/phoneCalls/@me/211/${made.json[0].id}?phoneNumber=${phoneNumber}`;
    assert.equal((await api.delete(path)).status, status, phoneNumber);
    await api.close();
  }
});

test('files are not taken, wherever they are sent', async () => {
  const api = await start();
  const body = `--x\r\nContent-Disposition: form-data; name="request"\r\n\r\n{"recipients":["1"]}\r\n--x--\r\n${'x'.repeat(200_000)}`;
  for (const path of [
    '/unifiedapi/faxes/@me/210',
    '/uapi/phoneCalls/@me/simple',
    '/uapi/extensions/@me/101/phoneCallEvents',
  ]) {
    const answer = await api.request('POST', path, body, 'me', { 'content-type': 'multipart/form-data; boundary=x' });
    assert.deepEqual([answer.status, answer.json.error.code], [501, 'request_not_implemented'], path);
  }
  await api.close();
});
