import { setMute } from '../../../../call/services/set-mute.ts';
import type { CallOperation } from '../capabilities.ts';
import { callOfId, deviceIdOf } from '../ids.ts';
import type { VirtualWebServices } from './virtual-web-services.ts';

/** A call as somebody sees it. */
export interface Sight {
  readonly login: string;
  readonly id: string;
}

export const to = (phoneNumber: string) => ({ destination: { phoneNumber } });

export const deviceOf = (number: string) => `me/devices/${deviceIdOf(`3-${number}`)}`;

export async function conference(api: VirtualWebServices, third = '15002'): Promise<string> {
  const { original, consult } = await api.consulting(third);
  await api.ask(`me/calls/${consult}`, 'CompleteConference');
  return original;
}

export async function inRoom(api: VirtualWebServices, dialled: string): Promise<Sight> {
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
export const states: Readonly<
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

/** Whether the operation asks for a feature that this user does not have. */
export function needsMore(operation: CallOperation, login: string): boolean {
  if (operation.endsWith('Recording')) return !['cleo', 'sue'].includes(login);
  return /^SwitchTo|MonitoredUser$/.test(operation) && login !== 'sue';
}
