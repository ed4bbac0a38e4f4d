import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Secret } from '../../base/secret.ts';
import { trunkTo } from '../../directory/records.ts';
import { domain, password, refusal, until, withExchange } from '../testing/virtual-exchange.ts';

const caller = { from: { user: '15000', host: domain }, credentials: { username: '15000', password } };

describe('each with a server of its own', { concurrency: true }, () => {
  test('refused before anything is opened: 404, 403, 401, 488 with a Warning, 400', () =>
    withExchange({}, async (exchange, alice) => {
      assert.equal(await refusal(alice.call(exchange.sip, '999')), 404);
      assert.equal(await refusal(alice.call(exchange.sip, '900')), 403);
      const from = { user: '15000', host: domain };
      const credentials = { username: '15000', password: new Secret('guess') };
      assert.equal(await refusal(alice.call(exchange.sip, '15001', { from })), 401);
      assert.ok([401, 403].includes(await refusal(alice.call(exchange.sip, '15001', { from, credentials }))));
      const g729 = { payloadType: 18, name: 'G729', clockRate: 8000, channels: 1, fmtp: null } as const;
      assert.equal(await refusal(alice.call(exchange.sip, '211*4', { formats: [g729] })), 488);
      assert.equal(await refusal(alice.call(exchange.sip, '211*4', { offer: 'nonsense' })), 400);
      await exchange.nothingIsLeft();
    }));

  test('a phone sends a call on to another phone, but neither to a carrier nor to a stranger', () =>
    withExchange({}, async (exchange, alice, bob, carol) => {
      exchange.directory.trunks.push(trunkTo('carrier', `sip:127.0.0.1:${carol.sip.port}`, { optionsMs: null }));
      exchange.register(bob, '15001');
      let calls = 0;
      let diversion: string[] = [];
      carol.onCall = (invite) => {
        calls++;
        diversion = invite.request.headers.getAll('Diversion');
        carol.pickUp(invite);
      };
      let contact = '';
      bob.onCall = (invite) => invite.reject(302, undefined, [['Contact', contact]]);
      const theirs = `127.0.0.1:${carol.sip.port}`;
      for (const elsewhere of [
        `sip:19005550111@${theirs}`,
        `sip:15000@${theirs}`,
        `sip:0700123@${domain}`,
        `sip:0700123@127.0.0.1:${exchange.sip.port}`,
        `sip:15000@${domain};maddr=127.0.0.1:${carol.sip.port}`,
        'tel:0700123',
      ]) {
        contact = `<${elsewhere}>;q=0.3, <sip:${theirs}>;q=0.2`;
        assert.equal(await refusal(alice.call(exchange.sip, '15001', caller)), 480, elsewhere);
      }
      assert.equal(calls, 0);
      exchange.register(carol, '15000');
      contact = `<sip:19005550111@127.0.0.1:9>, <sip:15000@${domain}>;q=0.1`;
      const statuses: number[] = [];
      await alice.call(exchange.sip, '15001', caller, undefined, (status) => statuses.push(status));
      await until('carol to be heard', () => alice.hears(carol.tone) > 0.05);
      assert.equal(calls, 1);
      assert.ok(statuses.includes(181), statuses.join());
      assert.match(diversion.join(), /^(".*" )?<sip:15001@.*>;reason=deflection;counter=1;privacy=off$/);
      assert.ok(exchange.logOf('call').includes('diverted normal'));
      alice.hangUp();
      await exchange.nothingIsLeft();
    }));

  test('late offer: we offer, the phone answers in its ACK', () =>
    withExchange({}, async (exchange, alice, bob) => {
      await alice.call(exchange.sip, '211*4', { late: true });
      await bob.call(exchange.sip, '211*4');
      await until('both to hear each other', () => alice.hears(bob.tone) > 0.05 && bob.hears(alice.tone) > 0.05);
      alice.hangUp();
      bob.hangUp();
      await exchange.nothingIsLeft();
    }));

  test('two phones: ring, talk, hold in each form, retrieve, hang up', () =>
    withExchange({}, async (exchange, alice, bob) => {
      exchange.register(bob, '15001');
      const contact = `sip:15001@${bob.sip.address}:${bob.sip.port}`;
      const [registered, ...others] = exchange.legs.registrations('15001');
      assert.deepEqual([registered?.agent, registered?.contact, others], ['Virtual phone/1', contact, []]);
      const leftMs = (registered?.expiresAt ?? 0) - Date.now();
      assert.ok(Math.abs(leftMs - 3_600_000) < 60_000, String(leftMs));
      // Whenever it is asked for: it is shown in whole seconds, and would else wobble between two.
      for (const at of [3, 7, 11]) {
        await new Promise((resolve) => setTimeout(resolve, at));
        assert.deepEqual(exchange.legs.registrations('15001'), [registered]);
      }
      assert.deepEqual(exchange.legs.registrations('15000'), []);
      const heardOf: number[] = [];
      let shown: string | null = null;
      bob.onCall = (invite) => {
        shown = invite.from.displayName;
        invite.progress(180);
        setTimeout(() => bob.pickUp(invite), 100);
      };
      await alice.call(exchange.sip, '15001', caller, undefined, (status) => heardOf.push(status));
      assert.ok(heardOf.includes(180), 'alice hears that it rings');
      assert.equal(shown, 'Shown 15000');
      await until('both to hear each other', () => alice.hears(bob.tone) > 0.05 && bob.hears(alice.tone) > 0.05);

      const holdAnswers = [
        await alice.reinvite('sendonly'),
        await alice.reinvite('inactive'),
        await alice.reinvite('sendrecv', '0.0.0.0'),
      ];
      assert.deepEqual(
        holdAnswers.map((sdp) => /^a=(recvonly|inactive|sendrecv|sendonly)/m.exec(sdp)?.[1]),
        ['recvonly', 'inactive', 'recvonly'],
      );
      const versions = holdAnswers.map((sdp) => Number(/^o=\S+ \d+ (\d+)/m.exec(sdp)?.[1]));
      assert.ok(versions[0]! < versions[1]! && versions[1]! < versions[2]!, String(versions));
      await until('bob not to hear alice', () => bob.hears(alice.tone) < 0.002);
      assert.match(await alice.reinvite('sendrecv'), /^a=sendrecv/m);
      await until('both to hear each other again', () => alice.hears(bob.tone) > 0.05 && bob.hears(alice.tone) > 0.05);
      await until(
        'hold in the log',
        () =>
          exchange.logOf('call').filter((event) => event === 'held normal' || event === 'retrieved normal').length ===
          2,
      );

      bob.hangUp();
      await until('alice to be released', () => alice.ended !== null);
      await exchange.nothingIsLeft();
      bob.onCall = (invite) => void bob.pickUp(invite);
    }));

  test('busy, not registered, no answer, and a caller who gives up', () =>
    withExchange({ ringTimeoutMs: 1000 }, async (exchange, alice, bob) => {
      exchange.register(bob, '15001');
      bob.onCall = (invite) => invite.reject(486);
      assert.equal(await refusal(alice.call(exchange.sip, '15001', caller)), 486);
      assert.equal(await refusal(alice.call(exchange.sip, '15000', caller)), 480);
      bob.onCall = (invite) => invite.progress(180);
      assert.equal(await refusal(alice.call(exchange.sip, '15001', caller)), 480, 'after the ring time-out');

      let cancelled = false;
      bob.onCall = (invite) => {
        invite.onCancelled = () => {
          cancelled = true;
        };
        invite.progress(180);
      };
      let cancel = () => {};
      const call = alice.call(
        exchange.sip,
        '15001',
        caller,
        (give) => {
          cancel = give;
        },
        (status) => status === 180 && cancel(),
      );
      assert.equal(await refusal(call), 487);
      await until('the CANCEL to reach bob', () => cancelled);
      await exchange.nothingIsLeft();
      assert.equal(exchange.logOf('call').at(-1), 'callCleared callCancelled');
      bob.onCall = (invite) => void bob.pickUp(invite);
    }));

  test('what the media process is told follows re-INVITEs: another codec', () =>
    withExchange({}, async (exchange, alice, bob) => {
      await alice.call(exchange.sip, '211*4');
      await bob.call(exchange.sip, '211*4', {
        formats: [{ payloadType: 8, name: 'PCMA', clockRate: 8000, channels: 1, fmtp: null }],
      });
      assert.equal(bob.negotiated?.send.format.name, 'PCMA');
      await until('both to hear each other', () => alice.hears(bob.tone) > 0.05 && bob.hears(alice.tone) > 0.05);
      alice.hangUp();
      bob.hangUp();
      await exchange.nothingIsLeft();
    }));

  test('over a trunk: out with its credentials, in by its address', () =>
    withExchange({}, async (exchange, alice, bob) => {
      exchange.directory.trunks.push(trunkTo('carrier', `sip:${bob.sip.address}:${bob.sip.port}`));
      let dialled = '';
      bob.onCall = (invite) => {
        dialled = invite.request.uri.user ?? '';
        bob.pickUp(invite);
      };
      await alice.call(exchange.sip, '0700123', caller);
      assert.equal(dialled, '700123');
      await until('both to hear each other', () => alice.hears(bob.tone) > 0.05 && bob.hears(alice.tone) > 0.05);
      alice.hangUp();
      await exchange.nothingIsLeft();

      await bob.call(exchange.sip, '211*4', { from: { user: '+4930123', host: 'carrier.test' } });
      await alice.call(exchange.sip, '211*4');
      assert.deepEqual(exchange.directory.callerKeys, ['trunk:carrier:+4930123', 'address:127.0.0.1']);
      alice.hangUp();
      bob.hangUp();
      await exchange.nothingIsLeft();
    }));
});
