import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SipRequest } from '../message/message.ts';
import type { SipUri } from '../message/uri.ts';
import type { IncomingInvite, InviteTarget, OutgoingInviteOptions } from './invite.ts';
import { RawPeer } from './testing/raw-peer.ts';
import { Laboratory, nothingLeft, PASSWORD, TestCall, TestCallee, uri } from './testing/two-agents.ts';

const FIRST = '10.0.0.2';
const SECOND = '10.0.0.3';
const THIRD = '10.0.0.4';

function target(host: string, rest = ''): InviteTarget {
  return { uri: uri(`sip:b@${host}${rest}`) };
}

function call(lab: Laboratory, options: Partial<OutgoingInviteOptions> = {}): TestCall {
  const caller = lab.agent(`10.0.1.${lab.agents.length}`);
  return new TestCall().start(caller, [], {
    targets: [target(FIRST)],
    failover: [[target(SECOND)]],
    ...options,
  });
}

/** Who got an INVITE, in order, copies left out. */
function asked(lab: Laboratory): string[] {
  const hosts = lab.seen.filter(({ name, message }) => name === 'INVITE' && message instanceof SipRequest);
  return [...new Set(hosts.map(({ to }) => to))];
}

test('what lets a call go on to the next group, and what ends it', () => {
  // What the first group does → who is called, and what the caller hears in the end.
  const table: [what: string, answer: number | 'silence' | 'refused connection', goesOn: boolean][] = [
    ['503', 503, true],
    ['nothing at all', 'silence', true],
    ['transport error', 'refused connection', true],
    ['busy', 486, false],
    ['decline', 603, false],
    ['does not exist', 404, false],
    ['nowhere', 604, false],
    ['server error', 500, false],
    ['a 408 of somebody behind it', 408, false],
    ['temporarily unavailable', 480, false],
  ];
  for (const [what, answer, goesOn] of table) {
    const lab = new Laboratory({ seed: 1 });
    if (typeof answer === 'number') new TestCallee(lab.agent(FIRST), (invite) => invite.reject(answer));
    const second = new TestCallee(lab.agent(SECOND));
    const targets = [target(FIRST, answer === 'refused connection' ? ';transport=tcp' : '')];
    const started = call(lab, { targets });
    lab.clock.advance(3_900);
    assert.equal(second.invites.length, goesOn && answer !== 'silence' ? 1 : 0, what);
    lab.clock.advance(200);
    assert.equal(started.sdp, goesOn ? 'answer' : null, what);
    assert.equal(started.rejected?.slice(0, 3) ?? null, goesOn ? null : String(answer), what);
    started.session?.bye();
    lab.clock.advance(300_000);
    assert.deepEqual(lab.leftovers(), nothingLeft, what);
  }
});

test('a 100 is enough to wait for more, and the wait can be set', () => {
  const lab = new Laboratory({ seed: 2 });
  const first = new RawPeer(lab, FIRST);
  const second = new TestCallee(lab.agent(SECOND));
  const started = call(lab, { failoverMs: 1_000, timeoutMs: 20_000 });
  lab.clock.advance(900);
  const { message } = lab.last('INVITE');
  assert.ok(message instanceof SipRequest);
  first.answer(message, 100);
  lab.clock.advance(10_000);
  assert.equal(second.invites.length, 0);
  assert.equal(started.rejected, null);
  lab.clock.advance(10_000);
  assert.equal(started.rejected, '408 Request Timeout');
});

test('a target given up that answers late is cancelled, one that accepts late is ended', () => {
  for (const late of [180, 200]) {
    const lab = new Laboratory({ seed: 3 });
    const first = new RawPeer(lab, FIRST);
    const second = new TestCallee(lab.agent(SECOND));
    const started = call(lab);
    lab.clock.advance(4_500);
    assert.equal(started.sdp, 'answer');
    const invite = lab.seen.find(({ to, name }) => to === FIRST && name === 'INVITE')!.message;
    assert.ok(invite instanceof SipRequest);
    first.answer(invite, late);
    lab.clock.advance(100);
    const after = lab.seen.filter(({ to }) => to === FIRST).map(({ name }) => name);
    if (late === 180) {
      assert.ok(after.includes('CANCEL'));
      first.answer(invite, 487);
    } else {
      assert.deepEqual(after.slice(-2), ['ACK', 'BYE']);
      assert.ok(!after.includes('CANCEL'));
    }
    assert.deepEqual(started.progress, [], 'nothing is told of it');
    assert.equal(started.ends.length, 0);
    assert.equal(second.ends.length, 0);
    started.session!.bye();
    lab.clock.advance(300_000);
    assert.deepEqual(lab.leftovers(), nothingLeft);
  }
});

test('a group is only over when all of it is: one that rings is waited for, one that says no ends it', () => {
  const lab = new Laboratory({ seed: 4 });
  const ringing = new TestCallee(lab.agent(FIRST), (invite) => invite.progress(180));
  // Nobody has SECOND, THIRD is next.
  const third = new TestCallee(lab.agent(THIRD));
  const started = call(lab, { targets: [target(FIRST), target(SECOND)], failover: [[target(THIRD)]] });
  lab.clock.advance(10_000);
  assert.equal(third.invites.length, 0);
  ringing.invites[0]!.reject(503);
  lab.clock.advance(100);
  assert.equal(started.sdp, 'answer');
  assert.equal(third.invites.length, 1);

  const other = new Laboratory({ seed: 4 });
  new TestCallee(other.agent(FIRST), (invite) => invite.reject(486));
  const next = new TestCallee(other.agent(THIRD));
  const refused = call(other, { targets: [target(FIRST), target(SECOND)], failover: [[target(THIRD)]] });
  other.clock.advance(4_100);
  assert.equal(refused.rejected, '486 Busy Here');
  assert.equal(next.invites.length, 0);
});

test('groups nobody can be sent to are passed over; when all fail the most telling status is told', () => {
  const lab = new Laboratory({ seed: 5 });
  new TestCallee(lab.agent(THIRD), (invite) => invite.reject(503));
  const nowhere = [{ uri: uri('sip:b@no-such-name.test') }];
  const started = call(lab, { targets: nowhere, failover: [[], nowhere, [target(SECOND)], [target(THIRD)]] });
  assert.equal(started.rejected, null, 'not before invite() has returned');
  lab.clock.advance(3_900);
  assert.deepEqual(asked(lab), [SECOND]);
  lab.clock.advance(200);
  assert.deepEqual(asked(lab), [SECOND, THIRD]);
  assert.equal(started.rejected, '480 No Way To The Target');
  lab.clock.advance(300_000);
  assert.deepEqual(lab.leftovers(), nothingLeft);
});

test('cancel and time-out end all groups', () => {
  for (const how of ['cancel', 'timeout'] as const) {
    const lab = new Laboratory({ seed: 6 });
    const second = new TestCallee(lab.agent(SECOND), (invite) => invite.progress(180));
    const third = new TestCallee(lab.agent(THIRD));
    const started = call(lab, { failover: [[target(SECOND)], [target(THIRD)]], timeoutMs: 8_000 });
    lab.clock.advance(5_000);
    if (how === 'cancel') started.invite!.cancel();
    lab.clock.advance(5_000);
    assert.equal(started.rejected, how === 'cancel' ? '487 Request Terminated' : '408 Request Timeout');
    assert.equal(second.cancelled.length, 1);
    assert.equal(third.invites.length, 0);
    lab.clock.advance(300_000);
    assert.deepEqual(lab.leftovers(), nothingLeft);
  }
});

test('500 calls over a network that loses 10 %: the first carrier is dead, all reach the second, nothing is left', () => {
  const seed = 20_260_301;
  const lab = new Laboratory({ seed, loss: 0.1, delayMs: 5, jitterMs: 20, record: false });
  const caller = lab.agent('10.0.0.1');
  const callee = lab.agent(SECOND);
  let accepted = 0;
  callee.onInvite = (invite) => {
    invite.progress(183, 'early');
    lab.clock.setTimer(400, () => {
      const session = invite.accept('answer');
      session.onEnded = ({ by }) => {
        if (by === 'remote') accepted++;
      };
    });
  };
  const calls: TestCall[] = [];
  for (let index = 0; index < 500; index++) {
    calls.push(new TestCall().start(caller, [], { targets: [target(FIRST)], failover: [[target(SECOND)]] }));
    lab.clock.advance(10);
  }
  lab.clock.advance(40_000);
  const failed = calls.filter((one) => one.sdp !== 'early').map((one) => one.rejected ?? one.sdp);
  assert.deepEqual({ seed, failed }, { seed, failed: [] });
  for (const one of calls) one.session!.bye();
  lab.clock.advance(300_000);
  assert.equal(accepted, 500, `seed ${seed}`);
  assert.deepEqual(lab.leftovers(), nothingLeft);
});

test('mayRedirect says where a 3xx leads, and refuses', () => {
  const moved: [string, string][] = [['Contact', '<sip:+13235550199@evil.example>, <tel:+13235550100>']];
  const lab = new Laboratory({ seed: 7 });
  new TestCallee(lab.agent(FIRST), (invite) => invite.reject(302, undefined, moved));
  const second = new TestCallee(lab.agent(SECOND));
  const named: string[] = [];
  const started = call(lab, {
    failover: [],
    mayRedirect: (to) => {
      named.push(`${to.scheme} ${to.user}@${to.host}`);
      return to.scheme === 'tel' ? [target(SECOND)] : [];
    },
  });
  lab.clock.advance(100);
  assert.deepEqual(named, ['sip +13235550199@evil.example', 'tel +13235550100@']);
  assert.equal(started.sdp, 'answer');
  assert.equal(second.invites.length, 1);

  const refusing = new Laboratory({ seed: 7 });
  new TestCallee(refusing.agent(FIRST), (invite) => invite.reject(302, undefined, moved));
  const next = new TestCallee(refusing.agent(SECOND));
  const refused = call(refusing, { mayRedirect: () => [] });
  const confused = call(refusing, {
    mayRedirect: () => {
      throw new Error('the owner is confused');
    },
  });
  refusing.clock.advance(100);
  assert.equal(refused.rejected, '302 Moved Temporarily');
  assert.equal(confused.rejected, '302 Moved Temporarily');
  assert.equal(next.invites.length, 0, 'a redirect is an answer, not a failure');
});

/** A carrier that sends calls on by `moved`, and what each number does that it is sent on to. */
function carrierWith(numbers: Record<string, (invite: IncomingInvite) => void>, moved: string) {
  const lab = new Laboratory({ seed: 11 });
  const called: string[] = [];
  const counted: string[] = [];
  const callee: TestCallee = new TestCallee(lab.agent(FIRST), (invite) => {
    const number = invite.dialled;
    called.push(number);
    if (number === 'b') invite.reject(302, undefined, [['Contact', moved]]);
    else (numbers[number] ?? ((one) => callee.accept(one)))(invite);
  });
  const mayRedirect = (to: SipUri): InviteTarget[] => {
    counted.push(to.user ?? '');
    return [{ uri: { ...to, host: FIRST } }];
  };
  return { lab, called, counted, mayRedirect };
}

const busy = (invite: IncomingInvite) => invite.reject(486);

test('what a 3xx names is called one after the other by q, and not asked for before its turn', () => {
  const moved = '<sip:low@x>;q=0.1, <sip:rings@x>;q=0.5, <sip:worst@x>;q=none, <sip:best@x>, <sip:next@x>;q=0.9';
  const ringing: IncomingInvite[] = [];
  const rings = (invite: IncomingInvite) => {
    invite.progress(180);
    ringing.push(invite);
  };
  const { lab, called, counted, mayRedirect } = carrierWith(
    { best: busy, next: (one) => one.reject(503), rings },
    moved,
  );
  const started = call(lab, { mayRedirect });
  lab.clock.advance(20_000);
  assert.deepEqual(called, ['b', 'best', 'next', 'rings']);
  assert.deepEqual(counted, ['best', 'next', 'rings']);
  ringing[0]!.reject(480);
  lab.clock.advance(100);
  assert.deepEqual(called, ['b', 'best', 'next', 'rings', 'low']);
  assert.deepEqual(counted, ['best', 'next', 'rings', 'low']);
  assert.equal(started.sdp, 'answer');
  started.session!.bye();
  lab.clock.advance(300_000);
  assert.deepEqual(lab.leftovers(), nothingLeft);
});

test('a 3xx of eight that are all busy makes five calls; one that is sent on goes first; 6xx ends it', () => {
  const names = [1, 2, 3, 4, 5, 6, 7, 8].map((number) => `n${number}`);
  const moved = names.map((name) => `<sip:${name}@x>`).join();
  const all = Object.fromEntries(names.map((name) => [name, busy]));
  const eight = carrierWith(all, moved);
  const refused = call(eight.lab, { mayRedirect: eight.mayRedirect });
  eight.lab.clock.advance(1_000);
  assert.deepEqual(eight.called, ['b', ...names.slice(0, 5)]);
  assert.deepEqual(eight.counted, names.slice(0, 5));
  assert.equal(refused.rejected, '486 Busy Here');

  const on = carrierWith(
    { ...all, n1: (one) => one.reject(302, undefined, [['Contact', '<sip:n7@x>, <sip:n8@x>']]) },
    moved,
  );
  const further = call(on.lab, { mayRedirect: on.mayRedirect });
  on.lab.clock.advance(1_000);
  assert.deepEqual(on.called, ['b', 'n1', 'n7', 'n8', 'n2', 'n3']);
  assert.equal(further.rejected, '486 Busy Here');

  const declined = carrierWith({ ...all, n2: (one) => one.reject(603) }, moved);
  const ended = call(declined.lab, { mayRedirect: declined.mayRedirect });
  declined.lab.clock.advance(1_000);
  assert.deepEqual(declined.called, ['b', 'n1', 'n2']);
  assert.equal(ended.rejected, '603 Decline');
});

test('a caller who gives up ends what a 3xx began, and nobody further is called', () => {
  const { lab, called, mayRedirect } = carrierWith({ n1: (one) => one.progress(180) }, '<sip:n1@x>, <sip:n2@x>');
  const started = call(lab, { mayRedirect });
  lab.clock.advance(5_000);
  started.invite!.cancel();
  lab.clock.advance(300_000);
  assert.deepEqual(called, ['b', 'n1']);
  assert.equal(started.rejected, '487 Request Terminated');
  assert.deepEqual(lab.leftovers(), nothingLeft);
});

test('only a target that mayRedirect vouches for gets the password', () => {
  for (const vouched of [true, false]) {
    const lab = new Laboratory({ seed: 8 });
    const moved: [string, string][] = [['Contact', `<sip:b@${SECOND}>`]];
    new TestCallee(lab.agent(FIRST), (invite) => invite.reject(302, undefined, moved));
    const server = lab.agent(SECOND);
    new TestCallee(server, (invite, self) => {
      if (server.authenticate(invite).ok) self.accept(invite);
    });
    const started = call(lab, {
      failover: [],
      credentials: { username: 'caller', password: PASSWORD },
      mayRedirect: () => [{ ...target(SECOND), ...(vouched ? { redirected: false } : {}) }],
    });
    lab.clock.advance(1_000);
    assert.equal(started.sdp, vouched ? 'answer' : null);
    assert.equal(started.rejected, vouched ? null : '401 Unauthorized');
  }
});

test('a looked-up address says where to send, the URI stays', () => {
  const lab = new Laboratory({ seed: 9 });
  const callee = new TestCallee(lab.agent(FIRST));
  const address = { address: FIRST, port: 5060, kind: 'udp' } as const;
  const started = call(lab, { targets: [{ uri: uri('sip:b@carrier.example'), address }], failover: [] });
  lab.clock.advance(100);
  assert.equal(callee.invites[0]!.request.uri.host, 'carrier.example');
  started.session!.bye();
  lab.clock.advance(100);
  assert.equal(callee.ends.length, 1);
  const tls = { uri: uri('sip:b@carrier.example'), address: { ...address, kind: 'tls' } } as const;
  const refused = call(lab, { targets: [tls], failover: [] });
  lab.clock.advance(1);
  assert.equal(refused.rejected, '480 No Way To The Target');
});

test('who asks for a password and is gone then is given up as soon as who says nothing', () => {
  const lab = new Laboratory({ seed: 10 });
  const first = new RawPeer(lab, FIRST);
  const second = new TestCallee(lab.agent(SECOND));
  const started = call(lab, { credentials: { username: 'u', password: PASSWORD } });
  lab.clock.advance(3_000);
  const { message } = lab.last('INVITE');
  assert.ok(message instanceof SipRequest);
  first.answer(message, 401, { headers: [['WWW-Authenticate', 'Digest realm="x", nonce="1", qop="auth"']] });
  lab.clock.advance(3_900);
  assert.equal(second.invites.length, 0, 'four seconds from the second INVITE on');
  lab.clock.advance(200);
  assert.equal(started.sdp, 'answer');
  started.session!.bye();
  lab.clock.advance(300_000);
  assert.deepEqual(lab.leftovers(), nothingLeft);
});
