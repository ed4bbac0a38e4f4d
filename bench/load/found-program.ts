import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';

export type Found = { readonly path: string } | { readonly missing: string };

/**
 * A program that may be on this machine: where the variable with its name in capitals says (`ASTERISK=/path`), else on
 * PATH. Its whole path, as some start themselves again by it; or in words why there is none.
 */
export function foundProgram(name: string, env: NodeJS.ProcessEnv = process.env): Found {
  const variable = name.toUpperCase();
  const told = env[variable] ?? '';
  if (told !== '') {
    return isProgram(told) ? { path: resolve(told) } : { missing: `${variable} names no program: ${told}` };
  }
  const folder = (env['PATH'] ?? '').split(delimiter).find((one) => one !== '' && isProgram(join(one, name)));
  if (folder !== undefined) return { path: resolve(folder, name) };
  return { missing: `there is no ${name} on PATH, and ${variable}=/path names none` };
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
