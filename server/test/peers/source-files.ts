import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The sources, as tests look at them. */
export const source = fileURLToPath(new URL('../../src', import.meta.url));

export const repository = join(source, '../..');

export interface SourceFile {
  /** Path under server/src with forward slashes. */
  readonly path: string;
  readonly folder: string;
  readonly isTest: boolean;
  readonly text: string;
  /** Without comments, so that a word in a sentence is not taken for code. */
  readonly code: string;
  readonly imports: readonly string[];
}

/** The files in a folder and in all that are in it, but those whose names are `without`. */
export function walk(folder: string, without = /^$/): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (without.test(entry.name)) return [];
    return entry.isDirectory() ? walk(path, without) : [path];
  });
}

export function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|[\s;{}(),])\/\/[^\n]*/g, '$1');
}

export const importPattern =
  /(?:^|\n)\s*(?:import|export)\b[^'"`;]*?from\s*['"]([^'"]+)['"]|\bimport\s*\(?\s*['"]([^'"]+)['"]/g;

export function importsOf(code: string): string[] {
  return [...code.matchAll(importPattern)].map((match) => match[1] ?? match[2] ?? '');
}

export const files: readonly SourceFile[] = walk(source)
  .filter((path) => path.endsWith('.ts'))
  .map((path) => {
    const name = relative(source, path).replaceAll('\\', '/');
    const text = readFileSync(path, 'utf8');
    const code = withoutComments(text);
    return {
      path: name,
      folder: name.includes('/') ? name.slice(0, name.indexOf('/')) : 'main',
      isTest: /\.test\.ts$|\/testing\//.test(name),
      text,
      code,
      imports: importsOf(code),
    };
  });

/** The browser library and the meeting page: how their files are written, not whom they import. */
export const browserFiles = ['sdk/src', 'web/src']
  .flatMap((folder) => walk(join(repository, folder)))
  .filter((path) => /\.tsx?$/.test(path))
  .map((path) => ({
    path: relative(repository, path).replaceAll('\\', '/'),
    isTest: false,
    text: readFileSync(path, 'utf8'),
  }));

/** Installed, or made from the others. */
const notWritten = /(^|\/)(node_modules|dist|\.[^/]+)(\/|$)/;

/** What the vendor's library is for an editor: one declaration, as theirs is. */
const declaration = 'sdk/types/AvayaClientServices.d.ts';

/** Whatever is written here by hand and is no document. */
export const allSources: readonly { readonly path: string; readonly text: string }[] = readdirSync(repository)
  .filter((name) => !notWritten.test(name) && statSync(join(repository, name)).isDirectory())
  .flatMap((name) => walk(join(repository, name), notWritten))
  .map((path) => relative(repository, path).replaceAll('\\', '/'))
  .filter((path) => /\.(tsx?|m?js|css|c|html|sh)$/.test(path) && path !== declaration)
  .map((path) => ({ path, text: readFileSync(join(repository, path), 'utf8') }));

/** The file under server/src that a relative import means, or null for a package. */
export function targetOf(file: SourceFile, specifier: string): string | null {
  if (!specifier.startsWith('.')) return null;
  return relative(source, join(source, dirname(file.path), specifier)).replaceAll('\\', '/');
}

export function reportNone(problems: readonly string[]): void {
  assert.equal(problems.length, 0, `\n  ${problems.join('\n  ')}`);
}
