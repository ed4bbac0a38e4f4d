import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { invitation, VirtualUnifiedApi } from '../../testing/virtual-unified-api.ts';
import { invited, refused, talking } from '../testing/talking.ts';
import { actionNames } from './update.ts';

describe('Transfer', () => {
  test('the one who transfers leaves at once, the other gets the new party', async () => {
    for (const how of [
      { transferFromNumber: '101' },
      { transferFromNumber: '0003*101', transferNumber: '3235742879' },
      { transferNumber: '+3235742879' },
      { phoneCallViewId: '00' },
      {},
    ]) {
      const { api, id, source, act, look } = await talking({ destination: '3235742879' });
      const answer = await act('Transfer', { sendCallTo: '102', waitForPickup: '20', ...how });
      assert.equal(answer.status, 200, answer.text);
      assert.equal(answer.json.id, id);
      const dial = api.dialled();
      assert.deepEqual(dial.to, { kind: 'terminal', aor: '0003*102@sip.test' });
      assert.deepEqual([dial.timeoutMs, dial.callerId.number], [20_000, '3235742879']);
      assert.ok(api.calls.ports.effects.some((effect) => effect.do === 'clear' && effect.legId === source));
      await api.report(dial.legId, 'delivered', 'answered');
      // The extension that made the call is charged on.
      const after = await look();
      assert.equal(after.extension, '101');
      assert.ok('answered' in after);
      const [view] = after.phoneCallView;
      assert.deepEqual(
        [view.extension, view.status, view.source, view.destination],
        ['102', '5', ['3235742879'], ['102']],
      );
      await api.close();
    }
  });

  test('to a public number only where the call allows it', async () => {
    const closed = await talking();
    refused(await closed.act('Transfer', { sendCallTo: '3235742879' }), 400, 'pc_sendcallto_invalid');
    await closed.api.close();
    const open = await talking({ query: '?allowPublicTransfer=true' });
    assert.equal((await open.act('Transfer', { sendCallTo: '3235742879', transferFromNumber: '101' })).status, 200);
    assert.deepEqual(open.api.dialled().callerId, { name: 'Phone 101', number: '101' });
    await open.api.close();
  });

  test('of a conference the leg leaves with its phone for a new call', async () => {
    const { api, id, act, path } = await invited();
    refused(await act('Transfer', { sendCallTo: '102', transferFromNumber: '555' }), 400, 'pc_transferfrom_invalid');
    refused(await act('Transfer', { sendCallTo: '102', transferNumber: '555' }), 400, 'pc_transfernumber_invalid');
    const answer = await act('Transfer', {
      sendCallTo: '102',
      transferFromNumber: '211',
      transferNumber: '3235742879',
    });
    assert.equal(answer.status, 200, answer.text);
    assert.notEqual(answer.json.id, id);
    assert.deepEqual(api.dialled().to, { kind: 'terminal', aor: '0003*102@sip.test' });
    await api.report(api.dialled().legId, 'delivered', 'answered');
    const [call] = (await api.get(`/uapi/phoneCalls/@me/102/${answer.json.id}`)).json.entry;
    assert.equal(call.phoneCallView.find((view: { extension: string }) => view.extension === '102').status, '5');
    // Who still asks by the old id is told of the same call.
    const [known] = (await api.get(path.replace('/211/', '/@self/'))).json.entry;
    assert.equal(known.id, id);
    assert.equal((await api.delete(`/uapi/phoneCalls/@me/@self/${id}`)).status, 200);
    assert.deepEqual(api.calls.runtime.snapshot(), []);
    await api.close();
  });

  test('a mistake in a transfer is told by its own code', async () => {
    const { api, act } = await talking();
    const rows: readonly [string, object][] = [
      ['pc_sendcallto_invalid', { transferFromNumber: '101' }],
      ['pc_sendcallto_invalid', { sendCallTo: '9', transferFromNumber: '101' }],
      ['pc_sendcallto_invalid', { sendCallTo: ['102', '103'], transferFromNumber: '101' }],
      ['pc_sendcallto_invalid', { sendCallTo: '211', transferFromNumber: '101' }],
      ['pc_sendcallto_invalid', { sendCallTo: '0004*101', transferFromNumber: '101' }],
      ['pc_transferfrom_invalid', { sendCallTo: '103', transferFromNumber: '3235742879' }],
      ['pc_transferfrom_invalid', { sendCallTo: '103', transferFromNumber: {} }],
      ['pc_transfernumber_invalid', { sendCallTo: '103', transferFromNumber: '101', transferNumber: '101' }],
      ['pc_transfernumber_invalid', { sendCallTo: '103', transferFromNumber: '101', transferNumber: '7' }],
      ['pc_view_invalid', { sendCallTo: '103', phoneCallViewId: '07' }],
      ['pc_timeout_invalid', { sendCallTo: '103', transferFromNumber: '101', waitForPickup: '0' }],
      ['pc_callerid_invalid', { sendCallTo: '103', transferFromNumber: '101', callerId: 'nobody' }],
    ];
    for (const [code, body] of rows) refused(await act('Transfer', body), 400, code, JSON.stringify(body));
    refused(await act('TransferToVoicemail', { sendCallTo: '102' }), 501, 'request_not_implemented');
    await api.close();
  });
});

describe('Park and UnPark', () => {
  test('parked, shown with its place, fetched by another phone', async () => {
    const { api, id, source, act, look, path } = await talking({ destination: '3235742879' });
    const parked = await act('Park', { phoneCallViewId: '00', maxInParking: '60' });
    assert.equal(parked.status, 200, parked.text);
    assert.equal(parked.json.length, 1);
    assert.equal(parked.json[0].id, id);
    assert.ok(api.calls.ports.effects.some((effect) => effect.do === 'clear' && effect.legId === source));
    const [view] = (await look()).phoneCallView;
    assert.deepEqual([view.parked, view.parkedPos, view.parkedBy], ['2027-01-15T08:00:00Z', '1', '101']);
    refused(await act('UnPark', { sendCallTo: '3235550100' }), 400, 'pc_sendcallto_invalid');
    assert.equal((await act('UnPark', { sendCallTo: '102', callerId: 'Back <7>' })).status, 200);
    assert.deepEqual(api.dialled().callerId, { name: 'Back', number: '7' });
    await api.report(api.dialled().legId, 'delivered', 'answered');
    const after = (await api.get(path)).json.entry[0].phoneCallView[0];
    assert.deepEqual([after.extension, after.status, 'parked' in after], ['102', '5', false]);
    refused(await act('UnPark', { sendCallTo: '102' }), 409, 'pc_state_invalid');
    await api.close();
  });

  test('who parked is called back when the time is over', async () => {
    const { api, act } = await talking({ destination: '3235742879' });
    assert.equal((await act('Park', { maxInParking: 10 })).status, 200);
    const before = api.dials().length;
    api.calls.clock.advance(10_000);
    await api.calls.settle();
    assert.equal(api.dials().length, before + 1);
    assert.deepEqual(api.dialled().to, { kind: 'terminal', aor: '0003*101@sip.test' });
    await api.close();
  });

  test('between two public numbers either may park the other, and is dialled back over the dial plan', async () => {
    const [a, b] = ['3235550101', '3235550102'];
    for (const [phoneCallViewId, parker] of [
      ['00', a],
      ['01', b],
    ] as const) {
      const api = await VirtualUnifiedApi.start();
      const made = await api.post('/uapi/phoneCalls/@me/simple', {
        extension: '101',
        phoneCallView: [{ source: [a], destination: [b] }],
      });
      const path = `/uapi/phoneCalls/@me/101/${made.json[0].id}`;
      await api.report(api.dialled().legId, 'delivered', 'answered');
      await api.report(api.dialled().legId, 'delivered', 'answered');
      const { phoneCallView } = (await api.get(path)).json.entry[0];
      assert.deepEqual(
        phoneCallView.map(({ id, extension, source, destination, status, flow }: never) => [
          ...[id, extension, source, destination, status, flow],
        ]),
        [['00', '101', [a], [b], '5', '4']],
      );
      const [legOfA, legOfB] = api.dials().map(({ legId }) => legId);
      const parked = await api.put(path, { action: 'Park', phoneCallViewId, maxInParking: 30 });
      assert.equal(parked.status, 200, parked.text);
      const cleared = api.calls.ports.effects.filter((effect) => effect.do === 'clear').map(({ legId }) => legId);
      assert.deepEqual(cleared, [phoneCallViewId === '00' ? legOfA : legOfB]);
      const [view] = (await api.get(path)).json.entry[0].phoneCallView;
      assert.deepEqual([view.parkedPos, view.parkedBy], ['1', parker]);
      api.calls.clock.advance(30_000);
      await api.calls.settle();
      assert.equal(api.dials().length, 3);
      const { to, callerId } = api.dialled();
      assert.deepEqual(to, { kind: 'trunk', trunk: 'carrier', number: parker, account: '3-12' });
      assert.deepEqual(callerId, { name: 'Phone 101', number: '101' });
      await api.report(api.dialled().legId, 'delivered', 'answered');
      assert.equal((await api.get(path)).json.entry[0].phoneCallView[0].status, '5');
      assert.deepEqual(api.calls.ports.faults, []);
      await api.close();
    }
  });

  test('a mistake in parking or fetching is told by its own code', async () => {
    const { api, act } = await talking();
    for (const maxInParking of ['9', 3601, 'x', -1, {}]) {
      refused(await act('Park', { phoneCallViewId: '00', maxInParking }), 400, 'pc_parking_invalid');
    }
    refused(await act('Park', { phoneCallViewId: '02' }), 400, 'pc_view_invalid');
    refused(await act('Park', { phoneCallViewId: {} }), 400, 'pc_view_invalid');
    refused(await act('UnPark', { sendCallTo: '103' }), 409, 'pc_state_invalid');
    await api.close();
    const conference = await invited();
    refused(await conference.act('Park', { phoneCallViewId: '00' }), 409, 'pc_state_invalid');
    assert.equal((await conference.api.get(conference.path)).json.totalResults, 1);
    await conference.api.close();
  });
});

describe('OnHold and OffHold', () => {
  test('one view holds, both see it, and it goes on', async () => {
    const { api, act, look } = await talking();
    const held = await act('OnHold', { phoneCallViewId: '01' });
    assert.equal(held.status, 200, held.text);
    const views = (await look()).phoneCallView;
    assert.deepEqual(
      views.map((view: Record<string, string>) => [view['status'], view['onHold'], view['holder']]),
      [
        ['5', '2027-01-15T08:00:00Z', '0'],
        ['5', '2027-01-15T08:00:00Z', '1'],
      ],
    );
    assert.equal((await act('OffHold', { phoneCallViewId: 1 })).status, 200);
    assert.equal('onHold' in (await look()).phoneCallView[1], false);
    await api.close();
  });

  test('without an id all calls of the extension that are answered', async () => {
    const { api, id } = await talking();
    await api.post('/uapi/phoneCalls/@me/simple', {
      extension: '101',
      phoneCallView: [{ source: ['101'], destination: ['103'] }],
    });
    const all = await api.put('/uapi/phoneCalls/@me/101', { action: 'OnHold' });
    assert.deepEqual([all.status, all.json.map((row: { id: string }) => row.id)], [200, [id]]);
    assert.equal((await api.put('/uapi/phoneCalls/@me/210', { action: 'OnHold' })).status, 204);
    for (const action of actionNames.filter((name) => !name.endsWith('Hold'))) {
      refused(
        await api.put('/uapi/phoneCalls/@me/101', { action, sendCallTo: '102' }),
        400,
        'pc_phonecall_invalid',
        action,
      );
    }
    await api.close();
  });
});

describe('StartRecording and StopRecording', () => {
  test('shown since when', async () => {
    const { api, act, look } = await talking();
    assert.equal((await act('StartRecording', { phoneCallViewId: '00' })).status, 200);
    assert.equal((await look()).phoneCallView[0].recording, '2027-01-15T08:00:00Z');
    assert.equal((await act('StopRecording', { phoneCallViewId: '00' })).status, 200);
    assert.equal('recording' in (await look()).phoneCallView[0], false);
    refused(await act('StartRecording', { format: 'mp3' }), 400, 'pc_format_invalid');
    refused(await act('StartRecording', { phoneCallViewId: '09' }), 400, 'pc_view_invalid');
    await api.close();
  });

  test('a conference only where its policy allows it, and only by its owner', async () => {
    const never = await invited('4');
    const notAllowed = await never.act('StartRecording');
    refused(notAllowed, 409, 'pc_recording_invalid');
    assert.match(notAllowed.json.error.message, /conference 4 of extension 211 has the key record: never/);
    await never.api.close();
    const choice = await invited('3');
    assert.equal((await choice.act('StartRecording', { phoneCallViewId: '00' })).status, 200);
    await choice.api.post(
      '/uapi/phoneCalls/@me/conferenceInvite?number=3&pin=2233',
      invitation({ destination: '103' }),
    );
    const guest = choice.api.dialled().legId;
    await choice.api.report(guest, 'delivered', 'answered');
    for (const action of ['StopRecording', 'Monitor', 'BargeIn', 'Whisper']) {
      const own = await choice.api.put(`/uapi/phoneCalls/@me/103/${guest}`, { action, sendCallTo: '103' }, 'colleague');
      refused(own, 400, 'pc_view_invalid', action);
    }
    await choice.api.close();
  });
});

describe('any action', () => {
  test('of a call that is not there, or not one’s own, or unknown', async () => {
    const { api, id } = await talking();
    const [{ id: waiting }] = (await api.post('/uapi/phoneCalls/@me/conferenceInvite', invitation())).json;
    for (const action of actionNames) {
      const body = { action, sendCallTo: '102', phoneCallViewId: '00' };
      for (const [path, token] of [
        [`@me/101/${'0'.repeat(20)}`, 'me'],
        [`@me/101/x!`, 'me'],
        [`@me/210/${id}`, 'me'],
        [`@me/103/${id}`, 'colleague'],
        [`@me/@self/${id}`, 'stranger'],
      ] as const) {
        refused(
          await api.put(`/uapi/phoneCalls/${path}`, body, token),
          400,
          'pc_phonecall_invalid',
          `${action} ${path}`,
        );
      }
      // Somebody who still rings on the way to a conference: all that can be done is that another phone takes it.
      const early = await api.put(`/uapi/phoneCalls/@me/211/${waiting}`, body);
      const expected = action === 'PickUp' ? [200] : [400, 409, 501];
      assert.ok(expected.includes(early.status), `${action} ${early.text}`);
    }
    for (const action of [undefined, null, '', 'park', 'Mute', 'toString', 7, ['Park'], {}]) {
      refused(await api.put(`/uapi/phoneCalls/@me/101/${id}`, { action }), 400, 'pc_action_invalid');
    }
    refused(await api.put(`/uapi/phoneCalls/@me/101/${id}`), 400, 'pc_action_invalid');
    refused(
      await api.put(`/uapi/phoneCalls/@me/101/${id}`, '{"action":"PickUp","callerId:"Fumigator <1>"}'),
      400,
      'request_invalid',
    );
    assert.deepEqual(api.calls.ports.faults, []);
    await api.close();
  });
});
