import { deviceOperations } from '../device-view.ts';
import { deviceIdOf } from '../ids.ts';
import { operateDevice } from '../operations/device-operations.ts';
import { dispositionOperation } from '../operations/disposition.ts';
import { ownDevice, seenDevice, type Terminal } from '../own-devices.ts';
import type { Route } from '../route.ts';
import { type Ask, type Asking, idOf } from './ask.ts';
import { listed, picked, readList, wanted } from './collection.ts';
import { operating, reading } from './schemas.ts';
import { Views } from './views.ts';

const deviceId = deviceIdOf('3-15000');
const example = {
  id: deviceId,
  deviceState: 'Active',
  userState: { id: '9430250E-0A1B-421F-B372-F29E69366DED', displayName: 'Ready', state: 'Ready' },
  phoneNumber: '15000',
  telephonyNetwork: 'Private',
  doNotDisturb: 'Off',
  capabilities: ['DoNotDisturbOn', 'ForwardCallsOn'],
  path: `/devices/${deviceId}`,
};

/** The devices of the user: each of its terminal extensions. */
export function deviceRoutes({ deps, operate }: Asking): readonly Route[] {
  const views = (request: Ask) => new Views(deps, request);
  const shown = (request: Ask, device: Terminal) => {
    const embedded = wanted(request, ['calls']).length > 0 ? { calls: views(request).callsAt(device) } : {};
    return { device: { ...picked(views(request).device(device), readList(request, 'fields')), ...embedded } };
  };
  const one = (summary: string) =>
    reading({
      tag: 'agent devices',
      summary,
      name: 'device',
      example,
      params: { id: deviceId },
      subresources: ['calls'],
    });
  return [
    {
      method: 'GET',
      path: '/me/devices',
      schema: reading({ tag: 'agent devices', summary: 'Devices of the user', name: 'devices', example: [example] }),
      handle: (request) => listed(request, 'devices', views(request).devices()),
    },
    {
      method: 'GET',
      path: '/me/devices/:id',
      schema: one('One device of the user'),
      handle: (request) => shown(request, ownDevice(deps, request.agent.user, idOf(request))),
    },
    {
      method: 'POST',
      path: '/me/devices/:id',
      schema: operating({
        tag: 'agent devices',
        summary: 'Set something for a device',
        description: 'What is possible now stands in the `capabilities` of the device.',
        operations: [...deviceOperations, dispositionOperation],
        properties: {
          destination: { type: 'object', properties: { phoneNumber: { type: 'string' } } },
          targetDeviceUri: { type: 'string', description: 'Of ListenIn, Coach, BargeIn: whose calls' },
          supervisorMonitoringScope: { enum: ['Call', 'Agent'] },
          supervisorMonitoringMode: { enum: ['AllCalls', 'NextCall'] },
          callUri: { type: 'string', description: 'Of SetCallDisposition' },
          disposition: { type: 'string' },
          dispositionKey: { type: 'string', description: 'Default DispositionCode' },
        },
        examples: [{ operationName: 'DoNotDisturbOn' }],
        params: { id: deviceId },
      }),
      handle: operate((request) => operateDevice(deps, request.agent.user, idOf(request), request.body)),
    },
    {
      method: 'GET',
      path: '/devices',
      schema: reading({
        tag: 'agent devices',
        summary: 'Devices of others that are logged on or have a call, with both; for who may monitor',
        name: 'devices',
        example: [example],
      }),
      handle: (request) => listed(request, 'devices', views(request).monitored()),
    },
    {
      method: 'GET',
      path: '/devices/:id',
      schema: one('A device; for who may monitor, of anybody in the organization'),
      handle: (request) => shown(request, seenDevice(deps, request.agent.user, idOf(request))),
    },
  ];
}
