import assert from 'node:assert/strict';
import { afterEach, before, test } from 'node:test';

/** A page's way into a meeting, in as much of a browser as it needs. */

// biome-ignore lint/suspicious/noExplicitAny: what a browser has is not known to Node.js
type Anything = any;

const load = (path: string): Promise<Anything> => import(new URL(path, import.meta.url).href);
const { browserWithServer, reach } = await load('../../sdk/test/fake-browser.ts');
const { MeetingLine } = await load('../src/line/meeting-line.ts');
const { fake, server } = await browserWithServer();
let line: Anything;

before(() => {
  const window = Object.assign(new EventTarget(), { location: { origin: server.base() } });
  Object.assign(globalThis, { window, Audio: class {} });
});

afterEach(() => line.leave());

const seat = () => ({
  ...{ base: server.base(), id: 'x', meetingId: '2111', name: 'Ann', role: null, iceServers: [], etag: '"1"' },
});

/** A page that is loaded again, and has its place still; the states that its line was in. */
async function reloaded() {
  const states: string[] = [];
  const microphone = await (globalThis.navigator as Anything).mediaDevices.getUserMedia({ audio: {} });
  line = new MeetingLine({
    ...{ meetingId: '2111', name: 'Ann', passcode: '', microphone, loudspeaker: '', seat: seat() },
    ...{ onState: (state: string) => states.push(state), onMessage() {}, onHeld() {} },
  });
  await line.start();
  return states;
}

async function until(is: () => boolean): Promise<void> {
  while (!is()) await new Promise((go) => setTimeout(go, 5));
}

/** Whatever was told has come. */
const turn = async () => {
  for (let times = 0; times < 20; times++) await Promise.resolve();
};

test('who waits at the door after the page was loaded again does so for as long as the server lets him', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const states = await reloaded();
  await turn();
  fake.sockets.at(-1).hears({ type: 'admission', passcodeNeeded: false, permissionNeeded: true });
  await turn();
  t.mock.timers.tick(180_000);
  assert.deepEqual(states, ['lost', 'admission']);
});

test('whoever mutes or unmutes itself while the server is away is so there too, as soon as it is back', async () => {
  const states = await reloaded();
  await until(() => fake.sockets.at(-1)?.readyState === 1);
  const number = (seq: number) => ({ number: `${seq}-9` });
  fake.sockets.at(-1).hears({ type: 'conference', conference: { self: 'a', participants: [] }, ...number(1) });
  await until(() => states.at(-1) === 'in');
  line.mute(true);
  await until(() => fake.commands.length === 1);
  reach(false);
  assert.equal(states.at(-1), 'lost');
  line.mute(false);
  reach(true);
  await until(() => states.at(-1) === 'in');
  assert.deepEqual(fake.commands, ['mute', 'unmute']);
  await assert.rejects(
    Promise.resolve().then(() => {
      reach(false);
      return line.ask({ do: 'raiseHand' });
    }),
    { message: 'offline' },
  );
});
