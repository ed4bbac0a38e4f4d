import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { offerCodec, pcmu } from '../../audio/codec.ts';
import { goertzel } from '../../audio/goertzel.ts';
import { writeWav } from '../../audio/wav.ts';
import { callIn, memoryProcess } from '../testing/memory-process.ts';
import { MemoryPeer } from '../testing/memory-transport.ts';

/** A media process with legs of these names, all in one room. */
async function processWith(t: TestContext, names: readonly string[], promptsRoot = '/nowhere') {
  const peers = Object.fromEntries(names.map((name) => [name, new MemoryPeer()]));
  const { clock, media } = memoryProcess(t, peers, { promptsRoot });
  media.createRoom({ room: 'room' });
  for (const leg of names) await callIn(media, leg, peers[leg]!);
  return { media, clock, peers };
}

test('a leg is held in silence where its music cannot be had, and the call goes on', async (t) => {
  const { media, clock, peers } = await processWith(t, ['a', 'b']);
  await media.setLeg({ leg: 'a', hold: { music: 'music.wav' } });
  const before = peers['a']!.heard.length;
  clock.advance(200);
  assert.equal(peers['a']!.heard.length, before + 10);
  await media.setLeg({ leg: 'a', hold: null });
});

test('digits that are more than can wait are dropped, and those before them sent', async (t) => {
  const { media, clock, peers } = await processWith(t, ['a', 'b']);
  const telephoneEvents = { send: { payloadType: 101, clockRate: 8000 }, receive: [] };
  await media.configureLeg({ leg: 'a', ...peers['a']!.configuration, telephoneEvents });
  const press = (digits: string) => media.sendDigits({ leg: 'a', digits, durationMs: 40, gapMs: 0 });
  for (let times = 0; times < 5; times++) press('1'.repeat(64));
  clock.advance(60_000);
  const ends = () => peers['a']!.heard.filter((payload) => payload.length === 4 && (payload[1]! & 0x80) !== 0);
  assert.equal(ends().length, 3 * 4 * 64);
  press('2');
  clock.advance(1000);
  assert.equal(ends().at(-1)![0], 2);
});

test('digits as tones wait for those before them', async (t) => {
  const { media, clock, peers } = await processWith(t, ['a', 'b']);
  const { codec, heard } = peers['a']!;
  const before = heard.length;
  media.sendDigits({ leg: 'a', digits: '1', durationMs: 200, gapMs: 100 });
  clock.advance(60);
  media.sendDigits({ leg: 'a', digits: '2', durationMs: 200, gapMs: 100 });
  for (let times = 0; times < 20; times++) media.sendDigits({ leg: 'a', digits: '3'.repeat(64), durationMs: 40 });
  clock.advance(1000);
  const pcm = new Int16Array(160 * (heard.length - before));
  const decoder = codec.createDecoder();
  let at = 0;
  for (const payload of heard.slice(before)) at += decoder.decode(payload, 0, payload.length, pcm, at);
  const column = (frequency: number, fromMs: number) => goertzel(pcm, fromMs * 8, 1200, frequency, 8000) > 3000;
  assert.deepEqual([column(1209, 20), column(1336, 20)], [true, false]);
  assert.deepEqual([column(1209, 320), column(1336, 320)], [false, true]);
  clock.advance(60_000);
  assert.ok(peers['a']!.level(1477) < 100);
});

test('music that is turned off while its file is read stays off', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'partyline-music-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const sine = Int16Array.from({ length: 8000 }, (_, at) => 8000 * Math.sin((2 * Math.PI * 500 * at) / 8000));
  writeFileSync(join(folder, 'music.wav'), writeWav(sine, 8000));
  const { media, clock, peers } = await processWith(t, ['a'], folder);
  const set = (file: string | null) => media.setMusic({ room: 'room', file });
  await Promise.all([set('music.wav'), set(null)]);
  clock.advance(1000);
  assert.ok(peers['a']!.level(500) < 100);
  await Promise.all([set(null), set('music.wav')]);
  clock.advance(1000);
  assert.ok(peers['a']!.level(500) > 3000);
});

test('a leg is what it was told last, also while a codec is loaded for what it was told before', async (t) => {
  const { media, clock, peers } = await processWith(t, ['a', 'b']);
  const { configuration } = peers['a']!;
  let loaded = () => {};
  offerCodec('SLOW', 8000, () => new Promise((done) => (loaded = () => done({ ...pcmu, name: 'SLOW' }))));
  const slow = { payloadType: 96, codec: 'SLOW/8000' };
  const first = media.configureLeg({ leg: 'a', ...configuration, send: { ...slow, ptime: 20 }, receive: [slow] });
  media.configureLeg({ leg: 'a', ...configuration, send: null });
  loaded();
  await first;
  clock.advance(200);
  assert.equal(peers['a']!.heard.length, 0);
});
