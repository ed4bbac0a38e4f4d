import { callView } from '../call-view.ts';
import { callOperations } from '../capabilities.ts';
import { deviceIdOf } from '../ids.ts';
import { operateCall } from '../operations/call-operations.ts';
import { dial } from '../operations/dial.ts';
import { dispositionOperation } from '../operations/disposition.ts';
import { ownDevice, seatsInCall } from '../own-devices.ts';
import type { Route } from '../route.ts';
import { type Ask, type Asking, idOf } from './ask.ts';
import { listed, single } from './collection.ts';
import { operating, reading } from './schemas.ts';
import { Views } from './views.ts';

const callId = '3B5QJKC00D5EAUC39T8FB8KO7ICHRU8U';
const deviceId = deviceIdOf('3-15000');
const destination = {
  type: 'object',
  properties: { phoneNumber: { type: 'string' } },
  description: 'An extension, a public number as the dial plan allows, or a conference: `211*3*PIN`',
};
const userData = { type: 'object', description: 'Attached to the call; values are JSON' };

const example = {
  id: callId,
  state: 'Established',
  callUuid: callId,
  participants: [{ e164Number: '', formattedPhoneNumber: '15001', phoneNumber: '15001', digits: '15001' }],
  dnis: '15001',
  callType: 'Internal',
  capabilities: ['Hold', 'InitiateConference', 'Hangup'],
  duration: '12',
  mute: 'Off',
  path: `/calls/${callId}`,
};

/** The calls of the user, and what can be asked of them. */
export function callRoutes({ deps, operate }: Asking): readonly Route[] {
  const views = (request: Ask) => new Views(deps, request);
  return [
    {
      method: 'GET',
      path: '/me/calls',
      schema: reading({ tag: 'agent calls', summary: 'Running calls of the user', name: 'calls', example: [example] }),
      handle: (request) => listed(request, 'calls', views(request).calls()),
    },
    {
      method: 'GET',
      path: '/me/calls/:id',
      schema: reading({
        tag: 'agent calls',
        summary: 'One running call of the user',
        name: 'call',
        example,
        params: { id: callId },
      }),
      handle: (request) => {
        const [seat] = seatsInCall(deps, request.agent.user, idOf(request));
        return single(request, 'call', callView(seat, views(request).base, deps.clock.now()));
      },
    },
    {
      method: 'POST',
      path: '/me/calls/:id',
      schema: operating({
        tag: 'agent calls',
        summary: 'Do something with a call',
        description:
          'What is possible now stands in the `capabilities` of the call. `CompleteConference` and `CompleteTransfer` may be asked of the original call or of the consultation.',
        operations: [...callOperations, dispositionOperation],
        properties: {
          destination,
          userData,
          digits: { type: 'string', description: 'Of SendDtmf' },
          participant: { type: 'string', description: 'Of RemoveParticipantFromConference: the phoneNumber' },
          consultCallUri: {
            type: 'string',
            description: 'Of CompleteConference, CompleteTransfer: address, path or id',
          },
          deviceUri: {
            type: 'string',
            description: 'Of several devices of the user in the call the one that is meant, as the call names it',
          },
          otherCallUri: { type: 'string', description: 'Of SwapCalls' },
          key: { type: 'string', description: 'Of DeleteUserDataPair' },
          disposition: { type: 'string', description: 'Of SetCallDisposition: how the call went' },
          dispositionKey: { type: 'string', description: 'Default DispositionCode' },
          location: { type: 'string', description: 'Accepted, and not looked at' },
        },
        examples: [{ operationName: 'InitiateConference', destination: { phoneNumber: '15002' } }],
        params: { id: callId },
      }),
      handle: operate((request) => operateCall(deps, request.agent.user, idOf(request), request.body)),
    },
    {
      method: 'GET',
      path: '/me/devices/:id/calls',
      schema: reading({
        tag: 'agent calls',
        summary: 'Running calls of one device',
        name: 'calls',
        example: [example],
        params: { id: deviceId },
      }),
      handle: (request) => {
        const device = ownDevice(deps, request.agent.user, idOf(request));
        return listed(request, 'calls', views(request).calls([device]));
      },
    },
    {
      method: 'POST',
      path: '/me/devices/:id/calls',
      schema: operating({
        tag: 'agent calls',
        summary: 'Call somebody from a device',
        description: 'The phone rings, or answers by itself; then the destination is called.',
        operations: ['Dial'],
        properties: { destination, userData, location: { type: 'string' } },
        examples: [{ operationName: 'Dial', destination: { phoneNumber: '15001' } }],
        params: { id: deviceId },
      }),
      handle: operate((request) => dial(deps, request.agent.user, idOf(request), request.body)),
    },
  ];
}
