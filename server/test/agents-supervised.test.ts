import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { SandboxCarrier } from '../src/sandbox/index.ts';
import { Agent, AgentClient, type Told, transports } from './peers/agent-client.ts';
import { configurationOf, loginOf, numbersOf, password } from './peers/agent-desk.ts';
import { Phone } from './peers/baresip.ts';
import { EventStreamClient } from './peers/event-stream-client.ts';
import { listen } from './peers/hearing.ts';
import { needs } from './peers/installed.ts';
import { PartylineServer, sipPassword } from './peers/partyline.ts';
import { waitFor } from './peers/wait.ts';

/**
 * A supervisor in the call of two agents, with real phones: who hears whom in every mode, and what is told to clients
 * of every kind: the official one by each of its ways, and the event stream, which is lost in between.
 */

const skip = needs('baresip');
const { A, B } = numbersOf(1);
const S = '590';
const tones = { [A]: 440, [B]: 700, [S]: 1500 };
type Who = 'A' | 'B' | 'S';
const numbers: Readonly<Record<Who, string>> = { A, B, S };

let carrier: SandboxCarrier;
let server: PartylineServer;
const phones = new Map<string, Phone>();

before(async () => {
  if (skip !== false) return;
  carrier = await SandboxCarrier.start({ behaviours: false });
  const config = configurationOf(1, carrier);
  const [organization] = config['organizations'] as { users: object[] }[];
  const extensions = [{ number: S, type: 'terminal', callerId: `<${S}>`, sipPassword }];
  organization!.users.push({ id: 90, login: loginOf(S), password, roles: ['agent', 'supervisor'], extensions });
  server = await PartylineServer.start({ config });
  for (const [user, tone] of Object.entries(tones)) {
    const options = { user, tone, password: sipPassword, server: server.sipAddress, autoAnswer: true };
    phones.set(user, await Phone.start(options));
  }
  await Promise.all([...phones.values()].map((phone) => phone.registered()));
});

after(async () => {
  await Promise.all([...phones.values()].map((phone) => phone.stop()));
  await server?.stop();
  await carrier?.close();
});

/** Each hears these, and nobody else. */
function hear(heard: Readonly<Partial<Record<Who, readonly Who[]>>>): Promise<void> {
  const all = Object.entries(heard) as [Who, readonly Who[]][];
  return listen(
    all.map(([who, others]) => {
      const hears = others.map((one) => tones[numbers[one]]!);
      const notHears = Object.values(tones).filter((tone) => !hears.includes(tone));
      return { phone: phones.get(numbers[who])!, hears, notHears };
    }),
  );
}

interface Call {
  readonly state: string;
  readonly mute: string;
  readonly monitoredUserMuted: boolean;
  readonly supervisorListeningIn: boolean;
}

/** In a line. That a phone rings before it answers is its own affair. */
function words(told: readonly Told[]): string[] {
  return told.flatMap(({ data }) => {
    const [device] = (data['devices'] as { supervisorMonitoringState?: { state: string } }[] | undefined) ?? [];
    if (device !== undefined) return [`monitoring ${device.supervisorMonitoringState?.state ?? 'off'}`];
    const { state, mute, monitoredUserMuted, supervisorListeningIn } = data['call'] as Call;
    if (state === 'Ringing' || state === 'Dialing') return [];
    const facts = [
      ...(mute === 'On' ? ['mute'] : []),
      ...(monitoredUserMuted ? ['agent muted'] : []),
      ...(supervisorListeningIn ? ['listened to'] : []),
    ];
    return [[data['notificationType'], state, ...facts].join(' ')];
  });
}

async function told(client: { readonly told: readonly Told[] }, wanted: readonly string[]): Promise<void> {
  const enough = () => words(client.told).length >= wanted.length;
  await waitFor(enough, 8000, () => `${wanted.join(', ')}; there is ${words(client.told).join(', ')}`);
  assert.deepEqual(words(client.told), wanted);
}

test('a supervisor listens, takes part, mutes the agent, leaves and coaches; five kinds of client are told the same', {
  skip,
}, async () => {
  const logIn = (number: string) => Agent.logIn(`http://127.0.0.1:${server.httpPort}`, loginOf(number), password);
  const [agent, supervisor] = [await logIn(A), await logIn(S)];
  const deviceOf = async (one: Agent) => (await one.get('/me/devices?fields=*'))['devices'][0];
  const [theirs, own] = [await deviceOf(agent), await deviceOf(supervisor)];
  const stream = await EventStreamClient.open(supervisor);
  const clients = await Promise.all(transports.map((way) => AgentClient.open(supervisor, way)));
  const ofAgent = await EventStreamClient.open(agent);
  const story: string[] = [];
  const follows = async (...more: string[]) => {
    story.push(...more);
    for (const client of [stream, ...clients]) await told(client, story);
  };
  const onDevice = async (operation: string) => {
    const answer = await supervisor.ask(`/me/devices/${own.id}`, operation, { targetDeviceUri: theirs.uri });
    assert.deepEqual(answer, { statusCode: 0 }, operation);
  };
  const inCall = async (operation: string, code = 0) => {
    const [call] = (await supervisor.get('/me/calls?fields=*'))['calls'];
    assert.equal(call.capabilities.includes(operation), code === 0, operation);
    assert.equal((await supervisor.ask(`/me/calls/${call.id}`, operation)).statusCode, code, operation);
  };

  await onDevice('ListenIn');
  const dialled = await agent.ask(`/me/devices/${theirs.id}/calls`, 'Dial', { destination: { phoneNumber: B } });
  assert.deepEqual(dialled, { statusCode: 0 });
  await follows('monitoring ListenIn', 'StatusChange Established mute');
  await hear({ A: ['B'], B: ['A'], S: ['A', 'B'] });
  await inCall('SwitchToListenIn', 2);

  await inCall('SwitchToBargeIn');
  await follows('StatusChange Established');
  await hear({ A: ['B', 'S'], B: ['A', 'S'], S: ['A', 'B'] });

  await inCall('MuteMonitoredUser');
  await follows('MonitoredUserMutedStateChange Established agent muted');
  await hear({ A: ['B', 'S'], B: ['S'], S: ['B'] });
  await inCall('MuteMonitoredUser', 2);

  // What happens while the stream is lost comes when it is there again.
  await stream.close();
  await inCall('UnmuteMonitoredUser');
  await inCall('SwitchToListenIn');
  await told(clients[0]!, [...story, 'MonitoredUserMutedStateChange Established', 'StatusChange Established mute']);
  await stream.resume();
  await follows('MonitoredUserMutedStateChange Established', 'StatusChange Established mute');
  await hear({ A: ['B'], B: ['A'], S: ['A', 'B'] });

  await inCall('Hangup');
  await follows('StatusChange Released mute');
  await hear({ A: ['B'], B: ['A'] });

  await onDevice('Coach');
  await follows('monitoring Coach', 'StatusChange Established');
  await hear({ A: ['B', 'S'], B: ['A'], S: ['A', 'B'] });
  await onDevice('CancelSupervisorMonitoring');
  await follows('monitoring off');

  const [call] = (await agent.get('/me/calls?fields=*'))['calls'];
  assert.deepEqual(await agent.ask(`/me/calls/${call.id}`, 'Hangup'), { statusCode: 0 });
  await follows('StatusChange Released');
  await server.quiet();
  for (const client of clients) assert.deepEqual(client.told, stream.told, client.way.transport);
  await told(ofAgent, [
    'StatusChange Established',
    'StatusChange Established listened to',
    'ParticipantsUpdated Established',
    'StatusChange Established mute agent muted',
    'StatusChange Established',
    'ParticipantsUpdated Established listened to',
    'StatusChange Established',
    'StatusChange Established listened to',
    'StatusChange Released listened to',
  ]);
  await Promise.all([stream, ofAgent, ...clients].map((client) => client.close()));
});
