// Makes the pages (web/dist) out of its sources, when it is missing or they have changed.
import { readdirSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { ensureMade } from './made-of.mjs';
import { root } from './run.mjs';

const folder = `${root}/web`;
const others = [
  'index.html',
  'meet.html',
  'agent.html',
  'console.html',
  'sandbox.html',
  'nowhere.html',
  'public/theme.js',
  'package.json',
  'tsconfig.json',
  'vite.config.ts',
].map((name) => `${folder}/${name}`);

/** It takes files of the browser library, and those take others of it: whichever changes may be among them. */
const library = readdirSync(`${root}/sdk/src`, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => `${entry.parentPath}/${entry.name}`)
  .sort();

/** Resolves to whether there was something to do. */
export function ensureWeb() {
  return ensureMade(folder, [...others, ...library, `${root}/scripts/build-web.mjs`], async () => {
    process.stderr.write('partyline: making the pages ...\n');
    const { build } = await import('vite');
    await build({ root: folder, configFile: `${folder}/vite.config.ts`, logLevel: 'warn' });
  });
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await ensureWeb();
