import assert from 'node:assert/strict';
import { test } from 'node:test';
import { refuseForeignSocket } from './cors.ts';

const origins = ['https://desk.example.test'];
const publicUrl = 'https://pbx.example.test/phones';

function isTaken(origin: string | undefined, upgrade: string | undefined = 'websocket'): boolean {
  const headers = {
    ...(origin === undefined ? {} : { origin }),
    ...(upgrade === undefined ? {} : { upgrade }),
  };
  try {
    refuseForeignSocket({ headers, host: '10.0.0.1:8080' }, origins, publicUrl);
    return true;
  } catch (error) {
    assert.match((error as Error).message, /origin/);
    return false;
  }
}

test('a WebSocket of a page is taken from this server and from those that may ask, and from no other', () => {
  for (const origin of [
    undefined,
    'https://desk.example.test',
    'https://Desk.example.test',
    'http://10.0.0.1:8080',
    'https://pbx.example.test',
  ]) {
    assert.ok(isTaken(origin), origin);
  }
  for (const origin of [
    'https://evil.example.test',
    'http://desk.example.test',
    'https://desk.example.test.evil.test',
    'http://10.0.0.1:9090',
    'http://10.0.0.1',
    'null',
    '',
    'pbx.example.test',
  ]) {
    assert.ok(!isTaken(origin), origin);
  }
});

test('requests that ask for no socket are left to the rules of browsers', () => {
  const headers = { origin: 'https://evil.example.test' };
  refuseForeignSocket({ headers, host: '10.0.0.1:8080' }, origins, publicUrl);
});
