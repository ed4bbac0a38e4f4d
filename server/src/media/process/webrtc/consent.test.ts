import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { type TestContext, test } from 'node:test';
import { systemClock } from '../../../base/clock.ts';
import { systemRandom } from '../../../base/random.ts';
import { until } from '../../../base/testing/wait.ts';
import { Consent } from './consent.ts';

const skip = process.platform !== 'linux';
const password = 'of the peer alone';

interface Bound {
  readonly socket: Socket;
  readonly port: number;
  readonly got: Buffer[];
}

async function bound(t: TestContext): Promise<Bound> {
  const socket = createSocket('udp4');
  t.after(() => socket.close());
  const got: Buffer[] = [];
  socket.on('message', (message) => got.push(message));
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return { socket, port: socket.address().port, got };
}

/** A Binding success response of twelve bytes of transaction, proven by this password. */
function answerTo(check: Buffer, by = password): Buffer {
  const head = Buffer.from(check.subarray(0, 20));
  head.writeUInt16BE(0x0101, 0);
  head.writeUInt16BE(24, 2);
  const integrity = createHmac('sha1', by).update(head).digest();
  return Buffer.concat([head, Buffer.from('00080014', 'hex'), integrity]);
}

/** Somebody who is asked from the port of a library, whose socket is `library`. */
async function stage(t: TestContext) {
  const [library, peer] = [await bound(t), await bound(t)];
  const consent = new Consent(systemClock, systemRandom, library.port);
  let answers = 0;
  const asking = consent.with({
    username: 'peer:us',
    password,
    address: () => ({ address: '127.0.0.1', port: peer.port }),
    answered: () => answers++,
  });
  t.after(() => asking.end());
  const send = (message: Buffer) => peer.socket.send(message, library.port, '127.0.0.1');
  /** Asks until a check has come, as the first only opens the socket; gives the last. */
  const asked = async (): Promise<Buffer> => {
    const before = peer.got.length;
    await until('a check', () => {
      asking.ask();
      return peer.got.length > before;
    });
    return peer.got.at(-1)!;
  };
  return { library, peer, consent, asking, send, asked, answers: () => answers };
}

test('a peer is asked from the port of the library, and only its answers are taken from there', { skip }, async (t) => {
  const { library, asked, send, answers, peer } = await stage(t);
  const from = once(peer.socket, 'message');
  const check = await asked();
  assert.equal((await from)[1].port, library.port);
  assert.equal(check.readUInt16BE(0), 0x0001);

  const others = [
    Buffer.from('80009f01000000000000002aaa', 'hex'),
    Buffer.from('16feff0000', 'hex'),
    check,
    answerTo(Buffer.concat([check.subarray(0, 8), Buffer.alloc(12, 7)])),
    Buffer.from([1]),
    Buffer.alloc(0),
  ];
  for (const other of others) send(other);
  await until('the library to get what is its own', () => library.got.length === others.length);
  assert.deepEqual(library.got, others);
  assert.equal(answers(), 0);

  send(answerTo(check, 'of somebody else'));
  send(answerTo(check).subarray(0, 30));
  send(answerTo(check));
  await until('the answer to be taken', () => answers() > 0);
  assert.equal(answers(), 1);
  assert.equal(library.got.length, others.length);
});

test('answers that somebody makes up are taken for a moment, then they are the library’s like all else', {
  skip,
}, async (t) => {
  const { library, asked, send, answers } = await stage(t);
  const check = await asked();
  await until('made up answers to come to the library', () => {
    for (let i = 0; i < 20; i++) send(answerTo(check, 'made up'));
    return library.got.length > 0;
  });
  assert.equal(answers(), 0);
  const next = await asked();
  assert.notEqual(next.readUInt32BE(8), check.readUInt32BE(8));
  send(answerTo(next));
  await until('the peer to be known to be there', () => answers() === 1);
});

test('a port that nobody has bound is nobody asked from; the socket goes with the last who is asked', {
  skip,
}, async (t) => {
  const { library, consent, asking, asked } = await stage(t);
  await asked();
  assert.ok(consent.isOpen);
  asking.end();
  assert.ok(!consent.isOpen);
  asking.ask();
  await asked();
  assert.ok(consent.isOpen);
  consent.close();
  const free = createSocket('udp4');
  free.bind(0, '127.0.0.1');
  await once(free, 'listening');
  const { port } = free.address();
  free.close();
  const none = new Consent(systemClock, systemRandom, port === library.port ? port + 1 : port);
  const nobody = none.with({ username: 'a:b', password, address: () => null, answered: () => {} });
  nobody.ask();
  await asked();
  assert.ok(!none.isOpen);
  nobody.end();
});
