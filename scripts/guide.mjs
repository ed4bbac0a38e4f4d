// Whether the guide (site/dist, made by build-site.mjs) is that of the pages that are there: an old one goes into no package.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './run.mjs';

export const guideFolder = join(root, 'site/dist');
export const markFile = '.sources';

/** What it is made of, and how. */
export function guideMark() {
  const within = (folder) =>
    readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name));
  const config = within('site/.vitepress').filter((file) => !/[\\/](?:cache|\.temp)[\\/]/.test(file));
  const others = ['site/package-lock.json', 'scripts/build-site.mjs'].map((name) => join(root, name));
  const hash = createHash('sha256');
  for (const file of [...within('docs'), ...config, ...others].sort())
    hash.update(file.slice(root.length)).update(readFileSync(file));
  return hash.digest('hex');
}

export function guideIsCurrent() {
  const file = join(guideFolder, markFile);
  return existsSync(file) && readFileSync(file, 'utf8') === guideMark();
}
