import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect as connectPlain } from 'node:net';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect, type TLSSocket } from 'node:tls';
import { systemClock } from '../base/clock.ts';
import type { HostPort } from '../base/host-port.ts';
import { silentLog } from '../base/log.ts';
import { SeededRandom } from '../base/random.ts';
import { account, address } from './dialog/testing/two-agents.ts';
import { message } from './message/testing/wire.ts';
import { noCertificate, selfSigned } from './transport/testing/certificate.ts';
import { SipUserAgent, type UserAgentOptions } from './user-agent.ts';

const skip = noCertificate;

async function stage(t: TestContext, options: Partial<UserAgentOptions> = {}) {
  const agent = new SipUserAgent({
    clock: systemClock,
    random: new SeededRandom(1),
    log: silentLog,
    domain: 'example.test',
    bind: { host: '127.0.0.1', port: 0 },
    tls: { ...selfSigned(), port: 0 },
    credentials: () => null,
    trust: () => account('15000'),
    aorOf: () => '15000@example.test',
    ...options,
  });
  t.after(() => agent.close());
  await agent.listen();
  const bound = await agent.listenTls();
  assert.ok(bound);
  return { agent, bound };
}

/** A phone at the other end of a connection. */
class Phone {
  readonly socket: TLSSocket;
  #text = '';

  constructor(t: TestContext, to: HostPort) {
    this.socket = connect({ host: to.address, port: to.port, rejectUnauthorized: false });
    this.socket.on('data', (chunk) => {
      this.#text += chunk.toString('latin1');
    });
    this.socket.on('error', () => {});
    t.after(() => this.socket.destroy());
  }

  send(method: string, target: string, lines: readonly string[]): void {
    const via = `Via: SIP/2.0/TLS 192.0.2.9:33333;branch=z9hG4bK${method}${lines.length};rport`;
    this.socket.write(message(`${method} ${target} SIP/2.0`, [via, ...lines, 'Content-Length: 0']));
  }

  /** What has come, once it has this. */
  async heard(pattern: RegExp): Promise<string> {
    for (let waited = 0; !pattern.test(this.#text); waited += 5) {
      if (waited > 30_000) assert.fail(`never came: ${pattern} in ${this.#text}`);
      await sleep(5);
    }
    return this.#text;
  }

  forget(): void {
    this.#text = '';
  }
}

test('a phone registers over TLS and is called on its connection; Via and Contact say how', { skip }, async (t) => {
  const { agent, bound } = await stage(t);
  const phone = new Phone(t, bound);
  const at = `127.0.0.1:${bound.port}`;
  phone.send('REGISTER', 'sip:example.test', [
    'Contact: <sip:15000@192.0.2.9:33333;transport=tls>',
    'CSeq: 1 REGISTER',
  ]);
  assert.match(await phone.heard(/\r\n\r\n/), /^SIP\/2\.0 200 OK\r\nVia: SIP\/2\.0\/TLS [^\r]*received=127\.0\.0\.1/);
  const [binding] = agent.registrar.contacts('15000@example.test');
  assert.ok(binding);
  assert.deepEqual([binding.flow.kind, binding.flow.local], ['tls', bound]);
  phone.forget();
  const call = (uri: typeof binding.contact) =>
    agent.invite({
      targets: [{ uri, flow: binding.flow }],
      from: address('<sip:1@example.test>'),
      to: address('<sip:15000@example.test>'),
      offer: 'offer',
      timeoutMs: 30_000,
      onProgress() {},
      onAccepted: () => null,
      onRejected() {},
    });
  call(binding.contact);
  const invite = await phone.heard(/\r\n\r\noffer/);
  assert.match(invite, new RegExp(`^Via: SIP/2\\.0/TLS ${at};branch=`, 'm'));
  assert.match(invite, new RegExp(`^Contact: <sip:partyline@${at};transport=tls>\\r$`, 'm'));
  phone.forget();
  call({ ...binding.contact, scheme: 'sips' });
  assert.match(await phone.heard(/\r\n\r\noffer/), new RegExp(`^Contact: <sips:partyline@${at}>\\r$`, 'm'));

  phone.socket.destroy();
  for (let waited = 0; agent.registrar.size > 0; waited += 5) {
    if (waited > 30_000) assert.fail('the registration outlives its connection');
    await sleep(5);
  }
});

test('whoever asks for sips is answered by sips', { skip }, async (t) => {
  const { bound } = await stage(t);
  const phone = new Phone(t, bound);
  phone.send('OPTIONS', 'sips:15000@example.test', ['CSeq: 1 OPTIONS']);
  const answer = await phone.heard(/\r\n\r\n/);
  assert.match(answer, /^SIP\/2\.0 200 OK/);
  assert.match(answer, new RegExp(`^Contact: <sips:partyline@127\\.0\\.0\\.1:${bound.port}>\\r$`, 'm'));
});

test('what is no handshake ends its own connection and nothing else', { skip }, async (t) => {
  const { bound } = await stage(t);
  const plain = connectPlain(bound.port, bound.address);
  t.after(() => plain.destroy());
  plain.on('error', () => {});
  plain.resume();
  plain.write(message('OPTIONS sip:a@127.0.0.1 SIP/2.0', ['Content-Length: 0']));
  await once(plain, 'close');
  // One who begins a handshake and goes away.
  const gone = connectPlain(bound.port, bound.address);
  gone.on('error', () => {});
  await once(gone, 'connect');
  gone.write(Buffer.from('1603010200010001fc0303', 'hex'));
  gone.resetAndDestroy();
  const phone = new Phone(t, bound);
  phone.send('OPTIONS', 'sip:15000@example.test', ['CSeq: 1 OPTIONS']);
  await phone.heard(/^SIP\/2\.0 200 OK/);
});

test('no connection is opened by us, and without keys there is no TLS', { skip }, async (t) => {
  const { agent, bound } = await stage(t);
  const target = { uri: address(`<sip:127.0.0.1:${bound.port};transport=tls>`).uri };
  assert.equal(await agent.options(target, 1_000), null);
  const without = new SipUserAgent({
    clock: systemClock,
    random: new SeededRandom(2),
    log: silentLog,
    domain: 'example.test',
    bind: { host: '127.0.0.1', port: 0 },
    credentials: () => null,
    aorOf: () => null,
  });
  t.after(() => without.close());
  assert.equal(await without.listenTls(), null);
});

test('who opens connections and never shakes hands keeps no phone waiting for good', { skip }, async (t) => {
  const { bound } = await stage(t);
  const silent = await Promise.all(
    Array.from({ length: 60 }, async (_, at) => {
      const localAddress = `127.0.0.${2 + (at % 2)}`;
      const socket = connectPlain({ host: bound.address, port: bound.port, localAddress });
      socket.on('error', () => {});
      t.after(() => socket.destroy());
      await once(socket, 'connect');
      return socket;
    }),
  );
  for (const socket of silent.slice(0, 10)) socket.destroy();
  const phone = new Phone(t, bound);
  await once(phone.socket, 'secureConnect');
  phone.send('OPTIONS', 'sip:15000@example.test', ['CSeq: 1 OPTIONS']);
  await phone.heard(/^SIP\/2\.0 200 /m);
});
