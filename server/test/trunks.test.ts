import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { freePort } from '../src/base/testing/free-port.ts';
import { SandboxCarrier } from '../src/sandbox/index.ts';
import { overTrunk, PartylineServer, sipPassword, testOrganization } from './peers/partyline.ts';
import { UnifiedApi } from './peers/unified-api.ts';
import { waitFor } from './peers/wait.ts';

/** Calls out and in through carriers. */

const number = '3235742879';
const servers: PartylineServer[] = [];
const carriers: SandboxCarrier[] = [];

async function startCarrier(server?: PartylineServer, behaviours = false): Promise<SandboxCarrier> {
  const at = server === undefined ? {} : { server: { address: '127.0.0.1', port: server.sipPort } };
  const carrier = await SandboxCarrier.start({ behaviours, ...at });
  carriers.push(carrier);
  return carrier;
}

async function startServer(config: Record<string, unknown>): Promise<{ server: PartylineServer; api: UnifiedApi }> {
  const server = await PartylineServer.start({ config });
  servers.push(server);
  return { server, api: await UnifiedApi.connect(`http://127.0.0.1:${server.httpPort}`) };
}

after(async () => {
  for (const server of servers) await server.stop();
  for (const carrier of carriers) await carrier.close();
});

/** The test organization with these public numbers for the conference extension 201. */
function withPublicNumber(publicNumber: string) {
  const [first, ...others] = testOrganization.users;
  const extensions = first!.extensions.map((one) =>
    one.number === '201' ? { ...one, publicNumbers: [publicNumber] } : one,
  );
  return [{ ...testOrganization, users: [{ ...first, extensions }, ...others] }];
}

test('the next target is called when one is dead or overloaded, and a refusal by a person is final', async () => {
  const [overloaded, good] = [await startCarrier(), await startCarrier()];
  const dead = await freePort();
  const { server, api } = await startServer(
    overTrunk(good.uri, { uri: [`sip:127.0.0.1:${dead}`, overloaded.uri, good.uri], failover: '1s', options: 'off' }),
  );
  overloaded.onCall = (call) => {
    call.refuse(503);
    return true;
  };
  const coming = good.expectCall(number);
  const answer = await api.invite([number]);
  assert.equal(answer.status, 200, answer.text);
  const call = await coming;
  call.answer();
  await api.status(answer.json[0].links.self, 5);
  call.hangUp();
  await server.quiet();

  // One that the machine keeps from answering is not dead.
  const patient = await startServer(
    overTrunk(good.uri, { uri: [overloaded.uri, good.uri], failover: '1m', options: 'off' }),
  );
  let second = 0;
  overloaded.onCall = (one) => {
    one.busy();
    return true;
  };
  good.onCall = () => {
    second++;
    return false;
  };
  const refused = await patient.api.invite([number]);
  assert.equal(refused.status, 200, refused.text);
  await patient.api.status(refused.json[0].links.self, null);
  assert.equal(second, 0, 'who is busy is not called another way');
});

test('a public number reaches its extension, from the carrier alone', async () => {
  const carrier = await startCarrier();
  const { server } = await startServer({
    ...overTrunk(carrier.uri),
    organizations: withPublicNumber('3235550100'),
  });
  const inbound = await startCarrier(server);
  const stranger = inbound.dial('101', { from: '555' });
  assert.notEqual((await stranger.ended).status, 200);

  const known = await SandboxCarrier.start({ behaviours: false });
  carriers.push(known);
  const call = carrier.dial(`sip:3235550100@127.0.0.1:${server.sipPort}`, {
    from: '4242',
    name: 'Caller',
    headers: [['P-Asserted-Identity', '"Asserted" <sip:3239990000@carrier.test>']],
  });
  await call.answered;
  const conference = await waitFor(
    async () => (await server.calls()).find((one) => one.connections.length === 1),
    3000,
    'the caller',
  );
  assert.equal(conference.connections[0]?.device.number, '3239990000');
  const phone = carrier.dial(`sip:101@127.0.0.1:${server.sipPort}`, { from: '4242' });
  assert.equal((await phone.ended).status, 404, 'a carrier reaches published numbers only');
  call.hangUp();
  await server.quiet();
});

test('a trunk registers and proves itself by digest at a registrar', async () => {
  const carrier = await startCarrier();
  const upstream = await startServer(overTrunk(carrier.uri));
  const { server, api } = await startServer(
    overTrunk(`sip:127.0.0.1:${upstream.server.sipPort}`, {
      username: '101',
      password: sipPassword,
      register: true,
      registerExpires: '1m',
    }),
  );
  await waitFor(async () => (await upstream.server.metric('sip_registrations')) === 1, 5000, 'the registration');
  const coming = carrier.expectCall(number);
  // Shown as the account's own number, so that the other server asks for its password.
  const answer = await api.invite([number], { callerId: 'Office <101>' });
  const call = await coming;
  call.answer();
  await api.status(answer.json[0].links.self, 5);
  await api.ask(answer.json[0].links.self, { method: 'DELETE' });
  await server.stop();
  await waitFor(async () => (await upstream.server.metric('sip_registrations')) === 0, 5000, 'the end of it');
});

interface Refused {
  readonly id: string;
  readonly scope: string;
  readonly number: string;
  readonly rule: string | null;
}

/** Why these two requests came to nothing, by the id that they were answered with. */
async function checkWhy(server: PartylineServer, [premium = '', unplanned = '']: readonly string[]): Promise<void> {
  const { refused } = await server.get<{ refused: Refused[] }>('/admin/v1/dial-out');
  const shown = refused.filter(({ id }) => id === premium || id === unplanned);
  assert.deepEqual(
    shown.map(({ id, scope, number, rule }) => [id, scope, number, rule]),
    [
      [unplanned, 'dialPlan', '0049301234567890', null],
      [premium, 'destination', '9005551234', '^1?900'],
    ],
  );
  assert.ok(refused.some(({ scope }) => scope === 'conference') && refused.some(({ scope }) => scope === 'user'));
  const one = await server.get<Refused>(`/admin/v1/calls/${premium}`);
  assert.deepEqual([one.scope, one.number], ['destination', '9005551234']);
  const [event] = await server.events(premium);
  assert.equal(event?.type, 'dialOutRefused');
  assert.deepEqual(await server.get(`/admin/v1/calls/${premium}/records`), { records: [] });
}

test('limits of dialling out hold, however many ask at once; a refusal is a clear 4xx and is kept', async () => {
  const carrier = await startCarrier();
  let rang = 0;
  carrier.onCall = (call) => {
    rang++;
    call.ring();
    return true;
  };
  const { server, api } = await startServer({
    ...overTrunk(carrier.uri),
    limits: {
      dialOutPerMinute: 100,
      dialOutConcurrent: 100,
      dialOutPerConferenceConcurrent: 3,
      dialOutPerUserConcurrent: 5,
      dialOutDeny: ['^1?900'],
    },
  });
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, at) => api.invite([String(3_235_550_000 + at)], { query: 'number=3&pin=2233' })),
  );
  const accepted = answers.filter(({ status }) => status === 200);
  const refused = answers.filter(({ status }) => status !== 200);
  assert.equal(accepted.length, 3);
  for (const { status, json } of refused) {
    assert.equal(status, 409);
    assert.equal(json.error.code, 'limit_exceeded');
    assert.equal(
      json.error.message,
      'A limit of calls to public numbers is reached: 3 at once of one conference. Try again later.',
    );
  }
  const other = await Promise.all(
    Array.from({ length: 10 }, () => api.invite([number], { extension: '201', source: ['201'], query: 'number=1' })),
  );
  assert.equal(other.filter(({ status }) => status === 200).length, 2, 'five of one user, in all conferences');
  await waitFor(() => rang === 5, 3000, 'five calls');

  const premium = await api.invite(['9005551234']);
  assert.equal(premium.status, 403);
  assert.equal(premium.json.error.code, 'destination_not_allowed');

  const unplanned = await api.invite(['0049301234567890']);
  assert.equal(unplanned.json.error.code, 'pc_destination_invalid');
  const ids = [premium, unplanned].map(({ headers }) => headers.get('x-request-id')!);
  await checkWhy(server, ids);
  await api.ask(accepted[0]!.json[0].links.self, { method: 'DELETE' });
  await server.get('/admin/v1/calls');
  const again = await api.invite([number]);
  assert.equal(again.status, 200, 'a place is free again');
  assert.equal(rang <= 6, true);

  await server.kill9();
  await server.restart();
  await checkWhy(server, ids);
});

test('a carrier that sends a call on makes no more calls than the limits allow', async () => {
  const carrier = await startCarrier();
  const eight = Array.from({ length: 8 }, (_, at) => `<sip:323555020${at}@127.0.0.1>`);
  let contacts = eight;
  let called = 0;
  carrier.onCall = (call) => {
    called++;
    if (call.dialled === number) call.refuse(302, undefined, [['Contact', contacts.join()]]);
    else call.refuse(486);
    return true;
  };
  const inLastMinute = async (server: PartylineServer) => {
    const { users } = await server.get<{ users: Record<string, { inLastMinute: number }> }>('/admin/v1/dial-out');
    return Object.values(users)[0]?.inLastMinute;
  };
  for (const [perMinute, calls] of [
    [1, 1],
    [3, 3],
    [100, 6],
  ] as const) {
    const limits = { dialOutPerMinute: perMinute, dialOutConcurrent: 1 };
    const { server, api } = await startServer({ ...overTrunk(carrier.uri), limits });
    called = 0;
    const answer = await api.invite([number]);
    assert.equal(answer.status, 200, answer.text);
    await api.status(answer.json[0].links.self, null);
    assert.deepEqual([called, await inLastMinute(server)], [calls, calls], `${perMinute} a minute`);
    await server.quiet();
  }

  contacts = [`<sip:${number}@127.0.0.1>`];
  const limits = { dialOutPerMinute: 100, dialOutConcurrent: 1 };
  const { server, api } = await startServer({ ...overTrunk(carrier.uri), limits });
  called = 0;
  const itself = await api.invite([number]);
  await api.status(itself.json[0].links.self, null);
  assert.deepEqual([called, await inLastMinute(server)], [1, 1], 'to itself');
});

test('early media, reliable provisional answers and redirections of a carrier', async () => {
  const carrier = await startCarrier(undefined, true);
  const { server, api } = await startServer(overTrunk(carrier.uri));
  const rows: [string, number | null][] = [
    ['2025550142', 5],
    ['2025550143', null],
    ['2025550144', 5],
    ['2025550135', 5],
    ['2025550110', 5],
  ];
  for (const [dialled, status] of rows) {
    const answer = await api.invite([dialled]);
    assert.equal(answer.status, 200, answer.text);
    await api.status(answer.json[0].links.self, status, 8000);
    await api.ask(answer.json[0].links.self, { method: 'DELETE' });
    await server.quiet();
  }
});
