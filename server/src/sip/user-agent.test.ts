import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Secret } from '../base/secret.ts';
import { RawPeer } from './dialog/testing/raw-peer.ts';
import {
  account,
  address,
  Laboratory,
  nothingLeft,
  PASSWORD,
  TestCall,
  TestCallee,
  uri,
} from './dialog/testing/two-agents.ts';
import type { RegistrationState, SipUserAgent } from './user-agent.ts';

test('a call is set up, answered and ended by either side', () => {
  for (const ender of ['caller', 'callee'] as const) {
    const lab = new Laboratory({ seed: 1 });
    const caller = lab.agent('10.0.0.1');
    const callee = new TestCallee(lab.agent('10.0.0.2'), (invite, self) => {
      assert.equal(invite.dialled, 'b');
      assert.equal(invite.from.displayName, 'Caller');
      assert.equal(invite.offer, 'offer');
      invite.progress(180);
      self.accept(invite);
    });
    const call = new TestCall().start(caller, 'sip:b@10.0.0.2');
    lab.clock.advance(100);
    assert.deepEqual(call.progress, ['180']);
    assert.equal(call.sdp, 'answer');
    assert.deepEqual(callee.answers, [null]);
    if (ender === 'caller') call.session!.bye('Q.850;cause=16');
    else callee.sessions[0]!.bye('Q.850;cause=16');
    lab.clock.advance(100);
    const local = ender === 'caller' ? call.ends : callee.ends;
    const remote = ender === 'caller' ? callee.ends : call.ends;
    assert.deepEqual(local, [{ by: 'local' }]);
    assert.deepEqual(remote, [{ by: 'remote', reason: 'Q.850;cause=16' }]);
    assert.deepEqual(lab.names(), ['INVITE', '180 INVITE', '200 INVITE', 'ACK', 'BYE', '200 BYE']);
    lab.clock.advance(250_000);
    assert.deepEqual(lab.leftovers(), nothingLeft);
  }
});

test('1000 calls over a network that loses 10 % and reorders: none fails, nothing is left', async () => {
  const seed = 20_260_101;
  const lab = new Laboratory({ seed, loss: 0.1, delayMs: 5, jitterMs: 20, record: false });
  const caller = lab.agent('10.0.0.1', { limits: { dialogs: 5000 } });
  const callee = lab.agent('10.0.0.2');
  let answered = 0;
  let ended = 0;
  const failures: string[] = [];
  callee.onInvite = (invite) => {
    invite.progress(180);
    lab.clock.setTimer(50, () => {
      const session = invite.accept('answer');
      session.onReinvite = (_offer, reply) => reply.accept('second answer');
      session.onNotAcked = () => failures.push('not acked');
      session.onEnded = (end) => {
        if (end.by !== 'remote' && end.by !== 'local') failures.push(`callee ${JSON.stringify(end)}`);
        ended++;
      };
      if (answered++ % 2 === 0) lab.clock.setTimer(3000, () => session.bye());
    });
  };
  const calls: TestCall[] = [];
  let reinvited = 0;
  for (let index = 0; index < 1000; index++) {
    const call = new TestCall();
    calls.push(call);
    call.start(caller, 'sip:b@10.0.0.2', {
      onAccepted: (session, sdp) => {
        call.session = session;
        call.sdp = sdp;
        session.onEnded = (end) => call.ends.push(end);
        if (index % 5 === 0) {
          void session.reinvite('second offer').then((result) => {
            if (result.ok) reinvited++;
            else if (!session.ended) failures.push(`re-INVITE ${result.status}`);
          });
        }
        lab.clock.setTimer(3100, () => session.bye());
        return null;
      },
    });
    await lab.clock.advanceAsync(10);
  }
  await lab.clock.advanceAsync(60_000);
  const unanswered = calls.filter((call) => call.sdp !== 'answer').map((call) => call.rejected);
  assert.deepEqual({ seed, unanswered, failures }, { seed, unanswered: [], failures: [] });
  assert.equal(answered, 1000);
  assert.equal(ended, 1000);
  assert.ok(calls.every((call) => call.ends.length === 1));
  assert.ok(reinvited > 150, `${reinvited} re-INVITEs were answered`);
  lab.clock.advance(250_000);
  assert.deepEqual(lab.leftovers(), nothingLeft);
});

test('OPTIONS, unknown methods, unknown dialogs, Require and hops get their answers', () => {
  const lab = new Laboratory({ seed: 3 });
  lab.agent('10.0.0.2');
  const probe = new RawPeer(lab);
  assert.equal(probe.ask('OPTIONS').name, '200 OPTIONS');
  assert.match(probe.last.message.headers.get('Allow')!, /INVITE.*INFO/);
  assert.match(probe.last.message.headers.get('Accept')!, /application\/sdp/);
  assert.equal(probe.last.message.headers.get('Supported'), '100rel, norefersub, replaces');
  assert.notEqual(probe.last.message.toTag, null);
  assert.equal(probe.ask('PUBLISH').name, '405 PUBLISH');
  assert.match(probe.last.message.headers.get('Allow')!, /REGISTER/);
  assert.equal(probe.ask('BYE').name, '481 BYE');
  assert.equal(probe.ask('PRACK').name, '481 PRACK');
  assert.equal(probe.ask('BYE', { toTag: 'none' }).name, '481 BYE');
  assert.equal(probe.ask('INVITE', { toTag: 'none' }).name, '481 INVITE');
  assert.equal(probe.ask('INVITE', { headers: { Require: '100rel, x-strange' } }).name, '420 INVITE');
  assert.equal(probe.last.message.headers.get('Unsupported'), 'x-strange');
  assert.equal(probe.ask('INVITE', { headers: { 'Max-Forwards': '0' } }).name, '483 INVITE');
  assert.equal(probe.ask('OPTIONS', { headers: { 'Max-Forwards': '0' } }).name, '200 OPTIONS');
  assert.equal(probe.ask('INVITE', { uri: 'urn:service:sos' }).name, '416 INVITE');
  assert.equal(probe.ask('INVITE', { body: 'hello', headers: { 'Content-Type': 'text/plain' } }).name, '415 INVITE');
  assert.equal(probe.ask('INVITE', { headers: { Contact: null } }).name, '400 INVITE');
  const looped = 'SIP/2.0/UDP 10.0.0.9;branch=z9hG4bKx, SIP/2.0/UDP 10.0.0.2:5060;branch=z9hG4bKy';
  assert.equal(probe.ask('INVITE', { via: looped }).name, '482 INVITE');
});

test('the same INVITE by two ways is taken once', () => {
  const lab = new Laboratory({ seed: 4 });
  const callee = new TestCallee(lab.agent('10.0.0.2'), (invite) => invite.progress(180));
  const probe = new RawPeer(lab);
  probe.ask('INVITE', { callId: 'twice', cseq: 7 });
  assert.equal(probe.ask('INVITE', { callId: 'twice', cseq: 7 }).name, '482 INVITE');
  assert.equal(callee.invites.length, 1);
});

test('draining and full: new INVITEs get 503, what runs goes on', () => {
  const lab = new Laboratory({ seed: 5 });
  const caller = lab.agent('10.0.0.1');
  const server = lab.agent('10.0.0.2', { limits: { dialogs: 2 } });
  new TestCallee(server);
  const calls = [1, 2, 3].map(() => new TestCall().start(caller, 'sip:b@10.0.0.2'));
  lab.clock.advance(1000);
  assert.deepEqual(
    calls.map((call) => call.rejected),
    [null, null, '503 Service Unavailable'],
  );
  assert.equal(server.trouble(), 'there are as many calls by SIP as can be held (2)');
  calls[0]!.session!.bye();
  lab.clock.advance(1000);
  assert.equal(server.trouble(), null);
  server.drain();
  const late = new TestCall().start(caller, 'sip:b@10.0.0.2');
  lab.clock.advance(1000);
  assert.equal(late.rejected, '503 Service Unavailable');
  assert.notEqual(lab.last('503 INVITE').message.headers.get('Retry-After'), null);
  calls[1]!.session!.bye();
  lab.clock.advance(1000);
  assert.deepEqual(calls[1]!.ends, [{ by: 'local' }]);
  assert.equal(server.counters().dialogs, 0);
});

test('a flood of INVITEs gets 503 without a transaction, and others are heard', () => {
  const lab = new Laboratory({ seed: 5 });
  const server = lab.agent('10.0.0.2', { limits: { invitesPerSecond: 1, inviteBurst: 3 } });
  const flood = new RawPeer(lab);
  for (let i = 0; i < 20; i++) flood.send('INVITE');
  lab.clock.advance(100);
  assert.equal(lab.count('480 INVITE'), 3);
  assert.equal(lab.count('503 INVITE'), 17);
  assert.equal(server.counters().transactions.server, 3);
  assert.equal(server.counters().responsesSent['5xx'], 17);
  assert.equal(flood.ask('OPTIONS').name, '200 OPTIONS');
  assert.equal(new RawPeer(lab, '10.0.0.8').ask('INVITE').name, '480 INVITE');
  lab.clock.advance(250_000);
  assert.deepEqual(lab.leftovers(), nothingLeft);
});

test('INVITE and REGISTER with digest, both algorithms', () => {
  for (const algorithm of ['MD5', 'SHA-256'] as const) {
    const lab = new Laboratory({ seed: 6 });
    const caller = lab.agent('10.0.0.1');
    const digestAlgorithms = () => [algorithm];
    const server = lab.agent('10.0.0.2', { credentials: (name) => account(name, algorithm), digestAlgorithms });
    const who: string[] = [];
    new TestCallee(server, (invite, self) => {
      const result = server.authenticate(invite);
      if (!result.ok) return;
      who.push(result.credentials.extensionId);
      self.accept(invite);
    });
    const call = new TestCall().start(caller, 'sip:b@10.0.0.2', {
      credentials: { username: 'caller', password: PASSWORD },
    });
    lab.clock.advance(1000);
    assert.deepEqual(who, ['caller']);
    assert.equal(call.sdp, 'answer');
    assert.equal(lab.count('401 INVITE'), 1);
    call.session!.bye();
    lab.clock.advance(250_000);
    assert.deepEqual(lab.leftovers(), nothingLeft);
    assert.equal(server.guard.counts().sources, 0);
  }
});

test('a wrong password is answered later each time, then the source hears nothing; running calls go on', () => {
  const lab = new Laboratory({ seed: 7 });
  const phone = lab.agent('10.0.0.1');
  const server = lab.agent('10.0.0.2', {
    credentials: (name) => (name === 'caller' ? { ...account('other'), username: 'caller' } : null),
    guard: { banAfter: 4, firstDelayMs: 1000, maxDelayMs: 8000, banMs: 60_000 },
  });
  let open = true;
  const callee = new TestCallee(server, (invite, self) => {
    if (open || server.authenticate(invite).ok) self.accept(invite);
  });
  const running = new TestCall().start(phone, 'sip:b@10.0.0.2');
  lab.clock.advance(100);
  open = false;
  const waits: number[] = [];
  for (let attempt = 0; attempt < 4; attempt++) {
    const started = lab.clock.monotonic();
    const call = new TestCall().start(phone, 'sip:b@10.0.0.2', {
      credentials: { username: 'caller', password: PASSWORD },
    });
    while (call.rejected === null) lab.clock.advance(100);
    waits.push(Math.round((lab.clock.monotonic() - started) / 1000));
    assert.equal(call.rejected, attempt < 3 ? '401 Unauthorized' : '403 Forbidden');
  }
  assert.deepEqual(waits, [0, 1, 2, 0]);
  const before = lab.seen.filter((entry) => entry.from === '10.0.0.2').length;
  const silent = new TestCall().start(phone, 'sip:b@10.0.0.2');
  lab.clock.advance(5000);
  assert.equal(lab.seen.filter((entry) => entry.from === '10.0.0.2').length, before);
  silent.invite!.cancel();
  running.session!.bye();
  lab.clock.advance(1000);
  assert.equal(callee.ends.length, 1);
  assert.equal(server.counters().bannedSources, 1);
  assert.ok(server.counters().dropped > 0);
  lab.clock.advance(60_000);
  const again = new TestCall().start(phone, 'sip:b@10.0.0.2');
  lab.clock.advance(1000);
  assert.equal(again.rejected, '401 Unauthorized');
});

test('one phone with a wrong password is banned alone: its neighbours behind the same address register and call on', () => {
  const lab = new Laboratory({ seed: 7 });
  const office = '203.0.113.5';
  const at = (port: number) => lab.network.attach({ address: office, port });
  const server = lab.agent('10.0.0.2', { guard: { banAfter: 3, firstDelayMs: 10 } });
  new TestCallee(server, (invite, self) => {
    if (server.authenticate(invite).ok) self.accept(invite);
  });
  const registering = (agent: SipUserAgent, username: string, password: Secret) => {
    const states: RegistrationState[] = [];
    agent.register({
      registrar: [{ uri: uri('sip:10.0.0.2') }],
      aor: address(`<sip:${username}@example.test>`),
      contactUser: username,
      credentials: { username, password },
      expiresS: 300,
      onState: (state) => states.push(state),
    });
    lab.clock.advance(1000);
    return states;
  };
  const calls = (agent: SipUserAgent, username: string, password = PASSWORD) => {
    const from = address(`<sip:${username}@example.test>`);
    const call = new TestCall().start(agent, 'sip:b@10.0.0.2', { credentials: { username, password }, from });
    lab.clock.advance(2000);
    call.session?.bye();
    call.invite!.cancel();
    lab.clock.advance(1000);
    return call.sdp ?? call.rejected;
  };
  const neighbour = lab.agent(office, { transport: at(5062) });
  assert.equal(registering(neighbour, 'neighbour', PASSWORD).at(-1)?.registered, true);
  const wrong = lab.agent(office, { transport: at(5064) });
  const guess = new Secret('guess');
  for (let i = 0; i < 3; i++) calls(wrong, 'anna', guess);
  assert.deepEqual(
    server.guard.bans().map(({ source, username }) => [source, username]),
    [[office, 'anna']],
  );
  assert.equal(calls(wrong, 'anna'), '487 Request Terminated', 'nothing is heard, not even with the right password');
  assert.equal(calls(neighbour, 'neighbour'), 'answer');
  assert.equal(registering(lab.agent(office, { transport: at(5066) }), 'new', PASSWORD).at(-1)?.registered, true);
  server.guard.lift(server.guard.bans()[0]!.id);
  assert.equal(calls(wrong, 'anna'), 'answer');
  // The phone that has the right password is not kept out by somebody who guesses it beside it.
  const guesser = lab.agent(office, { transport: at(5068) });
  for (let i = 0; i < 3; i++) calls(guesser, 'neighbour', guess);
  assert.equal(calls(neighbour, 'neighbour'), 'answer');
  assert.equal(calls(guesser, 'neighbour'), '487 Request Terminated');
});

test('a registered contact is called over its flow', () => {
  const lab = new Laboratory({ seed: 8 });
  lab.agent('10.0.0.1');
  const server = lab.agent('10.0.0.2', { trust: () => account('211') });
  const probe = new RawPeer(lab, '10.0.0.7');
  // Behind an address translator: what it says of itself cannot be reached.
  probe.ask('REGISTER', { headers: { Contact: '<sip:211@192.168.1.5:5062>' } });
  const [binding] = server.registrar.contacts('211');
  assert.equal(binding!.contact.host, '192.168.1.5');
  const call = new TestCall();
  server.invite({
    targets: [{ uri: binding!.contact, flow: binding!.flow }],
    from: { displayName: null, uri: uri('sip:1@example.test'), params: new Map() },
    to: { displayName: null, uri: uri('sip:211@example.test'), params: new Map() },
    offer: 'offer',
    timeoutMs: 1000,
    onProgress: () => {},
    onAccepted: () => null,
    onRejected: (status, reason) => {
      call.rejected = `${status} ${reason}`;
    },
  });
  lab.clock.advance(10);
  assert.equal(lab.last('INVITE').to, '10.0.0.7');
  lab.clock.advance(2000);
  assert.equal(call.rejected, '408 Request Timeout');
});
