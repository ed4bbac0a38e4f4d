// Makes the browser library (sdk/dist) out of its sources, when it is missing or they have changed.
import { copyFileSync, mkdirSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { ensureMade } from './made-of.mjs';
import { root } from './run.mjs';

const folder = `${root}/sdk`;
const dist = `${folder}/dist`;
const types = 'AvayaClientServices.d.ts';

/** Resolves to whether there was something to do. */
export function ensureSdk() {
  return ensureMade(folder, [`${folder}/types/${types}`, `${root}/scripts/build-sdk.mjs`], async () => {
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
  });
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await ensureSdk();
