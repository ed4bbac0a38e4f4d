import { AppError } from '../../base/app-error.ts';
import { OrganizationShares } from '../organization-shares.ts';
import type { SessionUser } from '../session-logins.ts';

const mostStreams = 200;
const mostOfUser = 16;

/** Streams that are open, each by what ends it. */
export class OpenStreams {
  /** The oldest first. */
  readonly #open = new Map<() => void, SessionUser>();
  readonly #shares = new OrganizationShares();

  /**
   * For one more of this user. Where there are too many in all, the organization that has most gives up its oldest.
   * Throws AppError `tooManyRequests`.
   */
  makeRoom({ organizationId, userId }: SessionUser): void {
    const own = [...this.#open.values()].filter(
      (one) => one.userId === userId && one.organizationId === organizationId,
    ).length;
    if (own < mostOfUser && (this.#open.size < mostStreams || this.#giveUpOne(organizationId))) return;
    throw new AppError('tooManyRequests', 'Too many streams are open; end one first.');
  }

  add(end: () => void, user: SessionUser): void {
    this.#open.set(end, user);
    this.#shares.add(user.organizationId);
  }

  /** False: it was removed before. */
  remove(end: () => void): boolean {
    const user = this.#open.get(end);
    if (user === undefined) return false;
    this.#open.delete(end);
    this.#shares.remove(user.organizationId);
    return true;
  }

  endAll(): void {
    for (const end of [...this.#open.keys()]) end();
  }

  #giveUpOne(organizationId: string): boolean {
    const largest = this.#shares.largest(organizationId);
    // With one more the other would have as many: they would take each other's place for ever.
    if (this.#shares.of(largest) <= this.#shares.of(organizationId) + 1) return false;
    const [end] = [...this.#open].find(([, one]) => one.organizationId === largest) ?? [];
    end?.();
    return end !== undefined;
  }
}
