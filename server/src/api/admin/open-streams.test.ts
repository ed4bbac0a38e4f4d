import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OpenStreams } from './open-streams.ts';

test('whatever one organization holds open, another has its share; what is its own is refused, and nobody is sent away', () => {
  const streams = new OpenStreams();
  const ended: string[] = [];
  const open = (organizationId: string, userId: number): void => {
    const user = { organizationId, userId };
    streams.makeRoom(user);
    const end = (): void => {
      if (streams.remove(end)) ended.push(`${organizationId} ${userId}`);
    };
    streams.add(end, user);
  };
  const refused = { code: 'tooManyRequests' };
  for (let at = 0; at < 200; at++) open('3', Math.floor(at / 16));
  assert.throws(() => open('3', 100), refused);
  assert.deepEqual(ended, []);
  for (let at = 0; at < 99; at++) open('4', Math.floor(at / 16));
  assert.equal(ended.length, 99);
  assert.deepEqual([ended[0], ended.at(-1)], ['3 0', '3 6'], 'the oldest first');
  open('4', 99);
  assert.throws(() => open('4', 100), refused, 'each has half');
  assert.throws(() => open('3', 100), refused);
  open('5', 1);
  streams.endAll();
  assert.equal(ended.length, 301);
  for (let at = 0; at < 16; at++) open('3', 1);
  assert.throws(() => open('3', 1), refused, 'of one user');
});
