// With Node.js's own test runner: node --test invite.node.test.mjs
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startSandbox } from '@partyline/sandbox';

let sandbox;

before(async () => {
  sandbox = await startSandbox();
});

after(() => sandbox?.close());

/** What your application does. */
const invite = (number) =>
  sandbox.request('/uapi/phoneCalls/@me/conferenceInvite?number=4', {
    body: { extension: '211', phoneCallView: [{ source: ['211'], destination: [number] }] },
  });

test('who is invited talks with who is there', async () => {
  const phone = await sandbox.phone('15000');
  const there = phone.dial('211*4');
  await there.answered;

  const ringing = sandbox.expectCall('3235742879'); // ask first, then let it be dialled
  const answer = await invite('3235742879');
  assert.ok(answer.ok, `status ${answer.status}`);
  const invited = await ringing;
  invited.ring();
  invited.answer();

  void there.play(440); // Hz
  await invited.hears(440);
  invited.hangUp();
  assert.equal((await invited.ended).by, 'us');
});

test('a busy number is told to the application', async () => {
  const answer = await invite('2025550130'); // is busy: see docs/sandbox.md for the others
  const [{ id }] = await answer.json();
  let view;
  do {
    const { login, password } = sandbox.logins.administrator;
    const headers = { authorization: `Basic ${btoa(`${login}:${password}`)}` };
    view = await (await sandbox.request(`/admin/v1/calls/${id}/events`, { headers })).json();
  } while (!view.events?.some(({ type }) => type === 'failed'));
  assert.equal(view.events.find(({ type }) => type === 'failed').cause, 'busy');
});
