import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, test } from 'node:test';
import { stringify } from 'yaml';
import { AdminApi, type Answer } from './peers/admin.ts';
import { otherOrganization, PartylineServer, testOrganization } from './peers/partyline.ts';

/** Who is told of changes to the directory, and what a crash or a file that is gone make of them. */

let server: PartylineServer;
let admin: AdminApi;
let other: AdminApi;

before(async () => {
  const operator = { id: 1, login: 'root@example.test', password: 'of-the-house', roles: ['operator'] };
  const organization = { ...testOrganization, users: [...testOrganization.users, operator] };
  server = await PartylineServer.start({ config: { organizations: [organization, otherOrganization] } });
  admin = new AdminApi(server, { login: operator.login, password: operator.password });
  other = new AdminApi(server, { login: 'other@example.test', password: 'correct-horse' });
});

after(() => server?.stop());

test('a request whose answer was lost in a crash makes nothing twice when it is repeated', async () => {
  assert.equal((await admin.post('/trunks', { name: 'lost', uri: 'sip:127.0.0.1:9', options: 'off' })).status, 201);
  const asked: [string, object][] = [
    ['/users', { firstName: 'Lost' }],
    ['/apps', { key: 'lost-app', user: 12 }],
    ['/conferences', { extension: '200', number: '66' }],
    ['/dial-rules', { match: '^66', trunk: 'lost' }],
  ];
  const key = (path: string) => ({ 'idempotency-key': `lost-${path}` });
  const first = new Map<string, Answer>();
  for (const [path, body] of asked) first.set(path, await admin.post(path, body, key(path)));
  await server.kill9();
  // As between the change and its answer.
  const database = new DatabaseSync(join(server.folder, 'data', 'partyline.db'));
  database.exec("update known_request set status = null, body = null where key like 'lost-%'");
  database.close();
  await server.restart();
  for (const [path, body] of asked) {
    const again = await admin.post(path, body, key(path));
    assert.deepEqual([again.status, again.body], [201, first.get(path)?.body], path);
    assert.equal(again.headers.get('idempotent-replayed'), null, path);
    assert.equal((await admin.post(path, body, key(path))).headers.get('idempotent-replayed'), 'true', path);
  }
  const rules = (await admin.get('/dial-rules')).body['items'] as object[];
  assert.equal(rules.length, 1);
  for (const path of ['/dial-rules', '/conferences', '/apps', '/users']) {
    const self = String(first.get(path)?.body['self']).replace('/admin/v1', '');
    assert.equal((await admin.remove(self)).status, 204, self);
  }
  assert.equal((await admin.remove('/trunks/lost')).status, 204);
});

test('what changes of the whole server, and in other organizations, is told to who runs it, and to nobody else', async () => {
  assert.equal((await admin.patch('/limits', { dialOutPerMinute: 77 })).status, 200);
  assert.equal((await admin.post('/trunks', { name: 'told', uri: 'sip:127.0.0.1:9', options: 'off' })).status, 201);
  assert.equal((await admin.post('/dial-rules', { match: '^777', trunk: 'told' })).status, 201);
  assert.equal((await other.post('/users', { id: 7777 })).status, 201);
  const isLast = ({ type, data }: Told) => type === 'recordCreated' && data['id'] === '4-7777';

  const seen = await toldUntil(admin, isLast);
  const said = seen.map(({ type, data: { what, id } }) =>
    [type, what, id].filter((one) => one !== undefined).join(' '),
  );
  for (const one of ['limitsChanged', 'recordCreated trunk told', 'dialPlanChanged'])
    assert.ok(said.includes(one), one);
  assert.partialDeepStrictEqual(seen.findLast(({ type }) => type === 'limitsChanged')?.data, {
    fields: { dialOutPerMinute: { from: 30, to: 77 } },
    by: { login: 'root@example.test', from: '127.0.0.1' },
  });
  const seenThere = await toldUntil(other, isLast);
  assert.deepEqual(
    [...new Set(seenThere.filter(({ stream }) => stream.kind === 'directory').map((one) => one.stream.id))],
    ['4'],
  );

  assert.equal((await other.remove('/users/7777')).status, 204);
  const [rule] = (await admin.get('/dial-rules')).body['items'] as { id: number }[];
  assert.equal((await admin.remove(`/dial-rules/${rule?.id}`)).status, 204);
  assert.equal((await admin.remove('/trunks/told')).status, 204);
  assert.equal((await admin.patch('/limits', { dialOutPerMinute: null })).status, 200);
});

interface Told {
  readonly type: string;
  readonly stream: { readonly kind: string; readonly id: string };
  readonly data: Record<string, unknown>;
}

/** All that the stream of an administrator has from the beginning of the log, up to an event. */
async function toldUntil(api: AdminApi, isLast: (event: Told) => boolean): Promise<Told[]> {
  const told: Told[] = [];
  for await (const event of api.events<Told>('/stream?kinds=event&after=0')) {
    told.push(event);
    if (isLast(event)) return told;
  }
  throw new Error('the stream ended');
}

test('a file that was found by its usual name and is not there any more is a mistake, not an empty one', async (t) => {
  const usual = await PartylineServer.start({ config: { limits: { dialOutPerMinute: 7 } } });
  t.after(() => usual.stop());
  await usual.kill9();
  await usual.restart({ named: false });
  const api = new AdminApi(usual);
  const file = join(usual.folder, 'partyline.yaml');
  rmSync(file);
  const refused = await api.ask('POST', '/reload?removeLeft=true');
  assert.equal(refused.status, 400);
  assert.match(
    JSON.stringify(refused.body),
    /partyline\.yaml: expected the file that was read before, but there is none/,
  );
  assert.partialDeepStrictEqual((await api.get('/limits')).body, { dialOutPerMinute: 7 });
  writeFileSync(file, stringify({ ...usual.config, limits: { dialOutPerMinute: 8 } }));
  assert.equal((await api.ask('POST', '/reload')).status, 200);
  assert.partialDeepStrictEqual((await api.get('/limits')).body, { dialOutPerMinute: 8 });
});
