import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FactJournal } from '../../base/fact-journal.ts';
import type { Fact, FactChange, FactStore } from '../../base/facts.ts';
import { silentLog } from '../../base/log.ts';
import { SeededRandom } from '../../base/random.ts';
import { VirtualClock } from '../../base/testing/virtual-clock.ts';
import { address, Laboratory, PASSWORD, uri } from '../dialog/testing/two-agents.ts';
import { SipRequest } from '../message/message.ts';
import { parseUri } from '../message/uri.ts';
import type { TransportKind } from '../transport/flow.ts';
import { VirtualNetwork } from '../transport/testing/virtual-network.ts';
import { KeptRegistrations } from './kept-registrations.ts';
import { Registrar } from './registrar.ts';

/** What several runs have in common: the time, the network, and what was written down. */
class House implements FactStore {
  readonly clock: VirtualClock;
  readonly facts = new Map<string, Fact>();
  readonly network: VirtualNetwork;

  constructor(clock = new VirtualClock()) {
    this.clock = clock;
    this.network = new VirtualNetwork({ clock, random: new SeededRandom(1), delayMs: 1 });
  }

  async load(now: number): Promise<Fact[]> {
    return [...this.facts.values()].filter(({ expiresAt }) => expiresAt === null || expiresAt > now);
  }

  async change(changes: readonly FactChange[]): Promise<void> {
    for (const { kind, key, data, expiresAt } of changes) {
      if (data === null) this.facts.delete(key);
      else this.facts.set(key, { kind, key, data, expiresAt });
    }
  }

  async run(markOf: ((aor: string) => string | null) | null = null) {
    const { clock } = this;
    const journal = new FactJournal({ store: this, clock, log: silentLog });
    const left = await journal.load();
    const transport = this.network.attach({ address: '192.0.2.1', port: 5060 });
    const registrar = new Registrar({ clock });
    const kept = new KeptRegistrations({ facts: journal, clock, log: silentLog, transport, registrar, markOf });
    registrar.onChange = (aor) => kept.changed(aor);
    kept.restore(left);
    let cseq = 0;
    return {
      registrar,
      kept,
      /** As a server closes: first what speaks SIP, then what is still to be written. */
      close: async () => {
        kept.close();
        registrar.close();
        await transport.close();
        await journal.close();
      },
      register: (aor: string, contact: string, kind: TransportKind, port: number, host = '192.0.2.2') => {
        const flow = transport.flowTo(kind, { address: host, port });
        assert.equal(registrar.handle(request(contact, ++cseq), flow, aor).status, 200);
      },
      contacts: (aor: string) =>
        registrar.contacts(aor).map(({ contact, flow, expiresAt }) => {
          const left = Math.round((expiresAt - clock.monotonic()) / 1000);
          return `${contact.user}@${contact.host} over ${flow.kind}:${flow.remote.address}:${flow.remote.port} ${left} s`;
        }),
    };
  }

  async pass(ms: number): Promise<void> {
    this.clock.advance(ms);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

function request(contact: string, cseq: number): SipRequest {
  const made = new SipRequest('REGISTER', parseUri('sip:example.test')!);
  made.headers.append('Via', 'SIP/2.0/UDP 192.0.2.2;branch=z9hG4bK1');
  made.headers.append('From', '<sip:211@example.test>;tag=1');
  made.headers.append('To', '<sip:211@example.test>');
  made.headers.append('Call-ID', 'call');
  made.headers.append('CSeq', `${cseq} REGISTER`);
  made.headers.append('Contact', contact);
  return made;
}

test('a phone behind NAT over UDP can be called at once after a restart, for as long as it was granted', async () => {
  const house = new House();
  const first = await house.run();
  first.register('211', '<sip:211@10.0.0.5:5060>;expires=600;q=0.7', 'udp', 40_123);
  await house.pass(100);
  await house.pass(99_900);
  const second = await house.run();
  assert.deepEqual(second.contacts('211'), ['211@10.0.0.5 over udp:192.0.2.2:40123 500 s']);
  await house.pass(500_000);
  assert.deepEqual(second.contacts('211'), []);
  await house.pass(10_000);
  await house.pass(100);
  assert.equal(house.facts.size, 0, 'pruned at its end');
});

test('who has registered just before an orderly end can be called after it', async () => {
  const house = new House();
  const first = await house.run();
  first.register('212', '<sip:212@10.0.0.5:5060>', 'udp', 40_124);
  await house.pass(1);
  first.register('211', '<sip:211@10.0.0.5:5060>;expires=600', 'udp', 40_123);
  first.register('212', '<sip:212@10.0.0.5:5060>;expires=500', 'udp', 40_124);
  await first.close();
  const second = await house.run();
  assert.deepEqual(second.contacts('211'), ['211@10.0.0.5 over udp:192.0.2.2:40123 600 s']);
  assert.deepEqual(second.contacts('212'), ['212@10.0.0.5 over udp:192.0.2.2:40124 500 s']);
});

test('what has expired while nobody was there, or was taken back, does not come again', async () => {
  const house = new House();
  const first = await house.run();
  first.register('211', '<sip:211@10.0.0.5>;expires=60', 'udp', 5060);
  first.register('212', '<sip:212@10.0.0.5>;expires=60', 'udp', 5060);
  first.register('213', '<sip:213@10.0.0.5>;expires=300', 'udp', 5060);
  await house.pass(100);
  first.register('213', '<sip:213@10.0.0.5>;expires=0', 'udp', 5060);
  await house.pass(100);
  first.kept.close();
  first.registrar.close();
  await house.pass(60_000);
  const second = await house.run();
  for (const aor of ['211', '212', '213']) assert.deepEqual(second.contacts(aor), []);
});

test('a connection is opened again where the contact names the host it came from, else the phone has to come', async () => {
  const house = new House();
  const first = await house.run();
  house.network.attach({ address: '192.0.2.2', port: 5062 });
  first.register('211', '<sip:here@192.0.2.2:5062;transport=tcp>', 'tcp', 40_001);
  first.register('211', '<sip:gone@192.0.2.2:40002;transport=tcp>', 'tcp', 40_002);
  first.register('211', '<sip:nat@10.0.0.5:5060;transport=tcp>', 'tcp', 40_003);
  first.register('211', '<sip:unnamed@192.0.2.2;transport=tcp>', 'tcp', 40_004);
  first.register('212', '<sip:nat@10.0.0.5:5060;transport=tcp>', 'tcp', 40_005);
  await house.pass(100);
  assert.equal(first.contacts('211').length, 4);
  const second = await house.run();
  await house.pass(10);
  assert.deepEqual(second.contacts('211'), ['here@192.0.2.2 over tcp:192.0.2.2:5062 3600 s']);
  await house.pass(100);
  assert.deepEqual([...house.facts.keys()], ['211'], 'nothing is left of those that have no way');
});

test('thousands of connections are tried a few at a time', async () => {
  const house = new House();
  const first = await house.run();
  house.network.attach({ address: '192.0.2.2', port: 5062 });
  for (let at = 0; at < 100; at++) first.register(`${at}`, `<sip:p${at}@192.0.2.2:5062>`, 'tcp', 40_000 + at);
  await house.pass(100);
  await house.pass(100);
  const second = await house.run();
  assert.equal(second.registrar.size, 20);
  await house.pass(1000);
  assert.equal(second.registrar.size, 100);
});

test('who has registered before the others are taken back is not overruled; a clock set back grants nobody more', async () => {
  const house = new House();
  const first = await house.run();
  first.register('211', '<sip:211@10.0.0.5:5060>', 'udp', 40_001);
  await house.pass(100);
  const clock = new VirtualClock(house.clock.now() - 86_400_000);
  const later = new House(clock);
  const second = await later.run();
  second.register('211', '<sip:211@10.0.0.5:5060>;expires=100', 'udp', 40_002);
  second.kept.restore([...house.facts.values()]);
  assert.deepEqual(second.contacts('211'), ['211@10.0.0.5 over udp:192.0.2.2:40002 100 s']);
  second.kept.restore([...house.facts.values()].map((fact) => ({ ...fact, key: '212' })));
  assert.deepEqual(second.contacts('212'), ['211@10.0.0.5 over udp:192.0.2.2:40001 3600 s']);
});

test('who has another password by now, or is gone, is registered no more; of an earlier version who is there stays', async () => {
  const house = new House();
  const first = await house.run((aor) => `mark of ${aor}`);
  for (const aor of ['211', '212', '213']) first.register(aor, `<sip:${aor}@10.0.0.5:5060>`, 'udp', 40_001);
  await house.pass(100);
  const marks: Record<string, string> = { 211: 'mark of 211', 212: 'of another password' };
  const second = await house.run((aor) => marks[aor] ?? null);
  assert.deepEqual(
    ['211', '212', '213'].map((aor) => second.contacts(aor).length),
    [1, 0, 0],
  );
  await house.pass(100);
  assert.deepEqual([...house.facts.keys()], ['211']);

  const unmarked = new House();
  const earlier = await unmarked.run();
  for (const aor of ['211', '213']) earlier.register(aor, `<sip:${aor}@10.0.0.5:5060>`, 'udp', 40_001);
  await unmarked.pass(100);
  const later = await unmarked.run((aor) => marks[aor] ?? null);
  assert.deepEqual([later.contacts('211').length, later.contacts('213').length], [1, 0]);
});

test('what cannot be read is dropped and harms nothing', async () => {
  const house = new House();
  for (const [key, data] of ['{', '[{}]', '7', '[{"contact":"sip:x@y","flow":null}]'].entries()) {
    house.facts.set(`${key}`, { kind: 'registration', key: `${key}`, data, expiresAt: null });
  }
  const { registrar } = await house.run();
  assert.equal(registrar.size, 0);
  await house.pass(100);
  assert.equal(house.facts.size, 0);
});

test('a user agent takes its phones over, and calls them over the flow they had', async () => {
  const lab = new Laboratory({ seed: 1 });
  const house = new House(lab.clock);
  const journal = () => new FactJournal({ store: house, clock: lab.clock, log: silentLog });
  const before = lab.agent('10.0.0.2', { facts: journal() });
  const phone = lab.agent('10.0.0.1');
  phone.register({
    registrar: [{ uri: uri('sip:10.0.0.2') }],
    aor: address('<sip:line7@example.test>'),
    contactUser: 'line7',
    credentials: { username: 'line7', password: PASSWORD },
    expiresS: 300,
    onState: () => {},
  });
  await house.pass(10);
  await house.pass(100);
  assert.equal(before.registrar.contacts('line7').length, 1);
  await before.close();
  const facts = journal();
  const after = lab.agent('10.0.0.2', { facts });
  after.restore(await facts.load());
  const [contact] = after.registrar.contacts('line7');
  assert.deepEqual(contact?.flow.remote, { address: '10.0.0.1', port: 5060 });
});
