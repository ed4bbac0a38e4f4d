import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { AppError } from '../../base/app-error.ts';
import { callError } from '../../call/model/call-error.ts';
import type { DialBudget } from '../../call/ports.ts';
import { trunkTo } from '../../directory/records.ts';
import { formatNameAddr } from '../../sip/message/name-addr.ts';
import type { IncomingInvite } from '../../sip/user-agent.ts';
import { caller, carrier, silence } from '../testing/trunk-places.ts';
import { domain, refusal, until, withExchange } from '../testing/virtual-exchange.ts';

describe('each with a server of its own', { concurrency: true }, () => {
  test('the carrier is told who calls', () =>
    withExchange({}, async (exchange, alice, bob) => {
      carrier(exchange, bob.sip);
      const told: IncomingInvite[] = [];
      bob.onCall = (invite) => {
        told.push(invite);
        bob.pickUp(invite);
      };
      await alice.call(exchange.sip, '0700123', caller);
      const { request } = told[0]!;
      assert.equal(request.uri.user, '700123');
      assert.equal(formatNameAddr({ ...request.from, params: new Map() }), `"Shown 15000" <sip:15000@${domain}>`);
      assert.deepEqual(request.headers.getAll('P-Asserted-Identity'), [`"Shown 15000" <sip:15000@${domain}>`]);
      assert.ok(request.headers.getAll('Supported').includes('100rel'));
      alice.hangUp();
      await exchange.nothingIsLeft();
      assert.deepEqual([exchange.trunks.states()[0]?.callsOut, exchange.trunks.states()[0]?.failed], [1, 0]);
    }));

  test('what a carrier refuses is in the call record as what it was', () =>
    withExchange({}, async (exchange, alice, bob) => {
      carrier(exchange, bob.sip);
      const dispositions: string[] = [];
      for (const status of [486, 600, 480, 404, 603, 503, 500]) {
        bob.onCall = (invite) => invite.reject(status);
        await refusal(alice.call(exchange.sip, '0700123', caller));
        await exchange.nothingIsLeft();
        const [latest] = (await exchange.store.records({})).filter((record) => record.direction === 'outgoing');
        dispositions.push(`${status} ${latest?.disposition} ${latest?.cause}`);
      }
      assert.deepEqual(dispositions, [
        '486 busy busy',
        '600 busy busy',
        '480 noAnswer noAnswer',
        '404 failed destNotObtainable',
        '603 refused callRejected',
        '503 failed networkNotObtainable',
        '500 failed networkNotObtainable',
      ]);
    }));

  test('the next address when one is silent or overloaded, but not when the called party says no', () =>
    withExchange({}, async (exchange, alice, bob, carol) => {
      const dead = await silence();
      try {
        carrier(exchange, [dead, bob.sip, carol.sip]);
        let asked = 0;
        bob.onCall = (invite) => {
          asked++;
          invite.reject(503);
        };
        await alice.call(exchange.sip, '0700123', caller);
        assert.ok(dead.heard() > 0);
        assert.equal(asked, 1);
        await until('carol to be heard', () => alice.hears(carol.tone) > 0.05);
        alice.hangUp();
        await exchange.nothingIsLeft();

        let called = false;
        carol.onCall = () => {
          called = true;
        };
        bob.onCall = (invite) => invite.reject(486);
        assert.equal(await refusal(alice.call(exchange.sip, '0700123', caller)), 486);
        assert.equal(called, false);
        await exchange.nothingIsLeft();
      } finally {
        dead.close();
      }
    }));

  test('no address at all, and a trunk that is gone: refused at once', () =>
    withExchange({}, async (exchange, alice) => {
      assert.equal(await refusal(alice.call(exchange.sip, '0700123', caller)), 503);
      exchange.directory.trunks.push(trunkTo('carrier', 'sip:nowhere.invalid'));
      assert.equal(await refusal(alice.call(exchange.sip, '0700123', caller)), 503);
      await exchange.nothingIsLeft();
    }));

  test('a way that cannot be found for a mistake of ours is no way, and no end of the server', () =>
    withExchange({}, async (exchange, alice, bob) => {
      carrier(exchange, bob.sip);
      exchange.trunks.targets = () => Promise.reject(new Error('a mistake'));
      assert.equal(await refusal(alice.call(exchange.sip, '0700123', caller)), 503);
      await exchange.nothingIsLeft();
      assert.ok(exchange.logged.some(({ msg }) => msg === 'a call over a trunk could not be begun'));
    }));

  test('a caller who gives up while an address is silent leaves nothing', () =>
    withExchange({}, async (exchange, alice, bob) => {
      const dead = await silence();
      try {
        carrier(exchange, [dead, bob.sip], { failoverMs: 800 });
        let called = false;
        bob.onCall = (invite) => {
          called = true;
          invite.progress(180);
        };
        const moments = [() => true, () => dead.heard() > 0, () => called];
        for (const moment of moments) {
          let cancel = () => {};
          const call = alice.call(exchange.sip, '0700123', caller, (give) => {
            cancel = give;
          });
          await until('the moment', moment);
          cancel();
          assert.equal(await refusal(call), 487);
        }
        // A silent address is asked again and again for 32 s; only then nothing is left of the invitation itself.
        await until('no calls', () => exchange.leftovers()['calls'] === 0 && exchange.leftovers()['mediaLegs'] === 0);
      } finally {
        dead.close();
      }
    }));

  test('sound before the answer: what the network says, then the called party', () =>
    withExchange({}, async (exchange, alice, bob) => {
      carrier(exchange, bob.sip);
      let ringing: IncomingInvite | null = null;
      bob.onCall = (invite) => {
        ringing = invite;
        invite.progress(180);
        bob.ringAloud(invite);
      };
      const statuses: string[] = [];
      const call = alice.call(exchange.sip, '0700123', caller, undefined, (status, sdp) =>
        statuses.push(`${status}${sdp === null ? '' : ' sdp'}`),
      );
      await until('alice to hear bob before the answer', () => alice.hears(bob.tone) > 0.05);
      assert.ok(statuses.includes('183 sdp'), statuses.join());
      assert.equal(alice.session, null);
      assert.equal(exchange.logOf('call').filter((event) => event.startsWith('established')).length, 0);
      bob.pickUp(ringing!);
      await call;
      await until('both to hear each other', () => alice.hears(bob.tone) > 0.05 && bob.hears(alice.tone) > 0.05);
      bob.hangUp();
      await until('the end', () => alice.ended !== null);
      await exchange.nothingIsLeft();

      // An announcement, then no answer at all.
      bob.onCall = (invite) => {
        bob.ringAloud(invite);
        setTimeout(() => invite.reject(404), 300);
      };
      let heard = false;
      const announced = alice.call(exchange.sip, '0700123', caller, undefined, (_status, sdp) => {
        heard ||= sdp !== null;
      });
      assert.equal(await refusal(announced), 404);
      assert.ok(heard);
      await exchange.nothingIsLeft();
    }));

  test('a carrier may send a call on where the dial plan leads, and nowhere else', () =>
    withExchange({}, async (exchange, alice, bob, carol) => {
      carrier(exchange, bob.sip);
      exchange.register(carol, '15001');
      const dialled: string[] = [];
      let contact = '';
      bob.onCall = (invite) => {
        const user = invite.request.uri.user ?? '';
        const sentOn = invite.request.headers.getAll('Diversion').join();
        assert.match(sentOn, user === '700123' ? /^$/ : /^<sip:700123@.*>;reason=deflection/);
        dialled.push(user);
        if (user === '700123') invite.reject(302, undefined, [['Contact', contact]]);
        else bob.pickUp(invite);
      };
      carol.onCall = (invite) => {
        dialled.push('carol');
        carol.pickUp(invite);
      };
      contact = '<sip:0700999@somewhere.test>';
      await alice.call(exchange.sip, '0700123', caller);
      await until('bob to be heard', () => alice.hears(bob.tone) > 0.05);
      alice.hangUp();
      await exchange.nothingIsLeft();
      assert.deepEqual(dialled.splice(0), ['700123', '700999']);
      const { address, port } = carol.sip;
      for (const elsewhere of [
        `sip:15001@${domain}`,
        `sip:${address}:${port}`,
        `sip:900@${address}:${port}`,
        'sip:211*4@x',
      ]) {
        contact = `<${elsewhere}>`;
        assert.equal(await refusal(alice.call(exchange.sip, '0700123', caller)), 480, elsewhere);
        assert.deepEqual(dialled.splice(0), ['700123'], elsewhere);
      }
      await exchange.nothingIsLeft();
      const [state] = exchange.trunks.states();
      assert.deepEqual([state?.redirected, state?.redirectsRefused], [1, 4]);
    }));

  test('what has been called is not called again, though a 3xx names it', () =>
    withExchange({}, async (exchange, alice, bob) => {
      carrier(exchange, bob.sip);
      const dialled: string[] = [];
      bob.onCall = (invite) => {
        dialled.push(invite.request.uri.user ?? '');
        invite.reject(302, undefined, [['Contact', '<sip:0700123@here>, <sip:0700124@here>, <sip:0700124@there>']]);
      };
      assert.equal(await refusal(alice.call(exchange.sip, '0700123', caller)), 480);
      assert.deepEqual(dialled, ['700123', '700124']);
      await exchange.nothingIsLeft();
    }));

  test('a carrier that says where a number was ported to is called again with that, once', () =>
    withExchange({}, async (exchange, alice, bob) => {
      carrier(exchange, bob.sip);
      const dialled: string[] = [];
      const ported = ';npdi;rn=+4930999';
      bob.onCall = (invite) => {
        dialled.push(invite.request.uri.user ?? '');
        if (dialled.length === 1)
          invite.reject(302, undefined, [['Contact', `<sip:0700123${ported}@here;user=phone>`]]);
        else if (dialled.length === 2) {
          const contacts = `<tel:0700-123${ported};phone-context=here>, <sip:0700123${ported}@there>`;
          invite.reject(302, undefined, [['Contact', contacts]]);
        } else bob.pickUp(invite);
      };
      await alice.call(exchange.sip, '0700123;ext=5', caller);
      await until('bob to be heard', () => alice.hears(bob.tone) > 0.05);
      // What the phone says beside the number stays here: a routing number would decide where the call leads.
      assert.deepEqual(dialled, ['700123', `700123${ported}`, `700123${ported};phone-context=here`]);
      alice.hangUp();
      await exchange.nothingIsLeft();
    }));

  test('a caller hears what a limit of calls out means, and the log has one line of it', async () => {
    let mistake: Error = new Error('none');
    const budget: DialBudget = {
      take: () => {
        throw mistake;
      },
      release: () => {},
      windowMs: 60_000,
      remember: () => {},
    };
    await withExchange({ budget }, async (exchange, alice, bob) => {
      carrier(exchange, bob.sip);
      const rejected: string[] = [];
      const receive = exchange.agent.onInvite!;
      exchange.agent.onInvite = (invite) => {
        const reject = invite.reject.bind(invite);
        invite.reject = (status, reason, headers = []) => {
          rejected.push([status, ...headers.flat()].join(' '));
          reject(status, reason, headers);
        };
        receive(invite);
      };
      const rows: [error: Error, answer: string][] = [
        [callError('destinationNotAllowed', 'no'), '403'],
        [new AppError('limitExceeded', 'no', { limit: 'perMinute', retryAfterMs: 12_001 }), '503 Retry-After 13'],
        [new AppError('limitExceeded', 'no', { limit: 'perMinute', retryAfterMs: 0 }), '503 Retry-After 1'],
        [new AppError('limitExceeded', 'no', { limit: 'concurrent' }), '480'],
        [new AppError('unavailable', 'no'), '503 Retry-After 10'],
      ];
      const begun = exchange.clock.monotonic();
      for (const [error, answer] of rows) {
        mistake = error;
        await refusal(alice.call(exchange.sip, '0700123', caller));
        assert.equal(rejected.at(-1), answer);
      }
      const lines = exchange.logged.filter(({ msg }) => msg === 'call refused');
      const seconds = Math.floor((exchange.clock.monotonic() - begun) / 1000);
      assert.ok(lines.length >= 1 && lines.length <= 1 + seconds, `${lines.length} lines`);
      assert.deepEqual(
        [lines[0]?.['level'], lines[0]?.['status'], lines[0]?.['code'], lines[0]?.['err']],
        [30, 403, 'destinationNotAllowed', undefined],
      );
      assert.ok(!exchange.logged.some(({ msg }) => msg === 'a call was not taken'));
      // What is no refusal is a mistake of ours: that is told in full.
      mistake = new Error('a mistake');
      assert.equal(await refusal(alice.call(exchange.sip, '0700123', caller)), 500);
      assert.ok(exchange.logged.some(({ msg }) => msg === 'a call was not taken'));
      await exchange.nothingIsLeft();
    });
  });
});
