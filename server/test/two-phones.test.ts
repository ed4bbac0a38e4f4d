import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Phone } from './peers/baresip.ts';
import { listen } from './peers/hearing.ts';
import { needs } from './peers/installed.ts';
import { PartylineServer, sipPassword } from './peers/partyline.ts';
import { waitFor } from './peers/wait.ts';

/** Two real phones call each other, hold and retrieve. */

const skip = needs('baresip');
let server: PartylineServer;
let alice: Phone;
let bob: Phone;

before(async () => {
  if (skip !== false) return;
  server = await PartylineServer.start();
  const options = { password: sipPassword, server: server.sipAddress };
  alice = await Phone.start({ ...options, user: '101', tone: 440 });
  // The extended name and TCP, so that both forms and both transports are used.
  bob = await Phone.start({ ...options, user: '0003*102', tone: 700, transport: 'tcp' });
  await Promise.all([alice.registered(), bob.registered()]);
});

after(async () => {
  await Promise.all([alice?.stop(), bob?.stop()]);
  await server?.stop();
});

async function call(from: Phone, number: string, to: Phone): Promise<void> {
  const [before, heard] = [from.events.length, to.events.length];
  await from.ring(number);
  await to.event('CALL_INCOMING', 5000, heard);
  await from.event('CALL_RINGING', 5000, before);
  await to.answer();
  await from.event('CALL_ESTABLISHED', 5000, before);
}

async function hearEachOther(): Promise<void> {
  await listen([
    { phone: alice, hears: [700], notHears: [440] },
    { phone: bob, hears: [440], notHears: [700] },
  ]);
}

test('a call by short number: both hear each other; hold plays music, retrieve brings them back', {
  skip,
}, async () => {
  await call(alice, '102', bob);
  await hearEachOther();

  await alice.hold();
  // Music, that is: something else.
  await listen([{ phone: bob, hears: [], notHears: [440, 700], sound: true }]);
  const [held] = await server.calls();
  assert.deepEqual(held?.connections.map((one) => `${one.device.number} ${one.state}`).sort(), [
    '101 hold',
    '102 connected',
  ]);

  await waitFor(() => alice.receiveRate === 0, 8000, 'silence for the one who holds');

  await alice.resume();
  await listen([{ phone: bob, hears: [440], notHears: [700] }]);
  await waitFor(
    () => alice.receiveRate > 50_000,
    8000,
    () => `sound after the retrieve: ${alice.receiveRate} bit/s`,
  );

  const since = bob.events.length;
  await alice.hangup();
  await bob.ended(3000, since);
  await server.quiet();
  const [ended] = await server.endedCalls();
  const types = (await server.events(ended!.id)).map((event) => event.type);
  for (const type of [
    'originated',
    'delivered',
    'established',
    'held',
    'retrieved',
    'connectionCleared',
    'callCleared',
  ]) {
    assert.ok(types.includes(type), `${type} in ${types}`);
  }
});

test('a call back by extended number, ended by the called side', { skip }, async () => {
  await call(bob, '0003*101', alice);
  await hearEachOther();
  const since = bob.events.length;
  await alice.hangup();
  await bob.ended(3000, since);
  await server.quiet();
});

test('a caller who gives up stops the ringing, and it is recorded as cancelled', { skip }, async () => {
  const heard = bob.events.length;
  await alice.ring('102');
  await bob.event('CALL_INCOMING', 5000, heard);
  await alice.hangup();
  await bob.ended(4000, heard);
  await server.quiet();
  const { records } = await server.get<{ records: { disposition: string }[] }>('/admin/v1/records?limit=2');
  assert.ok(
    records.some((record) => record.disposition === 'cancelled'),
    JSON.stringify(records),
  );
});

test('an unknown number is 404; a phone that is not registered is not found either', { skip }, async () => {
  assert.match(await alice.dialRefused('999'), /^404/);
  assert.match(await alice.dialRefused('104'), /^(404|480)/);
});
