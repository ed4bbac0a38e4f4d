import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { OverReload } from '../src/over-reload.ts';
import { hasSeat, hasSeatNoMore, type Seat, seatBefore, takeSeat } from '../src/seats.ts';

/** The storage and the events of a tab, in place of the browser's. */
function tab(t: { after(done: () => void): void }) {
  const stored = new Map<string, string>();
  let full = false;
  const sessionStorage = {
    getItem: (key: string) => stored.get(key) ?? null,
    setItem: (key: string, value: string) => {
      if (full) throw new Error('full');
      stored.set(key, value);
    },
    removeItem: (key: string) => void stored.delete(key),
  };
  const events = new EventTarget();
  const before = Object.getOwnPropertyDescriptor(globalThis, 'sessionStorage');
  Object.defineProperty(globalThis, 'sessionStorage', { value: sessionStorage, configurable: true });
  Object.assign(globalThis, {
    addEventListener: events.addEventListener.bind(events),
    removeEventListener: events.removeEventListener.bind(events),
  });
  mock.timers.enable({ apis: ['Date'], now: 1_000_000 });
  t.after(() => {
    mock.timers.reset();
    delete (globalThis as { sessionStorage?: unknown }).sessionStorage;
    if (before !== undefined) Object.defineProperty(globalThis, 'sessionStorage', before);
    delete (globalThis as { addEventListener?: unknown }).addEventListener;
    delete (globalThis as { removeEventListener?: unknown }).removeEventListener;
  });
  const goes = () => events.dispatchEvent(new Event('pagehide'));
  const isShownAgain = () => events.dispatchEvent(Object.assign(new Event('pageshow'), { persisted: true }));
  return { stored, goes, isShownAgain, isFull: () => (full = true) };
}

test('what a page keeps is there from when it goes, once, and for twenty seconds', (t) => {
  const { stored, goes, isShownAgain } = tab(t);
  let value: string | null = 'where';
  const kept = new OverReload('x', () => value);
  assert.equal(OverReload.look('x'), null, 'not while it is there');
  goes();
  assert.equal(OverReload.look('x'), 'where');
  assert.equal(OverReload.take('x'), 'where');
  assert.equal(OverReload.take('x'), null);
  goes();
  mock.timers.tick(19_999);
  assert.equal(OverReload.look('x'), 'where');
  mock.timers.tick(1);
  assert.equal(OverReload.look('x'), null);
  goes();
  isShownAgain();
  assert.equal(stored.size, 0, 'the same page has it still');
  value = null;
  goes();
  kept.end();
  value = 'again';
  goes();
  assert.equal(stored.size, 0);
  stored.set('partyline.x', '{"at":');
  assert.equal(OverReload.look('x'), null, 'what is no JSON');
});

const seat = (id: string): Seat => ({
  base: 'http://a.test',
  id,
  meetingId: '2011',
  name: 'Bob',
  role: null,
  iceServers: [],
  etag: '"1"',
});

test('places in conferences are kept for each, and given back where they cannot be', (t) => {
  const { goes, isFull } = tab(t);
  const left: string[] = [];
  for (const id of ['1', '2']) hasSeat(seat(id), () => left.push(id));
  goes();
  assert.deepEqual(
    seatBefore(({ id }) => id === '2'),
    seat('2'),
  );
  takeSeat(seat('2'));
  assert.equal(
    seatBefore(({ id }) => id === '2'),
    null,
  );
  assert.deepEqual(
    seatBefore(() => true),
    seat('1'),
  );
  takeSeat(seat('1'));
  hasSeatNoMore('1');
  isFull();
  goes();
  assert.deepEqual(left, ['2']);
  hasSeatNoMore('2');
});
