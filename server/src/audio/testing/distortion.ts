/**
 * THD+N of what should be a pure sine of `frequency`: the RMS of all that is not the best-fitting sine (and a
 * constant), as a share of the RMS of that sine. For tests and benchmarks.
 */
export function distortion(pcm: Int16Array, start: number, samples: number, frequency: number, rate: number): number {
  const fit = fitSine(pcm, start, samples, frequency, rate);
  return fit.residual / Math.max(fit.amplitude / Math.SQRT2, 1e-9);
}

export interface SineFit {
  readonly amplitude: number;
  /** Radians, of a cosine at `start`. */
  readonly phase: number;
  /** RMS of the rest. */
  readonly residual: number;
}

/** Least squares for `a·cos + b·sin + c` at a known frequency. */
export function fitSine(pcm: Int16Array, start: number, samples: number, frequency: number, rate: number): SineFit {
  const w = (2 * Math.PI * frequency) / rate;
  // Normal equations of three unknowns, solved by elimination.
  const m = [new Float64Array(4), new Float64Array(4), new Float64Array(4)] as const;
  const row = new Float64Array(4);
  for (let i = 0; i < samples; i++) {
    row[0] = Math.cos(w * i);
    row[1] = Math.sin(w * i);
    row[2] = 1;
    row[3] = pcm[start + i]!;
    for (let r = 0; r < 3; r++) for (let c = 0; c < 4; c++) m[r]![c]! += row[r]! * row[c]!;
  }
  for (let pivot = 0; pivot < 3; pivot++) {
    for (let r = 0; r < 3; r++) {
      if (r === pivot) continue;
      const factor = m[r]![pivot]! / m[pivot]![pivot]!;
      for (let c = pivot; c < 4; c++) m[r]![c]! -= factor * m[pivot]![c]!;
    }
  }
  const a = m[0][3]! / m[0][0]!;
  const b = m[1][3]! / m[1][1]!;
  const offset = m[2][3]! / m[2][2]!;
  let energy = 0;
  for (let i = 0; i < samples; i++) {
    const rest = pcm[start + i]! - a * Math.cos(w * i) - b * Math.sin(w * i) - offset;
    energy += rest * rest;
  }
  return { amplitude: Math.hypot(a, b), phase: Math.atan2(-b, a), residual: Math.sqrt(energy / samples) };
}
