import { closeSync, constants, fstatSync, openSync } from 'node:fs';

/**
 * Standard error as a child is to have it, in `start`. Whether writing to a pipe waits is said of the pipe as it was
 * opened, which a child that inherits ours would share: Node.js has a child begin with one that waits, and from then on
 * we would wait too, for whoever does not read. So it gets one of its own, where there is a way to (Linux).
 */
export function withStderrForChild<Result>(start: (stderr: 'inherit' | number) => Result): Result {
  const own = openedAnew();
  try {
    return start(own ?? 'inherit');
  } finally {
    if (own !== null) closeSync(own);
  }
}

function openedAnew(): number | null {
  try {
    return fstatSync(2).isFIFO() ? openSync('/proc/self/fd/2', constants.O_WRONLY | constants.O_NONBLOCK) : null;
  } catch {
    return null; // Nobody reads any more, or there is no /proc.
  }
}
