import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SipUserAgent } from '../user-agent.ts';
import type { InviteSession, ReinviteReply } from './invite.ts';
import { RawPeer } from './testing/raw-peer.ts';
import { Laboratory, nothingLeft, TestCall, TestCallee } from './testing/two-agents.ts';

interface Pair {
  readonly lab: Laboratory;
  readonly caller: SipUserAgent;
  readonly call: TestCall;
  readonly callee: TestCallee;
  readonly near: InviteSession;
  readonly far: InviteSession;
}

function established(seed: number, options: { delayMs?: number } = {}): Pair {
  const lab = new Laboratory({ seed, ...options });
  const caller = lab.agent('10.0.0.1');
  const callee = new TestCallee(lab.agent('10.0.0.2'));
  const call = new TestCall().start(caller, 'sip:b@10.0.0.2');
  lab.clock.advance(300);
  lab.seen.length = 0;
  return { lab, caller, call, callee, near: call.session!, far: callee.sessions[0]! };
}

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

test('an ACK that never comes ends the session after 64·T1 with BYE', () => {
  const lab = new Laboratory({ seed: 2, delayMs: 0 });
  const caller = lab.agent('10.0.0.1');
  const callee = new TestCallee(lab.agent('10.0.0.2'));
  lab.lose = (seen) => seen.name === 'ACK';
  const call = new TestCall().start(caller, 'sip:b@10.0.0.2');
  lab.clock.advance(31_999);
  assert.equal(callee.notAcked, 0);
  lab.clock.advance(2);
  assert.equal(callee.notAcked, 1);
  assert.deepEqual(callee.ends, [{ by: 'timeout', status: 408, reason: 'ACK missing' }]);
  assert.equal(call.ends[0]!.by, 'remote');
  lab.clock.advance(250_000);
  assert.deepEqual(lab.leftovers(), nothingLeft);
});

test('a callee that hangs up before the ACK waits for it with its BYE', () => {
  const lab = new Laboratory({ seed: 3, delayMs: 0 });
  const caller = lab.agent('10.0.0.1');
  const callee = new TestCallee(lab.agent('10.0.0.2'));
  let lost = 0;
  lab.lose = (seen) => seen.name === 'ACK' && lost++ < 2;
  new TestCall().start(caller, 'sip:b@10.0.0.2');
  lab.clock.advance(100);
  callee.sessions[0]!.bye();
  assert.deepEqual(callee.ends, [{ by: 'local' }]);
  lab.clock.advance(500);
  assert.equal(lab.count('BYE'), 0);
  lab.clock.advance(1000);
  assert.equal(lab.count('200 BYE'), 1);
  assert.deepEqual(callee.answers, []);
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

const sdp = { body: 'offer', headers: { 'Content-Type': 'application/sdp' } };

/** Sets up a call by hand; gives the callee's tag. */
function establish(lab: Laboratory, peer: RawPeer, callId: string): string {
  const toTag = peer.ask('INVITE', { callId, cseq: 1, ...sdp }).message.toTag!;
  peer.send('ACK', { callId, cseq: 1, toTag });
  lab.clock.advance(5);
  return toTag;
}

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

test('BYE answers what is open', () => {
  const lab = new Laboratory({ seed: 25 });
  const callee = new TestCallee(lab.agent('10.0.0.2'));
  const peer = new RawPeer(lab);
  const toTag = establish(lab, peer, 'c');
  callee.sessions[0]!.onReinvite = () => {};
  peer.ask('INVITE', { callId: 'c', cseq: 2, toTag, ...sdp });
  peer.ask('BYE', { callId: 'c', cseq: 3, toTag });
  assert.equal(lab.count('200 BYE'), 1);
  assert.equal(lab.count('487 INVITE'), 1);
  assert.equal(peer.ask('INFO', { callId: 'c', cseq: 4, toTag }).name, '481 INFO');
});

test('requests out of order get 500, a re-INVITE moves the target, a CSeq may jump', () => {
  const lab = new Laboratory({ seed: 26 });
  const callee = new TestCallee(lab.agent('10.0.0.2'), (invite, self) => {
    self.accept(invite).onReinvite = (_offer, reply) => reply.accept('answer');
  });
  const peer = new RawPeer(lab);
  lab.network.attach({ address: '10.0.0.8', port: 5070 });
  const toTag = establish(lab, peer, 'c');
  const moved = { ...sdp.headers, Contact: '<sip:moved@10.0.0.8:5070>' };
  assert.equal(peer.ask('INVITE', { callId: 'c', cseq: 50, toTag, body: 'offer', headers: moved }).name, '200 INVITE');
  peer.send('ACK', { callId: 'c', cseq: 50, toTag });
  assert.equal(peer.ask('OPTIONS', { callId: 'c', cseq: 49, toTag }).name, '500 OPTIONS');
  assert.equal(peer.ask('OPTIONS', { callId: 'c', cseq: 51, toTag }).name, '200 OPTIONS');
  assert.equal(callee.sessions[0]!.remoteTarget.host, '10.0.0.8');
  callee.sessions[0]!.bye();
  lab.clock.advance(5);
  assert.equal(lab.last('BYE').to, '10.0.0.8');
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

test('a peer that has forgotten the dialog, or is gone, ends the session', () => {
  const { lab, near, call } = established(28);
  const gone = new TestCallee(lab.agents[1]!);
  lab.lose = (seen) => seen.to === '10.0.0.2';
  near.sendInfo('application/dtmf', '1');
  lab.clock.advance(40_000);
  assert.deepEqual(call.ends, [{ by: 'timeout', status: 408 }]);
  assert.equal(gone.invites.length, 0);
  lab.clock.advance(250_000);
  assert.equal(lab.agents[0]!.counters().dialogs, 0);

  const other = established(29);
  const forgotten = other.lab.agent('10.0.0.2');
  assert.equal(forgotten.counters().dialogs, 0);
  const result = other.near.reinvite('offer');
  other.lab.clock.advance(100);
  assert.deepEqual(other.call.ends, [{ by: 'error', status: 481 }]);
  return result.then((value) => assert.deepEqual(value, { ok: false, status: 481 }));
});

test('a probe: any answer but 408 and 481 will do; silence and a forgotten dialog end the session', async () => {
  const alive = established(27);
  const answered = alive.near.probe();
  alive.lab.clock.advance(100);
  assert.equal(await answered, 200);
  assert.equal(alive.lab.count('OPTIONS'), 1);
  assert.equal(alive.call.ends.length, 0);

  alive.lab.lose = (seen) => seen.name === 'OPTIONS';
  const unanswered = alive.near.probe();
  alive.lab.clock.advance(33_000);
  assert.equal(await unanswered, 408);
  assert.deepEqual(alive.call.ends, [{ by: 'timeout', status: 408 }]);
  assert.equal(alive.lab.count('BYE'), 1);
  assert.equal(await alive.near.probe(), 481);

  const forgotten = established(28);
  forgotten.lab.lose = (seen) => seen.name === 'BYE';
  forgotten.far.bye();
  const refused = forgotten.near.probe();
  forgotten.lab.clock.advance(100);
  assert.equal(await refused, 481);
  assert.deepEqual(forgotten.call.ends, [{ by: 'timeout', status: 481 }]);
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

test('strange characters in the peer’s headers come back as they were; a confused owner harms nobody', () => {
  const lab = new Laboratory({ seed: 32 });
  const callee = new TestCallee(lab.agent('10.0.0.2'), (invite, self) => {
    const session = self.accept(invite);
    session.onReinvite = () => {
      throw new Error('confused');
    };
    session.onEnded = () => {
      throw new Error('confused again');
    };
  });
  const peer = new RawPeer(lab);
  const From = '"nul \\\0 and \\" quote" <sip:x@10.0.0.9>;tag=probe';
  const headers = { 'Content-Type': 'application/sdp' };
  const raw = { callId: 'c', body: 'offer', headers };
  const toTag = peer.ask('INVITE', { ...raw, cseq: 1, parsedHeaders: { From } }).message.toTag!;
  peer.send('ACK', { callId: 'c', cseq: 1, toTag });
  assert.equal(peer.ask('INVITE', { ...raw, cseq: 2, toTag }).name, '500 INVITE');
  callee.sessions[0]!.bye('text="with\r\nInjected: header"');
  lab.clock.advance(5);
  assert.equal(lab.last('BYE').message.headers.get('To'), From);
  assert.equal(lab.last('BYE').message.headers.has('Injected'), false);
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

test('both hang up at once: both BYEs are answered', () => {
  const { lab, near, far, call, callee } = established(30, { delayMs: 50 });
  near.bye();
  far.bye();
  lab.clock.advance(1000);
  assert.equal(lab.count('200 BYE'), 2);
  assert.deepEqual([call.ends, callee.ends], [[{ by: 'local' }], [{ by: 'local' }]]);
  lab.clock.advance(250_000);
  assert.deepEqual(lab.leftovers(), nothingLeft);
});

test('a late copy of the 200 after its transaction is over is acknowledged again', () => {
  const lab = new Laboratory({ seed: 31 });
  const caller = lab.agent('10.0.0.1');
  const peer = new RawPeer(lab);
  const call = new TestCall().start(caller, 'sip:b@10.0.0.9');
  lab.clock.advance(5);
  const { message } = lab.last('INVITE');
  const answer = () => peer.answer(message as never, 200, { body: 'answer' });
  answer();
  lab.clock.advance(40_000);
  assert.equal(lab.count('ACK'), 1);
  answer();
  lab.clock.advance(5);
  assert.equal(lab.count('ACK'), 2);
  assert.equal(call.ends.length, 0);
});
