import { OverReload } from './over-reload.ts';

/** A place in a conference that a page had, and the one after its reload takes again. */
export interface Seat {
  readonly base: string;
  /** Of the session: what proves whose place it is. */
  readonly id: string;
  readonly meetingId: string;
  readonly name: string;
  readonly role: string | null;
  readonly iceServers: readonly RTCIceServer[];
  /** Of the last answer: what proves that this way is meant. */
  readonly etag: string;
}

const name = 'seats';
/** Those that this page has now. */
const taken = new Map<string, { readonly seat: Seat; readonly leave: () => void }>();
let kept: OverReload<readonly Seat[]> | null = null;

/** The page has this place now; `leave`: gives it back, where it cannot be kept. */
export function hasSeat(seat: Seat, leave: () => void): void {
  taken.set(seat.id, { seat, leave });
  kept ??= new OverReload(
    name,
    () => (taken.size === 0 ? null : [...taken.values()].map(({ seat }) => seat)),
    () => {
      for (const { leave } of [...taken.values()]) leave();
    },
  );
}

export function hasSeatNoMore(id: string): void {
  taken.delete(id);
  if (taken.size > 0) return;
  kept?.end();
  kept = null;
}

/** A place that the page before had; null: it had none there. It stays for who takes it. */
export function seatBefore(there: (seat: Seat) => boolean): Seat | null {
  const seats = OverReload.look(name);
  return (Array.isArray(seats) ? (seats as Seat[]) : []).find(there) ?? null;
}

/** Nobody else finds it from now on. */
export function takeSeat({ id }: Seat): void {
  const seats = OverReload.look(name);
  const others = (Array.isArray(seats) ? (seats as Seat[]) : []).filter((seat) => seat.id !== id);
  OverReload.put(name, others.length === 0 ? null : others);
}

/** Whether two are of the same person in the same conference, as far as their tokens say. */
export function isSamePlace(one: Omit<Seat, 'id' | 'etag'>, other: Omit<Seat, 'id' | 'etag'>): boolean {
  const { base, meetingId, name, role } = one;
  return base === other.base && meetingId === other.meetingId && name === other.name && role === other.role;
}
