/**
 * Amplitude (0–32768) of one frequency in `pcm[start, start + samples)`, by Goertzel's recurrence: one bin of a Fourier
 * transform, exact when the window holds whole periods.
 */
export function goertzel(pcm: Int16Array, start: number, samples: number, frequency: number, rate: number): number {
  const coefficient = 2 * Math.cos((2 * Math.PI * frequency) / rate);
  let s1 = 0;
  let s2 = 0;
  for (let i = start; i < start + samples; i++) {
    const s0 = pcm[i]! + coefficient * s1 - s2;
    s2 = s1;
    s1 = s0;
  }
  const power = s1 * s1 + s2 * s2 - coefficient * s1 * s2;
  return (2 * Math.sqrt(Math.max(0, power))) / samples;
}

/** The same in dB below overload (RMS of the sine; −3 at full scale). */
export function goertzelLevel(
  pcm: Int16Array,
  start: number,
  samples: number,
  frequency: number,
  rate: number,
): number {
  return 20 * Math.log10(Math.max(goertzel(pcm, start, samples, frequency, rate), 1e-3) / (32768 * Math.SQRT2));
}
