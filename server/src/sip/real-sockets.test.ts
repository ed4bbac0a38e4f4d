import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { after, test } from 'node:test';
import { systemClock } from '../base/clock.ts';
import type { HostPort } from '../base/host-port.ts';
import { silentLog } from '../base/log.ts';
import { systemRandom } from '../base/random.ts';
import { account, address, PASSWORD, uri } from './dialog/testing/two-agents.ts';
import { TargetResolver } from './transport/resolve.ts';
import { systemDns } from './transport/system-dns.ts';
import { type IncomingInvite, type InviteTarget, type RegistrationState, SipUserAgent } from './user-agent.ts';

/** Two user agents over real sockets: what the virtual network cannot show. */

const agents: SipUserAgent[] = [];
after(async () => {
  await Promise.all(agents.map((agent) => agent.close()));
});

async function start(): Promise<{ agent: SipUserAgent; at: HostPort }> {
  const agent = new SipUserAgent({
    clock: systemClock,
    random: systemRandom,
    log: silentLog,
    domain: 'example.test',
    bind: { host: '127.0.0.1', port: 0 },
    credentials: (name) => account(name),
    aorOf: (credentials) => credentials.username,
  });
  agents.push(agent);
  return { agent, at: await agent.listen() };
}

function to(at: HostPort, rest = ''): InviteTarget {
  return { uri: uri(`sip:b@127.0.0.1:${at.port}${rest}`) };
}

/** A bound port where nobody answers. */
async function deaf(): Promise<{ port: number; close(): void }> {
  const socket = createSocket('udp4');
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  return { port: socket.address().port, close: () => socket.close() };
}

for (const transport of ['udp', 'tcp'] as const) {
  test(`a call goes on from a dead carrier, its early answer comes reliably, ${transport}`, async () => {
    const caller = await start();
    const callee = await start();
    const dead = await deaf();
    let invite: IncomingInvite | null = null;
    callee.agent.onInvite = (incoming) => {
      invite = incoming;
      incoming.onPrack = () => void incoming.accept('not this one');
      incoming.progress(183, 'early answer');
    };
    const told: string[] = [];
    const sdp = await new Promise<string | null>((resolve, reject) => {
      caller.agent.invite({
        targets: [to({ address: '127.0.0.1', port: dead.port })],
        failover: [[to(callee.at, `;transport=${transport}`)]],
        failoverMs: 120,
        reliable: 'required',
        from: address('<sip:a@example.test>'),
        to: address('<sip:b@example.test>'),
        offer: 'offer',
        timeoutMs: 30_000,
        onProgress: (status, early) => told.push(`${status} ${early}`),
        onAccepted: (session, answer) => {
          session.onEnded = () => resolve(answer);
          session.bye();
          return null;
        },
        onRejected: (status) => reject(new Error(String(status))),
      });
    });
    dead.close();
    assert.equal(sdp, 'early answer');
    assert.deepEqual(told, ['183 early answer']);
    assert.equal(invite!.pending, false);
  });

  test(`registers, is asked for, and takes it back, ${transport}`, async () => {
    const registrar = await start();
    const client = await start();
    const where = { uri: uri(`sip:127.0.0.1:${registrar.at.port};transport=${transport}`) };
    assert.equal(await client.agent.options(where, 60_000), 200);
    const states: RegistrationState[] = [];
    const registered = Promise.withResolvers<void>();
    const registration = client.agent.register({
      registrar: [where],
      aor: address('<sip:line@example.test>'),
      contactUser: 'trunk',
      credentials: { username: 'line', password: PASSWORD },
      expiresS: 120,
      onState: (state) => {
        states.push(state);
        registered.resolve();
      },
    });
    await registered.promise;
    assert.deepEqual(
      registrar.agent.registrar.contacts('line').map(({ contact }) => contact.user),
      ['trunk'],
    );
    await registration.close();
    assert.equal(registrar.agent.registrar.size, 0);
    assert.deepEqual(
      states.map((state) => state.registered),
      [true, false],
    );
  });
}

test('the system knows the addresses of this machine by name', async () => {
  const dns = systemDns();
  const found = await dns.a('localhost');
  assert.ok(found.some((record) => record.address === '127.0.0.1'));
  const targets = new TargetResolver({
    clock: systemClock,
    random: systemRandom,
    dns: { a: dns.a, aaaa: async () => [], srv: async () => [] },
  });
  const [first] = await targets.resolve(uri('sip:localhost.:5099'));
  assert.deepEqual(first, { address: '127.0.0.1', port: 5099, kind: 'udp' });
});
