import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { readWav } from '../../../audio/wav.ts';
import { silentLog } from '../../../base/log.ts';
import { level, tone, VirtualRoom } from '../../testing/virtual-room.ts';
import { Recordings } from './recordings.ts';

const root = mkdtempSync(join(tmpdir(), 'partyline-recordings-'));
after(() => rmSync(root, { recursive: true }));

/** A room with two who talk, and what was told of its recordings. */
function talk(most?: number, makeThread?: () => Worker) {
  const stage = new VirtualRoom();
  for (const id of ['a', 'b']) stage.add(id);
  const failed: string[] = [];
  const recordings = new Recordings(
    silentLog,
    {
      onFailed: (recording, room, reason) => {
        room.refresh();
        failed.push(`${recording}: ${reason}`);
      },
    },
    most,
    makeThread,
  );
  const run = (frames: number) => stage.run(frames, (leg, frame) => tone(leg.leg.id === 'a' ? 400 : 700, frame));
  const start = (recording: string, folder = join(root, recording)) =>
    recordings.start(stage.room, { recording, room: 'room', folder, tone: false });
  return { stage, recordings, failed, run, start };
}

async function until(happened: () => boolean): Promise<void> {
  for (let left = 6000; left > 0 && !happened(); left--)
    await new Promise((done) => setImmediate(() => setTimeout(done, 5)));
}

test('where the system has no thread for it a room goes on unrecorded, and is recorded when there is one', async () => {
  let refused = 0;
  const { stage, recordings, failed, run, start } = talk(undefined, () => {
    if (refused++ === 0) throw new Error('Worker initialization failure: EAGAIN');
    return new Worker(new URL('./recording-thread.ts', import.meta.url));
  });
  assert.throws(() => start('none'), /EAGAIN/);
  assert.equal(stage.room.recorder, null);
  run(50);
  assert.equal(recordings.stop('none'), null);
  start('later');
  run(50);
  assert.equal((await recordings.stop('later')!.closed)?.durationMs, 1000);
  assert.deepEqual([refused, failed], [2, []]);
});

test('one after the other, and two rooms at once', async () => {
  const { stage, recordings, run, start } = talk();
  const other = new VirtualRoom();
  other.add('c');
  recordings.start(other.room, { recording: 'other', room: 'other', folder: join(root, 'other'), tone: false });
  other.room.refresh();
  run(5);
  start('one');
  start('one');
  assert.throws(() => start('two'), { code: 'busy' });
  run(33);
  other.run(50, (_leg, frame) => tone(1100, frame));
  const one = await recordings.stop('one')!.closed;
  assert.deepEqual(one, {
    durationMs: 660,
    files: ['mix.wav', 'a.wav', 'b.wav'].map((name) => ({ name, bytes: 44 + 33 * 320 })),
  });
  assert.equal(recordings.stop('one'), null);
  assert.equal(stage.room.recorder, null);
  start('two');
  run(2);
  assert.equal((await recordings.stop('two')!.closed)!.durationMs, 40);
  assert.equal((await recordings.stop('other')!.closed)!.durationMs, 1000);
  await recordings.settled();
});

test('a folder that cannot be written to ends the recording, and only that', async () => {
  const { stage, recordings, failed, run, start } = talk();
  writeFileSync(join(root, 'file'), '');
  start('nowhere', join(root, 'file', 'nowhere'));
  run(60);
  await until(() => failed.length > 0);
  assert.match(failed[0]!, /^nowhere: ENOTDIR/);
  assert.equal(stage.room.recorder, null);
  assert.equal(recordings.stop('nowhere'), null);
  run(60);
  assert.ok(level(stage.legs[0]!, 700) > 7000, 'they still hear each other');
  start('somewhere');
  run(10);
  assert.equal((await recordings.stop('somewhere')!.closed)!.durationMs, 200);
  assert.equal(failed.length, 1);
});

test('a disk that falls behind ends the recording with what it has taken; memory stays bounded', async () => {
  // The thread answers only when this one lets it: nothing is written while the room runs.
  const { stage, recordings, failed, run, start } = talk(100_000);
  start('slow');
  run(200);
  await until(() => failed.length > 0);
  assert.deepEqual(failed, ['slow: the disk is too slow']);
  await recordings.settled();
  const { pcm } = readWav(readFileSync(join(root, 'slow', 'mix.wav')));
  // Blocks of 400 ms with the mix and two tracks.
  assert.equal(pcm.length, 3200 * Math.floor(100_000 / (3 * 6400)));
  assert.equal(stage.room.recorder, null);
  start('again');
  run(50);
  assert.equal((await recordings.stop('again')!.closed)!.durationMs, 1000, 'what was queued counts no longer');
});
