import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Agent, type Answer } from './peers/agent-client.ts';
import { Phone } from './peers/baresip.ts';
import { wroteDown } from './peers/facts.ts';
import { needs } from './peers/installed.ts';
import { administrator, PartylineServer, sipPassword } from './peers/partyline.ts';
import { waitFor } from './peers/wait.ts';

/** What agents have set for their phones holds after kill -9, for their clients and for whoever calls by phone. */

const skip = needs('baresip');
let server: PartylineServer;
const phones: Phone[] = [];

before(async () => {
  if (skip !== false) return;
  server = await PartylineServer.start();
  for (const [user, tone] of Object.entries({ 101: 440, 102: 700, 104: 1100 })) {
    phones.push(await Phone.start({ user, tone, password: sipPassword, server: server.sipAddress }));
  }
  await Promise.all(phones.map((phone) => phone.registered()));
});

after(async () => {
  await Promise.all(phones.map((phone) => phone.stop()));
  await server?.stop();
});

const logIn = () => Agent.logIn(`http://127.0.0.1:${server.httpPort}`, administrator.login, administrator.password);

async function devicesOf(agent: Agent): Promise<Answer[]> {
  return (await agent.get('/me/devices?fields=*'))['devices'];
}

test('do-not-disturb, forwarding, the state of an agent and attached data survive kill -9', { skip }, async () => {
  const [caller, , other] = phones as [Phone, Phone, Phone];
  const agent = await logIn();
  const device = async (number: string) => (await devicesOf(agent)).find((one) => one['phoneNumber'] === number)!;
  const set = async (path: string, operation: string, more: object = {}) =>
    assert.equal((await agent.ask(path, operation, more)).statusCode, 0, operation);
  await set('/me', 'StartContactCenterSession', { channels: ['voice'] });
  await set('/me', 'NotReady');
  await set(`/me/devices/${(await device('102'))['id']}`, 'DoNotDisturbOn');
  const to = { destination: { phoneNumber: '104' } };
  await set(`/me/devices/${(await device('103'))['id']}`, 'ForwardCallsOn', to);
  await caller.ring('104');
  await other.event('CALL_INCOMING');
  await other.answer();
  const established = async () => (await agent.get('/me/calls?fields=*'))['calls'].length > 0;
  await waitFor(established, 8000, 'the call');
  const { id } = (await agent.get('/me/calls?fields=*'))['calls'][0];
  await set(`/me/calls/${id}`, 'AttachUserData', { userData: { order: '4711' } });
  const [running] = await server.calls();
  const essence = (found: readonly Answer[]) =>
    found.map(({ phoneNumber, userState, doNotDisturb, forwardTo }: Answer) => ({
      phoneNumber,
      userState,
      doNotDisturb,
      forwardTo,
    }));
  const earlier = essence(await devicesOf(agent));
  await wroteDown(server, { dialog: 2, registration: 3 });
  const marks = phones.map(({ events }) => events.length);
  await server.kill9();
  await server.restart();

  const again = await logIn();
  assert.deepEqual(essence(await devicesOf(again)), earlier);
  assert.match(JSON.stringify(earlier), /NotReady/);
  assert.equal(earlier.find(({ phoneNumber }) => phoneNumber === '102')?.doNotDisturb, 'On');
  const attached = (await server.events(running!.id)).filter(({ type }) => type === 'dataChanged');
  assert.match(JSON.stringify(attached), /4711/);
  await Promise.all([caller.ended(10_000, marks[0]), other.ended(10_000, marks[2])]);
  assert.match(await caller.dialRefused('102'), /486/);
  const before = other.events.length;
  await caller.ring('103');
  await other.event('CALL_INCOMING', 8000, before);
});
