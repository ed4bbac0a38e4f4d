import assert from 'node:assert/strict';
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { networkInterfaces } from 'node:os';
import { type TestContext, test } from 'node:test';
import { systemClock } from '../../../../base/clock.ts';
import { ipVersion } from '../../../../base/ip-address.ts';
import { SeededRandom } from '../../../../base/random.ts';
import { mediaRange } from '../../../../base/testing/free-port.ts';
import { until } from '../../../../base/testing/wait.ts';
import { DgramSockets } from '../../sockets/dgram-sockets.ts';
import { PortPool } from '../../sockets/port-pool.ts';
import { TransportStats } from '../../transport/leg-transport.ts';
import { type IceNames, type IceSide, nameOf, newSide } from '../ice-names.ts';
import {
  attributeOf,
  attributes,
  isProven,
  readStun,
  type StunAttribute,
  type StunMessage,
  writeStun,
} from '../stun-message.ts';
import { mappedAddress } from './check-translation.ts';
import { IceRelay } from './ice-relay.ts';

const random = new SeededRandom(6);
/** The name of the browser is as long as one may be (RFC 8839 §5.4). */
const lasting: IceNames = { ours: newSide(random), theirs: { ...newSide(random), ufrag: 'u'.repeat(256) } };
const host = '127.0.0.1';
const hasIpv6 = Object.values(networkInterfaces()).some((list) => list?.some(({ address }) => address === '::1'));
const hello = Buffer.from('16feff0000000000000000', 'hex');
const sound = Buffer.from('806f000100000000000000aa01', 'hex');
const useCandidate = { type: attributes.useCandidate, value: Buffer.alloc(0) };
const controlling = { type: 0x802a, value: Buffer.alloc(8, 7) };

/** A socket, and what came to it that was not looked at yet. */
class End {
  readonly socket: Socket;
  readonly came: { readonly packet: Buffer; readonly from: RemoteInfo }[] = [];

  readonly #host: string;

  private constructor(socket: Socket, at: string) {
    this.socket = socket;
    this.#host = at;
    socket.on('message', (packet, from) => this.came.push({ packet, from }));
  }

  static async open(t: TestContext, at = host): Promise<End> {
    const socket = createSocket(ipVersion(at) === 6 ? 'udp6' : 'udp4');
    t.after(() => socket.close());
    socket.bind(0, at);
    await once(socket, 'listening');
    return new End(socket, at);
  }

  get port(): number {
    return this.socket.address().port;
  }

  send(packet: Buffer, port: number): void {
    this.socket.send(packet, port, this.#host);
  }

  async next(): Promise<{ readonly packet: Buffer; readonly from: RemoteInfo }> {
    await until('a packet', () => this.came.length > 0);
    return this.came.shift()!;
  }

  async message(): Promise<StunMessage> {
    return readStun((await this.next()).packet)!;
  }
}

/** A request of `asks` to `asked`. */
function request(asked: IceSide, asks: IceSide, more: readonly StunAttribute[] = [], by = asked.pwd): Buffer {
  const name = { type: attributes.username, value: Buffer.from(nameOf(asked, asks)) };
  const priority = { type: attributes.priority, value: Buffer.from('6e0001ff', 'hex') };
  return writeStun(0x0001, random.bytes(12), [name, priority, controlling, ...more], by);
}

/** The answer of `asked`, who saw it come from this port. */
function answer({ transaction }: StunMessage, asked: IceSide, port: number): Buffer {
  const mapped = { type: attributes.xorMappedAddress, value: mappedAddress({ address: host, port }, transaction) };
  return writeStun(0x0101, transaction, [mapped], asked.pwd);
}

const isMapped = (message: StunMessage, port: number) =>
  attributeOf(message, attributes.xorMappedAddress)?.equals(
    mappedAddress({ address: host, port }, message.transaction),
  );

async function stage(t: TestContext, inside = host) {
  const [library, browser, other] = [await End.open(t, inside), await End.open(t), await End.open(t)];
  const stats = new TransportStats();
  const sockets = new DgramSockets(systemClock, () => {});
  const { from, to } = mediaRange(8);
  const pool = new PortPool(from, to, random);
  const relay = new IceRelay({
    clock: systemClock,
    random,
    openPair: (onRtp, onRtcp) => sockets.open(host, pool, onRtp, onRtcp),
    inside: { address: inside, port: library.port },
    lasting,
    local: { address: host, port: library.port },
    stats,
  });
  t.after(() => relay.close());
  const port = await relay.open();
  assert.ok(port >= from && port <= to);
  const names: IceNames = { ours: newSide(random), theirs: newSide(random) };
  relay.restart(names);
  const hasAgreed = new Set<End>();
  /**
   * A check of the browser by its answer, and the first of an end in turn; gives the port by which the library knows
   * it.
   */
  const proves = async (end: End, by: IceNames, more: readonly StunAttribute[] = []): Promise<number> => {
    end.send(request(by.ours, by.theirs, more), port);
    const { packet, from } = await library.next();
    const asked = readStun(packet)!;
    assert.equal(attributeOf(asked, attributes.username)?.toString(), nameOf(lasting.ours, lasting.theirs));
    assert.ok(isProven(asked, lasting.ours.pwd));
    assert.equal(attributeOf(asked, attributes.priority)?.toString('hex'), '7fffffff');
    assert.deepEqual(asked.attributes.slice(2), [controlling, ...more]);
    if (!hasAgreed.has(end)) {
      hasAgreed.add(end);
      const inTurn = await end.message();
      assert.equal(attributeOf(inTurn, attributes.username)?.toString(), nameOf(by.theirs, by.ours));
      assert.ok(isProven(inTurn, by.theirs.pwd));
      end.send(answer(inTurn, by.theirs, port), port);
    }
    library.send(answer(asked, lasting.ours, from.port), from.port);
    const answered = await end.message();
    assert.deepEqual(answered.transaction, asked.transaction);
    assert.ok(isProven(answered, by.ours.pwd) && isMapped(answered, end.port));
    return from.port;
  };
  return { library, browser, other, stats, relay, port, names, proves };
}

test('checks of the new names are those of the old for the library, both ways; keys and sound pass as they are', async (t) => {
  const { library, browser, port, names, proves } = await stage(t);
  const inner = await proves(browser, names, [useCandidate]);

  library.send(request(lasting.theirs, lasting.ours), inner);
  const { packet, from } = await browser.next();
  assert.equal(from.port, port);
  const asked = readStun(packet)!;
  assert.equal(attributeOf(asked, attributes.username)?.toString(), nameOf(names.theirs, names.ours));
  assert.equal(attributeOf(asked, attributes.priority)?.toString('hex'), '6e0001ff', 'ours is what it is');
  assert.ok(isProven(asked, names.theirs.pwd));
  browser.send(answer(asked, names.theirs, port), port);
  const answered = await library.message();
  assert.deepEqual(answered.transaction, asked.transaction);
  assert.ok(isProven(answered, lasting.theirs.pwd) && isMapped(answered, library.port));

  for (const whole of [hello, sound]) {
    browser.send(whole, port);
    const came = await library.next();
    assert.deepEqual([came.packet, came.from.port], [whole, inner]);
    library.send(whole, inner);
    assert.deepEqual((await browser.next()).packet, whole);
  }
});

test('nothing passes of who has proven nothing, nor what is forged or no packet of a browser; all of it is counted', async (t) => {
  const { library, browser, other, port, names, proves, stats } = await stage(t);
  await proves(browser, names);
  const stranger = newSide(random);
  const foreign = [
    hello,
    sound,
    request(names.ours, names.theirs, [], 'of somebody else'),
    request(names.ours, stranger),
    request(lasting.ours, lasting.theirs),
    writeStun(0x0001, random.bytes(12), [], null),
    answer(readStun(request(names.ours, names.theirs))!, names.theirs, port),
  ];
  const invalid = [Buffer.from([0x40, 0, 0, 0]), Buffer.alloc(0), Buffer.from([0]), Buffer.from('0001', 'hex')];
  const garbage = Array.from({ length: 200 }, () => random.bytes(1 + random.int(60)));
  for (const packet of [...foreign, ...invalid, ...garbage]) other.send(packet, port);
  await until('all of it to be dropped', () => stats.foreign + stats.invalid === foreign.length + 4 + garbage.length);
  // Of the browser's own port, too.
  const before = stats.foreign;
  browser.send(request(names.ours, names.theirs, [], 'forged'), port);
  browser.send(answer(readStun(request(names.theirs, names.ours))!, stranger, port), port);
  await until('what is forged to be dropped', () => stats.foreign === before + 2);
  // Nor does anything pass to the library's side of who is not the library.
  const inner = await proves(browser, names);
  other.send(sound, inner);
  library.send(hello, inner);
  assert.deepEqual((await browser.next()).packet, hello);
  assert.deepEqual([library.came, other.came, browser.came], [[], [], []]);
});

test('the names before are good until the next are proven; the port stays, and so does what the library knows', async (t) => {
  const { library, browser, other, relay, port, names, proves, stats } = await stage(t);
  const inner = await proves(browser, names, [useCandidate]);
  const next: IceNames = { ours: newSide(random), theirs: newSide(random) };
  relay.restart(next);
  assert.equal(await proves(browser, names, [useCandidate]), inner);
  assert.equal(await proves(other, next), inner);
  browser.send(request(names.ours, names.theirs), port);
  await until('the names before to be no good', () => stats.foreign === 1);

  // Until the browser sends by the new way it hears by the old one, which is asked by its own names.
  library.send(request(lasting.theirs, lasting.ours), inner);
  const asked = await browser.message();
  assert.ok(isProven(asked, names.theirs.pwd));
  browser.send(answer(asked, names.theirs, port), port);
  assert.ok(isProven(await library.message(), lasting.theirs.pwd));
  other.send(sound, port);
  await library.next();
  library.send(sound, inner);
  assert.deepEqual((await other.next()).packet, sound);
  assert.deepEqual(browser.came, []);

  // One that is never proven changes nothing, whatever comes after it.
  relay.restart({ ours: newSide(random), theirs: newSide(random) });
  const last: IceNames = { ours: newSide(random), theirs: newSide(random) };
  relay.restart(last);
  await proves(other, next);
  await proves(other, last);
});

test('who sends a check of the browser again from elsewhere is asked, and sent nothing else, whatever it sends; nor is who answers for another', async (t) => {
  const { library, browser, other, port, names, proves, stats } = await stage(t);
  const inner = await proves(browser, names, [useCandidate]);
  browser.send(sound, port);
  await library.next();
  const copied = request(names.ours, names.theirs, [useCandidate]);
  other.send(copied, port);
  const asked = readStun((await library.next()).packet)!;
  const inTurn = await other.message();
  library.send(answer(asked, lasting.ours, inner), inner);
  assert.deepEqual((await other.message()).transaction, asked.transaction);
  for (const garbage of [sound, hello, sound]) {
    other.send(garbage, port);
    await library.next();
  }
  library.send(sound, inner);
  assert.deepEqual((await browser.next()).packet, sound);
  library.send(request(lasting.theirs, lasting.ours), inner);
  const consent = await browser.message();
  // By who does not know the password, by who was not asked, of what was not asked; then by the browser.
  const before = stats.foreign;
  other.send(answer(inTurn, newSide(random), port), port);
  browser.send(answer(inTurn, names.theirs, port), port);
  other.send(answer(consent, names.theirs, port), port);
  browser.send(answer(asked, names.theirs, port), port);
  await until('those to be dropped', () => stats.foreign === before + 4);
  browser.send(answer(consent, names.theirs, port), port);
  assert.ok(isProven(await library.message(), lasting.theirs.pwd));
  library.send(hello, inner);
  assert.deepEqual((await browser.next()).packet, hello);
  assert.ok(other.came.every(({ packet }) => readStun(packet)?.type === 0x0001));
});

test('a check as long as a datagram can be is none, whoever has written it: it would be longer still as another one', async (t) => {
  const { library, browser, port, names, proves, stats } = await stage(t);
  await proves(browser, names);
  const room = 65_504 - request(names.ours, names.theirs).length - 4;
  browser.send(request(names.ours, names.theirs, [{ type: 0x8022, value: Buffer.alloc(room) }]), port);
  await until('it to be dropped', () => stats.invalid === 1);
  await proves(browser, names);
  assert.deepEqual(library.came, []);
});

test('the library is known however its address is written', { skip: !hasIpv6 && 'no ::1 here' }, async (t) => {
  const { library, browser, names, proves } = await stage(t, '0:0:0:0:0:0:0:1');
  const inner = await proves(browser, names);
  library.send(sound, inner);
  assert.deepEqual((await browser.next()).packet, sound);
});

test('its port is free once it is closed, also while it opens', async () => {
  const { from } = mediaRange(2);
  const pool = new PortPool(from, from + 1, random);
  const sockets = new DgramSockets(systemClock, () => {});
  const open = () =>
    new IceRelay({
      clock: systemClock,
      random,
      openPair: (onRtp, onRtcp) => sockets.open(host, pool, onRtp, onRtcp),
      inside: { address: host, port: 9 },
      lasting,
      local: { address: host, port: 9 },
      stats: new TransportStats(),
    });
  const closed = open();
  const opening = closed.open();
  closed.close();
  await assert.rejects(opening, { code: 'failed' });
  const first = open();
  assert.equal(await first.open(), from);
  await assert.rejects(open().open(), { code: 'exhausted' });
  first.close();
  const second = open();
  assert.equal(await second.open(), from);
  second.close();
});
