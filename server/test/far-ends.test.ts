import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type SandboxCall, SandboxCarrier } from '../src/sandbox/index.ts';
import { Phone } from './peers/baresip.ts';
import { wroteDown } from './peers/facts.ts';
import { needs } from './peers/installed.ts';
import { overTrunk, PartylineServer, sipPassword } from './peers/partyline.ts';
import { UnifiedApi } from './peers/unified-api.ts';
import { waitFor } from './peers/wait.ts';

/**
 * kill -9 of the control process: whoever was in a call learns that it is over, and phones can be called without
 * registering again.
 */

const skip = needs('baresip');
const [answered, ringing] = ['3235742879', '3235742880'];
let carrier: SandboxCarrier;
let server: PartylineServer;
let phones: Phone[] = [];

before(async () => {
  if (skip !== false) return;
  carrier = await SandboxCarrier.start({ behaviours: false });
  server = await PartylineServer.start({ config: overTrunk(carrier.uri) });
  const options = { password: sipPassword, server: server.sipAddress, tone: 440, autoAnswer: true };
  phones = await Promise.all([
    Phone.start({ ...options, user: '101' }),
    Phone.start({ ...options, user: '102', transport: 'tcp' }),
    Phone.start({ ...options, user: '103', autoAnswer: false }),
    Phone.start({ ...options, user: '104' }),
  ]);
  await Promise.all(phones.map((phone) => phone.registered()));
});

after(async () => {
  await Promise.all(phones.map((phone) => phone.stop()));
  await server?.stop();
  await carrier?.close();
});

test('in a conference, over a trunk, ringing, hearing it ring: all are told within 2 s of the next start', {
  skip,
}, async () => {
  const [alice, bob, carol, dave] = phones as [Phone, Phone, Phone, Phone];
  await alice.dial('201*1');
  await bob.dial('201*1');
  const calls = new Map<string, SandboxCall>();
  carrier.onCall = (call) => {
    calls.set(call.dialled, call);
    call.ring();
    if (call.dialled.endsWith(answered)) call.answer();
    return true;
  };
  const api = await UnifiedApi.connect(`http://127.0.0.1:${server.httpPort}`);
  for (const number of [answered, ringing]) {
    const { status, text } = await api.invite([number], { extension: '201', source: ['201'], query: 'number=1' });
    assert.equal(status, 200, text);
  }
  await server.conferenceOf('201', '1', 3);
  await dave.ring('103');
  await carol.event('CALL_INCOMING');
  await waitFor(() => calls.size === 2, 5000, 'the trunk call to ring');
  // Carol rings, and the number; Dave hears it.
  await wroteDown(server, { caller: 1, dialog: 3, invite: 2, registration: 4 });
  const marks = phones.map((phone) => phone.events.length);
  await server.kill9();
  await server.restart();

  const began = performance.now();
  const ended = [alice, bob, carol, dave].map((phone, at) => phone.ended(2000, marks[at]));
  await Promise.all([...ended, ...[...calls.values()].map(({ ended }) => ended)]);
  const tookMs = performance.now() - began;
  assert.ok(tookMs < server.atThisPace(2000), `all were told after ${tookMs} ms`);
  const ends = await Promise.all([...calls.values()].map(({ ended }) => ended));
  for (const { by, reason } of ends) {
    assert.equal(by, 'them');
    assert.match(reason ?? '', /systemFailure/);
  }
  await wroteDown(server, { registration: 4 });
});

test('phones over UDP and TCP can be called at once after a kill, without having registered again', {
  skip,
}, async () => {
  const [alice, bob, , dave] = phones as [Phone, Phone, Phone, Phone];
  await wroteDown(server, { registration: 4 });
  for (const called of [alice, bob]) {
    await server.kill9();
    await server.restart();
    const mark = called.events.length;
    await dave.dial(called.options.user);
    assert.ok(!called.events.slice(mark).some(({ type }) => type.startsWith('REGISTER')));
    await dave.hangup();
    await called.ended(5000, mark);
    await server.quiet();
  }
});
