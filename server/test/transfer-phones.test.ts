import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Phone } from './peers/baresip.ts';
import { listen } from './peers/hearing.ts';
import { needs } from './peers/installed.ts';
import { PartylineServer, sipPassword } from './peers/partyline.ts';
import { runSipp } from './peers/sipp.ts';
import { waitFor } from './peers/wait.ts';

/** The transfer key of phones we did not write: REFER, and what they are told by NOTIFY. */

const skip = needs('baresip') || needs('sipp');
const [answers, busy] = ['2025550110', '2025550130'];
let server: PartylineServer;
let alice: Phone;
let bob: Phone;
let carol: Phone;

before(async () => {
  if (skip !== false) return;
  server = await PartylineServer.start({ config: { sandbox: 'on' } });
  const options = { password: sipPassword, server: server.sipAddress };
  alice = await Phone.start({ ...options, user: '101', tone: 440 });
  bob = await Phone.start({ ...options, user: '102', tone: 700, transport: 'tcp', autoAnswer: true });
  carol = await Phone.start({ ...options, user: '103', tone: 1000, autoAnswer: true });
  await Promise.all([alice.registered(), bob.registered(), carol.registered()]);
});

after(async () => {
  await Promise.all([alice?.stop(), bob?.stop(), carol?.stop()]);
  await server?.stop();
});

async function numbers(): Promise<string[]> {
  const calls = await server.calls();
  return calls.flatMap(({ connections }) => connections.map((one) => `${one.device.number} ${one.state}`)).sort();
}

async function parties(...expected: string[]): Promise<void> {
  let seen: string[] = [];
  const there = async () => {
    seen = await numbers();
    return seen.join() === expected.toSorted().join();
  };
  await waitFor(there, 8000, () => `${expected}; there are ${seen}`);
}

describe('baresip', { skip }, () => {
  test('a call is sent on to another phone: both hear each other, and whoever sent it on is out of it', async () => {
    await alice.dial('102');
    const since = alice.events.length;
    await alice.transfer('103');
    await alice.ended(8000, since);
    await parties('102 connected', '103 connected');
    await listen([
      { phone: bob, hears: [1000], notHears: [700, 440] },
      { phone: carol, hears: [700], notHears: [1000, 440] },
    ]);
    const [call] = await server.calls();
    const events = await server.events(call!.id);
    assert.deepEqual(
      events.slice(-2).map(({ type, cause }) => `${type} ${cause}`),
      ['established normal', 'connectionCleared transfer'],
    );
    const heard = carol.events.length;
    await bob.hangup();
    await carol.ended(8000, heard);
    await server.quiet();
  });

  test('by whoever was called, over TCP, to a number outside', async () => {
    await alice.dial('102');
    const since = bob.events.length;
    await bob.transfer(answers);
    await bob.ended(8000, since);
    await parties('101 connected', `${answers} connected`);
    await alice.hangup();
    await server.quiet();
  });

  // By itself baresip 1.0.0 hangs up when it hears that nobody came; the phone of SIPp below does not.
  test('to one that is busy: the phone hears with which status', async () => {
    await alice.dial('102');
    const since = alice.events.length;
    await alice.transfer(busy);
    const failed = await alice.event('TRANSFER_FAILED', 8000, since);
    assert.match(failed.param, /486/);
    await server.quiet();
  });
});

describe('SIPp', { skip }, () => {
  const run = async (scenario: string, referTo: string) => {
    const [address = '', port = ''] = server.sipAddress.split(':');
    const args = ['-key', 'refer_to', referTo];
    const target = { address, port: Number(port) };
    const { code, ok, log } = await runSipp({ scenario, target, calls: 1, service: answers, repeats: false, args });
    assert.deepEqual({ code, ok }, { code: 0, ok: 1 }, log);
  };

  test('answered: 100 … 200, then BYE', async () => {
    await run('transfer-answered', '0003*102');
    await parties('102 connected', `${answers} connected`);
    await bob.hangup();
    await server.quiet();
  });

  test('refused: 486, and the call is there to be ended by the phone', async () => {
    await run('transfer-refused', busy);
    await server.quiet();
  });

  test('two calls are brought together by Replaces', async () => {
    await run('transfer-attended', '102');
    await parties('102 connected', `${answers} connected`);
    await bob.hangup();
    await server.quiet();
  });
});
