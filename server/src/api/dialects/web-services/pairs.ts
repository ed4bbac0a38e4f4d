import { type PairedService, permitsWith } from '../../../call/services/permitted.ts';
import type { Line, Seat } from './seat.ts';

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

/**
 * The two calls that completing what was initiated is about, seen from either of them: where there are several
 * (somebody was consulted from a consultation), those of which one is active. `consultId` names the consultation, as
 * the call model knows it. Null: none can be completed now.
 */
export function mergeOf(seat: Phone, consultId: string | null = null): Merge | null {
  const merges: Merge[] = [];
  for (const consult of linesOf(seat)) {
    for (const original of linesOf(seat)) {
      const concerned = original.call === seat.call || consult.call === seat.call;
      if (!concerned || !isConsultationOf(original, consult)) continue;
      if (consultId === null || consult.call.id === consultId) merges.push({ original, consult });
    }
  }
  const possible = merges.filter(({ original, consult }) => may('conferenceCall', seat, original, consult));
  return possible.find(({ original, consult }) => isActive(original) || isActive(consult)) ?? possible[0] ?? null;
}

/**
 * Of this call and another of the same phone (`otherId`, as the call model knows it; null: whichever it is) the active
 * and the held one.
 */
export function swapOf(seat: Phone, otherId: string | null = null): Swap | null {
  for (const other of seat.lines) {
    if (otherId !== null && other.call.id !== otherId) continue;
    const swap = isActive(seat) ? { active: seat, held: other } : { active: other, held: seat };
    if (may('alternateCall', seat, swap.active, swap.held)) return swap;
  }
  return null;
}

/** A scheduled conference was made for no call: whichever other call its phone has may become part of it. */
function isConsultationOf(original: Line, consult: Line): boolean {
  if (consult.call.parent === original.call.id) return true;
  return original.call.kind === 'call' && consult.call.kind === 'conference';
}

function linesOf(seat: Phone): readonly Line[] {
  return [seat, ...seat.lines];
}

/** The phone is in it, and not on hold. */
export function isActive({ connection }: Line): boolean {
  return connection.state === 'connected';
}

function may(service: PairedService, seat: Phone, one: Line, other: Line): boolean {
  const ref = { callId: other.call.id, connectionId: other.connection.id };
  const calls = linesOf(seat).map(({ call }) => call);
  return permitsWith(service, one.call, one.connection, ref, calls);
}
