import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { alternateCall } from '../../../../call/services/alternate-call.ts';
import { associateData } from '../../../../call/services/associate-data.ts';
import { clearConnection } from '../../../../call/services/clear-connection.ts';
import { conferenceCall } from '../../../../call/services/conference-call.ts';
import { consultConference } from '../../../../call/services/consult-conference.ts';
import { consultationCall } from '../../../../call/services/consultation-call.ts';
import { enterConference } from '../../../../call/services/enter-conference.ts';
import { holdCall } from '../../../../call/services/hold-call.ts';
import { pauseRecording } from '../../../../call/services/pause-recording.ts';
import { retrieveCall } from '../../../../call/services/retrieve-call.ts';
import { setLocked } from '../../../../call/services/set-locked.ts';
import { setMute } from '../../../../call/services/set-mute.ts';
import { singleStepConference } from '../../../../call/services/single-step-conference.ts';
import { singleStepTransfer } from '../../../../call/services/single-step-transfer.ts';
import { startRecording } from '../../../../call/services/start-recording.ts';
import { stopRecording } from '../../../../call/services/stop-recording.ts';
import { transferCall } from '../../../../call/services/transfer-call.ts';
import { policy } from '../../../../call/testing/runtime-fixture.ts';
import { callView } from '../call-view.ts';
import { callIdOf } from '../ids.ts';
import { seatsOf } from '../seats.ts';
import { base } from './testing/notified-office.ts';
import { office } from './testing/office-clients.ts';

describe('what agents are told', () => {
  test('a call: dialled, ringing, answered, held, retrieved, muted, over', async () => {
    const { office: it, runtime, telling } = await office();
    let ref = { callId: '', connectionId: '' };
    let leg = '';
    assert.deepEqual(
      await telling(async () => {
        ({ ref, calledLeg: leg } = await it.call('15000', '15001'));
      }),
      { a: ['StatusChange Dialing 15001'], b: [], c: [] },
    );
    assert.deepEqual(await telling(() => it.ring(leg)), { a: [], b: ['StatusChange Ringing 15000'], c: [] });
    assert.deepEqual(await telling(() => it.answer(leg)), {
      a: ['StatusChange Established 15001'],
      b: ['StatusChange Established 15000'],
      c: [],
    });
    const nothing = { a: [], b: [], c: [] };
    assert.deepEqual(await telling(() => runtime.do(holdCall, ref)), {
      ...nothing,
      a: ['StatusChange Held 15001'],
    });
    assert.deepEqual(await telling(() => runtime.do(retrieveCall, ref)), {
      ...nothing,
      a: ['StatusChange Established 15001'],
    });
    const muting = await telling(() => runtime.do(setMute, { ...ref, muted: true }));
    assert.deepEqual(muting, { ...nothing, a: ['StatusChange Established 15001'] });
    assert.deepEqual(await telling(() => runtime.do(setMute, { ...ref, muted: true })), nothing);
    assert.deepEqual(await telling(() => runtime.do(clearConnection, ref)), {
      a: ['StatusChange Released 15001'],
      b: ['StatusChange Released 15000'],
      c: [],
    });
  });

  test('attached data is told to everybody in the call, without extensions', async () => {
    const { office: it, runtime, a, telling } = await office();
    const { callId } = await it.talking('15000', '15001');
    const told = await telling(() => runtime.do(associateData, { callId, set: { Segment: 'Gold' } }));
    assert.deepEqual(told, {
      a: ['AttachedDataChanged Established 15001'],
      b: ['AttachedDataChanged Established 15000'],
      c: [],
    });
    assert.deepEqual(Object.keys(a.told.at(-1)!.data), ['notificationType', 'call', 'phoneNumber', 'messageType']);
    assert.deepEqual((a.told.at(-1)!.data['call'] as { userData: object }).userData, { Segment: 'Gold' });
    const again = await telling(() => runtime.do(associateData, { callId, removed: ['Segment'] }));
    assert.equal(again.a.length, 1);
    assert.equal('userData' in (a.told.at(-1)!.data['call'] as object), false);
  });

  test('a recording: started, paused, resumed, stopped', async () => {
    const { office: it, runtime, telling } = await office();
    const { callId } = await it.talking('15000', '15001');
    for (const act of [
      () => runtime.do(startRecording, { callId }),
      () => runtime.do(pauseRecording, { callId, paused: true }),
      () => runtime.do(pauseRecording, { callId, paused: false }),
      () => runtime.do(stopRecording, { callId }),
    ]) {
      assert.deepEqual((await telling(act)).a, ['CallRecordingStateChange Established 15001']);
    }
  });

  test('a conference as documented: held, dialled, established; released, and then the parties, and nothing else', async () => {
    const { office: it, runtime, a, b, telling } = await office();
    const original = await it.talking('15000', '15001');
    let consult = original;
    const dialling = await telling(async () => {
      consult = await runtime.do(consultationCall, { ...original, ...it.dial('15002') });
    });
    assert.deepEqual(dialling, {
      a: ['StatusChange Held 15001', 'StatusChange Dialing 15002'],
      b: [],
      c: [],
    });
    assert.deepEqual((await telling(() => it.ring())).c, ['StatusChange Ringing 15000']);
    const answering = await telling(() => it.answer(it.fixture.lastDialled()));
    assert.deepEqual(answering, {
      a: ['StatusChange Established 15002'],
      b: [],
      c: ['StatusChange Established 15000'],
    });
    it.fixture.clock.advance(24_000);
    const merging = await telling(() => runtime.do(conferenceCall, { original, consult }));
    assert.deepEqual(merging, {
      a: ['StatusChange Released 15002', 'ParticipantsUpdated Established 15002,15001'],
      b: ['ParticipantsUpdated Established 15002,15000'],
      c: ['StatusChange Released 15000', 'StatusChange Established 15001,15000'],
    });
    const [released, updated] = a.told.slice(-2);
    const { call, ...rest } = released!.data;
    assert.deepEqual(Object.keys(released!.data), [
      'notificationType',
      'call',
      'phoneNumber',
      'extensions',
      'messageType',
    ]);
    assert.deepEqual(rest, {
      notificationType: 'StatusChange',
      phoneNumber: '15000',
      extensions: { BusinessCall: 0 },
      messageType: 'CallStateChangeMessage',
    });
    assert.deepEqual(Object.keys(JSON.parse(released!.text)), ['data', 'channel', 'ext']);
    const { id, parentCallUri, capabilities } = call as Record<string, unknown>;
    assert.equal(id, callIdOf(consult.callId));
    assert.equal(parentCallUri, `${base}/me/calls/${callIdOf(original.callId)}`);
    assert.deepEqual(capabilities, []);
    const merged = updated!.data['call'] as Record<string, unknown>;
    assert.equal(merged['id'], callIdOf(original.callId));
    assert.ok((merged['capabilities'] as string[]).includes('MuteCall'));
    assert.equal(b.told.at(-1)!.channel, '/v2/me/calls');
    // Both in one step of the log: whoever has the one has the other.
    assert.equal(released!.number.split('-')[0], updated!.number.split('-')[0]);
  });

  test('a scheduled conference is consulted: dialled and there at once; its end as any consultation’s, the original goes on', async () => {
    for (const service of [conferenceCall, transferCall]) {
      const { office: it, runtime, a, b, telling } = await office();
      const room = policy({ organizationId: '1' });
      await runtime.do(enterConference, { legId: 'in', device: it.device('15002'), policy: room, role: 'participant' });
      const original = await it.talking('15000', '15001');
      let consult = original;
      const consulting = await telling(async () => {
        consult = await runtime.do(consultConference, { ...original, policy: room, role: 'participant' });
      });
      assert.deepEqual(consulting, {
        a: ['StatusChange Held 15001', 'StatusChange Dialing 15002', 'StatusChange Established 15002'],
        b: [],
        c: ['ParticipantsUpdated Established 15000'],
      });
      const [dialling, answered] = a.told.slice(-2).map(({ data }) => data['call'] as Record<string, unknown>);
      assert.deepEqual(dialling!['capabilities'], [
        'UpdateUserData',
        'AttachUserData',
        'DeleteUserDataPair',
        'DeleteUserData',
        'Hangup',
      ]);
      const parentCallUri = `${base}/me/calls/${callIdOf(original.callId)}`;
      const what = { callType: 'Consult', dnis: '211', parentCallUri, duration: '0' };
      for (const call of [dialling!, answered!]) assert.partialDeepStrictEqual(call, what);
      it.fixture.clock.advance(24_000);
      const told = await telling(() => runtime.do(service, { original, consult }));
      const merged = service === conferenceCall;
      assert.deepEqual(told, {
        a: merged
          ? ['StatusChange Released 15002', 'ParticipantsUpdated Established 15002,15001']
          : ['StatusChange Released 15001', 'StatusChange Released 15002'],
        b: [`ParticipantsUpdated Established ${merged ? '15002,15000' : '15002'}`],
        c: [`ParticipantsUpdated Established ${merged ? '15001,15000' : '15001'}`],
      });
      const [first, second] = a.told.slice(-2).map(({ data }) => data['call'] as Record<string, unknown>);
      const [released, other] = merged ? [first!, second!] : [second!, first!];
      assert.partialDeepStrictEqual(released, {
        ...what,
        id: callIdOf(consult.callId),
        duration: released['duration'],
      });
      assert.ok(Number(released['duration']) >= 24 && Number(released['duration']) < 30);
      assert.partialDeepStrictEqual(other, { id: callIdOf(original.callId), callType: 'Internal', dnis: '15001' });
      assert.equal((b.told.at(-1)!.data['call'] as { id: string }).id, callIdOf(original.callId));
      assert.equal(runtime.callOfConference(room.conferenceId)?.id, consult.callId);
    }
  });

  test('a transfer: the original is released, then the consultation', async () => {
    const { office: it, runtime, a, telling } = await office();
    const original = await it.talking('15000', '15001');
    const consult = await it.consulting(original, '15002');
    const told = await telling(() => runtime.do(transferCall, { original, consult }));
    assert.deepEqual(told, {
      a: ['StatusChange Released 15001', 'StatusChange Released 15002'],
      b: ['ParticipantsUpdated Established 15002'],
      c: ['StatusChange Released 15000', 'StatusChange Established 15001'],
    });
    const ids = a.told.slice(-2).map(({ data }) => (data['call'] as { id: string }).id);
    assert.deepEqual(ids, [callIdOf(original.callId), callIdOf(consult.callId)]);
  });

  test('two calls that change places: the one that is talked in now, then the other', async () => {
    const { office: it, runtime, telling } = await office();
    const original = await it.talking('15000', '15001');
    const consult = await it.consulting(original, '15002');
    const told = await telling(() => runtime.do(alternateCall, { active: consult, held: original }));
    assert.deepEqual(told, { a: ['StatusChange Established 15001', 'StatusChange Held 15002'], b: [], c: [] });
  });

  test('giving up: the consultation is released and the original stays held; the original ends and the consultation goes on', async () => {
    for (const answered of [false, true]) {
      const { office: it, runtime, telling } = await office();
      const original = await it.talking('15000', '15001');
      const consult = await runtime.do(consultationCall, { ...original, ...it.dial('15002') });
      if (answered) await it.answer(it.fixture.lastDialled());
      const told = await telling(() => runtime.do(clearConnection, consult));
      assert.deepEqual(told.a, ['StatusChange Released 15002']);
      assert.deepEqual(told.b, []);
      assert.deepEqual((await telling(() => runtime.do(retrieveCall, original))).a, ['StatusChange Established 15001']);
    }
    const { office: it, runtime, telling } = await office();
    const original = await it.talking('15000', '15001');
    await runtime.do(consultationCall, { ...original, ...it.dial('15002') });
    const refused = it.fixture.lastDialled();
    await it.ring(refused);
    const busy = await telling(() => runtime.report(refused, { type: 'failed', cause: 'busy' }));
    const failed = ['StatusChange Released 15002', 'ErrorMessage'];
    assert.deepEqual([busy.a, busy.c], [failed, ['StatusChange Released 15000']]);
    await it.consulting(original, '15002');
    const held = [...runtime.call(original.callId)!.connections.values()].find(({ state }) => state === 'connected')!;
    const left = await telling(() => runtime.report(held.legId, { type: 'cleared', cause: 'normal' }));
    assert.deepEqual(left, {
      a: ['StatusChange Released 15001'],
      b: ['StatusChange Released 15000'],
      c: [],
    });
  });

  test('who subscribes to that is told what else may be asked of a call because of another of its phone, after all else', async () => {
    const { office: it, runtime, a, telling } = await office();
    a.subscribe('/v2/me/calls/capabilities');
    const original = await it.talking('15000', '15001');
    const consult = await runtime.do(consultationCall, { ...original, ...it.dial('15002') });
    assert.deepEqual((await telling(() => it.answer(it.fixture.lastDialled()))).a, [
      'StatusChange Established 15002',
      'PropertiesUpdated Held 15001',
    ]);
    const { channel, data } = a.told.at(-1)!;
    assert.equal(channel, '/v2/me/calls/capabilities');
    const { capabilities } = data['call'] as { capabilities: string[] };
    for (const now of ['SwapCalls', 'CompleteConference']) assert.ok(capabilities.includes(now), now);
    assert.ok(!capabilities.includes('Retrieve'));
    const swap = () => runtime.do(alternateCall, { active: consult, held: original });
    assert.deepEqual((await telling(swap)).a, ['StatusChange Established 15001', 'StatusChange Held 15002']);
    assert.deepEqual((await telling(() => runtime.do(clearConnection, consult))).a, [
      'StatusChange Released 15002',
      'PropertiesUpdated Established 15001',
    ]);
  });

  test('who consults from a call that becomes part of another is told which one that is for now', async () => {
    const { office: it, runtime, c, telling } = await office();
    const original = await it.talking('15000', '15001');
    const consult = await it.consulting(original, '15002');
    const next = await it.consulting(runtime.connectionsOf('1-15002')[0]!, '15003');
    const told = await telling(() => runtime.do(conferenceCall, { original, consult }));
    assert.deepEqual(told.c, [
      'StatusChange Released 15000',
      'StatusChange Held 15001,15000',
      'StatusChange Established 15003',
    ]);
    const { id, parentCallPath } = c.told.at(-1)!.data['call'] as Record<string, string>;
    assert.deepEqual([id, parentCallPath], [callIdOf(next.callId), `/calls/${callIdOf(original.callId)}`]);
  });

  test('data that comes by a merge is told by itself to whom the merge says nothing else', async () => {
    const { office: it, runtime, b, telling } = await office();
    const original = await it.talking('15000', '15001');
    const consult = await it.consulting(original, '15001');
    await runtime.do(associateData, { callId: consult.callId, set: { asked: 1 } });
    // Who was asked is in both by now, and brings them together: nobody comes in.
    const inCall = (callId: string) => runtime.connectionsOf('1-15001').find((one) => one.callId === callId)!;
    const merging = { original: inCall(original.callId), consult: inCall(consult.callId) };
    const told = await telling(() => runtime.do(conferenceCall, merging));
    assert.deepEqual(told.b, ['StatusChange Released 15000', 'AttachedDataChanged Established 15000']);
    assert.deepEqual((b.told.at(-1)!.data['call'] as { userData: unknown }).userData, { asked: 1 });
    assert.equal(told.a.length, 2);
  });

  test('who is called into a conference, or dials it, is told who comes and goes there, and not who else is called', async () => {
    const { office: it, runtime, b, c, telling } = await office();
    const room = policy({ organizationId: '1' });
    const into = { into: { policy: room }, role: 'participant' } as const;
    await runtime.do(singleStepConference, { ...into, ...it.dial('15001') });
    const ringing = it.fixture.lastDialled();
    assert.deepEqual((await telling(() => it.ring(ringing))).b, ['StatusChange Ringing 211']);
    const other = await telling(() => runtime.do(singleStepConference, { ...into, ...it.dial('15002') }));
    assert.deepEqual([other.b, other.c], [[], []]);
    const second = it.fixture.lastDialled();
    assert.deepEqual(await telling(() => it.answer(second)), {
      a: [],
      b: ['ParticipantsUpdated Ringing 15002'],
      c: ['StatusChange Ringing 211', 'StatusChange Established 15001'],
    });
    const shown = (number: string) => {
      const user = { features: ['api-voice'], roles: ['agent' as const] };
      return seatsOf(runtime, user, `1-${number}`).map((seat) => callView(seat, base, 0).participants);
    };
    for (const [number, client] of [
      ['15001', b],
      ['15002', c],
    ] as const) {
      assert.deepEqual(shown(number), [(client.told.at(-1)!.data['call'] as { participants: unknown }).participants]);
    }
    const left = await telling(() => runtime.report(second, { type: 'cleared', cause: 'normal' }));
    assert.deepEqual(left.b, ['ParticipantsUpdated Ringing 211']);
  });

  test('that a conference is locked, or full, is told to all in it who subscribe to that', async () => {
    const { office: it, runtime, a, telling } = await office();
    a.subscribe('/v2/me/calls/capabilities');
    const room = policy({ organizationId: '1', roomSize: 3 });
    for (const number of ['15000', '15001']) {
      await runtime.do(enterConference, {
        legId: number,
        device: it.device(number),
        policy: room,
        role: 'participant',
      });
    }
    const { callId } = runtime.connectionsOf('1-15000')[0]!;
    const addsOne = async (act: () => unknown) => {
      const told = (await telling(act)).a;
      const { capabilities } = a.told.at(-1)!.data['call'] as { capabilities: string[] };
      return [...told, capabilities.includes('SingleStepConference')];
    };
    const changed = 'PropertiesUpdated Established 15001';
    assert.deepEqual(await addsOne(() => runtime.do(setLocked, { callId, locked: true })), [changed, false]);
    assert.deepEqual(await addsOne(() => runtime.do(setLocked, { callId, locked: false })), [changed, true]);
    const third = { into: { callId }, role: 'participant', ...it.dial('15003') } as const;
    assert.deepEqual(await addsOne(() => runtime.do(singleStepConference, third)), [changed, false]);
    const leg = it.fixture.lastDialled();
    const failed = () => runtime.report(leg, { type: 'failed', cause: 'busy' });
    assert.deepEqual(await addsOne(failed), [changed, true]);
  });

  test('one more in a call is told when he answers; one party less too; a single step transfer is released', async () => {
    const { office: it, runtime, telling } = await office();
    const ref = await it.talking('15000', '15001');
    const { callId } = ref;
    const adding = await telling(() =>
      runtime.do(singleStepConference, { into: { callId }, ...it.dial('15002'), role: 'participant' }),
    );
    assert.deepEqual(adding, { a: [], b: [], c: [] });
    const leg = it.fixture.lastDialled();
    assert.deepEqual((await telling(() => it.ring(leg))).c, ['StatusChange Ringing 15001,15000']);
    assert.deepEqual(await telling(() => it.answer(leg)), {
      a: ['ParticipantsUpdated Established 15002,15001'],
      b: ['ParticipantsUpdated Established 15002,15000'],
      c: ['StatusChange Established 15001,15000'],
    });
    const { connectionId } = runtime.refOfLeg(leg)!;
    assert.deepEqual(await telling(() => runtime.do(clearConnection, { callId, connectionId, cause: 'removed' })), {
      a: ['ParticipantsUpdated Established 15001'],
      b: ['ParticipantsUpdated Established 15000'],
      c: ['StatusChange Released 15001,15000'],
    });
    const attached = { why: 'help' };
    const sent = await telling(() => runtime.do(singleStepTransfer, { ...ref, ...it.dial('15002'), attached }));
    // Who has left is told of nothing else.
    assert.deepEqual(sent, {
      a: ['StatusChange Released 15001'],
      b: ['ParticipantsUpdated Established 15002', 'AttachedDataChanged Established 15002'],
      c: [],
    });
    assert.deepEqual((await telling(() => it.ring())).c, ['StatusChange Ringing 15001']);
  });
});
