import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { setImmediate, setTimeout as wait } from 'node:timers/promises';
import { silentLog } from '../base/log.ts';
import { SeededRandom } from '../base/random.ts';
import { VirtualClock } from '../base/testing/virtual-clock.ts';
import { createHttp } from './http.ts';
import { type LargeAnswerLimits, LargeAnswers } from './large-answers.ts';

const pieces = 400;
const piece = 'x'.repeat(100_000);

/** A server that answers 40 MB, or so many pieces, at `/whose`, and says how many pieces were made for whom. */
async function serving(t: TestContext, limits: Partial<LargeAnswerLimits>, count = pieces) {
  const clock = new VirtualClock();
  const large = new LargeAnswers(clock, limits);
  const made = new Map<string, number>();
  const http = createHttp({ log: silentLog, random: new SeededRandom(1) });
  http.get('/:whose', async (request, reply) => {
    const { whose } = request.params as { whose: string };
    await large.begin(reply, whose);
    return large.send(reply, text(whose));
  });
  async function* text(whose: string) {
    for (let at = 1; at <= count; at++) {
      made.set(whose, (made.get(whose) ?? 0) + 1);
      yield piece;
    }
  }
  await http.listen({ host: '127.0.0.1', port: 0 });
  const { port } = http.server.address() as AddressInfo;
  const sockets: Socket[] = [];
  t.after(async () => {
    for (const socket of sockets) socket.destroy();
    await http.close();
  });
  /** Asks, and reads nothing before it is told to. */
  const ask = (whose: string, connection = 'close'): Socket => {
    const socket = connect(port, '127.0.0.1');
    socket.pause();
    socket.on('error', () => {});
    socket.write(`GET /${whose} HTTP/1.1\r\nHost: x\r\nConnection: ${connection}\r\n\r\n`);
    sockets.push(socket);
    return socket;
  };
  return { http, clock, made, ask, fetchOf: (whose: string) => fetch(`http://127.0.0.1:${port}/${whose}`) };
}

/** Until it is so, however slow the machine is. */
async function until(so: () => boolean): Promise<void> {
  const end = performance.now() + 120_000;
  while (!so()) {
    assert.ok(performance.now() < end, `never: ${so}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Until it is closed, if it is not yet. */
async function over(socket: Socket): Promise<void> {
  // Also by a reset, which one that was cut off sees.
  if (!socket.closed) await new Promise((resolve) => socket.once('close', resolve));
}

/** Until the kernel takes no more of it. */
async function stuck(made: ReadonlyMap<string, number>, whose: string): Promise<number> {
  let [before, still] = [-1, 0];
  while (still < 20) {
    await new Promise((resolve) => setTimeout(resolve, 10));
    const now = made.get(whose) ?? 0;
    still = now === before && now > 0 ? still + 1 : 0;
    before = now;
  }
  return before;
}

test('an answer is made as it is taken, and is whole', async (t) => {
  const { made, ask, fetchOf } = await serving(t, {});
  assert.equal((await (await fetchOf('quick')).text()).length, pieces * piece.length);
  const slow = ask('slow');
  assert.ok((await stuck(made, 'slow')) < pieces / 2, 'what the kernel holds, and no more');
  slow.resume();
  await over(slow);
  assert.equal(made.get('slow'), pieces);
});

test('who takes nothing is cut off, and gives the place to the next', async (t) => {
  const { clock, made, ask, fetchOf } = await serving(t, { most: 1, stallMs: 10_000, waitMs: 30_000 });
  ask('slow');
  await stuck(made, 'slow');
  const next = fetchOf('next');
  await until(() => clock.pending > 1);
  assert.equal(made.get('next'), undefined, 'waits');
  clock.advance(10_000);
  assert.equal((await (await next).text()).length, pieces * piece.length);
  assert.ok((made.get('slow') ?? 0) < pieces);
});

test('who leaves with the kernel what it took whole is not kept for as long as others may ask again', async (t) => {
  const { clock, http, ask } = await serving(t, { stallMs: 10_000 }, 1);
  const open = () => new Promise<number>((resolve) => http.server.getConnections((_, count) => resolve(count)));
  // Nothing of it is read, but all of it is sent.
  await once(ask('slow', 'keep-alive'), 'connect');
  while ((await open()) === 0) await setImmediate();
  while ((await open()) > 0) {
    clock.advance(1000);
    await wait(20);
  }
});

test('who asks again on the same connection is answered', async (t) => {
  const { clock, ask } = await serving(t, { stallMs: 10_000 }, 1);
  const socket = ask('again', 'keep-alive');
  let answers = 0;
  socket.on('data', (bytes) => {
    answers += bytes.toString('latin1').split('HTTP/1.1 200').length - 1;
  });
  socket.resume();
  for (let asked = 1; asked <= 3; asked++) {
    await until(() => answers === asked);
    clock.advance(9000);
    socket.write('GET /again HTTP/1.1\r\nHost: x\r\n\r\n');
  }
  await until(() => answers === 4);
});

test('who waits for too long is told so', async (t) => {
  const { clock, made, ask, fetchOf } = await serving(t, { most: 1, stallMs: 60_000, waitMs: 10_000 });
  ask('slow');
  await stuck(made, 'slow');
  const next = fetchOf('next');
  await until(() => clock.pending > 1);
  clock.advance(10_000);
  assert.equal((await next).status, 503);
});

test('who has most of the places gives one up for who has fewer', async (t) => {
  const { made, ask, fetchOf } = await serving(t, { most: 3 });
  const many = [ask('many'), ask('many'), ask('many')];
  await until(() => (made.get('many') ?? 0) > 6);
  await stuck(made, 'many');
  assert.equal((await (await fetchOf('other')).text()).length, pieces * piece.length);
  for (const socket of many) socket.resume();
  await Promise.all(many.map(over));
  assert.ok((made.get('many') ?? 0) > pieces * 2, 'the other two are whole');
});
