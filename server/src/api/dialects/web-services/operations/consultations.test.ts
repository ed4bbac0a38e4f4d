import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeCall } from '../../../../call/services/make-call.ts';
import { receiveCall } from '../../../../call/services/receive-call.ts';
import { deviceIdOf } from '../ids.ts';
import { api, device, deviceOf, seen, to } from '../testing/agents-calls.ts';
import { base } from '../testing/virtual-web-services.ts';

for (const which of ['consult', 'original'] as const) {
  for (const named of ['nothing', 'uri', 'path', 'id'] as const) {
    test(`a conference is completed at the ${which}, the consult call named by ${named}`, async () => {
      const calls = await api.consulting();
      const { original, consult } = calls;
      assert.equal(await seen('ann', original), 'Held 15001');
      assert.equal(await seen('ann', consult), 'Established 15002');
      const names = { nothing: undefined, uri: `${base}/me/calls/${consult}`, path: `/calls/${consult}`, id: consult };
      const consultCallUri = names[named];
      await api.ask(
        `me/calls/${calls[which]}`,
        'CompleteConference',
        consultCallUri === undefined ? {} : { consultCallUri },
      );
      assert.equal(await seen('ann', consult), 'gone');
      assert.equal(await seen('ann', original), 'Established 15002,15001');
      assert.equal(await seen('ben', original), 'Established 15002,15000');
      assert.equal(await seen('cleo', original), 'Established 15001,15000');
      assert.equal(await seen('cleo', consult), 'gone');
      // The same once more: the original has nothing to complete, the other is not there any more.
      assert.equal(await api.codeOf(`me/calls/${original}`, 'CompleteConference'), 2);
      assert.equal(await api.codeOf(`me/calls/${consult}`, 'CompleteConference'), 6);
      await api.ask(`me/calls/${original}`, 'RemoveParticipantFromConference', { participant: '15001' });
      assert.equal(await seen('ann', original), 'Established 15002');
      assert.equal(await seen('ben', original), 'gone');
      const { capabilities } = await api.callOf('ann', original);
      assert.ok(!capabilities.includes('RemoveParticipantFromConference') && !capabilities.includes('MuteCall'));
      assert.equal(
        await api.codeOf(`me/calls/${original}`, 'RemoveParticipantFromConference', { participant: '15002' }),
        2,
      );
      await api.ask(`me/calls/${original}`, 'Hangup');
      assert.deepEqual([await seen('ann', original), await seen('cleo', original)], ['gone', 'gone']);
    });
  }
}

test('a consult call that is none is not completed', async () => {
  const { original, consult } = await api.consulting();
  const complete = (consultCallUri: string) =>
    api.codeOf(`me/calls/${original}`, 'CompleteConference', { consultCallUri });
  assert.equal(await complete('nothing'), 6);
  assert.equal(await complete(`${base}/me/calls/${original}`), 2);
  assert.deepEqual([await seen('ann', original), await seen('ann', consult)], ['Held 15001', 'Established 15002']);
});

test('a consultation may be of a number outside, which is dialled over a trunk', async () => {
  const original = await api.talking();
  await api.ask(`me/calls/${original}`, 'InitiateConference', to('+1 323-555-0142'));
  const consult = (await api.callsOf('ann')).find(({ id }) => id !== original)!;
  assert.deepEqual(consult.participants, [
    {
      e164Number: '+13235550142',
      formattedPhoneNumber: '+13235550142',
      phoneNumber: '+13235550142',
      digits: '13235550142',
    },
  ]);
  await api.report('+13235550142', 'delivered', 'answered');
  await api.ask(`me/calls/${consult.id}`, 'CompleteConference');
  assert.equal(await seen('ann', original), 'Established +13235550142,15001');
});

test('a transfer leaves the others with each other', async () => {
  const { original, consult } = await api.consulting();
  await api.ask(`me/calls/${consult}`, 'CompleteTransfer');
  assert.deepEqual([await seen('ann', original), await seen('ann', consult)], ['gone', 'gone']);
  assert.equal(await seen('ben', original), 'Established 15002');
  assert.equal(await seen('cleo', original), 'Established 15001');
});

test('calls are swapped, whichever of the two is asked', async () => {
  const { original, consult } = await api.consulting();
  await api.ask(`me/calls/${consult}`, 'SwapCalls', { otherCallUri: `${base}/me/calls/${original}` });
  assert.deepEqual([await seen('ann', original), await seen('ann', consult)], ['Established 15001', 'Held 15002']);
  await api.ask(`me/calls/${consult}`, 'SwapCalls');
  assert.deepEqual([await seen('ann', original), await seen('ann', consult)], ['Held 15001', 'Established 15002']);
  await api.ask(`me/calls/${original}`, 'SwapCalls');
  await api.ask(`me/calls/${original}`, 'CompleteConference');
  assert.equal(await seen('ann', original), 'Established 15002,15001');
});

test('who was consulted and has sent that on to somebody else may be consulted besides', async () => {
  const original = await api.talking();
  await api.ask(`me/calls/${original}`, 'InitiateConference', to('15002'));
  await api.report('15002', 'delivered');
  const { id } = await api.callOf('cleo');
  await api.ask(`me/calls/${id}`, 'Redirect', to('15003'), 'cleo');
  await api.ask(`me/calls/${original}`, 'InitiateConference', to('15002'));
  assert.equal((await api.callsOf('ann')).length, 3);
});

test('the original is taken back while the consulted party rings, or somebody else is consulted in it', async () => {
  const original = await api.talking();
  await api.ask(`me/calls/${original}`, 'InitiateConference', to('15002'));
  await api.report('15002', 'delivered');
  const consult = (await api.callsOf('ann')).find(({ id }) => id !== original)!.id;
  // Twice the same is once.
  assert.equal(await api.codeOf(`me/calls/${original}`, 'InitiateConference', to('15002')), 2);
  await api.ask(`me/calls/${original}`, 'Retrieve');
  assert.deepEqual([await seen('ann', original), await seen('ann', consult)], ['Established 15001', 'Held 15002']);
  assert.equal((await api.callOf('cleo')).state, 'Ringing');
  await api.report('15002', 'answered');
  assert.equal((await api.callOf('cleo')).state, 'Established');
  await api.ask(`me/calls/${consult}`, 'SwapCalls');
  await api.ask(`me/calls/${original}`, 'InitiateTransfer', to('15003'));
  await api.report('15003', 'delivered', 'answered');
  const [next] = (await api.callsOf('ann')).filter(({ id }) => id !== original && id !== consult);
  const states = await Promise.all([original, consult, next!.id].map((id) => seen('ann', id)));
  assert.deepEqual(states, ['Held 15001', 'Held 15002', 'Established 15003']);
  // Of several, the one that is talked in is meant.
  await api.ask(`me/calls/${original}`, 'CompleteConference');
  assert.equal(await seen('ann', original), 'Established 15003,15001');
  await api.ask(`me/calls/${original}`, 'CompleteConference', { consultCallUri: consult });
  assert.equal(await seen('ann', original), 'Established 15002,15003,15001');
});

for (const [merged, completed, by] of [
  ['CompleteConference', 'CompleteConference', 'request'],
  ['CompleteConference', 'CompleteTransfer', 'phone'],
  ['CompleteTransfer', 'CompleteConference', 'phone'],
  ['CompleteTransfer', 'CompleteTransfer', 'request'],
] as const) {
  test(`who was consulted and consults by ${by}, after a ${merged} of theirs, has ${completed}`, async () => {
    const { original, consult } = await api.consulting();
    if (by === 'request') await api.ask(`me/calls/${consult}`, 'InitiateConference', to('15003'), 'cleo');
    else await consultsByPhone('cleo', consult);
    await api.report('15003', 'delivered', 'answered');
    const next = (await api.callsOf('cleo')).find(({ id }) => id !== consult)!.id;
    const parentOf = async () => (await api.get(`me/calls/${next}`, 'cleo')).json.call.parentCallUri;
    assert.equal(await parentOf(), `${base}/me/calls/${consult}`);
    await api.ask(`me/calls/${consult}`, merged);
    // What it consults for is that one now.
    assert.equal(await parentOf(), `${base}/me/calls/${original}`);
    for (const id of [original, next]) {
      assert.ok((await api.callOf('cleo', id)).capabilities.includes(completed), `${id} lists ${completed}`);
    }
    await api.ask(`me/calls/${original}`, completed, { consultCallUri: next }, 'cleo');
    const first = merged === 'CompleteConference' ? ['15000'] : [];
    const others = ['15003', ...(completed === 'CompleteConference' ? ['15002'] : []), ...first];
    assert.equal(await seen('ben', original), `Established ${others.join()}`);
  });
}

/** On a leg of its own, as a phone does that holds what it is in. */
function dialsByPhone(legId: string, from: string, to: string) {
  return api.calls.runtime.do(receiveCall, {
    kind: 'call',
    legId,
    organizationId: '3',
    from: deviceOf(from),
    to: deviceOf(to),
    target: { kind: 'terminal', aor: to },
    callerId: { name: '', number: from },
    timeoutMs: 25_000,
  });
}

/** 15002 holds, and dials 15003 on another leg. */
async function consultsByPhone(login: string, held: string): Promise<void> {
  await api.ask(`me/calls/${held}`, 'Hold', {}, login);
  await dialsByPhone(`own ${held}`, '15002', '15003');
}

test('somebody consulted from a consultation may come into what that has become part of', async () => {
  const { original, consult } = await api.consulting();
  await api.ask(`me/calls/${consult}`, 'InitiateConference', to('15003'));
  await api.report('15003', 'delivered', 'answered');
  const next = (await api.callsOf('ann')).find(({ id }) => id !== original && id !== consult)!.id;
  await api.ask(`me/calls/${consult}`, 'SwapCalls', { otherCallUri: next });
  await api.ask(`me/calls/${original}`, 'CompleteConference');
  assert.equal(await seen('ann', original), 'Established 15002,15001');
  await api.ask(`me/calls/${next}`, 'CompleteConference');
  assert.equal(await seen('ann', original), 'Established 15003,15002,15001');
});

test('participants are listed as they came in, and not as they were dialled', async () => {
  const original = await api.talking();
  for (const number of ['15002', '15003']) await api.ask(`me/calls/${original}`, 'SingleStepConference', to(number));
  api.calls.clock.advance(1000);
  await api.report('15003', 'delivered', 'answered');
  assert.equal(await seen('ann', original), 'Established 15003,15001');
  api.calls.clock.advance(1000);
  await api.report('15002', 'delivered', 'answered');
  assert.equal(await seen('ann', original), 'Established 15002,15003,15001');
  assert.equal(await seen('sue', original), 'Established 15002,15001,15000');
});

test('who comes in by a merge comes in then, whenever it answered', async () => {
  const { original, consult } = await api.consulting();
  await api.ask(`me/calls/${original}`, 'SwapCalls');
  await api.ask(`me/calls/${original}`, 'SingleStepConference', to('15003'));
  api.calls.clock.advance(1000);
  await api.report('15003', 'delivered', 'answered');
  api.calls.clock.advance(1000);
  await api.ask(`me/calls/${original}`, 'CompleteConference', { consultCallUri: consult });
  assert.equal(await seen('ann', original), 'Established 15002,15003,15001');
});

test('who made a conference may remove the others as long as it is in it, and nobody else', async () => {
  const { original, consult } = await api.consulting();
  await api.ask(`me/calls/${consult}`, 'CompleteConference');
  const remove = 'RemoveParticipantFromConference';
  assert.equal(await api.codeOf(`me/calls/${original}`, remove, { participant: '15002' }, 'ben'), 2);
  await api.ask(`me/calls/${original}`, 'SingleStepConference', to('15003'), 'ben');
  await api.report('15003', 'delivered', 'answered');
  assert.equal(await api.codeOf(`me/calls/${original}`, remove, { participant: '15003' }, 'ben'), 2);
  await api.ask(`me/calls/${original}`, remove, { participant: '15003' });
  await api.ask(`me/calls/${original}`, 'SingleStepConference', to('15003'));
  await api.report('15003', 'delivered', 'answered');
  await api.ask(`me/calls/${original}`, 'Hangup');
  for (const login of ['ben', 'cleo', 'sue']) {
    assert.equal(await api.codeOf(`me/calls/${original}`, remove, { participant: '15003' }, login), 2, login);
  }
  // It is one of two now, and whoever makes a conference of it again rules that.
  await api.ask(`me/calls/${original}`, 'Hangup', {}, 'sue');
  await api.ask(`me/calls/${original}`, 'SingleStepConference', to('15003'), 'cleo');
  await api.report('15003', 'delivered', 'answered');
  await api.ask(`me/calls/${original}`, remove, { participant: '15003' }, 'cleo');
});

test('what a phone begins by itself while it holds is a consultation too: swapped, and completed', async () => {
  for (const operation of ['CompleteConference', 'CompleteTransfer']) {
    const original = await api.talking();
    await api.ask(`me/calls/${original}`, 'Hold');
    const legId = `own ${operation}`;
    await dialsByPhone(legId, '15000', '15002');
    await api.report('15002', 'delivered', 'answered');
    const consult = (await api.callsOf('ann')).find(({ id }) => id !== original)!.id;
    for (const id of [original, consult]) {
      const { capabilities } = await api.callOf('ann', id);
      for (const one of ['SwapCalls', 'CompleteConference', 'CompleteTransfer']) assert.ok(capabilities.includes(one));
    }
    assert.equal(await api.codeOf(`me/calls/${original}`, 'Retrieve'), 2);
    await api.ask(`me/calls/${original}`, 'SwapCalls');
    assert.deepEqual([await seen('ann', original), await seen('ann', consult)], ['Established 15001', 'Held 15002']);
    await api.ask(`me/calls/${consult}`, 'SwapCalls', { otherCallUri: original });
    assert.deepEqual([await seen('ann', original), await seen('ann', consult)], ['Held 15001', 'Established 15002']);
    await api.ask(`me/calls/${consult}`, operation, { consultCallUri: consult });
    const left = await api.callsOf('ann');
    assert.deepEqual(
      left.map(({ id }) => id),
      operation === 'CompleteConference' ? [original] : [],
    );
    if (operation === 'CompleteConference') assert.equal(await seen('ann', original), 'Established 15002,15001');
    assert.equal(await seen('ben', original), `Established ${left.length > 0 ? '15002,15000' : '15002'}`);
    await api.ask(`me/calls/${original}`, 'Hangup', {}, 'ben');
    if (left.length > 0) await api.ask(`me/calls/${original}`, 'Hangup');
  }
});

test('the consultation ends: the original stays held until it is retrieved', async () => {
  const { original, consult } = await api.consulting();
  await api.ask(`me/calls/${consult}`, 'Hangup');
  assert.deepEqual([await seen('ann', original), await seen('ann', consult)], ['Held 15001', 'gone']);
  await api.ask(`me/calls/${original}`, 'Retrieve');
  assert.equal(await seen('ann', original), 'Established 15001');
});

test('the held party hangs up: the consultation goes on by itself', async () => {
  const { original, consult } = await api.consulting();
  await api.ask(`me/calls/${original}`, 'Hangup', {}, 'ben');
  assert.deepEqual([await seen('ann', original), await seen('ann', consult)], ['gone', 'Established 15002']);
  const { capabilities, callType } = (await api.callOf('ann', consult)) as unknown as {
    capabilities: string[];
    callType: string;
  };
  assert.equal(callType, 'Consult');
  assert.ok(!capabilities.includes('CompleteConference') && !capabilities.includes('SwapCalls'));
  assert.equal(await api.codeOf(`me/calls/${consult}`, 'CompleteConference'), 2);
});

test('who is consulted does not answer, or refuses', async () => {
  for (const end of ['failed', 'Reject', 'Hangup'] as const) {
    const original = await api.talking();
    await api.ask(`me/calls/${original}`, 'InitiateTransfer', to('15002'));
    await api.report('15002', 'delivered');
    const consult = (await api.callsOf('ann')).find(({ id }) => id !== original)!.id;
    assert.equal(await seen('ann', consult), 'Dialing 15002');
    assert.equal(await seen('cleo', consult), 'Ringing 15000');
    for (const operation of ['CompleteTransfer', 'CompleteConference'])
      assert.equal(await api.codeOf(`me/calls/${consult}`, operation), 2);
    if (end === 'failed') await api.report('15002', 'failed');
    else await api.ask(`me/calls/${consult}`, end, {}, 'cleo');
    assert.deepEqual([await seen('ann', original), await seen('ann', consult)], ['Held 15001', 'gone'], end);
    await api.ask(`me/calls/${original}`, 'Hangup');
  }
});

test('a transfer is completed where a conference has no room for one more, or the phone holds by itself', async () => {
  const may = async (id: string) => {
    const { capabilities } = await api.callOf('ann', id);
    return ['CompleteConference', 'CompleteTransfer'].map((one) => capabilities.includes(one));
  };
  // A conference of two, both there.
  for (const [login, number] of [
    ['ben', '15001'],
    ['ann', '15000'],
  ] as const) {
    await api.ask(`me/devices/${deviceIdOf(`3-${number}`)}/calls`, 'Dial', to('211*6'), login);
    await api.report(number, 'answered');
  }
  const full = (await api.callOf('ann')).id;
  await api.ask(`me/calls/${full}`, 'InitiateTransfer', to('15002'));
  await api.report('15002', 'delivered', 'answered');
  const asked = (await api.callsOf('ann')).find(({ id }) => id !== full)!.id;
  for (const id of [full, asked]) assert.deepEqual(await may(id), [false, true]);
  assert.equal(await api.codeOf(`me/calls/${asked}`, 'CompleteConference'), 2);
  await api.ask(`me/calls/${full}`, 'CompleteTransfer');
  assert.deepEqual(await api.callsOf('ann'), []);
  assert.equal(await seen('ben', full), 'Established 15002');
  await api.endCalls();
  // Nothing is said on a line that the phone holds; who is left needs none of it.
  const { original, consult } = await api.consulting();
  api.calls.runtime.report(api.legTo('15000'), { type: 'heldByPeer' });
  await api.calls.settle();
  for (const id of [original, consult]) assert.deepEqual(await may(id), [false, true]);
  await api.ask(`me/calls/${original}`, 'CompleteTransfer', { consultCallUri: consult });
  assert.equal(await seen('ben', original), 'Established 15002');
});

test('a call that may not be sent on to a number outside is not by way of a consultation either', async () => {
  const { runtime } = api.calls;
  const terminal = (number: string) => ({ kind: 'terminal', aor: number }) as const;
  const begun = { kind: 'call', organizationId: '3', from: deviceOf('15000'), fromTarget: terminal('15000') } as const;
  const asked = { to: deviceOf('15001'), toTarget: terminal('15001'), callerId: { name: '', number: '' } } as const;
  await runtime.do(makeCall, { ...begun, ...asked, timeoutMs: 25_000, publicTransfer: false });
  await api.report('15000', 'delivered', 'answered');
  await api.report('15001', 'delivered', 'answered');
  const original = (await api.callOf('ann')).id;
  assert.equal(await api.codeOf(`me/calls/${original}`, 'SingleStepTransfer', to('4930123456')), 3);
  await api.ask(`me/calls/${original}`, 'InitiateTransfer', to('4930123456'));
  await api.report('4930123456', 'delivered', 'answered');
  const consult = (await api.callsOf('ann')).find(({ id }) => id !== original)!.id;
  const { capabilities } = await api.callOf('ann', consult);
  assert.ok(!capabilities.includes('CompleteTransfer') && capabilities.includes('CompleteConference'));
  assert.equal(await api.codeOf(`me/calls/${consult}`, 'CompleteTransfer'), 2);
  await api.ask(`me/calls/${consult}`, 'Hangup');
  await api.ask(`me/calls/${original}`, 'InitiateTransfer', to('15002'));
  await api.report('15002', 'delivered', 'answered');
  await api.ask(`me/calls/${original}`, 'CompleteTransfer');
  assert.equal(await seen('ben', original), 'Established 15002');
});

test('a call is taken back from who is consulted in it, whatever else the phone dials on another line', async () => {
  await api.ask(`${device}/calls`, 'Dial', to('15002'));
  await api.report('15000', 'answered');
  const other = (await api.callOf('ann')).id;
  const dialled = { kind: 'call', legId: 'own', organizationId: '3', from: deviceOf('15000') } as const;
  const called = { to: deviceOf('15001'), target: { kind: 'terminal', aor: '15001' } } as const;
  await api.calls.runtime.do(receiveCall, {
    ...dialled,
    ...called,
    callerId: { name: '', number: '15000' },
    timeoutMs: 25_000,
  });
  await api.report('15001', 'delivered', 'answered');
  const original = (await api.callsOf('ann')).find(({ id }) => id !== other)!.id;
  await api.ask(`me/calls/${original}`, 'InitiateConference', to('15003'));
  const consult = (await api.callsOf('ann')).find(({ id }) => ![original, other].includes(id))!.id;
  assert.ok((await api.callOf('ann', original)).capabilities.includes('Retrieve'));
  await api.ask(`me/calls/${original}`, 'Retrieve');
  const states = await Promise.all([original, consult, other].map((id) => seen('ann', id)));
  assert.deepEqual(states, ['Established 15001', 'Held 15003', 'Dialing 15002']);
});
