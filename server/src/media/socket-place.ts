import { createHash } from 'node:crypto';
import { statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AppError } from '../base/app-error.ts';

/** Unix socket paths are limited to about a hundred bytes. */
const longestSocketPath = 100;

/** Where the media process of this number is found. */
export function socketPathOf(folder: string, index: number): string {
  const path = join(folder, `media-${index}.sock`);
  if (Buffer.byteLength(path) <= longestSocketPath) return path;
  const short = createHash('sha256').update(path).digest('hex').slice(0, 16);
  return join(tmpdir(), `partyline-${short}-${index}.sock`);
}

/**
 * A socket or a file that an earlier run left is replaced; a folder is somebody's, and nothing can listen there. Throws
 * AppError conflict.
 */
export function checkSocketPlace(path: string): void {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) return;
  throw new AppError('conflict', `${path} is a folder, and a media process has its socket there: remove it`);
}
