import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { FastifyInstance } from 'fastify';
import { decodeJwt } from 'jose';
import { silentLog } from '../../../base/log.ts';
import { SeededRandom } from '../../../base/random.ts';
import { Secret } from '../../../base/secret.ts';
import { VirtualClock } from '../../../base/testing/virtual-clock.ts';
import { RuntimeFixture } from '../../../call/testing/runtime-fixture.ts';
import type { Directory } from '../../../directory/directory.ts';
import { PasswordHasher } from '../../../directory/password.ts';
import {
  conferenceWith,
  directoryOf,
  organizationWith,
  rooms,
} from '../../../directory/testing/virtual-organizations.ts';
import { createHttp } from '../../http.ts';
import { portal } from './register.ts';

const tokenPath = '/ups/resources/middleware/token';
const clock = new VirtualClock(Date.parse('2026-01-05T08:00:00Z'));
const random = new SeededRandom(4);
let http: FastifyInstance;
let directory: Directory;

before(async () => {
  const [boss] = organizationWith(3, []).users;
  const conferences = [
    conferenceWith('1', { meetingId: '2111' }),
    conferenceWith('3', { meetingId: '2113', participantPin: new Secret('2233'), moderatorPin: new Secret('9911') }),
    conferenceWith('4', {
      meetingId: '2114',
      schedule: { start: '2020-01-01T09:00', durationMs: 3_600_000, timeZone: 'UTC', repeat: 'never' },
    }),
    conferenceWith('6', { meetingId: '2116', moderatorPin: new Secret('9911') }),
    conferenceWith('5', { meetingId: '2115', participantPin: new Secret('1') }),
  ];
  const jane = {
    ...boss!,
    id: 12,
    login: 'jane@example.test',
    password: new Secret('correct-horse'),
    firstName: 'Jane',
    lastName: 'Doe',
    extensions: [rooms('211', { conferences, publicNumbers: ['3235550100'] })],
  };
  const organization = { ...organizationWith(3, []), users: [jane] };
  const hasher = new PasswordHasher({ random });
  ({ directory } = await directoryOf({ organizations: [organization], trunks: [], dialPlan: [] }, { clock, hasher }));
  http = createHttp({ log: silentLog, random });
  const { runtime } = new RuntimeFixture();
  portal.register(http, {
    clock,
    random,
    directory,
    runtime,
    publicUrl: null,
    browsers: { has: () => false },
    config: { media: { turn: [] } },
  } as unknown as Parameters<typeof portal.register>[1]);
  http.get('/guarded', async () => 'by a proxy, as it is written');
  await http.ready();
});

after(() => http.close());

/** As the page of another origin asks, `from` an address. */
async function ask(body: unknown, headers: Record<string, string> = {}, from = '192.0.2.1', url = tokenPath) {
  const answer = await http.inject({
    method: 'POST',
    url,
    remoteAddress: from,
    headers: { accept: 'application/json, text/plain, */*', 'content-type': 'application/json', ...headers },
    payload: typeof body === 'string' ? body : JSON.stringify(body),
  });
  return { status: answer.statusCode, json: answer.json(), headers: answer.headers };
}

async function refusal(body: unknown, headers: Record<string, string> = {}, from = '192.0.2.1') {
  const { status, json } = await ask(body, headers, from);
  assert.equal(typeof json.error[0].errorMsg, 'string');
  return [status, json.error[0].errorCode];
}

test('a page gets a token for the conference, its name and its role', async () => {
  const { status, json, headers } = await ask({
    conferenceId: '2111',
    presentationOnly: false,
    userName: ' Ann\n  Lee ',
  });
  assert.equal(status, 200);
  assert.equal(headers['access-control-allow-origin'], '*');
  assert.equal(json.error, undefined);
  assert.equal(json.conferenceId, '2111');
  assert.equal(json.meetingType, 'AUDIO_ONLY');
  assert.equal(json.bridgeNumber, '3235550100');
  const { iss, sub, name, role, exp, iat } = decodeJwt(json.token);
  assert.deepEqual([iss, sub, name, role], ['http://localhost:80', '2111', 'Ann Lee', 'participant']);
  assert.equal(exp! - iat!, 300);
});

test('a name of any script and length is what was typed, without what cannot be seen', async () => {
  const nameFor = async (userName: unknown) => {
    const { status, json } = await ask({ conferenceId: '2111', userName }, {}, '192.0.2.3');
    return status === 200 ? decodeJwt(json.token)['name'] : json.error[0].errorCode;
  };
  // Some scripts, and emoji, are spelt with joiners (U+200C, U+200D).
  for (const name of ['Łukasz Żółć', '李小龍', 'علی\u200cرضا', 'ශ්\u200dරී', '👩\u200d💻 Ann', 'O’Brien <b>&amp;']) {
    assert.equal(await nameFor(name), name);
  }
  assert.equal(await nameFor('\u200d Ann\u202e\u0000 \u200b\u200dLee\u200c'), 'Ann Lee');
  for (const nothing of ['', ' \n', '\u200d\u200c', '\u0000', null, undefined])
    assert.equal(await nameFor(nothing), 'Guest');
  assert.equal(await nameFor('a'.repeat(1000)), 'a'.repeat(100));
  assert.equal(await nameFor('😀'.repeat(1000)), '😀'.repeat(100), 'characters, not units of UTF-16');
  assert.equal(await nameFor(`${'a'.repeat(99)}\u200db`), 'a'.repeat(99));
  assert.equal(await nameFor('a'.repeat(1001)), 'ERC_JC_INCORRECT_INPUT');
  assert.equal(await nameFor(7), '7');
});

test('a passcode gives the role; without one a conference with passcodes still gives a token', async () => {
  const roleFor = async (more: object) => decodeJwt((await ask({ conferenceId: '2113', ...more })).json.token)['role'];
  assert.equal(await roleFor({}), null);
  assert.equal(await roleFor({ passcode: null, moderatorPin: '' }), null);
  assert.equal(await roleFor({ passcode: '2233' }), 'participant');
  // Moderators alone have one.
  assert.equal(await roleFor({ conferenceId: '2116' }), 'participant');
  assert.equal(await roleFor({ conferenceId: '2116', passcode: '9911' }), 'moderator');
  assert.equal(await roleFor({ passcode: 2233 }), 'participant');
  assert.equal(await roleFor({ passcode: '9911' }), 'moderator');
  assert.equal(await roleFor({ passcode: '2233', moderatorPin: '9911' }), 'moderator');
  assert.equal(await roleFor({ oneTimePin: '2233' }), 'participant');
  assert.equal(await roleFor({ conferenceId: '2113***2233' }), 'participant');
  assert.equal(await roleFor({ conferenceId: '2113***2233*9911' }), 'moderator');
});

test('the vendor own types are taken and given', async () => {
  const type = 'application/vnd.avaya.portal.middleware.token.v1+json';
  const errorType = 'application/vnd.avaya.csa.error.v1+json';
  const headers = { accept: `${type}, ${errorType}`, 'content-type': type };
  const good = await ask({ conferenceId: 2111, presentationOnly: false, userName: 'x', passcode: null }, headers);
  assert.deepEqual([good.status, good.headers['content-type']], [200, type]);
  const bad = await ask({ conferenceId: '9' }, headers);
  assert.deepEqual([bad.status, bad.headers['content-type']], [404, errorType]);
});

test('what is wrong is told in the words of the portal', async () => {
  const rows: [unknown, [number, string]][] = [
    [{ userName: 'x' }, [400, 'ERC_MISSING_REQUEST_PARAM']],
    [{ conferenceId: '9999' }, [404, 'ERC_JC_INCORRECT_INPUT']],
    [{ conferenceId: 'abc' }, [404, 'ERC_JC_INCORRECT_INPUT']],
    [{ conferenceId: { a: 1 } }, [400, 'ERC_JC_INCORRECT_INPUT']],
    [{ conferenceId: '2'.repeat(101) }, [400, 'ERC_JC_INCORRECT_INPUT']],
    [[], [400, 'ERC_MISSING_REQUEST_PARAM']],
    ['null', [400, 'ERC_MISSING_REQUEST_PARAM']],
    ['{"conferenceId":', [400, 'ERC_JC_INCORRECT_INPUT']],
    ['['.repeat(5000), [400, 'ERC_JC_INCORRECT_INPUT']],
    [{ conferenceId: '2111', presentationOnly: true }, [400, 'ERC_WEB_COLLABORATION_DISABLED']],
    [{ conferenceId: '2111', presentationOnly: 'true' }, [400, 'ERC_WEB_COLLABORATION_DISABLED']],
    [{ conferenceId: '2111', participantMode: 'PRESENTATION_ONLY' }, [400, 'ERC_WEB_COLLABORATION_DISABLED']],
    [{ conferenceId: '2114' }, [400, 'ERC_MEETING_NOT_STARTED_YET']],
    [{ conferenceId: '2115', passcode: '7' }, [400, 'ERC_JC_INCORRECT_INPUT']],
  ];
  for (const [body, told] of rows) assert.deepEqual(await refusal(body), told, JSON.stringify(body).slice(0, 100));
  assert.deepEqual(await refusal({ conferenceId: '2111' }, { authorization: 'UPToken nonsense' }), [
    401,
    'ERC_AUTH_TOKEN_INVALID',
  ]);
  const nowhere = await ask({}, {}, '192.0.2.1', '/ups/resources/nothing');
  assert.deepEqual([nowhere.status, nowhere.json.error[0].errorCode], [404, 'ERC_JC_INCORRECT_INPUT']);
});

test('wrong passcodes count with those by phone: the third locks this address out, and no other', async () => {
  const guess = (passcode: string, from: string) => refusal({ conferenceId: '2113', passcode }, {}, from);
  const from = '192.0.2.77';
  for (let i = 0; i < 2; i++) assert.deepEqual(await guess('1', from), [400, 'ERC_JC_INCORRECT_INPUT']);
  const asPhone = { extensionId: directory.meeting('2113')!.extensionId, conferenceNumber: '3', authenticated: false };
  const pin = new Secret('1');
  assert.equal(directory.admit({ ...asPhone, pin, callerKey: `address:${from}` }).result, 'wrongPin');
  const locked = await ask({ conferenceId: '2113', passcode: '2233' }, {}, from);
  assert.deepEqual([locked.status, locked.json.error[0].errorCode], [429, 'ERC_AUTH_ACCESS_DENIED']);
  assert.equal(locked.headers['retry-after'], '900');
  assert.equal((await ask({ conferenceId: '2113', passcode: '2233' }, {}, '192.0.2.78')).status, 200);
});

test('logs in both ways, is known by the token, owns a meeting, and is forgotten after the logout', async () => {
  const path = '/ups/resources/tenants/default/authentication/login';
  const v1 = await ask({ login: 'jane@example.test', password: 'correct-horse' }, {}, '192.0.2.2', path);
  assert.deepEqual([v1.status, v1.json.loginId, v1.json.oauth2Authentication], [200, 'jane@example.test', false]);
  assert.equal(v1.json.expirationTime, clock.now() + 12 * 3_600_000);
  const basic = Buffer.from('jane@example.test:correct-horse').toString('base64');
  const v2 = await ask(
    { organizationAlias: 'default' },
    { authorization: `UnifiedPortal ${basic}` },
    '192.0.2.2',
    path,
  );
  assert.equal(v2.status, 200);
  const authorization = `UPToken ${v2.json.token}`;
  assert.equal((await ask({}, { authorization }, '192.0.2.2', path)).status, 200, 'still good');

  const owner = decodeJwt((await ask({ conferenceId: '2113' }, { authorization })).json.token);
  assert.deepEqual([owner['role'], owner['name'], owner['login']], ['moderator', 'Jane Doe', 'jane@example.test']);

  const get = async (url: string, headers: Record<string, string> = { authorization }) => {
    const answer = await http.inject({ method: 'GET', url: `/ups/resources${url}`, headers });
    return [answer.statusCode, answer.json()] as const;
  };
  const [, found] = await get('/tenants/default/conference?number=2113&detailed=true');
  assert.deepEqual([found.total, found.conferences[0].subject], [1, 'Conference 3']);
  assert.equal((await get('/tenants/default/conference/'))[1].total, 5);
  assert.equal((await get('/tenants/default/conference?status=scheduled'))[1].total, 5);
  assert.equal((await get('/tenants/default/conference?status=STARTED'))[1].total, 0);
  const meetings = async (query: string) =>
    (await get(`/tenants/default/conference?${query}`))[1].conferences.map(({ number }: { number: string }) => number);
  // Those that are open at any time are so then too.
  const anytime = ['2111', '2113', '2116', '2115'];
  const all = ['2111', '2113', '2114', '2116', '2115'];
  const then = Date.parse('2020-01-01T09:30Z');
  for (const [query, expected] of [
    ['startTime=2020-01-01&endTime=2020-01-02', all],
    ['startTime=2020-01-01T10:00&endTime=2020-01-02', anytime],
    ['startTime=2020-01-01T10:30:00 01:00', all],
    ['startTime=2020-01-01T10:00:00%2B00:00', anytime],
    ['endTime=2020-01-01T09:00:00Z', anytime],
    ['endTime=2020-01-01T09:01:00Z&startTime=', all],
    [`startTime=${then}&endTime=${then}`, all],
    ['startTime=2020-01-01&number=2114', ['2114']],
  ] as const) {
    assert.deepEqual(await meetings(query), expected, query);
  }
  for (const query of [
    'startTime=soon',
    'endTime=1',
    'startTime=2026-99-01',
    'startTime=2020-01-02&endTime=2020-01-01',
    'startTime=2020-01-01&startTime=2020-01-02',
    'subject=a&subject=b',
    'count=-1',
  ]) {
    const [status, { error }] = await get(`/tenants/default/conference?${query}`);
    assert.deepEqual([status, error[0].errorCode], [400, 'ERC_JC_INCORRECT_INPUT'], query);
  }
  const { startTime, plannedEndTime, duration, timeZoneId, waitingRoom, attendees } = (
    await get('/tenants/default/conference?number=2114')
  )[1].conferences[0];
  assert.deepEqual(
    [startTime, plannedEndTime, duration, timeZoneId, waitingRoom],
    ['2020-01-01T09:00', '2020-01-01T10:00', 'PT60M', 'UTC', false],
  );
  assert.deepEqual(
    attendees.map(({ email, host }: { email: string; host: boolean }) => [email, host]),
    [['jane@example.test', true]],
  );
  assert.match(found.conferences[0].swcLaunchURLforModerator, /\/meet\/2113$/);
  assert.equal((await get('/tenants/default/conference', {}))[1].error[0].errorCode, 'ERC_AUTH_ACCESS_DENIED');
  const [, document] = await get('/tenants/default/');
  assert.equal(document.self.email, 'jane@example.test');
  assert.match(document.resources.conference.GET.search.href, /\/ups\/resources\/tenants\/default\/conference\/$/);

  for (const method of ['POST', 'PUT', 'DELETE']) {
    const [{ href }] = Object.values(document.resources.conference[method]) as [{ href: string }];
    assert.match(href, /\/tenants\/default\/conference\/$/, method);
  }

  const elsewhere = path.replace('default', 'other');
  const jane = { login: 'jane@example.test', password: 'correct-horse' };
  for (const [url, body] of [
    [elsewhere, jane],
    [path, { ...jane, organizationAlias: 'other' }],
    [elsewhere.replace(/login$/, 'logout'), {}],
    [elsewhere.replace(/login$/, 'getUserType'), {}],
  ] as const) {
    const { status, json } = await ask(body, { authorization }, '192.0.2.2', url);
    assert.deepEqual([status, json.error?.[0].errorCode], [404, 'ERC_ORG_NOT_EXIST'], url);
  }

  const wrong = await ask({ login: 'jane@example.test', password: 'x' }, {}, '192.0.2.2', path);
  assert.deepEqual([wrong.status, wrong.json.error[0].errorCode], [401, 'ERC_AUTH_USER_NAME']);
  assert.equal((await ask({}, {}, '192.0.2.2', path)).json.error[0].errorCode, 'ERC_MISSING_REQUEST_PARAM');
  await ask({}, { authorization }, '192.0.2.2', path.replace(/login$/, 'logout'));
  assert.deepEqual(await refusal({ conferenceId: '2113' }, { authorization }), [401, 'ERC_AUTH_TOKEN_INVALID']);
});

test('failed logins count for the network that an IPv6 address is of', async () => {
  const path = '/ups/resources/authentication/login';
  const guess = (from: string) => ask({ login: 'nobody@example.test', password: 'x' }, {}, from, path);
  for (let i = 1; i <= 5; i++) assert.equal((await guess(`2001:db8:0:7::${i}`)).status, 401);
  const late = await guess('2001:db8:0:7::6');
  assert.deepEqual([late.status, late.headers['retry-after']], [429, '60']);
  assert.equal((await guess('2001:db8:0:8::1')).status, 401);
});

test('what there is, a session, and the tenant of a meeting', async () => {
  const get = async (url: string) => {
    const answer = await http.inject({
      method: 'GET',
      url: `/ups/resources${url}`,
      headers: { host: 'pbx.test:8080' },
    });
    return [answer.statusCode, answer.json()] as const;
  };
  const [, guest] = await get('/');
  assert.equal(guest.self, undefined);
  assert.equal(guest.clientSettings.clientConnection.frontEndFQDN, 'pbx.test');
  const { createConferenceToken } = guest.resources.middleware.POST;
  assert.equal(createConferenceToken.href, `http://pbx.test:8080${tokenPath}`);
  assert.match((await get('/middleware/session'))[1].sessionId, /^[0-9a-f]{20}$/);
  assert.deepEqual(await get('/middleware/tenant_alias?vrNumber=2113'), [
    200,
    { alias: 'default', tenantAlias: 'default' },
  ]);
  assert.equal((await get('/middleware/tenant_alias?vrNumber=7'))[0], 404);
  const location = [{ locationId: 'default', name: 'Partyline' }];
  assert.deepEqual(await get('/tenants/default/location/'), [200, { location }]);
  assert.equal((await get('/tenants/other/location/'))[1].error[0].errorCode, 'ERC_ORG_NOT_EXIST');
  assert.equal((await get('/tenants/other'))[1].error[0].errorCode, 'ERC_ORG_NOT_EXIST');
  assert.equal((await get('/%zz'))[1].error[0].errorCode, 'ERC_JC_INCORRECT_INPUT');
  assert.equal((await get(`/tenants/${'a'.repeat(300)}`))[0], 404);
});

test('a page of any origin may ask: its preflight is answered', async () => {
  const answer = await http.inject({
    method: 'OPTIONS',
    url: tokenPath,
    headers: { origin: 'https://elsewhere.test' },
  });
  assert.equal(answer.statusCode, 204);
  assert.equal(answer.headers['access-control-allow-origin'], '*');
  assert.match(String(answer.headers['access-control-allow-headers']), /Authorization, Content-Type, .*\*$/);
});

test('a portal is found whose address was given to the page with a slash at its end', async () => {
  const origin = await http.listen({ host: '127.0.0.1', port: 0 });
  for (const slashes of ['/', '//']) {
    const url = `${origin}${slashes}${tokenPath}`;
    const preflight = await fetch(url, { method: 'OPTIONS', headers: { origin: 'https://elsewhere.test' } });
    assert.deepEqual([preflight.status, preflight.headers.get('access-control-allow-origin')], [204, '*'], url);
    const answer = await fetch(url, { method: 'POST', body: JSON.stringify({ conferenceId: '2111' }) });
    assert.equal(answer.status, 200, url);
    assert.equal(typeof ((await answer.json()) as { token: unknown }).token, 'string');
  }
  assert.equal((await fetch(`${origin}//guarded`)).status, 404);
});

test('one address that asks on and on is told to wait', async () => {
  const from = '192.0.2.99';
  const statuses = await Promise.all(
    Array.from({ length: 210 }, async () => (await ask({ conferenceId: '2111' }, {}, from)).status),
  );
  assert.ok(statuses.includes(429));
  assert.equal((await ask({ conferenceId: '2111' }, {}, '192.0.2.100')).status, 200);
});
