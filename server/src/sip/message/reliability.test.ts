import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SipRequest, SipResponse } from './message.ts';
import { parseMessage } from './parse.ts';
import { hasOption, readRAck, readRSeq } from './reliability.ts';
import { wire } from './testing/wire.ts';

function parse(text: string): SipRequest | SipResponse {
  const result = parseMessage(wire(text));
  assert.ok(result.ok, result.ok ? '' : result.reason);
  return result.message;
}

/** A 183 as a carrier sends it, its lines ending in CR LF. */
function progress(lines: string): SipResponse {
  return parse(`SIP/2.0 183 Session Progress
Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK776asdhds
From: <sip:211@example.test>;tag=1928301774
To: <sip:+13235550101@carrier.example>;tag=a6c85cf
Call-ID: a84b4c76e66710
CSeq: 314159 INVITE
${lines}Content-Length: 0

`) as SipResponse;
}

function prack(line: string): SipRequest {
  return parse(`PRACK sip:a@192.0.2.9 SIP/2.0
Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK776asdhdt
Max-Forwards: 70
From: <sip:211@example.test>;tag=1928301774
To: <sip:+13235550101@carrier.example>;tag=a6c85cf
Call-ID: a84b4c76e66710
CSeq: 314160 PRACK
${line}Content-Length: 0

`) as SipRequest;
}

test('RSeq counts only with Require: 100rel, once, and from 1 to 2^32 - 1', () => {
  assert.equal(readRSeq(progress('Require: 100rel\nRSeq: 988789\n')), 988_789);
  assert.equal(readRSeq(progress('require:  x-other , 100REL\nrseq: 4294967295\n')), 4_294_967_295);
  for (const lines of [
    'RSeq: 988789\n',
    'Supported: 100rel\nRSeq: 988789\n',
    'Require: 100rel\n',
    'Require: 100rel\nRSeq: 0\n',
    'Require: 100rel\nRSeq: 4294967296\n',
    'Require: 100rel\nRSeq: -1\n',
    'Require: 100rel\nRSeq: 1 2\n',
    'Require: 100rel\nRSeq: \n',
    'Require: 100rel\nRSeq: 1\nRSeq: 2\n',
    'Require: 100relic\nRSeq: 1\n',
  ]) {
    assert.equal(readRSeq(progress(lines)), null, JSON.stringify(lines));
  }
  const final = progress('Require: 100rel\nRSeq: 7\n');
  for (const status of [100, 200, 486]) {
    final.status = status;
    assert.equal(readRSeq(final), null);
  }
});

test('RAck is the number of the response, the CSeq number and the method of its request', () => {
  assert.deepEqual(readRAck(prack('RAck: 776656 1 INVITE\n')), { rseq: 776_656, cseq: 1, method: 'INVITE' });
  assert.deepEqual(readRAck(prack('rack:4294967295\t 2147483647  INVITE \n')), {
    rseq: 4_294_967_295,
    cseq: 2_147_483_647,
    method: 'INVITE',
  });
  for (const line of [
    '',
    'RAck: \n',
    'RAck: 776656\n',
    'RAck: 776656 1\n',
    'RAck: 776656 1 \n',
    'RAck: 0 1 INVITE\n',
    'RAck: 4294967296 1 INVITE\n',
    'RAck: 1 2147483648 INVITE\n',
    'RAck: 1 x INVITE\n',
    'RAck: 1, 1 INVITE\n',
    'RAck: 1 1 INV ITE\n',
    'RAck: 1 1 INVITE;x\n',
    'RAck: 1 1 INVITE\nRAck: 2 1 INVITE\n',
  ]) {
    assert.equal(readRAck(prack(line)), null, JSON.stringify(line));
  }
});

test('option tags are found in any case, in lists and in the compact form', () => {
  assert.ok(hasOption(progress('k: timer, 100REL\n'), 'Supported', '100rel'));
  assert.ok(hasOption(progress('Supported: timer\nSupported: 100rel\n'), 'Supported', '100rel'));
  assert.ok(!hasOption(progress('Supported: timer\n'), 'Supported', '100rel'));
  assert.ok(!hasOption(progress(''), 'Require', '100rel'));
});
