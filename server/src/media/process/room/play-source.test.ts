import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { goertzel } from '../../../audio/goertzel.ts';
import { writeWav } from '../../../audio/wav.ts';
import { loadSounds, PlaySource } from './play-source.ts';
import { SoundFiles } from './sound-files.ts';

const folder = mkdtempSync(join(tmpdir(), 'partyline-sounds-'));
after(() => rmSync(folder, { recursive: true }));

function sine(samples: number, rate: number): Int16Array {
  return Int16Array.from({ length: samples }, (_, i) => Math.round(8000 * Math.sin((2 * Math.PI * 500 * i) / rate)));
}

writeFileSync(join(folder, 'long.wav'), writeWav(sine(8000, 8000), 8000));
writeFileSync(join(folder, 'wide.wav'), writeWav(sine(48_000, 48_000), 48_000));
writeFileSync(join(folder, 'short.wav'), writeWav(Int16Array.of(1, 2, 3), 8000));
writeFileSync(join(folder, 'none.wav'), writeWav(new Int16Array(0), 8000));
writeFileSync(join(folder, 'text.wav'), 'this is no sound');
const files = new SoundFiles(folder);

function renderAll(source: PlaySource, most = 40_000): Int16Array {
  const out: number[] = [];
  const frame = new Int16Array(160);
  while (!source.over && out.length < most) {
    source.render(frame, 160);
    out.push(...frame);
  }
  return Int16Array.from(out);
}

test('plays items one after the other without a gap', async () => {
  const sounds = await loadSounds([{ file: 'short.wav' }, { silenceMs: 1 }, { file: 'short.wav' }], files);
  const pcm = renderAll(new PlaySource(sounds, false, 8000));
  assert.deepEqual([...pcm.subarray(0, 15)], [1, 2, 3, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 0]);
});

test('a loop starts over, within a frame too, and can be rewound', async () => {
  const source = new PlaySource(await loadSounds([{ file: 'short.wav' }], files), true, 8000);
  const pcm = renderAll(source, 1600);
  assert.deepEqual([...pcm.subarray(0, 7)], [1, 2, 3, 1, 2, 3, 1]);
  assert.equal(source.over, false);
  source.rewind();
  assert.equal(renderAll(source, 160)[0], 1);
});

test('files of other rates are converted', async () => {
  for (const [file, rate] of [
    ['wide.wav', 8000],
    ['long.wav', 16_000],
    ['long.wav', 48_000],
  ] as const) {
    const pcm = renderAll(new PlaySource(await loadSounds([{ file }], files), false, rate), 2 * rate);
    assert.ok(Math.abs(pcm.length - rate) <= 320, `${file} at ${rate}: ${pcm.length} samples`);
    const level = goertzel(pcm, rate / 10, rate / 2, 500, rate);
    assert.ok(Math.abs(level - 8000) < 100, `${file} at ${rate}: ${level}`);
  }
});

test('nothing but empty files ends, looped or not', async () => {
  const sounds = await loadSounds([{ file: 'none.wav' }, { silenceMs: 0 }], files);
  for (const loop of [false, true]) assert.ok(renderAll(new PlaySource(sounds, loop, 8000)).length <= 320);
  assert.ok(renderAll(new PlaySource([], true, 8000)).length <= 320);
});

test('tones by name, unknown ones refused', async () => {
  const sounds = await loadSounds([{ tone: 'entry' }], files);
  assert.ok(renderAll(new PlaySource(sounds, false, 8000)).some((sample) => Math.abs(sample) > 500));
  await assert.rejects(loadSounds([{ tone: 'nothing' }], files), { code: 'invalid' });
});

test('a file is decoded once, read anew when it changed', async () => {
  const first = await files.load('long.wav');
  assert.equal(await files.load('long.wav'), first);
  const held = files.bytes;
  writeFileSync(join(folder, 'long.wav'), writeWav(sine(4000, 8000), 8000));
  const second = await files.load('long.wav');
  assert.equal(second.pcm.length, 4000);
  assert.equal(files.bytes, held - 8000);
});

test('missing, foreign and broken files are refused', async () => {
  for (const name of ['missing.wav', '../etc/passwd', '/etc/passwd', 'text.wav', '.']) {
    await assert.rejects(files.load(name), { code: 'invalid' }, name);
  }
});
