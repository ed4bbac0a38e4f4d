import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SipRequest } from '../message/message.ts';
import { establish, established, sdp } from './testing/established.ts';
import { RawPeer } from './testing/raw-peer.ts';
import { Laboratory, nothingLeft, PASSWORD, TestCall, TestCallee } from './testing/two-agents.ts';

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

test('a re-INVITE that is refused, or taken back, leaves the target where it was', () => {
  const lab = new Laboratory({ seed: 31 });
  const callee = new TestCallee(lab.agent('10.0.0.2'));
  const peer = new RawPeer(lab);
  lab.network.attach({ address: '10.0.0.8', port: 5070 });
  const toTag = establish(lab, peer, 'c');
  const session = callee.sessions[0]!;
  const moved = { ...sdp.headers, Contact: '<sip:moved@10.0.0.8:5070>' };
  session.onReinvite = (_offer, reply) => reply.reject(488);
  assert.equal(peer.ask('INVITE', { callId: 'c', cseq: 2, toTag, body: 'offer', headers: moved }).name, '488 INVITE');
  assert.equal(session.remoteTarget.host, '10.0.0.9');
  const via = 'SIP/2.0/UDP 10.0.0.9:5060;branch=z9hG4bKreinvite';
  session.onReinvite = () => {};
  peer.ask('INVITE', { callId: 'c', cseq: 3, toTag, via, body: 'offer', headers: moved });
  peer.ask('CANCEL', { callId: 'c', cseq: 3, toTag, via });
  assert.equal(lab.count('487 INVITE'), 1);
  session.bye();
  lab.clock.advance(5);
  assert.equal(lab.last('BYE').to, '10.0.0.9');
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

test('a caller that asks who says goodbye, or changes the session, is told, where it is known who we are to it', () => {
  for (const credentials of [{ username: 'line7', password: PASSWORD }, null]) {
    const lab = new Laboratory({ seed: 31 });
    const callee = new TestCallee(lab.agent('10.0.0.2'), (invite, self) => {
      invite.credentials = credentials;
      self.accept(invite);
    });
    const peer = new RawPeer(lab);
    establish(lab, peer, 'c');
    const challenge: [string, string] = ['Proxy-Authenticate', 'Digest realm="carrier.test", nonce="n1", qop="auth"'];
    const asked = (method: string) => {
      const { message } = lab.last(method);
      assert.ok(message instanceof SipRequest);
      return message;
    };
    void callee.sessions[0]!.reinvite('hold');
    lab.clock.advance(5);
    peer.answer(asked('INVITE'), 407, { headers: [challenge] });
    lab.clock.advance(5);
    if (credentials !== null) {
      assert.match(asked('INVITE').headers.get('Proxy-Authorization') ?? '', /username="line7".*nc=00000001/);
      peer.answer(asked('INVITE'), 200, { body: 'held' });
      lab.clock.advance(5);
    }
    callee.sessions[0]!.bye();
    lab.clock.advance(5);
    const bye = asked('BYE');
    assert.equal(bye.headers.has('Proxy-Authorization'), credentials !== null);
    peer.answer(bye, 200);
    lab.clock.advance(5);
    assert.equal(callee.ends.length, 1);
  }
});
