import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SeededRandom } from '../base/random.ts';
import { DigitReceiver } from './digit-receiver.ts';
import { DigitSender } from './digit-sender.ts';
import { digitOfEvent, eventOfDigit, TelephoneEvent, writeTelephoneEvent } from './telephone-event.ts';

test('reads and writes a payload', () => {
  // Event 11 (#), end, volume 10, duration 800.
  const bytes = Buffer.from('0b8a0320', 'hex');
  const event = new TelephoneEvent();
  assert.equal(event.read(bytes, 0, 4), true);
  assert.deepEqual({ ...event }, { event: 11, end: true, volume: 10, duration: 800 });
  assert.equal(event.read(bytes, 1, 4), false);
  const out = Buffer.alloc(4);
  writeTelephoneEvent(out, 0, 11, true, 10, 800);
  assert.deepEqual(out, bytes);
});

test('knows the sixteen digits', () => {
  for (const [code, digit] of [...'0123456789*#ABCD'].entries()) {
    assert.equal(digitOfEvent(code), digit);
    assert.equal(eventOfDigit(digit.toLowerCase()), code);
  }
  assert.equal(digitOfEvent(16), null);
  assert.equal(eventOfDigit('E'), null);
  assert.equal(eventOfDigit(''), null);
  assert.equal(eventOfDigit('12'), null);
});

class Receiver {
  readonly heard: string[] = [];
  readonly digits = new DigitReceiver(8000, (digit, ms) => this.heard.push(`${digit}:${ms}`));
  now = 0;

  packet(event: number, timestamp: number, duration: number, end = false): void {
    this.digits.receive(Object.assign(new TelephoneEvent(), { event, duration, end }), timestamp, this.now);
    this.now += 20;
  }
}

test('reports a digit once, however often its end is repeated', () => {
  const receiver = new Receiver();
  for (const duration of [160, 320, 480]) receiver.packet(5, 1000, duration);
  assert.deepEqual(receiver.heard, []);
  for (let i = 0; i < 3; i++) receiver.packet(5, 1000, 800, true);
  assert.deepEqual(receiver.heard, ['5:100']);
});

test('reports the same digit pressed twice, and digits of which only the end came', () => {
  const receiver = new Receiver();
  receiver.packet(5, 1000, 800, true);
  receiver.packet(5, 3000, 800, true);
  receiver.packet(6, 3000, 800, true);
  assert.deepEqual(receiver.heard, ['5:100', '5:100', '6:100']);
});

test('ends a digit whose end was lost: by silence, or by the next one', () => {
  const receiver = new Receiver();
  receiver.packet(1, 1000, 320);
  receiver.digits.expire(receiver.now);
  assert.deepEqual(receiver.heard, []);
  receiver.digits.expire(receiver.now + 120);
  assert.deepEqual(receiver.heard, ['1:40']);
  receiver.packet(2, 9000, 160);
  receiver.packet(3, 12000, 160);
  assert.deepEqual(receiver.heard, ['1:40', '2:20']);
});

test('ignores stragglers of a digit that is over', () => {
  const receiver = new Receiver();
  receiver.packet(5, 1000, 800, true);
  receiver.packet(5, 3000, 160);
  receiver.packet(5, 1000, 640);
  receiver.packet(5, 3000, 800, true);
  assert.deepEqual(receiver.heard, ['5:100', '5:100']);
});

test('joins the segments of a very long press', () => {
  const receiver = new Receiver();
  receiver.packet(0, 1000, 40000);
  receiver.packet(0, 1000, 65535);
  receiver.packet(0, 66535, 8000);
  receiver.packet(0, 66535, 16000, true);
  assert.deepEqual(receiver.heard, ['0:10192']);
});

test('says nothing of events that are no digits', () => {
  const receiver = new Receiver();
  receiver.packet(16, 1000, 800, true);
  assert.deepEqual(receiver.heard, []);
});

test('sends marker, growing duration and three end packets, then a gap', () => {
  const sender = new DigitSender(8000);
  assert.equal(sender.queue('4', 60, 40), true);
  const sent: string[] = [];
  for (let slot = 0; slot < 10; slot++) {
    const busy = sender.next(slot * 160, 20);
    sent.push(busy ? `${sender.timestamp}/${sender.duration}${sender.marker ? 'M' : ''}${sender.end ? 'E' : ''}` : '-');
  }
  assert.deepEqual(sent, ['0/160M', '0/320', '0/480E', '0/480E', '0/480E', '-', '-', '-', '-', '-']);
  assert.equal(sender.active, false);
});

test('refuses what is no digit, and queues without bound', () => {
  const sender = new DigitSender(8000);
  assert.equal(sender.queue('12x', 100, 60), false);
  assert.equal(sender.active, false);
  assert.equal(sender.queue('1'.repeat(257), 100, 60), false);
});

test('what one end sends the other receives, through loss and disorder', () => {
  const seed = 4733;
  const random = new SeededRandom(seed);
  const sender = new DigitSender(8000);
  const receiver = new Receiver();
  const digits = Array.from({ length: 60 }, () => '0123456789*#ABCD'[random.int(16)]!).join('');
  sender.queue(digits, 100, 60);
  let delayed: (() => void) | null = null;
  for (let slot = 0; sender.active; slot++) {
    if (!sender.next(slot * 160, 20)) {
      receiver.now += 20;
      receiver.digits.expire(receiver.now);
      continue;
    }
    const { event, timestamp, duration, end } = sender;
    const arrive = () => receiver.packet(event, timestamp, duration, end);
    if (random.int(10) < 2) continue;
    if (delayed === null && random.int(10) === 0) {
      delayed = arrive;
      continue;
    }
    arrive();
    delayed?.();
    delayed = null;
  }
  receiver.digits.expire(receiver.now + 1000);
  assert.equal(receiver.heard.map((one) => one[0]).join(''), digits, `seed ${seed}`);
});
