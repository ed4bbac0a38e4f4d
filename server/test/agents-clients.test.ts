import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { SandboxCarrier, SandboxPhone } from '../src/sandbox/index.ts';
import { Agent, AgentClient, type Told } from './peers/agent-client.ts';
import { configurationOf, loginOf, numbersOf, password } from './peers/agent-desk.ts';
import { BayeuxClient } from './peers/bayeux-client.ts';
import { PartylineServer, sipPassword } from './peers/partyline.ts';
import { waitFor } from './peers/wait.ts';

/** The clients that there are of this interface, each as it begins, listens, and ends, at a whole server. */

const { A, B } = numbersOf(1);
let carrier: SandboxCarrier;
let server: PartylineServer;
const phones: SandboxPhone[] = [];
let agent: Agent;
let device = '';

before(async () => {
  carrier = await SandboxCarrier.start({ behaviours: false });
  server = await PartylineServer.start({ config: configurationOf(1, carrier) });
  for (const number of [A, B]) {
    const at = { address: '127.0.0.1', port: server.sipPort };
    phones.push(await SandboxPhone.register({ server: at, number, password: sipPassword }));
  }
});

beforeEach(async () => {
  agent = await Agent.logIn(`http://127.0.0.1:${server.httpPort}`, loginOf(A), password);
  device = (await agent.get('/me/devices?fields=*'))['devices'][0].id;
});

after(async () => {
  await Promise.all(phones.map((phone) => phone.close()));
  await server?.stop();
  await carrier?.close();
});

const words = (told: readonly Told[]) =>
  told.flatMap(({ data }) => {
    const call = data['call'] as { readonly state: string } | undefined;
    return call === undefined ? [] : [`${data['notificationType']} ${call.state}`];
  });

const aCall = ['StatusChange Dialing', 'StatusChange Established', 'StatusChange Released'];
/** Who subscribes to all is told besides that digits can be sent, once the own phone has answered. */
const aWholeCall = aCall.toSpliced(1, 0, 'PropertiesUpdated Dialing');

/** A calls B, who answers; then `meanwhile`, and A hangs up. */
async function call(meanwhile: () => Promise<unknown> = async () => {}): Promise<void> {
  const coming = phones.map((phone) => phone.expectCall());
  const ask = agent.ask(`/me/devices/${device}/calls`, 'Dial', { destination: { phoneNumber: B } });
  assert.deepEqual(await ask, { statusCode: 0 });
  for (const one of coming) (await one).answer();
  let id = '';
  const isThere = async () => {
    const { calls } = await agent.get('/me/calls?fields=*');
    id = calls[0]?.state === 'Established' ? calls[0].id : '';
    return id !== '';
  };
  await waitFor(isThere, 8000, 'the call');
  await meanwhile();
  await agent.ask(`/me/calls/${id}`, 'Hangup');
  await server.quiet();
}

const said = (told: readonly Told[], wanted: readonly string[]) =>
  waitFor(
    () => words(told).length >= wanted.length,
    8000,
    () => `${wanted.length} notifications; there are ${words(told)}`,
  );

test('as jQuery clients do: a login, then the cookie alone; the session begins with the first answer to a connect', async () => {
  // The only request with a login has been.
  const client = new BayeuxClient({ base: agent.base, headers: () => ({ cookie: agent.cookie }), suffixes: true });
  await client.handshake();
  await Promise.all([client.connect(), client.subscribe('/v2/me/*')]);
  const answers = await Promise.all([
    agent.ask('/me', 'StartContactCenterSession', { channels: ['voice'] }),
    agent.ask('/me/channels/voice', 'Ready'),
  ]);
  assert.deepEqual(answers, [{ statusCode: 0 }, { statusCode: 0 }]);
  const states = () =>
    client.told.flatMap(({ data }) => (data['devices'] as { userState: { state: string } }[] | undefined) ?? []);
  await waitFor(() => states().at(-1)?.userState.state === 'Ready', 8000, 'the state of the agent');
  await call();
  await said(client.told, aCall);
  assert.deepEqual(words(client.told), aCall);
  await client.disconnect();
  assert.deepEqual(await agent.ask('/me', 'EndContactCenterSession'), { statusCode: 0 });
  assert.equal((await agent.get('/me')).statusCode, 20, 'its cookie is nobody’s any more');
});

test('as those on telephones do: five channels one by one, the session when all are there, everything taken back', async () => {
  const client = new BayeuxClient({ base: agent.base, headers: () => ({ cookie: agent.cookie }), suffixes: false });
  await client.handshake();
  await client.connect();
  const channels = ['calls', 'devices', 'channels', 'chats', 'interactions'].map((name) => `/v2/me/${name}`);
  for (const channel of channels) await client.subscribe(channel);
  assert.equal((await agent.ask('/me', 'StartContactCenterSession', { channels: ['voice'] })).statusCode, 0);
  await call();
  await said(client.told, aCall);
  assert.deepEqual(words(client.told), aCall);
  for (const channel of channels) await client.unsubscribe(channel);
  await client.disconnect();
  assert.deepEqual(await agent.ask('/me', 'EndContactCenterSession'), { statusCode: 0 });
});

test('as those do that log in with every request, keep no cookie, and subscribe to everything before they ask', async () => {
  const { base, authorization } = agent;
  const client = new BayeuxClient({ base, headers: () => ({ authorization }), suffixes: false });
  await client.handshake();
  await client.subscribe('/**');
  await client.connect();
  const answer = await fetch(`${base}/me?subresources=*`, { headers: { authorization } });
  assert.equal(answer.headers.get('content-type')?.split(';', 1)[0], 'application/json');
  const { statusCode, user } = (await answer.json()) as { statusCode: number; user: Record<string, unknown> };
  assert.equal(statusCode, 0);
  assert.deepEqual([typeof user['settings'], Array.isArray(user['devices'])], ['object', true]);
  await call();
  await said(client.told, aWholeCall);
  assert.deepEqual(words(client.told), aWholeCall);
  // More requests than a user has sessions: it goes on listening.
  for (let more = 0; more < 70; more++) {
    const again = await fetch(`${base}/me/calls`, { headers: { authorization } });
    assert.deepEqual(await again.json(), { statusCode: 0, uris: [] });
  }
  await call();
  await said(client.told, [...aWholeCall, ...aWholeCall]);
  await client.disconnect();
});

test('kill -9 of the server in the middle of a call: the official client handshakes again by itself and is told what it missed', async () => {
  const ways = [
    { transport: 'long-polling', acks: true },
    { transport: 'long-polling', acks: false },
  ] as const;
  // Cookies end with the server: both are known by the login.
  const clients = await Promise.all(ways.map((way) => AgentClient.open(agent, way, { replays: true })));
  await call();
  for (const { told } of clients) await said(told, aCall);
  const coming = phones.map((phone) => phone.expectCall());
  await agent.ask(`/me/devices/${device}/calls`, 'Dial', { destination: { phoneNumber: B } });
  for (const one of coming) (await one).answer();
  const begun = [...aCall, ...aCall.slice(0, 2)];
  for (const { told } of clients) await said(told, begun);
  await server.kill9();
  await server.restart();
  agent = await Agent.logIn(`http://127.0.0.1:${server.httpPort}`, loginOf(A), password);
  // The end of the call that was.
  for (const { told } of clients) await said(told, [...aCall, ...aCall]);
  await call();
  for (const { told } of clients) {
    await said(told, [...aCall, ...aCall, ...aCall]);
    assert.deepEqual(words(told), [...aCall, ...aCall, ...aCall]);
    const numbers = told.map(({ ext }) => ext.number.split('-').map(Number) as [number, number]);
    for (const [at, [step, place]] of numbers.entries()) {
      const [stepBefore, placeBefore] = numbers[at - 1] ?? [-1, -1];
      assert.ok(step > stepBefore || (step === stepBefore && place > placeBefore), `${step}-${place} once, in order`);
    }
  }
  await Promise.all(clients.map((client) => client.close()));
});
