import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { SeededRandom } from '../src/base/random.ts';
import { Agent, AgentClient, transports } from './peers/agent-client.ts';
import { Phone } from './peers/baresip.ts';
import { wroteDown } from './peers/facts.ts';
import { needs } from './peers/installed.ts';
import { administrator, PartylineServer, sipPassword } from './peers/partyline.ts';
import { waitFor } from './peers/wait.ts';

/*
 * kill -9 of the whole server at some moment around the request that completes a conference; the official client then
 * asks for what it missed. It has the two notifications of the merge, or neither and the ends of both calls.
 */

const skip = needs('baresip');
const moments = Math.max(2, Number(process.env['PARTYLINE_TEST_MOMENTS'] ?? 6));
const seed = Number(process.env['PARTYLINE_TEST_SEED'] ?? 20_260_128);
const login = 'agent-511@example.test';
const password = 'battery-staple';
const tones = { 511: 440, 512: 700, 513: 1100 } as const;
const numbers = Object.keys(tones);
const organization = {
  id: 3,
  name: 'Desks',
  prefix: '0003',
  users: [
    { id: 1, ...administrator, roles: ['administrator'] },
    ...numbers.map((number, at) => ({
      id: 10 + at,
      login: `agent-${number}@example.test`,
      password,
      extensions: [{ number, type: 'terminal', callerId: `<${number}>`, sipPassword }],
    })),
  ],
};

let server: PartylineServer;
const phones: Phone[] = [];
let client: AgentClient | null = null;

before(async () => {
  if (skip !== false) return;
  server = await PartylineServer.start({ config: { organizations: [organization] } });
  for (const [user, tone] of Object.entries(tones)) {
    const options = { user, tone, password: sipPassword, server: server.sipAddress };
    phones.push(await Phone.start({ ...options, autoAnswer: true }));
  }
  await Promise.all(phones.map((phone) => phone.registered()));
});

after(async () => {
  await client?.close();
  await Promise.all(phones.map((phone) => phone.stop()));
  await server?.stop();
});

interface Told {
  readonly number: string;
  readonly type: unknown;
  readonly id: string;
  readonly state: string;
  readonly participants: number;
}

test(`kill -9 around the request that merges two calls, at ${moments} moments: both notifications, or neither`, {
  skip,
  timeout: Math.max(600_000, 120_000 * moments),
}, async (t) => {
  t.diagnostic(`seed ${seed}`);
  const random = new SeededRandom(seed);
  const earlier: AgentClient['told'] = [];
  const toldOf = (): Told[] =>
    [...earlier, ...(client?.told ?? [])].flatMap(({ data, ext }) => {
      const call = data['call'] as { id: string; state: string; participants: readonly unknown[] } | undefined;
      if (call === undefined) return [];
      const { id, state, participants } = call;
      return [{ number: ext.number, type: data['notificationType'], id, state, participants: participants.length }];
    });
  /** The official client, by any way, which asks for what came behind the last that is known. */
  const listen = async (agent: Agent) => {
    earlier.push(...(client?.told ?? []));
    // One that speaks to a server that is gone would try again and again.
    void client?.close();
    client = null;
    const behind = earlier.at(-1)?.ext.number ?? '0-0';
    client = await AgentClient.open(agent, transports[random.int(4)]!, { behind });
  };
  const outcomes: string[] = [];
  /** ms, from the request to the second notification in the client's hands. */
  let usualMs = 30;
  for (let round = 0; round < moments; round++) {
    const agent = await Agent.logIn(`http://127.0.0.1:${server.httpPort}`, login, password);
    if (client === null) await listen(agent);
    const marks = phones.map((phone) => phone.events.length);
    const stateOf = (id: string) => toldOf().findLast((one) => one.id === id)?.state;
    const { devices } = await agent.get('/me/devices?fields=*');
    const dialled = await agent.ask(`/me/devices/${devices[0].id}/calls`, 'Dial', {
      destination: { phoneNumber: '512' },
    });
    assert.equal(dialled.statusCode, 0);
    const established = async () => (await agent.get('/me/calls?fields=*'))['calls'].at(-1)?.state === 'Established';
    await waitFor(established, 10_000, 'the original');
    const original = (await agent.get('/me/calls?fields=*'))['calls'][0].id as string;
    await agent.ask(`/me/calls/${original}`, 'InitiateConference', { destination: { phoneNumber: '513' } });
    const both = async () => (await agent.get('/me/calls?fields=*'))['calls'].length === 2 && (await established());
    await waitFor(both, 10_000, 'the consultation');
    const calls = (await agent.get('/me/calls?fields=*'))['calls'] as { id: string }[];
    const consult = calls.find(({ id }) => id !== original)!.id;
    await waitFor(
      () => stateOf(consult) === 'Established' && stateOf(original) === 'Held',
      10_000,
      'their states told',
    );
    // What it needs to tell the phones of the end is written a moment after their answers.
    await wroteDown(server, { dialog: 3, 'notifications-had': 1, registration: 3 });

    const began = performance.now();
    const merging = agent.ask(`/me/calls/${consult}`, 'CompleteConference').then(
      ({ statusCode }) => statusCode,
      () => -1,
    );
    const merged = () => toldOf().some(({ type, id }) => type === 'ParticipantsUpdated' && id === original);
    if (round === 0) {
      await waitFor(merged, 10_000, 'the first merge');
      usualMs = performance.now() - began;
    } else if (round % 3 === 1) {
      // As soon as the first is there.
      await waitFor(() => stateOf(consult) === 'Released', 10_000, 'the first notification');
    } else {
      // What it takes to come to the disk is the least of it, and the first.
      const part = (random.int(1000) / 1000) ** 3;
      await new Promise((resolve) => setTimeout(resolve, part * usualMs));
    }
    const had = toldOf().filter(({ id }) => id === original || id === consult).length;
    await server.kill9();
    const answered = await merging;
    await server.restart();
    await listen(await Agent.logIn(`http://127.0.0.1:${server.httpPort}`, login, password));
    await waitFor(() => stateOf(original) === 'Released', 20_000, 'the end of the original');
    const ofRound = toldOf().filter(({ id }) => id === original || id === consult);
    const released = ofRound.findIndex(({ id, state }) => id === consult && state === 'Released');
    const second = ofRound.findIndex(({ type, id }) => type === 'ParticipantsUpdated' && id === original);
    const what = `round ${round}: ${JSON.stringify(ofRound)}`;
    assert.notEqual(released, -1, what);
    if (second === -1) assert.notEqual(answered, 0, `${what}: it was said to be done`);
    else {
      assert.equal(second, released + 1, what);
      const [one, other] = [ofRound[released]!, ofRound[second]!];
      assert.equal(one.number.split('-')[0], other.number.split('-')[0], `${what}: one step`);
      assert.equal(other.participants, 2, what);
    }
    outcomes.push(`${second === -1 ? 'neither' : 'both'} (${had} of ${ofRound.length} told before it)`);
    await Promise.all(phones.map((phone, at) => phone.ended(10_000, marks[at])));
  }
  const told = toldOf();
  for (const [at, { number }] of told.entries()) {
    const [step, place] = number.split('-').map(Number) as [number, number];
    const [stepBefore, placeBefore] = told[at - 1]?.number.split('-').map(Number) ?? [0, -1];
    assert.ok(step > stepBefore! || (step === stepBefore && place > placeBefore!), `${number} is the ${at}th`);
  }
  t.diagnostic(`from the request to the second notification ${Math.round(usualMs)} ms; ${outcomes.join(', ')}`);
});
