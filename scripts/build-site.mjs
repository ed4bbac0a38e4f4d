// Makes the guide (site/dist, or the folder that is named) out of docs/: `npm run docs`. VitePress, with its packages in site/ alone: they are installed when the guide is
// made, so that a first start neither waits for them nor for it (docs/decisions/0011-the-guide.md).
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { guideFolder, guideMark, markFile } from './guide.mjs';
import { fail, root, run } from './run.mjs';

const site = join(root, 'site');
const source = join(site, '.src');
const dist = process.argv[2] === undefined ? guideFolder : resolve(process.argv[2]);

/** Of all pages, by name without `.md`. */
const pages = readdirSync(join(root, 'docs'), { recursive: true })
  .map(String)
  .filter((name) => name.endsWith('.md'))
  .sort();

/** Links out of docs/ lead nowhere in the guide: they become the path in the clone. */
function withinGuide(text, name) {
  return text.replace(/\[([^\]]*)\]\((?![a-z]+:|[/#])([^)\s]+)\)/g, (whole, words, link) => {
    const path = relative(root, join(root, 'docs', dirname(name), link));
    if (/\.(png|svg)$/.test(path)) return whole;
    if (path.startsWith('docs/') && existsSync(join(root, path.split('#')[0])) && /\.md(#|$)/.test(path)) return whole;
    return words === path ? `\`${path}\`` : `${words} (\`${path}\`)`;
  });
}

function copyPages() {
  rmSync(source, { recursive: true, force: true });
  for (const name of pages) {
    const file = join(source, name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, withinGuide(readFileSync(join(root, 'docs', name), 'utf8'), name));
  }
  cpSync(join(root, 'docs/pictures'), join(source, 'pictures'), { recursive: true });
}

/** What programs read: each page as it was written, and a list of all. */
function writeTwins() {
  const lines = [
    '# Partyline',
    '',
    '> A self-hosted conference and call-control server: SIP phones, browsers and HTTP interfaces in one room.',
    '',
  ];
  for (const name of pages) {
    const text = readFileSync(join(source, name), 'utf8');
    mkdirSync(dirname(join(dist, name)), { recursive: true });
    writeFileSync(join(dist, name), text);
    const title = /^# (.+)$/m.exec(text)?.[1] ?? name;
    lines.push(`- [${title}](/docs/guide/${name})`);
  }
  writeFileSync(join(dist, 'llms.txt'), `${lines.join('\n')}\n`);
}

/** The inline scripts there are, for the content security policy: the server allows these and no other. */
function writeScripts() {
  const hashes = new Set();
  for (const name of readdirSync(dist, { recursive: true }).map(String)) {
    if (!name.endsWith('.html')) continue;
    for (const [, script] of readFileSync(join(dist, name), 'utf8').matchAll(
      /<script(?![^>]*\ssrc=)[^>]*>([\s\S]*?)<\/script>/g,
    )) {
      hashes.add(`'sha256-${createHash('sha256').update(script).digest('base64')}'`);
    }
  }
  writeFileSync(join(dist, 'scripts.json'), `${JSON.stringify([...hashes].sort())}\n`);
}

if (!existsSync(join(site, 'node_modules/vitepress'))) {
  process.stderr.write('partyline: installing what makes the guide ...\n');
  const code = await run(['npm', 'ci', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: site });
  if (code !== 0) fail('the packages of site/ could not be installed; see the lines above');
}
copyPages();
const code = await run(
  [process.execPath, join(site, 'node_modules/vitepress/bin/vitepress.js'), 'build', site, '--outDir', dist],
  {
    cwd: site,
  },
);
if (code !== 0) fail('the guide could not be made; see the lines above');
writeTwins();
writeScripts();
writeFileSync(join(dist, markFile), guideMark());
