import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SeededRandom } from '../base/random.ts';
import { acceptAnswer, answer, type LocalAudio, makeOffer, parseSession, pcma, pcmu } from './offer-answer.ts';
import { canCarry, checkAnswer } from './testing/virtual-answer-rules.ts';
import { OfferGenerator } from './testing/virtual-offers.ts';

const local: LocalAudio = {
  address: '198.51.100.7',
  port: 20000,
  rtcpPort: null,
  formats: [pcmu, pcma],
  telephoneEvent: 101,
  ptime: 20,
  direction: 'sendrecv',
  sessionId: '1',
  sessionVersion: 1,
};

test('any grammatical offer is answered line by line, and refused as a whole only when no line can carry sound', () => {
  const seed = 20_261_127;
  const random = new SeededRandom(seed);
  let answered = 0;
  for (let round = 0; round < 5_000; round++) {
    const generator = new OfferGenerator(random);
    const lines = generator.lines(1);
    const text = generator.text(1, lines);
    const why = `seed ${seed}, round ${round}:\n${text}`;
    const parsed = parseSession(text);
    assert.ok(parsed.ok, why);
    const result = answer(parsed, local);
    assert.equal(result.ok, lines.some(canCarry), why);
    if (!result.ok) continue;
    answered++;
    const live = checkAnswer(lines, result.sdp, `${why}\nanswered:\n${result.sdp}`);
    assert.equal(live, lines.findIndex(canCarry), why);
  }
  console.log(`seed ${seed}: ${answered} of 5000 answered`);
  assert.ok(answered > 1000);
});

test('what two of us agree on is the same for both', () => {
  const seed = 20_261_128;
  const random = new SeededRandom(seed);
  const directions = ['sendrecv', 'sendonly', 'recvonly', 'inactive'] as const;
  const mirror = { sendrecv: 'sendrecv', sendonly: 'recvonly', recvonly: 'sendonly', inactive: 'inactive' };
  for (let round = 0; round < 500; round++) {
    const direction = directions[random.int(4)]!;
    const event = 96 + random.int(32);
    const offering = { ...local, telephoneEvent: event, direction, ptime: 10 * (1 + random.int(6)) };
    const parsed = parseSession(makeOffer(offering));
    assert.ok(parsed.ok);
    const theirs = answer(parsed, { ...local, address: '192.0.2.9', direction: directions[random.int(4)]! });
    assert.ok(theirs.ok);
    const ours = acceptAnswer(offering, theirs.sdp);
    assert.ok(ours.ok);
    const why = `seed ${seed}, round ${round}`;
    assert.equal(ours.negotiated.send.format.payloadType, theirs.negotiated.send.format.payloadType, why);
    assert.equal(ours.negotiated.send.ptime, theirs.negotiated.send.ptime, why);
    const agreed = { payloadType: event, clockRate: 8000 };
    const events = { send: agreed, receive: [agreed] };
    assert.deepEqual([ours.negotiated.telephoneEvents, theirs.negotiated.telephoneEvents], [events, events], why);
    assert.equal(mirror[ours.negotiated.direction], theirs.negotiated.direction, why);
  }
});
