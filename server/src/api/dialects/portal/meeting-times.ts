import { instantIn } from '../../../directory/schedule.ts';
import { PortalError } from './errors.ts';

/** A moment as clients write it: of the clock in whatever zone a meeting has (`wall`), or ms since the epoch. */
export type Moment = { readonly wall: string } | { readonly at: number };

/**
 * `2026-01-05T09:00` or `2026-01-05` is of the meeting's zone; what names its own, or counts milliseconds since 1970,
 * is that moment. Throws PortalError.
 */
export function readMoment(name: string, given: string): Moment {
  const wall = /^([0-9]{4}-[0-9]{2}-[0-9]{2})(?:T([0-9]{2}:[0-9]{2})(?::[0-9]{2}(?:\.[0-9]+)?)?)?$/.exec(given);
  if (wall !== null) {
    const moment = `${wall[1]}T${wall[2] ?? '00:00'}`;
    if (!Number.isNaN(Date.parse(`${moment}Z`))) return { wall: moment };
  } else if (/[0-9]{4}/.test(given)) {
    // In a query a plus that is not escaped is a blank.
    const text = given.replace(/(T.*) ([0-9]{2}:?[0-9]{2})$/, '$1+$2');
    const at = /^[0-9]{10,15}$/.test(given) ? Number(given) : Date.parse(text);
    if (!Number.isNaN(at)) return { at };
  }
  throw new PortalError('ERC_JC_INCORRECT_INPUT', `${name} cannot be read: write it as 2026-01-05T09:00.`);
}

/** Ms since the epoch. */
export function instantOf(moment: Moment, timeZone: string): number {
  return 'at' in moment ? moment.at : instantIn(timeZone, moment.wall);
}

/** As clocks in `timeZone` show it. */
export function wallOf(moment: Moment, timeZone: string): string {
  if ('wall' in moment) return moment.wall;
  const shown = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'short' });
  return shown.format(moment.at).replace(' ', 'T');
}

/** Throws PortalError for what is no zone. */
export function checkZone(timeZone: string): void {
  try {
    new Intl.DateTimeFormat('sv-SE', { timeZone });
  } catch {
    throw new PortalError('ERC_JC_INCORRECT_INPUT', `${timeZone} is no time zone.`);
  }
}
