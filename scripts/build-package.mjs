// Makes dist/, what the npm package runs: the server's sources without their types, prompts, and what browsers get, in the same places
// as in the clone. Node.js strips types from no file below node_modules, so it is done here: in place, every line stays where it was, and
// what a stack trace names is found in the sources. Runs with Node.js 24 (`npm pack` sees to it).
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { guideIsCurrent } from './guide.mjs';
import { root } from './run.mjs';

/** Imports, and files that are named beside `import.meta.url`: workers and child processes. */
const relativeSource = /(['"])(\.{1,2}\/[^'"\n]*)\.ts\1/g;

/** Writes server/src as JavaScript to `${target}/server/src`. */
export function buildServer(target) {
  const source = join(root, 'server/src');
  for (const entry of readdirSync(source, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    const name = relative(root, path);
    if (!entry.isFile() || !name.endsWith('.ts') || name.endsWith('.test.ts') || /[\\/]testing[\\/]/.test(name))
      continue;
    const file = join(target, name.replace(/\.ts$/, '.js'));
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, stripTypeScriptTypes(readFileSync(path, 'utf8')).replace(relativeSource, '$1$2.js$1'));
  }
}

/** All that the product is made of; `target` is emptied first. */
export function buildProduct(target) {
  rmSync(target, { recursive: true, force: true });
  buildServer(target);
  const guide = guideIsCurrent();
  if (!guide) process.stderr.write('partyline: this package has no guide: npm run docs makes it, then pack again\n');
  for (const folder of ['prompts', 'sdk/dist', 'web/dist', 'docs', ...(guide ? ['site/dist'] : [])]) {
    if (existsSync(join(root, folder))) cpSync(join(root, folder), join(target, folder), { recursive: true });
  }
}

if (process.argv[1] === import.meta.filename) buildProduct(process.argv[2] ?? join(root, 'dist'));
