import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import type { InjectOptions } from 'fastify';
import { silentLog } from '../../base/log.ts';
import { SeededRandom } from '../../base/random.ts';
import { VirtualClock } from '../../base/testing/virtual-clock.ts';
import { trunkTo } from '../../directory/records.ts';
import { demoAgent } from '../../directory/sandbox-organization.ts';
import { sandboxTrunkName } from '../../directory/sandbox-trunk.ts';
import { createHttp } from '../http.ts';
import { registerDemo } from './demo.ts';
import { demoSessionMs, mostDemoSessions, mostDemoSessionsAMinute } from './demo-sessions.ts';

const numbers = [{ number: '2025550101', does: 'speaks' }];
const here: InjectOptions = { headers: { host: '127.0.0.1:8080' }, remoteAddress: '127.0.0.1' };

/** The demo alone, with what it asks for; `facts` can be changed while it runs. */
async function demo() {
  const clock = new VirtualClock();
  const http = createHttp({ log: silentLog, random: new SeededRandom(1) });
  const facts = {
    numbers,
    login: demoAgent.login as string,
    trunks: [trunkTo(sandboxTrunkName, 'sip:127.0.0.1:5070')],
    other: null as { organizationId: string; userId: number } | null,
  };
  const done: string[] = [];
  let families = 0;
  const { organizationId, userId } = demoAgent;
  registerDemo(http, {
    clock,
    random: new SeededRandom(2),
    directory: {
      user: () => ({ organizationId, id: userId, login: facts.login }) as never,
      app: () => ({ organizationId, userId, secretMark: 'mark' }) as never,
      get trunks() {
        return facts.trunks;
      },
    },
    tokens: {
      newFamily: () => `family${++families}`,
      make: (kind, family, who) => ({ text: `text of ${family}`, token: { ...who, kind, family } as never }),
      keep: async () => void done.push('kept'),
      revokeFamily: async (family) => void done.push(`revoked ${family}`),
    },
    sessions: {
      of: () => facts.other,
      begin: () => {
        done.push('logged in');
        return () => done.push('logged out');
      },
    },
    numbers: () => facts.numbers,
    hangUp: () => done.push('hung up'),
  });
  await http.ready();
  const ask = async (method: 'GET' | 'POST' | 'DELETE', url: string, options: InjectOptions = {}) => {
    const headers = { ...here.headers, ...options.headers };
    const answer = await http.inject({ ...here, ...options, method, url, headers });
    return { ...answer, status: answer.statusCode, json: answer.body === '' ? null : answer.json() };
  };
  return { http, clock, facts, done, ask };
}

const cookieOf = (headers: Record<string, unknown>) =>
  String([headers['set-cookie']].flat().find((one) => String(one).startsWith('partyline_demo='))).split(';')[0] ?? '';

test('a visitor of this machine is the demo agent for half an hour, then what is left is ended', async (t) => {
  const { http, clock, done, ask } = await demo();
  t.after(() => http.close());
  const about = await ask('GET', '/demo');
  assert.deepEqual([about.json.available, about.json.session], [true, null]);
  assert.deepEqual(about.json.numbers, numbers);
  const begun = await ask('POST', '/demo/session');
  assert.equal(begun.status, 201);
  assert.equal(begun.json.token, 'text of family1');
  assert.match(String(begun.headers['set-cookie']), /HttpOnly; SameSite=Strict/);
  assert.deepEqual(done, ['kept', 'logged in']);
  // Loaded again, the page has it still; begun again, the one before is over.
  const headers = { cookie: cookieOf(begun.headers) };
  assert.equal((await ask('GET', '/demo', { headers })).json.session.token, 'text of family1');
  const again = await ask('POST', '/demo/session', { headers });
  assert.equal((await ask('GET', '/demo', { headers })).json.session, null);
  clock.advance(demoSessionMs - 1);
  const second = { cookie: cookieOf(again.headers) };
  assert.equal((await ask('GET', '/demo', { headers: second })).json.session.token, 'text of family2');
  done.length = 0;
  clock.advance(1);
  assert.equal((await ask('GET', '/demo', { headers: second })).json.session, null);
  assert.deepEqual(done, ['logged out', 'revoked family2', 'hung up']);
});

test('nobody else gets one: not over the network, by another name, through a proxy or from another page', async (t) => {
  const { http, ask, done } = await demo();
  t.after(() => http.close());
  const strangers: InjectOptions[] = [
    { remoteAddress: '192.0.2.7' },
    { headers: { host: 'rebound.example:8080' } },
    { headers: { host: '127.0.0.1.example' } },
    { headers: { 'x-forwarded-for': '127.0.0.1' } },
    { headers: { forwarded: 'for=127.0.0.1' } },
    { headers: { via: '1.1 proxy' } },
    { headers: { origin: 'http://evil.example' } },
    { headers: { origin: 'http://127.0.0.1:9090' } },
    { headers: { origin: 'null' } },
    { headers: { 'sec-fetch-site': 'cross-site' } },
    { headers: { 'sec-fetch-site': 'same-site' } },
  ];
  for (const stranger of strangers) {
    const { status } = await ask('POST', '/demo/session', stranger);
    assert.ok(status === 403 || status === 400, JSON.stringify(stranger));
    const about = await ask('GET', '/demo', stranger);
    if (about.status === 200) assert.deepEqual([about.json.available, about.json.numbers], [false, []]);
  }
  assert.deepEqual(done, []);
  for (const host of ['localhost:8080', '[::1]:8080', 'LOCALHOST', '127.0.0.1']) {
    assert.equal((await ask('POST', '/demo/session', { headers: { host, origin: `http://${host}` } })).status, 201);
  }
});

test('a proxy that leaves no trace but its HTTP/1.0 is no browser of this machine', async (t) => {
  const { http } = await demo();
  t.after(() => http.close());
  const port = Number(new URL(await http.listen({ host: '127.0.0.1', port: 0 })).port);
  const asked = async (version: string) => {
    const socket = connect(port, '127.0.0.1');
    socket.end(`GET /demo HTTP/${version}\r\nHost: 127.0.0.1:${port}\r\nConnection: close\r\n\r\n`);
    return await text(socket);
  };
  assert.match(await asked('1.1'), /"available":true/);
  assert.match(await asked('1.0'), /"why":"notLocal"/);
});

test('there is none where a trunk leads elsewhere, the sandbox is off, or there is no such agent', async (t) => {
  const { http, facts, ask } = await demo();
  t.after(() => http.close());
  const why = async () => (await ask('GET', '/demo')).json.why;
  facts.trunks = [trunkTo(sandboxTrunkName, 'sip:127.0.0.1:5070'), trunkTo('carrier', 'sip:carrier.example')];
  assert.equal(await why(), 'otherTrunks');
  assert.equal((await ask('POST', '/demo/session')).status, 403);
  facts.trunks = [];
  facts.login = 'somebody@example.test';
  assert.equal(await why(), 'noDemoAgent');
  facts.numbers = [];
  assert.equal(await why(), 'sandboxOff');
});

test('they are few, and who is signed in as an agent stays so', async (t) => {
  const { http, clock, facts, done, ask } = await demo();
  t.after(() => http.close());
  facts.other = { organizationId: '3', userId: 12 };
  assert.equal((await ask('POST', '/demo/session')).json.isAgent, false);
  assert.ok(!done.includes('logged in'));
  facts.other = null;
  const first = await ask('POST', '/demo/session');
  assert.equal(first.json.isAgent, true);
  const headers = { cookie: cookieOf(first.headers) };
  for (let at = 0; at < mostDemoSessions; at++) await ask('POST', '/demo/session');
  assert.equal((await ask('GET', '/demo', { headers })).json.session, null, 'the first made room');
  const answers = [];
  for (let at = 0; at < mostDemoSessionsAMinute; at++) answers.push((await ask('POST', '/demo/session')).status);
  assert.equal(answers.at(-1), 429);
  clock.advance(60_000);
  assert.equal((await ask('POST', '/demo/session')).status, 201);
});
