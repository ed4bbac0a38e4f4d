import assert from 'node:assert/strict';
import { test } from 'node:test';
import { playWhenAllowed } from '../src/audible.ts';

/** A page that its user has done nothing in yet. */
function page() {
  const document = new EventTarget();
  Object.defineProperty(globalThis, 'document', { value: document, configurable: true });
  const told: boolean[] = [];
  let allowed = false;
  let plays = 0;
  const audio = {
    play: () => {
      plays++;
      return allowed ? Promise.resolve() : Promise.reject(new DOMException('not yet', 'NotAllowedError'));
    },
  } as HTMLAudioElement;
  const user = async (does: string) => {
    document.dispatchEvent(new Event(does));
    await settled();
  };
  const allow = () => {
    allowed = true;
  };
  return { audio, user, allow, told, plays: () => plays, held: (held: boolean) => told.push(held) };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

test('what is held back plays with what the user does next, and no more often', async () => {
  const { audio, user, allow, told, plays, held } = page();
  playWhenAllowed(audio, held);
  await settled();
  assert.deepEqual(told, [true]);
  await user('keydown');
  assert.equal(plays(), 2);
  allow();
  await user('click');
  assert.deepEqual(told, [true, false]);
  await user('click');
  assert.equal(plays(), 3);
});

test('what is not wanted any more is not waited for', async () => {
  const { audio, user, told, plays, held } = page();
  const first = playWhenAllowed(audio, held);
  await settled();
  first();
  assert.deepEqual(told, [true, false]);
  await user('click');
  assert.equal(plays(), 1);
  // Also where that is known only later.
  playWhenAllowed(audio, held)();
  await settled();
  await user('click');
  assert.equal(plays(), 2);
  assert.deepEqual(told, [true, false]);
});
