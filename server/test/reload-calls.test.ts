import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { stringify } from 'yaml';
import { SandboxCarrier } from '../src/sandbox/index.ts';
import { AdminApi } from './peers/admin.ts';
import { Phone } from './peers/baresip.ts';
import { needs } from './peers/installed.ts';
import { overTrunk, PartylineServer, sipPassword, testOrganization } from './peers/partyline.ts';
import { UnifiedApi } from './peers/unified-api.ts';

/** Calls that run while the file is read again, and says nothing any more of what they began with. */

const skip = needs('baresip');
const number = '3235742879';
const [owner, agent] = testOrganization.users;
let carrier: SandboxCarrier;
let server: PartylineServer;
let admin: AdminApi;
let phone: Phone;

before(async () => {
  if (skip !== false) return;
  carrier = await SandboxCarrier.start({ behaviours: false });
  server = await PartylineServer.start({ config: overTrunk(carrier.uri) });
  admin = new AdminApi(server);
  phone = await Phone.start({ user: '113', password: sipPassword, server: server.sipAddress, tone: 440 });
  await phone.registered();
});

after(async () => {
  await phone?.stop();
  await server?.stop();
  await carrier?.close();
});

async function reload(users: readonly object[], more: object): Promise<readonly { what: string; id: string }[]> {
  const file = { ...server.config, organizations: [{ ...testOrganization, users }], ...more };
  writeFileSync(join(server.folder, 'partyline.yaml'), stringify(file));
  const { status, body } = await admin.ask('POST', '/reload?removeLeft=true');
  assert.equal(status, 200, JSON.stringify(body));
  return body['changed'] as { what: string; id: string }[];
}

/** The owner's extensions, with other settings of conference 200*3; or without any conference. */
function ownerWith(conference: object | null): object {
  const extensions = owner!.extensions.flatMap((one) => {
    if (one.number !== '200' || !('conferences' in one)) return [one];
    if (conference === null) return [];
    return [
      { ...one, conferences: one.conferences!.map((room) => (room.number === 3 ? { ...room, ...conference } : room)) },
    ];
  });
  return { ...owner, extensions };
}

test('a running call goes on when its conference is another, and its user, its trunk and its conference are gone', {
  skip,
}, async () => {
  const api = await UnifiedApi.connect(`http://127.0.0.1:${server.httpPort}`);
  await phone.dial('200*3*2233');
  const coming = carrier.expectCall(number);
  assert.equal((await api.invite([number])).status, 200);
  const party = await coming;
  party.answer();
  const { id } = await server.conferenceOf('200', '3', 2);
  await party.hears(440);
  const goesOn = async (what: string) => {
    const now = await server.conferenceOf('200', '3', 2);
    assert.equal(now.id, id, what);
    await party.hears(440);
    assert.equal(party.state, 'connected', what);
  };

  // Fewer places than there are people, other PINs, and a moderator who is not there.
  const other = { name: 'Renamed', participantPin: '7777', moderatorPin: '8888', roomSize: 1, waitForModerator: true };
  const changed = await reload([ownerWith(other), agent!], {});
  assert.deepEqual(changed, [{ what: 'conference', id: '3-200-3', change: 'changed' }]);
  await goesOn('with another conference');
  const refused = await api.invite([number], { query: 'number=3&pin=2233' });
  assert.notEqual(refused.status, 200, 'whoever comes now is told by the new PINs');

  const gone = await reload([ownerWith(other)], { trunks: [], dialPlan: [] });
  const removed = gone.map((one) => `${one.what} ${one.id}`);
  for (const one of ['user 3-13', 'extension 3-113', 'trunk carrier']) assert.ok(removed.includes(one), one);
  await goesOn('without its user and its trunk');

  await reload([ownerWith(null)], { trunks: [], dialPlan: [] });
  assert.equal((await admin.get('/conferences/200-3')).status, 404);
  await goesOn('without its conference');

  // What is asked of the running call is done as before.
  const { connections } = await server.conferenceOf('200', '3', 2);
  const caller = connections.find(({ device }) => device.number === '113')!;
  const muted = await admin.patch(`/conferences/live/${id}/participants/${caller.id}`, { muted: true });
  assert.equal(muted.status, 200, JSON.stringify(muted.body));
  await party.hearsNot(440);
  party.hangUp();
  await server.conferenceOf('200', '3', 1);
  await phone.hangup();
  await server.quiet();
  await phone.dialRefused('101');
  await server.quiet();
  const events = await server.events(id);
  assert.deepEqual(
    events.map(({ seq }) => seq),
    events.map((_, at) => at + 1),
  );
  assert.equal(events.at(-1)?.type, 'callCleared');
  assert.ok(events.every(({ cause }) => cause !== 'failed'));
  const { status, body } = await admin.get(`/calls/${id}/records`);
  assert.deepEqual([status, (body['records'] as object[]).length], [200, 2], 'a record of each');
});
