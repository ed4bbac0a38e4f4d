import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Secret } from '../../base/secret.ts';
import { trunkTo } from '../../directory/records.ts';
import { formatNameAddr } from '../../sip/message/name-addr.ts';
import type { IncomingInvite } from '../../sip/user-agent.ts';
import { RawPhone } from '../testing/raw-phone.ts';
import { at, caller, carrier } from '../testing/trunk-places.ts';
import { domain, refusal, until, withExchange } from '../testing/virtual-exchange.ts';

describe('each with a server of its own', { concurrency: true }, () => {
  test('a call from a carrier: its number, its sound before the answer, its PIN attempts', () =>
    withExchange({}, async (exchange, alice, bob, carol) => {
      carrier(exchange, carol.sip);
      exchange.register(bob, '15001');
      let shown: string | null = null;
      let ringing: IncomingInvite | null = null;
      bob.onCall = (invite) => {
        shown = formatNameAddr({ ...invite.from, params: new Map() });
        ringing = invite;
        bob.ringAloud(invite);
      };
      const identity: [string, string] = ['P-Asserted-Identity', '"Dora" <sip:+49301234@carrier.test>'];
      const options = { from: { user: 'proxy7', host: 'carrier.test' }, headers: [identity] };
      let early = false;
      const call = carol.call(exchange.sip, '4930100', options, undefined, (status, sdp) => {
        early ||= status === 183 && sdp !== null;
      });
      await until('carol to hear bob before the answer', () => carol.hears(bob.tone) > 0.05);
      assert.ok(early);
      assert.equal(carol.session, null);
      bob.pickUp(ringing!);
      await call;
      assert.equal(shown, `Dora <sip:+49301234@${domain}>`);
      await until('both to hear each other', () => carol.hears(bob.tone) > 0.05 && bob.hears(carol.tone) > 0.05);
      carol.hangUp();
      await exchange.nothingIsLeft();

      await carol.call(exchange.sip, '211*4', options);
      assert.deepEqual(exchange.directory.callerKeys, ['trunk:carrier:+49301234']);
      carol.hangUp();
      await exchange.nothingIsLeft();

      // What stands behind a number makes no other caller: else every call would have attempts of its own.
      const verified = { ...options, from: { user: '+49-30-1234;verstat=TN-Validation-Passed', host: 'carrier.test' } };
      await carol.call(exchange.sip, '211*4', verified);
      assert.deepEqual(exchange.directory.callerKeys.slice(1), ['trunk:carrier:+49301234']);
      carol.hangUp();
      await exchange.nothingIsLeft();
      assert.equal(exchange.trunks.states()[0]?.callsIn, 3);

      // Credentials for somebody on the way (RFC 3261 §22.3), or of a scheme that is not spoken here, are nothing to
      // us.
      for (const odd of [
        'Digest username="x", realm="way.test", nonce="n", uri="sip:x", response="0"',
        'Basic eA==',
        'Digest',
      ]) {
        const headers: [string, string][] = [identity, ['Authorization', odd]];
        await carol.call(exchange.sip, '211*4', { ...options, headers });
        carol.hangUp();
        await exchange.nothingIsLeft();
        await alice.call(exchange.sip, '211*4', { ...options, headers });
        alice.hangUp();
        await exchange.nothingIsLeft();
      }
      assert.equal(exchange.trunks.states()[0]?.callsIn, 6);
      // Nobody else may call a phone like that.
      assert.equal(await refusal(alice.call(exchange.sip, '4930100', options)), 404);
    }));

  test('a carrier that proves itself may call from anywhere, others are asked and refused', () =>
    withExchange({}, async (exchange, alice, bob, carol) => {
      const inbound = { username: 'carrier-in', password: new Secret('wonder') };
      exchange.directory.trunks.push(trunkTo('carrier', at(carol.sip), { inbound, optionsMs: null }));
      exchange.register(bob, '15001');
      const from = { user: '+49301234', host: 'carrier.test' };
      assert.equal(await refusal(alice.call(exchange.sip, '4930100', { from })), 401);
      assert.equal(await refusal(alice.call(exchange.sip, '4930199', { from })), 401, 'the question tells nothing');
      assert.equal(await refusal(carol.call(exchange.sip, '4930100', { from })), 401, 'its address is not enough');
      const wrong = { username: 'carrier-in', password: new Secret('guess') };
      assert.ok([401, 403].includes(await refusal(alice.call(exchange.sip, '4930100', { from, credentials: wrong }))));
      for (const phone of [alice, carol]) {
        await phone.call(exchange.sip, '4930100', { from, credentials: inbound });
        await until('bob to hear it', () => bob.hears(phone.tone) > 0.05);
        phone.hangUp();
        await exchange.nothingIsLeft();
      }
      // A guest may still come into a conference, asked for nothing but its PIN.
      await alice.call(exchange.sip, '211*4', { from });
      alice.hangUp();
      await exchange.nothingIsLeft();
    }));

  test('a carrier that asks who hangs up on its call is told', () =>
    withExchange({}, async (exchange) => {
      const raw = await RawPhone.open(exchange.sip);
      try {
        carrier(exchange, raw.at, { username: 'line7', password: new Secret('wonder') });
        raw.answer = (method) =>
          method === 'BYE' && raw.asked.filter((one) => one === 'BYE').length === 1 ? 407 : 200;
        raw.header = () => 'Proxy-Authenticate: Digest realm="carrier.test", nonce="n1", qop="auth"';
        const head = ['v=0', 'o=raw 1 1 IN IP4 127.0.0.1', 's=-', 'c=IN IP4 127.0.0.1', 't=0 0'];
        raw.send('INVITE', 1, `${[...head, 'm=audio 9 RTP/AVP 0'].join('\r\n')}\r\n`);
        assert.match(await raw.final('INVITE', 1), /^SIP\/2\.0 200/);
        raw.send('ACK', 1, '');
        await until('the call to stand', () => exchange.runtime.counters().connections > 0);
        await exchange.runtime.close();
        await until('two goodbyes', () => raw.asked.filter((one) => one === 'BYE').length === 2);
        assert.match(raw.askedWhole.at(-1)!, /^Proxy-Authorization: Digest username="line7", realm="carrier\.test"/m);
      } finally {
        raw.close();
      }
    }));

  test('who sent a call on before is told to the phone that it comes to, as far as the carrier says so', () =>
    withExchange({}, async (exchange, alice, bob, carol) => {
      carrier(exchange, carol.sip);
      exchange.register(bob, '15001');
      let told: string[] = [];
      bob.onCall = (invite) => {
        told = ['Diversion', 'History-Info'].flatMap((name) => invite.request.headers.getAll(name));
        bob.pickUp(invite);
      };
      const from = { user: '+49301234', host: 'carrier.test' };
      const headers = [
        ['Diversion', '<sip:+4930777@carrier.test>;reason=no-answer, <sip:+4930888@carrier.test>;privacy=full'],
      ] as const;
      for (const privacy of [[], [['Privacy', 'history']]] as const) {
        await carol.call(exchange.sip, '4930100', { from, headers: [...headers, ...privacy] });
        const latest = privacy.length > 0 ? '<sip:anonymous@anonymous.invalid>' : `<sip:+4930777@${domain}>`;
        assert.equal(told.length, 5);
        assert.match(told[0]!, new RegExp(`^${latest.replaceAll(/[+.]/g, '\\$&')};reason=no-answer`));
        assert.match(told[1]!, /^<sip:anonymous@anonymous\.invalid>;reason=unknown;counter=1;privacy=full$/);
        assert.doesNotMatch(told.join(), /888/);
        carol.hangUp();
        await exchange.nothingIsLeft();
      }
      // Whoever is no carrier is not believed.
      exchange.register(alice, '15000');
      await alice.call(exchange.sip, '15001', { ...caller, headers });
      assert.doesNotMatch(told.join(), /777|888/);
      assert.equal(told.length, 5);
      alice.hangUp();
      await exchange.nothingIsLeft();
    }));

  test('provisional answers that must be reliable', () =>
    withExchange({}, async (exchange, alice, bob) => {
      carrier(exchange, bob.sip, { prack: 'required' });
      let required: string[] = [];
      let acknowledged = false;
      bob.onCall = (invite) => {
        required = invite.request.headers.getAll('Require');
        invite.onPrack = () => {
          acknowledged = true;
          bob.pickUp(invite);
        };
        bob.ringAloud(invite);
      };
      await alice.call(exchange.sip, '0700123', caller);
      assert.deepEqual(required, ['100rel']);
      assert.ok(acknowledged);
      await until('both to hear each other', () => alice.hears(bob.tone) > 0.05 && bob.hears(alice.tone) > 0.05);
      alice.hangUp();
      await exchange.nothingIsLeft();
    }));
});
