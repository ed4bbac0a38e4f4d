/**
 * Session descriptions inside multipart bodies (RFC 5621), in every message that carries one, and bodies beside them.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SipRequest, SipResponse } from '../message/message.ts';
import { RawPeer } from './testing/raw-peer.ts';
import { Laboratory, nothingLeft, TestCall, TestCallee } from './testing/two-agents.ts';

const type = 'multipart/mixed; boundary="limit"';
const part = (contentType: string, content: string, handling: string | null = null) =>
  `--limit\r\nContent-Type: ${contentType}\r\n${handling === null ? '' : `Content-Disposition: signal;handling=${handling}\r\n`}\r\n${content}\r\n`;
const isup = part('application/isup;version=itu-t92+', '\x01\x11', 'optional');
const wrap = (description: string, other = isup) => `${other}${part('application/sdp', description)}--limit--\r\n`;
const required = part('application/x-needed', 'x', 'required');

function open(seed: number) {
  const lab = new Laboratory({ seed });
  const agent = lab.agent('10.0.0.2');
  const callee = new TestCallee(agent);
  return { lab, agent, callee, probe: new RawPeer(lab) };
}

/** Inside the dialog that the probe's call `callId` made. */
function dialogOf({ last }: RawPeer, callId: string) {
  return { callId, toTag: last.message.toTag! };
}

test('INVITE, re-INVITE and ACK of a caller', async () => {
  const { lab, callee, probe } = open(1);
  assert.equal(
    probe.ask('INVITE', { callId: 'x', body: wrap('one'), headers: { 'Content-Type': type } }).name,
    '200 INVITE',
  );
  assert.equal(callee.invites[0]!.offer, 'one');
  const dialog = dialogOf(probe, 'x');
  probe.send('ACK', { ...dialog, cseq: 1 });
  lab.clock.advance(5);
  const offers: (string | null)[] = [];
  callee.sessions[0]!.onReinvite = (offer, reply) => {
    offers.push(offer);
    reply.accept(offer === null ? 'our offer' : 'our answer');
  };
  probe.ask('INVITE', { ...dialog, body: wrap('two'), headers: { 'Content-Type': type } });
  assert.equal(probe.last.name, '200 INVITE');
  probe.send('ACK', { ...dialog, cseq: 3 });
  lab.clock.advance(5);
  probe.ask('INVITE', { ...dialog, headers: {} });
  probe.send('ACK', { ...dialog, cseq: 5, body: wrap('three', required), headers: { 'Content-Type': type } });
  lab.clock.advance(5);
  assert.deepEqual(offers, ['two', null]);
  assert.deepEqual(callee.answers, [null, null, 'three'], 'nobody can refuse an ACK');
  assert.equal(probe.ask('BYE', dialog).name, '200 BYE');
  lab.clock.advance(250_000);
  assert.deepEqual(lab.leftovers(), nothingLeft);
});

test('what has to be understood and is not: 415 that says what we take, wherever a request carries it', () => {
  const { callee, probe } = open(2);
  const body = wrap('one', required);
  const refused = (method: string, inside: object = {}, content: { body: string; type: string } = { body, type }) => {
    const { message, name } = probe.ask(method, {
      ...inside,
      body: content.body,
      headers: { 'Content-Type': content.type },
    });
    assert.equal(name, `415 ${method}`);
    assert.match(message.headers.get('Accept')!, /application\/sdp.*multipart\/mixed/);
    assert.equal(message.headers.get('Accept-Encoding'), 'identity');
  };
  refused('INVITE');
  refused('INVITE', {}, { body: 'x', type: 'application/isup' });
  refused('OPTIONS');
  refused('REGISTER', {}, { body: 'x', type: 'application/isup' });
  probe.ask('INVITE', { callId: 'x', body: wrap('one'), headers: { 'Content-Type': type } });
  const dialog = dialogOf(probe, 'x');
  probe.send('ACK', { ...dialog, cseq: 3 });
  callee.sessions[0]!.onReinvite = () => assert.fail('asked');
  refused('INVITE', dialog);
  refused('INFO', dialog);
  refused('OPTIONS', dialog);
  refused('INFO', dialog, { body: 'x', type: 'application/isup' });
  assert.equal(callee.ends.length, 0);
});

test('what may be ignored is: an INVITE with nothing else leaves the offer to us, INFO and OPTIONS are fine', () => {
  const { callee, probe } = open(3);
  const optional = { 'Content-Type': 'application/isup', 'Content-Disposition': 'signal;handling=optional' };
  probe.ask('INVITE', { callId: 'x', body: '\x01', headers: optional });
  assert.equal(probe.last.name, '200 INVITE');
  assert.equal(callee.invites[0]!.offer, null);
  const dialog = dialogOf(probe, 'x');
  probe.send('ACK', { ...dialog, cseq: 1, body: wrap('answer'), headers: { 'Content-Type': type } });
  const digits: string[] = [];
  callee.sessions[0]!.onKey = ({ digit }) => digits.push(digit);
  assert.equal(probe.ask('INFO', { ...dialog, body: '\x2c', headers: optional }).name, '200 INFO');
  assert.equal(probe.ask('OPTIONS', { ...dialog, body: '\x2c', headers: optional }).name, '200 OPTIONS');
  assert.equal(probe.ask('OPTIONS', { body: wrap('x'), headers: { 'Content-Type': type } }).name, '200 OPTIONS');
  assert.deepEqual(callee.answers, ['answer']);
  const body = `${isup}${part('application/dtmf', '5')}--limit--\r\n`;
  assert.equal(probe.ask('INFO', { ...dialog, body, headers: { 'Content-Type': type } }).name, '200 INFO');
  assert.deepEqual(digits, ['5']);
  assert.equal(probe.ask('BYE', { ...dialog, body: 'x', headers: { 'Content-Type': 'text/plain' } }).name, '200 BYE');
});

test('183 and 200 to our INVITE, and to our re-INVITE', async () => {
  const { lab, agent } = open(4);
  const probe = new RawPeer(lab, '10.0.0.8');
  const call = new TestCall().start(agent, 'sip:b@10.0.0.8');
  lab.clock.advance(5);
  const invite = () => lab.last('INVITE').message as SipRequest;
  probe.answer(invite(), 183, { body: wrap('early'), contentType: type });
  lab.clock.advance(5);
  probe.answer(invite(), 200, { body: wrap('final', required), contentType: type });
  lab.clock.advance(5);
  assert.deepEqual(call.progress, ['183 early']);
  assert.equal(call.sdp, 'final', 'nobody can refuse an answer');
  assert.equal(lab.count('ACK'), 1);
  const result = call.session!.reinvite('offer');
  lab.clock.advance(5);
  probe.answer(invite(), 200, { body: wrap('again'), contentType: type });
  await lab.clock.advanceAsync(5);
  assert.deepEqual(await result, { ok: true, answer: 'again' });
  assert.deepEqual(call.ends, []);
  call.session!.bye();
  lab.clock.advance(5);
  probe.answer(lab.last('BYE').message as SipRequest, 200);
  lab.clock.advance(250_000);
  assert.deepEqual(lab.leftovers(), nothingLeft);
});

test('a PRACK that carries the answer to our offer', () => {
  const { lab, agent, probe } = open(5);
  const answers: (string | null)[] = [];
  agent.onInvite = (invite) => {
    invite.onPrack = (answer) => answers.push(answer);
    invite.progress(183, 'our offer', true);
  };
  const said = probe.ask('INVITE', { callId: 'x', headers: { Require: '100rel' } }).message as SipResponse;
  assert.equal(said.status, 183);
  const rack = `${said.headers.get('RSeq')} 1 INVITE`;
  const headers = { RAck: rack, 'Content-Type': type };
  const prack = probe.ask('PRACK', { callId: 'x', toTag: said.toTag!, body: wrap('answer'), headers });
  assert.equal(prack.name, '200 PRACK');
  assert.deepEqual(answers, ['answer']);
  lab.clock.advance(1);
});
