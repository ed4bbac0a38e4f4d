import assert from 'node:assert/strict';
import { after, beforeEach, test } from 'node:test';
import { Call } from '../src/call/call.ts';
import { AudioInterface } from '../src/media.ts';
import { CommandFailed } from '../src/session.ts';
import { spoken, startBrowser } from './fake-browser.ts';

/** A call of an extension whose server is not reached at the wrong moment. */

// biome-ignore lint/suspicious/noExplicitAny: callbacks are looked up by name
type Anything = any;

const { fake, fresh, stop } = startBrowser();

beforeEach(fresh);

after(stop);

const told = (state: 'ringing' | 'established' | 'ended') => ({
  ...{ id: '1', direction: 'incoming' as const, state, party: { name: '', number: '102' }, autoAnswer: false },
  ...{ early: false, reason: null, held: false, with: [], waiting: [] },
});

/** A call that rings, at a server that does what it is asked, but is not reached where `cut` says so. */
function ringing(cut: string) {
  const asked: string[] = [];
  const phone = {
    isRegistered: true,
    freshIceServers: async () => [],
    async ask(what: string) {
      asked.push(what);
      if (what === cut && asked.filter((one) => one === what).length === 1) {
        throw new CommandFailed('unavailable', 'The server is not reached now.');
      }
      return { answer: 'v=0' };
    },
    async move() {
      asked.push('move');
      return 'v=0';
    },
  } as Anything;
  const call = new Call({
    ...{ audio: new AudioInterface(), phone, remoteAddress: '102', subject: undefined, incoming: true },
    ended: () => {},
  });
  const life = call._phoneLife!;
  life.alerting('1');
  return { call, life, asked };
}

test('a call that is hung up while the server is not reached is so as soon as it is', async () => {
  const { call, life, asked } = ringing('hangUp');
  await call.accept();
  life.told(told('established'));
  call.end();
  assert.deepEqual(asked, ['pickUp', 'hangUp']);
  // It is back, and names the call.
  life.told(told('established'));
  assert.deepEqual(asked, ['pickUp', 'hangUp', 'hangUp']);
  life.told(told('ended'));
  assert.equal(asked.length, 3);
});

test('a call that was answered, and of whose answer nothing is known, has its sound as soon as that is', async () => {
  const { call, life, asked } = ringing('pickUp');
  await assert.rejects(Promise.resolve(call.accept()));
  assert.ok(fake.tracks.every(({ readyState }) => readyState === 'ended'));
  life.told(told('established'));
  assert.equal(call.getState(), 'established');
  // It is told again, of something else.
  life.told(told('established'));
  await new Promise((go) => setTimeout(go, 0));
  assert.deepEqual([asked, spoken()?.readyState], [['pickUp', 'move'], 'live']);
  call.end();
});
