import type { Clock } from '../../base/clock.ts';

/** Something that who looks after a server, or a conference, should know of. Holds no secret. */
export interface SecurityEvent {
  /** Grows with each. */
  readonly seq: number;
  /** ms since the epoch. */
  readonly at: number;
  /**
   * `banBegun`, `banLifted`: a user or an address that fails to authenticate. `pinsGuessed`: wrong PINs of a conference
   * from several sides or over and over; `pinLockout`: a caller, or with `everybody` all from outside, may enter no PIN
   * there for a while.
   */
  readonly type: 'banBegun' | 'banLifted' | 'pinsGuessed' | 'pinLockout';
  /** Whose administrators it concerns; null: all. */
  readonly organizationId: string | null;
  readonly data: Readonly<Record<string, string | number | boolean | null>>;
}

/** Kept in all, and of one organization, so that what happens to one pushes nothing of the others out. */
const mostKept = 2000;
const mostOfOne = 200;

/** What happened since the start, the newest of each organization. */
export class SecurityEvents {
  readonly #clock: Clock;
  readonly #byOrganization = new Map<string | null, SecurityEvent[]>();
  #seq = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add(type: SecurityEvent['type'], organizationId: string | null, data: SecurityEvent['data']): void {
    const event = { seq: ++this.#seq, at: this.#clock.now(), type, organizationId, data };
    const events = this.#byOrganization.get(organizationId) ?? [];
    events.push(event);
    if (events.length > mostOfOne) events.shift();
    // In the order of the latest event, so that it is the quietest organization that makes room.
    this.#byOrganization.delete(organizationId);
    this.#byOrganization.set(organizationId, events);
    while (this.#byOrganization.size * mostOfOne > mostKept) {
      const quietest = this.#byOrganization.keys().next().value;
      if (quietest === undefined || quietest === organizationId) return;
      this.#byOrganization.delete(quietest);
    }
  }

  /** What concerns the administrators of this organization, the newest first. */
  of(organizationId: string, limit: number): SecurityEvent[] {
    const own = this.#byOrganization.get(organizationId) ?? [];
    const all = this.#byOrganization.get(null) ?? [];
    return [...own, ...all].sort((a, b) => b.seq - a.seq).slice(0, limit);
  }
}
