/** How loud a recording is, piece by piece. */
export interface Wave {
  /** ms since the epoch, of its first piece. */
  readonly from: number;
  readonly msPerPeak: number;
  /** 0 to 1. */
  readonly peaks: readonly number[];
}

const most = 4000;

/** Null: there is none any more. */
export async function loadWave(path: string, startedAt: number): Promise<Wave | null> {
  const response = await fetch(`${path}/peaks?count=${most}`, { cache: 'no-store' });
  if (!response.ok) return null;
  const { durationMs, peaks } = (await response.json()) as { durationMs: number; peaks: number[] };
  return peaks.length === 0 ? null : { from: startedAt, msPerPeak: durationMs / peaks.length, peaks };
}
