import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chooseSockets } from './sockets/probe.ts';
import { warmUp } from './warm-up.ts';

for (const kind of ['dgram', 'auto'] as const) {
  test(`rooms are served until it is enough, and leave nothing behind (${kind})`, async () => {
    const { make } = await chooseSockets(kind);
    let sockets: ReturnType<typeof make> | null = null;
    const options = {
      sockets: (...args: Parameters<typeof make>) => {
        sockets = make(...args);
        return sockets;
      },
      promptsRoot: '.',
      mostProcessorMs: 60_000,
    };
    let asked = 0;
    const ticks = await warmUp({ ...options, enough: () => ++asked > 40 });
    assert.ok(ticks > 20, `${ticks} ticks`);
    assert.deepEqual({ ...sockets!['faults'] }, { ...sockets!['faults'], unsent: 0, impossible: 0 });
  });
}

test('it ends by itself, and takes no more than a second of processor time', async (t) => {
  const { make } = await chooseSockets('auto');
  const before = process.cpuUsage();
  const ticks = await warmUp({ sockets: make, promptsRoot: '.', enough: () => false });
  const { user, system } = process.cpuUsage(before);
  const ms = (user + system) / 1000;
  t.diagnostic(`${ticks} ticks, ${ms.toFixed(0)} ms with the threads that compile`);
  assert.ok(ticks > 0 && ms < 1000, `${ms} ms`);
});
