import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SipRequest } from '../message/message.ts';
import type { SipUri } from '../message/uri.ts';
import { RawPeer } from './testing/raw-peer.ts';
import { Laboratory, nothingLeft, PASSWORD, TestCall, TestCallee } from './testing/two-agents.ts';

const RING_ONLY = (invite: { progress(status: 180): void }): void => invite.progress(180);

function requestOf(lab: Laboratory, name: string): SipRequest {
  const { message } = lab.last(name);
  assert.ok(message instanceof SipRequest);
  return message;
}

test('CANCEL: the callee hears why, the INVITE gets 487 and its ACK', () => {
  const lab = new Laboratory({ seed: 1 });
  const caller = lab.agent('10.0.0.1');
  const callee = new TestCallee(lab.agent('10.0.0.2'), RING_ONLY);
  const call = new TestCall().start(caller, 'sip:b@10.0.0.2');
  lab.clock.advance(100);
  call.invite!.cancel('SIP;cause=200;text="Done"');
  assert.equal(call.rejected, '487 Request Terminated');
  lab.clock.advance(100);
  assert.deepEqual(callee.cancelled, ['SIP;cause=200;text="Done"']);
  assert.equal(callee.invites[0]!.pending, false);
  assert.deepEqual(lab.names(), ['INVITE', '180 INVITE', 'CANCEL', '200 CANCEL', '487 INVITE', 'ACK']);
  callee.invites[0]!.reject(486);
  callee.invites[0]!.progress(180);
  assert.throws(() => callee.invites[0]!.accept('too late'), /already been decided/);
  lab.clock.advance(250_000);
  assert.deepEqual(lab.leftovers(), nothingLeft);
});

test('a CANCEL that crosses the 200: ACK, then BYE, and the caller is not told of a session', () => {
  const lab = new Laboratory({ seed: 2, delayMs: 50 });
  const caller = lab.agent('10.0.0.1');
  const callee = new TestCallee(lab.agent('10.0.0.2'), (invite, self) => {
    invite.progress(180);
    lab.clock.setTimer(150, () => self.accept(invite));
  });
  const call = new TestCall().start(caller, 'sip:b@10.0.0.2');
  lab.clock.advance(190);
  call.invite!.cancel();
  lab.clock.advance(2000);
  assert.equal(call.session, null);
  assert.equal(call.rejected, '487 Request Terminated');
  assert.deepEqual(callee.ends, [{ by: 'remote' }]);
  assert.equal(lab.count('BYE'), 1);
  lab.clock.advance(250_000);
  assert.deepEqual(lab.leftovers(), nothingLeft);
});

test('nobody answers in time: every branch is cancelled and the caller gets 408, once', () => {
  const lab = new Laboratory({ seed: 3 });
  const caller = lab.agent('10.0.0.1');
  const first = new TestCallee(lab.agent('10.0.0.2'), RING_ONLY);
  const second = new TestCallee(lab.agent('10.0.0.3'), RING_ONLY);
  const call = new TestCall().start(caller, ['sip:b@10.0.0.2', 'sip:b@10.0.0.3', 'sip:b@10.0.0.4'], {
    timeoutMs: 5000,
  });
  lab.clock.advance(4999);
  assert.equal(call.rejected, null);
  lab.clock.advance(100);
  assert.equal(call.rejected, '408 Request Timeout');
  assert.deepEqual([first.cancelled.length, second.cancelled.length], [1, 1]);
  lab.clock.advance(250_000);
  assert.deepEqual(lab.leftovers(), nothingLeft);
});

test('parallel targets: the first 200 wins, the others are cancelled with the reason', () => {
  const lab = new Laboratory({ seed: 4 });
  const caller = lab.agent('10.0.0.1');
  const busy = new TestCallee(lab.agent('10.0.0.2'), (invite) => invite.reject(486));
  const slow = new TestCallee(lab.agent('10.0.0.3'), RING_ONLY);
  const fast = new TestCallee(lab.agent('10.0.0.4'), (invite, self) => {
    lab.clock.setTimer(1000, () => self.accept(invite, 'fast answer'));
  });
  const call = new TestCall().start(caller, ['sip:b@10.0.0.2', 'sip:b@10.0.0.3', 'sip:b@10.0.0.4']);
  lab.clock.advance(2000);
  assert.equal(call.sdp, 'fast answer');
  assert.equal(call.rejected, null);
  assert.equal(busy.invites.length, 1);
  assert.deepEqual(slow.cancelled, ['SIP;cause=200;text="Call completed elsewhere"']);
  assert.equal(fast.sessions.length, 1);
  const ids = new Set([busy, slow, fast].map((callee) => callee.invites[0]!.request.callId));
  assert.equal(ids.size, 1);
  call.session!.bye();
  lab.clock.advance(250_000);
  assert.deepEqual(lab.leftovers(), nothingLeft);
});

test('two answer at the same time: one session, the other gets ACK and BYE', () => {
  const lab = new Laboratory({ seed: 5 });
  const caller = lab.agent('10.0.0.1');
  const callees = ['10.0.0.2', '10.0.0.3'].map((host) => new TestCallee(lab.agent(host)));
  const call = new TestCall().start(caller, ['sip:b@10.0.0.2', 'sip:b@10.0.0.3']);
  lab.clock.advance(1000);
  assert.notEqual(call.session, null);
  assert.deepEqual(call.ends, []);
  assert.deepEqual(
    callees.map((callee) => callee.ends.length),
    [0, 1],
  );
  assert.deepEqual(
    callees.map((callee) => callee.answers.length),
    [1, 1],
  );
});

test('forks behind one target: every 2xx is a dialog of its own, repeated ones are acknowledged again', () => {
  const lab = new Laboratory({ seed: 6 });
  const caller = lab.agent('10.0.0.1');
  const proxy = new RawPeer(lab);
  const call = new TestCall().start(caller, 'sip:b@10.0.0.9');
  lab.clock.advance(5);
  const invite = requestOf(lab, 'INVITE');
  for (const toTag of ['one', 'two']) proxy.answer(invite, 183, { toTag, body: `early ${toTag}` });
  lab.clock.advance(5);
  assert.deepEqual(call.progress, ['183 early one', '183 early two']);
  for (const toTag of ['two', 'one', 'three', 'two']) {
    proxy.answer(invite, 200, { toTag, ...(toTag === 'two' ? {} : { body: `answer ${toTag}` }) });
    lab.clock.advance(5);
  }
  // The fork that won gave its answer in the 183 only.
  assert.equal(call.sdp, 'early two');
  const tags = (name: string) => lab.seen.filter((seen) => seen.name === name).map((seen) => seen.message.toTag);
  assert.deepEqual(tags('ACK'), ['two', 'one', 'three', 'two']);
  assert.deepEqual(tags('BYE'), ['one', 'three']);
});

test('forks without end: every 2xx that is acknowledged is ended too, but the one that counts', () => {
  for (const cancelled of [false, true]) {
    const lab = new Laboratory({ seed: 15 });
    const caller = lab.agent('10.0.0.1');
    const proxy = new RawPeer(lab);
    const call = new TestCall().start(caller, 'sip:b@10.0.0.9');
    lab.clock.advance(5);
    const invite = requestOf(lab, 'INVITE');
    if (cancelled) call.invite!.cancel();
    // The second time they are copies.
    for (let time = 0; time < 2; time++) {
      for (let fork = 0; fork < 100; fork++) proxy.answer(invite, 200, { toTag: `fork${fork}`, body: 'answer' });
      lab.clock.advance(5);
    }
    const tags = (name: string) => {
      const those = lab.seen.filter((seen) => seen.name === name).map((seen) => seen.message.toTag);
      return [...new Set(those)].sort();
    };
    assert.equal(tags('ACK').length, 16, 'more than that is not heard');
    const ended = tags('ACK').filter((tag) => cancelled || tag !== 'fork0');
    assert.deepEqual(tags('BYE'), ended);
    assert.equal(call.sdp, cancelled ? null : 'answer');
  }
});

test('all refuse: a person’s no counts more than an absence, and 6xx ends the search at once', () => {
  const lab = new Laboratory({ seed: 7 });
  const caller = lab.agent('10.0.0.1');
  const statuses = [503, 404, 486, 480];
  for (const [index, status] of statuses.entries()) {
    new TestCallee(lab.agent(`10.0.1.${index}`), (invite) => invite.reject(status));
  }
  const targets = statuses.map((_, index) => `sip:b@10.0.1.${index}`);
  const call = new TestCall().start(caller, targets);
  lab.clock.advance(1000);
  assert.equal(call.rejected, '486 Busy Here');

  const ringing = new TestCallee(lab.agent('10.0.2.1'), RING_ONLY);
  new TestCallee(lab.agent('10.0.2.2'), (invite) => lab.clock.setTimer(100, () => invite.reject(603)));
  const declined = new TestCall().start(caller, ['sip:b@10.0.2.1', 'sip:b@10.0.2.2']);
  lab.clock.advance(1000);
  assert.equal(declined.rejected, '603 Decline');
  assert.equal(ringing.cancelled.length, 1);
});

test('targets that cannot be reached are told after invite() has returned', () => {
  const lab = new Laboratory({ seed: 8 });
  const caller = lab.agent('10.0.0.1', { limits: { pendingInvites: 2 } });
  const nowhere = new TestCall().start(caller, ['sip:b@no-such-name.test', 'sip:b@10.0.0.2;transport=tls']);
  assert.equal(nowhere.rejected, null);
  lab.clock.advance(1);
  assert.equal(nowhere.rejected, '480 No Way To The Target');
  const calls = [1, 2, 3].map(() => new TestCall().start(caller, 'sip:b@10.0.0.3'));
  lab.clock.advance(1);
  assert.deepEqual(
    calls.map((call) => call.rejected),
    [null, null, '503 Too Many Calls'],
  );
  const refused = new TestCall();
  for (const call of calls) call.invite!.cancel();
  refused.start(caller, 'sip:b@10.0.0.3;transport=tcp');
  lab.clock.advance(10);
  assert.equal(refused.rejected, '503 Service Unavailable');
});

test('late offer: the callee offers in its 200, our answer goes in the ACK', () => {
  const lab = new Laboratory({ seed: 9 });
  const caller = lab.agent('10.0.0.1');
  const callee = new TestCallee(lab.agent('10.0.0.2'), (invite, self) => {
    assert.equal(invite.offer, null);
    self.accept(invite, 'callee offer');
  });
  const call = new TestCall().start(caller, 'sip:b@10.0.0.2', { offer: null });
  lab.clock.advance(100);
  assert.equal(call.sdp, 'callee offer');
  assert.deepEqual(callee.answers, ['late answer']);

  const without = new TestCall();
  without.lateAnswer = null;
  without.start(caller, 'sip:b@10.0.0.2', { offer: null });
  lab.clock.advance(100);
  assert.deepEqual(without.ends, [{ by: 'local' }]);
  assert.equal(callee.ends.length, 1);
});

test('a session ended inside onAccepted, or whose owner throws, is acknowledged before its BYE', () => {
  for (const offer of ['offer', null]) {
    const lab = new Laboratory({ seed: 10 });
    const caller = lab.agent('10.0.0.1');
    new TestCallee(lab.agent('10.0.0.2'));
    new TestCall().start(caller, 'sip:b@10.0.0.2', {
      offer,
      onAccepted: (session) => {
        session.bye();
        return null;
      },
    });
    new TestCall().start(caller, 'sip:b@10.0.0.2', {
      offer,
      onAccepted: () => {
        throw new Error('the owner is confused');
      },
    });
    lab.clock.advance(100);
    const order = lab.names().filter((name) => name === 'ACK' || name === 'BYE');
    assert.equal(order[0], 'ACK');
    assert.equal(lab.count('ACK'), 2);
    assert.equal(lab.count('200 BYE'), 2);
  }
});

test('a redirect is followed with the same Call-ID and a new CSeq, not for ever', () => {
  const lab = new Laboratory({ seed: 11 });
  const caller = lab.agent('10.0.0.1');
  const contact = (...values: string[]): [string, string][] => values.map((value) => ['Contact', value]);
  new TestCallee(lab.agent('10.0.0.2'), (invite) => invite.reject(302, undefined, contact('<sip:c@10.0.0.3>')));
  const callee = new TestCallee(lab.agent('10.0.0.3'));
  const mayRedirect = (to: SipUri) => [{ uri: to }];
  const unasked = new TestCall().start(caller, 'sip:b@10.0.0.2');
  lab.clock.advance(1000);
  assert.equal(unasked.rejected, '302 Moved Temporarily', 'nobody said that it may lead anywhere');
  assert.equal(callee.invites.length, 0);
  const call = new TestCall().start(caller, 'sip:b@10.0.0.2', { mayRedirect });
  lab.clock.advance(1000);
  assert.equal(call.sdp, 'answer');
  assert.equal(callee.invites[0]!.dialled, 'c');
  assert.equal(callee.invites[0]!.request.cseq.number, 2);

  new TestCallee(lab.agent('10.0.0.4'), (invite) =>
    invite.reject(302, undefined, contact('<sip:a@10.0.0.4>', '<sip:b@10.0.0.4>')),
  );
  const circle = new TestCall().start(caller, 'sip:b@10.0.0.4', { mayRedirect, redirectsAtOnce: true });
  lab.clock.advance(1000);
  assert.equal(circle.rejected, '302 Moved Temporarily');
  assert.equal(lab.seen.filter((seen) => seen.name === 'INVITE' && seen.to === '10.0.0.4').length, 6);
});

test('a proxy’s 407 and the server’s 401 are both answered; a wrong password is not tried again', () => {
  const lab = new Laboratory({ seed: 12 });
  const caller = lab.agent('10.0.0.1');
  const peer = new RawPeer(lab);
  const call = new TestCall().start(caller, 'sip:b@10.0.0.9', {
    credentials: { username: 'u', password: PASSWORD },
  });
  const refuse = (status: number, header: string, realm: string) => {
    lab.clock.advance(5);
    const value = `Digest realm="${realm}", nonce="n${lab.seen.length}", qop="auth", algorithm=MD5`;
    peer.answer(requestOf(lab, 'INVITE'), status, { headers: [[header, value]] });
    lab.clock.advance(5);
  };
  refuse(407, 'Proxy-Authenticate', 'proxy');
  assert.match(requestOf(lab, 'INVITE').headers.get('Proxy-Authorization')!, /realm="proxy"/);
  refuse(401, 'WWW-Authenticate', 'server');
  const third = requestOf(lab, 'INVITE');
  assert.match(third.headers.get('Proxy-Authorization')!, /nc=00000002/);
  assert.match(third.headers.get('Authorization')!, /realm="server"/);
  assert.equal(third.cseq.number, 3);
  refuse(401, 'WWW-Authenticate', 'server');
  assert.equal(call.rejected, '401 Unauthorized');
  assert.equal(lab.count('INVITE'), 3);
});

test('a host named by a redirect is given no credentials', () => {
  const lab = new Laboratory({ seed: 14 });
  const caller = lab.agent('10.0.0.1');
  const moved: [string, string][] = [['Contact', '<sip:c@10.0.0.3>']];
  new TestCallee(lab.agent('10.0.0.2'), (invite) => invite.reject(302, undefined, moved));
  const guess: [string, string][] = [['WWW-Authenticate', 'Digest realm="any", nonce="n", algorithm=MD5']];
  new TestCallee(lab.agent('10.0.0.3'), (invite) => invite.reject(401, undefined, guess));
  const call = new TestCall().start(caller, 'sip:b@10.0.0.2', {
    credentials: { username: 'u', password: PASSWORD },
    mayRedirect: (to) => [{ uri: to }],
  });
  lab.clock.advance(1000);
  assert.equal(call.rejected, '401 Unauthorized');
  assert.equal(requestOf(lab, 'INVITE').headers.get('Authorization'), null);
  assert.equal(lab.count('INVITE'), 2);
});

test('the caller leaves an early dialog by BYE, or lets the INVITE expire', () => {
  const lab = new Laboratory({ seed: 13 });
  const callee = new TestCallee(lab.agent('10.0.0.2'), RING_ONLY);
  const caller = new RawPeer(lab);
  const toTag = caller.ask('INVITE', { callId: 'early', cseq: 1 }).message.toTag!;
  assert.equal(caller.ask('OPTIONS', { callId: 'early', cseq: 2, toTag }).name, '200 OPTIONS');
  assert.equal(caller.ask('INVITE', { callId: 'early', cseq: 3, toTag }).name, '500 INVITE');
  assert.equal(caller.ask('BYE', { callId: 'early', cseq: 2, toTag }).name, '500 BYE');
  caller.ask('BYE', { callId: 'early', cseq: 4, toTag, headers: { Reason: 'Q.850;cause=16' } });
  assert.equal(lab.count('200 BYE'), 1);
  assert.equal(caller.last.name, '487 INVITE');
  assert.deepEqual(callee.cancelled, ['Q.850;cause=16']);

  caller.ask('INVITE', { callId: 'short', headers: { Expires: '3' } });
  lab.clock.advance(3000);
  assert.deepEqual(callee.cancelled, ['Q.850;cause=16', 'Expired']);
});

test('it rings on: the provisional response is repeated every minute', () => {
  const lab = new Laboratory({ seed: 14 });
  const callee = new TestCallee(lab.agent('10.0.0.2'), RING_ONLY);
  new RawPeer(lab).send('INVITE');
  lab.clock.advance(185_000);
  assert.equal(lab.count('180 INVITE'), 4);
  callee.invites[0]!.reject(480);
  lab.clock.advance(70_000);
  assert.equal(lab.count('180 INVITE'), 4);
});
