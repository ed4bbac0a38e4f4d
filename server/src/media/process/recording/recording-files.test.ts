import assert from 'node:assert/strict';
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { readWav } from '../../../audio/wav.ts';
import { SeededRandom } from '../../../base/random.ts';
import { RecordingFiles } from './recording-files.ts';

const root = mkdtempSync(join(tmpdir(), 'partyline-recording-'));
after(() => rmSync(root, { recursive: true }));

function pcmOf(folder: string, name: string): Int16Array {
  const bytes = readFileSync(join(folder, name));
  assert.equal(bytes.readUInt32LE(4), bytes.readUInt32LE(40) + 36, 'both sizes agree');
  assert.ok(bytes.length >= 44 + bytes.readUInt32LE(40), 'the header promises no more than there is');
  return readWav(bytes).pcm;
}

test('after every block each file can be read, and holds what was said', () => {
  const seed = 1509;
  const random = new SeededRandom(seed);
  for (let round = 0; round < 12; round++) {
    const folder = join(root, `round${round}`, 'deep');
    const files = new RecordingFiles(folder, 8000);
    assert.equal(pcmOf(folder, 'mix.wav').length, 0);
    const names = ['mix', ...Array.from({ length: 1 + random.int(50) }, (_, i) => `leg${i}`)];
    const expected = new Map(names.map((name) => [name, new Int16Array(20_000)]));
    const present = new Set<string>();
    let end = 0;
    for (let block = 0; block < 12; block++) {
      const at = end + (random.int(4) === 0 ? random.int(500) : 0);
      const samples = 1 + random.int(800);
      const say = (name: string) => {
        const pcm = Int16Array.from({ length: 800 }, () => random.int(65_536) - 32_768);
        expected.get(name)!.set(pcm.subarray(0, samples), at);
        return pcm;
      };
      const mix = say('mix');
      const tracks = names.slice(1).flatMap((leg) => {
        const silent = !present.has(leg) && random.int(3) === 0;
        if (!silent && random.int(3) > 0) return [];
        present.add(leg);
        return [{ leg, pcm: silent ? null : say(leg) }];
      });
      files.write({ at, samples, mix, tracks });
      end = at + samples;
      for (const name of ['mix', ...present]) {
        const pcm = pcmOf(folder, `${name}.wav`);
        const all = expected.get(name)!.subarray(0, end);
        assert.deepEqual(pcm, all.subarray(0, pcm.length), `seed ${seed}, ${name}`);
        assert.ok(
          all.subarray(pcm.length).every((sample) => sample === 0),
          'only silence may be missing at the end',
        );
      }
      if (present.size <= 32) for (const leg of present) assert.equal(pcmOf(folder, `${leg}.wav`).length, end);
    }
    const recorded = files.close();
    assert.equal(recorded.durationMs, Math.round(end / 8));
    assert.deepEqual(recorded.files.map(({ name }) => name).sort(), readdirSync(folder).sort());
    for (const { name, bytes } of recorded.files) {
      assert.equal(statSync(join(folder, name)).size, bytes);
      assert.deepEqual(pcmOf(folder, name), expected.get(name.slice(0, -4))!.subarray(0, end));
    }
  }
});

test('files and folder are for their owner alone', () => {
  const folder = join(root, 'private');
  const files = new RecordingFiles(folder, 16_000);
  files.write({ at: 0, samples: 1, mix: new Int16Array(1), tracks: [{ leg: 'a', pcm: null }] });
  for (const path of [folder, join(folder, 'mix.wav'), join(folder, 'a.wav')])
    assert.equal(statSync(path).mode & 0o077, 0);
  assert.equal(readWav(readFileSync(join(folder, 'a.wav'))).sampleRate, 16_000);
});

test('silence takes no room on the disk', () => {
  const folder = join(root, 'silence');
  const files = new RecordingFiles(folder, 8000);
  const mix = new Int16Array(4000);
  const legs = Array.from({ length: 20 }, (_, i) => ({ leg: `l${i}`, pcm: null }));
  for (let at = 0; at < 4_000_000; at += 400_000) files.write({ at, samples: 4000, mix, tracks: at === 0 ? legs : [] });
  files.close();
  const facts = statSync(join(folder, 'l7.wav'));
  assert.ok(facts.size > 7_000_000 && facts.blocks * 512 < 100_000, `${facts.size} bytes in ${facts.blocks} blocks`);
});

test('a leg with a strange name stays in the folder and off the mix', () => {
  const folder = join(root, 'names', 'here');
  const files = new RecordingFiles(folder, 8000);
  const names = ['../out', 'mix', '..', 'a/b', '/etc/x', 'ü'.repeat(400)];
  files.write({
    at: 0,
    samples: 2,
    mix: Int16Array.of(7, 7),
    tracks: names.map((leg) => ({ leg, pcm: Int16Array.of(1, 2) })),
  });
  files.close();
  assert.deepEqual(readdirSync(join(root, 'names')), ['here']);
  assert.equal(readdirSync(folder).length, 7);
  assert.deepEqual([...pcmOf(folder, 'mix.wav')], [7, 7]);
});

test('a folder that cannot be made, a recording that is there already, a full disk, a vanished file: all throw', () => {
  writeFileSync(join(root, 'file'), '');
  assert.throws(() => new RecordingFiles(join(root, 'file', 'below'), 8000), { code: 'ENOTDIR' });
  const folder = join(root, 'twice');
  const first = new RecordingFiles(folder, 8000);
  assert.throws(() => new RecordingFiles(folder, 8000), { code: 'EEXIST' });

  const block = {
    samples: 10,
    mix: new Int16Array(10).fill(5),
    tracks: [{ leg: 'a', pcm: new Int16Array(10).fill(5) }],
  };
  first.write({ ...block, at: 0 });
  rmSync(join(folder, 'a.wav'));
  symlinkSync('/dev/full', join(folder, 'a.wav'));
  assert.throws(() => first.write({ ...block, at: 10 }), { code: 'ENOSPC' });
  rmSync(folder, { recursive: true });
  assert.throws(() => first.write({ ...block, at: 20 }), { code: 'ENOENT' });
  assert.equal(existsSync(folder), false);
  assert.throws(() => new RecordingFiles(join(root, 'long'), 8000).write({ ...block, at: 2 ** 31 }), RangeError);
});
