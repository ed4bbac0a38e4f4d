import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseConfig } from '../config/load-config.ts';
import { restartKeys } from './restart-keys.ts';

const keysBetween = (before: string, after: string) => {
  const read = (text: string) => {
    const config = parseConfig('partyline.yaml', text, '/data', 2);
    return { ...config, namesOrganizations: false, namesTrunks: false };
  };
  return restartKeys(read(before), read(after));
};

test('another secret is another value, though neither is shown', () => {
  const turn = (login: string) => `media: { turn: [{ urls: ["turn:turn.example.test"], ${login} }] }`;
  assert.deepEqual(keysBetween(turn('secret: one'), turn('secret: one')), []);
  assert.deepEqual(keysBetween(turn('secret: one'), turn('secret: two')), ['media.turn']);
  const login = (password: string) => turn(`username: joe, password: ${password}`);
  assert.deepEqual(keysBetween(login('one'), login('two')), ['media.turn']);
});

test('keys as the file has them', () => {
  assert.deepEqual(keysBetween('', 'http: { port: 1 }\nretention: { log: 1d }\nsandbox: off'), [
    'sandbox',
    'http.port',
    'retention.log',
  ]);
  const files = 'tls: { cert: a, key: b }';
  assert.deepEqual(keysBetween('', `http: { ${files} }`), ['http.tls']);
  assert.deepEqual(keysBetween(`http: { ${files} }`, 'http: { tls: { cert: c, key: d } }'), []);
});
