import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, beforeEach, test } from 'node:test';
import { PhoneLine } from '../src/phone/phone-line.ts';
import { plugIn, spoken, startBrowser } from './fake-browser.ts';

/** The microphone of a browser that is a phone, while the user is still asked for it. */

const { fake, fresh, stop } = startBrowser();
/** A server that signs everybody in, and takes every offer. */
const server = createServer((request, response) => {
  request.resume();
  const signsIn = request.url === '/phone';
  response.writeHead(signsIn ? 201 : 200).end(signsIn ? JSON.stringify({ phone: 'x' }) : 'v=0');
});
const base = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

before(() => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve)));

beforeEach(fresh);

after(() => {
  server.closeAllConnections();
  server.close();
  stop();
});

const call = (id: string, state: 'established' | 'ended' = 'established') => ({
  ...{ id, direction: 'incoming', state, party: { name: '', number: '102' }, autoAnswer: false, early: false },
  ...{ reason: state === 'ended' ? 'normal' : null, held: false, with: [], waiting: [] },
});

/** The user is asked, until this is called. */
function asksTheUser(): () => void {
  const { promise, resolve } = Promise.withResolvers<void>();
  fake.user = promise;
  return resolve;
}

async function until(is: () => boolean): Promise<void> {
  while (!is()) await new Promise((go) => setTimeout(go, 5));
}

/** A page that was in these calls before it was loaded again. */
async function reloaded(...ids: readonly string[]) {
  const line = new PhoneLine({ silent: true });
  const registered = line.register({ base: base(), login: 'ann', password: 'x' });
  await until(() => fake.sockets[0]?.readyState === 1);
  const socket = fake.sockets[0]!;
  socket.hears({ type: 'registered', extension: { number: '101', name: 'Ann' }, calls: ids.map((id) => call(id)) });
  await registered;
  return { line, socket };
}

const open = () => fake.tracks.filter(({ readyState }) => readyState === 'live');

test('whatever needs the microphone while the user is asked for it has the same, which is muted and given back', async () => {
  const allow = asksTheUser();
  const { line, socket } = await reloaded('1', '2');
  const prepared = line.prepare();
  // Both calls are to have their sound again.
  await new Promise((go) => setTimeout(go, 0));
  allow();
  await prepared;
  await until(() => fake.connections.filter(({ connectionState }) => connectionState === 'connected').length === 2);
  assert.equal(fake.tracks.length, 1);
  line.mute(true);
  assert.deepEqual(
    fake.connections.flatMap((one) => one.getSenders().map(({ track }) => [track === spoken(), track.enabled])),
    [
      [true, false],
      [true, false],
    ],
  );
  for (const id of ['1', '2']) socket.hears({ type: 'call', call: call(id, 'ended') });
  await until(() => line.calls.length === 0);
  assert.deepEqual(open(), []);
  await line.unregister();
});

test('a call that ends while the user is asked for the microphone leaves none open', async () => {
  const allow = asksTheUser();
  const { line, socket } = await reloaded('1');
  await new Promise((go) => setTimeout(go, 0));
  socket.hears({ type: 'call', call: call('1', 'ended') });
  await until(() => line.calls.length === 0);
  allow();
  await until(() => fake.tracks.length > 0);
  await new Promise((go) => setTimeout(go, 0));
  assert.deepEqual(open(), []);
  await line.unregister();
});

test('of microphones that are chosen one after the other the last is spoken into, also while the first is asked for', async () => {
  plugIn('built-in', 'a', 'b', 'c');
  const allow = asksTheUser();
  const { line } = await reloaded('1');
  await new Promise((go) => setTimeout(go, 0));
  const first = line.speakInto('a');
  allow();
  await first;
  await until(() => spoken()?.of === 'a');
  // The answers come as they were asked for, or the other way round.
  for (const turned of [false, true]) {
    const answers = [asksTheUser()];
    const b = line.speakInto('b');
    answers.push(asksTheUser());
    const c = line.speakInto('c');
    for (const answer of turned ? answers.toReversed() : answers) {
      answer();
      await new Promise((go) => setTimeout(go, 0));
    }
    await Promise.all([b, c]);
    assert.deepEqual([spoken()?.of, open()], ['c', [spoken()]]);
  }
  plugIn();
  await assert.rejects(line.speakInto('a'), { name: 'OverconstrainedError' });
  assert.deepEqual([spoken()?.of, spoken()?.readyState], ['c', 'live'], 'the one before goes on');
  await line.unregister();
});
