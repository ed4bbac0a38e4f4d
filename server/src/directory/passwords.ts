import type { Secret } from '../base/secret.ts';
import type { DirectoryIndex } from './directory-index.ts';
import { accountOf } from './directory-views.ts';
import type { LoginCheck } from './login.ts';
import type { DirectoryChange, UserRecord } from './records.ts';

/** A user's password, while there is no hash of it; null: none any more. */
export interface NewPassword {
  readonly organizationId: number;
  readonly userId: number;
  readonly password: Secret | null;
}

export interface EndedLogins {
  readonly organizationId: string;
  readonly userId: number;
}

/** Whose password is what, as it changes: hashes are in the records, here is what is not hashed yet. */
export class Passwords {
  readonly #check: LoginCheck;
  /** By account. */
  readonly #written = new Map<string, Secret>();
  readonly #marks = new Map<string, number>();
  readonly #told: ((user: EndedLogins) => void)[] = [];

  constructor(check: LoginCheck, written: readonly NewPassword[]) {
    this.#check = check;
    this.write(written);
  }

  /** Whether it is the user's; null stands for an unknown login, and takes as long. `from`: the address that asks. */
  matches(user: UserRecord | null, password: Secret, from: string): Promise<boolean> {
    const written = user === null ? undefined : this.#written.get(accountOf(user.organizationId, user.id));
    return this.#check.check(user, password, written ?? null, from);
  }

  /**
   * One after the other those whose logins end when this change holds, as the password is another one or the user is
   * gone; null for one who stays. `index`: what holds so far.
   */
  *endedBy(
    { put, remove }: DirectoryChange,
    given: readonly NewPassword[],
    index: Pick<DirectoryIndex, 'user' | 'get'>,
  ): Iterable<UserRecord | null> {
    const byAccount = new Map(given.map((one) => [accountOf(one.organizationId, one.userId), one]));
    for (const { kind, id } of remove) yield kind === 'user' ? index.get(kind, id) : null;
    for (const after of put.users) {
      const before = index.user(after.organizationId, after.id);
      yield this.#changes(before, after, byAccount) ? after : null;
    }
  }

  /** From here on these count; what was written of those whose logins end does not. */
  take(ended: readonly UserRecord[], given: readonly NewPassword[]): void {
    for (const { organizationId, id } of ended) this.hashed({ organizationId, userId: id });
    this.write(given);
  }

  #changes(before: UserRecord | null, after: UserRecord, given: ReadonlyMap<string, NewPassword>): boolean {
    if (before === null) return false;
    const account = accountOf(after.organizationId, after.id);
    const written = this.#written.get(account);
    const mine = given.get(account);
    if (mine === undefined) return before.passwordHash !== after.passwordHash;
    return mine.password === null || written === undefined || !written.equals(mine.password.reveal());
  }

  write(given: readonly NewPassword[]): void {
    for (const { organizationId, userId, password } of given) {
      if (password === null) this.hashed({ organizationId, userId });
      else this.#written.set(accountOf(organizationId, userId), password);
    }
  }

  /** Whether there is one that has no hash yet; with `password`: whether it is this. */
  isWritten({ organizationId, id }: UserRecord, password: Secret | null = null): boolean {
    const written = this.#written.get(accountOf(organizationId, id));
    return written !== undefined && (password === null || written.equals(password.reveal()));
  }

  /** What was written of the user does not count any more. */
  hashed({ organizationId, userId }: Omit<NewPassword, 'password'>): void {
    this.#written.delete(accountOf(organizationId, userId));
  }

  /** Another one after the password has changed, or the user is gone. */
  markOf(organizationId: string, userId: number): number {
    return this.#marks.get(accountOf(organizationId, userId)) ?? 0;
  }

  /** All logins of the user are over. */
  end({ organizationId, id }: UserRecord): void {
    const account = accountOf(organizationId, id);
    this.#marks.set(account, (this.#marks.get(account) ?? 0) + 1);
    for (const told of this.#told) told({ organizationId: String(organizationId), userId: id });
  }

  onEnd(told: (user: EndedLogins) => void): void {
    this.#told.push(told);
  }
}
