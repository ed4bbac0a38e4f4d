import { statSync } from 'node:fs';
import { CommandError } from './command.ts';

/**
 * Whether there is such a file or folder. Throws CommandError where that cannot be seen: who lacks the right to a
 * folder should not hear that nothing is in it.
 */
export function isThere(path: string, exitCode: number): boolean {
  try {
    statSync(path);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return false;
    throw new CommandError(
      exitCode,
      `${path} cannot be looked at by this user (${code})`,
      'run it as its owner, or as root',
    );
  }
}
