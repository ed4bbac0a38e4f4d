import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { deviceIdOf } from '../ids.ts';
import { VirtualWebServices } from '../testing/virtual-web-services.ts';

let api: VirtualWebServices;

beforeEach(async () => {
  api = await VirtualWebServices.start();
});

afterEach(() => api?.close());

interface Shown {
  readonly phoneNumber: string;
  readonly capabilities: readonly string[];
  readonly user: { readonly userName: string };
  readonly calls: readonly {
    readonly state: string;
    readonly participants: readonly { readonly phoneNumber: string }[];
  }[];
}

const seen = async (login: string): Promise<Shown[]> => (await api.get('devices?fields=*', login)).json.devices;

test('who may monitor sees who of the own organization works, and with whom; nobody else does', async () => {
  assert.deepEqual(await seen('sue'), [], 'nobody works, and oneself is not meant');
  await api.ask('me', 'StartContactCenterSession', { channels: ['voice'] }, 'ann');
  assert.deepEqual(
    (await seen('sue')).map(({ calls, capabilities, phoneNumber, user }) => [
      phoneNumber,
      user.userName,
      calls.length,
      capabilities.length,
    ]),
    [['15000', 'ann', 0, 0]],
  );
  await api.ask(`me/devices/${deviceIdOf('3-15001')}/calls`, 'Dial', { destination: { phoneNumber: '15002' } }, 'ben');
  const ben = (await seen('sue')).find(({ phoneNumber }) => phoneNumber === '15001');
  assert.deepEqual(
    ben?.calls.map(({ participants, state }) => [state, participants[0]?.phoneNumber]),
    [['Dialing', '15002']],
    'also who is not logged on, while in a call',
  );
  for (const login of ['ann', 'max']) assert.equal((await api.get('devices', login)).status, 404, login);
});

test('the calls of a device can be embedded: one’s own with all that they have, those of others in short', async () => {
  const address = `devices/${deviceIdOf('3-15001')}`;
  await api.ask(`me/${address}/calls`, 'Dial', { destination: { phoneNumber: '15002' } }, 'ben');
  const calls = async (path: string, login: string) =>
    (await api.get(`${path}?subresources=calls&fields=id`, login)).json.device.calls;
  const own = await calls(address, 'ben');
  assert.deepEqual(own, await calls(`me/${address}`, 'ben'));
  assert.ok(own[0].capabilities.includes('Hangup'));
  const [seenBySue] = await calls(address, 'sue');
  assert.deepEqual(Object.keys(seenBySue), ['id', 'state', 'callType', 'participants', 'duration']);
  assert.equal(seenBySue.id, own[0].id);
  assert.equal((await api.get(address, 'sue')).json.device.calls, undefined);
});
