import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SipRequest, type SipResponse } from '../message/message.ts';
import { RawPeer } from './testing/raw-peer.ts';
import { Laboratory, nothingLeft, TestCall } from './testing/two-agents.ts';

const phone = '10.0.0.3';
const us = '10.0.0.1';

/** We call a hand-made phone, which sends requests inside the early dialog before it answers. */
function ringing() {
  const lab = new Laboratory({ seed: 1 });
  const agent = lab.agent(us);
  const peer = new RawPeer(lab, phone);
  const keys: string[] = [];
  const call = new TestCall().start(agent, `sip:line1@${phone}`, { onKey: ({ digit }) => keys.push(digit) });
  lab.clock.advance(5);
  const sent = (method: string): SipRequest => {
    const found = lab.seen.findLast(({ to, message }) => {
      return to === phone && message instanceof SipRequest && message.method === method;
    });
    assert.ok(found, `no ${method}`);
    return found.message as SipRequest;
  };
  const answer = (method: string, status: number, toTag = 'one', headers?: [string, string][]): void => {
    peer.answer(sent(method), status, { toTag, ...(headers === undefined ? {} : { headers }) });
    lab.clock.advance(5);
  };
  let cseq = 0;
  const ask = (method: string, body = '', fromTag = 'one', type = 'application/dtmf-relay'): number => {
    const { callId, fromTag: toTag } = sent('INVITE');
    assert.ok(toTag !== null);
    const headers = body === '' ? {} : { 'Content-Type': type };
    const reply = peer.ask(method, { callId, fromTag, toTag, cseq: ++cseq, body, headers }, us);
    return (reply.message as SipResponse).status;
  };
  const end = () => {
    lab.clock.advance(250_000);
    assert.deepEqual(lab.leftovers(), nothingLeft);
  };
  return { lab, call, keys, answer, ask, end };
}

test('a key that a called party tells by INFO before its answer is taken, and so are those after it', () => {
  const { call, keys, answer, ask, end } = ringing();
  assert.equal(ask('INFO', 'Signal=1'), 481, 'it has said nothing yet, so there is no dialog');
  answer('INVITE', 183);
  assert.equal(ask('INFO', 'Signal=2\r\nDuration=100'), 200);
  assert.equal(ask('INFO', '3', 'one', 'application/dtmf'), 200);
  assert.equal(ask('INFO', 'Signal=nothing'), 400);
  assert.equal(ask('INFO'), 200, 'a sign of life');
  assert.equal(ask('OPTIONS'), 200);
  assert.equal(ask('INFO', 'Signal=4', 'stranger'), 481);
  assert.deepEqual(keys, ['2', '3']);
  answer('INVITE', 200);
  assert.ok(call.session);
  call.session.onKey = ({ digit }) => keys.push(`answered ${digit}`);
  assert.equal(ask('INFO', 'Signal=5'), 200);
  assert.deepEqual(keys, ['2', '3', 'answered 5']);
  call.session.bye();
  answer('BYE', 200);
  end();
});

test('what a called party may not ask before its answer is refused and changes nothing', () => {
  const { call, answer, ask, end } = ringing();
  answer('INVITE', 180);
  assert.deepEqual([ask('BYE'), ask('PRACK'), ask('INVITE'), ask('UPDATE')], [481, 481, 481, 405]);
  answer('INVITE', 200);
  assert.ok(call.session);
  call.session.bye();
  answer('BYE', 200);
  end();
});

test('each of several forks has a dialog; none is left after one has answered, all have refused, or we have given up', () => {
  for (const how of ['answered', 'refused', 'cancelled']) {
    const { lab, call, keys, answer, ask, end } = ringing();
    answer('INVITE', 180, 'one');
    answer('INVITE', 183, 'two');
    assert.deepEqual([ask('INFO', 'Signal=1', 'one'), ask('INFO', 'Signal=2', 'two')], [200, 200]);
    if (how === 'answered') answer('INVITE', 200, 'one');
    else if (how === 'refused') answer('INVITE', 486, 'one');
    else {
      call.invite!.cancel();
      lab.clock.advance(5);
      ask('INFO', 'Signal=9', 'two');
      answer('CANCEL', 200, 'one');
      answer('INVITE', 487, 'one');
    }
    assert.equal(ask('INFO', 'Signal=3', 'two'), 481, how);
    assert.deepEqual(keys, ['1', '2'], how);
    if (how === 'answered') {
      call.session!.bye();
      answer('BYE', 200);
    }
    end();
  }
});

test('a 2xx whose Contact cannot be read goes on to where the phone said before that it is', () => {
  const { lab, call, answer, end } = ringing();
  answer('INVITE', 180, 'one', [['Contact', `<sip:line7@${phone}:5060>`]]);
  const unreadable: [string, string][] = [['Contact', '<sip:@@@>']];
  answer('INVITE', 200, 'one', unreadable);
  assert.ok(call.session, 'the call goes on');
  const ack = lab.last('ACK').message as SipRequest;
  assert.equal(ack.uri.user, 'line7');
  call.session.bye();
  answer('BYE', 200);
  end();
});
