import type { Clock } from '../../../../base/clock.ts';
import type { Random } from '../../../../base/random.ts';
import { accountOf } from '../../../../directory/directory-views.ts';
import { OrganizationShares } from '../../../organization-shares.ts';

/** What a cookie stands for. Lives in memory: after a restart the login makes a new one. */
export interface Session {
  /** 32 hex digits: whoever has it is its user. */
  readonly id: string;
  readonly organizationId: string;
  readonly userId: number;
  /** For clients that show that a request is their own. */
  readonly csrfToken: string;
  /** Monotonic ms. */
  usedAt: number;
  /** Its cookie came back: somebody keeps it. */
  kept: boolean;
  /** Connections that stay (WebSockets, event streams): with one it is in use, whatever else is asked. */
  open: number;
  ended: boolean;
  /** So did the login by which it began: what was let in by it before is let in no more. */
  loginOver: boolean;
}

/** Each costs some hundred bytes. Where there are more, the organization that has most gives up its oldest. */
const most = 20_000;
/** Of one user: clients that log in with every request and keep no cookie make one each time. */
const mostOfUser = 64;

/** Sessions by id. Those that nobody has used for `idleMs` are over. */
export class Sessions {
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #random: Random;
  readonly #idleMs: number;
  /** The one that was used longest ago first. */
  readonly #sessions = new Map<string, Session>();
  readonly #ofUser = new Map<string, Set<Session>>();
  readonly #shares = new OrganizationShares();

  constructor(clock: Pick<Clock, 'monotonic'>, random: Random, idleMs: number) {
    this.#clock = clock;
    this.#random = random;
    this.#idleMs = idleMs;
  }

  get size(): number {
    return this.#sessions.size;
  }

  begin(user: Pick<Session, 'organizationId' | 'userId'>): Session {
    this.#endIdle();
    const { organizationId, userId } = user;
    const of = this.#of(user);
    if (of.size >= mostOfUser) this.#endOne(of);
    else if (this.#sessions.size >= most) this.#endFirstOf(this.#shares.largest(organizationId));
    const session: Session = {
      id: this.#random.bytes(16).toString('hex').toUpperCase(),
      organizationId,
      userId,
      csrfToken: uuid(this.#random),
      usedAt: this.#clock.monotonic(),
      kept: false,
      open: 0,
      ended: false,
      loginOver: false,
    };
    this.#sessions.set(session.id, session);
    this.#shares.add(organizationId);
    const now = this.#of(user);
    now.add(session);
    this.#ofUser.set(key(user), now);
    return session;
  }

  /** The session of this cookie, which counts as used; null: it is over, or there was none. */
  use(id: string): Session | null {
    const session = this.#sessions.get(id);
    if (session === undefined) return null;
    if (session.open === 0 && session.usedAt + this.#idleMs <= this.#clock.monotonic()) {
      this.end(session);
      return null;
    }
    session.kept = true;
    this.#touch(session);
    return session;
  }

  /** A connection of it stays open, and so does the session; until the returned function is called. */
  hold(session: Session): () => void {
    session.open += 1;
    return () => {
      session.open -= 1;
      this.#touch(session);
    };
  }

  end(session: Session): void {
    if (session.ended) return;
    session.ended = true;
    this.#sessions.delete(session.id);
    this.#shares.remove(session.organizationId);
    const of = this.#of(session);
    of.delete(session);
    if (of.size === 0) this.#ofUser.delete(key(session));
  }

  /** All of a user's, as the login is over. */
  endAll(user: Pick<Session, 'organizationId' | 'userId'>): void {
    for (const session of [...this.#of(user)]) {
      session.loginOver = true;
      this.end(session);
    }
  }

  #of(user: Pick<Session, 'organizationId' | 'userId'>): Set<Session> {
    return this.#ofUser.get(key(user)) ?? new Set();
  }

  #endIdle(): void {
    const before = this.#clock.monotonic() - this.#idleMs;
    for (const session of this.#sessions.values()) {
      if (session.usedAt > before) return;
      if (session.open > 0) this.#touch(session);
      else this.end(session);
    }
  }

  #touch(session: Session): void {
    if (session.ended) return;
    session.usedAt = this.#clock.monotonic();
    this.#sessions.delete(session.id);
    this.#sessions.set(session.id, session);
  }

  #endFirstOf(organizationId: string): void {
    for (const session of this.#sessions.values()) {
      if (session.organizationId !== organizationId) continue;
      this.end(session);
      return;
    }
  }

  /**
   * Rather one whose cookie never came back than one that somebody keeps; of those the one that was used longest ago.
   */
  #endOne(among: Iterable<Session>): void {
    let oldest: Session | null = null;
    for (const session of among) {
      if (oldest === null || Number(session.kept) < Number(oldest.kept)) oldest = session;
      else if (session.kept === oldest.kept && session.usedAt < oldest.usedAt) oldest = session;
    }
    if (oldest !== null) this.end(oldest);
  }
}

function key({ organizationId, userId }: Pick<Session, 'organizationId' | 'userId'>): string {
  return accountOf(organizationId, userId);
}

/** Version 4 (RFC 9562 §5.4). */
function uuid(random: Random): string {
  const bytes = random.bytes(16);
  bytes[6] = (bytes[6]! & 0x0f) | 0x40;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
