import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { after, before, describe, test } from 'node:test';
import { systemClock } from '../base/clock.ts';
import { until } from '../base/testing/wait.ts';
import { SandboxCarrier } from './carrier.ts';
import { BareCaller } from './testing/bare-caller.ts';

/**
 * Each number is dialled once and does what the list says; real SIP and RTP. What comes after a time comes no earlier;
 * how much later is the machine's doing, so that bound is wide.
 */

const clock = systemClock;
const lateMs = 120_000;
let carrier: SandboxCarrier;
let phone: SandboxCarrier;
let bare: BareCaller;

before(async () => {
  carrier = await SandboxCarrier.start({ seed: 7, clock });
  phone = await SandboxCarrier.start({ seed: 8, clock, server: carrier.address, behaviours: false });
  bare = await BareCaller.start(clock);
});

after(async () => {
  await phone?.close();
  await bare?.close();
  await carrier?.close();
});

const ms = () => clock.monotonic();
const wait = (delayMs: number) => new Promise<void>((resolve) => void clock.setTimer(delayMs, resolve));

function between(value: number, from: number, to: number, what: string): void {
  assert.ok(value >= from && value <= to, `${what}: ${value.toFixed(0)} ms is not within ${from} to ${to}`);
}

async function refusal(number: string): Promise<number | null> {
  const end = await phone.dial(number).ended;
  assert.equal(end.by, 'them');
  return end.status;
}

describe('the numbers', { concurrency: true }, () => {
  for (const number of ['2025550101', '3235742879', '+13235742879']) {
    test(`${number} rings for a second, answers and speaks, and goes on beeping`, async () => {
      const began = ms();
      const call = phone.dial(number);
      await call.answered;
      between(ms() - began, 950, lateMs, 'answered');
      const { progress, status } = await bare.call(carrier.address, number);
      assert.deepEqual([progress.map((one) => one.status), status], [[180], 200]);
      await call.hearsSound();
      await wait(4000);
      await call.hearsSound();
      assert.equal(call.state, 'connected');
      call.hangUp();
    });
  }

  test('2025550100 answers at once, stays, and sends hardly a packet', async () => {
    assert.deepEqual(await bare.call(carrier.address, '2025550100'), { progress: [], status: 200 });
    const call = phone.dial('2025550100');
    await call.answered;
    const began = ms();
    await wait(13_000);
    assert.equal(call.state, 'connected');
    // One every four seconds.
    between(call.packets.received, 2, 2 + (ms() - began) / 4000, 'packets');
    call.hangUp();
  });

  for (const n of [0, 1, 3]) {
    test(`202555011${n} answers after ${n} s and speaks`, async () => {
      const began = ms();
      const call = phone.dial(`202555011${n}`);
      await call.answered;
      between(ms() - began, n * 1000 - 20, n * 1000 + lateMs, 'answered');
      await call.hearsSound();
      call.hangUp();
    });
    test(`202555012${n} answers and hangs up ${n} s later`, async () => {
      const began = ms();
      const call = phone.dial(`202555012${n}`);
      await call.answered;
      assert.equal((await call.ended).by, 'them');
      between(ms() - began, n * 1000 - 20, n * 1000 + lateMs, 'hung up');
    });
  }

  test('2025550130, 0133 and 0134 refuse at once, 0132 after ringing', async () => {
    const statuses = await Promise.all(['2025550130', '2025550133', '2025550134', '2025550132'].map(refusal));
    assert.deepEqual(statuses, [486, 404, 503, 603]);
    const { progress, status } = await bare.call(carrier.address, '2025550132');
    assert.deepEqual([progress.map((one) => one.status), status], [[180], 603]);
  });

  test('2025550131 rings until the caller gives up', async () => {
    const call = phone.dial('2025550131');
    await until('it to ring', () => call.state === 'ringing');
    await wait(5000);
    assert.equal(call.state, 'ringing');
    const ringing = carrier.calls.length;
    call.hangUp();
    assert.equal((await call.ended).by, 'us');
    await until('the carrier to know', () => carrier.calls.length < ringing);
  });

  test('2025550135 names 2025550101, which answers a caller who follows', async () => {
    const named: string[] = [];
    const mayRedirect = (uri: { user: string | null }) => {
      named.push(uri.user ?? '');
      return [];
    };
    await bare.call(carrier.address, '2025550135', { mayRedirect });
    assert.deepEqual(named, ['2025550101']);
    const call = phone.dial('2025550135');
    await call.answered;
    await call.hearsSound();
    call.hangUp();
  });

  test('2025550136 sends nothing back, where others at least say 100', async () => {
    const silent = await bareInvite('2025550136');
    const busy = await bareInvite('2025550130');
    while (!busy.heard.includes('SIP/2.0 486 Busy Here')) await wait(20);
    await wait(1000);
    silent.close();
    busy.close();
    assert.deepEqual(silent.heard, []);
  });

  test('2025550140 speaks, beeps, listens as long as it hears something, and hangs up', async () => {
    const call = phone.dial('2025550140');
    await call.answered;
    await call.hearsSound();
    await call.hears(1000, 60_000);
    void call.play(500);
    await wait(6000);
    assert.equal(call.state, 'connected');
    call.stopPlaying();
    const began = ms();
    assert.equal((await call.ended).by, 'them');
    between(ms() - began, 2500, lateMs, 'hung up');
  });

  test('2025550141 sends back what it hears', async () => {
    const call = phone.dial('2025550141');
    await call.answered;
    void call.play(437);
    await call.hears(437);
    call.hangUp();
  });

  test('2025550142 is heard ringing before it answers', async () => {
    const call = phone.dial('2025550142');
    await Promise.all([call.hears(440), call.hears(480), call.answered]);
    const { progress, status } = await bare.call(carrier.address, '2025550142');
    assert.deepEqual([progress.map((one) => one.status), status], [[183], 200]);
    assert.match(progress[0]?.sdp ?? '', /m=audio/);
    await call.hearsNot(440);
    call.hangUp();
  });

  test('2025550143 makes its announcement and is refused', async () => {
    const call = phone.dial('2025550143');
    await call.hearsSound();
    assert.equal((await call.ended).status, 404);
    const { progress, status } = await bare.call(carrier.address, '2025550143');
    assert.deepEqual([progress.map((one) => one.status), status], [[183], 404]);
  });

  test('2025550144 needs PRACK: it answers who knows it, early and then, and tells others 421', async () => {
    const without = await bare.call(carrier.address, '2025550144', { reliable: 'off' });
    assert.deepEqual(without, { progress: [], status: 421 });
    for (const reliable of ['supported', 'required'] as const) {
      const { progress, status } = await bare.call(carrier.address, '2025550144', { reliable });
      assert.equal(status, 200);
      assert.match(progress[0]?.sdp ?? '', /m=audio/);
    }
  });

  test('2025550145 loses and delays packets both ways', async () => {
    const call = phone.dial('2025550145');
    await call.answered;
    void call.play(440);
    await until('its report of a loss', () => (call.packets.lostThere ?? 0) > 0);
    // Of so many that their share is one, however many came in what time.
    await until('nine seconds of sound', () => call.packets.received + call.packets.lost >= 450);
    const { lost, received } = call.packets;
    const share = lost / (lost + received);
    assert.ok(share > 0.01 && share < 0.12, `${lost} lost, ${received} received`);
    call.hangUp();
  });

  test('2025550146 is gone some seconds after its answer, and says nothing any more', async () => {
    const call = phone.dial('2025550146');
    await call.answered;
    await call.hearsSound();
    const beside = phone.dial('2025550141');
    await beside.answered;
    void beside.play(437);
    /** While so many packets come to another call. */
    const meanwhile = (packets: number) => {
      const enough = beside.packets.received + packets;
      return until('sound in another call', () => beside.packets.received >= enough);
    };
    let received = -1;
    await until('nothing more to come', async () => {
      received = call.packets.received;
      await meanwhile(100);
      return call.packets.received === received;
    });
    const hold = call.hold(true);
    await meanwhile(150);
    assert.equal(call.packets.received, received);
    assert.equal(await Promise.race([hold, wait(0).then(() => 'no answer')]), 'no answer');
    assert.equal(call.state, 'connected');
    call.hangUp();
    beside.hangUp();
  });

  test('555018… and 555019… enter number and PIN by keypad', async () => {
    const right = phone.dial('555018132233');
    const both = phone.dial('+1555019132233');
    const pinOnly = phone.dial('55501802233');
    await Promise.all([right.hearsDigits('3#2233#', 60_000), both.hearsDigits('3#7788#2233#', 60_000)]);
    await pinOnly.hearsDigits('2233#', 60_000);
    assert.equal(pinOnly.digits, '2233#');
    for (const call of [right, both, pinOnly]) call.hangUp();
  });
});

/** The first lines of what comes back for a bare INVITE, until it is closed. */
async function bareInvite(number: string): Promise<{ readonly heard: readonly string[]; close(): void }> {
  const socket = createSocket('udp4');
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  const { port } = socket.address();
  const heard: string[] = [];
  socket.on('message', (bytes) => heard.push(bytes.toString('latin1').split('\r\n', 1)[0] ?? ''));
  const lines = [
    `INVITE sip:${number}@127.0.0.1 SIP/2.0`,
    `Via: SIP/2.0/UDP 127.0.0.1:${port};branch=z9hG4bK${number}`,
    'Max-Forwards: 70',
    `From: <sip:me@127.0.0.1>;tag=${number}`,
    `To: <sip:${number}@127.0.0.1>`,
    `Call-ID: bare-${number}`,
    'CSeq: 1 INVITE',
    `Contact: <sip:me@127.0.0.1:${port}>`,
    'Content-Length: 0',
  ];
  socket.send(`${lines.join('\r\n')}\r\n\r\n`, carrier.address.port, '127.0.0.1');
  return { heard, close: () => void socket.close() };
}
