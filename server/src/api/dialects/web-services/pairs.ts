import type { Connection } from '../../../call/model/connection.ts';
import { hasRoom } from './room.ts';
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

/**
 * The two calls that completing what was initiated is about, seen from either of them: where there are several (somebody was consulted
 * from a consultation), those of which one is active. `consultId` names the consultation, as the call model knows it. Null: none can be
 * completed now.
 */
export function mergeOf(
  seat: Pick<Seat, 'call' | 'connection' | 'lines'>,
  consultId: string | null = null,
): Merge | null {
  const all: readonly Line[] = [seat, ...seat.lines];
  const merges: Merge[] = [];
  for (const consult of all) {
    const original = all.find(({ call }) => call.id === consult.call.parent);
    if (original === undefined || (original.call !== seat.call && consult.call !== seat.call)) continue;
    if (consultId !== null && consult.call.id !== consultId) continue;
    if (canMerge({ original, consult })) merges.push({ original, consult });
  }
  return merges.find(({ original, consult }) => isActive(original) || isActive(consult)) ?? merges[0] ?? null;
}

/** As the call model checks it (`checkMerge`, `bringIn`). */
function canMerge({ original, consult }: Merge): boolean {
  if (!hasAnswered(original.connection) || !hasAnswered(consult.connection)) return false;
  const { call } = consult;
  if (call.kind !== 'call' || call.parked !== null || call.destination !== null) return false;
  const into = original.call;
  if (into.kind === 'access' || into.parked !== null || into.destination !== null || into.answered < 2) return false;
  const others = [...call.connections.values()].filter(({ id }) => id !== consult.connection.id);
  if (!others.some(({ role, answeredAt }) => role !== 'supervisor' && answeredAt !== null)) return false;
  return hasRoom(into, ...others.map(({ role }) => role));
}

/** Of this call and another of the same phone (`otherId`, as the call model knows it; null: whichever it is) the active and the held one. */
export function swapOf(seat: Pick<Seat, 'call' | 'connection' | 'lines'>, otherId: string | null = null): Swap | null {
  for (const other of seat.lines) {
    if (otherId !== null && other.call.id !== otherId) continue;
    if (isActive(seat) && other.connection.state === 'hold') return { active: seat, held: other };
    if (isActive(other) && seat.connection.state === 'hold') return { active: other, held: seat };
  }
  return null;
}

function isActive({ connection }: Line): boolean {
  return connection.state === 'connected';
}

function hasAnswered({ state }: Connection): boolean {
  return state === 'connected' || state === 'hold';
}
