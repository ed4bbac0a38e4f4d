import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { systemClock } from '../src/base/clock.ts';
import type { HostPort } from '../src/base/host-port.ts';
import { silentLog } from '../src/base/log.ts';
import { SeededRandom, systemRandom } from '../src/base/random.ts';
import { bound, freePort } from '../src/base/testing/free-port.ts';
import { digestHa1 } from '../src/sip/auth/digest-hash.ts';
import { parseNameAddr } from '../src/sip/message/name-addr.ts';
import { parseUri } from '../src/sip/message/uri.ts';
import { type IncomingInvite, type Reliable, SipUserAgent, type UserAgentOptions } from '../src/sip/user-agent.ts';
import { needs } from './peers/installed.ts';
import { LossyRelay, losing } from './peers/lossy-relay.ts';
import { runSipp, type SippOptions } from './peers/sipp.ts';
import { waitFor } from './peers/wait.ts';

/** The user agent alone, without calls and media, against SIPp. */

const skip = needs('sipp');
const SDP = [
  ...['v=0', 'o=partyline 1 1 IN IP4 127.0.0.1', 's=-', 'c=IN IP4 127.0.0.1', 't=0 0'],
  ...['m=audio 40000 RTP/AVP 0', 'a=rtpmap:0 PCMU/8000', ''],
].join('\r\n');

const open: { close(): Promise<void> }[] = [];
after(async () => {
  await Promise.all(open.map((agent) => agent.close()));
});

interface Server {
  readonly agent: SipUserAgent;
  readonly address: HostPort;
  /** Sessions in all, late answers included, sessions over, and those over in an unusual way. */
  readonly seen: { accepted: number; answers: number; ended: number; odd: string[]; cancelled: number };
}

/**
 * On loopback nothing is lost, so that we repeat late what is late, and SIPp, which gives a call up when it is told
 * twice, is told once however busy the machine is.
 */
const patient = { t1: 4000, t2: 4000 };
/** Of RFC 3261: what is lost is repeated soon. */
const usual = { t1: 500, t2: 4000 };

/** A user agent that accepts every call at once; `ring` only rings, `locked` asks for a password first. */
async function startServer(options: Partial<UserAgentOptions> = {}): Promise<Server> {
  const agent = new SipUserAgent({
    clock: systemClock,
    random: systemRandom,
    log: silentLog,
    domain: 'example.test',
    bind: { host: '127.0.0.1', port: await freePort() },
    timers: patient,
    credentials: (username) =>
      username !== 'anna'
        ? null
        : {
            username,
            extensionId: 'anna',
            ha1: {
              md5: digestHa1('MD5', username, 'example.test', 'secret'),
              sha256: digestHa1('SHA-256', username, 'example.test', 'secret'),
            },
            algorithm: 'MD5',
          },
    aorOf: (credentials) => credentials.username,
    ...options,
  });
  open.push(agent);
  const seen: Server['seen'] = { accepted: 0, answers: 0, ended: 0, odd: [], cancelled: 0 };
  agent.onInvite = (invite) => {
    invite.onCancelled = () => seen.cancelled++;
    if (invite.dialled === 'locked' && !agent.authenticate(invite).ok) return;
    if (invite.dialled === 'early') invite.progress(183, SDP);
    else invite.progress(180);
    if (invite.dialled !== 'ring') accept(invite, seen);
  };
  return { agent, address: await agent.listen(), seen };
}

function accept(invite: IncomingInvite, seen: Server['seen']): void {
  const session = invite.accept(SDP);
  seen.accepted++;
  session.onAck = (answer) => {
    if (answer !== null) seen.answers++;
  };
  session.onReinvite = (_offer, reply) => reply.accept(SDP);
  session.onEnded = (end) => {
    seen.ended++;
    if (end.by !== 'remote') seen.odd.push(JSON.stringify(end));
  };
}

/** Runs SIPp and checks that every call went well there. */
async function sipp(options: SippOptions): Promise<void> {
  const { code, ok, failed, log } = await runSipp(options);
  assert.deepEqual({ code, ok, failed }, { code: 0, ok: options.calls, failed: 0 }, log);
}

function assertAllEnded(server: Server, calls: number): void {
  const { accepted, ended, odd } = server.seen;
  assert.deepEqual({ accepted, ended, odd }, { accepted: calls, ended: calls, odd: [] });
  const { dialogs, pendingInvites } = server.agent.counters();
  assert.deepEqual({ dialogs, pendingInvites }, { dialogs: 0, pendingInvites: 0 });
}

// One of them waits most of its time, so three at once.
describe('SIPp', { skip, concurrency: 3 }, () => {
  test('branchc: registers and calls without a password, as a trusted peer', async () => {
    const trusted = { username: 'ua1', extensionId: 'ua1', ha1: { md5: '', sha256: '' }, algorithm: 'MD5' } as const;
    const server = await startServer({ trust: () => trusted });
    await sipp({ scenario: 'branchc', target: server.address, calls: 10, rate: 20, repeats: false });
    assertAllEnded(server, 10);
    assert.equal(server.agent.registrar.contacts('ua1').length, 1);
  });

  test('uac: 200 calls, and afterwards nothing is left', async () => {
    const server = await startServer({ timers: usual });
    await sipp({ scenario: 'uac', target: server.address, calls: 200, rate: 100, args: ['-d', '200'] });
    assertAllEnded(server, 200);
    // 64·T1 = 32 s.
    const left = () => server.agent.counters().transactions;
    await waitFor(
      () => left().server === 0 && left().client === 0,
      33_000,
      () => `the end of ${JSON.stringify(left())}`,
    );
  });

  test('uac over one TCP connection', async () => {
    const server = await startServer();
    await sipp({ scenario: 'uac', target: server.address, calls: 100, rate: 100, transport: 't1' });
    assertAllEnded(server, 100);
  });

  test('regexp: the answer and our Contact read as SIPp expects', async () => {
    const server = await startServer();
    await sipp({ scenario: 'regexp', target: server.address, calls: 10, repeats: false });
    await waitFor(() => server.seen.ended === 10, 5000, 'the calls to end');
  });

  test('10 % loss in both directions', async () => {
    const seed = 20_260_102;
    const server = await startServer({ timers: usual });
    const relay = await LossyRelay.start({ target: server.address, loses: losing(0.1, new SeededRandom(seed)) });
    try {
      await sipp({ scenario: 'call', target: relay.address, calls: 200, rate: 50, args: ['-max_retrans', '20'] });
      assert.ok(relay.lost > 50, `seed ${seed}: ${relay.lost} of ${relay.carried} datagrams lost`);
    } finally {
      await relay.stop();
    }
    assertAllEnded(server, 200);
  });

  test('the first ACKs of every call are lost', async () => {
    const server = await startServer({ timers: usual });
    // To a guest that has not shown that it hears us nothing is repeated by itself.
    server.agent.isCarrier = () => true;
    const losses = new Map<string, number>();
    const relay = await LossyRelay.start({
      target: server.address,
      loses: (datagram) => {
        const text = datagram.toString('latin1');
        if (!text.startsWith('ACK ')) return false;
        const callId = /^Call-ID: (.*)$/m.exec(text)?.[1] ?? '';
        const lost = losses.get(callId) ?? 0;
        losses.set(callId, lost + 1);
        return lost < 2;
      },
    });
    try {
      // Time for two more 2xx before the BYE (after 0.5 and 1.5 s), also on a busy machine.
      await sipp({ scenario: 'long-call', target: relay.address, calls: 20, args: ['-d', '5000'] });
      assert.equal(relay.lost, 40);
    } finally {
      await relay.stop();
    }
    assertAllEnded(server, 20);
  });

  test('registers with digest, refreshes without another challenge, and removes its contact', async () => {
    const server = await startServer();
    await sipp({ scenario: 'register-digest', target: server.address, calls: 20, repeats: false });
    assert.equal(server.agent.registrar.size, 0);
    assert.equal(server.agent.guard.counts().sources, 0);
  });

  test('a wrong password is answered later and later, then not at all, until the ban is over', async () => {
    // What is said while the ban lasts is to be said by then, also by a SIPp that is kept waiting.
    const guard = { banAfter: 3, firstDelayMs: 400, banMs: 10_000 };
    const server = await startServer({ guard });
    await sipp({ scenario: 'register-wrong', target: server.address, calls: 1, repeats: false });
    assert.ok(server.agent.counters().dropped > 0);
    assert.equal(server.agent.registrar.contacts('anna').length, 1);
  });

  test('an INVITE is challenged and let in', async () => {
    const server = await startServer();
    await sipp({ scenario: 'invite-digest', target: server.address, calls: 20, service: 'locked', repeats: false });
    assertAllEnded(server, 20);
  });

  test('CANCEL gets 200 and the INVITE 487', async () => {
    const server = await startServer();
    await sipp({ scenario: 'cancel', target: server.address, calls: 50, service: 'ring' });
    assert.equal(server.seen.cancelled, 50);
    assertAllEnded(server, 0);
  });

  test('re-INVITE with an offer and without', async () => {
    const server = await startServer();
    await sipp({ scenario: 'reinvite', target: server.address, calls: 50, repeats: false });
    assert.equal(server.seen.answers, 50);
    assertAllEnded(server, 50);
  });

  for (const transport of ['u1', 't1'] as const) {
    test(`a caller that demands PRACK, ${transport}`, async () => {
      const server = await startServer();
      await sipp({
        scenario: 'prack-caller',
        target: server.address,
        calls: 50,
        service: 'early',
        transport,
      });
      assertAllEnded(server, 50);
    });

    test(`a carrier that answers in a reliable 183, ${transport}`, async () => {
      const { agent } = await startServer();
      const localPort = await freePort();
      const waiting = sipp({ scenario: 'prack-carrier', target: null, calls: 50, localPort, transport });
      const kind = transport === 't1' ? ';transport=tcp' : '';
      await bound(transport === 't1' ? 'tcp' : 'udp', localPort);
      const to = `sip:service@127.0.0.1:${localPort}${kind}`;
      const results = await Promise.all(
        Array.from({ length: 50 }, (_, index) => callOnce(agent, to, index * 10, 'required')),
      );
      assert.deepEqual(new Set(results), new Set(['answered']));
      await waiting;
      assert.equal(agent.counters().dialogs, 0);
    });

    test(`uas: we call and hang up, ${transport}`, async () => {
      const { agent } = await startServer();
      const localPort = await freePort();
      const waiting = sipp({ scenario: 'uas', target: null, calls: 50, localPort, transport });
      const kind = transport === 't1' ? ';transport=tcp' : '';
      await bound(transport === 't1' ? 'tcp' : 'udp', localPort);
      const results = await Promise.all(
        Array.from({ length: 50 }, (_, index) =>
          callOnce(agent, `sip:service@127.0.0.1:${localPort}${kind}`, index * 10),
        ),
      );
      assert.deepEqual(new Set(results), new Set(['answered']));
      await waiting;
      assert.equal(agent.counters().dialogs, 0);
    });
  }
});

function callOnce(agent: SipUserAgent, to: string, afterMs: number, reliable: Reliable = 'supported'): Promise<string> {
  return new Promise((resolve) => {
    setTimeout(() => {
      agent.invite({
        targets: [{ uri: parseUri(to)! }],
        from: parseNameAddr('<sip:partyline@127.0.0.1>')!,
        to: parseNameAddr(`<${to}>`)!,
        offer: SDP,
        timeoutMs: 30_000,
        reliable,
        onProgress: () => {},
        onAccepted: (session, answer) => {
          setTimeout(() => session.bye(), 100);
          session.onEnded = () => resolve(answer === null ? 'no answer' : 'answered');
          return null;
        },
        onRejected: (status, reason) => resolve(`${status} ${reason}`),
      });
    }, afterMs);
  });
}
