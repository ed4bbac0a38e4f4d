import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { CallRef } from '../../../../call/model/call.ts';
import { clearCall } from '../../../../call/services/clear-call.ts';
import { clearConnection } from '../../../../call/services/clear-connection.ts';
import { deflectCall } from '../../../../call/services/deflect-call.ts';
import { enterConference } from '../../../../call/services/enter-conference.ts';
import { generateDigits } from '../../../../call/services/generate-digits.ts';
import { joinCall } from '../../../../call/services/join-call.ts';
import { makeCall } from '../../../../call/services/make-call.ts';
import { retrieveCall } from '../../../../call/services/retrieve-call.ts';
import { singleStepConference } from '../../../../call/services/single-step-conference.ts';
import { singleStepTransfer } from '../../../../call/services/single-step-transfer.ts';
import { policy } from '../../../../call/testing/runtime-fixture.ts';
import { deviceIdOf } from '../ids.ts';
import { seatsOf } from '../seats.ts';
import { base } from './testing/notified-office.ts';
import { office } from './testing/office-clients.ts';

describe('what agents are told', () => {
  test('what was begun and failed is told to who began it, after its end', async () => {
    const { office: it, runtime, a, telling } = await office();
    const { calledLeg } = await it.call('15000', '15001');
    await it.ring(calledLeg);
    const alone = await telling(() => runtime.report(calledLeg, { type: 'failed', cause: 'noAnswer' }));
    assert.deepEqual(alone.b, ['StatusChange Released 15000'], 'who did not answer has begun nothing');
    const device = deviceIdOf('1-15000');
    assert.deepEqual(a.told.at(-1)!.channel, '/v2/me/devices');
    assert.deepEqual(a.told.at(-1)!.data, {
      messageType: 'ErrorMessage',
      errorMessage: "Device '15001' was not reached: there is no answer.",
      devicePath: `/devices/${device}`,
      deviceUri: `${base}/devices/${device}`,
    });
    const { callId } = await it.talking('15000', '15001');
    const into = { callId };
    await runtime.do(singleStepConference, { into, ...it.dial('15002'), role: 'participant', charged: '1-15001' });
    const adding = it.fixture.lastDialled();
    const told = await telling(() => runtime.report(adding, { type: 'failed', cause: 'busy' }));
    assert.deepEqual(told, { a: [], b: ['ErrorMessage'], c: [] }, 'who wanted one more');
  });

  test('a call that was sent on to nobody is told to who sent it, though that one has left it', async () => {
    const { office: it, runtime, a, b, telling } = await office();
    const ref = await it.talking('15000', '15001');
    await runtime.do(singleStepTransfer, { ...ref, ...it.dial('15002') });
    const transferred = it.fixture.lastDialled();
    const sent = await telling(() => runtime.report(transferred, { type: 'failed', cause: 'busy' }));
    assert.deepEqual(sent, { a: ['ErrorMessage'], b: ['StatusChange Released 15002'], c: [] });
    assert.equal(a.told.at(-1)!.data['errorMessage'], "Device '15002' was not reached: it is busy.");
    const { calledLeg } = await it.call('15000', '15001', 'second');
    await it.ring(calledLeg);
    await runtime.do(deflectCall, { ...runtime.refOfLeg(calledLeg)!, ...it.dial('15002') });
    const redirected = it.fixture.lastDialled();
    await it.ring(redirected);
    const gone = await telling(() => runtime.report(redirected, { type: 'failed', cause: 'noAnswer' }));
    assert.deepEqual(gone.b, ['ErrorMessage']);
    assert.equal(b.told.at(-1)!.data['errorMessage'], "Device '15002' was not reached: there is no answer.");
    // Who has sent nothing on, and who left before the others gave up, is told of no error.
    const again = await it.talking('15000', '15001', 'third');
    await runtime.do(singleStepTransfer, { ...again, ...it.dial('15002') });
    const other = [...runtime.call(again.callId)!.connections.values()].find(({ answeredAt }) => answeredAt !== null)!;
    const given = await telling(() => runtime.report(other.legId, { type: 'cleared', cause: 'normal' }));
    assert.deepEqual(given.a, []);
  });

  test('a call that a phone sends on by itself: nothing until the other answers, and then as for any transfer', async () => {
    const { office: it, runtime, a, telling } = await office();
    const ref = await it.talking('15000', '15001');
    const sendOn = () => runtime.do(singleStepTransfer, { ...ref, ...it.dial('15002'), whenAnswered: true });
    assert.deepEqual(await telling(sendOn), { a: [], b: [], c: [] });
    const busy = it.fixture.lastDialled();
    assert.deepEqual((await telling(() => it.ring(busy))).c, ['StatusChange Ringing 15001,15000']);
    const failed = await telling(() => runtime.report(busy, { type: 'failed', cause: 'busy' }));
    assert.deepEqual([failed.a, failed.b], [['ErrorMessage'], []], 'the call is as it was');
    assert.equal(a.told.at(-1)!.data['errorMessage'], "Device '15002' was not reached: it is busy.");
    await sendOn();
    const leg = it.fixture.lastDialled();
    await it.ring(leg);
    assert.deepEqual(await telling(() => it.answer(leg)), {
      a: ['StatusChange Released 15001'],
      b: ['ParticipantsUpdated Established 15002'],
      c: ['StatusChange Established 15001'],
    });
  });

  test('who rings is another: told to the caller, and who is called, while nobody has answered', async () => {
    const { office: it, runtime, telling } = await office();
    const { ref, calledLeg } = await it.call('15000', '15001');
    await it.ring(calledLeg);
    const sentOn = () => runtime.do(deflectCall, { ...runtime.refOfLeg(calledLeg)!, ...it.dial('15002') });
    const told = await telling(sentOn);
    assert.deepEqual(told.a, ['ParticipantsUpdated Dialing 15002']);
    assert.deepEqual(told.b, ['StatusChange Released 15000']);
    const redirected = it.fixture.lastDialled();
    assert.deepEqual(await telling(() => it.ring(redirected)), { a: [], b: [], c: ['StatusChange Ringing 15000'] });
    await it.answer(redirected);
    // Who is called into it sees who leaves it meanwhile.
    const into = { callId: ref.callId };
    await runtime.do(singleStepConference, { into, ...it.dial('15001'), role: 'participant' });
    await it.ring();
    await runtime.do(singleStepConference, { into, ...it.dial('15003'), role: 'participant' });
    const fourth = it.fixture.lastDialled();
    const came = await telling(() => it.answer(fourth));
    assert.deepEqual(came.b, ['ParticipantsUpdated Ringing 15003,15002,15000']);
    const left = await telling(() => runtime.do(clearConnection, runtime.refOfLeg(redirected)!));
    assert.deepEqual(left.b, ['ParticipantsUpdated Ringing 15003,15000']);
  });

  test('that a phone which rings can be had to answer is told when it is known', async () => {
    const { office: it, runtime, b, telling } = await office();
    b.subscribe('/v2/me/calls/capabilities');
    const { calledLeg } = await it.call('15000', '15001');
    await it.ring(calledLeg);
    const report = (answerable: boolean) => runtime.report(calledLeg, { type: 'delivered', answerable });
    for (const can of [true, false]) {
      assert.deepEqual((await telling(() => report(can))).b, ['PropertiesUpdated Ringing 15000']);
      const { capabilities } = b.told.at(-1)!.data['call'] as { capabilities: string[] };
      assert.equal(capabilities.includes('Answer'), can);
    }
  });

  test('that digits can be sent is told when it is so: the own phone that was dialled answers, or hears who rings', async () => {
    const { office: it, runtime, a, telling } = await office();
    a.subscribe('/v2/me/calls/capabilities');
    const sendable = () =>
      (a.told.at(-1)!.data['call'] as { capabilities: string[] }).capabilities.includes('SendDtmf');
    const [{ device: from, target: fromTarget, ...rest }, { device: to, target: toTarget }] = [
      it.dial('15000'),
      it.dial('15001'),
    ];
    const asked = { kind: 'call', organizationId: '1', from, fromTarget, to, toTarget, ...rest } as const;
    const dialled = await telling(() => runtime.do(makeCall, asked));
    assert.deepEqual(dialled.a, ['StatusChange Dialing 15001']);
    assert.equal(sendable(), false);
    const picked = await telling(() => it.answer(it.fixture.lastDialled()));
    assert.deepEqual(picked.a, ['PropertiesUpdated Dialing 15001']);
    assert.equal(sendable(), true);
    await runtime.do(clearCall, { callId: runtime.snapshot()[0]!.id });

    const { ref, calledLeg } = await it.call('15000', '15001');
    await it.ring(calledLeg);
    assert.equal(sendable(), false);
    for (const early of [true, false]) {
      const told = await telling(() => runtime.report(calledLeg, { type: 'delivered', early }));
      assert.deepEqual(told.a, early ? ['PropertiesUpdated Dialing 15001'] : []);
    }
    await runtime.do(generateDigits, { ...ref, digits: '1' });
  });

  test('that a phone which holds by itself can be asked to take back no more is told when it has refused', async () => {
    const { office: it, runtime, b, telling } = await office();
    b.subscribe('/v2/me/calls/capabilities');
    const { calledLeg } = await it.call('15000', '15001');
    await it.answer(calledLeg);
    const retrievable = () =>
      (b.told.at(-1)!.data['call'] as { capabilities: string[] }).capabilities.includes('Retrieve');
    const held = await telling(() => runtime.report(calledLeg, { type: 'heldByPeer', back: 'asked' }));
    assert.deepEqual([held.b, retrievable()], [['StatusChange Held 15000'], true]);
    assert.deepEqual((await telling(() => runtime.do(retrieveCall, runtime.refOfLeg(calledLeg)!))).b, []);
    const refused = await telling(() => runtime.report(calledLeg, { type: 'heldByPeer' }));
    assert.deepEqual([refused.b, retrievable()], [['PropertiesUpdated Held 15000'], false]);
    const back = await telling(() => runtime.report(calledLeg, { type: 'retrievedByPeer' }));
    assert.deepEqual(back.b, ['StatusChange Established 15000']);
  });

  test('that a supervisor listens, and listens no more, is told to those who are listened to', async () => {
    const { office: it, runtime, a, telling } = await office();
    const { callId } = await it.talking('15000', '15001');
    await runtime.do(joinCall, { callId, ...it.dial('15002'), mode: 'listen' });
    const leg = it.fixture.lastDialled();
    const coming = await telling(() => runtime.report(leg, { type: 'answered' }));
    assert.deepEqual([coming.a, coming.b], [['StatusChange Established 15001'], ['StatusChange Established 15000']]);
    const listening = () => (a.told.at(-1)!.data['call'] as { supervisorListeningIn: boolean }).supervisorListeningIn;
    assert.equal(listening(), true);
    const going = await telling(() => runtime.report(leg, { type: 'cleared', cause: 'normal' }));
    assert.deepEqual([going.a, going.b], [['StatusChange Established 15001'], ['StatusChange Established 15000']]);
    assert.equal(listening(), false);
  });

  test('a phone that never rings: nothing is told, and nothing is to be seen', async () => {
    for (const end of ['busy', 'auto-answer', 'given up'] as const) {
      const { office: it, runtime, telling } = await office();
      const { ref, calledLeg } = await it.call('15000', '15001');
      const user = { features: ['api-voice'], roles: ['agent'] } as const;
      assert.deepEqual(seatsOf(runtime, user, '1-15001'), []);
      const { a, b } = await telling(() => {
        if (end === 'busy') runtime.report(calledLeg, { type: 'failed', cause: 'busy' });
        else if (end === 'auto-answer') runtime.report(calledLeg, { type: 'answered' });
        else return runtime.do(clearConnection, ref);
        return undefined;
      });
      const answered = end === 'auto-answer';
      const expected = [`StatusChange ${answered ? 'Established' : 'Released'} 15001`];
      assert.deepEqual(a, end === 'busy' ? [...expected, 'ErrorMessage'] : expected, end);
      assert.deepEqual(b, answered ? ['StatusChange Established 15000'] : [], end);
    }
  });
});

test('who comes into a conference of another organization is told of it, and what happens there', async () => {
  const { office: it, runtime, telling } = await office();
  const room = policy({ organizationId: '2' });
  const stranger = { kind: 'external', number: '555', name: '' } as const;
  const enter = (legId: string) =>
    runtime.do(enterConference, { legId, device: stranger, policy: room, role: 'participant' });
  const nothing = { a: [], b: [], c: [] };
  assert.deepEqual(await telling(() => enter('X')), nothing, 'nobody of this one is there');
  const into = { policy: room };
  const dialling = () =>
    runtime.do(singleStepConference, { into, role: 'participant', ...it.dial('15000'), charged: '1-15000' });
  assert.deepEqual(await telling(dialling), { ...nothing, a: ['StatusChange Dialing 555'] });
  const answering = await telling(() => it.answer(it.fixture.lastDialled()));
  assert.deepEqual(answering, { ...nothing, a: ['StatusChange Established 555'] });
  const leaving = await telling(() => runtime.report('X', { type: 'cleared', cause: 'normal' }));
  assert.equal(leaving.a.length, 1);
  const [{ callId, connectionId }] = runtime.connectionsOf('1-15000') as [CallRef];
  const over = await telling(() => runtime.do(clearConnection, { callId, connectionId }));
  assert.match(over.a.join(), /Released/);
});
