import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clearCall } from '../../../call/services/clear-call.ts';
import { enterConference } from '../../../call/services/enter-conference.ts';
import { registerCdr } from './cdr.ts';
import { invitation, VirtualUnifiedApi } from './virtual-unified-api.ts';

/** The interface with the records of the calls that it makes. */
async function start() {
  const made: { api?: VirtualUnifiedApi } = {};
  const there = () => made.api as VirtualUnifiedApi;
  const api = await VirtualUnifiedApi.start({
    modules: [
      (app) =>
        registerCdr(app, {
          publicUrl: null,
          records: (query) => there().calls.store.records(query),
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
      assert.deepEqual([entry[id].extension, lines(entry[id])], ['211', [['211', destination, flow]]]);
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
      assert.equal(entry[id].extension, extension);
      assert.deepEqual(lines(entry[id]), [
        [one, other, 4],
        [one, other, 4],
      ]);
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
  const first = ['3235550111', '103', 8];
  for (const [token, views] of [
    ['me', [first, first, ['3235550111', '3235742879', 4]]],
    ['admin', [first, first, ['3235550111', '3235742879', 4]]],
    ['colleague', [first, first]],
  ] as const) {
    const { entry } = await cdr(token);
    assert.deepEqual(Object.keys(entry), [id], token);
    assert.equal(entry[id].extension, '101', token);
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
    assert.deepEqual(lines((await cdr()).entry[id]), [
      ['101', '102', 2],
      ['101', '102', 2],
    ]);
    await api.close();
  }
});
