import { isMainThread } from 'node:worker_threads';

/**
 * For `--import`: on SIGUSR2 the process has so much to do, whatever else it does and however much of the processor it
 * gets, that it is idle for one ms in sixteen; until the next SIGUSR2.
 */

const busyMs = 15;
const idleMs = 1;
let timer: NodeJS.Timeout | null = null;

function work(): void {
  const end = performance.now() + busyMs;
  while (performance.now() < end);
  timer = setTimeout(work, idleMs);
}

if (isMainThread) {
  process.on('SIGUSR2', () => {
    if (timer === null) work();
    else {
      clearTimeout(timer);
      timer = null;
    }
  });
}
