import assert from 'node:assert/strict';
import { test } from 'node:test';
import { enterConference } from '../../../call/services/enter-conference.ts';
import { extension, policy, RuntimeFixture } from '../../../call/testing/runtime-fixture.ts';
import { askedOf, type CallOperation, callOperations, capabilitiesOf } from './capabilities.ts';
import { feature } from './features.ts';
import { seatsOf } from './seats.ts';
import { needsMore, states, to } from './testing/capability-states.ts';
import { VirtualWebServices } from './testing/virtual-web-services.ts';

const data = ['UpdateUserData', 'AttachUserData', 'DeleteUserDataPair', 'DeleteUserData'];

/** What an operation needs besides its name. */
const parameters: Partial<Record<CallOperation, object>> = {
  SendDtmf: { digits: '1' },
  InitiateConference: to('15004'),
  InitiateTransfer: to('15004'),
  SingleStepConference: to('15004'),
  SingleStepTransfer: to('15004'),
  Redirect: to('15004'),
  AttachUserData: { userData: { a: 1 } },
  UpdateUserData: { userData: { a: 1 } },
  DeleteUserDataPair: { key: 'a' },
};

for (const [name, { reach, lists }] of Object.entries(states)) {
  test(`${name}: what is listed is accepted, and what is not is refused`, async () => {
    const api = await VirtualWebServices.start();
    let { login, id } = await reach(api);
    for (const operation of callOperations) {
      const before = await api.callOf(login, id);
      assert.deepEqual(before.capabilities.filter((one) => !data.includes(one)).toSorted(), lists.toSorted());
      assert.deepEqual(before.capabilities.filter((one) => data.includes(one)).toSorted(), data.toSorted());
      const participant = before.participants[0]?.phoneNumber ?? '';
      const more = operation === 'RemoveParticipantFromConference' ? { participant } : parameters[operation];
      const code = await api.codeOf(`me/calls/${id}`, operation, { ...more }, login);
      if (!before.capabilities.includes(operation)) {
        assert.equal(code, needsMore(operation, login) ? 5 : 2, operation);
        // It has changed nothing: the next finds all as it was.
        assert.deepEqual(await api.callOf(login, id), before, operation);
        continue;
      }
      assert.equal(code, 0, operation);
      await api.endCalls();
      ({ login, id } = await reach(api));
    }
    await api.close();
  });
}

test('what one may at home is nothing in a conference of another organization, but for its moderators', async () => {
  const { runtime } = new RuntimeFixture();
  const enter = (number: string, organizationId: string, role: 'participant' | 'moderator') => {
    const device = { ...extension(number), organizationId };
    return runtime.do(enterConference, { legId: number, device, policy: policy({ record: 'choice' }), role });
  };
  await enter('100', 'org', 'participant');
  await enter('101', 'elsewhere', 'participant');
  await enter('102', 'elsewhere', 'moderator');
  const user = { features: Object.values(feature), roles: ['agent', 'supervisor', 'administrator'] } as const;
  const ofAll: readonly CallOperation[] = ['ClearCall', 'StartCallRecording'];
  const may = (number: string) => {
    const [seat] = seatsOf(runtime, user, `x${number}`);
    assert.deepEqual(capabilitiesOf(seat!), askedOf(seat!));
    return ofAll.filter((operation) => capabilitiesOf(seat!).includes(operation));
  };
  assert.deepEqual([may('100'), may('101'), may('102')], [ofAll, [], ofAll]);
});
