import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type CallOperation, callOperations } from './capabilities.ts';
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
