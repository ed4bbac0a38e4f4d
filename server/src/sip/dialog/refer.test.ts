import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SipRequest } from '../message/message.ts';
import type { UserAgentOptions } from '../user-agent.ts';
import type { IncomingRefer, Referral } from './refer.ts';
import { type ReferInput, type ReferState, referTable } from './refer-states.ts';
import { establish } from './testing/established.ts';
import { type Question, RawPeer } from './testing/raw-peer.ts';
import { Laboratory, nothingLeft, TestCallee } from './testing/two-agents.ts';

/** A peer made by hand calls us, and is answered; what it asks for by REFER is kept. */
function stage(options: Partial<UserAgentOptions> = {}, onRefer?: (refer: IncomingRefer) => void) {
  const lab = new Laboratory({ seed: 1 });
  const agent = lab.agent('10.0.0.2', options);
  const callee = new TestCallee(agent);
  const peer = new RawPeer(lab);
  const toTag = establish(lab, peer, 'call');
  const refers: IncomingRefer[] = [];
  callee.sessions[0]!.onRefer = onRefer ?? ((refer) => void refers.push(refer));
  let cseq = 1;
  const ask = (method: string, question: Question = {}) =>
    peer.send(method, { callId: 'call', toTag, cseq: ++cseq, ...question });
  const refer = (headers: Record<string, string> = {}) => {
    ask('REFER', { headers: { 'Refer-To': '<sip:15001@example.test>', ...headers } });
    lab.clock.advance(5);
    return refers.at(-1)!;
  };
  const notifies = () =>
    lab.seen.flatMap(({ name, message, to }) =>
      name === 'NOTIFY' && to === '10.0.0.9' ? [message as SipRequest] : [],
    );
  /** Those of the peer's transactions that it has not answered yet are answered. */
  const answer = (status = 200) => {
    peer.answer(notifies().at(-1)!, status);
    lab.clock.advance(5);
  };
  const told = () =>
    [...new Map(notifies().map((one) => [one.cseq.number, one])).values()].map((one) => {
      const [line] = one.body.toString('latin1').split('\r\n');
      const [state] = (one.headers.get('Subscription-State') ?? '').split(/;expires=\d+/);
      return `${line!.slice(8)} ${state}`;
    });
  const end = () => {
    callee.sessions[0]!.bye();
    lab.clock.advance(5);
    const bye = lab.seen.findLast(({ name, to }) => name === 'BYE' && to === '10.0.0.9');
    if (bye !== undefined) peer.answer(bye.message as SipRequest, 200);
    lab.clock.advance(400_000);
    assert.deepEqual(lab.leftovers(), nothingLeft);
    assert.equal(agent.counters().referrals, 0);
  };
  return { lab, agent, callee, peer, refers, ask, refer, answer, notifies, told, end };
}

test('accepted: 202, at once 100, then what is known, and at last how it ended', () => {
  const it = stage();
  const referral = it.refer().accept();
  it.lab.clock.advance(5);
  const accepted = it.lab.last('202 REFER').message;
  assert.match(accepted.headers.get('Contact') ?? '', /^<sip:partyline@10\.0\.0\.2/);
  const [first] = it.notifies();
  const said = (name: string) => first!.headers.get(name);
  assert.deepEqual([said('Event'), said('Content-Type')], ['refer', 'message/sipfrag;version=2.0']);
  assert.equal(said('Subscription-State'), 'active;expires=300');
  assert.equal(first!.body.toString(), 'SIP/2.0 100 Trying\r\n');
  assert.match(said('Contact') ?? '', /partyline@10\.0\.0\.2/);
  it.answer();
  referral.progress(180);
  referral.progress(180);
  it.lab.clock.advance(5);
  it.answer();
  void referral.end(486);
  it.lab.clock.advance(5);
  it.answer();
  assert.deepEqual(it.told(), [
    '100 Trying active',
    '180 Ringing active',
    '486 Busy Here terminated;reason=noresource',
  ]);
  assert.equal(it.agent.counters().referrals, 0);
  assert.deepEqual(it.agent.counters().refers, { accepted: 1, refused: 0 });
  it.end();
});

test('one NOTIFY at a time: what is known before the last was taken is told with the next, the newest alone', () => {
  const it = stage();
  const referral = it.refer().accept();
  referral.progress(180);
  referral.progress(183);
  it.lab.clock.advance(5);
  assert.deepEqual(it.told(), ['100 Trying active']);
  it.answer();
  assert.deepEqual(it.told(), ['100 Trying active', '183 Session Progress active']);
  referral.progress(180);
  void referral.end(200);
  void referral.end(486);
  it.answer();
  assert.deepEqual(it.told().at(-1), '200 OK terminated;reason=noresource');
  it.answer();
  referral.progress(199);
  assert.equal(it.told().length, 3);
  it.end();
});

test('a NOTIFY that is refused, or never answered, ends what is told and nothing else', () => {
  for (const status of [481, 489, 500, null]) {
    const it = stage();
    const referral = it.refer().accept();
    let heard = false;
    void referral.end(200).then(() => {
      heard = true;
    });
    it.lab.clock.advance(5);
    if (status === null) it.lab.clock.advance(40_000);
    else it.answer(status);
    assert.deepEqual([it.told(), it.agent.counters().referrals], [['100 Trying active'], 0]);
    assert.deepEqual([it.callee.sessions[0]!.ended, it.agent.counters().dialogs], [false, 1]);
    void Promise.resolve().then(() => assert.ok(heard));
    it.end();
  }
});

test('the session may end first: what came of it is told all the same, and then the dialog is gone', () => {
  const it = stage();
  const referral = it.refer().accept();
  it.lab.clock.advance(5);
  it.answer();
  it.ask('BYE');
  it.lab.clock.advance(5);
  assert.deepEqual([it.callee.sessions[0]!.ended, it.agent.counters().dialogs], [true, 1]);
  it.ask('REFER', { headers: { 'Refer-To': '<sip:1@example.test>' } });
  it.lab.clock.advance(5);
  assert.equal(it.lab.count('481 REFER'), 1);
  void referral.end(200);
  it.lab.clock.advance(5);
  it.answer();
  assert.equal(it.told().at(-1), '200 OK terminated;reason=noresource');
  assert.equal(it.agent.counters().dialogs, 0);
  it.end();
});

test('what is not known in five minutes is told no more', () => {
  const it = stage();
  it.refer().accept();
  it.lab.clock.advance(5);
  it.answer();
  it.lab.clock.advance(300_000);
  assert.equal(it.told().at(-1), '100 Trying terminated;reason=timeout');
  it.answer();
  it.end();
});

test('closing says nothing more, and leaves no timer', async () => {
  const it = stage();
  const told = it.refer().accept().end(200);
  await it.agent.close();
  await told;
  assert.equal(it.agent.counters().referrals, 0);
});

test('of several in one dialog each has its number; the same REFER once more is answered as before', () => {
  const it = stage();
  void it.refer().accept().end(486);
  it.lab.clock.advance(5);
  it.answer();
  it.answer();
  void it.refer().accept().end(200);
  it.lab.clock.advance(5);
  assert.deepEqual(
    it
      .notifies()
      .map((one) => one.headers.get('Event'))
      .at(-1),
    'refer;id=3',
  );
  const again = it.lab.last('REFER').message as SipRequest;
  it.ask('REFER', { cseq: 3, via: again.headers.get('Via')!, headers: { 'Refer-To': '<sip:15001@example.test>' } });
  it.lab.clock.advance(5);
  assert.deepEqual([it.refers.length, it.lab.count('202 REFER')], [2, 3]);
  it.answer();
  it.answer();
  it.end();
});

test('who wants no news gets none, unless there is something to know', () => {
  const it = stage();
  const silent = it.refer({ 'Refer-Sub': 'false', Require: 'norefersub' }).accept();
  silent.progress(180);
  void silent.end(200);
  it.lab.clock.advance(5);
  assert.equal(it.lab.last('202 REFER').message.headers.get('Refer-Sub'), 'false');
  assert.deepEqual([it.told(), it.agent.counters().referrals], [[], 0]);
  void it.refer({ 'Refer-Sub': 'False' }).accept(true).end(404);
  it.lab.clock.advance(5);
  assert.equal(it.lab.last('202 REFER').message.headers.get('Refer-Sub'), null);
  it.answer();
  it.answer();
  assert.equal(it.told().at(-1), '404 Not Found terminated;reason=noresource');
  it.end();
});

test('what is no REFER, and more of them than are told of, are refused and counted', () => {
  const it = stage({ limits: { referrals: 1 } });
  it.refer({ 'Refer-To': 'nobody' });
  it.refer({ 'Refer-To': '<http://example.test/>' });
  it.refer({ Require: 'multiple-refer' });
  it.ask('REFER');
  it.refer().accept();
  it.lab.clock.advance(5);
  it.answer();
  it.refer();
  const toTag = establish(it.lab, it.peer, 'other');
  it.callee.sessions[1]!.onRefer = (refer) => void refer.accept();
  it.ask('REFER', { callId: 'other', toTag, headers: { 'Refer-To': '<sip:1@example.test>' } });
  it.lab.clock.advance(5);
  it.callee.sessions[1]!.bye();
  it.lab.clock.advance(5);
  it.peer.answer(it.lab.last('BYE').message as SipRequest, 200);
  const statuses = it.lab.seen.flatMap(({ name }) => (/^\d+ REFER$/.test(name) ? [Number(name.slice(0, 3))] : []));
  assert.deepEqual(statuses, [400, 603, 420, 400, 202, 491, 503]);
  assert.deepEqual(it.agent.counters().refers, { accepted: 1, refused: 5 });
  it.end();
});

test('what the owner throws is answered 500', () => {
  const it = stage({}, () => {
    throw new Error('a mistake');
  });
  it.refer();
  assert.equal(it.lab.count('500 REFER'), 1);
  it.end();
});

test('before the answer there is no call to send on: 491, and the dialog lives', () => {
  const lab = new Laboratory({ seed: 1 });
  const callee = new TestCallee(lab.agent('10.0.0.2'), (invite) => invite.progress(180));
  const peer = new RawPeer(lab);
  const sdp = { body: 'offer', headers: { 'Content-Type': 'application/sdp' } };
  const { toTag } = peer.ask('INVITE', { callId: 'call', cseq: 1, ...sdp }).message;
  const headers = { 'Refer-To': '<sip:15001@example.test>' };
  peer.ask('REFER', { callId: 'call', cseq: 2, toTag: toTag!, headers });
  assert.deepEqual([lab.count('491 REFER'), callee.invites[0]!.pending], [1, true]);
});

test('an INVITE that wants the place of a dialog is refused, whoever sends it', () => {
  const it = stage();
  const tag = it.lab.last('200 INVITE').message.toTag!;
  const asked = (value: string, more: Record<string, string> = {}) => {
    const headers = { 'Content-Type': 'application/sdp', Replaces: value, ...more };
    it.peer.ask('INVITE', { cseq: 1, body: 'offer', headers });
    return it.lab.seen.findLast(({ name, to }) => to === '10.0.0.9' && /[2-6]\d\d INVITE/.test(name))!.name;
  };
  assert.equal(asked(`call;to-tag=${tag};from-tag=probe`), '403 INVITE');
  assert.equal(asked(`call;to-tag=${tag};from-tag=probe`, { Require: 'replaces' }), '403 INVITE');
  assert.equal(asked(`call;to-tag=${tag};from-tag=other`), '481 INVITE');
  assert.equal(asked('elsewhere;to-tag=1;from-tag=2;early-only'), '481 INVITE');
  assert.equal(asked('call'), '400 INVITE');
  assert.equal(it.callee.invites.length, 1);
});

test('the table: every input in every state ends, and what has ended says nothing more', () => {
  const states = Object.keys(referTable) as ReferState[];
  const inputs: ReferInput[] = ['tell', 'tellLast', 'taken', 'lost'];
  for (const state of states) {
    for (const input of inputs) {
      const row = referTable[state][input];
      if (row === undefined) continue;
      assert.ok(states.includes(row.next));
      // A NOTIFY goes out exactly where an answer is waited for from then on, and was not before.
      const waits = (one: ReferState) => one !== 'idle' && one !== 'over';
      if (row.effect === 'send' || row.effect === 'sendLast')
        assert.ok(waits(row.next) && (!waits(state) || input === 'taken'));
      assert.equal(row.next === 'over', row.effect === 'end');
    }
    // Whatever has been told, an answer to each NOTIFY and one last word lead to the end.
    let at = state;
    for (const input of ['tellLast', 'taken', 'taken'] as const) at = referTable[at][input]?.next ?? at;
    assert.equal(at, 'over');
  }
});

test('random news, losses and answers: the last word is the last, and nothing is left', () => {
  for (let seed = 1; seed <= 40; seed++) {
    const it = stage();
    const referral: Referral = it.refer().accept();
    let final: number | null = null;
    for (let step = 0; step < 12; step++) {
      const dice = (seed * 7919 + step * 104_729) % 5;
      if (dice === 0) referral.progress(180 + (step % 10));
      else if (dice === 1 && final === null && step > 5) {
        final = 486;
        void referral.end(486);
      } else if (dice === 2) it.lab.clock.advance(700);
      else if (it.notifies().length > 0) it.answer();
    }
    final ??= 200;
    void referral.end(final);
    for (let i = 0; i < 4; i++) {
      it.lab.clock.advance(5);
      it.answer();
    }
    const told = it.told();
    assert.equal(told.filter((line) => line.includes('terminated')).length, 1, told.join());
    assert.match(told.at(-1)!, new RegExp(`^${final} .*terminated`));
    it.end();
  }
});
