/** The part of the time that is shown, ms since the epoch, and the cursor in it. */
export interface View {
  readonly from: number;
  readonly to: number;
}

const shortestMs = 200;
/** Distances of marks that people can read, ms. */
const steps = [
  100, 200, 500, 1000, 2000, 5000, 10_000, 15_000, 30_000, 60_000, 120_000, 300_000, 600_000, 900_000, 1_800_000,
  3_600_000, 7_200_000, 14_400_000, 28_800_000, 86_400_000,
];

/** As much of `wanted` as lies within `all`; never shorter than can be told apart. */
export function within(wanted: View, all: View): View {
  const whole = Math.max(shortestMs, all.to - all.from);
  const length = Math.min(whole, Math.max(shortestMs, wanted.to - wanted.from));
  const from = Math.min(Math.max(wanted.from, all.from), all.from + whole - length);
  return { from, to: from + length };
}

/** Closer or wider by a factor, around a moment that stays where it is. */
export function zoomed(view: View, factor: number, around: number, all: View): View {
  const length = (view.to - view.from) / factor;
  const share = (around - view.from) / Math.max(1, view.to - view.from);
  const from = around - share * length;
  return within({ from, to: from + length }, all);
}

/** Where marks stand, so that there is about one in every `apart` of `width` pixels. */
export function marks(view: View, width: number, apart: number): number[] {
  const perMark = ((view.to - view.from) * apart) / Math.max(1, width);
  const step = steps.find((one) => one >= perMark) ?? steps.at(-1)!;
  const found: number[] = [];
  // Whole minutes and hours are those of the reader's zone.
  const offset = new Date(view.from).getTimezoneOffset() * 60_000;
  for (let at = Math.ceil((view.from - offset) / step) * step + offset; at <= view.to; at += step) found.push(at);
  return found;
}

/** The last of a sorted list that is not behind `at`; −1: all are. */
export function lastBefore<T>(sorted: readonly T[], at: number, timeOf: (one: T) => number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (timeOf(sorted[middle]!) <= at) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
