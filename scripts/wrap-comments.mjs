/**
 * Wraps comments at the width of the code, which the formatter leaves as they are: in the FILEs named, else in all of TypeScript.
 * A line that is too wide passes its last words on to the next line of its paragraph. Drawings and tables (blanks in a row, `|`)
 * stay as they are.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';

const width = 120;

/** The parts of a line of a comment: what stands before its text, and the text. */
function partsOf(line, inBlock) {
  if (line.includes('*/')) return null;
  const [, before, text] = (inBlock ? /^(\s*\*) ?(.*)$/ : /^(\s*\/\/) ?(.*)$/).exec(line) ?? [];
  return before === undefined ? null : { before, text };
}

/** Lists hang: what goes on to the next line stands under the text of the first. */
function hangingOf(text) {
  return ' '.repeat(/^\s*(?:(?:-|\d{1,2}\.) +)?/.exec(text)[0].length);
}

function isDrawing(text) {
  return /\S {2,}\S|\|/.test(text);
}

/** Whether this is more of the paragraph that hangs so. */
function goesOn(next, before, hanging) {
  if (next === null || next.before !== before || next.text.trim() === '') return false;
  const own = /^\s*/.exec(next.text)[0];
  return own === hanging && !/^\s*(-|\d{1,2}\.|@|```)/.test(next.text) && !isDrawing(next.text);
}

function wrapComments(source) {
  const lines = source.split('\n');
  let inBlock = false;
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at];
    const one = /^(\s*)(\/\*\*?) (.*) \*\/$/.exec(line);
    if (!inBlock && one !== null) {
      if (line.length <= width) continue;
      lines.splice(at, 1, `${one[1]}${one[2]}`, `${one[1]} * ${one[3]}`, `${one[1]} */`);
      inBlock = true;
      continue;
    }
    if (!inBlock && /^\s*\/\*/.test(line) && !line.includes('*/')) {
      inBlock = true;
      continue;
    }
    if (inBlock && line.includes('*/')) {
      inBlock = false;
      continue;
    }
    if (line.length <= width) continue;
    const parts = partsOf(line, inBlock);
    if (parts === null || isDrawing(parts.text)) continue;
    const { before, text } = parts;
    const hanging = hangingOf(text);
    const cut = line.lastIndexOf(' ', width);
    if (cut <= before.length + hanging.length + 1) continue;
    const rest = line.slice(cut + 1);
    lines[at] = line.slice(0, cut);
    const next = at + 1 < lines.length ? partsOf(lines[at + 1], inBlock) : null;
    if (goesOn(next, before, hanging)) lines[at + 1] = `${before} ${hanging}${rest} ${next.text.trimStart()}`;
    else lines.splice(at + 1, 0, `${before} ${hanging}${rest}`);
  }
  return lines.join('\n');
}

const named = process.argv.slice(2);
const tracked = () => execFileSync('git', ['ls-files', '*.ts'], { encoding: 'utf8' }).trim().split('\n');
for (const file of named.length > 0 ? named : tracked()) {
  const before = readFileSync(file, 'utf8');
  const after = wrapComments(before);
  if (after !== before) writeFileSync(file, after);
}
