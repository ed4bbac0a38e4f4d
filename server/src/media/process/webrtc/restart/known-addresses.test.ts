import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { IceNames } from '../ice-names.ts';
import { KnownAddresses } from './known-addresses.ts';

const names = {} as IceNames;
const at = (port: number) => ({ address: '192.0.2.1', port });

test('it is sent to where something came from last, at first to where it was nominated, and there again when all is silent', () => {
  const known = new KnownAddresses();
  let nowMs = 0;
  const chosen = () => known.chosen(nowMs)?.port ?? null;
  const comes = (port: number, nominates: boolean, ms: number) => {
    nowMs = ms;
    const one = known.prove(at(port), names, nominates, ms);
    known.agreed(one, ms);
    return one;
  };
  assert.equal(chosen(), null);
  comes(1, false, 0);
  assert.equal(chosen(), 1);
  comes(2, false, 10);
  assert.equal(chosen(), 1, 'a check alone chooses nothing');
  const second = comes(2, true, 20);
  assert.equal(chosen(), 2);
  comes(1, true, 30);
  assert.equal(chosen(), 1, 'nominated last');
  known.heard(second, 40);
  assert.equal(chosen(), 2);
  comes(1, true, 1040);
  assert.equal(chosen(), 2, 'the browser sends by the other');
  comes(1, true, 1041);
  assert.equal(chosen(), 1, 'that has fallen silent');
});

test('nothing is sent to who has not answered a check in half a minute, whatever comes from there; it is asked', () => {
  const known = new KnownAddresses();
  const first = known.prove(at(1), names, true, 0);
  known.heard(first, 0);
  assert.deepEqual([known.chosen(0), known.asked(0)], [null, first]);
  assert.deepEqual([known.asks(first, 0), known.asks(first, 499), known.asks(first, 500)], [true, false, true]);
  known.agreed(first, 510);
  assert.equal(known.chosen(510), first);
  const other = known.prove(at(2), names, true, 520);
  known.heard(other, 5000);
  assert.deepEqual([known.chosen(5000), known.asked(5000)], [first, first]);
  // Who has agreed is asked again.
  assert.deepEqual([known.asks(first, 5509), known.asks(first, 5510)], [false, true]);
  known.agreed(other, 6000);
  assert.equal(known.chosen(6000), other);
  known.heard(first, 6010);
  assert.equal(known.chosen(6010), first);
  known.prove(at(1), names, true, 30_000);
  assert.equal(known.chosen(30_510), first);
  known.heard(first, 30_511);
  assert.deepEqual([known.chosen(30_511), known.asked(30_511)], [null, first]);
  known.prove(at(2), names, true, 30_520);
  assert.equal(known.chosen(30_520), other, 'it has agreed since');
});

test('an address is known for half a minute after its last check; of eight the one that was proven longest ago goes, first of those that never answered, never the chosen', () => {
  const known = new KnownAddresses();
  const chosen = known.prove(at(1), names, true, 0);
  known.agreed(chosen, 0);
  assert.equal(known.at('192.0.2.1', 2, 0), null);
  assert.equal(known.at('192.0.2.2', 1, 0), null);
  assert.equal(known.at('192.0.2.1', 1, 30_000)?.port, 1);
  assert.equal(known.at('192.0.2.1', 1, 30_001), null);
  const prove = (port: number, ms: number) => known.prove(at(port), names, false, ms);
  const still = () => Array.from({ length: 20 }, (_, i) => i).filter((port) => known.at('192.0.2.1', port, 100));
  for (let port = 2; port <= 9; port++) prove(port, 100);
  assert.deepEqual(still(), [1, 3, 4, 5, 6, 7, 8, 9]);
  known.agreed(prove(3, 100), 100);
  known.agreed(known.at('192.0.2.1', 4, 100)!, 100);
  for (let port = 10; port <= 15; port++) prove(port, 100);
  assert.deepEqual(still(), [1, 3, 4, 11, 12, 13, 14, 15]);
  for (let port = 11; port <= 15; port++) known.agreed(known.at('192.0.2.1', port, 100)!, 100);
  prove(16, 100);
  assert.deepEqual(still(), [1, 3, 11, 12, 13, 14, 15, 16]);
});
