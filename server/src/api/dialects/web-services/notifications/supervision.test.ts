import assert from 'node:assert/strict';
import { test } from 'node:test';
import { changeRole } from '../../../../call/services/change-role.ts';
import { clearConnection } from '../../../../call/services/clear-connection.ts';
import { holdCall } from '../../../../call/services/hold-call.ts';
import { joinCall } from '../../../../call/services/join-call.ts';
import { setMute } from '../../../../call/services/set-mute.ts';
import { callView } from '../call-view.ts';
import { seatsOf } from '../seats.ts';
import { base, inWords, NotifiedOffice, type OfficeClient, officeDirectory } from './testing/notified-office.ts';

/** What a supervisor, and who is supervised, is told of the agent's sound being turned off. */

const modes = ['listen', 'coach', 'barge'] as const;

for (const mode of modes) {
  test(`whoever supervises (${mode}) is told that the agent is muted, and of nobody else`, async () => {
    const office = new NotifiedOffice(await officeDirectory(['api-supervisor-monitoring']));
    const { runtime } = office.fixture;
    const clients: OfficeClient[] = [];
    for (const number of ['15000', '15001', '15003']) {
      const client = await office.client(number).begin();
      await office.fixture.settle();
      client.subscribe('/v2/me/*');
      clients.push(client);
    }
    const { callId, connectionId: agent } = await office.talking('15000', '15001');
    const [other] = [...runtime.call(callId)!.connections.keys()].filter((id) => id !== agent);
    const { device: phone, ...dial } = office.dial('15003');
    const join = { callId, mode, device: phone, ...dial, supervises: '1-15000' } as const;
    const { connectionId: me } = await runtime.do(joinCall, mode === 'coach' ? { ...join, coached: agent } : join);
    await office.answer(office.fixture.lastDialled());
    const telling = async (act: () => Promise<unknown>) => {
      await office.told();
      const before = clients.map(({ told }) => told.length);
      await act();
      await office.told();
      return clients.map(({ told }, at) =>
        told.slice(before[at]).map((one) => {
          const { mute, monitoredUserMuted } = one.data['call'] as { mute: string; monitoredUserMuted: boolean };
          return `${inWords(one).split(' ').slice(0, 2).join(' ')} ${mute} ${monitoredUserMuted}`;
        }),
      );
    };
    const own = mode === 'listen' ? 'On' : 'Off';
    const mute = (connectionId: string, muted: boolean) =>
      telling(() => runtime.do(setMute, { callId, connectionId, muted }));
    assert.deepEqual(await mute(agent, true), [
      ['StatusChange Established On true'],
      [],
      [`MonitoredUserMutedStateChange Established ${own} true`],
    ]);
    assert.deepEqual(await mute(agent, true), [[], [], []]);
    // Whom nobody is there for.
    assert.deepEqual(await mute(other!, true), [[], ['StatusChange Established On false'], []]);
    const turned = { callId, connectionId: me, mode: mode === 'barge' ? ('listen' as const) : ('barge' as const) };
    const [, , ofMe] = await telling(() => runtime.do(changeRole, turned));
    assert.deepEqual(ofMe, [`StatusChange Established ${mode === 'barge' ? 'On' : 'Off'} true`]);
    const [, , unmuted] = await mute(agent, false);
    assert.deepEqual(unmuted, [`MonitoredUserMutedStateChange Established ${mode === 'barge' ? 'On' : 'Off'} false`]);
    await office.notifications.close();
  });
}

test('an agent that is muted already is so for its supervisor from when that has come until it goes', async () => {
  const office = new NotifiedOffice(await officeDirectory(['api-supervisor-monitoring']));
  const { runtime } = office.fixture;
  const client = await office.client('15000').begin();
  await office.fixture.settle();
  client.subscribe('/v2/me/*');
  const agent = await office.talking('15000', '15001');
  await runtime.do(setMute, { ...agent, muted: true });
  const { device, ...dial } = office.dial('15003');
  const join = { callId: agent.callId, mode: 'listen', device, ...dial, supervises: '1-15000' } as const;
  const user = { features: ['api-voice'], roles: ['agent' as const] };
  const told = async (act: () => Promise<unknown>) => {
    await office.told();
    const before = client.told.length;
    await act();
    await office.told();
    const [seat] = seatsOf(runtime, user, '1-15000');
    const isNow = callView(seat!, base, 0).monitoredUserMuted;
    const said = client.told.slice(before).map(({ data }) => {
      const { monitoredUserMuted } = data['call'] as { monitoredUserMuted: boolean };
      return `${data['notificationType']} ${monitoredUserMuted}`;
    });
    return [isNow, ...said];
  };
  let me = agent;
  const comes = async () => {
    me = await runtime.do(joinCall, join);
    await office.ring();
  };
  assert.deepEqual(await told(comes), [false], 'its phone rings');
  const answers = () => office.answer(office.fixture.lastDialled());
  assert.deepEqual(await told(answers), [true, 'StatusChange true']);
  assert.deepEqual(await told(() => runtime.do(holdCall, me)), [true, 'StatusChange true']);
  assert.deepEqual(await told(() => runtime.do(clearConnection, me)), [false, 'StatusChange false']);
  await office.notifications.close();
});
