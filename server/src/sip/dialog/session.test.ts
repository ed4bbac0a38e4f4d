import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ReinviteReply } from './invite.ts';
import { establish, established, sdp } from './testing/established.ts';
import { RawPeer } from './testing/raw-peer.ts';
import { Laboratory, TestCall, TestCallee } from './testing/two-agents.ts';

test('the 2xx is repeated at T1, doubling to T2, until the ACK; each repetition is acknowledged', () => {
  const lab = new Laboratory({ seed: 1, delayMs: 0 });
  const caller = lab.agent('10.0.0.1');
  const callee = new TestCallee(lab.agent('10.0.0.2'));
  let lost = 0;
  lab.lose = (seen) => seen.name === 'ACK' && lost++ < 5;
  const call = new TestCall().start(caller, 'sip:b@10.0.0.2');
  lab.clock.advance(40_000);
  const times = lab.seen.filter((seen) => seen.name === '200 INVITE').map((seen) => seen.atMs);
  assert.deepEqual(times, [0, 500, 1500, 3500, 7500, 11_500]);
  assert.equal(lab.count('ACK'), 6);
  assert.deepEqual(callee.answers, [null]);
  assert.equal(callee.notAcked, 0);
  assert.equal(call.ends.length, 0);
});

test('re-INVITE in both directions, refused and accepted', async () => {
  const { lab, near, far } = established(4);
  const offers: (string | null)[] = [];
  far.onReinvite = (offer, reply) => {
    offers.push(offer);
    reply.accept('far answer');
  };
  near.onReinvite = (_offer, reply) => reply.reject(488, '305 No common codec');
  const there = near.reinvite('near offer');
  await lab.clock.advanceAsync(100);
  assert.deepEqual(await there, { ok: true, answer: 'far answer' });
  assert.deepEqual(offers, ['near offer']);
  const back = far.reinvite('far offer');
  await lab.clock.advanceAsync(100);
  assert.deepEqual(await back, { ok: false, status: 488 });
  assert.equal(lab.last('488 INVITE').message.headers.get('Warning'), '305 partyline "No common codec"');
  assert.deepEqual(lab.names(), ['INVITE', '200 INVITE', 'ACK', 'INVITE', '488 INVITE', 'ACK']);
});

test('without a listener a re-INVITE gets 488', async () => {
  const { lab, near } = established(5);
  const result = near.reinvite('offer');
  await lab.clock.advanceAsync(100);
  assert.deepEqual(await result, { ok: false, status: 488 });
});

test('several offers wait their turn', async () => {
  const { lab, near, far } = established(6);
  const seen: (string | null)[] = [];
  far.onReinvite = (offer, reply) => {
    seen.push(offer);
    lab.clock.setTimer(500, () => reply.accept(`answer to ${offer}`));
  };
  const results = [near.reinvite('1'), near.reinvite('2'), near.reinvite('3')];
  await lab.clock.advanceAsync(3000);
  assert.deepEqual(seen, ['1', '2', '3']);
  assert.deepEqual(
    (await Promise.all(results)).map((result) => result.ok && result.answer),
    ['answer to 1', 'answer to 2', 'answer to 3'],
  );
});

test('glare: both get 491, wait as §14.1 says, and both offers go through', async () => {
  for (let seed = 10; seed < 20; seed++) {
    const { lab, near, far } = established(seed, { delayMs: 20 });
    near.onReinvite = (_offer, reply) => reply.accept('near answer');
    far.onReinvite = (_offer, reply) => reply.accept('far answer');
    const results = [near.reinvite('near offer'), far.reinvite('far offer')];
    const start = lab.clock.monotonic();
    await lab.clock.advanceAsync(10_000);
    assert.equal(lab.count('491 INVITE'), 2);
    assert.deepEqual(await Promise.all(results), [
      { ok: true, answer: 'far answer' },
      { ok: true, answer: 'near answer' },
    ]);
    const [, , again, last] = lab.seen.filter((seen) => seen.name === 'INVITE');
    // The side that did not choose the Call-ID comes first.
    assert.equal(again!.from, '10.0.0.2', `seed ${seed}`);
    assert.ok(again!.atMs - start <= 2000 + 100);
    assert.ok(last!.atMs - start >= 2100 && last!.atMs - start <= 4100);
  }
});

test('an offer while another is open gets 500 with Retry-After; the first one goes on', () => {
  const lab = new Laboratory({ seed: 21 });
  const callee = new TestCallee(lab.agent('10.0.0.2'));
  const peer = new RawPeer(lab);
  const toTag = establish(lab, peer, 'overlap');
  let reply: ReinviteReply | null = null;
  callee.sessions[0]!.onReinvite = (_offer, asked) => {
    reply = asked;
  };
  peer.ask('INVITE', { callId: 'overlap', cseq: 2, toTag, ...sdp });
  assert.equal(peer.ask('INVITE', { callId: 'overlap', cseq: 3, toTag, ...sdp }).name, '500 INVITE');
  const wait = Number(lab.last('500 INVITE').message.headers.get('Retry-After'));
  assert.ok(wait >= 0 && wait <= 10);
  reply!.accept('at last');
  lab.clock.advance(5);
  assert.equal(peer.last.message.body.toString(), 'at last');
  assert.equal(peer.last.message.cseq.number, 2);
});

test('a re-INVITE overtakes the ACK: taken when the first offer was answered, 491 when our offer is open', () => {
  for (const late of [false, true]) {
    const lab = new Laboratory({ seed: 22 });
    const callee = new TestCallee(lab.agent('10.0.0.2'), (invite, self) => {
      self.accept(invite).onReinvite = (_offer, reply) => reply.accept('second answer');
    });
    const peer = new RawPeer(lab);
    const toTag = peer.ask('INVITE', { callId: 'c', cseq: 1, ...(late ? {} : sdp) }).message.toTag!;
    assert.equal(peer.ask('INVITE', { callId: 'c', cseq: 2, toTag, ...sdp }).name, late ? '491 INVITE' : '200 INVITE');
    peer.send('ACK', { callId: 'c', cseq: 1, toTag, ...sdp });
    if (!late) peer.send('ACK', { callId: 'c', cseq: 2, toTag });
    lab.clock.advance(5);
    assert.deepEqual(callee.answers, late ? ['offer'] : [null, null]);
    lab.clock.advance(40_000);
    assert.equal(callee.notAcked, 0);
  }
});

test('a re-INVITE without an offer gets ours, and its ACK the answer', () => {
  const lab = new Laboratory({ seed: 23 });
  const callee = new TestCallee(lab.agent('10.0.0.2'));
  const peer = new RawPeer(lab);
  const toTag = establish(lab, peer, 'c');
  callee.sessions[0]!.onReinvite = (offer, reply) => {
    assert.equal(offer, null);
    reply.accept('our offer');
  };
  assert.equal(peer.ask('INVITE', { callId: 'c', cseq: 2, toTag }).message.body.toString(), 'our offer');
  peer.send('ACK', { callId: 'c', cseq: 2, toTag, ...sdp, body: 'their answer' });
  lab.clock.advance(5);
  assert.deepEqual(callee.answers, [null, 'their answer']);
});

test('a re-INVITE may be cancelled; the session stays', () => {
  const lab = new Laboratory({ seed: 24 });
  const callee = new TestCallee(lab.agent('10.0.0.2'));
  const peer = new RawPeer(lab);
  const toTag = establish(lab, peer, 'c');
  let reply: ReinviteReply | null = null;
  callee.sessions[0]!.onReinvite = (_offer, asked) => {
    reply = asked;
  };
  const via = 'SIP/2.0/UDP 10.0.0.9:5060;branch=z9hG4bKreinvite';
  peer.ask('INVITE', { callId: 'c', cseq: 2, toTag, via, ...sdp });
  peer.ask('CANCEL', { callId: 'c', cseq: 2, toTag, via });
  assert.equal(lab.count('200 CANCEL'), 1);
  assert.equal(lab.count('487 INVITE'), 1);
  reply!.accept('too late');
  lab.clock.advance(5);
  assert.equal(lab.last('487 INVITE').message.cseq.number, 2);
  assert.deepEqual(callee.ends, []);
});

test('digits by INFO reach the owner, other INFOs are refused by type', () => {
  const { lab, near, far } = established(27);
  const got: string[] = [];
  far.onKey = ({ digit, durationMs }) => got.push(`${digit} ${durationMs}`);
  near.sendInfo('application/dtmf-relay', 'Signal=5\r\nDuration=160');
  lab.clock.advance(100);
  near.sendInfo('application/DTMF', '#');
  lab.clock.advance(100);
  const refused = [
    ['application/media_control+xml', '<x/>'],
    ['text/plain', 'hello'],
    ['application/dtmf-relay', 'Signal=flash'],
    ['application/dtmf', ''],
  ] as const;
  for (const [type, body] of refused) {
    near.sendInfo(type, body);
    lab.clock.advance(100);
  }
  assert.deepEqual(got, ['5 160', '# 160']);
  const answers = lab.names().filter((name) => name !== 'INFO');
  assert.deepEqual(answers, ['200 INFO', '200 INFO', '415 INFO', '415 INFO', '400 INFO', '400 INFO']);
});

test('where offers come from: the other end of the flow, or what the first proxy saw', () => {
  const { lab, near, far } = established(29);
  assert.deepEqual([near.signalledFrom, far.signalledFrom], ['10.0.0.2', '10.0.0.1']);
  const callee = new TestCallee(lab.agent('10.0.0.3'));
  const probe = new RawPeer(lab);
  const chain = (received: string) =>
    `SIP/2.0/UDP 10.0.0.9:5060;branch=z9hG4bK${received.length}, SIP/2.0/UDP 192.168.1.2${received};branch=z9hG4bKx`;
  for (const received of ['', ';received=198.51.100.7', ';received=nonsense']) {
    probe.ask('INVITE', { via: chain(received), callId: `chain${received.length}` }, '10.0.0.3');
  }
  assert.deepEqual(
    callee.sessions.map((session) => session.signalledFrom),
    ['10.0.0.9', '198.51.100.7', '10.0.0.9'],
  );
});

test('a re-INVITE asked for inside onAccepted goes out after the ACK', async () => {
  const lab = new Laboratory({ seed: 33 });
  const caller = lab.agent('10.0.0.1');
  new TestCallee(lab.agent('10.0.0.2'), (invite, self) => {
    self.accept(invite).onReinvite = (_offer, reply) => reply.accept('second');
  });
  let result: unknown = null;
  new TestCall().start(caller, 'sip:b@10.0.0.2', {
    onAccepted: (session) => {
      void session.reinvite('again').then((value) => {
        result = value;
      });
      return null;
    },
  });
  await lab.clock.advanceAsync(100);
  assert.deepEqual(result, { ok: true, answer: 'second' });
  assert.deepEqual(lab.names(), ['INVITE', '200 INVITE', 'ACK', 'INVITE', '200 INVITE', 'ACK']);
});
