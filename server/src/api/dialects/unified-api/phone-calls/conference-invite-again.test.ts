import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { invitation, VirtualUnifiedApi } from '../testing/virtual-unified-api.ts';
import { path, refused, withPin } from './testing/refused-invitation.ts';

describe('conferenceInvite', () => {
  test('a request that is repeated after a crash dials nobody twice', async () => {
    const api = await VirtualUnifiedApi.start();
    for (const [at, operationId] of [
      [withPin, 'a'.repeat(20)],
      [path, 'b'.repeat(20)],
    ] as const) {
      api.operation = { operationId, resumed: false };
      const first = await api.post(at, invitation({ destination: ['101', '102'] }));
      assert.equal(first.json[0].id, operationId);
      const dialled = api.dials().length;
      api.operation = { operationId, resumed: true };
      const running = await api.post(at, invitation({ destination: ['101', '102'] }));
      assert.equal(running.text, first.text);
      for (const { id } of first.json) await api.report(id, 'cleared');
      assert.equal((await api.post(at, invitation({ destination: ['101', '102'] }))).text, first.text);
      assert.equal(api.dials().length, dialled);
    }
    // Begun and never made: it is made now.
    api.operation = { operationId: 'c'.repeat(20), resumed: true };
    const before = api.dials().length;
    assert.equal((await api.post(withPin, invitation())).json[0].id, 'c'.repeat(20));
    assert.equal(api.dials().length, before + 1);
    await api.close();
  });

  test('who was taken back when another could not be invited is dialled by the next try, again and again', async () => {
    for (const at of [withPin, path]) {
      const api = await VirtualUnifiedApi.start();
      const destination = ['3235742879', '3235742880'];
      const operationId = 'e'.repeat(20);
      api.operation = { operationId, resumed: false };
      for (let round = 0; round < 3; round++) {
        let appended = 0;
        api.calls.store.beforeAppend = async () => {
          if (++appended === 2) throw new Error('disk full');
        };
        refused(await api.post(at, invitation({ destination })), 503, 'service_unavailable');
        assert.deepEqual(api.calls.runtime.snapshot(), []);
        api.operation = { operationId, resumed: true };
      }
      api.calls.store.beforeAppend = null;
      const before = api.dials().length;
      const made = await api.post(at, invitation({ destination }));
      assert.equal(made.status, 200, made.text);
      const ids = made.json.map(({ id }: { id: string }) => id);
      assert.deepEqual(
        api
          .dials()
          .slice(before)
          .map(({ legId }) => legId),
        ids,
      );
      for (const id of ids) assert.notEqual(api.calls.runtime.refOfLeg(id), null, 'answered as made, and not there');
      assert.equal((await api.post(at, invitation({ destination }))).text, made.text);
      assert.equal(api.dials().length, before + 2);
      await api.close();
    }
  });

  test('while it cannot be stored that somebody was taken back, nobody rings, and the next try goes on from there', async () => {
    const api = await VirtualUnifiedApi.start();
    const operationId = 'f'.repeat(20);
    api.operation = { operationId, resumed: false };
    let appended = 0;
    api.calls.store.beforeAppend = async () => {
      if (++appended > 2) throw new Error('disk full');
    };
    const full = await api.post(`${path}?number=5`, invitation({ destination: ['101', '102', '103'] }));
    refused(full, 409, 'conference_full');
    const hungUp = api.calls.ports.effects.flatMap((effect) => (effect.do === 'clear' ? [effect.legId] : []));
    assert.deepEqual(
      hungUp.sort(),
      api
        .dials()
        .map(({ legId }) => legId)
        .sort(),
    );
    assert.notEqual(api.calls.runtime.refOfLeg(operationId), null);
    api.calls.store.beforeAppend = null;
    api.operation = { operationId, resumed: true };
    const again = await api.post(`${path}?number=5`, invitation({ destination: ['101', '102', '103'] }));
    refused(again, 409, 'conference_full');
    assert.deepEqual(api.calls.runtime.snapshot(), [], 'nobody is left ringing');
    assert.equal(api.dials().length, 2);
    await api.close();
  });

  test('when nothing can be stored, nothing is dialled and the answer says so', async () => {
    const api = await VirtualUnifiedApi.start();
    api.calls.store.beforeAppend = () => Promise.reject(new Error('disk full'));
    refused(await api.post(withPin, invitation()), 503, 'service_unavailable');
    refused(await api.post(`${path}?pin=1`, invitation()), 503, 'service_unavailable');
    assert.deepEqual([api.dials(), api.pins], [[], []]);
    await api.close();
  });
});
