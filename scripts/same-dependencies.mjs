// The packages that hold the server declare its dependencies as their own (docs/decisions/0010-packages.md): copies them from
// server/package.json, where they are kept. Then: npm install --omit-lockfile-registry-resolved
import { readFileSync, writeFileSync } from 'node:fs';
import { root } from './run.mjs';

const read = (file) => JSON.parse(readFileSync(`${root}/${file}`, 'utf8'));
const { dependencies } = read('server/package.json');
for (const file of ['package.json', 'sandbox/package.json']) {
  writeFileSync(`${root}/${file}`, `${JSON.stringify({ ...read(file), dependencies }, null, 2)}\n`);
}
