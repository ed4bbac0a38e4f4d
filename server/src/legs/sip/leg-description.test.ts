import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SeededRandom } from '../../base/random.ts';
import { opus, parseSession, pcma } from '../../sdp/offer-answer.ts';
import { canCarry, checkAnswer, linesOf } from '../../sdp/testing/virtual-answer-rules.ts';
import { type OfferedLine, OfferGenerator } from '../../sdp/testing/virtual-offers.ts';
import { LegDescription, legConfiguration } from './leg-description.ts';
import { OwnPorts } from './own-ports.ts';

const media = { address: '127.0.0.1', port: 20000, rtcpPort: 20001 };
const head = ['v=0', 'o=- 1 1 IN IP4 127.0.0.1', 's=-', 'c=IN IP4 127.0.0.1', 't=0 0'];
const text = (...lines: string[]) => `${[...head, ...lines].join('\r\n')}\r\n`;

function fresh(): LegDescription {
  return new LegDescription(media, new SeededRandom(1), new OwnPorts());
}

function answered(description: LegDescription, ...lines: string[]): string {
  const parsed = parseSession(text(...lines));
  assert.ok(parsed.ok);
  const result = description.answer(parsed);
  assert.ok(result.ok, JSON.stringify(result));
  return result.sdp;
}

const audio = 'm=audio 6000 RTP/AVP 0';

test('who never heard us does not hold; who takes away the sound that it heard does, in whatever way, until it hears again', () => {
  const ways = [['a=sendonly'], ['a=inactive'], ['c=IN IP4 0.0.0.0'], ['c=IN IP4 0.0.0.0', 'a=sendonly']];
  for (const [first, holds] of [
    [[], true],
    [['a=recvonly'], true],
    [['a=sendonly'], false],
    [['a=inactive'], false],
    [['c=IN IP4 0.0.0.0'], false],
  ] as const) {
    for (const way of [...ways, null]) {
      const description = fresh();
      answered(description, audio, ...first);
      assert.equal(description.held, false, 'as it began');
      description.stand();
      answered(description, audio, ...first);
      assert.equal(description.held, false, 'a refresh');
      const now = way === null ? ['m=audio 0 RTP/AVP 0'] : [audio, ...way];
      answered(description, ...now);
      assert.equal(description.held, holds, `${first} → ${now}`);
      answered(description, ...now);
      assert.equal(description.held, holds, 'again');
      answered(description, audio);
      assert.equal(description.held, false, 'back');
      answered(description, ...now);
      assert.equal(description.held, true, 'now it has heard us');
    }
  }
});

test('a called party that answers sendonly does not hold; that answer to a later offer of ours does', () => {
  const description = fresh();
  description.offer();
  assert.ok(description.accept(text(audio)));
  assert.ok(description.accept(text(audio, 'a=sendonly')));
  assert.equal(description.held, false);
  description.stand();
  description.offer();
  assert.ok(description.accept(text(audio, 'a=sendrecv')));
  description.offer();
  assert.ok(description.accept(text(audio, 'a=inactive')));
  assert.equal(description.held, true);
  description.offer();
  assert.ok(description.accept(text('m=audio 0 RTP/AVP 0')), 'refused audio in a session that stands is a hold');
  assert.deepEqual([description.held, description.negotiated?.remote], [true, null]);
  description.offer();
  assert.ok(description.accept(text(audio)));
  assert.equal(description.held, false);
  const refusing = fresh();
  refusing.offer();
  assert.equal(refusing.accept(text('m=audio 0 RTP/AVP 0')), null, 'a call without sound is none');
});

test('port 0: answered with port 0 and nothing else, and given back whole; a fax in its place is refused, so that the sound stays', () => {
  const description = fresh();
  answered(description, 'm=video 5000 RTP/AVP 34', audio);
  description.stand();
  const off = answered(description, 'm=video 5000 RTP/AVP 34', 'm=audio 0 RTP/AVP 0');
  assert.deepEqual(off.match(/^m=.*$/gm), ['m=video 0 RTP/AVP 34', 'm=audio 0 RTP/AVP 0']);
  assert.deepEqual(description.offer().match(/^m=.*$/gm), ['m=video 0 RTP/AVP 34', 'm=audio 20000 RTP/AVP 0 8 101']);
  answered(description, 'm=video 0 RTP/AVP 34', audio);
  for (const lines of [
    ['m=video 0 RTP/AVP 34', 'm=audio 0 RTP/AVP 0', 'm=image 4000 udptl t38'],
    ['m=video 0 RTP/AVP 34', 'm=image 4000 udptl t38'],
    ['m=video 0 RTP/AVP 34', 'm=audio 0 RTP/AVP 0', 'm=audio 4000 RTP/SAVP 0'],
  ]) {
    const parsed = parseSession(text(...lines));
    assert.ok(parsed.ok && !description.answer(parsed).ok);
    assert.equal(description.negotiated?.remote?.port, 6000);
  }
  answered(description, 'm=video 0 RTP/AVP 34', 'm=audio 0 RTP/AVP 0', 'm=audio 7000 RTP/AVP 8');
  assert.equal(description.negotiated?.remote?.port, 7000, 'another line takes its place');
});

test('numbers that were agreed stay, in offers of ours too, and none is used for something else', () => {
  const event = (sdp: string) => sdp.match(/^a=rtpmap:.*event.*$/m)?.[0];
  const first = fresh();
  answered(first, `${audio} 96`, 'a=rtpmap:96 telephone-event/8000');
  assert.equal(event(first.offer()), 'a=rtpmap:96 telephone-event/8000');
  const taken = fresh();
  answered(taken, `${audio} 101 96`, 'a=rtpmap:101 opus/48000/2', 'a=rtpmap:96 speex/8000');
  assert.equal(event(taken.offer()), 'a=rtpmap:97 telephone-event/8000');
  const dynamic = fresh();
  answered(dynamic, 'm=audio 6000 RTP/AVP 98 99', 'a=rtpmap:98 PCMA/8000', 'a=rtpmap:99 telephone-event/48000');
  const offer = dynamic.offer();
  assert.match(offer, /^m=audio 20000 RTP\/AVP 0 98 99\r$/m);
  assert.equal(event(offer), 'a=rtpmap:99 telephone-event/48000');
  const called = fresh();
  called.offer();
  const theirs = called.accept(text('m=audio 6000 RTP/AVP 0 110', 'a=rtpmap:110 telephone-event/8000'));
  const numbers = theirs?.telephoneEvents.receive.map(({ payloadType }) => payloadType);
  assert.deepEqual([theirs?.telephoneEvents.send?.payloadType, numbers], [110, [110, 101]]);
  called.stand();
  assert.equal(event(called.offer()), 'a=rtpmap:101 telephone-event/8000', 'as we numbered it first');
});

/** One session from its first offer on: whatever either side offers and answers, at random. */
function live(random: SeededRandom, why: string): number {
  const generator = new OfferGenerator(random);
  const description = fresh();
  /** By our descriptions: what a number of the audio line means, the lines, and the version. */
  const meanings = new Map<string, string>();
  let lines: readonly string[] = [];
  let last = { version: 0, rest: '' };
  let agreements = 0;
  const say = (sdp: string) => {
    const version = Number(/^o=partyline \d+ (\d+) /m.exec(sdp)?.[1]);
    const rest = sdp.replace(/^o=.*$/m, '');
    assert.equal(version, rest === last.rest ? last.version : last.version + 1, `${why}\n${sdp}`);
    last = { version, rest };
    lines = linesOf(sdp).map((line) => line.media);
    return linesOf(sdp);
  };
  const remember = (sdp: string) => {
    for (const [index, line] of linesOf(sdp).entries()) {
      if (line.port === 0) continue;
      for (const [type, meaning] of line.maps) {
        const key = `${index} ${type}`;
        assert.equal(meanings.get(key) ?? meaning, meaning, `${why}\n${sdp}`);
        meanings.set(key, meaning);
      }
    }
  };
  for (let turn = 0; turn < 12; turn++) {
    if (agreements > 0 && random.int(3) === 0) {
      const before = lines;
      const offer = description.offer();
      const said = say(offer);
      assert.deepEqual(lines, before, `${why}: our offer keeps the lines\n${offer}`);
      assert.equal(said.filter((line) => line.port !== 0).length, 1, why);
      remember(offer);
      continue;
    }
    const offered: readonly OfferedLine[] = generator.lines(1, lines);
    const offer = generator.text(turn, offered);
    const parsed = parseSession(offer);
    assert.ok(parsed.ok, offer);
    const result = description.answer(parsed);
    if (offered.some(canCarry)) assert.ok(result.ok, `${why}\n${offer}`);
    if (!result.ok) continue;
    say(result.sdp);
    checkAnswer(offered, result.sdp, `${why}\n${offer}\n${result.sdp}`);
    // What they say of the line that is talked over holds from now on.
    remember(result.sdp);
    if (++agreements === 1) description.stand();
  }
  return agreements;
}

test('over any sequence of offers from both sides lines, numbers and version keep their rules', () => {
  const seed = 20_261_129;
  const random = new SeededRandom(seed);
  let agreements = 0;
  for (let session = 0; session < 100; session++) agreements += live(random, `seed ${seed}, session ${session}`);
  console.log(`seed ${seed}: ${agreements} agreements`);
  assert.ok(agreements > 100);
});

test('other formats than usual are offered in their order, and the media process knows them with their clock', () => {
  const description = new LegDescription(media, new SeededRandom(1), new OwnPorts(), [opus, pcma]);
  assert.match(description.offer(), /^m=audio 20000 RTP\/AVP 111 8 101\r\n/m);
  const negotiated = description.accept(text('m=audio 6000 RTP/AVP 111 8', 'a=rtpmap:111 opus/48000/2'));
  assert.ok(negotiated);
  const { send, receive } = legConfiguration(negotiated, null);
  assert.deepEqual(send, { payloadType: 111, codec: 'OPUS/48000', ptime: 20 });
  assert.deepEqual(receive, [
    { payloadType: 111, codec: 'OPUS/48000' },
    { payloadType: 8, codec: 'PCMA' },
  ]);
});
