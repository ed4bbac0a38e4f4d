import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { systemClock } from '../../../../base/clock.ts';
import { silentLog } from '../../../../base/log.ts';
import { SeededRandom } from '../../../../base/random.ts';
import { until } from '../../../../base/testing/wait.ts';
import { MemoryWebhookStore } from '../../../../push/webhooks/testing/memory-webhook-store.ts';
import { Receiver } from '../../../../push/webhooks/testing/receiver.ts';
import { Webhooks } from '../../../../push/webhooks/webhooks.ts';
import { type Answer, invitation, VirtualUnifiedApi } from '../testing/virtual-unified-api.ts';
import { unifiedApiWebhooks } from '../webhooks/webhook-projection.ts';
import { registerPhoneCallEvents } from './phone-call-events.ts';

const scenes: { close(): Promise<unknown> }[] = [];
after(async () => {
  for (const scene of scenes) await scene.close();
});

async function start(): Promise<{ api: VirtualUnifiedApi; webhooks: Webhooks; store: MemoryWebhookStore }> {
  const store = new MemoryWebhookStore();
  const made: { webhooks?: Webhooks; api?: VirtualUnifiedApi } = {};
  const api = await VirtualUnifiedApi.start({
    modules: [
      (app) =>
        registerPhoneCallEvents(app, {
          publicUrl: null,
          get directory() {
            return made.api!.directory;
          },
          get subscriptions() {
            return made.webhooks!.subscriptions;
          },
        }),
    ],
  });
  const webhooks = new Webhooks({
    clock: systemClock,
    log: silentLog,
    random: new SeededRandom(1),
    store,
    calls: api.calls.store,
    dialect: unifiedApiWebhooks({ numbersOf: (extensionId) => api.directory.extensionById(extensionId) }),
    limits: { backOffMs: 5, subscriptionsPerExtension: 4 },
  });
  await webhooks.start();
  api.calls.runtime.on('event', () => webhooks.nudge());
  Object.assign(made, { api, webhooks });
  scenes.push(webhooks, api);
  return { api, webhooks, store };
}

const path = '/uapi/extensions/@me/0003*211/phoneCallEvents';
/** As the documentation has it: numbers as strings. */
const documented = {
  type: '0',
  method: '0',
  note: 'My phone call event is awesome',
  url: 'http://myevent.test/SaveMyPhoneCallDetails',
  status: '1',
};

function refused(answer: Answer, code: string, status = 400): void {
  assert.deepEqual([answer.status, answer.json?.error?.code], [status, code], answer.text);
  assert.ok(answer.json.error.message.length > 20);
}

describe('phoneCallEvents', () => {
  test('the documented request is answered with the resource, which its own link gives again', async () => {
    const { api } = await start();
    const made = await api.post(path, documented);
    assert.equal(made.status, 200);
    const { id, modified, links, ...rest } = made.json;
    assert.deepEqual(rest, documented);
    assert.match(id, /^[a-z0-9]{20}$/);
    assert.match(modified, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    assert.equal(links.self, `http://pbx.test${path}/0/${id}`);
    const listed = await api.get(new URL(links.self).pathname);
    assert.deepEqual(listed.json.entry, [made.json]);
    assert.deepEqual([listed.json.totalResults, listed.json.startIndex], [1, 0]);
  });

  test('created in every form that clients send', async () => {
    const { api } = await start();
    const url = documented.url;
    for (const [where, body] of [
      [`${path}/`, { type: 4, method: 1, url }],
      [`${path}/3`, { method: '0', url }],
      ['/unifiedapi/extensions/12/211/phoneCallEvents', { type: '2', method: 0, url, status: 0 }],
      ['/uapi/extensions/@owner/101/phoneCallEvents/', { type: 1, method: 0, url }],
    ] as const) {
      const made = await api.post(where, body);
      assert.equal(made.status, 200, `${where} ${made.text}`);
      assert.equal((await api.get(new URL(made.json.links.self).pathname)).json.totalResults, 1, where);
    }
    const all = (await api.get(path)).json.entry as { type: string; status: string; method: string }[];
    assert.deepEqual(
      all.map(({ type, status, method }) => [type, status, method]),
      [
        ['4', '1', '1'],
        ['3', '1', '0'],
        ['2', '0', '0'],
      ],
    );
  });

  test('each mistake has its code', async () => {
    const { api, store } = await start();
    const post = (change: object) => api.post(path, { ...documented, ...change });
    for (const type of [undefined, '', '5', -1, 1.5, 'x', null, [0], '00'])
      refused(await post({ type }), 'pcet_type_invalid');
    for (const method of [undefined, '2', 'GET', null]) refused(await post({ method }), 'pce_method_invalid');
    for (const url of [undefined, '', 'myevent.test', 'ftp://x.test', 7, {}, `http://x.test/${'x'.repeat(2100)}`]) {
      refused(await post({ url }), 'pce_url_invalid');
    }
    const mail = await post({ url: 'http://a.test:25/' });
    refused(mail, 'pce_url_invalid');
    assert.match(mail.json.error.message, /Port 25 belongs to another protocol/);
    for (const status of ['2', null, 'on', true]) refused(await post({ status }), 'pce_status_invalid');
    for (const note of [7, 'x'.repeat(1001), {}]) refused(await post({ note }), 'pce_note_invalid');
    for (const body of ['', '[]', '"x"', '{']) refused(await api.post(path, body), 'request_invalid');
    assert.deepEqual(await store.subscriptions(), []);
    for (let at = 0; at < 4; at++) assert.equal((await post({})).status, 200);
    refused(await post({}), 'limit_exceeded', 409);
  });

  test('one may speak only of what is one’s own, and of what can be in calls', async () => {
    const { api } = await start();
    const { json } = await api.post(path, documented);
    const own = `${path}/0/${json.id}`;
    for (const [user, extension, token, code] of [
      ['@me', '@self', 'me', 'extension_invalid'],
      ['@me', '999', 'me', 'extension_invalid'],
      ['@me', '300', 'me', 'extension_invalid'],
      ['@me', '103', 'me', 'extension_invalid'],
      ['@me', '211', 'colleague', 'extension_invalid'],
      ['12', '211', 'colleague', 'user_invalid'],
      ['nobody', '211', 'me', 'user_invalid'],
      ['@me', '0003*211', 'stranger', 'extension_invalid'],
    ] as const) {
      const where = `/uapi/extensions/${user}/${extension}/phoneCallEvents`;
      refused(await api.get(where, token), code);
      refused(await api.post(where, documented, token), code);
      refused(await api.put(`${where}/0/${json.id}`, { note: 'x' }, token), code);
      refused(await api.delete(where, token), code);
    }
    // The stranger has a 211 too: another one, without events.
    const others = '/uapi/extensions/@me/211/phoneCallEvents';
    assert.deepEqual((await api.get(`${others}/0/${json.id}`, 'stranger')).json.entry, []);
    refused(await api.put(`${others}/0/${json.id}`, { note: 'x' }, 'stranger'), 'pce_id_invalid');
    refused(await api.delete(`${others}/0/${json.id}`, 'stranger'), 'pce_id_invalid');
    assert.equal((await api.get(own)).json.entry[0].note, documented.note);
    assert.equal((await api.get(`/uapi/extensions/12/211/phoneCallEvents/0/${json.id}`, 'admin')).json.totalResults, 1);
    refused(await api.get(path, 'wrong'), 'access_denied', 401);
  });

  test('updated: only what is given changes', async () => {
    const { api } = await start();
    const { json } = await api.post(path, documented);
    const own = `${path}/0/${json.id}`;
    const changed = await api.put(own, { method: '1', note: 'I want to use POST for my event' });
    assert.equal(changed.status, 200);
    const { modified: _, ...expected } = { ...json, method: '1', note: 'I want to use POST for my event' };
    assert.partialDeepStrictEqual(changed.json, expected);
    assert.equal((await api.put(own, { status: 0, url: 'https://new.test/?a=b' })).json.status, '0');
    assert.deepEqual((await api.get(path)).json.entry[0].url, 'https://new.test/?a=b');
    refused(await api.put(own, { type: '9' }), 'pce_type_invalid');
    refused(await api.put(own, { method: '9' }), 'pce_method_invalid');
    refused(await api.put(own, { url: 'x' }), 'pce_url_invalid');
    refused(await api.put(`${path}/1/${json.id}`, {}), 'pce_id_invalid');
    refused(await api.put(`${path}/0/${'a'.repeat(20)}`, {}), 'pce_id_invalid');
    refused(await api.put(`${path}/0/not-alnum`, {}), 'pce_id_invalid');
    refused(await api.put(`${path}/9/${json.id}`, {}), 'pce_type_invalid');
  });

  test('listed by url, with the standard parameters', async () => {
    const { api } = await start();
    for (const [type, name] of [
      ['2', 'b'],
      ['0', 'a'],
      ['2', 'c'],
    ] as const) {
      await api.post(path, { ...documented, type, url: `http://x.test/${name}`, note: name });
    }
    const notes = async (query: string) =>
      (await api.get(`${path}${query}`)).json.entry.map((one: { note: string }) => one.note).join('');
    assert.equal(await notes(''), 'abc');
    assert.equal(await notes('?sortOrder=descending'), 'cba');
    assert.equal(await notes('/2'), 'bc');
    assert.equal(await notes('?count=1&startIndex=1'), 'b');
    assert.equal(await notes('?filterBy=type&filterOp=equals&filterValue=2'), 'bc');
    assert.equal(await notes('?filterBy=url&filterValue=test/c'), 'c');
    assert.deepEqual((await api.get(`${path}?fields=type,note&count=1`)).json.entry, [{ type: '0', note: 'a' }]);
    assert.match((await api.get(`${path}?count=1`)).json.paging.next, /^http:\/\/pbx\.test\/uapi\/.*startIndex=1/);
    refused(await api.get(`${path}?count=0`), 'count_invalid');
    refused(await api.get(`${path}?fields=secret`), 'fields_invalid');
    refused(await api.get(`${path}/7`), 'pce_type_invalid');
  });

  test('deleted: one, those of a type, all; what was there is the answer', async () => {
    const { api } = await start();
    const made: { id: string }[] = [];
    for (const type of [0, 0, 2, 3]) made.push((await api.post(path, { ...documented, type })).json);
    const ids = (answer: Answer) => answer.json.map((one: { id: string }) => one.id);
    const first = await api.delete(`${path}/0/${made[0]!.id}`);
    assert.equal(first.status, 200);
    assert.deepEqual(first.json, [made[0]]);
    refused(await api.delete(`${path}/0/${made[0]!.id}`), 'pce_id_invalid');
    assert.deepEqual(ids(await api.delete(`${path}/2`)), [made[2]!.id]);
    assert.deepEqual(ids(await api.delete(path)), [made[1]!.id, made[3]!.id]);
    const none = await api.delete(path);
    assert.deepEqual([none.status, none.text], [204, '']);
  });

  test('a repeated request makes no second one', async () => {
    const { api, store } = await start();
    api.operation = { operationId: 'cd'.repeat(10), resumed: false };
    const first = await api.post(path, documented);
    api.operation = { ...api.operation, resumed: true };
    const second = await api.post(path, documented);
    assert.equal(first.json.id, 'cd'.repeat(10));
    assert.deepEqual(second.json, first.json);
    assert.equal((await store.subscriptions()).length, 1);
    const other = await api.post(path, { ...documented, note: 'another' });
    assert.equal(other.status, 409, 'another one with the same id is not the answer');
  });

  test('an invitation is told with the id that the interface gave it', async () => {
    const { api, webhooks } = await start();
    const receiver = await Receiver.start();
    scenes.push({ close: () => receiver.down() });
    for (const type of [1, 4, 2]) {
      const body = { ...documented, type, url: `${receiver.url}/${type}`, method: type % 2 };
      assert.equal((await api.post(path, body)).status, 200);
    }
    const invited = await api.post('/uapi/phoneCalls/@me/conferenceInvite?number=3&pin=2233', invitation());
    assert.equal(invited.status, 200, invited.text);
    const { id } = invited.json[0];
    const { legId } = api.dialled();
    await api.report(legId, 'delivered', 'answered');
    assert.equal((await api.delete(`/uapi/phoneCalls/@me/211/${id}`)).status, 200);
    await api.calls.settle();
    await until('all to be told', () => webhooks.counters().delivered >= 3);
    assert.deepEqual(
      receiver.taken.map(({ path: at, method, fields }) => [at, method, fields['CallStatus'], fields['CallFlow']]),
      [
        ['/1', 'POST', 'CALLING', 'OUT'],
        ['/4', 'GET', 'ANSWER', 'OUT'],
        ['/2', 'GET', 'ANSWER', 'OUT'],
      ],
    );
    for (const { fields } of receiver.taken) {
      assert.partialDeepStrictEqual(fields, {
        CallAPIID: id,
        CallerIDNum: '4242425',
        CallerIDName: 'John Doe',
        CallerExtension: '0003*211',
        CalledNumber: '3235742879',
        CalledExtension: '',
      });
    }
  });
});
