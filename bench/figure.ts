/** One measured number. `goal` is the bar of the project, where there is one. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly goal?: { readonly atMost?: number; readonly atLeast?: number };
  /** How much of the sound came: with less than the goal the others say nothing, as what is lost costs nothing. */
  readonly ofSound?: boolean;
}

/** Says what is going on. */
export type Say = (line: string) => void;

/** Gives figures, of the same names in every run; or why it cannot here. */
export type Part = (say: Say) => Promise<readonly Figure[] | { readonly skipped: string }>;

/** Each part runs in a process of its own, alone on the machine, and is ended when it takes too long. */
export interface Benchmark {
  readonly name: string;
  readonly about: string;
  /** What else is to be known of it, a line each. */
  readonly notes?: readonly string[];
  readonly parts: Readonly<Record<string, Part>>;
  /** Of each part; two minutes when missing. */
  readonly limitS?: number;
  /** Its figures are times that other programs lengthen: where they had the machine, nothing was measured. */
  readonly needsQuiet?: boolean;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** The figures of a run that says nothing. */
export function unmeasured(figures: readonly Figure[]): Figure[] {
  return figures.map((figure) => ({ ...figure, value: Number.NaN }));
}

/**
 * The figures of several runs as one: each the median over the runs in which it was measured; of sound the least that
 * came.
 */
export function medians(runs: readonly (readonly Figure[])[]): Figure[] {
  const byName = new Map<string, Figure[]>();
  for (const figure of runs.flat()) byName.set(figure.name, [...(byName.get(figure.name) ?? []), figure]);
  return [...byName.values()].map((same) => ({ ...same[0]!, value: medianOf(same) }));
}

function medianOf(same: readonly Figure[]): number {
  const values = same.map(({ value }) => value).filter((value) => !Number.isNaN(value));
  if (values.length === 0) return Number.NaN;
  return same[0]!.ofSound === true ? Math.min(...values) : median(values);
}

/** It was not measured, or sound was lost: a run with such a figure has failed. */
export function failed(figure: Figure): boolean {
  return Number.isNaN(figure.value) || (figure.ofSound === true && missed(figure));
}

function missed({ value, goal }: Figure): boolean {
  if (goal?.atMost !== undefined && value > goal.atMost) return true;
  return goal?.atLeast !== undefined && value < goal.atLeast;
}

function verdict(figure: Figure): string {
  if (Number.isNaN(figure.value)) return 'NOT MEASURED';
  if (figure.goal === undefined) return '';
  if (!missed(figure)) return 'reached';
  return figure.ofSound === true ? 'SOUND LOST' : 'MISSED';
}

function goalText({ goal, unit }: Figure): string {
  if (goal?.atMost !== undefined) return `<= ${goal.atMost} ${unit}`;
  if (goal?.atLeast !== undefined) return `>= ${goal.atLeast} ${unit}`;
  return '';
}

function rounded(value: number): string {
  if (Number.isInteger(value)) return String(value);
  return Math.abs(value) >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

/** The figures as lines of a table. */
export function table(figures: readonly Figure[]): string {
  const rows = figures.map((figure) => [
    figure.name,
    `${rounded(figure.value)} ${figure.unit}`,
    goalText(figure),
    verdict(figure),
  ]);
  const all = [['figure', 'median', 'goal', ''], ...rows];
  const widths = [0, 1, 2].map((column) => Math.max(...all.map((row) => row[column]!.length)));
  return all
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** The figures as rows of the table in docs/status.md. */
export function markdown(figures: readonly Figure[]): string {
  return figures
    .map((figure) => {
      const value = Number.isNaN(figure.value) ? 'not measured' : `${rounded(figure.value)} ${figure.unit}`.trim();
      return `| ${figure.name} | ${value} | ${goalText(figure).replace('<= ', '').replace('>= ', 'at least ') || '–'} |`;
    })
    .join('\n');
}
