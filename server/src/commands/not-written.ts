import { accessSync, constants, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { CommandError } from './command.ts';

/** By the system's code: why, and what to do. */
const reasons: Readonly<Record<string, readonly [why: string, next: string]>> = {
  EACCES: ['this user may not', 'name a file in another folder, or run it as a user who may'],
  EPERM: ['this user may not', 'name a file in another folder, or run it as a user who may'],
  EROFS: ['nothing can be written there', 'name a file on another disk'],
  ENOENT: ['its folder is not there', 'make that folder, or name a file in another one'],
  ENOTDIR: ['its folder is not there', 'make that folder, or name a file in another one'],
  EISDIR: ['it is a folder', 'name a file in it'],
  ENOSPC: ['there is no room for it', 'make room, or name a file on another disk'],
  EDQUOT: ['there is no room for it', 'make room, or name a file on another disk'],
};

/** That a file cannot be written, in the same words for whatever command was to write it. */
export function notWritten(exitCode: number, file: string, error: unknown): CommandError {
  const { code, message } = error as NodeJS.ErrnoException;
  const [why, next] = reasons[code ?? ''] ?? [message, 'name another file'];
  return new CommandError(exitCode, `${file} cannot be written: ${why}`, next);
}

/**
 * That a file can be written where it is named, before anything is done for it: as far as that can be told without
 * writing. Throws CommandError.
 */
export function mustBeWritable(file: string, path: string, exitCode: number): void {
  try {
    const there = statSync(path, { throwIfNoEntry: false });
    if (there?.isDirectory() === true) throw Object.assign(new Error('it is a folder'), { code: 'EISDIR' });
    accessSync(there === undefined ? dirname(path) : path, constants.W_OK);
  } catch (error) {
    throw notWritten(exitCode, file, error);
  }
}
