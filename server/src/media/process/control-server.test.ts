import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { silentLog } from '../../base/log.ts';
import { SeededRandom } from '../../base/random.ts';
import { VirtualClock } from '../../base/testing/virtual-clock.ts';
import { Channel, type ChannelHandlers } from '../channel/channel.ts';
import { type ProcessStats, protocolVersion } from '../channel/protocol.ts';
import { ControlServer } from './control-server.ts';
import { MediaProcess } from './media-process.ts';

const folder = mkdtempSync(join(tmpdir(), 'partyline-control-'));
after(() => rmSync(folder, { recursive: true }));

async function connect(path: string, handlers: ChannelHandlers = {}): Promise<Channel> {
  const socket = createConnection(path);
  await once(socket, 'connect');
  return new Channel(socket, handlers);
}

test('one control process at a time; ends ten seconds after the last one went', async () => {
  const clock = new VirtualClock();
  let ended = 0;
  const control = new ControlServer(clock, silentLog, 'as started', () => ended++);
  const media = new MediaProcess({
    rtpPorts: { from: 40_000, to: 40_010 },
    promptsRoot: folder,
    mediaTimeoutMs: 1000,
    clock,
    random: new SeededRandom(1),
    log: silentLog,
    notify: (name, data) => control.notify(name, data),
  });
  const path = join(folder, 'control.sock');
  await control.listen(path, media);
  assert.equal(statSync(path).mode & 0o077, 0, 'for this user only');

  const told: [string, unknown][] = [];
  const first = await connect(path, { onNotification: (name, data) => void told.push([name, data]) });
  const hello = await first.request('hello', { version: protocolVersion });
  assert.deepEqual(
    { ...hello, pid: 0 },
    { version: protocolVersion, pid: 0, options: 'as started', legs: [], rooms: [] },
  );
  const second = await connect(path);
  await assert.rejects(second.request('hello', { version: protocolVersion }), { code: 'busy' });
  await assert.rejects(first.request('sing' as never, {} as never), { code: 'invalid' });
  await first.request('createRoom', { room: 'r' });
  await first.request('ping', {});
  assert.deepEqual(
    told.map(([name, data]) => [name, (data as ProcessStats).sockets]),
    [['stats', 'dgram']],
    'figures come with the answer, before any are due',
  );
  clock.advance(60_000);
  assert.equal(ended, 0);

  first.close();
  const third = await reconnect(path);
  assert.deepEqual((await third.request('hello', { version: protocolVersion })).rooms, ['r'], 'rooms go on meanwhile');
  third.close();
  // Until the server has seen the end, there is no grace period to count.
  for (let i = 0; i < 50; i++) await new Promise((done) => setImmediate(done));
  clock.advance(9_900);
  assert.equal(ended, 0);
  clock.advance(200);
  assert.equal(ended, 1);
  second.close();
  control.close();
  await media.close();
});

test('who started it may come late, and not at all once it has ended', async () => {
  for (const diesAfterMs of [0, 35_000, Number.POSITIVE_INFINITY]) {
    const clock = new VirtualClock();
    const ends: number[] = [];
    const there = () => clock.monotonic() - began < diesAfterMs;
    const began = clock.monotonic();
    const control = new ControlServer(clock, silentLog, '', () => ends.push(clock.monotonic() - began), there);
    const media = new MediaProcess({
      rtpPorts: { from: 40_000, to: 40_010 },
      promptsRoot: folder,
      mediaTimeoutMs: 1000,
      clock,
      random: new SeededRandom(1),
      log: silentLog,
      notify: () => {},
    });
    await control.listen(join(folder, 'late.sock'), media);
    for (let ms = 0; ms < 300_000 && ends.length === 0; ms += 1000) clock.advance(1000);
    assert.deepEqual(ends, [Math.min(Math.max(10_000, Math.ceil(diesAfterMs / 10_000) * 10_000), 120_000)]);
    control.close();
    await media.close();
  }
});

/** The server notices a closed connection a moment later. */
async function reconnect(path: string): Promise<Channel> {
  for (;;) {
    const channel = await connect(path);
    const free = await channel.request('stats', {}).then(
      () => true,
      () => false,
    );
    if (free) return channel;
    channel.close();
  }
}
