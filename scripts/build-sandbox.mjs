// Makes sandbox/dist: the package for tests of other projects. The part that runs in their process is made for Node.js 20; the server
// beside it (dist/product) runs with the Node.js 24 that the package depends on. Runs with Node.js 24 (`npm pack` sees to it).
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { build } from 'esbuild';
import { buildProduct } from './build-package.mjs';
import { root } from './run.mjs';

const folder = join(root, 'sandbox');
const dist = join(folder, 'dist');
const { dependencies } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));

rmSync(dist, { recursive: true, force: true });
buildProduct(join(dist, 'product'));
const common = {
  bundle: true,
  platform: 'node',
  target: 'node20',
  external: Object.keys(dependencies),
  logLevel: 'warning',
};
const banner = '// Made of sandbox/src and server/src.';
const beside =
  "const beside = require('node:url').pathToFileURL(require('node:path').join(__dirname, '../index.js')).href;";
await build({
  ...common,
  entryPoints: { index: join(folder, 'src/index.ts'), command: join(folder, 'src/command.ts') },
  outdir: dist,
  splitting: true,
  format: 'esm',
  // Beside the entries: the server and its prompts are looked for from where the code is.
  chunkNames: 'part-[hash]',
  banner: { js: banner },
});
// Once more for runners that load tests as CommonJS (Jest): there is no `import.meta`, and the server is looked for from beside it.
await build({
  ...common,
  entryPoints: { index: join(folder, 'src/index.ts') },
  outdir: join(dist, 'cjs'),
  format: 'cjs',
  define: { 'import.meta.url': 'beside' },
  banner: { js: `${banner}\n${beside}` },
});
writeFileSync(join(dist, 'cjs/package.json'), '{ "type": "commonjs" }\n');
const command = join(dist, 'command.js');
writeFileSync(command, `#!/usr/bin/env node\n${readFileSync(command, 'utf8')}`);
chmodSync(command, 0o755);
writeTypes();

/** The declarations of what index.ts exports, and of what these name. */
function writeTypes() {
  const made = join(root, 'node_modules/.cache/sandbox-types');
  rmSync(made, { recursive: true, force: true });
  execFileSync(join(root, 'node_modules/.bin/tsc'), ['-p', folder], { stdio: 'inherit' });
  const waiting = [join(made, 'sandbox/src/index.d.ts')];
  const done = new Set();
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    if (done.has(file)) continue;
    done.add(file);
    const text = readFileSync(file, 'utf8');
    for (const [, name] of text.matchAll(/from '(\.{1,2}\/[^']+)\.ts'/g))
      waiting.push(join(dirname(file), `${name}.d.ts`));
    const declared = text.replace(/(from '\.{1,2}\/[^']+)\.ts'/g, "$1.js'");
    // A declaration is of the kind of the folder that it lies in.
    for (const types of ['types', 'cjs/types']) {
      const target = join(dist, types, relative(made, file));
      mkdirSync(dirname(target), { recursive: true });
      writeFileSync(target, declared);
    }
  }
}
