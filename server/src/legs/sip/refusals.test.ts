import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { HostPort } from '../../base/host-port.ts';
import { makeCall } from '../../call/services/make-call.ts';
import { trunkTo } from '../../directory/records.ts';
import { domain, password, until, type VirtualExchange, withExchange } from '../testing/virtual-exchange.ts';
import { Refused, type VirtualPhone } from '../testing/virtual-phone.ts';
import { refusalOf, toldAs } from './leg-causes.ts';

const caller = { from: { user: '15000', host: domain }, credentials: { username: '15000', password } };
const at = ({ address, port }: HostPort) => `sip:${address}:${port}`;

function carrier(exchange: VirtualExchange, ...to: HostPort[]): void {
  exchange.directory.trunks.push(trunkTo('carrier', at(to[0]!), { uris: to.map(at), optionsMs: null }));
}

async function refused(call: Promise<void>): Promise<Refused> {
  const thrown = await call.then(
    () => null,
    (error) => error,
  );
  assert.ok(thrown instanceof Refused, String(thrown));
  return thrown;
}

const refusing =
  (status: number, ...headers: [string, string][]): VirtualPhone['onCall'] =>
  (invite) =>
    invite.reject(status, undefined, headers);

test('every refusal is told on as what it was, unless it was about our own request', () => {
  const changed: Record<number, number[]> = {};
  for (let status = 300; status < 700; status++) {
    const told = toldAs('busy', { status });
    assert.ok(told.status >= 400 && told.status < 700);
    if (told.status === status) assert.deepEqual(told.headers, []);
    else {
      changed[told.status] ??= [];
      changed[told.status]!.push(status);
      assert.match(told.headers[0]?.[1] ?? '', new RegExp(`^SIP;cause=${status};text="[\\w /-]+"$`));
    }
  }
  assert.deepEqual(
    changed[480],
    Array.from({ length: 100 }, (_, i) => 300 + i),
  );
  assert.deepEqual(changed[403], [401, 407]);
  assert.deepEqual(changed[488], [415]);
  // What would have the caller's phone try again in another way, or think that its call is not there any more.
  for (const status of [420, 421, 422, 423, 481, 491, 494, 501, 505, 580]) assert.ok(changed[500]?.includes(status));
  for (const status of [404, 410, 484, 403, 488, 606, 408, 486, 500, 502, 504, 603, 607, 608]) {
    assert.equal(toldAs('noAnswer', { status }).status, status);
  }
  assert.deepEqual(toldAs('networkNotObtainable', null), { status: 503, headers: [['Retry-After', '5']] });
  // No Retry-After: the phone is not to leave us alone because a carrier is busy (RFC 3261 §21.5.4).
  assert.deepEqual(toldAs('networkNotObtainable', { status: 503 }), { status: 503, headers: [] });
  assert.deepEqual(refusalOf(404, { reason: 'Q.850;cause=1', warning: null }), {
    status: 404,
    reason: 'Q.850;cause=1',
  });
});

describe('each with a server of its own', { concurrency: true }, () => {
  test('a carrier that refuses: its status, Reason and Warning reach the phone, and the log', () =>
    withExchange({}, async (exchange, alice, bob) => {
      carrier(exchange, bob.sip);
      const reason = 'Q.850;cause=1;text="Unallocated, \\"or so\\""';
      const warning = '399 gw.example "No such number"';
      for (const status of [403, 404, 410, 480, 484, 486, 488, 500, 502, 503, 600, 603, 606, 607]) {
        bob.onCall = refusing(status, ['Reason', reason], ['Warning', warning]);
        const told = await refused(alice.call(exchange.sip, '0700123', caller));
        assert.equal(told.status, status);
        assert.deepEqual(told.said, { reason, warning }, String(status));
        await exchange.nothingIsLeft();
      }
      const log = exchange.store.callIds().flatMap((callId) => exchange.store.log(callId));
      const failed = log.findLast((event) => event.type === 'failed');
      assert.deepEqual(failed?.data, { refusal: { status: 607, reason, warning } });
    }));

  test('one that answers without anything to talk with is 488 to the caller, and let go', () =>
    withExchange({}, async (exchange, alice, bob) => {
      carrier(exchange, bob.sip);
      const sdp = (media: string) =>
        `v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n${media}`;
      const answers = [
        sdp('m=audio 4000 RTP/AVP 18\r\n'),
        sdp('m=audio 0 RTP/AVP 0\r\n'),
        sdp('m=audio 4000 RTP/SAVP 0\r\n'),
        sdp(''),
        'no description at all',
      ];
      for (const answered of answers) {
        let reason: string | null | undefined = null;
        bob.onCall = (invite) => {
          const session = invite.accept(answered);
          session.onEnded = (end) => {
            reason = 'reason' in end ? (end.reason as string) : undefined;
          };
        };
        const told = await refused(alice.call(exchange.sip, '0700123', caller));
        assert.equal(told.status, 488, answered);
        assert.match(told.said?.warning ?? '', /^399 .*nothing to talk with/);
        await until('it to be let go', () => reason !== null);
        await exchange.nothingIsLeft();
      }
      const log = exchange.store.callIds().flatMap((callId) => exchange.store.log(callId));
      const failed = log.findLast((event) => event.type === 'failed');
      assert.equal(failed?.cause, 'mediaFailure');
    }));

  test('of several: the best, whoever was first; and what cannot be sent on is left out', () =>
    withExchange({}, async (exchange, alice, bob, carol) => {
      exchange.register(bob, '15001');
      exchange.register(carol, '15001');
      for (const [first, second, best] of [
        [503, 404, 404],
        [404, 486, 486],
        [480, 500, 480],
        [408, 488, 488],
        [603, 486, 603],
      ] as const) {
        for (const [one, other] of [
          [first, second],
          [second, first],
        ] as const) {
          bob.onCall = refusing(one, ['Reason', `SIP;cause=${one}`]);
          carol.onCall = (invite) => {
            // A 6xx ends it at once.
            if (other < 600)
              setTimeout(() => refusing(other, ['Reason', `SIP;cause=${other}`])(invite), one < 600 ? 50 : 400);
            else invite.reject(other, undefined, [['Reason', `SIP;cause=${other}`]]);
          };
          const told = await refused(alice.call(exchange.sip, '15001', caller));
          assert.deepEqual([told.status, told.said?.reason], [best, `SIP;cause=${best}`], `${one} then ${other}`);
          await exchange.nothingIsLeft();
        }
      }
    }));

  test('carriers one after the other: what the last one says, which was asked because the first is overloaded', () =>
    withExchange({}, async (exchange, alice, bob, carol) => {
      carrier(exchange, bob.sip, carol.sip);
      bob.onCall = refusing(503, ['Reason', 'Q.850;cause=42']);
      carol.onCall = refusing(404, ['Reason', 'no reason at all; "'], ['Warning', 'x']);
      const told = await refused(alice.call(exchange.sip, '0700123', caller));
      assert.deepEqual([told.status, told.said], [404, { reason: null, warning: null }]);
      carol.onCall = refusing(503);
      assert.equal((await refused(alice.call(exchange.sip, '0700123', caller))).said?.reason, 'Q.850;cause=42');
      await exchange.nothingIsLeft();
    }));

  test('one who has been answered already is told by the Reason of the BYE', () =>
    withExchange({}, async (exchange, alice, bob) => {
      exchange.register(alice, '15000');
      carrier(exchange, bob.sip);
      bob.onCall = refusing(404, ['Reason', 'Q.850;cause=1;text="unallocated"']);
      await exchange.runtime.do(makeCall, {
        kind: 'call',
        organizationId: '3',
        from: { kind: 'extension', organizationId: '3', extensionId: '15000', number: '15000', name: '' },
        fromTarget: { kind: 'terminal', aor: `15000@${domain}` },
        callerId: { name: '', number: '700123' },
        to: { kind: 'external', number: '700123', name: '' },
        toTarget: { kind: 'trunk', trunk: 'carrier', number: '700123', account: null },
        timeoutMs: 10_000,
      });
      await until('alice to be released', () => alice.ended !== null);
      assert.equal(alice.ended?.reason, 'Q.850;cause=1;text="unallocated"');
      await exchange.nothingIsLeft();
    }));
});
