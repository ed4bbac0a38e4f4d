import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { FastifyInstance } from 'fastify';
import { AppError } from '../../../../base/app-error.ts';
import { silentLog } from '../../../../base/log.ts';
import { SeededRandom } from '../../../../base/random.ts';
import { Secret } from '../../../../base/secret.ts';
import { chargedOf } from '../../../../call/model/charged.ts';
import { clearCall } from '../../../../call/services/clear-call.ts';
import { makeCall } from '../../../../call/services/make-call.ts';
import { extension, RuntimeFixture } from '../../../../call/testing/runtime-fixture.ts';
import type { Directory } from '../../../../directory/directory.ts';
import { PasswordHasher } from '../../../../directory/password.ts';
import { noRecords, trunkTo } from '../../../../directory/records.ts';
import { directoryOf, organizationWith, phone, rooms } from '../../../../directory/testing/virtual-organizations.ts';
import type { BrowserPhoneEntry } from '../../../../legs/web/browser-phone.ts';
import { createHttp } from '../../../http.ts';
import { SessionLogins } from '../../../session-logins.ts';
import { acceptWebSockets } from '../../../web-sockets.ts';
import type { BrowserDoor, BrowserPhoneCall } from '../../dialect.ts';
import { portal } from '../register.ts';

const random = new SeededRandom(7);
const calls = new RuntimeFixture();
const { clock, runtime } = calls;
let http: FastifyInstance;
let directory: Directory;

interface Made {
  readonly entry: BrowserPhoneEntry;
  reachable: boolean;
  ended: boolean;
  calls: BrowserPhoneCall[];
  readonly asked: unknown[][];
}
/** Every phone that the door was asked for. */
const made: Made[] = [];

/** A door without sound: what is asked of it is written down. */
const browsers: BrowserDoor = {
  has: () => false,
  join: () => Promise.reject(new AppError('unavailable', 'no conference here')),
  phone(entry) {
    const asked: unknown[][] = [];
    const it = {
      entry,
      asked,
      reachable: false,
      ended: false,
      calls: [] as BrowserPhoneCall[],
      dial: async (...given: unknown[]) => {
        asked.push(['dial', ...given]);
        if (given[0] === '999') throw new AppError('notFound', 'There is nothing at that number.');
        return { callId: 'c1', answer: 'v=0 answer' };
      },
      pickUp: async (...given: unknown[]) => {
        asked.push(['pickUp', ...given]);
        return 'v=0 picked';
      },
      move: async (...given: unknown[]) => {
        asked.push(['move', ...given]);
        if (given[0] === 'rings') throw new AppError('notFound', 'This call has no sound.');
        if (given[1] === 'garbage') throw new AppError('invalidArgument', 'No description.', { code: 'badOffer' });
        return 'v=0 moved';
      },
      hangUp: (...given: unknown[]) => void asked.push(['hangUp', ...given]),
      hold: (...given: unknown[]) => void asked.push(['hold', ...given]),
      press: (...given: unknown[]) => void asked.push(['press', ...given]),
      end: () => {
        it.ended = true;
      },
    };
    made.push(it);
    return it;
  },
};

const ann = { login: 'ann@example.test', password: 'correct-horse' };
let session: { organizationId: string; userId: number } | null = null;

before(async () => {
  const [base] = organizationWith(3, []).users;
  const user = (id: number, login: string, extensions: Parameters<typeof organizationWith>[1]) => ({
    ...base!,
    id,
    login,
    password: new Secret(ann.password),
    extensions,
  });
  const users = [
    user(1, ann.login, [rooms('211'), phone('101'), phone('102')]),
    user(2, 'bob@example.test', [phone('103')]),
    user(3, 'no-phone@example.test', [rooms('213')]),
  ];
  const organization = { ...organizationWith(3, []), users };
  const hasher = new PasswordHasher({ random });
  const trunks = [trunkTo('carrier', 'sip:192.0.2.1')];
  const dialPlan = [{ match: '^[0-9]{7}$', trunk: 'carrier', strip: 0, prepend: '' }];
  const provisioned = { organizations: [organization], trunks, dialPlan };
  ({ directory } = await directoryOf(provisioned, { clock, hasher }));
  http = createHttp({ log: silentLog, random });
  await acceptWebSockets(http);
  const sessions = new SessionLogins();
  sessions.add(() => session);
  const config = { media: { turn: [] } };
  const parts = { browsers, calls: calls.store, clock, random, directory, runtime, sessions, config, publicUrl: null };
  portal.register(http, parts as unknown as Parameters<typeof portal.register>[1]);
  await http.ready();
});

after(() => http.close());

function basic(login: string, password: string): Record<string, string> {
  return { authorization: `Basic ${Buffer.from(`${login}:${password}`).toString('base64')}` };
}

function signIn(body: unknown, headers: Record<string, string> = basic(ann.login, ann.password), from = '192.0.2.1') {
  return http.inject({
    method: 'POST',
    url: '/phone',
    remoteAddress: from,
    headers: { 'content-type': 'application/json', ...headers },
    payload: JSON.stringify(body),
  });
}

async function signedIn(body: unknown = {}): Promise<{ path: string; phone: Made }> {
  const answer = await signIn(body);
  assert.equal(answer.statusCode, 201, answer.body);
  return { path: new URL(String(answer.headers['location'])).pathname, phone: made.at(-1)! };
}

async function listen(path: string) {
  // biome-ignore lint/suspicious/noExplicitAny: whatever JSON came; the tests look at it piece by piece
  const told: any[] = [];
  let wake = () => {};
  let code: number | null = null;
  const socket = await http.injectWS(
    `${path}/events`,
    {},
    {
      onInit: (ws) => {
        ws.on('message', (data: unknown) => {
          told.push(JSON.parse(String(data)));
          wake();
        });
        ws.on('close', (closed: number) => {
          code = closed;
          wake();
        });
      },
    },
  );
  const until = async <Value>(probe: () => Value | undefined | null): Promise<Value> => {
    for (;;) {
      const value = probe();
      if (value !== undefined && value !== null) return value;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  };
  let id = 0;
  const ask = (what: string, more: object = {}) => {
    const mine = ++id;
    socket.send(JSON.stringify({ id: mine, do: what, ...more }));
    return until(() => told.find((one) => one.type === 'answer' && one.id === mine));
  };
  await until(() => told[0] ?? code);
  return { socket, told, ask, until, closed: () => until(() => code) };
}

test('who signs in is proven, and has only phones of its own', async () => {
  const answer = await signIn({});
  assert.equal(answer.statusCode, 201);
  assert.deepEqual([answer.json().extension.number, answer.json().extension.extendedNumber], ['101', '0003*101']);
  assert.match(String(answer.headers['location']), /^http:\/\/localhost:80\/phone\/[0-9a-f]{32}$/);
  assert.equal((await signIn({ extension: '0003*102' })).json().extension.number, '102');
  const refused = async (...asked: Parameters<typeof signIn>) => {
    const { statusCode, body } = await signIn(...asked);
    return [statusCode, JSON.parse(body).code];
  };
  assert.deepEqual(await refused({ extension: '103' }), [403, 'extensionNotYours']);
  assert.deepEqual(await refused({ extension: '211' }), [403, 'extensionNotYours'], 'a conference is no phone');
  assert.deepEqual(await refused({}, basic('no-phone@example.test', ann.password)), [404, 'noExtension']);
  assert.deepEqual(await refused({}, {}), [401, 'loginNeeded']);
  assert.deepEqual(await refused({}, { authorization: 'UPToken nonsense' }), [401, 'loginWrong']);
  for (let tries = 0; tries < 5; tries++) {
    assert.deepEqual(await refused({}, basic(ann.login, 'guess'), '192.0.2.9'), [401, 'loginWrong']);
  }
  assert.deepEqual(await refused({}, basic(ann.login, ann.password), '192.0.2.9'), [429, 'tooManyLogins']);
  session = { organizationId: '3', userId: 2 };
  assert.equal((await signIn({}, {})).json().extension.number, '103', 'a session of another interface');
  for (const headers of [{}, { 'content-type': 'text/plain' }, { 'content-type': 'application/jsonp' }]) {
    const { statusCode } = await http.inject({ method: 'POST', url: '/phone', headers });
    assert.equal(statusCode, 415, 'what another page has sent with the session, without asking');
  }
  session = null;
  const form = await http.inject({
    method: 'POST',
    url: '/phone',
    headers: { 'content-type': 'text/plain', ...basic(ann.login, ann.password) },
    payload: '{}',
  });
  assert.equal(form.statusCode, 415, 'what a page of another origin can send without asking');
});

test('its socket tells what there is, calls as they change, and takes what the phone does', async () => {
  const { path, phone: it } = await signedIn();
  assert.equal(it.reachable, false, 'nobody listens yet');
  const call = {
    id: 'c7',
    direction: 'outgoing',
    state: 'ringing',
    party: { name: 'Bob', number: '103' },
    autoAnswer: false,
    early: false,
    reason: null,
  } as const;
  // In no call of the model.
  const nowhere = { held: false, with: [], waiting: [] };
  it.calls = [call];
  const { told, ask, until, socket } = await listen(path);
  assert.equal(it.reachable, true);
  assert.deepEqual(told[0], {
    type: 'registered',
    extension: { number: '101', name: 'Phone 101' },
    calls: [{ ...call, direction: 'incoming', ...nowhere }],
  });
  it.entry.tell({ ...call, state: 'established' });
  it.entry.pickUp('c7');
  await until(() => told.find(({ type }) => type === 'pickUp'));
  assert.deepEqual(told.slice(1), [
    { type: 'call', call: { ...call, direction: 'incoming', state: 'established', ...nowhere } },
    { type: 'pickUp', call: 'c7' },
  ]);
  assert.deepEqual((await ask('dial', { to: '103', offer: 'v=0' })).result, { call: 'c1', answer: 'v=0 answer' });
  assert.deepEqual((await ask('pickUp', { call: 'c7', offer: 'v=0' })).result, { answer: 'v=0 picked' });
  for (const [what, more] of [
    ['hold', {}],
    ['retrieve', {}],
    ['digits', { digits: '12#' }],
    ['refuse', { busy: true }],
    ['hangUp', {}],
  ] as const) {
    assert.equal((await ask(what, { call: 'c7', ...more })).ok, true);
  }
  assert.deepEqual(it.asked.slice(2), [
    ['hold', 'c7', true],
    ['hold', 'c7', false],
    ['press', 'c7', '12#'],
    ['hangUp', 'c7', true],
    ['hangUp', 'c7'],
  ]);
  const code = async (...asked: Parameters<typeof ask>) => (await ask(...asked)).error.code;
  assert.equal(await code('dial', { to: '999', offer: 'v=0' }), 'notFound');
  assert.equal(await code('dial', { to: '103' }), 'invalid');
  assert.equal(await code('dial', { to: '1'.repeat(65), offer: 'v=0' }), 'invalid');
  assert.equal(await code('digits', { call: 'c7', digits: '1; DROP' }), 'invalid');
  assert.equal(await code('hold', {}), 'invalid');
  assert.equal(await code('fly', {}), 'notSupported');
  socket.close();
});

test('a call is transferred to a number outside where that is allowed of it, and charged to who does so', async () => {
  const { path, phone: it } = await signedIn();
  const { ask, socket } = await listen(path);
  for (const publicTransfer of [false, true]) {
    const device = (number: string) => ({ ...extension(number), organizationId: '3', extensionId: `3-${number}` });
    await runtime.do(makeCall, {
      kind: 'call',
      organizationId: '3',
      from: device('103'),
      fromTarget: { kind: 'terminal', aor: '103' },
      callerId: { name: '', number: '103' },
      to: device('101'),
      toTarget: { kind: 'terminal', aor: '101' },
      timeoutMs: 20_000,
      publicTransfer,
    });
    const caller = calls.lastDialled();
    runtime.report(caller, { type: 'answered' });
    await calls.settle();
    const own = calls.lastDialled();
    runtime.report(own, { type: 'answered' });
    await calls.settle();
    it.calls = [{ id: own, direction: 'incoming', state: 'established' } as unknown as BrowserPhoneCall];
    const { ok, error } = await ask('transfer', { call: own, to: '2025550' });
    assert.deepEqual([ok, error?.code], publicTransfer ? [true, undefined] : [false, 'notAllowed']);
    const call = runtime.snapshot()[0]!;
    const [, other] = [...call.connections.values()];
    const expected = publicTransfer ? ['2025550', '3-101'] : ['101', '3-103'];
    assert.deepEqual([other!.device.number, chargedOf(call, other!)], expected);
    await runtime.do(clearCall, { callId: call.id });
  }
  socket.close();
});

test('a socket that comes later takes the place of the first; one that signs out or is displaced is told, and its address is nobody any more', async () => {
  const { path, phone: it } = await signedIn();
  const now = await http.inject({ method: 'GET', url: path });
  assert.equal(now.headers['access-control-allow-origin'], '*');
  assert.deepEqual(Object.keys(now.json()), ['expiresAt', 'iceServers'], 'what may have run out since');
  const first = await listen(path);
  const second = await listen(path);
  assert.equal(await first.closed(), 4001);
  assert.deepEqual(first.told.at(-1), { type: 'over', reason: 'replaced' });
  assert.deepEqual([it.reachable, it.ended], [true, false]);
  assert.equal((await http.inject({ method: 'DELETE', url: path })).statusCode, 204);
  assert.equal(await second.closed(), 4000);
  assert.deepEqual(second.told.at(-1), { type: 'over', reason: 'signedOut' });
  assert.equal(it.ended, true);
  assert.equal((await http.inject({ method: 'DELETE', url: path })).statusCode, 404);
  assert.equal((await http.inject({ method: 'GET', url: path })).statusCode, 404);
  assert.equal(await (await listen(path)).closed(), 4404);

  const displaced = await signedIn();
  const last = await listen(displaced.path);
  displaced.phone.entry.displaced();
  assert.equal(await last.closed(), 4000);
  assert.deepEqual(last.told.at(-1), { type: 'over', reason: 'displaced' });
});

test('it comes another way in a call by HTTP, whatever has become of its socket', async () => {
  const { path, phone: it } = await signedIn();
  const offer = (payload: string, where = `${path}/calls/c7`, type = 'application/sdp') =>
    http.inject({ method: 'POST', url: where, headers: { 'content-type': type }, payload });
  const answer = await offer('v=0 again');
  assert.deepEqual([answer.statusCode, answer.body], [200, 'v=0 moved']);
  assert.equal(answer.headers['content-type'], 'application/sdp');
  assert.equal(answer.headers['access-control-allow-origin'], '*');
  assert.deepEqual(it.asked, [['move', 'c7', 'v=0 again']]);
  const refused = async (...given: Parameters<typeof offer>) => {
    const { statusCode, body } = await offer(...given);
    return [statusCode, JSON.parse(body).code];
  };
  assert.deepEqual(await refused('garbage'), [400, 'badOffer']);
  assert.deepEqual(await refused('v=0', `${path}/calls/rings`), [404, 'callNotFound']);
  assert.deepEqual(await refused('v=0', `/phone/${'0'.repeat(32)}/calls/c7`), [404, 'phoneNotFound']);
  assert.deepEqual(await refused('v=0', undefined, 'text/plain'), [415, 'wrongContentType']);
  assert.deepEqual(await refused('v'.repeat(65 * 1024)), [400, 'badOffer']);
  const preflight = await http.inject({ method: 'OPTIONS', url: `${path}/calls/c7` });
  assert.equal(preflight.statusCode, 204);
  const signIn = await http.inject({
    method: 'POST',
    url: '/phone',
    headers: { 'content-type': 'application/sdp', ...basic(ann.login, ann.password) },
    payload: 'v=0',
  });
  assert.equal(signIn.statusCode, 415, 'that is for calls alone');
});

test('a browser is signed out with another password of its user', async () => {
  const { path, phone: it } = await signedIn();
  const socket = await listen(path);
  const users = [directory.records.user(3, 1)!];
  const password = new Secret('staple-battery');
  directory.apply({ put: { ...noRecords, users }, remove: [] }, [{ organizationId: 3, userId: 1, password }]);
  assert.equal(await socket.closed(), 4000);
  assert.deepEqual([socket.told.at(-1), it.ended], [{ type: 'over', reason: 'signedOut' }, true]);
  assert.equal((await signIn({})).statusCode, 401);
});
