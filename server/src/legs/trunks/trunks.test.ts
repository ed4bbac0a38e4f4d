import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLog } from '../../base/log.ts';
import { Secret } from '../../base/secret.ts';
import { type Trunk, trunkTo } from '../../directory/records.ts';
import { account, Laboratory, PASSWORD, TestCallee } from '../../sip/dialog/testing/two-agents.ts';
import { SipRequest } from '../../sip/message/message.ts';
import type { SipUri } from '../../sip/message/uri.ts';
import type { Flow } from '../../sip/transport/flow.ts';
import type { ResolvedAddress } from '../../sip/transport/resolve.ts';
import { Trunks } from './trunks.ts';

/** We at 10.0.0.2; carriers where a test puts them. */
function open(trunks: Trunk[], names: Record<string, string[]> = {}) {
  const lab = new Laboratory({ seed: 7 });
  const agent = lab.agent('10.0.0.2');
  const logged: { msg: string; trunk?: string }[] = [];
  const log = createLog('info', { write: (line) => void logged.push(JSON.parse(line)) });
  const resolve = async (uri: SipUri): Promise<ResolvedAddress[]> => {
    const found = names[uri.host] ?? (/^[\d.]+$/.test(uri.host) ? [uri.host] : []);
    return found.map((address) => ({ address, port: uri.port ?? 5060, kind: 'udp' }));
  };
  const ways = new Trunks({ clock: lab.clock, log, agent, resolver: { resolve }, trunks: () => trunks });
  const health = (name = 'carrier') =>
    ways
      .states()
      .find((state) => state.name === name)
      ?.targets.map((target) => `${target.address} ${target.health}`);
  const hosts = async (name = 'carrier') => (await ways.targets(name, '5')).map(({ address }) => address?.address);
  return { lab, ways, health, hosts, logged, names };
}

function flow(address: string, port = 5060, reliable = false): Flow {
  const remote = { address, port };
  return { id: '1', kind: reliable ? 'tcp' : 'udp', reliable, closed: false, local: remote, remote } as unknown as Flow;
}

test('a call goes to the trunk by name, with the number, by way of its addresses in order', async () => {
  const two = trunkTo('carrier', 'sip:a.test;transport=udp', {
    uris: ['sip:a.test;transport=udp', 'sip:10.0.0.9:5070'],
  });
  const { ways } = open([two], { 'a.test': ['10.0.0.7', '10.0.0.8'] });
  const targets = await ways.targets('carrier', '+1323');
  assert.deepEqual(
    targets.map(({ uri, address }) => `${uri.user}@${uri.host} ${address?.address}:${address?.port}`),
    ['+1323@a.test 10.0.0.7:5060', '+1323@a.test 10.0.0.8:5060', '+1323@10.0.0.9 10.0.0.9:5070'],
  );
  assert.equal(targets[0]?.uri.params.get('transport'), 'udp');
  assert.deepEqual(await ways.targets('elsewhere', '1'), []);
});

test('what does not answer comes last, and first again when it does', async () => {
  const two = trunkTo('carrier', 'sip:10.0.0.7', { uris: ['sip:10.0.0.7', 'sip:10.0.0.8'], optionsMs: 30_000 });
  const { lab, ways, health, hosts, logged } = open([two]);
  new TestCallee(lab.agent('10.0.0.8'));
  ways.start();
  assert.deepEqual(health(), ['10.0.0.7 unknown', '10.0.0.8 unknown']);
  assert.deepEqual(await hosts(), ['10.0.0.7', '10.0.0.8']);
  await lab.clock.advanceAsync(10_000);
  assert.deepEqual(health(), ['10.0.0.7 down', '10.0.0.8 up']);
  assert.deepEqual(await hosts(), ['10.0.0.8', '10.0.0.7']);
  assert.equal(ways.isDown('carrier'), false);
  new TestCallee(lab.agent('10.0.0.7'));
  await lab.clock.advanceAsync(30_000);
  assert.deepEqual(health(), ['10.0.0.7 up', '10.0.0.8 up']);
  assert.deepEqual(await hosts(), ['10.0.0.7', '10.0.0.8']);
  lab.network.detach({ address: '10.0.0.7', port: 5060 });
  lab.network.detach({ address: '10.0.0.8', port: 5060 });
  await lab.clock.advanceAsync(40_000);
  assert.ok(ways.isDown('carrier'));
  assert.deepEqual(
    logged.map(({ msg }) => msg),
    [
      'a trunk answers',
      'a trunk does not answer',
      'a trunk answers',
      'a trunk does not answer',
      'a trunk does not answer',
    ],
    'only news is logged',
  );
  await ways.close();
  await lab.clock.advanceAsync(120_000);
  assert.equal(lab.clock.pending, 0, 'nothing is asked after the end');
});

test('a trunk that is not to be asked is never asked', async () => {
  const { lab, ways, health } = open([trunkTo('carrier', 'sip:10.0.0.7', { optionsMs: null })]);
  ways.start();
  await lab.clock.advanceAsync(300_000);
  assert.deepEqual(health(), ['10.0.0.7 unknown']);
  assert.equal(lab.seen.length, 0);
  await ways.close();
});

test('names are looked up again: a new address is used, a name server that is away changes nothing', async () => {
  const names: Record<string, string[]> = {};
  const { lab, ways, hosts } = open([trunkTo('carrier', 'sip:a.test', { optionsMs: null })], names);
  ways.start();
  await lab.clock.advanceAsync(10);
  assert.deepEqual(await hosts(), []);
  names['a.test'] = ['10.0.0.7'];
  // A call asks at once when there is no address yet.
  assert.deepEqual(await hosts(), ['10.0.0.7']);
  assert.equal(ways.ofSource(flow('10.0.0.7'))?.name, 'carrier');
  names['a.test'] = ['10.0.0.8'];
  await lab.clock.advanceAsync(61_000);
  assert.deepEqual(await hosts(), ['10.0.0.8']);
  names['a.test'] = [];
  await lab.clock.advanceAsync(61_000);
  assert.deepEqual(await hosts(), ['10.0.0.8']);
  await ways.close();
});

test('a look-up that fails for a mistake of ours is logged, ends nothing, and what was known stays', async () => {
  const names: Record<string, string[]> = { 'a.test': ['10.0.0.7'] };
  const trunk = trunkTo('carrier', 'sip:a.test', { uris: ['sip:a.test', 'sip:10.0.0.9'], optionsMs: null });
  const { lab, ways, hosts, logged } = open([trunk, trunkTo('other', 'sip:b.test', { optionsMs: null })], names);
  const unhandled: unknown[] = [];
  const note = (error: unknown) => unhandled.push(error);
  process.on('unhandledRejection', note);
  try {
    ways.start();
    await lab.clock.advanceAsync(10);
    Object.defineProperty(names, 'a.test', {
      get: () => {
        throw new Error('a mistake');
      },
    });
    names['b.test'] = ['10.0.0.8'];
    await lab.clock.advanceAsync(121_000);
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(await hosts(), ['10.0.0.7', '10.0.0.9']);
    assert.deepEqual(await hosts('other'), ['10.0.0.8']);
    const mistakes = logged.filter(({ msg }) => msg === 'a trunk could not be looked after');
    assert.deepEqual([mistakes.length, mistakes[0]?.trunk], [2, 'carrier']);
    assert.deepEqual(unhandled, []);
  } finally {
    process.off('unhandledRejection', note);
    await ways.close();
  }
});

test('whose call it is: by address and port, by listed sources, in any spelling', () => {
  const trunk = trunkTo('carrier', 'sip:10.0.0.7:5070', { addresses: ['192.0.2.9', '2001:DB8:0::5'] });
  const { ways } = open([trunk, trunkTo('other', 'sip:[2001:db8::7]')]);
  const of = (address: string, port?: number, reliable?: boolean) => ways.ofSource(flow(address, port, reliable))?.name;
  assert.equal(of('10.0.0.7', 5070), 'carrier');
  assert.equal(of('::ffff:10.0.0.7', 5070), 'carrier');
  assert.equal(of('10.0.0.7', 5060), undefined, 'somebody else on that machine');
  assert.equal(of('10.0.0.7', 41_000, true), 'carrier', 'a connection has a port of its own');
  assert.equal(of('192.0.2.9', 1234), 'carrier');
  assert.equal(of('2001:db8::5', 1234), 'carrier');
  assert.equal(of('2001:db8:0:0::7'), 'other');
  assert.equal(of('10.0.0.8'), undefined);
});

test('a carrier that proves itself is known by its credentials', () => {
  const inbound = { username: 'carrier-in', password: new Secret('x') };
  const { ways } = open([trunkTo('carrier', 'sip:10.0.0.7', { inbound })]);
  assert.ok(ways.anyProvesItself);
  const credentials = { ...account('carrier-in'), extensionId: 'trunk:carrier' };
  assert.equal(ways.ofCredentials(credentials)?.name, 'carrier');
  assert.equal(ways.ofCredentials({ ...credentials, extensionId: 'trunk:gone' }), null);
  assert.equal(ways.ofCredentials(account('carrier')), null);
  assert.equal(open([trunkTo('carrier', 'sip:10.0.0.7')]).ways.anyProvesItself, false);
});

test('registers with its password, again before it ends, elsewhere when the name leads elsewhere, and takes it back', async () => {
  const names = { 'a.test': ['10.0.0.7'] };
  const trunk = trunkTo('carrier', 'sip:a.test', {
    register: true,
    username: 'acme',
    password: PASSWORD,
    registerExpiresMs: 300_000,
    optionsMs: null,
  });
  const { lab, ways, logged } = open([trunk], names);
  const [first, second] = ['10.0.0.7', '10.0.0.8'].map((host) =>
    lab.agent(host, { domain: 'example.test', aorOf: () => 'acme@a.test' }),
  );
  const state = () => ways.states()[0]?.registration;
  ways.start();
  await lab.clock.advanceAsync(1000);
  assert.equal(first!.registrar.contacts('acme@a.test').length, 1);
  assert.deepEqual([state()?.registered, state()?.status], [true, 200]);
  const asked = lab.seen.findLast(({ message }) => message instanceof SipRequest && message.method === 'REGISTER');
  assert.equal((asked!.message as SipRequest).uri.host, 'a.test');
  assert.equal((asked!.message as SipRequest).contacts[0]?.uri.user, 'acme');
  await lab.clock.advanceAsync(900_000);
  assert.equal(first!.registrar.contacts('acme@a.test').length, 1, 'kept for three times its life');
  names['a.test'] = ['10.0.0.8'];
  await lab.clock.advanceAsync(62_000);
  assert.equal(first!.registrar.contacts('acme@a.test').length, 0);
  assert.equal(second!.registrar.contacts('acme@a.test').length, 1);
  const closing = ways.close();
  await lab.clock.advanceAsync(3000);
  await closing;
  assert.equal(second!.registrar.contacts('acme@a.test').length, 0);
  assert.deepEqual(
    logged.map(({ msg }) => msg),
    ['registered at a trunk', 'registered at a trunk'],
  );
});

test('the configuration may change at any time', async () => {
  const trunks = [trunkTo('carrier', 'sip:10.0.0.7', { optionsMs: 30_000 })];
  const { lab, ways, hosts, health } = open(trunks);
  new TestCallee(lab.agent('10.0.0.7'));
  new TestCallee(lab.agent('10.0.0.8'));
  ways.start();
  await lab.clock.advanceAsync(1000);
  assert.deepEqual(health(), ['10.0.0.7 up']);
  ways.count('carrier', 'callsOut');
  assert.equal(ways.states()[0]?.callsOut, 1);
  trunks[0] = trunkTo('carrier', 'sip:10.0.0.8', { optionsMs: 30_000 });
  trunks.push(trunkTo('second', 'sip:10.0.0.9', { optionsMs: null }));
  assert.deepEqual(await hosts(), ['10.0.0.8']);
  assert.deepEqual(await hosts('second'), ['10.0.0.9']);
  assert.equal(ways.ofSource(flow('10.0.0.7')), null);
  await lab.clock.advanceAsync(1000);
  assert.deepEqual(health(), ['10.0.0.8 up']);
  trunks.length = 0;
  assert.deepEqual(await hosts(), []);
  assert.deepEqual(ways.states(), []);
  ways.count('carrier', 'callsOut');
  await ways.close();
  await lab.clock.advanceAsync(60_000);
  assert.equal(lab.clock.pending, 0);
});

test('where a trunk leads is known also while it is looked up again because something else of it has changed', async () => {
  const trunks = [trunkTo('carrier', 'sip:a.test', { optionsMs: 30_000 })];
  const { lab, ways, health, names } = open(trunks, { 'a.test': ['10.0.0.7', '10.0.0.8'], 'b.test': ['10.0.0.9'] });
  new TestCallee(lab.agent('10.0.0.8'));
  ways.start();
  await lab.clock.advanceAsync(6000);
  assert.deepEqual(health(), ['10.0.0.7 down', '10.0.0.8 up']);
  names['a.test'] = ['10.0.0.6'];
  trunks[0] = trunkTo('carrier', 'sip:a.test', { optionsMs: 60_000 });
  // A call comes in before the name server has answered.
  assert.equal(ways.ofSource(flow('10.0.0.7'))?.optionsMs, 60_000);
  assert.deepEqual(health(), ['10.0.0.7 down', '10.0.0.8 up']);
  await lab.clock.advanceAsync(10);
  assert.deepEqual(health(), ['10.0.0.6 unknown']);
  trunks[0] = trunkTo('carrier', 'sip:b.test', { optionsMs: 60_000 });
  assert.equal(ways.ofSource(flow('10.0.0.6')), null, 'to where it led by another name is nothing for this one');
  await ways.close();
});

test('a trunk that changes is registered anew once it has been taken back, also where a message is lost', async () => {
  const registering = (registerExpiresMs: number) =>
    trunkTo('carrier', 'sip:10.0.0.7', { register: true, username: 'acme', registerExpiresMs, optionsMs: null });
  const trunks = [registering(300_000)];
  const { lab, ways } = open(trunks);
  const carrier = lab.agent('10.0.0.7', { domain: 'example.test', credentials: () => account('acme') });
  const contacts = () => carrier.registrar.contacts('acme');
  trunks[0] = { ...trunks[0]!, password: PASSWORD };
  ways.start();
  await lab.clock.advanceAsync(1000);
  assert.equal(contacts().length, 1);
  let lost = 0;
  lab.lose = ({ name }) => name === 'REGISTER' && lost++ === 0;
  trunks[0] = { ...registering(600_000), password: PASSWORD };
  ways.refresh();
  await lab.clock.advanceAsync(10_000);
  assert.equal(ways.states()[0]?.registration?.registered, true);
  assert.equal(contacts().length, 1);
  assert.ok(contacts()[0]!.expiresAt - lab.clock.monotonic() > 500_000);
  const closing = ways.close();
  await lab.clock.advanceAsync(3000);
  await closing;
  assert.equal(contacts().length, 0);
});

test('a registration stays where it is whatever order the names come in, and while its address is among them', async () => {
  const names = { 'a.test': ['10.0.0.7', '10.0.0.8'] };
  const trunk = trunkTo('carrier', 'sip:a.test', {
    register: true,
    username: 'acme',
    password: PASSWORD,
    registerExpiresMs: 300_000,
    optionsMs: null,
  });
  const { lab, ways, logged } = open([trunk], names);
  const domains = { domain: 'example.test', aorOf: () => 'acme@a.test' };
  const [first, second] = ['10.0.0.7', '10.0.0.8'].map((host) => lab.agent(host, domains));
  const registrations = () =>
    new Set(
      lab.seen
        .filter(({ name, message }) => name === 'REGISTER' && message instanceof SipRequest)
        .map(({ message }) => message.headers.get('Call-ID')),
    ).size;
  ways.start();
  for (let minute = 0; minute < 20; minute++) {
    await lab.clock.advanceAsync(61_000);
    assert.equal(first!.registrar.contacts('acme@a.test').length, 1, `minute ${minute}`);
    if (minute < 10) names['a.test'].reverse();
    else names['a.test'] = minute % 2 === 0 ? ['10.0.0.7'] : ['10.0.0.8', '10.0.0.7'];
  }
  assert.equal(registrations(), 1);
  assert.deepEqual(
    logged.map(({ msg }) => msg),
    ['registered at a trunk'],
  );
  names['a.test'] = ['10.0.0.8'];
  await lab.clock.advanceAsync(62_000);
  assert.equal(first!.registrar.contacts('acme@a.test').length, 0);
  assert.equal(second!.registrar.contacts('acme@a.test').length, 1);
  const closing = ways.close();
  await lab.clock.advanceAsync(3000);
  await closing;
});
