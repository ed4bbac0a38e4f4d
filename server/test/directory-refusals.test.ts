import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { stringify } from 'yaml';
import { AdminApi, type Answer } from './peers/admin.ts';
import { otherOrganization, PartylineServer, testOrganization } from './peers/partyline.ts';

/**
 * What would leave the directory with something that leads nowhere, takes another's place, or is not what was meant.
 */

let server: PartylineServer;
let admin: AdminApi;
let other: AdminApi;
let config: Record<string, unknown>;

const trunks = [{ name: 'away', uri: 'sip:127.0.0.1:9', options: 'off' }];

const errorOf = ({ body }: Answer) => body['error'] as { code: string; message: string };

before(async () => {
  const operator = { id: 1, login: 'operator@example.test', password: 'correct-horse', roles: ['operator'] };
  const organization = { ...testOrganization, users: [...testOrganization.users, operator] };
  server = await PartylineServer.start({ config: { organizations: [organization, otherOrganization], trunks } });
  config = server.config;
  admin = new AdminApi(server, operator);
  other = new AdminApi(server, { login: 'other@example.test', password: 'correct-horse' });
});

after(() => server?.stop());

function write(next: Record<string, unknown>): void {
  writeFileSync(join(server.folder, 'partyline.yaml'), stringify(next));
}

test('a null that takes nothing away is a mistake too: a typo must not leave a password in place', async () => {
  assert.equal((await admin.post('/users', { id: 77, login: 'typo@example.test', password: 'stays' })).status, 201);
  assert.equal((await admin.post('/extensions', { user: 77, number: '177', type: 'terminal' })).status, 201);
  assert.equal((await admin.post('/trunks', { name: 'typo', uri: 'sip:127.0.0.1:9', options: 'off' })).status, 201);
  const row = await admin.post('/dial-rules', { match: '^77', trunk: 'typo' });
  const tries: [string, object, RegExp][] = [
    ['/users/77', { pasword: null }, /^pasword: unknown key; did you mean "password"\?$/],
    ['/extensions/177', { sipPasword: null }, /^sipPasword: unknown key; did you mean "sipPassword"\?$/],
    ['/trunks/typo', { inbound: { username: 'x', password: 'y', pasword: null } }, /^inbound\.pasword: unknown key/],
    [`/dial-rules/${row.body['id']}`, { prepent: null }, /^prepent: unknown key; did you mean "prepend"\?$/],
    ['/limits', { pinLockuot: null }, /^pinLockuot: unknown key; did you mean "pinLockout"\?$/],
  ];
  for (const [path, patch, message] of tries) {
    const answer = await admin.patch(path, patch);
    assert.equal(answer.status, 400, `${path} ${JSON.stringify(answer.body)}`);
    assert.match(errorOf(answer).message, message);
  }
  for (const [path, patch] of [
    ['/users/77', { password: null, firstName: null, features: null }],
    ['/extensions/177', { sipPassword: null, callerId: null }],
    ['/trunks/typo', { inbound: null, options: null }],
    [`/dial-rules/${row.body['id']}`, { prepend: null }],
    ['/limits', { pinLockout: null }],
  ] as const) {
    const answer = await admin.patch(path, patch);
    assert.equal(answer.status, 200, `${path} ${JSON.stringify(answer.body)}`);
  }
  assert.equal((await admin.get('/users/77')).body['hasPassword'], false);
  for (const path of [`/dial-rules/${row.body['id']}`, '/trunks/typo', '/users/77'])
    assert.equal((await admin.remove(path)).status, 204);
});

test('no phone takes the name that a carrier logs in with, and no extension the prefix that comes with it', async () => {
  const inbound = { username: '15055', password: 's3cret-carrier' };
  assert.equal(
    (await admin.post('/trunks', { name: 'in', uri: 'sip:127.0.0.1:9', options: 'off', inbound })).status,
    201,
  );
  const phone = { number: '15055', type: 'terminal', sipPassword: 'mine' };
  const user = { id: 78, extensions: [phone] };
  const ofItself = { id: 8, prefix: '0008', users: [{ id: 1, extensions: [{ ...phone, number: '0008' }] }] };
  for (const [who, path, body] of [
    [other, '/extensions', { ...phone, user: 21 }],
    [admin, '/users', user],
    [admin, '/organizations', { id: 8, users: [user] }],
  ] as const) {
    const answer = await who.post(path, body);
    assert.equal(answer.status, 409, `${path} ${JSON.stringify(answer.body)}`);
    assert.equal(errorOf(answer).message, 'number: expected a number that no carrier logs in with, found "15055"');
  }
  assert.equal((await admin.patch('/trunks/in', { inbound: { ...inbound, username: '0008*15055' } })).status, 200);
  const extended = await admin.post('/organizations', { id: 8, prefix: '0008', users: [user] });
  assert.equal(errorOf(extended).message, 'number: expected a number that no carrier logs in with, found "0008*15055"');
  const prefix = await admin.post('/organizations', ofItself);
  assert.match(errorOf(prefix).message, /^number: expected a number that is no organization's prefix, found "0008"/);
  const made = await admin.post('/organizations', {
    id: 8,
    prefix: '0009',
    users: [{ ...user, extensions: [{ number: '15055' }] }],
  });
  assert.equal(made.status, 201, JSON.stringify(made.body));
  const renamed = await admin.patch('/organizations/8', { prefix: '0008' });
  assert.equal(errorOf(renamed).message, 'prefix: expected a number that no carrier logs in with, found "0008*15055"');
  assert.equal((await admin.remove('/organizations/8?everything=true')).status, 204);
  assert.equal((await admin.remove('/trunks/in')).status, 204);
});

test('a trunk that left the file stays as long as a row of the administration leads to it', async () => {
  const row = await admin.post('/dial-rules', { match: '^9', trunk: 'away' });
  assert.equal(row.status, 201, JSON.stringify(row.body));
  const [first] = config['organizations'] as object[];
  write({ ...config, organizations: [first], trunks: [] });
  const refused = await admin.ask('POST', '/reload?removeLeft=true');
  assert.equal(refused.status, 409);
  assert.match(errorOf(refused).message, /^1 row of the dial plan leads to a trunk that has left the file, away: /);
  for (const path of ['/trunks/away', '/organizations/4']) assert.equal((await admin.get(path)).status, 200, path);
  assert.equal((await admin.remove(`/dial-rules/${row.body['id']}`)).status, 204);
  const { status, body } = await admin.ask('POST', '/reload?removeLeft=true');
  assert.equal(status, 200, JSON.stringify(body));
  assert.equal((await admin.get('/trunks/away')).status, 404);
  write(config);
  assert.equal((await admin.ask('POST', '/reload')).status, 200);
});
