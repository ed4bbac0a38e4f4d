import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { AppError } from '../base/app-error.ts';
import { SandboxCarrier } from './carrier.ts';
import type { SandboxCall } from './sandbox-call.ts';
import { BareCaller } from './testing/bare-caller.ts';

/** Two carriers, one calling the other: real user agents and real RTP on loopback, in real time. */

let here: SandboxCarrier;
let there: SandboxCarrier;

before(async () => {
  there = await SandboxCarrier.start({ seed: 1 });
  here = await SandboxCarrier.start({ seed: 2, server: there.address });
});

after(async () => {
  await here?.close();
  await there?.close();
});

async function connected(number: string): Promise<[caller: SandboxCall, callee: SandboxCall]> {
  const expected = there.expectCall(number);
  const caller = here.dial(number, { from: '4242425', name: 'John Doe' });
  const callee = await expected;
  callee.answer();
  await Promise.all([caller.answered, callee.answered]);
  return [caller, callee];
}

const unavailable = (words: RegExp) => (error: unknown) =>
  error instanceof AppError && error.code === 'unavailable' && words.test(error.message);

test('a port asked for is had or refused, and free again after the close', async () => {
  const taken = await SandboxCarrier.start();
  await assert.rejects(SandboxCarrier.start({ bind: taken.address }), { code: 'EADDRINUSE' });
  await taken.close();
  const again = await SandboxCarrier.start({ bind: taken.address });
  assert.deepEqual(again.address, taken.address);
  await again.close();
  await again.close();
});

describe('a carrier', { concurrency: true }, () => {
  test('who calls is seen, and the states follow ringing, early media, the answer and the end', async () => {
    const expected = there.expectCall('+17002');
    const caller = here.dial('17002', { from: '4242425', name: 'John Doe', headers: [['X-Test', 'yes']] });
    const callee = await expected;
    assert.deepEqual(callee.from, { number: '4242425', name: 'John Doe' });
    assert.equal(callee.dialled, '17002');
    assert.equal(callee.headers?.get('X-Test'), 'yes');
    assert.deepEqual([caller.state, callee.state], ['calling', 'calling']);
    callee.ring();
    await until(() => caller.state === 'ringing');
    callee.early(440);
    await caller.hears(440);
    assert.deepEqual([caller.state, callee.state], ['early', 'early']);
    callee.answer();
    await caller.answered;
    assert.deepEqual([caller.state, callee.state], ['connected', 'connected']);
    await caller.hearsNot(440);
    callee.hangUp('Q.850;cause=16');
    assert.deepEqual(await caller.ended, { by: 'them', status: null, reason: 'Q.850;cause=16' });
    assert.deepEqual(await callee.ended, { by: 'us', status: null, reason: null });
    assert.deepEqual(
      [caller.state, callee.state, here.calls.includes(caller), there.calls.includes(callee)],
      ['ended', 'ended', false, false],
    );
  });

  test('tones are heard by the other side only, among others too, and not after they ended', async () => {
    const [caller, callee] = await connected('7003');
    void caller.play(440);
    void callee.play(700);
    await Promise.all([callee.hears(440), caller.hears(700), callee.hearsNot(700), caller.hearsNot(440)]);
    await missed(() => caller.hears(900, 500), /4242425 did not hear 900 Hz/, /sound of -\d+ dB, loudest at 700, /);
    await missed(() => callee.hearsNot(440, 400, 500), /did not hear nothing of 440 Hz/);
    await missed(() => callee.hearsSilence(300, 300), /silence for 300 ms/);
    caller.stopPlaying();
    await callee.hearsSilence();
    await assert.rejects(callee.hearsSound(300), unavailable(/it heard silence/));
    caller.hangUp();
    await callee.ended;
  });

  test('digits arrive once each and in order, while a tone is played; what was waited for is not found again', async () => {
    const [caller, callee] = await connected('7004');
    void caller.play(440);
    await caller.press('3#', { durationMs: 60, gapMs: 40 });
    void caller.press('2233#', { durationMs: 60, gapMs: 40 });
    await callee.hearsDigits('3#');
    await callee.hearsDigits('2233#');
    assert.equal(callee.digits, '3#2233#');
    await assert.rejects(callee.hearsDigits('2', 100), unavailable(/the digits 2 within/));
    await assert.rejects(caller.press('12x'), (error: AppError) => error.code === 'invalidArgument');
    // The tone went on behind the digits.
    await callee.hears(440);
    callee.hangUp();
    await caller.ended;
    await assert.rejects(caller.hears(440), unavailable(/before the call ended/));
  });

  test('an echo sends back what it hears, with digits the others still hear', async () => {
    const [caller, callee] = await connected('7005');
    callee.echo();
    void caller.play(500);
    await caller.hears(500);
    await callee.press('5');
    await caller.hearsDigits('5');
    caller.hangUp();
    await callee.ended;
  });

  test('hold is heard as silence at the holding side, and is taken back', async () => {
    const [caller, callee] = await connected('7006');
    void callee.play(600);
    await caller.hears(600);
    assert.equal(await caller.hold(true), 200);
    await caller.hearsSilence();
    assert.equal(await caller.hold(false), 200);
    await caller.hears(600);
    caller.hangUp();
    await callee.ended;
  });

  test('a call is refused, cancelled, given up, and each side is told why', async () => {
    for (const status of [403, 486, 503, 603]) {
      const expected = there.expectCall('7007');
      const caller = here.dial('7007');
      const callee = await expected;
      callee.refuse(status);
      const end = await caller.ended;
      assert.deepEqual([end.by, end.status], ['them', status]);
      await assert.rejects(caller.answered, unavailable(new RegExp(String(status))));
    }
    const expected = there.expectCall('7008');
    const cancelled = here.dial('7008');
    const ringing = await expected;
    ringing.ring();
    await until(() => cancelled.state === 'ringing');
    cancelled.hangUp();
    assert.deepEqual([(await cancelled.ended).by, (await ringing.ended).by], ['us', 'them']);

    const again = there.expectCall('7009');
    const impatient = here.dial('7009', { timeoutMs: 200 });
    (await again).ring();
    assert.deepEqual((await impatient.ended).status, 408);
  });

  test('calls that vanish leave the other side alone with its time-out, whichever side they were', async () => {
    const [caller, callee] = await connected('7010');
    const [gone, other] = await connected('7011');
    void caller.play(440);
    await callee.hears(440);
    callee.vanish();
    let told = false;
    for (const left of [caller, other]) {
      void left.ended.then(() => {
        told = true;
      });
    }
    gone.vanish();
    for (const lost of [callee, gone]) {
      assert.deepEqual(await lost.ended, { by: 'us', status: null, reason: 'vanished' });
    }
    // All of them speak by the clock of this process: who sent so much would have been sent as much.
    const spoken = (packets: number) => {
      const enough = caller.packets.sent + packets;
      return until(() => caller.packets.sent >= enough);
    };
    await spoken(5);
    const before = caller.packets.received;
    await spoken(10);
    assert.equal(caller.packets.received, before);
    // What the user agent behind it did to forget the call was seen by nobody.
    assert.equal(told, false);
    const hold = caller.hold(true);
    assert.equal(await Promise.race([hold, spoken(10).then(() => 'no answer')]), 'no answer');
    caller.hangUp();
    other.hangUp();
  });

  test('every call is told of, expectations are kept apart by number and end with the carrier', async () => {
    const carrier = await SandboxCarrier.start({ behaviours: false });
    const seen: string[] = [];
    carrier.onCall = (call) => seen.push(call.dialled);
    const two = carrier.expectCall('2');
    const any = carrier.expectCall();
    const calls = ['3', '2', '4'].map((number) =>
      here.dial(`sip:${number}@${carrier.address.address}:${carrier.address.port}`),
    );
    assert.equal((await two).dialled, '2');
    assert.equal((await any).dialled, '3');
    assert.equal((await calls[2]!.ended).status, 404);
    assert.deepEqual(seen.sort(), ['2', '3', '4']);
    await assert.rejects(carrier.expectCall('9', 30), unavailable(/No call to 9 came within 30 ms/));
    const last = carrier.expectCall('9');
    const lost = assert.rejects(last, unavailable(/was closed/));
    await carrier.close();
    await lost;
    assert.deepEqual(
      (await Promise.all(calls.map((call) => call.ended))).map((end) => end.status),
      [480, 480, 404],
    );
    assert.throws(() => carrier.dial('sip:1@127.0.0.1:9'), /closed/);
    assert.throws(() => here.dial('sip:'), /no SIP URI/);
  });

  test('whoever is told of a call takes it by doing something with it; nothing else is done then', async () => {
    const carrier = await SandboxCarrier.start();
    carrier.onCall = (call) => {
      if (call.dialled === '2025550130') call.answer();
      if (call.dialled === '2025550110') call.refuse(410);
    };
    const dial = (number: string) => here.dial(`${carrier.uri.replace('sip:', `sip:${number}@`)}`);
    const [answered, refused, left] = ['2025550130', '2025550110', '2025550133'].map(dial);
    await answered!.answered;
    assert.equal((await refused!.ended).status, 410);
    assert.equal((await left!.ended).status, 404);
    assert.equal(answered!.state, 'connected');
    await carrier.close();
    assert.equal((await answered!.ended).by, 'them');
  });

  test('a call without an offer gets one, and the answer in the ACK is taken', async () => {
    const bare = await BareCaller.start();
    try {
      const expected = there.expectCall('7012');
      const call = bare.callWithoutOffer(there.address, '7012');
      const callee = await expected;
      callee.answer();
      const offer = await call;
      assert.match(offer, /m=audio \d+ RTP\/AVP 0 8 101/);
      await until(() => callee.packets.sent > 0);
      callee.hangUp();
    } finally {
      await bare.close();
    }
  });
});

/**
 * What is listened for is not heard, and why is told. Where a busy machine broke what is sent off for a moment, that is
 * heard: then it is listened for again.
 */
async function missed(listen: () => Promise<void>, words: RegExp, instead = /./): Promise<void> {
  for (let left = 30; left > 0; left--) {
    const error = await listen().then(
      () => null,
      (why: unknown) => why,
    );
    if (error === null) continue;
    assert.ok(unavailable(words)(error), String(error));
    if (instead.test((error as AppError).message)) return;
  }
  assert.fail(`never ${words}, ${instead}`);
}

async function until(holds: () => boolean, withinMs = 120_000): Promise<void> {
  const deadline = performance.now() + withinMs;
  while (!holds()) {
    assert.ok(performance.now() < deadline, `not within ${withinMs} ms: ${holds}`);
    await sleep(10);
  }
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
