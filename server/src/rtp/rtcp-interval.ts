import type { Random } from '../base/random.ts';

/** RFC 3550 §6.2: the least interval of a session with few members. */
const minimumMs = 5000;
/** §6.3.1: makes up for timer reconsideration converging to less than intended (e - 3/2). */
const compensation = 1.21828;

/** When the next report is due, in milliseconds from now: 0.5 to 1.5 times five seconds, half that for the first. */
export function rtcpIntervalMs(random: Random, first: boolean): number {
  const base = first ? minimumMs / 2 : minimumMs;
  return (base * (0.5 + random.int(1 << 20) / (1 << 20))) / compensation;
}
