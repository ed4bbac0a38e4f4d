// Whether what was made (a `dist` folder) is still made of the sources that are there.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { root } from './run.mjs';

/** What it is made of, and how: all of `src`, and `others`. */
function markOf(folder, others) {
  const hash = createHash('sha256');
  const sources = readdirSync(`${folder}/src`, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => `${entry.parentPath}/${entry.name}`);
  for (const file of [...sources.sort(), ...others]) hash.update(file.slice(root.length)).update(readFileSync(file));
  return hash.digest('hex');
}

/** Calls `make` unless `dist` of the folder was made of the same files. Resolves to whether there was something to do. */
export async function ensureMade(folder, others, make) {
  const stampFile = `${folder}/dist/.sources`;
  const mark = markOf(folder, others);
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === mark) return false;
  await make();
  writeFileSync(stampFile, mark);
  return true;
}
