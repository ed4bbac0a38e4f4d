import { parseArgs } from 'node:util';
import { endAll, runApart } from './apart.ts';
import { benchmarks } from './benchmarks.ts';
import { type Figure, failed, markdown, medians, table, unmeasured } from './figure.ts';
import { watchMachine } from './load/machine.ts';

const usage = 'npm run bench -- [--only NAME,NAME.PART] [--runs N] [--markdown]';
const usualLimitS = 120;

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    runs: { type: 'string', default: '3' },
    /** Prints the figures as rows of the table in docs/status.md, too. */
    markdown: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) {
  console.log(`${usage}\n`);
  for (const load of Object.values(benchmarks)) {
    const { name, about, notes = [], parts } = (await load()).benchmark;
    console.log(`  ${name.padEnd(10)} ${about}`);
    if (Object.keys(parts).length > 1) console.log(`  ${''.padEnd(10)}   parts: ${Object.keys(parts).join(', ')}`);
    for (const note of notes) console.log(`  ${''.padEnd(10)}   ${note}`);
  }
  process.exit(0);
}

interface Wanted {
  readonly name: string;
  readonly part: string;
  readonly limitS: number;
  readonly needsQuiet: boolean;
}

/** `name` is all parts of it, `name.part` one; null when there is none such. */
async function wantedBy(word: string): Promise<Wanted[] | null> {
  const [name = '', part] = word.split('.', 2);
  if (!Object.hasOwn(benchmarks, name)) return null;
  const { benchmark } = await benchmarks[name]!();
  if (part !== undefined && !Object.hasOwn(benchmark.parts, part)) return null;
  const parts = part === undefined ? Object.keys(benchmark.parts) : [part];
  const { limitS = usualLimitS, needsQuiet = false } = benchmark;
  return parts.map((one) => ({ name, part: one, limitS, needsQuiet }));
}

const runs = Number(values.runs);
const words = values.only === '' ? Object.keys(benchmarks) : values.only.split(',');
const found = await Promise.all(words.map(wantedBy));
const unknown = words.filter((_, i) => found[i] === null);
if (!Number.isInteger(runs) || runs < 1 || unknown.length > 0) {
  const wrong =
    unknown.length > 0 ? `No such benchmark or part: ${unknown.join(', ')}` : `No number of runs: ${values.runs}`;
  console.error(`${wrong}; --help lists them.`);
  process.exit(2);
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    endAll();
    process.exit(130);
  });
}

const started = performance.now();
const say = (line: string) =>
  console.error(`[${((performance.now() - started) / 1000).toFixed(0).padStart(4)} s] ${line}`);
let whole = true;
const all: Figure[] = [];

for (const { name, part, limitS, needsQuiet } of found.flatMap((one) => one ?? [])) {
  const title = `${name}.${part}`;
  const measured: (readonly Figure[])[] = [];
  const notes: string[] = [];
  for (let run = 1; run <= runs; run++) {
    say(`${title}, run ${run} of ${runs}`);
    const machine = watchMachine();
    let outcome = await runApart(name, part, limitS, (line) => say(`  ${line}`));
    if ('failed' in outcome && !outcome.late) {
      // A port that another program took meanwhile, or the like: shown, and tried once more.
      notes.push(`FAILED at first: ${outcome.failed}`);
      say('  failed, once more');
      outcome = await runApart(name, part, limitS, (line) => say(`  ${line}`));
    }
    const { words: pace, busy } = machine();
    if ('figures' in outcome) measured.push(busy && needsQuiet ? unmeasured(outcome.figures) : outcome.figures);
    else if ('skipped' in outcome) notes.push(`skipped: ${outcome.skipped}`);
    else {
      notes.push(`FAILED: ${outcome.failed}`);
      whole = false;
    }
    if (busy) notes.push(`MACHINE NOT QUIET, times are no measure: ${pace}`);
    say(`  machine: ${pace}`);
    if ('skipped' in outcome) break;
  }
  const figures = medians(measured);
  if (figures.some(failed)) whole = false;
  all.push(...figures);
  // At once, so that what was measured is there whatever comes later.
  console.log(`\n== ${title}: medians of ${measured.length} run(s)`);
  for (const note of notes) console.log(note);
  if (figures.length > 0) console.log(table(figures));
}

if (values.markdown) console.log(`\n| | measured | goal |\n|---|---|---|\n${markdown(all)}`);
say(whole ? 'all was measured' : 'NOT ALL WAS MEASURED, OR SOUND WAS LOST: see above');
process.exit(whole ? 0 : 1);
