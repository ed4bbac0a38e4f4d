import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SipRequest } from '../message/message.ts';
import { RawPeer } from './testing/raw-peer.ts';
import { Laboratory, nothingLeft, TestCall, uri } from './testing/two-agents.ts';

const phone = '10.0.0.3';
const other = '10.0.0.4';

/** We call, and whoever is called rings by hand-made answers. */
function ringing(to: string[] = [phone]) {
  const lab = new Laboratory({ seed: 1 });
  const agent = lab.agent('10.0.0.1');
  const peers = new Map(to.map((host) => [host, new RawPeer(lab, host)]));
  const requestTo = (method: string, host: string): SipRequest => {
    const found = lab.seen.findLast(({ message, to: at }) => {
      return at === host && message instanceof SipRequest && message.method === method;
    });
    assert.ok(found, `no ${method} to ${host}`);
    return found.message as SipRequest;
  };
  const answer = (
    host: string,
    method: string,
    status: number,
    headers: [string, string][] = [],
    toTag = host,
  ): void => {
    const all: [string, string][] = [['Contact', `<sip:line1@${host}:5060>`], ...headers];
    peers.get(host)!.answer(requestTo(method, host), status, { toTag, headers: all });
    lab.clock.advance(5);
  };
  const notified = (host: string) =>
    lab.seen.filter(
      ({ to: at, message }) => at === host && message instanceof SipRequest && message.method === 'NOTIFY',
    ).length;
  const end = () => {
    lab.clock.advance(250_000);
    assert.deepEqual(lab.leftovers(), nothingLeft);
  };
  return { lab, agent, requestTo, answer, notified, end };
}

test('a phone that rings and takes `talk` is told to by NOTIFY inside its early dialog, which the call goes on with', () => {
  const { lab, agent, requestTo, answer, end } = ringing();
  const call = new TestCall().start(agent, `sip:line1@${phone}`);
  lab.clock.advance(5);
  assert.equal(call.invite!.takes('talk'), false, 'nothing is known yet');
  answer(phone, 'INVITE', 180, [
    ['Allow-Events', 'Hold, TALK'],
    ['Record-Route', `<sip:${phone};lr>`],
  ]);
  assert.deepEqual([call.invite!.takes('talk'), call.invite!.takes('dialog')], [true, false]);
  call.invite!.notify('talk');
  lab.clock.advance(5);
  const invite = requestTo('INVITE', phone);
  const notify = requestTo('NOTIFY', phone);
  const said = (name: string) => notify.headers.get(name);
  assert.equal(notify.callId, invite.callId);
  assert.equal(notify.toTag, phone);
  assert.equal(notify.fromTag, invite.fromTag);
  assert.deepEqual(notify.cseq, { number: invite.cseq.number + 1, method: 'NOTIFY' });
  assert.deepEqual([said('Event'), said('Subscription-State'), said('Route')], ['talk', 'active', `<sip:${phone};lr>`]);
  assert.equal(said('Contact'), '<sip:partyline@10.0.0.1:5060>');
  assert.equal(notify.body.length, 0);
  answer(phone, 'NOTIFY', 200);
  assert.equal(call.session === null, true, 'it has only taken the event');
  answer(phone, 'INVITE', 200, [['Record-Route', `<sip:${phone};lr>`]]);
  assert.ok(call.session);
  assert.equal(call.invite!.takes('talk'), false, 'it has answered');
  call.session.bye();
  lab.clock.advance(5);
  assert.equal(requestTo('BYE', phone).cseq.number, invite.cseq.number + 2);
  answer(phone, 'BYE', 200);
  end();
});

test('of several that ring the next one is told when one refuses; who is not asked is left alone', () => {
  const { lab, agent, answer, notified, end } = ringing([phone, other]);
  const call = new TestCall().start(agent, [`sip:line1@${phone}`, `sip:line1@${other}`]);
  lab.clock.advance(5);
  for (const host of [phone, other]) answer(host, 'INVITE', 180, [['Allow-Events', 'talk']]);
  call.invite!.notify('talk');
  lab.clock.advance(5);
  assert.deepEqual([notified(phone), notified(other)], [1, 0]);
  answer(phone, 'NOTIFY', 489);
  assert.deepEqual([notified(phone), notified(other)], [1, 1]);
  answer(other, 'NOTIFY', 200);
  answer(other, 'INVITE', 200);
  assert.ok(call.session);
  call.session.bye();
  answer(other, 'BYE', 200);
  answer(phone, 'INVITE', 487);
  end();
});

test('who takes it is gone while another rings', () => {
  const { lab, agent, answer, notified, end } = ringing([phone, other]);
  let fewer = 0;
  const call = new TestCall().start(agent, [`sip:line1@${phone}`, `sip:line1@${other}`], { onFewer: () => fewer++ });
  lab.clock.advance(5);
  answer(phone, 'INVITE', 180, [['Allow-Events', 'talk']]);
  answer(other, 'INVITE', 180);
  assert.equal(call.invite!.takes('talk'), true);
  answer(phone, 'INVITE', 486);
  assert.deepEqual([fewer, call.invite!.takes('talk')], [1, false]);
  call.invite!.notify('talk');
  lab.clock.advance(5);
  assert.deepEqual([notified(phone), notified(other)], [0, 0]);
  call.invite!.cancel();
  lab.clock.advance(5);
  answer(other, 'INVITE', 487);
  end();
});

test('what counts is what it said last: when it rang, else when it registered, and never against its Allow', () => {
  const cases: [registered: string[], said: [string, string][], takes: boolean][] = [
    [['talk'], [], true],
    [[], [], false],
    [['talk'], [['Allow-Events', 'hold']], false],
    [[], [['u', 'talk']], true],
    [['talk'], [['Allow', 'INVITE, ACK, BYE, CANCEL']], false],
    [
      [],
      [
        ['Allow-Events', 'talk'],
        ['Allow', 'INVITE, NOTIFY'],
      ],
      true,
    ],
    [[], [['Allow-Events', 'talk"er, ,;']], false],
  ];
  for (const [events, said, takes] of cases) {
    const { lab, agent, answer, end } = ringing();
    const targets = [{ uri: uri(`sip:line1@${phone}`), events }];
    const call = new TestCall().start(agent, [], { targets });
    lab.clock.advance(5);
    answer(phone, 'INVITE', 183, said);
    assert.equal(call.invite!.takes('talk'), takes, JSON.stringify([events, said]));
    answer(phone, 'INVITE', 486);
    assert.equal(call.invite!.takes('talk'), false);
    end();
  }
});
