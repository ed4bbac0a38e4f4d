import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Headers } from '../message/headers.ts';
import { SipResponse } from '../message/message.ts';
import { saidIn } from './refusal.ts';

function said(name: 'Reason' | 'Warning', ...lines: string[]): string | null {
  const headers = new Headers();
  for (const line of lines) headers.append(name, line);
  return saidIn(new SipResponse(404, 'Not Found', headers))[name === 'Reason' ? 'reason' : 'warning'];
}

test('the Reason of a refusal is kept as it stands, and of an odd one what can be read', () => {
  for (const text of [
    'Q.850;cause=1',
    'Q.850 ;cause=34 ;text="No circuit"',
    'SIP;cause=200;text="Call completed elsewhere", Q.850;cause=16',
    'X.int;reasoncode=0x00000000;add-info=05CA.0001.0001',
    'Q.850;cause=1;text="Rufnummer ungültig"',
    'Q.850\t;cause=1',
  ]) {
    assert.equal(said('Reason', text), text);
  }
  const odd: [text: string, told: string][] = [
    ['Q.850;cause=1;', 'Q.850;cause=1'],
    ['Q.850;;cause=1', 'Q.850;cause=1'],
    ['Q.850; ;cause=17; ', 'Q.850;cause=17'],
    ['Q.850;cause=1;text=', 'Q.850;cause=1'],
    ['Q.850;cause=1;cause=1', 'Q.850;cause=1;cause=1'],
    ['Q.850;cause=21;text="open', 'Q.850;cause=21'],
    ['SIP;cause=404;text=ungültig', 'SIP;cause=404;text="ungültig"'],
    ['Q.850;cause=1;loc=[::1]:5', 'Q.850;cause=1;loc=[::1]:5'],
    ['Q.850;cause=1;(odd)', 'Q.850;cause=1'],
  ];
  for (const [text, told] of odd) assert.equal(said('Reason', text), told, text);
  assert.equal(said('Reason', 'nobody knows', 'Q.850;cause=1;'), 'Q.850;cause=1', 'one value does not cost another');
  for (const text of ['', ';cause=1', 'Q.850;cause=', 'two words;cause=1', `Q.850;text="${'a'.repeat(600)}"`]) {
    assert.equal(said('Reason', text), null, text);
  }
});

test('the Warning of a refusal is kept, whatever is left out or not in quotes', () => {
  for (const text of [
    '399 gw.example "No such number"',
    '304 isi.edu:5060 "Media type not available"',
    '399 [2001:db8::1]:5060 "x"',
    '370 devnull "Choose a bigger pipe", 307 isi.edu "Session"',
    '399 h "Rufnummer ungültig"',
  ]) {
    assert.equal(said('Warning', text), text);
  }
  const odd: [text: string, told: string][] = [
    ['399  h  "two blanks"', '399 h "two blanks"'],
    ['399\th\t"tabs"', '399 h "tabs"'],
    ['399 "no agent"', '399 - "no agent"'],
    ['399 h "with more";foo=bar', '399 h "with more"'],
    ['399 h Call not allowed', '399 h "Call not allowed"'],
  ];
  for (const [text, told] of odd) assert.equal(said('Warning', text), told, text);
  for (const text of ['', '399', '399 h', '1399 h "x"', 'h "x"', '399 h "open']) {
    assert.equal(said('Warning', text), null, text);
  }
});
