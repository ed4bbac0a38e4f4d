import type { Schedule } from './records.ts';

const day = 86_400_000;

/** In two months there is a day of each number, ms. */
const twoMonths = 62 * day;

/** Whether a conference is open at `now` (ms since the epoch). */
export function isOpen(schedule: Schedule, now: number): boolean {
  return isOpenWithin(schedule, now, now + 1);
}

/**
 * Whether a conference is open at any moment from `from` until before `to` (ms since the epoch, or infinite). A
 * repeated conference starts at the same wall-clock time in its zone, so summer time does not move it; one on the 31st
 * is left out in shorter months (RFC 5545 §3.3.10 does the same).
 */
export function isOpenWithin(schedule: Schedule, from: number, to: number): boolean {
  if (schedule === 'anytime') return true;
  const { durationMs, repeat, timeZone } = schedule;
  const [startDate = '', startTime = ''] = schedule.start.split('T');
  const first = Date.parse(`${startDate}T00:00:00Z`);
  const since = Math.max(from, startOf(schedule));
  const until = Math.min(to, since + Math.max(durationMs, twoMonths));
  if (since >= until) return false;
  // Any occurrence that still runs began on a day at most this far back.
  const earliest = dateIn(timeZone, since) - (Math.ceil(durationMs / day) + 1) * day;
  const latest = dateIn(timeZone, until) + day;
  for (let date = Math.max(first, earliest); date <= latest; date += day) {
    if (!repeatsOn(repeat, first, date)) continue;
    const start = instantOf(date + timeOfDay(startTime), timeZone);
    if (start < until && since < start + durationMs) return true;
  }
  return false;
}

type Scheduled = Exclude<Schedule, 'anytime'>;

/** When it is open first, ms since the epoch. */
function startOf({ start, timeZone }: Scheduled): number {
  return instantIn(timeZone, start);
}

/** When that is over, as `start` is written. */
export function plannedEnd(schedule: Scheduled): string {
  const end = startOf(schedule) + schedule.durationMs;
  return new Date(wallClock(schedule.timeZone, end)).toISOString().slice(0, 16);
}

/** `2026-01-05T09:00` as clocks in `timeZone` show it, ms since the epoch. */
export function instantIn(timeZone: string, wall: string): number {
  return instantOf(Date.parse(`${wall}Z`), timeZone);
}

/** Dates are ms of their midnight as if in UTC. */
function repeatsOn(repeat: 'never' | 'daily' | 'weekly' | 'monthly', first: number, date: number): boolean {
  switch (repeat) {
    case 'never':
      return date === first;
    case 'daily':
      return true;
    case 'weekly':
      return (date - first) % (7 * day) === 0;
    case 'monthly':
      return new Date(date).getUTCDate() === new Date(first).getUTCDate();
  }
}

function timeOfDay(time: string): number {
  const [hours = '0', minutes = '0'] = time.split(':');
  return Number(hours) * 3_600_000 + Number(minutes) * 60_000;
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** The wall clock in `timeZone` at `instant`, as ms as if it were UTC. */
function wallClock(timeZone: string, instant: number): number {
  let format = formats.get(timeZone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone,
      hourCycle: 'h23',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
    });
    formats.set(timeZone, format);
  }
  const part: Partial<Record<Intl.DateTimeFormatPartTypes, number>> = {};
  for (const { type, value } of format.formatToParts(instant)) part[type] = Number(value);
  const { year = 0, month = 1, day: dayOfMonth = 1, hour = 0, minute = 0, second = 0 } = part;
  return Date.UTC(year, month - 1, dayOfMonth, hour, minute, second);
}

function dateIn(timeZone: string, instant: number): number {
  return Math.floor(wallClock(timeZone, instant) / day) * day;
}

/**
 * The instant at which clocks in `timeZone` show `wall`. A time that summer time skips is as much later; of one that
 * comes twice, the first counts.
 */
function instantOf(wall: number, timeZone: string): number {
  const before = wallClock(timeZone, wall - day) - (wall - day);
  const early = wall - before;
  if (wallClock(timeZone, early) === wall) return early;
  const after = wallClock(timeZone, wall + day) - (wall + day);
  const late = wall - after;
  return wallClock(timeZone, late) === wall ? late : early;
}
