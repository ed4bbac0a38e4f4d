import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clearCall } from '../../../../call/services/clear-call.ts';
import { enterConference } from '../../../../call/services/enter-conference.ts';
import { invitation, VirtualUnifiedApi } from '../testing/virtual-unified-api.ts';
import { registerCdr } from './cdr.ts';

/** The interface with the records of the calls that it makes. */
async function start() {
  const made: { api?: VirtualUnifiedApi } = {};
  const there = () => made.api as VirtualUnifiedApi;
  const api = await VirtualUnifiedApi.start({
    modules: [
      (app) =>
        registerCdr(app, {
          publicUrl: null,
          get calls() {
            return there().calls.store;
          },
          get clock() {
            return there().calls.clock;
          },
          get directory() {
            return there().directory;
          },
        }),
    ],
  });
  made.api = api;
  const cdr = async (token = 'me', path = '/uapi/cdr') => {
    const { status, text, json } = await api.get(path, token);
    assert.equal(status, 200, text);
    return json;
  };
  return { api, cdr };
}

/** What became of the parties of a phone call: from, to, flow. */
const lines = (entry: { phoneCallView: { source: string; destination: string; flow: number }[] }) =>
  entry.phoneCallView.map(({ source, destination, flow }) => [source, destination, flow]);

test('somebody invited who is to be asked was called by the conference, wherever it ends', async () => {
  const invite = '/uapi/phoneCalls/@me/conferenceInvite';
  for (const [destination, flow] of [
    ['3235742879', 4],
    ['102', 2],
  ] as const) {
    for (const reports of [['delivered', 'failed'], ['delivered', 'answered', 'cleared'], 'entered'] as const) {
      const { api, cdr } = await start();
      const [{ id, links }] = (await api.post(invite, invitation({ destination }))).json;
      const [live] = (await api.get(new URL(links.self).pathname)).json.entry;
      assert.deepEqual(
        [live.phoneCallView[0].source, live.phoneCallView[0].destination, live.phoneCallView[0].flow],
        [['211'], [destination], String(flow)],
      );
      if (reports !== 'entered') await api.report(id, ...reports);
      else {
        await api.report(id, 'delivered', 'answered');
        const admission = api.directory.admit({
          extensionId: api.directory.extensionOf('3', '211')!.id,
          conferenceNumber: '4',
          pin: null,
          callerKey: 'x',
          authenticated: false,
          owner: false,
        });
        assert.equal(admission.result, 'admitted');
        if (admission.result !== 'admitted') return;
        await api.calls.runtime.do(enterConference, { legId: id, policy: admission.policy, role: 'participant' });
        await api.report(id, 'cleared');
        assert.equal(api.calls.store.allRecords().length, 2);
      }
      const { entry, phoneCallStat } = await cdr();
      assert.deepEqual(Object.keys(entry), [id]);
      const called = destination === '102' ? '0003*102' : destination;
      assert.deepEqual([entry[id].extension, lines(entry[id])], ['0003*211', [['0003*211', called, flow]]]);
      const [incoming, outgoing] = phoneCallStat;
      assert.deepEqual([incoming.total, outgoing.total], [0, 1]);
      await api.close();
    }
  }
});

test('a call between two public numbers is found with the extension that is charged', async () => {
  const [one, other] = ['3235550111', '3235550112'];
  for (const [path, extension] of [
    ['simple', '101'],
    ['callback', '300'],
  ] as const) {
    const { api, cdr } = await start();
    const phoneCallView = [{ source: [one], destination: [other] }];
    const [{ id }] = (await api.post(`/uapi/phoneCalls/@me/${path}`, { extension, phoneCallView })).json;
    await api.report(api.dialled().legId, 'delivered', 'answered');
    await api.report(api.dialled().legId, 'delivered', 'answered');
    await api.calls.runtime.do(clearCall, { callId: id });
    for (const [token, at] of [
      ['me', '/uapi/cdr'],
      ['me', '/uapi/cdr/@me'],
      ['admin', '/uapi/cdr'],
      ['admin', '/uapi/cdr/12'],
    ] as const) {
      const { entry } = await cdr(token, at);
      assert.deepEqual(Object.keys(entry), [id], `${token} ${at}`);
      assert.equal(entry[id].extension, `0003*${extension}`);
      // Between one source and one destination there is one view, as while it runs.
      assert.deepEqual(lines(entry[id]), [[one, other, 4]]);
    }
    for (const token of ['colleague', 'stranger']) assert.deepEqual((await cdr(token)).entry, {}, token);
    await api.close();
  }
});

test('after a transfer the same extension is charged; who listens or whispers meanwhile is told of to nobody', async () => {
  const { api, cdr } = await start();
  const phoneCallView = [{ source: ['3235550111'], destination: ['103'] }];
  const made = await api.post('/uapi/phoneCalls/@me/simple?allowPublicTransfer=1', { extension: '101', phoneCallView });
  const [{ id, links }] = made.json;
  await api.report(api.dialled().legId, 'delivered', 'answered');
  await api.report(api.dialled().legId, 'delivered', 'answered');
  for (const [action, more] of [
    ['Monitor', { sendCallTo: '102' }],
    ['Whisper', { sendCallTo: '102' }],
    ['Transfer', { sendCallTo: '3235742879', transferFromNumber: '103' }],
  ] as const) {
    const change = { action, ...more, ...(action === 'Transfer' ? {} : { phoneCallViewId: '00' }) };
    const answer = await api.put(new URL(links.self).pathname, change);
    assert.equal(answer.status, 200, answer.text);
    await api.report(api.dialled().legId, 'delivered', 'answered');
  }
  await api.calls.runtime.do(clearCall, { callId: id });
  assert.equal(api.calls.store.allRecords().length, 5);
  const first = ['3235550111', '0003*103', 8];
  for (const [token, views] of [
    ['me', [first, ['3235550111', '3235742879', 4]]],
    ['admin', [first, ['3235550111', '3235742879', 4]]],
    ['colleague', [first]],
  ] as const) {
    const { entry } = await cdr(token);
    assert.deepEqual(Object.keys(entry), [id], token);
    assert.equal(entry[id].extension, '0003*101', token);
    assert.deepEqual(lines(entry[id]).sort(), [...views].sort(), token);
  }
  await api.close();
});

test('who listens to a call of others has no record of it', async () => {
  for (const action of ['Monitor', 'Whisper']) {
    const { api, cdr } = await start();
    const id = await api.talking();
    const answer = await api.put(`/uapi/phoneCalls/@me/101/${id}`, {
      action,
      sendCallTo: '103',
      phoneCallViewId: '00',
    });
    assert.equal(answer.status, 200, answer.text);
    await api.report(api.dialled().legId, 'delivered', 'answered');
    await api.calls.runtime.do(clearCall, { callId: id });
    assert.equal(api.calls.store.allRecords().length, 3);
    assert.deepEqual((await cdr('colleague')).entry, {});
    assert.deepEqual(lines((await cdr()).entry[id]), [['0003*101', '0003*102', 2]]);
    await api.close();
  }
});

/** One finished call to a public number, one between phones: their ids. */
async function finished(api: VirtualUnifiedApi): Promise<{ outside: string; inside: string }> {
  const phoneCallView = [{ source: ['101'], destination: ['3235742879'] }];
  const [{ id: outside }] = (await api.post('/uapi/phoneCalls/@me/simple', { extension: '101', phoneCallView })).json;
  await api.report(api.dialled().legId, 'delivered', 'answered');
  await api.report(api.dialled().legId, 'delivered', 'answered');
  await api.calls.runtime.do(clearCall, { callId: outside });
  api.calls.clock.advance(5000);
  const inside = await api.talking();
  await api.calls.runtime.do(clearCall, { callId: inside });
  return { outside, inside };
}

test('numbers are found in either form, by parameters and by filterBy, with a + and without', async () => {
  const { api, cdr } = await start();
  const { outside, inside } = await finished(api);
  const both = [outside, inside];
  const cases: [string, string[]][] = [
    ['source=101', both],
    ['source=0003*101', both],
    ['source=0004*101', []],
    ['destination=102', [inside]],
    ['destination=0003*102', [inside]],
    ['destination=%2B13235742879', [outside]],
    ['destination=+13235742879', [outside]],
    ['destination=%2B3235742879', [outside]],
    ['destination=03235742879', []],
    ['destination=%2B1-323-574-2879', [outside]],
    ['destination=+1 (323) 574-2879', [outside]],
    ['destination=(323) 574.2879', [outside]],
    ['destination=tel:%2B1-323-574-2879', [outside]],
    ['destination=tel:3235742879;phone-context=%2B1', [outside]],
    ['source=0003*1-0-1', both],
    ['filterBy=destination&filterOp=equals&filterValue=%2B1-323-574-2879', [outside]],
    ['filterBy=destination&filterOp=startsWith&filterValue=323-574', [outside]],
    ['filterBy=destination&filterOp=inArray&filterValue=323-574-2879, tel:102', both],
    ['source=101&destination=0003*102', [inside]],
    ['filterBy=source&filterOp=equals&filterValue=0003*101', both],
    ['filterBy=source&filterOp=equals&filterValue=101', both],
    ['filterBy=destination&filterOp=startsWith&filterValue=0003*', [inside]],
    ['filterBy=destination&filterOp=startsWith&filterValue=10', [inside]],
    ['filterBy=destination&filterOp=contains&filterValue=*102', [inside]],
    ['filterBy=destination&filterValue=574', [outside]],
    ['filterBy=destination&filterOp=inArray&filterValue=0003*102,%2B13235742879', both],
    ['filterBy=destination&filterOp=present', both],
    ['flow=2', [inside]],
    ['flow=4&disposition=0', [outside]],
    ['disposition=1', []],
    ['filterBy=answered&filterOp=present', both],
    ['sortOrder=desc', [inside, outside]],
    ['sortOrder=DESC&sortBy=published', [inside, outside]],
    ['sortOrder=asc&count=1', [outside]],
    ['sortOrder=descending&startIndex=1', [outside]],
  ];
  for (const [query, ids] of cases) {
    const { entry } = await cdr('me', `/uapi/cdr?${query}`);
    assert.deepEqual(Object.keys(entry), ids, query);
  }
  await api.close();
});

test('the times of a list: equal dates are allowed, the end is included, whole days are days', async () => {
  const { api, cdr } = await start();
  const { outside, inside } = await finished(api);
  const published: string = (await cdr()).entry[outside].published;
  const day = published.slice(0, 10);
  const cases: [string, string[]][] = [
    [`startDate=${published}&endDate=${published}`, [outside]],
    [`startDate=${day}&endDate=${day}`, [outside, inside]],
    [`startDate=${day}Z&endDate=${day}Z`, [outside, inside]],
    [`startDate=${day}%2B00:00&endDate=${day}%2B00:00`, [outside, inside]],
    [`startDate=${day}&endDate=${day}%2023:59:59`, [outside, inside]],
    [`startDate=2000-01-01&endDate=2000-01-01`, []],
    [`filterBy=published&filterOp=equals&filterValue=${published}`, [outside]],
    [`filterBy=published&filterOp=greaterThan&filterValue=${published}`, [inside]],
    [`filterBy=published&filterOp=startsWith&filterValue=${day}`, [outside, inside]],
    [`saveStartDate=${day}&saveEndDate=${day}`, [outside, inside]],
    // Every form of a dateTime, wherever a date is given.
    [`startDate=${day}T00:00:00%2B0000&endDate=${day}T24:00:00Z`, [outside, inside]],
    [`startDate=${day}T24:00:00`, []],
    [`startDate=${day}t00:00:00z&saveStartDate=${day}T00:00:00 00:00`, [outside, inside]],
    [`saveStartDate=2000-01-01&saveEndDate=2000-01-01`, []],
  ];
  for (const [query, ids] of cases) {
    const { entry } = await cdr('me', `/uapi/cdr?${query}`);
    assert.deepEqual(Object.keys(entry), ids, query);
  }
  await api.close();
});

test('mistakes in the parameters have the codes of the documents', async () => {
  const { api } = await start();
  const cases: [string, string][] = [
    ['startDate=x', 'cdr_start_date_invalid'],
    ['endDate=2026-02-30', 'cdr_end_date_invalid'],
    ['source=abc', 'cdr_source_invalid'],
    ['destination=1,2', 'cdr_destination_invalid'],
    ['destination=tel:jane', 'cdr_destination_invalid'],
    ['flow=3', 'cdr_flow_invalid'],
    ['disposition=6', 'cdr_disposition_invalid'],
    ['saveStartDate=1', 'cdr_save_start_date_invalid'],
    ['saveEndDate=1', 'cdr_save_end_date_invalid'],
    ['startDate=2026-01-02&endDate=2026-01-01', 'cdr_invalid_date_parameters'],
    ['saveStartDate=2026-01-02&saveEndDate=2026-01-01', 'cdr_invalid_date_parameters'],
    ['filterBy=published&filterOp=equals&filterValue=yesterday', 'cdr_invalid_filter_by_published'],
    ['filterBy=answered&filterOp=lessThan&filterValue=yesterday', 'cdr_invalid_filter_by_answered'],
    ['filterBy=source&filterValue=jane', 'cdr_invalid_filter_by_source'],
    ['filterBy=destination&filterOp=inArray&filterValue=1,jane', 'cdr_invalid_filter_by_destination'],
    ['filterBy=flow&filterValue=2', 'filterby_invalid'],
    ['filterBy=source&filterOp=is&filterValue=2', 'filterop_invalid'],
    ['filterBy=source', 'filtervalue_invalid'],
    ['fields=id,secret', 'fields_invalid'],
    ['count=0', 'count_invalid'],
    ['startIndex=-1', 'startindex_invalid'],
    ['sortOrder=up', 'sortorder_invalid'],
    ['sortBy=nonsense', 'sortby_invalid'],
    ['sortBy=source', 'sortby_invalid'],
  ];
  for (const [query, code] of cases) {
    const { status, json } = await api.get(`/uapi/cdr?${query}`);
    assert.deepEqual([status, json.error.code], [400, code], query);
  }
  await api.close();
});

test('an administrator may name a user or the organization, others themselves alone; below that there is nothing', async () => {
  const { api, cdr } = await start();
  const { outside, inside } = await finished(api);
  const both = [outside, inside];
  const found = async (token: string, path: string) => Object.keys((await cdr(token, path)).entry);
  assert.deepEqual(await found('admin', '/uapi/cdr/3'), both);
  assert.deepEqual(await found('admin', '/uapi/cdr/03/'), both);
  assert.deepEqual(await found('admin', '/uapi/cdr/12'), both);
  assert.deepEqual(await found('admin', '/uapi/cdr/1'), []);
  assert.deepEqual(await found('admin', '/uapi/cdr/@me'), []);
  assert.deepEqual(await found('me', '/unifiedapi/cdr/12'), both);
  for (const [token, path] of [
    ['me', '/uapi/cdr/3'],
    ['me', '/uapi/cdr/13'],
    ['admin', '/uapi/cdr/4'],
    ['admin', '/uapi/cdr/99'],
    ['admin', '/uapi/cdr/nobody'],
  ] as const) {
    const { status, json } = await api.get(path, token);
    assert.deepEqual([status, json.error.code], [400, 'user_invalid'], `${token} ${path}`);
  }
  for (const path of ['/uapi/cdr/12/34', '/unifiedapi/cdr/@me/101/', '/uapi/cdr/stats/12/x']) {
    const { status, json } = await api.get(path);
    assert.deepEqual([status, json.error.code], [404, 'resource_not_found'], path);
  }
  const { totalResults, phoneCallStat } = (await api.get('/uapi/cdr/stats/12', 'admin')).json;
  assert.equal(totalResults, 2);
  assert.deepEqual([phoneCallStat[1].total, phoneCallStat[1].answered], [2, 2]);
  assert.equal((await api.get('/uapi/cdr/stats')).json.totalResults, 2);
  await api.close();
});
