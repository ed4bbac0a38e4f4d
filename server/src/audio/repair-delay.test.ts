import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Codec } from './codec.ts';
import { statefulCodec } from './testing/stateful-codec.ts';
import { runStream, sine } from './testing/virtual-stream.ts';

const rate = 16_000;

/** Losses every 2 s for the first `lossySeconds`; the delay, ms, at the end of each second. */
function stream(codec: Codec, lossySeconds: number, seconds: number) {
  const delays: number[] = [];
  let frames = 0;
  const { playout } = runStream({
    codec,
    seconds,
    sound: sine(200, 8000, rate),
    network: (packet) => (packet < lossySeconds * 50 && packet % 100 === 60 ? null : 0),
    phaseMs: 7,
    onFrame: (_frame, _result, { stats }) => {
      if (++frames % 50 === 0) delays.push(stats.delayMs);
    },
  });
  return { stats: playout.stats, delays };
}

test('after a loss that the packet behind it tells of, the delay grows by a packet, and goes back when no more are lost', () => {
  const { codec } = statefulCodec('REPAIRED', rate);
  const { stats, delays } = stream(codec, 10, 46);
  assert.equal(stats.lost, 5);
  assert.ok(stats.recovered >= 4 * 19, `${stats.recovered} ms recovered`);
  assert.ok(stats.concealed <= 25, `${stats.concealed} ms made up: the first alone`);
  assert.ok(delays[0]! < 22, `${delays[0]} ms before the first loss`);
  assert.ok(delays[9]! > 25 && delays[9]! < 45, `${delays[9]} ms meanwhile`);
  assert.ok(delays[45]! < 25, `${delays[45]} ms after it`);
  assert.equal(stats.late, 0);
});

test('where packets tell nothing of each other, losses do not make anybody wait', () => {
  const { codec } = statefulCodec('SILENT', rate);
  const mute: Codec = { ...codec, createDecoder: () => ({ ...codec.createDecoder(), tells: () => false }) };
  const { delays } = stream(mute, 10, 12);
  assert.ok(Math.max(...delays) < 22, `${Math.max(...delays)} ms`);
});
