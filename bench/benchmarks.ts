import type { Benchmark } from './figure.ts';

/** By name, in the order in which they run. */
export const benchmarks: Readonly<Record<string, () => Promise<{ readonly benchmark: Benchmark }>>> = {
  audio: () => import('./audio.ts'),
  quality: () => import('./quality.ts'),
  media: () => import('./media.ts'),
  density: () => import('./density.ts'),
  web: () => import('./web.ts'),
  opus: () => import('./opus.ts'),
  browsers: () => import('./browsers.ts'),
  startup: () => import('./startup.ts'),
  ready: () => import('./ready.ts'),
  calls: () => import('./calls.ts'),
  invite: () => import('./invite.ts'),
  floods: () => import('./floods.ts'),
  lists: () => import('./lists.ts'),
  merge: () => import('./merge.ts'),
  fanout: () => import('./fanout.ts'),
  replay: () => import('./replay.ts'),
};
