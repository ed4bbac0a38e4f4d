import { isMainThread } from 'node:worker_threads';

/**
 * For `--import`: from SIGUSR2 to the next the process has never nothing to do, whatever else it does and however much
 * of the processor it gets; everything else has its turn after so many ms.
 */

const busyMs = 15;
let busy = false;

function work(): void {
  if (!busy) return;
  const end = performance.now() + busyMs;
  while (performance.now() < end);
  setImmediate(work);
}

if (isMainThread) {
  process.on('SIGUSR2', () => {
    busy = !busy;
    work();
  });
}
