import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { Phone } from './peers/baresip.ts';
import { wroteDown } from './peers/facts.ts';
import { listen } from './peers/hearing.ts';
import { needs } from './peers/installed.ts';
import { type EventShown, PartylineServer, sipPassword } from './peers/partyline.ts';
import { waitFor } from './peers/wait.ts';

/** kill -9 of either process: what was said to have happened has happened, and new calls work. */

const skip = needs('baresip');
let server: PartylineServer;
let alice: Phone;
let bob: Phone;

// Each test has a server of its own: what one leaves behind when it fails is not the next one's.
beforeEach(async () => {
  if (skip !== false) return;
  server = await PartylineServer.start();
  const options = { password: sipPassword, server: server.sipAddress };
  alice = await Phone.start({ ...options, user: '101', tone: 440 });
  bob = await Phone.start({ ...options, user: '102', tone: 700 });
  await Promise.all([alice.registered(), bob.registered()]);
});

afterEach(async () => {
  await Promise.all([alice?.stop(), bob?.stop()]);
  await server?.stop();
});

async function meet(): Promise<string> {
  await alice.dial('201*1');
  await bob.dial('201*1');
  return (await server.conferenceOf('201', '1', 2)).id;
}

function wholeLog(events: readonly EventShown[]): void {
  assert.deepEqual(
    events.map((event) => event.seq),
    events.map((_, at) => at + 1),
    'no gap',
  );
  assert.equal(events[0]?.type, 'originated');
  assert.equal(events.at(-1)?.type, 'callCleared');
}

test('the media process dies: its calls end within 5 s with the reason in the log, and new calls work', {
  skip,
}, async () => {
  const id = await meet();
  const [pid] = server.mediaProcesses();
  const marks = [alice.events.length, bob.events.length];
  const began = performance.now();
  process.kill(pid!, 'SIGKILL');
  await Promise.all([alice.ended(5000, marks[0]), bob.ended(5000, marks[1])]);
  const tookMs = performance.now() - began;
  assert.ok(tookMs < server.atThisPace(5000), `${tookMs} ms`);
  await server.quiet();
  const events = await server.events(id);
  wholeLog(events);
  const cleared = events.filter((event) => event.type === 'connectionCleared');
  assert.deepEqual(
    cleared.map((event) => event.cause),
    ['mediaFailure', 'mediaFailure'],
  );
  await waitFor(async () => (await server.metric('media_processes')) === 1, 5000, 'a new media process');
  assert.notEqual(server.mediaProcesses()[0], pid);

  await meet();
  await listen([
    { phone: alice, hears: [700], notHears: [440] },
    { phone: bob, hears: [440], notHears: [700] },
  ]);
  await alice.hangup();
  await bob.hangup();
  await server.quiet();
});

test('the control process dies: after the restart logs and records are whole, and the same phones can call', {
  skip,
}, async () => {
  const id = await meet();
  const acknowledged = await server.events(id);
  assert.ok(acknowledged.length >= 3);
  // What it needs to tell them of the end is written a moment after their answers.
  await wroteDown(server, { dialog: 2, registration: 2 });
  const marks = [alice.events.length, bob.events.length];
  await server.kill9();
  await server.restart();

  const events = await server.events(id);
  wholeLog(events);
  assert.deepEqual(events.slice(0, acknowledged.length), acknowledged, 'what was shown before is there unchanged');
  const ends = events.filter((event) => event.type === 'connectionCleared');
  assert.deepEqual(
    ends.map((event) => event.cause),
    ['systemFailure', 'systemFailure'],
  );
  const { records } = await server.get<{
    records: { connectionId: string; cause: string; answeredAt: string | null }[];
  }>(`/admin/v1/records?callId=${id}`);
  assert.deepEqual(records.map((one) => one.connectionId).sort(), ends.map((one) => one.connectionId).sort());
  assert.ok(records.every((one) => one.answeredAt !== null && one.cause === 'systemFailure'));
  assert.deepEqual(await server.calls(), []);

  // The phones are told that their calls are gone.
  await Promise.all([alice.ended(5000, marks[0]), bob.ended(5000, marks[1])]);
  await meet();
  await listen([
    { phone: alice, hears: [700], notHears: [440] },
    { phone: bob, hears: [440], notHears: [700] },
  ]);
});
