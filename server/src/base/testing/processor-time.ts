/**
 * The least of four runs, in ms of this thread's processor time: what the code needs, not what else the machine does,
 * nor that it is compiled or garbage is collected meanwhile. No more runs than it takes to be below `enoughMs`.
 */
export function leastProcessorMs(work: () => void, enoughMs: number): number {
  let least = Number.POSITIVE_INFINITY;
  for (let run = 0; run < 4 && least >= enoughMs; run++) {
    const started = process.threadCpuUsage();
    work();
    const { user, system } = process.threadCpuUsage(started);
    least = Math.min(least, (user + system) / 1000);
  }
  return least;
}
