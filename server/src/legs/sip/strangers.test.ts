import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { describe, test } from 'node:test';
import type { HostPort } from '../../base/host-port.ts';
import { domain, password, refusal, until, type VirtualExchange, withExchange } from '../testing/virtual-exchange.ts';
import { clean } from './caller.ts';

/*
 * What those may do who have not said who they are, or said it falsely.
 */

const credentials = { username: '15000', password };
const extension = { from: { user: '15000', host: domain }, credentials };

/**
 * Sends INVITEs and never an ACK, as one who writes another's address into them; gives the statuses of the final
 * answers.
 */
async function inviteWithoutAck(server: HostPort, dialled: readonly string[], headers: readonly string[] = []) {
  const socket = createSocket('udp4');
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  const { port } = socket.address();
  const finals = new Map<string, number>();
  socket.on('message', (message) => {
    const text = message.toString();
    const status = Number(/^SIP\/2\.0 (\d{3})/.exec(text)?.[1]);
    if (status >= 200) finals.set(/^Call-ID: (.*)$/im.exec(text)?.[1] ?? '', status);
  });
  for (const [at, user] of dialled.entries()) {
    const sdp = `v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio ${port} RTP/AVP 0\r\n`;
    const lines = [
      `INVITE sip:${user}@${server.address}:${server.port} SIP/2.0`,
      `Via: SIP/2.0/UDP 127.0.0.1:${port};branch=z9hG4bK-${port}-${at}`,
      'Max-Forwards: 70',
      `From: <sip:anybody@elsewhere.test>;tag=${at}`,
      `To: <sip:${user}@${server.address}>`,
      `Call-ID: ${port}-${at}`,
      'CSeq: 1 INVITE',
      `Contact: <sip:127.0.0.1:${port}>`,
      ...headers,
      'Content-Type: application/sdp',
      `Content-Length: ${sdp.length}`,
      '',
      sdp,
    ];
    socket.send(lines.join('\r\n'), server.port, server.address);
  }
  await until('every INVITE to be answered', () => finals.size === dialled.length);
  socket.close();
  return [...finals.values()];
}

function rosterOf(exchange: VirtualExchange) {
  for (const callId of [...exchange.store.callIds()].reverse()) {
    const log = exchange.store.log(callId);
    const devices = log.flatMap(({ data }) =>
      'connection' in data && data.connection ? [data.connection.device] : [],
    );
    if (devices.length > 0) return devices;
  }
  return [];
}

describe('each with a server of its own', { concurrency: true }, () => {
  test('PINs in INVITEs that nobody acknowledges are no attempts', () =>
    withExchange({}, async (exchange, alice) => {
      const statuses = await inviteWithoutAck(exchange.sip, ['211*3*0001', '211*3*0002', '211*3*0003', '211*3*0004']);
      assert.deepEqual(statuses, [200, 200, 200, 200]);
      assert.equal(exchange.directory.wrongPins.size, 0);
      await alice.call(exchange.sip, '211*3*2233');
      await exchange.hasSaid('first-participant');
      alice.hangUp();
      await until('the end of the conference', () => exchange.logOf('conference').at(-1) === 'callCleared normal');
    }));

  test('a guest with the right PIN comes in by an access call and hears nothing of it', () =>
    withExchange({}, async (exchange, alice) => {
      await alice.call(exchange.sip, '211*3*2233');
      await exchange.hasSaid('first-participant');
      assert.deepEqual(
        exchange.said.filter((name) => /^(enter|wrong|locked)/.test(name)),
        [],
      );
      assert.ok(exchange.logOf('access').includes('transferred conference'), String(exchange.logOf('access')));
      alice.hangUp();
      await exchange.nothingIsLeft();
      assert.equal(exchange.logOf('access').at(-1), 'callCleared conference');
      assert.doesNotMatch(JSON.stringify(exchange.logged), /\b2233\b/, 'no PIN in the log');
    }));

  test('a guest with a wrong PIN is told so, and the three attempts count across calls', () =>
    withExchange({}, async (exchange, alice) => {
      for (let call = 1; call <= 3; call++) {
        await alice.call(exchange.sip, '211*3*0000');
        await exchange.hasSaid('wrong-pin', call);
        alice.hangUp();
        await exchange.nothingIsLeft();
      }
      await alice.call(exchange.sip, '211*3*2233');
      await exchange.hasSaid('locked-out');
      assert.equal(exchange.logged.filter(({ result }) => result === 'wrongPin').length, 3);
      alice.hangUp();
      await exchange.nothingIsLeft();
    }));

  test('a seat of who was never heard of again is for who is there, guest or extension, and no other seat is', () =>
    withExchange({ seatGraceMs: 0 }, async (exchange, alice, bob) => {
      const inside = () =>
        exchange.runtime
          .snapshot()
          .filter(({ kind }) => kind === 'conference')
          .flatMap(({ connections }) => [...connections.values()].map(({ device }) => device.number))
          .join();
      const ghost = async (seat: string) => {
        await inviteWithoutAck(exchange.sip, ['211*5']);
        await until(`the seat to be of ${seat}`, () => inside() === seat);
      };
      await ghost('anybody');
      await alice.call(exchange.sip, '211*5', { from: { user: 'guest', host: 'elsewhere.test' } });
      await until('the guest to have the seat', () => inside() === 'guest');
      await ghost('guest');
      await bob.call(exchange.sip, '211*5', extension);
      await exchange.hasSaid('conference-full');
      await until('the end', () => bob.ended !== null);
      assert.deepEqual([inside(), alice.ended], ['guest', null]);
      alice.hangUp();
      await until('the seat to be free', () => inside() === '');
      await ghost('anybody');
      await alice.call(exchange.sip, '211*5', extension);
      await until('the extension to have the seat', () => inside() === '15000');
      alice.hangUp();
      await until('the seat to be free again', () => inside() === '');
    }));

  test('an extension with a PIN, and anybody where there is none, go straight in', () =>
    withExchange({}, async (exchange, alice, bob) => {
      await alice.call(exchange.sip, '211*3*2233', extension);
      await bob.call(exchange.sip, '211*4');
      await until('both to be in', () => exchange.runtime.counters().connections === 2);
      assert.deepEqual(exchange.logOf('access'), []);
      alice.hangUp();
      bob.hangUp();
      await exchange.nothingIsLeft();
    }));

  test('a phone that hides its number or has another domain is asked who it is, where a guest may not go', () =>
    withExchange({}, async (exchange, alice, bob) => {
      exchange.register(bob, '15001');
      let shown: string | null = null;
      bob.onCall = (invite) => {
        shown = invite.from.displayName;
        bob.pickUp(invite);
      };
      const hidden = { user: 'anonymous', host: 'anonymous.invalid', name: 'Anonymous' };
      const foreign = { user: '15000', host: 'pbx.example.com' };
      for (const from of [hidden, foreign]) {
        assert.equal(await refusal(alice.call(exchange.sip, '15001', { from })), 401);
        await alice.call(exchange.sip, '15001', { from, credentials });
        alice.hangUp();
        await exchange.nothingIsLeft();
        assert.equal(shown, 'Shown 15000');
        shown = null;
        await alice.call(exchange.sip, '211*4', { from });
        alice.hangUp();
        await exchange.nothingIsLeft();
      }
      const stranger = { user: 'jane', host: 'pbx.example.com' };
      assert.equal(await refusal(alice.call(exchange.sip, '15001', { from: stranger })), 404);
      const preferred = (uri: string) =>
        inviteWithoutAck(exchange.sip, ['15001'], [`P-Preferred-Identity: "Jane" <${uri}>`, 'Privacy: id']);
      assert.deepEqual(await preferred(`sip:15000@${domain}`), [401]);
      assert.deepEqual(await preferred('sip:jane@elsewhere.test'), [404]);
      assert.deepEqual(await preferred('sip:<<'), [404]);
    }));

  test('a guest shows no number of ours, and nothing invisible', () =>
    withExchange({}, async (exchange, alice, bob) => {
      const from = { user: '15-000;x=y', host: 'evil.example', name: 'Jane\u202e Doe' };
      await alice.call(exchange.sip, '211*4', { from });
      await bob.call(exchange.sip, '211*4', { from: { user: '4930123', host: 'evil.example' } });
      await until('both to be in', () => exchange.runtime.counters().connections === 2);
      assert.deepEqual(rosterOf(exchange), [
        { kind: 'external', number: '15000@evil.example', name: 'Jane Doe' },
        { kind: 'external', number: '4930123', name: '' },
      ]);
      alice.hangUp();
      bob.hangUp();
      await exchange.nothingIsLeft();
    }));

  test('a flood of keys leaves about 20 events a second', () =>
    withExchange({}, async (exchange, alice) => {
      await alice.call(exchange.sip, '211*4');
      await until('alice to be in', () => exchange.logOf('conference').length > 1);
      const began = exchange.clock.monotonic();
      for (let key = 0; key < 300; key++) {
        alice.session!.sendInfo('application/dtmf-relay', 'Signal=5\r\nDuration=100\r\n');
      }
      await until('keys to be dropped', () => exchange.logged.some(({ msg }) => /too fast/.test(String(msg))));
      alice.hangUp();
      await exchange.nothingIsLeft();
      const stored = exchange.logOf('conference').filter((event) => event.startsWith('digit')).length;
      const bound = 20 + Math.ceil(((exchange.clock.monotonic() - began) * 20) / 1000);
      assert.ok(stored >= 20 && stored <= bound, `${stored} of at most ${bound}`);
      const dropped = Number(exchange.logged.find(({ msg }) => msg === 'keys were dropped')?.['dropped']);
      assert.ok(dropped > 0 && dropped + stored <= 300, String(dropped));
    }));
});

test('names are cut between characters and hold nothing that cannot be seen', () => {
  const table: [given: string, shown: string][] = [
    ['😀'.repeat(200), '😀'.repeat(64)],
    [`a${'😀'.repeat(200)}`, `a${'😀'.repeat(63)}`],
    ['\u202egro.elpmaxe\u202c', 'gro.elpmaxe'],
    ['a\u200bb\u2028c\u0085d\r\n\0e\ufeff', 'ab c d e'],
    ['\ud83d broken \udc00', 'broken'],
    ['\u3164\u2066 \u00ad', ''],
    ['Žofie Ångström-O’Neil 山田', 'Žofie Ångström-O’Neil 山田'],
  ];
  for (const [given, shown] of table) assert.equal(clean(given, 64), shown, JSON.stringify(given));
});
