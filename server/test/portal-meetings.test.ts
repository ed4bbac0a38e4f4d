import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { PartylineServer } from './peers/partyline.ts';

/** Meetings made, changed and called off by the portal while the server runs. */

let server: PartylineServer;
let token = '';

before(async () => {
  server = await PartylineServer.start();
  const login = await ask('POST', '/tenants/default/authentication/login', {
    login: 'agent@example.test',
    password: 'battery-staple',
  });
  token = login.body.token;
});

after(() => server?.stop());

async function ask(method: string, path: string, body?: object, as = token) {
  const answer = await fetch(`http://127.0.0.1:${server.httpPort}/ups/resources${path}`, {
    method,
    headers: {
      'content-type': 'application/vnd.avaya.portal.meeting.schedule.v2+json',
      ...(as === '' ? {} : { authorization: `UPToken ${as}` }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  // biome-ignore lint/suspicious/noExplicitAny: whatever came back; the test looks at it piece by piece
  return { status: answer.status, body: (await answer.json()) as any };
}

const conference = '/tenants/default/conference';
/** A guest. */
const joining = (conferenceId: string, passcode?: string) => {
  const asked = { conferenceId, userName: 'Ann', ...(passcode === undefined ? {} : { passcode }) };
  return ask('POST', '/middleware/token', asked, '');
};
const base64 = (text: string) => Buffer.from(text).toString('base64');

test('a meeting is scheduled, can be joined, is changed, and is gone when it is called off; it outlives a restart', async () => {
  const made = await ask('POST', conference, {
    conference: [{ subject: 'Planning', accessPIN: base64('4711'), maxParticipants: 5, allowRecording: true }],
  });
  assert.equal(made.status, 200, JSON.stringify(made.body));
  const { conferenceId, success, participantLaunchURL } = made.body;
  assert.deepEqual([success, conferenceId], [true, '2132']);
  assert.match(participantLaunchURL, /\/meet\/2132$/);
  const find = async () => (await ask('GET', `${conference}?number=2132`)).body.conferences[0];
  const { subject, maxParticipants, allowRecording, startTime } = await find();
  assert.deepEqual([subject, maxParticipants, allowRecording, startTime], ['Planning', 5, true, undefined]);
  assert.equal((await joining('2132', '4711')).body.passcodeNeeded, false);
  assert.equal((await joining('2132', '1')).status, 400, 'another passcode');

  const change = { subject: 'Later', accessPIN: null, startTime: '2020-01-05T09:00', duration: 'PT1H30M' };
  assert.equal((await ask('PUT', `${conference}/2132`, { ...change, timeZoneId: 'Europe/Berlin' })).status, 200);
  const later = await find();
  assert.deepEqual(
    [later.subject, later.startTime, later.duration, later.timeZoneId],
    ['Later', '2020-01-05T09:00', 'PT90M', 'Europe/Berlin'],
  );
  assert.equal((await joining('2132')).body.error[0].errorCode, 'ERC_MEETING_NOT_STARTED_YET');
  // The same moment, said with a zone.
  await ask('PUT', conference, { conference: [{ conferenceId: '2132', startTime: '2020-01-05T07:00:00Z' }] });
  assert.equal((await find()).startTime, '2020-01-05T08:00');
  await ask('PUT', `${conference}/2132`, { startTime: '2020-01-05T07:00:00Z', plannedEndTime: '2020-01-05T09:00' });
  assert.deepEqual([(await find()).duration, (await find()).plannedEndTime], ['PT60M', '2020-01-05T09:00']);
  const on = async (day: string) =>
    (await ask('GET', `${conference}?number=2132&startTime=${day}&endTime=${day}T23:59`)).body.total;
  assert.deepEqual([await on('2020-01-05'), await on('2020-01-06')], [1, 0]);

  await server.kill9();
  await server.restart();
  token = '';
  const login = { login: 'agent@example.test', password: 'battery-staple' };
  token = (await ask('POST', '/tenants/default/authentication/login', login)).body.token;
  assert.equal((await find()).subject, 'Later');
  assert.deepEqual((await ask('DELETE', `${conference}/2132`)).body, { success: true });
  assert.equal(await find(), undefined);
  assert.equal((await joining('2132')).status, 404);
});

test('what is wrong, fixed by the file, or somebody else’s is refused in words', async () => {
  const refused = async (method: string, path: string, body?: object) => {
    const answer = await ask(method, path, body);
    return [answer.status, answer.body.error[0].errorCode];
  };
  const wrong = [400, 'ERC_JC_INCORRECT_INPUT'];
  assert.deepEqual(await refused('POST', conference, { conference: [{}, {}] }), wrong);
  assert.deepEqual(await refused('POST', conference, { subject: 'x', duration: 'an hour', startTime: '1' }), wrong);
  assert.deepEqual(await refused('POST', conference, { accessPIN: base64('no digits') }), wrong);
  assert.deepEqual(await refused('POST', conference, { maxParticipants: 0 }), wrong);
  assert.deepEqual(await refused('POST', conference, { startTime: '2026-01-05T09:00', timeZoneId: 'Mars' }), wrong);
  const backwards = { startTime: '2026-01-05T09:00', plannedEndTime: '2026-01-05T08:00' };
  assert.deepEqual(await refused('POST', conference, backwards), wrong);
  assert.deepEqual(await refused('POST', conference, { ...backwards, timeZoneId: 'Mars' }), wrong);
  assert.deepEqual(await refused('POST', conference, { duration: 'PT1H' }), [400, 'ERC_MISSING_REQUEST_PARAM']);
  assert.deepEqual(await refused('POST', conference, { number: '2011' }), wrong, 'taken');
  const fixed = [400, 'ERC_VIRTUAL_ROOM_NOT_ALLOW_INSTANT_MEETING'];
  assert.deepEqual(await refused('PUT', `${conference}/2131`, { subject: 'x' }), fixed);
  assert.deepEqual(await refused('DELETE', `${conference}/2131`), fixed);
  assert.deepEqual(await refused('DELETE', `${conference}/2011`), [404, 'ERC_JC_INCORRECT_INPUT']);
  const logged = token;
  token = '';
  assert.deepEqual(await refused('POST', conference, { subject: 'x' }), [401, 'ERC_AUTH_ACCESS_DENIED']);
  token = logged;
});
