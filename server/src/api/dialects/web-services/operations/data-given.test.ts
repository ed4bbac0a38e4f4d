import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deviceIdOf } from '../ids.ts';
import { api, device, seen, to, view } from '../testing/agents-calls.ts';

/* User data that comes with an operation: it is attached with what the operation does, or neither is done. */

const tooMuch = [
  { why: 'x'.repeat(20_000) },
  Object.fromEntries(Array.from({ length: 65 }, (_, at) => [`k${at}`, at])),
];
const ways = ['InitiateConference', 'InitiateTransfer', 'SingleStepConference', 'SingleStepTransfer'];

test('too much of it is refused, and nothing is held or dialled', async () => {
  for (const userData of tooMuch) {
    for (const number of ['15001', '211*4']) {
      assert.equal(await api.codeOf(`${device}/calls`, 'Dial', { ...to(number), userData }), 10, number);
    }
  }
  assert.deepEqual(api.calls.ports.effects, []);
  assert.deepEqual(api.calls.runtime.snapshot(), []);
  const call = await api.talking();
  await api.ask(`me/calls/${call}`, 'AttachUserData', { userData: { Case: '7' } });
  const before = api.calls.ports.effects.length;
  for (const userData of tooMuch) {
    for (const name of ways) {
      assert.equal(await api.codeOf(`me/calls/${call}`, name, { ...to('15002'), userData }), 10, name);
    }
    assert.equal(await api.codeOf(`me/calls/${call}`, 'InitiateConference', { ...to('211*4'), userData }), 10);
  }
  // Together with what is there already.
  const userData = Object.fromEntries(Array.from({ length: 64 }, (_, at) => [`k${at}`, at]));
  assert.equal(await api.codeOf(`me/calls/${call}`, 'SingleStepConference', { ...to('15002'), userData }), 10);
  assert.equal(await seen('ann', call), 'Established 15001');
  assert.equal(api.calls.ports.effects.length, before);
  assert.deepEqual((await view('ann', call))['userData'], { Case: '7' });
});

test('what is refused has attached nothing', async () => {
  await api.ask(`me/devices/${deviceIdOf('3-15001')}/calls`, 'Dial', to('211*5'), 'ben');
  await api.report('15001', 'delivered', 'answered');
  const call = (await api.callOf('ben')).id;
  const more = { ...to('15002'), userData: { why: 'help' } };
  assert.equal(await api.codeOf(`me/calls/${call}`, 'SingleStepConference', more, 'ben'), 2, 'it is full');
  assert.equal((await view('ben', call))['userData'], undefined);
});

test('a conference that is consulted has it, and the original when the two are one', async () => {
  const call = await api.talking();
  await api.ask(`me/calls/${call}`, 'InitiateConference', { ...to('211*4'), userData: { why: 'help' } });
  const consult = (await api.callsOf('ann')).find(({ id }) => id !== call)!.id;
  assert.deepEqual((await view('ann', consult))['userData'], { why: 'help' });
  await api.ask(`me/calls/${call}`, 'CompleteConference');
  assert.deepEqual((await view('ann', call))['userData'], { why: 'help' });
});

test('who is dialled in a single step sees it when it rings', async () => {
  for (const name of ['SingleStepConference', 'SingleStepTransfer']) {
    const call = await api.talking();
    await api.ask(`me/calls/${call}`, name, { ...to('15002'), userData: { why: name } });
    await api.report('15002', 'delivered');
    const ringing = await view('cleo', call);
    assert.deepEqual([ringing['state'], ringing['userData']], ['Ringing', { why: name }]);
    await api.endCalls();
  }
});
