import { resolve } from 'node:path';
import { findOnPath, isProgram } from '../../server/test/peers/on-path.ts';

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
  const path = findOnPath(name, env['PATH'] ?? '');
  return path === null ? { missing: `there is no ${name} on PATH, and ${variable}=/path names none` } : { path };
}
