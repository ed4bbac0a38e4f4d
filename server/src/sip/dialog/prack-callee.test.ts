import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SipRequest, type SipResponse } from '../message/message.ts';
import type { IncomingInvite, InviteTarget } from './invite.ts';
import { RawPeer } from './testing/raw-peer.ts';
import { Laboratory, nothingLeft, TestCall, TestCallee, uri } from './testing/two-agents.ts';

/** RFC 3262 §3: our side as callee, against hand-made callers; and both sides of ours together. */

const CALLEE = '10.0.0.2';

interface Called {
  readonly lab: Laboratory;
  readonly callee: TestCallee;
  readonly caller: RawPeer;
  readonly invite: IncomingInvite;
  /** The last response to the INVITE. */
  response(): SipResponse;
  prack(rack?: string | null, body?: string): string;
}

function called(headers: Record<string, string>, body: string | null = 'offer'): Called {
  const lab = new Laboratory({ seed: 2 });
  const callee = new TestCallee(lab.agent(CALLEE), () => {});
  const caller = new RawPeer(lab);
  const type = { 'Content-Type': 'application/sdp' };
  const given = body === null ? headers : { ...headers, ...type };
  caller.send('INVITE', { callId: 'c', cseq: 1, headers: given, ...(body === null ? {} : { body }) });
  lab.clock.advance(5);
  const invite = callee.invites[0]!;
  let cseq = 1;
  const response = (): SipResponse => {
    const { message } = lab.seen.findLast(({ name }) => / INVITE$/.test(name))!;
    assert.ok(!(message instanceof SipRequest));
    return message;
  };
  return {
    lab,
    callee,
    caller,
    invite,
    response,
    prack: (rack, sdp) => {
      const value = rack === undefined ? `${response().headers.get('RSeq')} 1 INVITE` : rack;
      const answer = caller.ask('PRACK', {
        callId: 'c',
        cseq: ++cseq,
        toTag: response().toTag!,
        headers: { ...(value === null ? {} : { RAck: value }), ...(sdp === undefined ? {} : type) },
        ...(sdp === undefined ? {} : { body: sdp }),
      });
      // The 200 to the INVITE may follow at once.
      assert.match(answer.name, /PRACK$|INVITE$/);
      return lab.seen.findLast(({ name }) => / PRACK$/.test(name))!.name.slice(0, 3);
    },
  };
}

test('which provisional responses go reliably', () => {
  const required = { Require: '100rel' };
  const supported = { Supported: 'timer, 100rel' };
  const table: [Record<string, string>, string | null, Parameters<IncomingInvite['progress']>, string][] = [
    [required, 'offer', [180], '180 reliable'],
    [required, 'offer', [183, 'sdp'], '183 reliable sdp'],
    [supported, 'offer', [180], '180'],
    [supported, 'offer', [180, undefined, true], '180 reliable'],
    [supported, 'offer', [183, 'sdp'], '183 reliable sdp'],
    [{}, 'offer', [180, undefined, true], '180'],
    [{}, 'offer', [183, 'sdp'], '183 sdp'],
    // An offer may not go where it could get lost, and has to be in the first reliable response.
    [{}, null, [183, 'sdp'], '183'],
    [supported, null, [183, 'sdp'], '183 reliable sdp'],
    [supported, null, [180], '180'],
    [required, null, [180], 'nothing'],
    [required, null, [183, 'sdp'], '183 reliable sdp'],
  ];
  for (const [headers, body, progress, expected] of table) {
    const { lab, invite } = called(headers, body);
    invite.progress(...progress);
    lab.clock.advance(5);
    const sent = lab.seen.at(-1)!;
    const reliable = sent.message.headers.get('Require') === '100rel' && sent.message.headers.has('RSeq');
    const told = [sent.name.slice(0, 3), reliable ? 'reliable' : '', sent.message.body.toString()];
    const words = sent.name === 'INVITE' ? 'nothing' : told.filter((word) => word !== '').join(' ');
    assert.equal(words, expected, JSON.stringify([headers, body, progress]));
    assert.equal(sent.message.headers.has('RSeq'), reliable);
  }
});

test('a reliable response is repeated after T1, 2·T1, 4·T1 until its PRACK', () => {
  const { lab, invite, prack, response } = called({ Require: '100rel' });
  const started = lab.clock.monotonic();
  invite.progress(180);
  lab.clock.advance(4_000);
  const sent = lab.seen.filter(({ name }) => name === '180 INVITE');
  assert.deepEqual(
    sent.map(({ atMs }) => atMs - started),
    [0, 500, 1_500, 3_500],
  );
  assert.equal(new Set(sent.map(({ message }) => message.headers.get('RSeq'))).size, 1);
  const rseq = Number(response().headers.get('RSeq'));
  assert.ok(rseq >= 1 && rseq < 2 ** 31);
  assert.equal(prack(), '200');
  lab.clock.advance(40_000);
  assert.equal(lab.count('180 INVITE'), 4);
  assert.equal(invite.pending, true);
});

test('a PRACK for nothing gets 481, one that does not say for what 400; neither counts', () => {
  const { lab, invite, prack, response } = called({ Require: '100rel' });
  invite.progress(180);
  lab.clock.advance(5);
  const rseq = Number(response().headers.get('RSeq'));
  for (const rack of [`${rseq + 1} 1 INVITE`, `${rseq - 1} 1 INVITE`, `${rseq} 2 INVITE`, `${rseq} 1 BYE`]) {
    assert.equal(prack(rack), '481', rack);
  }
  for (const rack of [null, '', `${rseq} INVITE`, 'x']) assert.equal(prack(rack), '400', String(rack));
  assert.equal(prack(), '200');
  assert.equal(prack(`${rseq} 1 INVITE`), '481', 'once');
});

test('several wait their turn, their numbers without a gap', () => {
  const { lab, invite, prack, response } = called({ Require: '100rel' });
  invite.progress(180);
  invite.progress(183, 'sdp');
  invite.progress(180);
  lab.clock.advance(5);
  const first = Number(response().headers.get('RSeq'));
  assert.equal(response().status, 180);
  prack();
  assert.deepEqual([response().status, response().headers.get('RSeq')], [183, String(first + 1)]);
  assert.equal(response().body.toString(), 'sdp');
  prack();
  assert.deepEqual([response().status, response().headers.get('RSeq')], [180, String(first + 2)]);
  prack();
  lab.clock.advance(30_000);
  assert.equal(lab.count('180 INVITE'), 2);
});

test('the 200 waits for the PRACK of a description and repeats it; it does not wait for that of a mere 180', () => {
  const { lab, invite, callee, caller, prack, response } = called({ Supported: '100rel' });
  const acked: (string | null)[] = [];
  invite.onPrack = (answer) => acked.push(answer);
  invite.progress(183, 'early');
  callee.accept(invite, 'something else');
  lab.clock.advance(3_000);
  assert.equal(lab.count('200 INVITE'), 0);
  assert.ok(lab.count('183 INVITE') > 1, 'it is still repeated');
  assert.equal(prack(), '200');
  assert.deepEqual(acked, [null]);
  const [prackAnswer, final] = lab.names().slice(-2);
  assert.deepEqual([prackAnswer, final], ['200 PRACK', '200 INVITE']);
  assert.equal(response().body.toString(), 'early');
  caller.send('ACK', { callId: 'c', cseq: 1, toTag: response().toTag! });
  lab.clock.advance(5);
  assert.deepEqual(callee.answers, [null]);
  assert.equal(callee.ends.length, 0);

  const mere = called({ Require: '100rel' });
  mere.invite.progress(180);
  mere.callee.accept(mere.invite);
  mere.lab.clock.advance(5);
  assert.equal(mere.lab.count('200 INVITE'), 1);
  // Its PRACK is still on the way, and still known (§3).
  const rseq = mere.lab.last('180 INVITE').message.headers.get('RSeq');
  assert.equal(mere.prack(`${rseq} 1 INVITE`), '200');
  mere.lab.clock.advance(400);
  assert.equal(mere.lab.count('180 INVITE'), 1, 'nothing is repeated after the final response');
});

test('our offer in a reliable 183 is answered in the PRACK', () => {
  const { lab, invite, callee, caller, prack, response } = called({ Require: '100rel' }, null);
  const answers: (string | null)[] = [];
  invite.onPrack = (answer) => answers.push(answer);
  invite.progress(183, 'our offer');
  lab.clock.advance(5);
  assert.equal(prack(undefined, 'their answer'), '200');
  assert.deepEqual(answers, ['their answer']);
  callee.accept(invite, 'our offer');
  lab.clock.advance(5);
  assert.equal(response().status, 200);
  assert.equal(response().body.length, 0, 'an INVITE holds one offer');
  caller.send('ACK', { callId: 'c', cseq: 1, toTag: response().toTag! });
  lab.clock.advance(5);
  assert.deepEqual(callee.answers, [null]);
});

test('an offer of the caller in its PRACK is refused, the response counts as acknowledged', () => {
  const { lab, invite, prack } = called({ Supported: '100rel' });
  invite.progress(183, 'sdp');
  lab.clock.advance(5);
  assert.equal(prack(undefined, 'a second offer'), '488');
  lab.clock.advance(20_000);
  assert.equal(lab.count('183 INVITE'), 1);
});

test('no PRACK in 64·T1: 504, whether it rang or had been accepted', () => {
  for (const accepted of [false, true]) {
    const { lab, invite, callee, caller } = called({ Supported: '100rel' });
    invite.progress(183, 'sdp');
    if (accepted) callee.accept(invite);
    lab.clock.advance(31_000);
    assert.equal(lab.count('504 INVITE'), 0);
    lab.clock.advance(1_100);
    assert.ok(lab.count('504 INVITE') > 0);
    assert.equal(lab.count('200 INVITE'), 0);
    assert.deepEqual(callee.cancelled, accepted ? [] : ['SIP;cause=504;text="PRACK missing"']);
    const end = { by: 'timeout', status: 504, reason: 'SIP;cause=504;text="PRACK missing"' };
    assert.deepEqual(callee.ends, accepted ? [end] : []);
    assert.equal(invite.pending, false);
    caller.send('ACK', { callId: 'c', cseq: 1, via: lab.seen[0]!.message.headers.get('Via')! });
    lab.clock.advance(300_000);
    assert.deepEqual(lab.leftovers(), nothingLeft);
  }
});

test('while the 200 waits, the caller may cancel or leave, and we may hang up', () => {
  for (const how of ['CANCEL', 'BYE', 'local'] as const) {
    const { lab, invite, callee, caller, response } = called({ Supported: '100rel' });
    invite.progress(183, 'sdp');
    const session = callee.accept(invite);
    assert.throws(() => invite.accept('again'), /already been decided/);
    invite.reject(486);
    invite.progress(180);
    lab.clock.advance(100);
    assert.equal(response().status, 183, 'it has been decided');
    const via = lab.seen[0]!.message.headers.get('Via')!;
    if (how === 'CANCEL') caller.send('CANCEL', { callId: 'c', cseq: 1, via, headers: { Reason: 'SIP;cause=200' } });
    else if (how === 'BYE') caller.send('BYE', { callId: 'c', cseq: 2, toTag: response().toTag! });
    else session.bye();
    lab.clock.advance(100);
    assert.equal(response().status, how === 'local' ? 480 : 487, how);
    assert.equal(lab.count('200 INVITE'), 0);
    assert.equal(callee.ends.length, 1);
    assert.equal(callee.ends[0]!.by, how === 'local' ? 'local' : 'remote');
    assert.deepEqual(callee.cancelled, []);
    assert.equal(session.ended, true);
    caller.send('ACK', { callId: 'c', cseq: 1, via });
    lab.clock.advance(300_000);
    assert.deepEqual(lab.leftovers(), nothingLeft, how);
  }
});

test('while the 200 waits there is no call that could be sent on: 491', () => {
  const { lab, invite, callee, caller, response } = called({ Supported: '100rel' });
  invite.progress(183, 'sdp');
  callee.accept(invite).onRefer = (refer) => void refer.accept();
  lab.clock.advance(100);
  const headers = { 'Refer-To': '<sip:1@example.test>' };
  caller.send('REFER', { callId: 'c', cseq: 2, toTag: response().toTag!, headers });
  lab.clock.advance(5);
  assert.deepEqual([lab.count('491 REFER'), lab.count('202 REFER')], [1, 0]);
});

test('a refusal ends the repetitions', () => {
  const { lab, invite } = called({ Require: '100rel' });
  invite.progress(180);
  invite.reject(486);
  lab.clock.advance(20_000);
  assert.equal(lab.count('180 INVITE'), 1);
  assert.deepEqual(lab.leftovers()['dialogs'], 0);
});

test('it rings on reliably: each minute a new response with its own number', () => {
  const { lab, invite, prack, response } = called({ Require: '100rel' });
  invite.progress(183, 'sdp');
  lab.clock.advance(5);
  const first = Number(response().headers.get('RSeq'));
  for (let minute = 1; minute <= 3; minute++) {
    assert.equal(prack(), '200');
    lab.clock.advance(60_000 - 1_000);
    assert.equal(Number(response().headers.get('RSeq')), first + minute - 1);
    lab.clock.advance(1_000);
    assert.equal(Number(response().headers.get('RSeq')), first + minute);
    assert.equal(response().status, 183);
    assert.equal(response().body.length, 0);
  }
});

// ── both ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

test('400 calls with early sound over a network that loses 10 % and reorders: all are answered, nothing is left', () => {
  const seed = 20_260_302;
  const lab = new Laboratory({ seed, loss: 0.1, delayMs: 5, jitterMs: 20, record: false });
  const caller = lab.agent('10.0.0.1');
  const callee = new TestCallee(lab.agent(CALLEE), (invite, self) => {
    invite.progress(180);
    lab.clock.setTimer(50, () => invite.progress(183, `answer to ${invite.offer}`));
    // Half of them are answered while the PRACK may still be missing.
    const answerMs = self.invites.length % 2 === 0 ? 60 : 3_000;
    lab.clock.setTimer(answerMs, () => {
      if (invite.pending) self.accept(invite, `answer to ${invite.offer}`);
    });
  });
  const calls: TestCall[] = [];
  for (let index = 0; index < 400; index++) {
    const target: InviteTarget = { uri: uri(`sip:b@${CALLEE}`) };
    const reliable = index % 3 === 0 ? 'required' : 'supported';
    calls.push(new TestCall().start(caller, [], { targets: [target], offer: `offer ${index}`, reliable }));
    lab.clock.advance(10);
  }
  lab.clock.advance(45_000);
  const wrong = calls.filter((call, index) => call.sdp !== `answer to offer ${index}`).map((call) => call.rejected);
  assert.deepEqual({ seed, wrong }, { seed, wrong: [] });
  const silent = calls.filter((call) => !call.progress.includes(`183 ${call.sdp}`)).length;
  assert.equal(silent, 0, `seed ${seed}: no 200 overtakes the early answer`);
  for (const call of calls) call.session!.bye();
  lab.clock.advance(300_000);
  assert.equal(callee.ends.length, 400);
  assert.deepEqual(lab.leftovers(), nothingLeft);
});

test('our caller demands what our callee can do', () => {
  const lab = new Laboratory({ seed: 4 });
  const caller = lab.agent('10.0.0.1');
  new TestCallee(lab.agent(CALLEE), (invite, self) => {
    invite.progress(180);
    lab.clock.setTimer(1_000, () => self.accept(invite));
  });
  const call = new TestCall().start(caller, `sip:b@${CALLEE}`, { reliable: 'required' });
  lab.clock.advance(2_000);
  assert.deepEqual(call.progress, ['180']);
  assert.equal(call.sdp, 'answer');
  const seen = ['INVITE', '180 INVITE', 'PRACK', '200 PRACK', '200 INVITE', 'ACK'];
  assert.deepEqual(lab.names(), seen);
});
