import { scrypt, timingSafeEqual } from 'node:crypto';
import { AppError } from '../base/app-error.ts';
import type { Random } from '../base/random.ts';
import type { Secret } from '../base/secret.ts';

/** About a tenth of a second and 16 MB per password: as much as OWASP's other parameter sets, with the least memory. */
const cost = { N: 16384, r: 8, p: 5 };
const keyBytes = 32;

/**
 * Hashes and checks passwords with scrypt (RFC 7914), in the thread pool, a few at a time: a flood of logins must not take
 * the pool away from everybody else. A hash is `scrypt$N$r$p$salt$key`, the last two in base64.
 */
export class PasswordHasher {
  readonly #random: Random;
  readonly #atOnce: number;
  readonly #maxWaiting: number;
  #running = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(random: Random, atOnce = 2, maxWaiting = 100) {
    this.#random = random;
    this.#atOnce = atOnce;
    this.#maxWaiting = maxWaiting;
  }

  async hash(password: Secret): Promise<string> {
    const salt = Buffer.from(this.#random.bytes(16));
    const key = await this.#derive(password, salt, cost, false);
    return ['scrypt', cost.N, cost.r, cost.p, salt.toString('base64'), key.toString('base64')].join('$');
  }

  /**
   * False for a hash it cannot read, after the same time. Throws AppError tooManyRequests when too many wait already, unless
   * the one who asks is `patient` (start-up, not a login).
   */
  async verify(password: Secret, hash: string, patient = false): Promise<boolean> {
    const [scheme, n, r, p, salt = '', key = ''] = hash.split('$');
    const expected = Buffer.from(key, 'base64');
    const readable = scheme === 'scrypt' && expected.length === keyBytes;
    const parameters = readable ? { N: Number(n), r: Number(r), p: Number(p) } : cost;
    const actual = await this.#derive(password, Buffer.from(salt, 'base64'), parameters, !patient);
    return readable && timingSafeEqual(actual, expected);
  }

  async #derive(password: Secret, salt: Buffer, parameters: typeof cost, bounded: boolean): Promise<Buffer> {
    if (this.#running >= this.#atOnce) {
      if (bounded && this.#waiting.length >= this.#maxWaiting) {
        throw new AppError('tooManyRequests', 'Too many logins at once; try again shortly.');
      }
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    } else {
      this.#running++;
    }
    try {
      return await new Promise<Buffer>((resolve, reject) => {
        const options = { ...parameters, maxmem: 64 * 1024 * 1024 };
        scrypt(password.reveal(), salt, keyBytes, options, (error, key) => (error ? reject(error) : resolve(key)));
      });
    } finally {
      // The place goes to the next one, or back.
      const next = this.#waiting.shift();
      if (next === undefined) this.#running--;
      else next();
    }
  }
}
