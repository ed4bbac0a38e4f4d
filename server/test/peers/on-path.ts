import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';

export function onPath(program: string): boolean {
  return findOnPath(program) !== null;
}

/** Its whole path; null: no folder of `path` has it. */
export function findOnPath(program: string, path = process.env['PATH'] ?? ''): string | null {
  const folder = path.split(delimiter).find((one) => one !== '' && isProgram(join(one, program)));
  return folder === undefined ? null : resolve(folder, program);
}

/** As `findOnPath`, and where Debian has programs that are an administrator's, which is on no other user's PATH. */
export function programPath(program: string): string | null {
  return findOnPath(program) ?? findOnPath(program, '/usr/sbin');
}

/** A file that may be run. */
export function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
