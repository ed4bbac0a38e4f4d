/**
 * Numbers in URIs: RFC 3966, RFC 4694 (portability), RFC 4904 (trunk groups), verstat; alone and in the user part of a
 * SIP URI.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SeededRandom } from '../../base/random.ts';
import type { SipRequest } from './message.ts';
import { parseMessage } from './parse.ts';
import { numberOrName, telephoneSubscriber } from './telephone-subscriber.ts';
import { message } from './testing/wire.ts';
import { formatUri, parseUri, sameUri } from './uri.ts';

const seed = Number(process.env['FUZZ_SEED'] ?? 20_260_119);

const read = (text: string) => {
  const uri = parseUri(text);
  assert.ok(uri !== null, text);
  return numberOrName(uri);
};

test('whom a URI names', () => {
  const table: [uri: string, who: string][] = [
    ['sip:+13235550100@h', '+13235550100'],
    ['sip:+1-323-555-0100@h;user=phone', '+13235550100'],
    ['sip:+13235550100;npdi;rn=+13235550199@h', '+13235550100'],
    ['sip:+13235550100;rn=+1-323-555-0199;npdi=yes;cic=+10288@h:5070;transport=tcp', '+13235550100'],
    ['sip:3235550100;phone-context=+1@h', '3235550100'],
    ['sip:3235550100;phone-context=carrier.example@h;user=phone', '3235550100'],
    ['sip:+13235550100;tgrp=tg1;trunk-context=carrier.example@h', '+13235550100'],
    ['sip:+13235550100;verstat=TN-Validation-Passed@h', '+13235550100'],
    ['sip:+13235550100;isub=%31%32;isub-encoding=nsap-ia5@h', '+13235550100'],
    ['sip:+13235550100;ext=1-2;postd=pp22@h', '+13235550100'],
    ['sip:%2B13235550100%3Bnpdi@h', '+13235550100'],
    ['sip:+1%20(323)%20555-0100@h', '+13235550100'],
    ['sip:0003*211*3@h', '0003*211*3'],
    ['sip:211%23@h', '211#'],
    ['sip:211#@h', '211#'],
    ['sip:%23;phone-context=+49@h', '#'],
    ['sip:7b*;phone-context=+49@h;user=PHONE', '7B*'],
    ['sips:+13235550100;npdi:secret@h', '+13235550100'],
    ['tel:+13235550100', '+13235550100'],
    ['TEL:+1-323-555-0100;NPDI;rn=+1-323-555-0199', '+13235550100'],
    ['tel:%2B1(323)555.0100', '+13235550100'],
    ['tel:13235550100;phone-context=example.net', '13235550100'],
    ['tel:863-1234;phone-context=+1-914-555', '8631234'],
    ['tel:7042;phone-context=example.com', '7042'],
    ['tel:a12f*%23;phone-context=example.com', 'A12F*#'],
    // Names are names.
    ['sip:jane@h', 'jane'],
    ['sip:ann.lee@h', 'ann.lee'],
    ['sip:dad@h', 'dad'],
    ['sip:user;par=u%40example.net@h', 'user;par=u@example.net'],
    ['sip:1a@h', '1a'],
    ['sip:+@h', '+'],
    ['sip:h', ''],
    ['urn:service:sos', ''],
  ];
  for (const [uri, who] of table) assert.equal(read(uri), who, uri);
});

test('parameters are kept as they came', () => {
  const parameters = (text: string) => telephoneSubscriber(parseUri(text)!)?.parameters;
  assert.equal(parameters('sip:+1323;npdi;rn=+1-9@h;user=phone'), ';npdi;rn=+1-9');
  assert.equal(parameters('tel:+1323;npdi;rn=+1-9'), ';npdi;rn=+1-9');
  assert.equal(parameters('sip:+1323@h;user=phone'), '');
  assert.equal(telephoneSubscriber(parseUri('sip:jane;npdi@h')!), null);
  assert.equal(formatUri(parseUri('tel:12%23;phone-context=a.b')!), 'tel:12%23;phone-context=a.b');
  for (const text of ['tel:', 'tel:x', 'tel:;npdi', 'tel:+', 'tel:jane', 'tel:+1@h', 'tel:1%zz']) {
    assert.equal(parseUri(text), null, text);
  }
});

test('tel URIs are compared by RFC 3966 §4', () => {
  const same = (a: string, b: string) => sameUri(parseUri(a)!, parseUri(b)!);
  assert.ok(same('tel:+1-323-555-0100', 'TEL:+13235550100'));
  assert.ok(same('tel:+1323;a=B;c', 'tel:+1-323;C;A=b'));
  assert.ok(same('tel:ab;phone-context=X.y', 'tel:A-B;phone-context=x.Y'));
  assert.ok(!same('tel:+1323', 'tel:1323'));
  assert.ok(!same('tel:+1323', 'tel:+1323;ext=1'));
  assert.ok(!same('tel:+1323;ext=1', 'tel:+1323;ext=2'));
  assert.ok(!same('tel:+1323', 'sip:+1323@h'));
});

/** A telephone-subscriber of the grammars of RFC 3966, RFC 4694 and RFC 4904, and its number. */
function subscriber(random: SeededRandom): { text: string; number: string } {
  const some = (alphabet: string, least: number, most: number): string => {
    let out = '';
    for (let count = least + random.int(most - least + 1); count > 0; count--)
      out += alphabet[random.int(alphabet.length)];
    return out;
  };
  const digits = () => some('0123456789', 1, 4) + some('0123456789-.()', 0, 8);
  const domain = () => `${some('abcxyz', 1, 5)}.example`;
  const parameter = [
    () => ';npdi',
    () => ';npdi=yes',
    () => `;rn=+${digits()}`,
    () => `;rn=${some('0123456789ABCDEF-', 1, 8)};rn-context=${random.int(2) === 0 ? `+${digits()}` : domain()}`,
    () => `;cic=+${digits()}`,
    () => `;cic=${some('0123456789', 4, 4)};cic-context=+1`,
    () => `;tgrp=${some('abc019-_.!~*', 1, 9)};trunk-context=${random.int(2) === 0 ? `+${digits()}` : domain()}`,
    () => `;ext=${digits()}`,
    () => `;isub=${some("abc019-_.!~*'()&=+$,/", 1, 9)}`,
    () => ';isub-encoding=nsap-bcd',
    () => ';verstat=TN-Validation-Failed-A',
    () => `;enumdi;oli=${some('0123456789', 2, 2)}`,
    () => `;x-${some('abc019-', 1, 6)}=${some("abcABC019-_.!~*'()[]/:&+$", 1, 9)}`,
    () => `;y=%${some('2345', 1, 1)}${some('0123456789', 1, 1)}`,
  ];
  const global = random.int(2) === 0;
  const written = digits();
  let text = global ? `+${written}` : `${written};phone-context=${random.int(2) === 0 ? '+1' : domain()}`;
  for (let count = random.int(4); count > 0; count--) text += parameter[random.int(parameter.length)]!();
  return { text, number: `${global ? '+' : ''}${written.replace(/[-.()]/g, '')}` };
}

test(`every form of the grammar, wherever a message names somebody, seed ${seed}`, () => {
  const random = new SeededRandom(seed);
  // Some characters of a number's parameters may not stand in a user part and are escaped there (RFC 3261 §19.1.6).
  const inUserPart = (text: string) => text.replace(/[[\]:]/g, (found) => `%${found.charCodeAt(0).toString(16)}`);
  for (let round = 0; round < 3_000; round++) {
    const { text, number } = subscriber(random);
    const context = `round ${round} of seed ${seed}: ${text}`;
    const sip = `sip:${inUserPart(text)}@carrier.example${random.int(2) === 0 ? ';user=phone' : ''}`;
    // Characters that only an isdn-subaddress may have are no parameter of a URI.
    for (const uri of /;isub=[^;]*[=,]/.test(text) ? [sip] : [sip, `tel:${text}`]) {
      const bytes = message(`INVITE ${uri} SIP/2.0`, [
        `From: "A" <${uri}>;tag=1`,
        `To: <${uri}>`,
        `Contact: <${uri}>;q=0.5`,
      ]);
      const result = parseMessage(bytes);
      assert.ok(result.ok, context);
      const request = result.message as SipRequest;
      for (const named of [request.uri, request.from.uri, request.to.uri, request.contacts[0]!.uri]) {
        assert.equal(numberOrName(named), number, context);
        const again = parseUri(formatUri(named));
        assert.ok(again !== null && sameUri(again, named), context);
        assert.deepEqual(telephoneSubscriber(again), telephoneSubscriber(named), context);
      }
    }
  }
});
