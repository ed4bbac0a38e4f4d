import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { IceNames } from '../ice-names.ts';
import { KnownAddresses } from './known-addresses.ts';

const names = {} as IceNames;
const at = (port: number) => ({ address: '192.0.2.1', port });

test('it is sent to where something came from last, at first to where it was nominated, and there again when all is silent', () => {
  const known = new KnownAddresses();
  const chosen = () => known.chosen?.port ?? null;
  assert.equal(chosen(), null);
  known.prove(at(1), names, false, 0);
  assert.equal(chosen(), 1);
  known.prove(at(2), names, false, 10);
  assert.equal(chosen(), 1, 'a check alone chooses nothing');
  const second = known.prove(at(2), names, true, 20);
  assert.equal(chosen(), 2);
  known.prove(at(1), names, true, 30);
  assert.equal(chosen(), 1, 'nominated last');
  known.heard(second, 40);
  assert.equal(chosen(), 2);
  known.prove(at(1), names, true, 1040);
  assert.equal(chosen(), 2, 'the browser sends by the other');
  known.prove(at(1), names, true, 1041);
  assert.equal(chosen(), 1, 'that has fallen silent');
});

test('an address is known for half a minute after its last check; of eight the one that was proven longest ago goes, never the chosen', () => {
  const known = new KnownAddresses();
  known.prove(at(1), names, true, 0);
  assert.equal(known.at('192.0.2.1', 2, 0), null);
  assert.equal(known.at('192.0.2.2', 1, 0), null);
  assert.equal(known.at('192.0.2.1', 1, 30_000)?.port, 1);
  assert.equal(known.at('192.0.2.1', 1, 30_001), null);
  for (let port = 2; port <= 9; port++) known.prove(at(port), names, false, 100);
  const still = Array.from({ length: 9 }, (_, i) => i + 1).filter((port) => known.at('192.0.2.1', port, 100) !== null);
  assert.deepEqual(still, [1, 3, 4, 5, 6, 7, 8, 9]);
  known.prove(at(3), names, false, 200);
  known.prove(at(10), names, false, 200);
  assert.equal(known.at('192.0.2.1', 3, 200)?.port, 3);
  assert.equal(known.at('192.0.2.1', 4, 200), null);
});
