import { createHmac } from 'node:crypto';
import type { Clock } from '../base/clock.ts';
import type { Random } from '../base/random.ts';
import { RecentMap } from '../base/recent-map.ts';
import type { Secret } from '../base/secret.ts';
import type { PasswordHasher } from './password.ts';
import type { UserRecord } from './records.ts';

const rememberedMs = 5 * 60_000;
const maxRemembered = 1000;

/**
 * A hash of nothing that anybody can enter; an unknown login is checked against it, so that it takes as long as a known
 * one.
 */
const nobody = `scrypt$16384$8$5$${Buffer.alloc(16).toString('base64')}$${Buffer.alloc(32).toString('base64')}`;

/**
 * Checks logins. Interfaces with HTTP Basic send the password with every request, so a success is remembered for five
 * minutes under a keyed hash that means nothing outside this process; a changed password changes the key's input and is
 * seen at once.
 */
export class LoginCheck {
  readonly #clock: Clock;
  readonly #hasher: PasswordHasher;
  readonly #key: Buffer;
  /** Keyed hash → until when (monotonic ms). Oldest first. */
  readonly #remembered = new RecentMap<string, number>(maxRemembered);

  constructor(clock: Clock, random: Random, hasher: PasswordHasher) {
    this.#clock = clock;
    this.#hasher = hasher;
    this.#key = Buffer.from(random.bytes(32));
  }

  /**
   * Whether `password` is that of `user`; null stands for an unknown login. `written` is the user's password from the
   * configuration while it has no hash yet; looking at that takes as long as looking at a hash. `from`: the address of
   * whoever asks.
   */
  async check(user: UserRecord | null, password: Secret, written: Secret | null, from: string): Promise<boolean> {
    const hash = user?.passwordHash ?? nobody;
    const proof = written === null ? hash : `written\0${written.reveal()}`;
    const mark = createHmac('sha256', this.#key).update(`${proof}\0${password.reveal()}`).digest('base64');
    const until = this.#remembered.get(mark);
    if (until !== undefined) {
      if (until > this.#clock.monotonic()) return true;
      this.#remembered.delete(mark);
    }
    const verified = await this.#hasher.verify(password, written === null ? hash : nobody, from);
    const matches = written === null ? verified && user?.passwordHash != null : written.equals(password.reveal());
    if (!matches || user === null) return false;
    this.#remembered.set(mark, this.#clock.monotonic() + rememberedMs);
    return true;
  }
}
