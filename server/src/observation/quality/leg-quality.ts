import type { LegQuality } from '../why/facts.ts';
import type { Sample } from './quality-log.ts';

/** From here on people notice. */
const badLoss = 0.03;
const badJitterMs = 60;
const worthTellingMs = 10_000;
/** A sample covers this much at most. */
const longestGapMs = 10_000;

/** How a leg was over all its samples, of which there is at least one; `from`: when it began. */
export function legQuality(legId: string, samples: readonly Sample[], from: number): LegQuality {
  const to = samples.at(-1)?.at ?? from;
  const received = samples.reduce((sum, one) => sum + one.received, 0);
  return { legId, from, to, received, loss: worstLoss(samples, from), jitterMs: lastingJitter(samples, from) };
}

function worstLoss(samples: readonly Sample[], begin: number): LegQuality['loss'] {
  let worst: LegQuality['loss'] = null;
  let run: { from: number; lost: number; received: number } | null = null;
  // As a long conference has a hundred thousand: by number, and nothing is made of each.
  for (let i = 0; i < samples.length; i++) {
    const { at, lost, received } = samples[i]!;
    if (lost / Math.max(1, lost + received) < badLoss) {
      run = null;
      continue;
    }
    const before = samples[i - 1]?.at ?? begin;
    run ??= { from: Math.max(before, at - longestGapMs), lost: 0, received: 0 };
    run.lost += lost;
    run.received += received;
    const all = run.lost / (run.lost + run.received);
    if (at - run.from >= worthTellingMs && (worst === null || all >= worst.share)) {
      worst = { share: all, from: run.from, to: at };
    }
  }
  return worst;
}

function lastingJitter(samples: readonly Sample[], begin: number): number | null {
  let [ms, most] = [0, 0];
  for (let i = 0; i < samples.length; i++) {
    const { at, jitterMs, received } = samples[i]!;
    if (jitterMs < badJitterMs || received === 0) continue;
    ms += Math.min(longestGapMs, at - (samples[i - 1]?.at ?? begin));
    most = Math.max(most, jitterMs);
  }
  return ms >= worthTellingMs ? most : null;
}
