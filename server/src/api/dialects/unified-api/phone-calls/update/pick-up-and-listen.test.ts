import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { VirtualUnifiedApi } from '../../testing/virtual-unified-api.ts';
import { invited, refused, talking } from '../testing/talking.ts';

describe('PickUp, BargeIn, Whisper and Monitor', () => {
  test('PickUp rings another phone; who answers first has the call', async () => {
    const api = await VirtualUnifiedApi.start();
    const [{ id }] = (
      await api.post('/uapi/phoneCalls/@me/simple', {
        extension: '101',
        phoneCallView: [{ source: ['101'], destination: ['102'] }],
      })
    ).json;
    await api.report(api.dialled().legId, 'delivered', 'answered');
    const ringing = api.dialled().legId;
    await api.report(ringing, 'delivered');
    const path = `/uapi/phoneCalls/@me/102/${id}`;
    const answer = await api.put(path, {
      action: 'PickUp',
      sendCallTo: '103',
      phoneCallViewId: '01',
      waitForPickup: '10',
    });
    assert.equal(answer.status, 200, answer.text);
    assert.deepEqual([api.dialled().timeoutMs, api.dialled().callerId.number], [10_000, '101']);
    await api.report(api.dialled().legId, 'delivered', 'answered');
    assert.ok(api.calls.ports.effects.some((effect) => effect.do === 'clear' && effect.legId === ringing));
    const views = (await api.get(`/uapi/phoneCalls/@me/101/${id}`)).json.entry[0].phoneCallView;
    assert.deepEqual(
      views.map((view: Record<string, string>) => [view['id'], view['extension'], view['status']]),
      [
        ['00', '101', '5'],
        ['02', '103', '5'],
      ],
    );
    // What is answered cannot be picked up.
    refused(
      await api.put(`/uapi/phoneCalls/@me/101/${id}`, { action: 'PickUp', sendCallTo: '102' }),
      409,
      'pc_state_invalid',
    );
    await api.close();
  });

  test('BargeIn takes part, and is told of', async () => {
    const { api, act, look } = await talking();
    assert.equal((await act('BargeIn', { sendCallTo: '103', phoneCallViewId: '00' })).status, 200);
    await api.report(api.dialled().legId, 'delivered', 'answered');
    const views = (await look()).phoneCallView;
    assert.deepEqual(
      views.map((view: Record<string, string>) => [view['extension'], view['status']]),
      [
        ['101', '5'],
        ['102', '5'],
        ['103', '5'],
      ],
    );
    // With three in it, hanging up between a number and the extension leaves the others together.
    assert.equal((await api.delete(`/uapi/phoneCalls/@me/101?phoneNumber=103`)).status, 200);
    assert.equal((await look()).phoneCallView.length, 2);
    await api.close();
  });

  test('who whispers or listens is not told of', async () => {
    for (const [action, more, role] of [
      ['Whisper', { private: 1 }, { role: 'supervisor', deaf: true, muted: false }],
      ['Whisper', { private: '0', phoneCallViewId: '01' }, { role: 'supervisor', deaf: false, muted: false }],
      ['Monitor', {}, { role: 'supervisor', deaf: false, muted: true }],
    ] as const) {
      const { api, id, act, look } = await talking();
      const before = await look();
      assert.equal((await act(action, { sendCallTo: '103', ...more })).status, 200);
      await api.report(api.dialled().legId, 'delivered', 'answered');
      assert.deepEqual(await look(), before);
      assert.deepEqual((await api.get('/uapi/phoneCalls/@me/103', 'colleague')).json.entry, []);
      const connections = [...api.calls.runtime.call(id)!.connections.values()];
      const { role: is, deaf, muted, coach } = connections[2]!;
      assert.deepEqual({ role: is, deaf, muted }, role);
      const coached = action === 'Monitor' ? null : connections['phoneCallViewId' in more ? 1 : 0]!.id;
      assert.equal(coach, coached);
      await api.close();
    }
  });

  test('in a conference by its owner', async () => {
    for (const action of ['BargeIn', 'Whisper', 'Monitor']) {
      const { api, act, path } = await invited();
      assert.equal((await act(action, { sendCallTo: '102' })).status, 200, action);
      await api.report(api.dialled().legId, 'delivered', 'answered');
      assert.equal((await api.get(path)).json.totalResults, 1);
      const legs = (await api.get('/uapi/phoneCalls/@me/211')).json.totalResults;
      assert.equal(legs, action === 'BargeIn' ? 2 : 1, `${action}: supervisors are not listed with the conference`);
      await api.close();
    }
  });

  test('mistakes', async () => {
    const { api, act } = await talking();
    for (const action of ['PickUp', 'BargeIn', 'Whisper', 'Monitor']) {
      refused(await act(action, {}), 400, 'pc_sendcallto_invalid', action);
      refused(await act(action, { sendCallTo: '3235742879' }), 400, 'pc_sendcallto_invalid', action);
      refused(await act(action, { sendCallTo: '103', phoneCallViewId: '44' }), 400, 'pc_view_invalid', action);
      refused(await act(action, { sendCallTo: '103', waitForPickup: -3 }), 400, 'pc_timeout_invalid', action);
      refused(await act(action, { sendCallTo: '103', callerId: 9 }), 400, 'pc_callerid_invalid', action);
    }
    refused(await act('Whisper', { sendCallTo: '103', private: 2 }), 400, 'pc_private_invalid');
    await api.close();
  });
});

describe('a phone that is not registered', () => {
  test('is not waited for: nothing changes', async () => {
    const { api, id, act, look } = await talking();
    api.withoutPhone.add('3-103');
    const check = async (actions: readonly string[]) => {
      const before = [await look(), api.calls.ports.effects.length];
      for (const action of actions) {
        const body = { sendCallTo: '103', phoneCallViewId: '00' };
        refused(await act(action, body), 409, 'pc_unreachable', action);
        refused(await act(action, { ...body, waitForPickup: -1 }), 400, 'pc_timeout_invalid', action);
        refused(await act(action, { ...body, callerId: 'x' }), 400, 'pc_callerid_invalid', action);
      }
      assert.deepEqual([await look(), api.calls.ports.effects.length], before);
    };
    await check(['Transfer', 'BargeIn', 'Whisper', 'Monitor']);
    assert.equal((await act('Park', { phoneCallViewId: '00' })).status, 200);
    await check(['UnPark']);
    api.withoutPhone.clear();
    assert.equal((await act('UnPark', { sendCallTo: '103' })).status, 200);
    assert.equal((await api.delete(`/uapi/phoneCalls/@me/101/${id}`)).status, 200);
    const made = await api.post('/uapi/phoneCalls/@me/simple', {
      extension: '101',
      phoneCallView: [{ source: ['101'], destination: ['102'] }],
    });
    await api.report(api.dialled().legId, 'delivered', 'answered');
    await api.report(api.dialled().legId, 'delivered');
    api.withoutPhone.add('3-103');
    const path = `/uapi/phoneCalls/@me/101/${made.json[0].id}`;
    const dials = api.dials().length;
    const body = { action: 'PickUp', sendCallTo: '103', phoneCallViewId: '01' };
    refused(await api.put(path, body), 409, 'pc_unreachable');
    assert.equal(api.dials().length, dials);
    await api.close();
  });

  test('is dialled all the same by what makes a call', async () => {
    const api = await VirtualUnifiedApi.start();
    for (const id of ['3-101', '3-102']) api.withoutPhone.add(id);
    await api.talking();
    await api.close();
  });
});
