import { parseArgs } from 'node:util';
import { type Benchmark, type Figure, medians, table } from './figure.ts';

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    runs: { type: 'string', default: '3' },
    help: { type: 'boolean', default: false },
  },
});

const modules: Record<string, () => Promise<{ benchmark: Benchmark }>> = {
  audio: () => import('./audio.ts'),
  quality: () => import('./quality.ts'),
  media: () => import('./media.ts'),
  density: () => import('./density.ts'),
  web: () => import('./web.ts'),
  opus: () => import('./opus.ts'),
  janus: () => import('./janus.ts'),
  startup: () => import('./startup.ts'),
  ready: () => import('./ready.ts'),
  calls: () => import('./calls.ts'),
  invite: () => import('./invite.ts'),
  floods: () => import('./floods.ts'),
  lists: () => import('./lists.ts'),
  merge: () => import('./merge.ts'),
  fanout: () => import('./fanout.ts'),
  replay: () => import('./replay.ts'),
};

if (values.help) {
  console.log('npm run bench -- [--only NAME,NAME] [--runs N]\n');
  for (const load of Object.values(modules)) {
    const { benchmark } = await load();
    console.log(`  ${benchmark.name.padEnd(10)} ${benchmark.about}`);
  }
  process.exit(0);
}

const runs = Number(values.runs);
const wanted = values.only === '' ? Object.keys(modules) : values.only.split(',');
const unknown = wanted.filter((name) => modules[name] === undefined);
if (!Number.isInteger(runs) || runs < 1 || unknown.length > 0) {
  console.error(`Unknown benchmark or number of runs (${[...unknown, values.runs].join(', ')}); --help lists them.`);
  process.exit(2);
}

const started = performance.now();
const say = (line: string) =>
  console.error(`[${((performance.now() - started) / 1000).toFixed(0).padStart(4)} s] ${line}`);
const results: { name: string; figures: Figure[] | null; skipped: string }[] = [];
for (const name of wanted) {
  const { benchmark } = await modules[name]!();
  const measured: (readonly Figure[])[] = [];
  let skipped = '';
  for (let run = 1; run <= runs && skipped === ''; run++) {
    say(`${benchmark.name}, run ${run} of ${runs}`);
    const result = await benchmark.run((line) => say(`  ${line}`));
    if ('skipped' in result) skipped = result.skipped;
    else measured.push(result);
  }
  results.push({ name: benchmark.name, figures: skipped === '' ? medians(measured) : null, skipped });
}

for (const { name, figures, skipped } of results) {
  console.log(`\n== ${name}: ${figures === null ? `skipped: ${skipped}` : `medians of ${runs} run(s)`}`);
  if (figures !== null) console.log(table(figures));
}
process.exit(0);
