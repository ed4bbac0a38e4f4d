import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLog } from '../../base/log.ts';
import { SeededRandom } from '../../base/random.ts';
import { VirtualClock } from '../../base/testing/virtual-clock.ts';
import type { ConferencePolicy } from '../../call/model/conference-policy.ts';
import { enterConference } from '../../call/services/enter-conference.ts';
import { extension, policy, RuntimeFixture } from '../../call/testing/runtime-fixture.ts';
import { createHttp } from '../http.ts';
import { LoginAttempts } from '../login-attempts.ts';
import { AdministratorLogin } from './administrator.ts';
import { registerLiveConferences } from './live-conferences.ts';

async function scene(record: ConferencePolicy['record'] = 'choice') {
  const { runtime, store } = new RuntimeFixture();
  const first = {
    legId: 'A',
    policy: policy({ record }),
    role: 'participant',
    device: extension('100'),
  } as const;
  const ref = await runtime.do(enterConference, first);
  await runtime.do(enterConference, { ...first, legId: 'B', device: extension('101') });
  const http = createHttp({ log: silentLog, random: new SeededRandom(1) });
  const verify = async (name: string) => ({ organizationId: name, userId: 1, roles: ['administrator'] });
  registerLiveConferences(http, new AdministratorLogin(verify, new LoginAttempts(new VirtualClock())), {
    runtime,
    nameOf: (organizationId, userId) => `${userId} of ${organizationId}`,
  });
  const ask = (method: 'GET' | 'PATCH' | 'DELETE', path: string, payload?: object, organization = 'org') => {
    const authorization = `Basic ${Buffer.from(`${organization}:x`).toString('base64')}`;
    const url = `/admin/v1/conferences/live${path}`;
    return http.inject({ method, url, headers: { authorization }, ...(payload === undefined ? {} : { payload }) });
  };
  return { runtime, store, ref, ask };
}

test('an administrator sees the running conferences of the own organization, and moderates them', async () => {
  const { ask, ref, runtime, store } = await scene();
  const path = `/${ref.callId}`;
  const { conferences } = (await ask('GET', '')).json();
  assert.deepEqual(
    conferences.map(({ id, connections }: { id: string; connections: unknown[] }) => [id, connections.length]),
    [[ref.callId, 2]],
  );
  const another = policy({ conferenceId: 'another' });
  await runtime.do(enterConference, { legId: 'C', policy: another, role: 'participant', device: extension('102') });
  const page = (await ask('GET', '?limit=1')).json();
  assert.deepEqual([page.conferences.length, page.count, page.participants], [1, 2, 3]);
  assert.equal((await ask('GET', '?limit=0')).statusCode, 400);
  assert.equal((await ask('PATCH', path, { locked: true })).json().locked, true);
  assert.equal((await ask('PATCH', path, { recording: true })).json().recording, true);
  assert.equal((await ask('PATCH', path, { recording: false, locked: false })).json().recording, false);
  const who = `${path}/participants/${ref.connectionId}`;
  assert.equal((await ask('PATCH', who, { muted: true })).json().connections[0].muted, true);
  const one = () => runtime.call(ref.callId)?.connections.get(ref.connectionId);
  assert.equal(one()?.mutedBy, 'moderator', 'not by itself');
  await ask('PATCH', who, { muted: false });
  assert.deepEqual([one()?.muted, one()?.mutedBy], [false, null]);
  assert.equal((await ask('DELETE', who)).statusCode, 204);
  assert.equal(runtime.call(ref.callId)?.connections.size, 1);
  assert.equal((await ask('DELETE', path)).statusCode, 204);
  assert.equal(runtime.call(ref.callId), null);
  assert.deepEqual(store.log(ref.callId).at(-1)!.data, { by: '1 of org' });
});

test('nothing of another organization, nothing that is not there, and nothing that means nothing', async () => {
  const { ask, ref, runtime } = await scene();
  const path = `/${ref.callId}`;
  assert.deepEqual((await ask('GET', '', undefined, 'other')).json().conferences, []);
  assert.equal((await ask('PATCH', path, { locked: true }, 'other')).statusCode, 404);
  assert.equal((await ask('DELETE', path, undefined, 'other')).statusCode, 404);
  assert.equal((await ask('DELETE', `${path}/participants/${'0'.repeat(20)}`)).statusCode, 404);
  assert.equal((await ask('PATCH', path, {})).statusCode, 400);
  assert.equal((await ask('PATCH', path, { locked: 'no' })).statusCode, 400);
  assert.equal(runtime.call(ref.callId)?.locked, false);
});

test('what its settings forbid changes nothing of a conference, whatever else was asked with it', async () => {
  const { ask, ref, runtime } = await scene('never');
  assert.equal((await ask('PATCH', `/${ref.callId}`, { locked: true, recording: true })).statusCode, 403);
  assert.equal(runtime.call(ref.callId)?.locked, false);
});
