import { type Codec, pcmu } from '../server/src/audio/codec.ts';
import { loadOpus } from '../server/src/audio/opus.ts';
import { signalToNoise, speechThrough } from '../server/src/audio/testing/quality.ts';
import type { Benchmark, Figure } from './figure.ts';

const seconds = 60;
/** In the first seconds losses are made up, and the delay is adapted. */
const settleSeconds = 10;
const seeds = [5, 6, 7];
const losses = [0, 1, 5, 20];

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

async function through(codec: Codec, loss: number) {
  const decibels: number[] = [];
  const gaps: number[] = [];
  const delays: number[] = [];
  const from = settleSeconds * codec.sampleRate;
  const clean = await speechThrough(codec, { loss: 0, seconds });
  for (const seed of loss === 0 ? seeds.slice(0, 1) : seeds) {
    const { sound, playout } = await speechThrough(codec, { loss, seconds, seed });
    const cut = sound.subarray(from);
    if (loss > 0) decibels.push(signalToNoise(cut, clean.sound.subarray(from), codec.sampleRate));
    gaps.push(playout.stats.concealed / seconds);
    delays.push(playout.stats.delayMs);
  }
  return { decibels: mean(decibels), gaps: mean(gaps), delay: mean(delays) };
}

/** Speech through a network that loses packets, in simulated time: the figures are the same on every machine. */
export const benchmark: Benchmark = {
  name: 'quality',
  about: 'speech through 0, 1, 5 and 20 % loss in G.711 and Opus: made-up sound, signal to noise, delay',
  parts: {
    async speech(say) {
      const figures: Figure[] = [];
      for (const [name, codec] of [
        ['G.711', pcmu],
        ['Opus', await loadOpus()],
      ] as const) {
        for (const loss of losses) {
          say(`${name}, ${loss} %`);
          const { decibels, gaps, delay } = await through(codec, loss);
          figures.push({ name: `${name}, ${loss} % lost: made up in a second`, value: gaps, unit: 'ms' });
          if (loss > 0) figures.push({ name: `${name}, ${loss} % lost: signal to noise`, value: decibels, unit: 'dB' });
          figures.push({ name: `${name}, ${loss} % lost: delay at the end`, value: delay, unit: 'ms' });
        }
      }
      return figures;
    },
  },
};
