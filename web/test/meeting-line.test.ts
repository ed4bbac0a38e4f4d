import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, test } from 'node:test';

/** A page's way into a meeting, in as much of a browser as it needs. */

// biome-ignore lint/suspicious/noExplicitAny: what a browser has is not known to Node.js
type Anything = any;

const load = (path: string): Promise<Anything> => import(new URL(path, import.meta.url).href);
const { reach, startBrowser, startServer } = await load('../../sdk/test/fake-browser.ts');
const { MeetingLine } = await load('../src/line/meeting-line.ts');
const { fake, fresh, stop } = startBrowser();
let server: Anything;
let line: Anything;

before(async () => {
  server = await startServer();
  const window = Object.assign(new EventTarget(), { location: { origin: server.base() } });
  Object.assign(globalThis, { window, Audio: class {} });
});

after(() => {
  server.stop();
  stop();
});

beforeEach(fresh);

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
