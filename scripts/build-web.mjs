// Makes the meeting page (web/dist) out of its sources, when it is missing or they have changed.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { root } from './run.mjs';

const folder = `${root}/web`;
const dist = `${folder}/dist`;
const stampFile = `${dist}/.sources`;

/** What it is made of, and how. */
function sourcesMark() {
  const hash = createHash('sha256');
  const sources = readdirSync(`${folder}/src`, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => `${entry.parentPath}/${entry.name}`);
  const others = ['index.html', 'package.json', 'tsconfig.json', 'vite.config.ts'].map((name) => `${folder}/${name}`);
  for (const file of [...sources.sort(), ...others, `${root}/scripts/build-web.mjs`]) {
    hash.update(file.slice(root.length)).update(readFileSync(file));
  }
  return hash.digest('hex');
}

/** Resolves to whether there was something to do. */
export async function ensureWeb() {
  const mark = sourcesMark();
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === mark) return false;
  process.stderr.write('partyline: making the meeting page ...\n');
  const { build } = await import('vite');
  await build({ root: folder, configFile: `${folder}/vite.config.ts`, logLevel: 'warn' });
  writeFileSync(stampFile, mark);
  return true;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await ensureWeb();
