import { accessSync, constants, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * What callers will not hear, in one line; null: all of it is there. `folder` holds the music and a folder per
 * language.
 */
export function missingPrompts(folder: string): string | null {
  let names: string[];
  try {
    names = promptsListed(readFileSync(join(folder, 'en/prompts.txt'), 'utf8'));
  } catch {
    return `prompts are missing: ${join(folder, 'en/prompts.txt')} cannot be read; callers hear nothing (docs/prompts.md)`;
  }
  const missing = ['music.wav', ...names.map((name) => `en/${name}.wav`)].filter(
    (file) => !readable(join(folder, file)),
  );
  const [first] = missing;
  if (first === undefined) return null;
  const more = missing.length === 1 ? '' : ` and ${missing.length - 1} more`;
  return `prompts are missing: ${first}${more} of ${folder}; callers do not hear them (docs/prompts.md)`;
}

/** `name: text`, one a line; `#` begins a comment. */
function promptsListed(text: string): string[] {
  const lines = text.split('\n').map((line) => line.replace(/#.*/, '').trim());
  return lines.filter((line) => line.includes(':')).map((line) => line.slice(0, line.indexOf(':')));
}

function readable(file: string): boolean {
  try {
    accessSync(file, constants.R_OK);
    return true;
  } catch {
    return false;
  }
}
