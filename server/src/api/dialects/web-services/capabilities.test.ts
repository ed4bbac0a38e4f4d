import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setMute } from '../../../call/services/set-mute.ts';
import { type CallOperation, callOperations } from './capabilities.ts';
import { callOfId, deviceIdOf } from './ids.ts';
import { VirtualWebServices } from './testing/virtual-web-services.ts';

/** A call as somebody sees it. */
interface Sight {
  readonly login: string;
  readonly id: string;
}

const to = (phoneNumber: string) => ({ destination: { phoneNumber } });
const deviceOf = (number: string) => `me/devices/${deviceIdOf(`3-${number}`)}`;

async function conference(api: VirtualWebServices, third = '15002'): Promise<string> {
  const { original, consult } = await api.consulting(third);
  await api.ask(`me/calls/${consult}`, 'CompleteConference');
  return original;
}

async function inRoom(api: VirtualWebServices, dialled: string): Promise<Sight> {
  for (const [login, number, what] of [
    ['ann', '15000', dialled],
    ['ben', '15001', '211*3*2233'],
  ] as const) {
    await api.ask(`${deviceOf(number)}/calls`, 'Dial', to(what), login);
    await api.report(number, 'answered');
  }
  return { login: 'ann', id: (await api.callOf('ann')).id };
}

/** Every state that a call can be in for somebody, and what is listed then besides the data. */
const states: Readonly<
  Record<string, { reach: (api: VirtualWebServices) => Promise<Sight>; lists: readonly CallOperation[] }>
> = {
  'the own phone rings after dialling': {
    async reach(api) {
      await api.ask(`${deviceOf('15000')}/calls`, 'Dial', to('15001'));
      await api.report('15000', 'delivered');
      return { login: 'ann', id: (await api.callOf('ann')).id };
    },
    lists: ['Hangup'],
  },
  dialling: {
    reach: async (api) => ({ login: 'ann', id: await api.dialled() }),
    lists: ['SendDtmf', 'Hangup'],
  },
  ringing: {
    reach: async (api) => ({ login: 'ben', id: await api.dialled() }),
    lists: ['Reject', 'Redirect', 'Hangup', 'ClearCall'],
  },
  'ringing at a phone that can be had to answer': {
    async reach(api) {
      await api.ask(`${deviceOf('15000')}/calls`, 'Dial', to('15001'));
      await api.report('15000', 'answered');
      api.calls.runtime.report(api.legTo('15001'), { type: 'delivered', answerable: true });
      await api.calls.settle();
      return { login: 'ben', id: (await api.callOf('ben')).id };
    },
    lists: ['Answer', 'Reject', 'Redirect', 'Hangup', 'ClearCall'],
  },
  established: {
    reach: async (api) => ({ login: 'ann', id: await api.talking() }),
    lists: [
      'SendDtmf',
      'InitiateConference',
      'Hold',
      'SingleStepTransfer',
      'InitiateTransfer',
      'SingleStepConference',
      'Hangup',
      'ClearCall',
    ],
  },
  held: {
    async reach(api) {
      const id = await api.talking();
      await api.ask(`me/calls/${id}`, 'Hold');
      return { login: 'ann', id };
    },
    lists: [
      'InitiateConference',
      'Retrieve',
      'SingleStepTransfer',
      'InitiateTransfer',
      'SingleStepConference',
      'Hangup',
    ],
  },
  'held by the other': {
    async reach(api) {
      const id = await api.talking();
      await api.ask(`me/calls/${id}`, 'Hold', {}, 'ben');
      return { login: 'ann', id };
    },
    lists: [
      'SendDtmf',
      'InitiateConference',
      'Hold',
      'SingleStepTransfer',
      'InitiateTransfer',
      'SingleStepConference',
      'Hangup',
      'ClearCall',
    ],
  },
  'the consulted party rings: the consultation': {
    async reach(api) {
      const original = await api.talking();
      await api.ask(`me/calls/${original}`, 'InitiateConference', to('15002'));
      await api.report('15002', 'delivered');
      return { login: 'ann', id: (await api.callsOf('ann')).find(({ id }) => id !== original)!.id };
    },
    lists: ['SendDtmf', 'Hangup'],
  },
  'the consulted party rings: the original': {
    async reach(api) {
      const original = await api.talking();
      await api.ask(`me/calls/${original}`, 'InitiateConference', to('15002'));
      await api.report('15002', 'delivered');
      return { login: 'ann', id: original };
    },
    lists: [
      'InitiateConference',
      'Retrieve',
      'SingleStepTransfer',
      'InitiateTransfer',
      'SingleStepConference',
      'Hangup',
    ],
  },
  'taken back while the consulted party rings: the consultation': {
    async reach(api) {
      const original = await api.talking();
      await api.ask(`me/calls/${original}`, 'InitiateConference', to('15002'));
      await api.report('15002', 'delivered');
      await api.ask(`me/calls/${original}`, 'Retrieve');
      return { login: 'ann', id: (await api.callsOf('ann')).find(({ id }) => id !== original)!.id };
    },
    lists: ['SwapCalls', 'Hangup'],
  },
  'consulting: the consultation': {
    reach: async (api) => ({ login: 'ann', id: (await api.consulting()).consult }),
    lists: [
      'SendDtmf',
      'InitiateConference',
      'Hold',
      'SingleStepTransfer',
      'InitiateTransfer',
      'SwapCalls',
      'CompleteConference',
      'CompleteTransfer',
      'SingleStepConference',
      'Hangup',
      'ClearCall',
    ],
  },
  'consulting: the original': {
    reach: async (api) => ({ login: 'ann', id: (await api.consulting()).original }),
    lists: [
      'InitiateConference',
      'SingleStepTransfer',
      'InitiateTransfer',
      'SwapCalls',
      'CompleteConference',
      'CompleteTransfer',
      'SingleStepConference',
      'Hangup',
    ],
  },
  'consulting, swapped: the original': {
    async reach(api) {
      const { original } = await api.consulting();
      await api.ask(`me/calls/${original}`, 'SwapCalls');
      return { login: 'ann', id: original };
    },
    lists: [
      'SendDtmf',
      'InitiateConference',
      'Hold',
      'SingleStepTransfer',
      'InitiateTransfer',
      'SwapCalls',
      'CompleteConference',
      'CompleteTransfer',
      'SingleStepConference',
      'Hangup',
      'ClearCall',
    ],
  },
  'consulted by somebody': {
    reach: async (api) => ({ login: 'cleo', id: (await api.consulting()).consult }),
    lists: [
      'SendDtmf',
      'InitiateConference',
      'Hold',
      'SingleStepTransfer',
      'InitiateTransfer',
      'SingleStepConference',
      'Hangup',
      'ClearCall',
      'StartCallRecording',
    ],
  },
  'a conference': {
    reach: async (api) => ({ login: 'ann', id: await conference(api) }),
    lists: [
      'SendDtmf',
      'InitiateConference',
      'Hold',
      'SingleStepTransfer',
      'InitiateTransfer',
      'RemoveParticipantFromConference',
      'SingleStepConference',
      'MuteCall',
      'Hangup',
    ],
  },
  'a conference, held': {
    async reach(api) {
      const id = await conference(api);
      await api.ask(`me/calls/${id}`, 'Hold');
      return { login: 'ann', id };
    },
    lists: [
      'InitiateConference',
      'Retrieve',
      'SingleStepTransfer',
      'InitiateTransfer',
      'RemoveParticipantFromConference',
      'SingleStepConference',
      'MuteCall',
      'Hangup',
    ],
  },
  'a conference, muted': {
    async reach(api) {
      const id = await conference(api);
      await api.ask(`me/calls/${id}`, 'MuteCall');
      return { login: 'ann', id };
    },
    lists: [
      'SendDtmf',
      'InitiateConference',
      'Hold',
      'SingleStepTransfer',
      'InitiateTransfer',
      'RemoveParticipantFromConference',
      'SingleStepConference',
      'UnmuteCall',
      'Hangup',
    ],
  },
  'muted by a key, in a call of two': {
    async reach(api) {
      const id = await api.talking();
      const { connectionId } = api.calls.runtime.connectionsOf('3-15000')[0]!;
      await api.calls.runtime.do(setMute, { callId: callOfId(id)!, connectionId, muted: true });
      return { login: 'ann', id };
    },
    lists: [
      'SendDtmf',
      'InitiateConference',
      'Hold',
      'SingleStepTransfer',
      'InitiateTransfer',
      'SingleStepConference',
      'UnmuteCall',
      'Hangup',
      'ClearCall',
    ],
  },
  'a conference that somebody else has made': {
    reach: async (api) => ({ login: 'ben', id: await conference(api) }),
    lists: [
      'SendDtmf',
      'InitiateConference',
      'Hold',
      'SingleStepTransfer',
      'InitiateTransfer',
      'SingleStepConference',
      'MuteCall',
      'Hangup',
    ],
  },
  'a conference made in a single step': {
    async reach(api) {
      const id = await api.talking();
      await api.ask(`me/calls/${id}`, 'SingleStepConference', to('15002'), 'ben');
      await api.report('15002', 'delivered', 'answered');
      return { login: 'ben', id };
    },
    lists: [
      'SendDtmf',
      'InitiateConference',
      'Hold',
      'SingleStepTransfer',
      'InitiateTransfer',
      'RemoveParticipantFromConference',
      'SingleStepConference',
      'MuteCall',
      'Hangup',
    ],
  },
  'a supervisor in a conference': {
    reach: async (api) => ({ login: 'sue', id: await conference(api, '15003') }),
    lists: [
      'SendDtmf',
      'InitiateConference',
      'Hold',
      'SingleStepTransfer',
      'InitiateTransfer',
      'SingleStepConference',
      'MuteCall',
      'Hangup',
      'ClearCall',
      'StartCallRecording',
    ],
  },
  'who records': {
    async reach(api) {
      const id = await api.talking('15002');
      await api.ask(`me/calls/${id}`, 'StartCallRecording', {}, 'cleo');
      return { login: 'cleo', id };
    },
    lists: [
      'SendDtmf',
      'InitiateConference',
      'Hold',
      'SingleStepTransfer',
      'InitiateTransfer',
      'SingleStepConference',
      'Hangup',
      'ClearCall',
      'PauseCallRecording',
      'StopCallRecording',
    ],
  },
  'who records, paused': {
    async reach(api) {
      const id = await api.talking('15002');
      await api.ask(`me/calls/${id}`, 'StartCallRecording', {}, 'cleo');
      await api.ask(`me/calls/${id}`, 'PauseCallRecording', {}, 'cleo');
      return { login: 'cleo', id };
    },
    lists: [
      'SendDtmf',
      'InitiateConference',
      'Hold',
      'SingleStepTransfer',
      'InitiateTransfer',
      'SingleStepConference',
      'Hangup',
      'ClearCall',
      'ResumeCallRecording',
      'StopCallRecording',
    ],
  },
  'a participant of a scheduled conference': {
    reach: (api) => inRoom(api, '211*3*2233'),
    lists: ['InitiateConference', 'Hold', 'InitiateTransfer', 'SingleStepConference', 'MuteCall', 'Hangup'],
  },
  'a moderator of a scheduled conference': {
    reach: (api) => inRoom(api, '211*3*9988'),
    lists: [
      'InitiateConference',
      'Hold',
      'InitiateTransfer',
      'RemoveParticipantFromConference',
      'SingleStepConference',
      'MuteCall',
      'Hangup',
      'ClearCall',
    ],
  },
  'on the way to a conference': {
    async reach(api) {
      await api.ask(`${deviceOf('15000')}/calls`, 'Dial', to('211*3'));
      await api.report('15000', 'answered');
      return { login: 'ann', id: (await api.callOf('ann')).id };
    },
    lists: ['Hold', 'Hangup'],
  },
};

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

/** Whether the operation asks for a feature that this user does not have. */
function needsMore(operation: CallOperation, login: string): boolean {
  if (operation.endsWith('Recording')) return !['cleo', 'sue'].includes(login);
  return /^SwitchTo|MonitoredUser$/.test(operation) && login !== 'sue';
}

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
