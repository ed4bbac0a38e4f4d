import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SipRequest } from '../../sip/message/message.ts';
import { formatNameAddr } from '../../sip/message/name-addr.ts';
import { parseMessage } from '../../sip/message/parse.ts';
import { numberOrName } from '../../sip/message/telephone-subscriber.ts';
import { callerOfCarrier, dialledByCarrier, identityForCarrier } from './asserted-identity.ts';

/** An INVITE as a carrier sends it. */
function invite(uri: string, from: string, ...headers: string[]) {
  const parsed = parseMessage(
    Buffer.from(
      [
        `INVITE ${uri} SIP/2.0`,
        'Via: SIP/2.0/UDP 198.51.100.7:5060;branch=z9hG4bK1',
        'Max-Forwards: 70',
        `From: ${from};tag=1`,
        ...(headers.some((line) => line.startsWith('To:')) ? [] : [`To: <${uri}>`]),
        'Call-ID: 1',
        'CSeq: 1 INVITE',
        'Contact: <sip:198.51.100.7>',
        ...headers,
        'Content-Length: 0',
        '\r\n',
      ].join('\r\n'),
    ),
  );
  assert.ok(parsed.ok && parsed.message instanceof SipRequest, JSON.stringify(parsed));
  const request = parsed.message;
  return { request, from: request.from, dialled: numberOrName(request.uri) };
}

const ours = 'sip:3235550100@192.0.2.1';
const plain = '"Ann" <sip:+13235550142@carrier.test>';

test('whom a carrier names: the identity it vouches for, else From', () => {
  const told = (from: string, ...headers: string[]) => callerOfCarrier(invite(ours, from, ...headers));
  assert.deepEqual(told(plain), { number: '+13235550142', name: 'Ann' });
  assert.deepEqual(told('sip:1-323-555-0142@carrier.test'), { number: '13235550142', name: '' });
  assert.deepEqual(told('<sip:ann.lee@carrier.test>'), { number: 'ann.lee', name: '' });
  assert.deepEqual(told('<sip:carrier.test>'), { number: '', name: '' });
  const identity = 'P-Asserted-Identity: "Bob" <sip:+13235550199@carrier.test>';
  assert.deepEqual(told(plain, identity), { number: '+13235550199', name: 'Bob' });
  assert.deepEqual(told(plain, `${identity}, <tel:+1-323-555-0111>`), { number: '+13235550199', name: 'Bob' });
  assert.deepEqual(told(plain, 'P-Asserted-Identity: <tel:+1-323-555-0111>'), { number: '+13235550111', name: 'Ann' });
  assert.deepEqual(told(plain, 'P-Asserted-Identity: nonsense'), { number: '+13235550142', name: 'Ann' });
  // Only From is the caller's own wish; what it prefers is not what the carrier vouches for.
  assert.deepEqual(told(plain, 'P-Preferred-Identity: <sip:211@x.test>'), { number: '+13235550142', name: 'Ann' });
});

test('Remote-Party-ID is the same, where a carrier vouches by nothing else', () => {
  const told = (...headers: string[]) => callerOfCarrier(invite(ours, plain, ...headers));
  const remote = 'Remote-Party-ID: "Bob, B." <sip:+13235550199@carrier.test>';
  const bob = { number: '+13235550199', name: 'Bob, B.' };
  assert.deepEqual(told(remote), bob);
  assert.deepEqual(told(`${remote};party=calling;screen=yes;privacy=off`), bob);
  assert.deepEqual(told(`Remote-Party-ID: <sip:200@x.test>;party=called, ${remote.slice(17)};party=calling`), bob);
  const ann = { number: '+13235550142', name: 'Ann' };
  for (const other of [';party=called', ';privacy=full', ';party=calling;privacy=name']) {
    assert.deepEqual(told(remote + other), ann, other);
  }
  assert.deepEqual(told(remote, 'Privacy: id'), ann);
  assert.deepEqual(told('Remote-Party-ID: nonsense'), ann);
  const asserted = 'P-Asserted-Identity: <sip:+13235550188@carrier.test>';
  assert.equal(told(remote, asserted).number, '+13235550188');
});

test('parameters behind a number are no part of it', () => {
  const told = (from: string, ...headers: string[]) => callerOfCarrier(invite(ours, from, ...headers)).number;
  const verified = '<sip:+13235550142;verstat=TN-Validation-Passed@carrier.test;user=phone>';
  assert.equal(told(verified), '+13235550142');
  assert.equal(told('<tel:+1-323-555-0142;verstat=No-TN-Validation>'), '+13235550142');
  assert.equal(told('<sip:323-555-0142;phone-context=+1@carrier.test>'), '3235550142');
  for (const identity of ['sip:+13235550199;npdi;rn=+1323@x.test', 'tel:+1(323)555.0199;cpc=ordinary']) {
    assert.equal(told(plain, `P-Asserted-Identity: <${identity}>`), '+13235550199', identity);
  }
  const dialled = (account: string | null, uri: string, ...headers: string[]) =>
    dialledByCarrier(invite(uri, plain, ...headers), account);
  for (const uri of [
    'sip:+13235550100;npdi;rn=+13235550199@192.0.2.1',
    'sip:+13235550100;tgrp=tg1;trunk-context=carrier.test@192.0.2.1;user=phone',
    'tel:+1-323-555-0100',
    'tel:+13235550100;npdi',
  ]) {
    assert.equal(dialled(null, uri), '+13235550100', uri);
    assert.equal(dialled('acme', 'sip:acme@192.0.2.1', `P-Called-Party-ID: <${uri}>`), '+13235550100', uri);
    assert.equal(dialled('acme', 'sip:acme;x=y@192.0.2.1', `To: <${uri}>`), '+13235550100', uri);
    // An account that is a number.
    const account = 'sip:+13235550199;x=y@192.0.2.1';
    assert.equal(dialled('+1-323-555-0199', account, `To: <${uri}>`), '+13235550100', uri);
  }
});

test('a caller who wants to stay unknown is shown as From has it', () => {
  const hidden = '"Anonymous" <sip:anonymous@anonymous.invalid>';
  const identity = 'P-Asserted-Identity: <sip:+13235550199@carrier.test>';
  for (const wish of ['id', 'user', 'header;id', 'ID ; critical']) {
    assert.deepEqual(callerOfCarrier(invite(ours, hidden, identity, `Privacy: ${wish}`)), {
      number: 'anonymous',
      name: 'Anonymous',
    });
  }
  assert.equal(callerOfCarrier(invite(ours, hidden, identity, 'Privacy: none')).number, '+13235550199');
});

test('a carrier is told the caller twice, and nothing of somebody unknown', () => {
  const { from, headers } = identityForCarrier({ name: 'Ann Lee', number: '+13235550142' }, 'partyline.test');
  assert.equal(formatNameAddr(from), '"Ann Lee" <sip:+13235550142@partyline.test>');
  assert.deepEqual(headers, [['P-Asserted-Identity', '"Ann Lee" <sip:+13235550142@partyline.test>']]);
  const unknown = identityForCarrier({ name: '', number: '' }, 'partyline.test');
  assert.equal(formatNameAddr(unknown.from), 'Anonymous <sip:anonymous@anonymous.invalid>');
  assert.deepEqual(unknown.headers, []);
});

test('where we have registered, the number dialled stands elsewhere', () => {
  const dialled = (account: string | null, uri: string, ...headers: string[]) =>
    dialledByCarrier(invite(uri, plain, ...headers), account);
  assert.equal(dialled(null, ours), '3235550100');
  assert.equal(dialled('acme', ours), '3235550100');
  const contact = 'sip:acme@192.0.2.1:5060';
  assert.equal(dialled('acme', contact, 'To: <sip:3235550100@carrier.test>'), '3235550100');
  assert.equal(dialled('acme', contact, 'To: <tel:+1-323-555-0100>'), '+13235550100');
  const both = ['To: <sip:somebody@carrier.test>', 'P-Called-Party-ID: <sip:3235550100@carrier.test>'];
  assert.equal(dialled('acme', contact, ...both), '3235550100');
  // Without an account the Request-URI is what was dialled, whatever To says.
  assert.equal(dialled(null, contact, ...both), 'acme');
  assert.equal(dialled('acme', contact), 'acme');
  assert.equal(dialled(null, 'sip:192.0.2.1', 'To: <sip:3235550100@carrier.test>'), '3235550100');
});
