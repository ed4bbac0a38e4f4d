import { closeSync, fchmodSync, fstatSync, openSync, writeFileSync } from 'node:fs';

/**
 * Writes what its owner alone may read (0600), whatever the umask: also where a file was there with other rights, which
 * `mode` alone would leave. Devices and pipes, such as /dev/stdout, keep theirs.
 */
export function writePrivateFile(path: string, content: string | Uint8Array, { replace }: { replace: boolean }): void {
  const file = openSync(path, replace ? 'w' : 'wx', 0o600);
  try {
    if (fstatSync(file).isFile()) fchmodSync(file, 0o600);
    writeFileSync(file, content);
  } finally {
    closeSync(file);
  }
}
