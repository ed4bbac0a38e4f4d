/** One part of a benchmark, in a process of its own: forked with the names of both, says how it goes to its parent. */
import { benchmarks } from './benchmarks.ts';
import type { Figure } from './figure.ts';

/** NaN is no JSON: a value that was not measured is null on its way. */
export interface Told {
  readonly line?: string;
  readonly figures?: readonly (Omit<Figure, 'value'> & { readonly value: number | null })[];
  readonly skipped?: string;
  readonly failed?: string;
}

const [name = '', part = ''] = process.argv.slice(2);

function tell(told: Told): Promise<void> {
  return new Promise((resolve) => {
    if (process.send === undefined) console.error(told);
    if (process.send?.(told, () => resolve()) === undefined) resolve();
  });
}

process.on('disconnect', () => process.exit(1));
try {
  const { benchmark } = await benchmarks[name]!();
  const result = await benchmark.parts[part]!((line) => void tell({ line }));
  if ('skipped' in result) await tell(result);
  else await tell({ figures: result.map((one) => ({ ...one, value: Number.isFinite(one.value) ? one.value : null })) });
} catch (error) {
  await tell({ failed: (error as Error).stack ?? String(error) });
}
// What a part left open does not keep it.
process.exit(0);
