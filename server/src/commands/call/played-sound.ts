import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Resampler } from '../../audio/resampler.ts';
import { readWav } from '../../audio/wav.ts';
import { AppError } from '../../base/app-error.ts';
import { CommandError, exitCodes, UsageError } from '../command.ts';

const rate = 8000;
const lowestTone = 50;
const highestTone = 3800;

/** What --play names: samples at 8 kHz of a WAV file, or hertz. Throws CommandError. */
export function samplesOf(what: string, folder: string): Int16Array | number {
  if (/^\d+$/.test(what)) {
    const hertz = Number(what);
    if (hertz >= lowestTone && hertz <= highestTone) return hertz;
    throw new UsageError('call', `--play takes a tone of ${lowestTone} to ${highestTone} hertz, or a WAV file`);
  }
  try {
    const { pcm, sampleRate } = readWav(readFileSync(resolve(folder, what)));
    return sampleRate === rate ? pcm : resampled(pcm, sampleRate);
  } catch (error) {
    const why =
      error instanceof AppError ? error.message : `it cannot be read (${(error as NodeJS.ErrnoException).code})`;
    throw new CommandError(
      exitCodes.usage,
      `--play ${what}: ${why}`,
      'record one with: sox -n -r 8000 -c 1 -b 16 x.wav',
    );
  }
}

function resampled(pcm: Int16Array, from: number): Int16Array {
  const resampler = new Resampler(from, rate);
  const out = new Int16Array(resampler.outputFor(pcm.length));
  resampler.process(pcm, pcm.length, out);
  return out;
}
