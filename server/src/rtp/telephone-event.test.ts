import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
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
  sequence = 65_530;

  /** The next packet in sequence, 20 ms after the one before. */
  packet(event: number, timestamp: number, duration: number, end = false, marker = false): void {
    this.numbered(this.sequence++, event, timestamp, duration, end, marker);
  }

  numbered(sequence: number, event: number, timestamp: number, duration: number, end = false, marker = false): void {
    const packet = Object.assign(new TelephoneEvent(), { event, duration, end });
    this.digits.receive(packet, sequence & 0xffff, timestamp | 0, marker, this.now);
    this.now += 20;
  }

  /** A press of 100 ms as phones send it; `stamp` gives the timestamp of each packet. */
  press(event: number, stamp: (packet: number) => number, { marker = true, ends = 3, pauseMs = 60 } = {}): void {
    for (let i = 0; i < 4 + ends; i++) {
      this.packet(event, stamp(i), Math.min(800, 160 * (i + 1)), i >= 4, marker && i === 0);
    }
    this.now += pauseMs;
    this.sequence += pauseMs / 20;
  }
}

test('a key is heard however many packets of sound came since the last one', () => {
  for (const packets of [400, 32_700, 40_000, 65_400, 65_450, 65_530, 131_000]) {
    const receiver = new Receiver();
    receiver.press(1, () => 1000);
    receiver.sequence += packets;
    receiver.now += packets * 20;
    const at = 1000 + packets * 160;
    // Of the next press all but one packet are lost.
    receiver.packet(1, at, 800, true);
    receiver.now += 2000;
    receiver.sequence += 100;
    receiver.press(2, () => at + 20_000);
    assert.deepEqual(receiver.heard, ['1:100', '1:100', '2:100'], `${packets} packets`);
  }
});

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
  receiver.numbered(9, 5, 1000, 800, true);
  receiver.numbered(20, 5, 3000, 160);
  receiver.numbered(8, 5, 1000, 640);
  receiver.numbered(19, 5, 3000, 160);
  receiver.numbered(24, 5, 3000, 800, true);
  receiver.numbered(10, 5, 1000, 800, true);
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

describe('one press is one digit, whatever the timestamps say', () => {
  const random = new SeededRandom(2833);
  const clocks: Record<string, (press: number, packet: number) => number> = {
    'as they should be': (press) => 1000 + press * 2400,
    'the same for all presses': () => 1000,
    'a little later with every press': (press) => 1000 + press,
    'set back by 100 ms with every press': (press) => 90_000 - press * 800,
    'set back by 20 s with every press': (press) => 900_000 - press * 160_000,
    'moving with every packet': (press, packet) => 1000 + press * 2400 + packet * 160,
    'moving backwards with every packet': (press, packet) => 90_000 - press * 2400 - packet * 160,
    'across the end of the count': (press) => -1500 + press * 2400,
    'thrown anywhere with every press': () => random.int(0xffff_ffff),
  };
  for (const [name, stamp] of Object.entries(clocks)) {
    for (const marker of [true, false]) {
      test(`${name}, ${marker ? 'with' : 'without'} a marker`, () => {
        const receiver = new Receiver();
        const keys = [2, 2, 3, 3, 3, 11, 2];
        keys.forEach((key, press) => {
          const first = stamp(press, 0);
          receiver.press(key, (packet) => (name.startsWith('thrown') ? first : stamp(press, packet)), { marker });
        });
        assert.equal(receiver.heard.join(' '), keys.map((key) => `${'0123456789*#'[key]}:100`).join(' '));
      });
    }
  }

  test('thrown anywhere with every packet', () => {
    const receiver = new Receiver();
    for (const key of [2, 2, 3]) receiver.press(key, () => random.int(0xffff_ffff));
    assert.deepEqual(receiver.heard, ['2:100', '2:100', '3:100']);
  });

  test('all ends lost, the same key again at once, one timestamp for all', () => {
    const receiver = new Receiver();
    for (let i = 0; i < 3; i++) receiver.press(7, () => 1000, { ends: 0, pauseMs: 40 });
    receiver.digits.expire(receiver.now + 200);
    assert.deepEqual(receiver.heard, ['7:80', '7:80', '7:80']);
  });

  test('packets held up for longer than an end may be missing', () => {
    const receiver = new Receiver();
    receiver.packet(4, 1000, 160, false, true);
    receiver.digits.expire(receiver.now + 200);
    receiver.now += 300;
    for (const duration of [320, 480]) receiver.packet(4, 1000, duration);
    for (let i = 0; i < 3; i++) receiver.packet(4, 1000, 640, true);
    assert.deepEqual(receiver.heard, ['4:20']);
    receiver.press(4, () => 4000);
    assert.deepEqual(receiver.heard, ['4:20', '4:100']);
  });

  for (const heldUpMs of [300, 1500, 60_000]) {
    test(`the next packet held up for ${heldUpMs} ms at any place of the press`, () => {
      for (let before = 1; before < 7; before++) {
        const receiver = new Receiver();
        for (let i = 0; i < 7; i++) {
          if (i === before) {
            receiver.digits.expire(receiver.now + 200);
            receiver.now += heldUpMs;
          }
          receiver.packet(4, 1000, Math.min(640, 160 * (i + 1)), i >= 4, i === 0);
        }
        assert.deepEqual(receiver.heard.length, 1, `before ${before}: ${receiver.heard}`);
        receiver.now += heldUpMs;
        receiver.press(4, () => 4000);
        assert.deepEqual(receiver.heard.length, 2, `before ${before}: ${receiver.heard}`);
      }
    });
  }

  test('the first packet three times, as some gateways send it', () => {
    const receiver = new Receiver();
    for (let i = 0; i < 3; i++) receiver.packet(4, 1000, 0, false, true);
    for (let i = 0; i < 3; i++) receiver.packet(4, 1000, 800, true);
    assert.deepEqual(receiver.heard, ['4:100']);
  });

  test('a sender that counts its packets anew', () => {
    const receiver = new Receiver();
    receiver.press(4, () => 1000);
    receiver.sequence = 30_000;
    receiver.press(4, () => 1000);
    receiver.sequence = 5;
    receiver.press(4, () => 1000);
    // One packet that has lost its way is no new count.
    receiver.numbered(65_000, 4, 1000, 800, true);
    receiver.press(5, () => 1000);
    assert.equal(receiver.heard.length, 4);
  });

  test('durations are in the clock that was agreed', () => {
    for (const rate of [8000, 16_000, 48_000]) {
      const receiver = new Receiver();
      receiver.digits.clockRate = rate;
      for (let i = 1; i <= 5; i++) receiver.packet(1, 77, (i * rate) / 50, i === 5);
      assert.deepEqual(receiver.heard, ['1:100']);
    }
  });
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

test('a press longer than a duration can say goes on in segments', () => {
  for (const [rate, ms] of [
    [48_000, 1360],
    [48_000, 1380],
    [48_000, 6000],
    [16_000, 4100],
  ] as const) {
    const sender = new DigitSender(rate);
    const receiver = new Receiver();
    receiver.digits.clockRate = rate;
    sender.queue('4', ms, 40);
    sender.queue('5', 100, 40);
    const reported: number[] = [];
    for (let slot = 0; sender.active; slot++) {
      receiver.now += 20;
      if (!sender.next((slot * rate) / 50, 20)) continue;
      const { event, timestamp, duration, end, marker } = sender;
      receiver.numbered(slot, event, timestamp, duration, end, marker);
      if (event === 4 && !end) reported.push(timestamp + duration);
    }
    assert.deepEqual(receiver.heard, [`4:${ms}`, '5:100']);
    assert.ok(reported.every((until, at) => at === 0 || until > reported[at - 1]!));
  }
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
    const { event, timestamp, duration, end, marker } = sender;
    const arrive = () => receiver.numbered(slot, event, timestamp, duration, end, marker);
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
