import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SeededRandom } from '../../base/random.ts';
import { VirtualClock } from '../../base/testing/virtual-clock.ts';
import { parseUri } from '../message/uri.ts';
import type { TransportKind } from './flow.ts';
import { type AddressRecord, type Dns, type ServiceRecord, TargetResolver } from './resolve.ts';

/** A name server with a zone to change, that counts what it is asked and can fall silent. */
class Zone implements Dns {
  readonly services = new Map<string, ServiceRecord[]>();
  readonly addresses = new Map<string, AddressRecord[]>();
  readonly asked: string[] = [];
  state: 'up' | 'failing' | 'silent' = 'up';

  srv(name: string): Promise<readonly ServiceRecord[]> {
    return this.#answer(`srv ${name}`, this.services.get(name) ?? []);
  }

  a(name: string): Promise<readonly AddressRecord[]> {
    return this.#answer(
      `a ${name}`,
      (this.addresses.get(name) ?? []).filter(({ address }) => !address.includes(':')),
    );
  }

  aaaa(name: string): Promise<readonly AddressRecord[]> {
    return this.#answer(
      `aaaa ${name}`,
      (this.addresses.get(name) ?? []).filter(({ address }) => address.includes(':')),
    );
  }

  has(name: string, ...addresses: string[]): this {
    this.addresses.set(
      name,
      addresses.map((address) => ({ address, ttl: 60 })),
    );
    return this;
  }

  serves(name: string, ...records: [priority: number, weight: number, port: number, target: string][]): this {
    this.services.set(
      name,
      records.map(([priority, weight, port, target]) => ({ priority, weight, port, name: target, ttl: null })),
    );
    return this;
  }

  #answer<T>(question: string, records: readonly T[]): Promise<readonly T[]> {
    this.asked.push(question);
    if (this.state === 'failing') return Promise.reject(new Error('SERVFAIL'));
    return this.state === 'silent' ? new Promise(() => {}) : Promise.resolve(records);
  }
}

function resolver(zone: Zone, options: { seed?: number; kinds?: TransportKind[] } = {}) {
  const clock = new VirtualClock();
  const { seed = 1, ...rest } = options;
  const targets = new TargetResolver({ clock, random: new SeededRandom(seed), dns: zone, ...rest });
  const resolve = async (text: string): Promise<string[]> => {
    const found = await targets.resolve(parseUri(text)!);
    return found.map(({ kind, address, port }) => `${kind} ${address} ${port}`);
  };
  return { clock, resolve };
}

test('an address is an answer by itself', async () => {
  const zone = new Zone();
  const { resolve } = resolver(zone, { kinds: ['udp', 'tcp', 'tls'] });
  const table: [string, string[]][] = [
    ['sip:b@192.0.2.1', ['udp 192.0.2.1 5060']],
    ['sip:b@192.0.2.1:5080', ['udp 192.0.2.1 5080']],
    ['sip:b@192.0.2.1;transport=tcp', ['tcp 192.0.2.1 5060']],
    ['sip:b@192.0.2.1;transport=TLS', ['tls 192.0.2.1 5061']],
    ['sips:b@192.0.2.1', ['tls 192.0.2.1 5061']],
    ['sips:b@192.0.2.1;transport=tcp', ['tls 192.0.2.1 5061']],
    ['sip:b@[2001:db8::1]', ['udp 2001:db8::1 5060']],
    ['sip:b@localhost:5070', ['udp 127.0.0.1 5070']],
    ['sip:b@carrier.example;maddr=192.0.2.9', ['udp 192.0.2.9 5060']],
    ['sip:b@192.0.2.1;transport=sctp', []],
    ['sip:b@192.0.2.1;transport=ws', []],
    ['tel:+13235550100', []],
    ['mailto:a@b', []],
  ];
  for (const [uri, expected] of table) assert.deepEqual(await resolve(uri), expected, uri);
  assert.deepEqual(zone.asked, []);
  assert.deepEqual(await resolver(zone).resolve('sips:b@192.0.2.1'), [], 'no TLS, no way');
});

test('SRV by transport, then addresses; without SRV or with a port the host itself', async () => {
  const zone = new Zone()
    .serves('_sip._udp.carrier.example', [10, 0, 5062, 'a.carrier.example'], [20, 0, 5064, 'b.carrier.example.'])
    .serves('_sip._tcp.carrier.example', [1, 0, 5066, 'a.carrier.example'])
    .has('a.carrier.example', '192.0.2.1', '2001:db8::1')
    .has('b.carrier.example', '192.0.2.2')
    .has('carrier.example', '192.0.2.99')
    .has('plain.example', '192.0.2.50', '192.0.2.51');
  const { resolve } = resolver(zone);
  const udp = ['udp 192.0.2.1 5062', 'udp 2001:db8::1 5062', 'udp 192.0.2.2 5064'];
  const tcp = ['tcp 192.0.2.1 5066', 'tcp 2001:db8::1 5066'];
  assert.deepEqual(await resolve('sip:b@carrier.example'), [...udp, ...tcp]);
  assert.deepEqual(await resolve('sip:b@Carrier.Example.;transport=udp'), udp);
  assert.deepEqual(await resolve('sip:b@carrier.example;transport=tcp'), tcp);
  assert.deepEqual(await resolve('sip:b@carrier.example:5060'), ['udp 192.0.2.99 5060']);
  assert.deepEqual(await resolve('sip:b@plain.example'), ['udp 192.0.2.50 5060', 'udp 192.0.2.51 5060']);
  assert.deepEqual(await resolve('sip:b@plain.example;transport=tcp'), ['tcp 192.0.2.50 5060', 'tcp 192.0.2.51 5060']);
  assert.deepEqual(await resolve('sip:b@nothing.example'), []);
});

test('a service that is said not to be there is not looked for elsewhere', async () => {
  for (const record of [
    [0, 0, 5060, '.'],
    [0, 0, 0, '.'],
    [0, 0, 0, ''],
  ] as const) {
    const zone = new Zone().serves('_sip._udp.off.example', [...record]).has('off.example', '192.0.2.1');
    assert.deepEqual(await resolver(zone).resolve('sip:b@off.example;transport=udp'), []);
  }
});

test('priorities are kept, weights drawn: 1000 drawings by seed', async () => {
  const zone = new Zone().serves(
    '_sip._udp.w.example',
    [20, 100, 5060, 'last.example'],
    [10, 75, 5060, 'three.example'],
    [10, 25, 5060, 'one.example'],
    [10, 0, 5060, 'zero.example'],
  );
  for (const [index, name] of ['last', 'three', 'one', 'zero'].entries())
    zone.has(`${name}.example`, `192.0.2.${index}`);
  const { resolve } = resolver(zone, { seed: 20_260_305 });
  const first = new Map<string, number>();
  for (let draw = 0; draw < 1000; draw++) {
    const order = await resolve('sip:w.example;transport=udp');
    assert.equal(order.length, 4);
    assert.equal(new Set(order).size, 4);
    assert.equal(order[3], 'udp 192.0.2.0 5060');
    first.set(order[0]!, (first.get(order[0]!) ?? 0) + 1);
  }
  const share = (host: string) => first.get(`udp 192.0.2.${host} 5060`) ?? 0;
  assert.ok(Math.abs(share('1') - 745) < 60, `three of four: ${share('1')}`);
  assert.ok(Math.abs(share('2') - 245) < 60, `one of four: ${share('2')}`);
  assert.ok(share('3') > 0 && share('3') < 40, `weight 0: ${share('3')}`);
});

test('answers are kept as long as they say, within 5 s and an hour; asked once by many at a time', async () => {
  const zone = new Zone().has('a.example', '192.0.2.1');
  const { clock, resolve } = resolver(zone);
  const uri = 'sip:a.example:5060';
  await Promise.all([resolve(uri), resolve(uri), resolve(uri)]);
  assert.deepEqual(zone.asked, ['a a.example', 'aaaa a.example']);
  // Nothing is believed for 10 s, the address for the minute it says.
  clock.advance(9_999);
  await resolve(uri);
  assert.equal(zone.asked.length, 2);
  clock.advance(2);
  await resolve(uri);
  assert.deepEqual(zone.asked.slice(2), ['aaaa a.example']);
  for (const [ttl, seconds] of [
    [0, 5],
    [100_000, 3600],
    [null, 60],
  ] as const) {
    const name = `ttl-${ttl}.example`;
    zone.addresses.set(name, [{ address: '192.0.2.7', ttl }]);
    await resolve(`sip:${name}:5060`);
    const count = () => zone.asked.filter((question) => question === `a ${name}`).length;
    clock.advance(seconds * 1000 - 1);
    await resolve(`sip:${name}:5060`);
    assert.equal(count(), 1, name);
    clock.advance(1);
    await resolve(`sip:${name}:5060`);
    assert.equal(count(), 2, name);
  }
});

test('a name server that fails or is silent: what was known stays good for a day', async () => {
  for (const state of ['failing', 'silent'] as const) {
    const zone = new Zone().serves('_sip._udp.c.example', [1, 1, 5060, 'a.example']).has('a.example', '192.0.2.1');
    const { clock, resolve } = resolver(zone);
    const uri = 'sip:c.example;transport=udp';
    const known = ['udp 192.0.2.1 5060'];
    const ask = async (): Promise<string[]> => {
      const asking = resolve(uri);
      await clock.advanceAsync(5_000);
      await clock.advanceAsync(5_000);
      return await asking;
    };
    assert.deepEqual(await ask(), known);
    zone.state = state;
    clock.advance(3_600_000);
    assert.deepEqual(await ask(), known, state);
    assert.deepEqual(await ask(), known, state);
    clock.advance(90_000_000);
    assert.deepEqual(await ask(), [], state);
    zone.state = 'up';
    assert.deepEqual(await ask(), known, state);
    assert.equal(clock.pending, 0);
  }
});

test('of more than a thousand names the oldest are forgotten', async () => {
  const zone = new Zone();
  const { resolve } = resolver(zone);
  for (let index = 0; index < 600; index++) {
    zone.has(`n${index}.example`, '192.0.2.1', '2001:db8::1');
    await resolve(`sip:n${index}.example:5060`);
  }
  assert.equal(zone.asked.length, 1200);
  await resolve('sip:n599.example:5060');
  await resolve('sip:n100.example:5060');
  assert.equal(zone.asked.length, 1200);
  await resolve('sip:n99.example:5060');
  assert.equal(zone.asked.length, 1202);
});

test('what a hostile name server says is bounded', async () => {
  const zone = new Zone();
  zone.services.set(
    '_sip._udp.evil.example',
    Array.from({ length: 5000 }, (_, index) => ({
      name: `h${index}.example`,
      port: 5060,
      priority: 1,
      weight: 1,
      ttl: 1,
    })),
  );
  for (let index = 0; index < 5000; index++) {
    zone.has(`h${index}.example`, ...Array.from({ length: 40 }, (_, host) => `192.0.${index % 250}.${host}`));
  }
  const { resolve } = resolver(zone);
  assert.equal((await resolve('sip:evil.example')).length, 16);
  assert.ok(zone.asked.length < 40, `${zone.asked.length} questions`);
  zone.services.set('_sip._udp.odd.example', [
    { name: 'a.example', port: 0, priority: 1, weight: 1, ttl: null },
    { name: 'a.example', port: 70_000, priority: 1, weight: 1, ttl: null },
    { name: 'a.example', port: 5060, priority: 1, weight: -5, ttl: null },
  ]);
  zone.addresses.set('odd.example', [
    { address: 'evil', ttl: Number.NaN },
    { address: '192.0.2.1', ttl: -7 },
  ]);
  assert.deepEqual(await resolve('sip:odd.example;transport=udp'), ['udp 192.0.2.1 5060']);
});
