import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { numberPrompts } from './testing/number-prompts.ts';

const prompts = fileURLToPath(new URL('../../../prompts', import.meta.url));

const names = readFileSync(`${prompts}/en/prompts.txt`, 'utf8')
  .split('\n')
  .map((line) => line.replace(/#.*/, '').trim())
  .filter((line) => line !== '')
  .map((line) => line.slice(0, line.indexOf(':')));

function seconds(file: string): number {
  const wav = readFileSync(file);
  assert.equal(wav.toString('latin1', 0, 4) + wav.toString('latin1', 8, 16), 'RIFFWAVEfmt ', file);
  const format = [wav.readUInt16LE(20), wav.readUInt16LE(22), wav.readUInt32LE(24), wav.readUInt16LE(34)];
  assert.deepEqual(format, [1, 1, 8000, 16], `${file}: PCM, mono, 8 kHz, 16 bit`);
  return (wav.length - 44) / 16_000;
}

test('every prompt listed is there, and nothing else', () => {
  const files = readdirSync(`${prompts}/en`).filter((file) => file.endsWith('.wav'));
  assert.deepEqual(files.sort(), names.map((name) => `${name}.wav`).sort());
  for (const name of names) {
    const length = seconds(`${prompts}/en/${name}.wav`);
    assert.ok(length > 0.2 && length < 6, `${name}: ${length} s`);
  }
  const music = seconds(`${prompts}/music.wav`);
  assert.ok(music >= 20 && music <= 30, `${music} s of music`);
});

test('the code asks for no prompt that is not there, and every prompt is asked for', () => {
  const folders = [new URL('.', import.meta.url), new URL('../legs/', import.meta.url)];
  const code = folders
    .flatMap((folder) =>
      readdirSync(folder, { encoding: 'utf8', recursive: true })
        .filter((file) => file.endsWith('.ts') && !/\.test\.ts$|testing\//.test(file))
        .map((file) => readFileSync(new URL(file, folder), 'utf8')),
    )
    .join('\n');
  for (const name of names) {
    if (!numberPrompts.includes(name)) assert.ok(code.includes(`'${name}'`), `${name} is never played`);
  }
  for (const name of numberPrompts) assert.ok(names.includes(name), name);
  const spoken = [...code.matchAll(/(?:prompts|goodbye|ask)\b[^\n]*\[((?:'[a-z-]+'(?:, )?)+)\]/g)];
  for (const match of spoken) {
    for (const [, name] of match[1]!.matchAll(/'([a-z-]+)'/g))
      assert.ok(names.includes(name!), `${name} is not recorded`);
  }
});

test('the prompts stay small', () => {
  const files = readdirSync(`${prompts}/en`).map((file) => `${prompts}/en/${file}`);
  const total = [...files, `${prompts}/music.wav`].reduce((sum, file) => sum + statSync(file).size, 0);
  assert.ok(total < 3_000_000, `${total} bytes`);
});
