import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FastifyInstance } from 'fastify';
import { silentLog } from '../base/log.ts';
import { SeededRandom } from '../base/random.ts';
import type { Secret } from '../base/secret.ts';
import { VirtualClock } from '../base/testing/virtual-clock.ts';
import { RefusedDials } from '../call/attempts/refused-dials.ts';
import type { Call } from '../call/model/call.ts';
import { callError } from '../call/model/call-error.ts';
import type { CallEvent } from '../call/model/events.ts';
import { MemoryCallStore } from '../call/testing/memory-store.ts';
import { AdministratorLogin } from './admin/administrator.ts';
import { registerCalls } from './admin/calls.ts';
import { registerHealth } from './health.ts';
import { createHttp } from './http.ts';
import { LoginAttempts } from './login-attempts.ts';
import { type Measurements, registerMetrics } from './metrics.ts';

const callId = '0123456789abcdef0123';
const otherCallId = 'ffffffffffffffffffff';
const basic = (login: string, password: string): string =>
  `Basic ${Buffer.from(`${login}:${password}`).toString('base64')}`;

const call = {
  id: callId,
  organizationId: '3',
  kind: 'conference',
  conference: null,
  from: null,
  to: null,
  connections: new Map(),
  seq: 2,
  createdAt: 1_800_000_000_000,
  locked: false,
  waiting: false,
  recording: false,
} as unknown as Call;

function eventsOf(id: string, organizationId: string): CallEvent[] {
  const common = { callId: id, at: 1_800_000_000_000, connectionId: null, cause: 'newCall' as const };
  const opened = { ...common, seq: 1, type: 'originated', data: { call: { organizationId }, connections: [] } };
  return [opened, { ...common, seq: 2, type: 'callCleared', data: {} }] as unknown as CallEvent[];
}

function api(clock = new VirtualClock()): FastifyInstance {
  const http = createHttp({ log: silentLog, random: new SeededRandom(1) });
  const verify = async (login: string, password: Secret) => {
    if (!password.equals('right')) return null;
    return { organizationId: '3', userId: 1, roles: login === 'admin' ? ['administrator'] : ['agent'] };
  };
  const store = new MemoryCallStore();
  for (const [id, organizationId] of [
    [callId, '3'],
    [otherCallId, '4'],
  ] as const) {
    void store.append(eventsOf(id, organizationId), []);
  }
  const calls = [call, { ...call, id: otherCallId, organizationId: '4' }];
  registerCalls(http, new AdministratorLogin(verify, new LoginAttempts(clock)), {
    idMeantBy: (id) => id,
    running: {
      call: (id) => calls.find((one) => one.id === id) ?? null,
      callsNamed: (id) =>
        calls.filter(({ connections }) => [...connections.values()].some(({ legId }) => legId === id)),
      callPage: (organizationId) => ({
        calls: calls.filter((one) => one.organizationId === organizationId),
        next: null,
      }),
    },
    store,
    now: () => clock.now(),
    signalling: { find: async () => [] },
    refused: new RefusedDials({ clock, random: new SeededRandom(2), log: silentLog, store }),
  });
  http.post('/fails', async () => {
    throw new Error('inner detail');
  });
  http.get('/refuses', async () => {
    throw callError('conferenceFull', 'No place left.', { roomSize: 2 });
  });
  return http;
}

const asAdministrator = { authorization: basic('admin', 'right') };

test('errors are JSON with a code and the request id, and show nothing of the inside', async () => {
  const http = api();
  const failed = await http.inject({ method: 'POST', url: '/fails' });
  assert.equal(failed.statusCode, 500);
  assert.equal(failed.json().error.code, 'internal');
  assert.equal(failed.json().requestId, failed.headers['x-request-id']);
  assert.doesNotMatch(failed.body, /inner detail|stack|\.ts/);
  const refused = await http.inject('/refuses');
  assert.equal(refused.statusCode, 409);
  assert.deepEqual(refused.json().error, {
    code: 'conferenceFull',
    message: 'No place left.',
    details: { roomSize: 2 },
  });
  assert.equal((await http.inject('/nowhere?token=abc')).statusCode, 404);
  assert.doesNotMatch((await http.inject('/nowhere?token=abc')).body, /abc/);
  const broken = await http.inject({
    method: 'POST',
    url: '/fails',
    payload: '{',
    headers: { 'content-type': 'application/json' },
  });
  assert.equal(broken.statusCode, 400);
  const large = await http.inject({ method: 'POST', url: '/fails', payload: { text: 'x'.repeat(2_000_000) } });
  assert.equal(large.statusCode, 413);
});

test('the administration asks for a login, and for the role', async () => {
  const http = api();
  const none = await http.inject('/admin/v1/calls');
  assert.equal(none.statusCode, 401);
  assert.match(String(none.headers['www-authenticate']), /^Basic realm=/);
  const get = (authorization: string) => http.inject({ url: '/admin/v1/calls', headers: { authorization } });
  assert.equal((await get('Basic %%%')).statusCode, 401);
  assert.equal((await get(basic('admin', 'wrong'))).statusCode, 401);
  assert.equal((await get(basic('agent', 'right'))).statusCode, 403);
  assert.equal((await get(basic('admin', 'right'))).statusCode, 200);
});

test('after five wrong logins a source waits a minute, however many come at once', async () => {
  const clock = new VirtualClock();
  const http = api(clock);
  const get = (password: string) =>
    http.inject({ url: '/admin/v1/calls', headers: { authorization: basic('admin', password) } });
  const answers = await Promise.all(Array.from({ length: 20 }, () => get('wrong')));
  assert.equal(answers.filter((one) => one.statusCode === 401).length, 5);
  const refused = await get('right');
  assert.equal(refused.statusCode, 429);
  assert.equal(refused.headers['retry-after'], '60');
  clock.advance(60_001);
  assert.equal((await get('right')).statusCode, 200);
});

test('an administrator sees the calls of the own organization, live and ended, and their log page by page', async () => {
  const http = api();
  const get = (url: string) => http.inject({ url, headers: asAdministrator });
  const live = (await get('/admin/v1/calls')).json();
  assert.deepEqual(
    live.calls.map((one: { id: string }) => one.id),
    [callId],
  );
  const recent = (await get('/admin/v1/calls?recent=true')).json();
  assert.deepEqual(
    recent.calls.map((one: { id: string }) => one.id),
    [callId],
  );
  assert.equal((await get('/admin/v1/calls?recent')).statusCode, 200);
  const first = (await get(`/admin/v1/calls/${callId}/events?limit=1`)).json();
  assert.deepEqual([first.events.length, first.events[0].type, first.next], [1, 'originated', 1]);
  const second = (await get(`/admin/v1/calls/${callId}/events?after=1`)).json();
  assert.deepEqual([second.events[0].type, second.next], ['callCleared', null]);
  assert.equal((await get(`/admin/v1/calls/${otherCallId}/events`)).statusCode, 404);
  // It may be the Call-ID of a request that was refused, which is any text.
  assert.equal((await get('/admin/v1/calls/zzz/events')).statusCode, 404);
  for (const [url, message] of [
    ['/admin/v1/calls?unknown=1', 'The query has no "unknown".'],
    ['/admin/v1/calls?recent=maybe', 'recent must be one of ["","true","1"].'],
  ] as const) {
    const wrong = await get(url);
    assert.deepEqual([wrong.statusCode, wrong.json().error.message], [400, message], url);
  }
  const records = await get(`/admin/v1/calls/${callId}/records`);
  assert.equal(records.statusCode, 200);
  assert.deepEqual(records.json(), (await get(`/admin/v1/records?callId=${callId}`)).json());
  assert.equal((await get(`/admin/v1/calls/${otherCallId}/records`)).statusCode, 404);
  const misspelt = (await get('/admin/v1/calls/%zz')).json();
  assert.equal(misspelt.error.code, 'invalidArgument');
  assert.match(misspelt.requestId, /^[0-9a-f]{20}$/);
  assert.equal((await get(`/admin/v1/calls/${callId}`)).json().kind, 'conference');
  assert.equal((await get(`/admin/v1/calls/${otherCallId}`)).statusCode, 404);
});

test('health follows the state, and metrics are the figures of the moment', async () => {
  const http = api();
  let state: 'starting' | 'ready' | 'draining' = 'starting';
  let sent = 10;
  const troubles: string[] = [];
  registerHealth(http, { readiness: () => state, troubles: async () => troubles, warnings: () => [] });
  registerMetrics(http, async () => ({ ...nothing, packetsSentTotal: sent, calls: new Map([['conference', 2]]) }));
  assert.equal((await http.inject('/healthz')).statusCode, 503);
  state = 'ready';
  const ready = await http.inject('/healthz');
  assert.deepEqual([ready.statusCode, ready.json()], [200, { status: 'ready' }]);
  troubles.push('the disk is full');
  const full = await http.inject('/healthz');
  assert.deepEqual([full.statusCode, full.json()], [503, { status: 'unavailable', reasons: ['the disk is full'] }]);
  troubles.pop();
  const first = (await http.inject('/metrics')).body;
  assert.match(first, /^partyline_calls\{kind="conference"\} 2$/m);
  assert.match(first, /^partyline_rtp_packets_sent_total 10$/m);
  assert.match(first, /^process_cpu_seconds_total /m);
  sent = 25;
  assert.match((await http.inject('/metrics')).body, /^partyline_rtp_packets_sent_total 25$/m);
});

const nothing: Measurements = {
  calls: new Map(),
  legs: 0,
  rooms: 0,
  packetsReceivedTotal: 0,
  packetsSentTotal: 0,
  packetsLostTotal: 0,
  lateTicksTotal: 0,
  mediaProcesses: 1,
  mediaProcessesOverloaded: 0,
  mediaSockets: new Map(),
  mediaSocketFaultsTotal: 0,
  browserPortDroppedTotal: 7,
  sipResponsesTotal: new Map(),
  sipServerTransactions: 0,
  sipClientTransactions: 0,
  sipDialogs: 0,
  sipRefersTotal: new Map(),
  sipRegistrations: 0,
  storeQueue: 0,
  trunksUp: new Map(),
  dialOutRefusedTotal: new Map(),
  dialOutConcurrent: 0,
  webhookReceiversDown: 0,
  webhooksDeliveredTotal: 0,
  webhooksFailedTotal: 0,
  notificationSessions: new Map(),
  notificationsTotal: 0,
  notificationReplays: 0,
  notificationHandshakesTotal: 0,
  notificationsRefusedTotal: new Map(),
  notificationSessionsEndedTotal: new Map(),
  memoryBytes: new Map(),
};
