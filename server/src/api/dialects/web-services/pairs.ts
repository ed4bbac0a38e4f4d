import { type PairedService, permitsWith } from '../../../call/services/permitted.ts';
import { type Line, parentOf, type Seat, shownIdOf, stateOf } from './seat.ts';

/** A call and the consultation that was made in it. */
export interface Merge {
  readonly original: Line;
  readonly consult: Line;
}

/** Two calls of one phone that can change places. */
export interface Swap {
  readonly active: Line;
  readonly held: Line;
}

type Phone = Pick<Seat, 'call' | 'connection' | 'lines'>;

/** How what was initiated is completed: the one may be possible where the other is not. */
export type Completing = Extract<PairedService, 'conferenceCall' | 'transferCall'>;

/**
 * The two calls that completing what was initiated is about, seen from either of them: where there are several
 * (somebody was consulted from a consultation), those of which one is active. `consultId` names the consultation, by
 * the id (of the call model) that its user knows it by. Null: none can be completed now.
 */
export function mergeOf(seat: Phone, service: Completing, consultId: string | null = null): Merge | null {
  const merges: Merge[] = [];
  for (const consult of linesOf(seat)) {
    for (const original of linesOf(seat)) {
      const concerned = original.call === seat.call || consult.call === seat.call;
      if (!concerned || !isConsultationOf(original, consult)) continue;
      if (consultId === null || shownIdOf(consult) === consultId) merges.push({ original, consult });
    }
  }
  merges.sort((one, other) => rank(one) - rank(other));
  const possible = merges.filter(({ original, consult }) => may(service, seat, original, consult));
  return possible.find(({ original, consult }) => isActive(original) || isActive(consult)) ?? possible[0] ?? null;
}

/**
 * The call that the phone is in while this one is on hold: of several, that on the same leg, else one that is talked
 * in.
 */
export function activeBeside({ connection: { legId }, lines }: Phone): Line | null {
  const active = lines.filter(isActive);
  return active.find(({ connection }) => connection.legId === legId) ?? active.find(isTalkedIn) ?? active[0] ?? null;
}

/** Whether it can be retrieved while another call of the phone is dialling: that goes on hold then, and rings on. */
export function mayTakeBack(seat: Phone): boolean {
  const active = activeBeside(seat);
  return active !== null && !isTalkedIn(active) && may('alternateCall', seat, active, seat);
}

/**
 * Of this call and another of the same phone (`otherId`: the id it is known by; null: whichever it is) the active
 * and the held one.
 */
export function swapOf(seat: Phone, otherId: string | null = null): Swap | null {
  for (const other of seat.lines) {
    if (otherId !== null && shownIdOf(other) !== otherId) continue;
    const swap = isActive(seat) ? { active: seat, held: other } : { active: other, held: seat };
    if (isTalkedIn(swap.active) && may('alternateCall', seat, swap.active, swap.held)) return swap;
  }
  return null;
}

/**
 * The one was made for the other, or may become part of it: whichever other call a phone has may come into a scheduled
 * conference.
 */
function isConsultationOf(original: Line, consult: Line): boolean {
  if (isConsultedFor({ original, consult })) return true;
  if (isConsultedFor({ original: consult, consult: original })) return false;
  return (original.call.kind === 'conference') !== (consult.call.kind === 'conference');
}

/** Which of several is meant: a consultation; else what comes into a conference ends, as a consultation does. */
function rank(merge: Merge): number {
  if (isConsultedFor(merge)) return 0;
  return merge.original.call.kind === 'conference' ? 1 : 2;
}

function isConsultedFor({ original, consult }: Merge): boolean {
  return consult.call.parent === original.call.id || parentOf(consult)?.callId === shownIdOf(original);
}

function linesOf(seat: Phone): readonly Line[] {
  return [seat, ...seat.lines];
}

/** Somebody has been reached in it: before, it is dialling, and there is nothing to change places with. */
function isTalkedIn(line: Line): boolean {
  return stateOf(line) === 'Established';
}

/** The phone is in it, and not on hold. */
function isActive({ connection }: Line): boolean {
  return connection.state === 'connected';
}

function may(service: PairedService, seat: Phone, one: Line, other: Line): boolean {
  const ref = { callId: other.call.id, connectionId: other.connection.id };
  const calls = linesOf(seat).map(({ call }) => call);
  return permitsWith(service, one.call, one.connection, ref, calls);
}
