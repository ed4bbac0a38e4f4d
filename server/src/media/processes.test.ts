import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type Clock, systemClock } from '../base/clock.ts';
import { stateOf } from '../base/process-state.ts';
import { freeUdpPorts } from '../base/testing/free-port.ts';
import { MediaEngine, type MediaEngineOptions } from './engine.ts';
import { placeOf } from './placement.ts';
import { MediaStage, pause, until } from './testing/media-stage.ts';

async function stage(t: TestContext, changes = {}): Promise<MediaStage> {
  const opened = await MediaStage.open(changes);
  t.after(() => opened.close());
  return opened;
}

async function pids(engine: MediaEngine): Promise<number[]> {
  return (await engine.processStats()).map((stats) => stats.pid);
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** The looks at processes that may hang happen when the test says so. */
function clockWithoutLooks() {
  const looks: (() => void)[] = [];
  const clock: Clock = {
    ...systemClock,
    setTimer(ms, fire) {
      if (ms !== 500) return systemClock.setTimer(ms, fire);
      looks.push(fire);
      return { cancel: () => {} };
    },
  };
  return { clock, looks };
}

describe('media processes', { concurrency: 6 }, () => {
  test('kill -9: its legs, rooms and plays are reported lost at once, and new ones work', async (t) => {
    // At once: nothing looks whether it still answers.
    const s = await stage(t, { clock: clockWithoutLooks().clock });
    await s.room([0, 0]);
    const play = await s.engine.play({ leg: 'a' }, [{ silenceMs: 60_000 }]);
    const [pid] = await pids(s.engine);
    await until('its figures', () => s.engine.stats().cpuSeconds > 0);
    const counted = s.engine.stats();
    process.kill(pid!, 'SIGKILL');
    await until('the loss', () => s.events.includes('roomLost room'));
    const { cpuSeconds, packetsIn, ticks } = s.engine.stats();
    assert.ok(cpuSeconds >= counted.cpuSeconds && packetsIn >= counted.packetsIn && ticks >= counted.ticks);
    assert.deepEqual(
      s.events.filter((event) => !/talks|silent/.test(event)),
      ['died 0', 'legLost a', 'legLost b', 'roomLost room'],
    );
    assert.equal(await play.finished, 'gone');
    await assert.rejects(s.engine.perform('joinRoom', { leg: 'a', room: 'room' }), { code: 'notFound' });
    assert.equal(await s.engine.closeLeg('a'), null);
    await until('the next process', () => s.engine.stats().liveProcesses === 1);
    const [next] = await pids(s.engine);
    assert.notEqual(next, pid);
    await s.room([0, 0]);
  });

  test('a process that hangs is ended and replaced', async (t) => {
    const { clock, looks } = clockWithoutLooks();
    const s = await stage(t, { clock });
    await s.engine.openLeg('a', 'org');
    const [pid] = await pids(s.engine);
    process.kill(pid!, 'SIGSTOP');
    await until('it is stopped', () => stateOf(pid!)?.stopped ?? true);
    assert.equal(s.engine.trouble(), null);
    for (let look = 0; look < 6; look++) looks.pop()!();
    assert.deepEqual(s.events, []);
    assert.match(s.engine.trouble() ?? '', /1 of 1 media processes do not answer/);
    looks.pop()!();
    assert.match(s.engine.trouble() ?? '', /no media process is running/);
    assert.deepEqual(s.events, ['died 0', 'legLost a']);
    await until('its end', () => !alive(pid!));
    await until('the next process', () => s.engine.stats().liveProcesses === 1);
  });

  for (const [how, signal] of [
    ['stopped', 'SIGSTOP'],
    ['killed', 'SIGKILL'],
  ] as const) {
    test(`one that is ${how} again and again is replaced each time, and soon when a call wants it`, async (t) => {
      const s = await stage(t);
      for (let round = 0; round < 4; round++) {
        const [pid] = await pids(s.engine);
        process.kill(pid!, signal);
        await until('its end', () => s.engine.trouble() !== null);
        // Every try wants it.
        const began = performance.now();
        let opened = false;
        while (!opened) {
          opened = await s.engine.openLeg(`leg${round}`, 'org').then(Boolean, () => false);
          // What starting takes is the machine's; that nothing waits longer each time shows in the figures.
          assert.ok(performance.now() - began < 60_000, 'not within a minute');
          if (!opened) await pause(20);
        }
        t.diagnostic(`a leg ${Math.round(performance.now() - began)} ms after it was noticed`);
        assert.equal(s.engine.trouble(), null);
      }
    });
  }

  test('one that hangs, left behind by a server that was killed, is ended by the next', async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'partyline-hung-'));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    const entry = fileURLToPath(new URL('./process/main.ts', import.meta.url));
    const socket = join(folder, 'media-0.sock');
    const left = spawn(process.execPath, [entry, '--socket', socket, '--ports', '39000-39099'], { stdio: 'ignore' });
    t.after(() => left.kill('SIGKILL'));
    const ended = once(left, 'exit');
    // Its socket is there a moment before it listens: stopped in between it would refuse, and nobody would look for it.
    await until('it to listen', () => listensAt(socket));
    left.kill('SIGSTOP');
    await stage(t, { socketFolder: folder });
    assert.equal((await ended)[1], 'SIGKILL');
  });

  test('organizations live in one of two processes; the other one survives a kill', async (t) => {
    const s = await stage(t, { processes: 2 });
    const names = Array.from({ length: 20 }, (_, i) => `org${i}`);
    const first = names.find((name) => placeOf(name, [0, 1]) === 0)!;
    const second = names.find((name) => placeOf(name, [0, 1]) === 1)!;
    await s.engine.createRoom('r1', first);
    await s.engine.createRoom('r2', second);
    await s.engine.openLeg('l1', first);
    await s.engine.openLeg('l2', second);
    await s.engine.perform('joinRoom', { leg: 'l1', room: 'r1' });
    await assert.rejects(s.engine.perform('joinRoom', { leg: 'l1', room: 'r2' }), { code: 'invalidState' });
    const stats = await s.engine.processStats();
    assert.deepEqual(
      stats.map((one) => one.legs.map((leg) => leg.leg)),
      [['l1'], ['l2']],
    );
    process.kill(stats[0]!.pid, 'SIGKILL');
    await until('the loss', () => s.events.length === 3);
    assert.deepEqual(s.events, ['died 0', 'legLost l1', 'roomLost r1']);
    await s.engine.perform('joinRoom', { leg: 'l2', room: 'r2' });
    // While its own process is away, a new call of the organization finds room in the other.
    await s.engine.openLeg('l3', first);
    await until('the next process', () => s.engine.stats().liveProcesses === 2);
    await s.engine.createRoom('r3', first);
    await s.engine.perform('joinRoom', { leg: 'l3', room: 'r3' });
  });

  test('one organization can have all ports of the range, two share them, however many processes there are', async (t) => {
    const from = await freeUdpPorts(20);
    const { engine } = await stage(t, { processes: 5, rtpPorts: { from, to: from + 19 } });
    const names = Array.from({ length: 40 }, (_, i) => `org${i}`);
    const [first, second] = [0, 1].map((index) => names.find((name) => placeOf(name, [0, 1, 2, 3, 4]) === index)!);
    const open = async (count: number, organization: string) => {
      const legs = Array.from({ length: count }, (_, i) => `${organization}-${i}`);
      const opened = await Promise.all(legs.map((leg) => engine.openLeg(leg, organization)));
      return opened.map(({ port }) => port);
    };
    const all = Array.from({ length: 10 }, (_, i) => from + 2 * i);

    assert.deepEqual((await open(10, first!)).sort(), all);
    await assert.rejects(engine.openLeg('one more', first!), { code: 'unavailable' });
    await assert.rejects(engine.openLeg('none left', second!), { code: 'unavailable' });
    // What one process gives back the other finds at once, although it found it taken just now.
    for (let i = 0; i < 10; i++) await engine.closeLeg(`${first}-${i}`);
    assert.deepEqual((await open(10, second!)).sort(), all);
    for (let i = 0; i < 10; i++) await engine.closeLeg(`${second}-${i}`);

    const both = await Promise.all([open(6, first!), open(4, second!)]);
    assert.deepEqual(both.flat().sort(), all);
    await assert.rejects(engine.openLeg('one more', first!), { code: 'unavailable' });
  });

  test('one pair for three processes serves whoever comes first', async (t) => {
    const from = await freeUdpPorts(2);
    const { engine } = await stage(t, { processes: 3, rtpPorts: { from, to: from + 1 } });
    for (const organization of ['a', 'b', 'c', 'd', 'e', 'f']) {
      assert.equal((await engine.openLeg('leg', organization)).port, from);
      await assert.rejects(engine.openLeg('other', 'g'), { code: 'unavailable' });
      await engine.closeLeg('leg');
    }
  });

  test('a process outlives its control process and is adopted by the next one, empty', async (t) => {
    const s = await stage(t);
    const options = { ...s.options, socketFolder: join(s.folder, 'adopted') };
    const pid = await abandoned(options);
    assert.ok(alive(pid));
    const second = await MediaEngine.start(options);
    t.after(() => second.close());
    const [stats] = await second.processStats();
    assert.equal(stats!.pid, pid);
    assert.deepEqual([stats!.legs, stats!.rooms], [[], 0]);
    await second.openLeg('leg', 'org');

    await assert.rejects(MediaEngine.start(options), { code: 'conflict' }, 'a second server in the same folder');
    assert.ok(alive(pid));
    await second.close();
    await until('the end', () => !alive(pid));
    assert.equal(existsSync(join(options.socketFolder, 'media-0.sock')), false);
  });

  test('a process that was started with other options is replaced, not adopted', async (t) => {
    const s = await stage(t);
    const options = { ...s.options, socketFolder: join(s.folder, 'replaced') };
    const pid = await abandoned(options);
    const second = await MediaEngine.start({ ...options, promptsRoot: '/tmp' });
    t.after(() => second.close());
    assert.notEqual((await pids(second))[0], pid);
    await until('the end of the old one', () => !alive(pid));
  });

  test('a path too long for a socket is no obstacle', async (t) => {
    const s = await stage(t);
    const folder = join(s.folder, 'a'.repeat(60), 'b'.repeat(60));
    const engine = await MediaEngine.start({ ...s.options, socketFolder: folder });
    t.after(() => engine.close());
    await engine.openLeg('leg', 'org');
  });
});

function listensAt(path: string): Promise<boolean> {
  const socket = connect(path);
  return new Promise((done) => {
    socket.once('error', () => done(false));
    socket.once('connect', () => socket.destroy().once('close', () => done(true)));
  });
}

/** The pid of a media process with a leg and a room, whose control process was killed. */
async function abandoned(options: MediaEngineOptions): Promise<number> {
  const here = (path: string) => JSON.stringify(fileURLToPath(new URL(path, import.meta.url)));
  const { clock: _clock, log: _log, ...plain } = options;
  const code = `
    import { MediaEngine } from ${here('./engine.ts')};
    import { systemClock } from ${here('../base/clock.ts')};
    import { silentLog } from ${here('../base/log.ts')};
    const engine = await MediaEngine.start({ ...${JSON.stringify(plain)}, log: silentLog, clock: systemClock });
    await engine.createRoom('room', 'org');
    await engine.openLeg('leg', 'org');
    console.log((await engine.processStats())[0].pid);
    setInterval(() => {}, 1000);`;
  const control = spawn(process.execPath, ['--input-type=module-typescript', '-e', code], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(control, 'exit');
  // What ends before it has said anything is not waited for.
  const [line] = await Promise.race([once(control.stdout, 'data'), ended]);
  assert.ok(Buffer.isBuffer(line), `it ended with ${line}`);
  control.kill('SIGKILL');
  await ended;
  return Number(line.toString());
}
