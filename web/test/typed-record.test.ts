import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addressOf, recordKinds } from '../src/pages/console/records/kinds.ts';
import { bodyOf, typedOf } from '../src/pages/console/records/typed-record.ts';

const fieldsOf = (path: string) => recordKinds.find((kind) => kind.path === path)!.fields;

test('what was not touched is not sent, whatever a record holds', () => {
  const records: Record<string, object> = {
    users: { id: 12, login: 'jane@example.test', roles: ['agent', 'administrator'], features: [], hasPassword: true },
    conferences: {
      number: '3',
      schedule: { start: '2026-01-05T09:00', duration: '1h' },
      entryTone: true,
      roomSize: 50,
    },
    apps: { key: 'demo', user: 12, trusted: false, redirectUris: [] },
    trunks: { name: 'carrier', uri: ['sip:a', 'sip:b'], username: null },
    'dial-rules': { match: '^\\+', trunk: 'carrier', strip: 0, prepend: '' },
  };
  for (const [path, record] of Object.entries(records)) {
    const fields = fieldsOf(path);
    assert.deepEqual(bodyOf(fields, typedOf(fields, { ...record }), { ...record }), {}, path);
  }
});

test('what was changed is sent as what it is: lists, numbers, flags, JSON, null for as by default', () => {
  const fields = fieldsOf('conferences');
  const record = { number: '3', name: 'Weekly', roomSize: 50, entryTone: true, schedule: 'anytime' };
  const typed = {
    ...typedOf(fields, record),
    number: '4',
    name: '',
    roomSize: '80',
    entryTone: 'false',
    schedule: '{"start":"2026-01-05T09:00","duration":"1h"}',
  };
  assert.deepEqual(bodyOf(fields, typed, record), {
    name: null,
    roomSize: 80,
    entryTone: false,
    schedule: { start: '2026-01-05T09:00', duration: '1h' },
  });
  assert.throws(() => bodyOf(fields, { ...typed, schedule: '{' }, record), SyntaxError);
  assert.deepEqual(bodyOf(fields, { ...typedOf(fields, null), number: '4', roomSize: 'many' }, null), {
    number: '4',
    roomSize: 'many',
  });
});

test('a password is sent where one was typed, and never shown', () => {
  const fields = fieldsOf('users');
  const record = { id: 12, login: 'jane', password: 'never told' };
  assert.equal(typedOf(fields, record)['password'], '');
  assert.deepEqual(bodyOf(fields, { ...typedOf(fields, record), password: 'new' }, record), { password: 'new' });
});

test('the address is the one the server gives, and else made of the id', () => {
  assert.equal(addressOf('users', { self: '/admin/v1/users/3-12', id: 12 }), '/users/3-12');
  assert.equal(addressOf('apps', { key: 'a/b' }), '/apps/a%2Fb');
  assert.equal(addressOf('users', { self: 'https://elsewhere.test/', id: 7 }), '/users/7');
});
