// Makes the browser library (sdk/dist) out of its sources, when it is missing or they have changed.
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { root } from './run.mjs';

const folder = `${root}/sdk`;
const dist = `${folder}/dist`;
const stampFile = `${dist}/.sources`;
const types = 'AvayaClientServices.d.ts';

/** What it is made of, and how. */
function sourcesMark() {
  const hash = createHash('sha256');
  const sources = readdirSync(`${folder}/src`).map((name) => `${folder}/src/${name}`);
  for (const file of [...sources.sort(), `${folder}/types/${types}`, `${root}/scripts/build-sdk.mjs`]) {
    hash.update(readFileSync(file));
  }
  return hash.digest('hex');
}

/** Resolves to whether there was something to do. */
export async function ensureSdk() {
  const mark = sourcesMark();
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === mark) return false;
  const { build } = await import('esbuild');
  mkdirSync(dist, { recursive: true });
  const common = {
    bundle: true,
    minify: true,
    sourcemap: true,
    target: 'es2020',
    charset: 'utf8',
    logLevel: 'warning',
  };
  await Promise.all([
    // A classic script, which leaves one global name.
    build({
      ...common,
      entryPoints: [`${folder}/src/global.ts`],
      outfile: `${dist}/AvayaClientServices.min.js`,
      format: 'iife',
    }),
    build({
      ...common,
      entryPoints: [`${folder}/src/index.ts`],
      outfile: `${dist}/AvayaClientServices.mjs`,
      format: 'esm',
    }),
  ]);
  copyFileSync(`${folder}/types/${types}`, `${dist}/${types}`);
  writeFileSync(stampFile, mark);
  return true;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await ensureSdk();
