import { createHmac, scrypt, timingSafeEqual } from 'node:crypto';
import { AppError } from '../base/app-error.ts';
import { FairTurns } from '../base/fair-turns.ts';
import type { Random } from '../base/random.ts';
import type { Secret } from '../base/secret.ts';

/** About a tenth of a second and 16 MB per password: as much as OWASP's other parameter sets, with the least memory. */
const cost = { N: 16384, r: 8, p: 5 };
const keyBytes = 32;
/** Whose turn it is where nobody asks. */
const ourselves = '';

export interface HasherOptions {
  readonly random: Random;
  /** How many may be hashed at a time, and how many may wait, in all and of one source. */
  readonly atOnce?: number;
  readonly maxWaiting?: number;
  readonly maxOfSource?: number;
  /** Makes the marks; by default of this object alone. It must not lie where the hashes do. */
  readonly markKey?: Buffer;
}

/**
 * Hashes and checks passwords with scrypt (RFC 7914), in the thread pool, a few at a time: a flood of logins must not
 * take the pool away from everybody else, nor their turns from other logins. A hash is `scrypt$N$r$p$salt$key$mark`,
 * the last three in base64. The mark is an HMAC of all before it and the password: whoever has its key and the password
 * can tell at once that they belong together (docs/decisions/0005).
 */
export class PasswordHasher {
  readonly #random: Random;
  readonly #turns: FairTurns;
  readonly #markKey: Buffer;

  constructor({ random, atOnce = 2, maxWaiting = 400, maxOfSource = 20, markKey }: HasherOptions) {
    this.#random = random;
    this.#turns = new FairTurns({ atOnce, waiting: maxWaiting, waitingOfSource: maxOfSource });
    this.#markKey = markKey ?? Buffer.from(random.bytes(32));
  }

  async hash(password: Secret): Promise<string> {
    const salt = Buffer.from(this.#random.bytes(16));
    const key = await this.#derive(password, salt, cost, ourselves);
    const hash = ['scrypt', cost.N, cost.r, cost.p, salt.toString('base64'), key.toString('base64')].join('$');
    return `${hash}$${this.#mark(hash, password).toString('base64')}`;
  }

  /**
   * Whether `hash` was made here of `password`, told by its mark in microseconds; false for what was made elsewhere.
   */
  recognizes(password: Secret, hash: string): boolean {
    const at = hash.lastIndexOf('$');
    const mark = Buffer.from(hash.slice(at + 1), 'base64');
    const expected = this.#mark(hash.slice(0, at), password);
    return mark.length === expected.length && timingSafeEqual(mark, expected);
  }

  #mark(hash: string, password: Secret): Buffer {
    return createHmac('sha256', this.#markKey).update(`${hash}\0${password.reveal()}`).digest();
  }

  /**
   * False for a hash it cannot read, after the same time. `from`: the address of whoever asks. Throws AppError
   * tooManyRequests when too many wait already.
   */
  async verify(password: Secret, hash: string, from: string): Promise<boolean> {
    const [scheme, n, r, p, salt = '', key = ''] = hash.split('$');
    const expected = Buffer.from(key, 'base64');
    const readable = scheme === 'scrypt' && expected.length === keyBytes;
    const parameters = readable ? { N: Number(n), r: Number(r), p: Number(p) } : cost;
    if (!this.#turns.mayWait(from)) {
      throw new AppError('tooManyRequests', 'Too many logins at once; try again shortly.');
    }
    const actual = await this.#derive(password, Buffer.from(salt, 'base64'), parameters, from);
    return readable && timingSafeEqual(actual, expected);
  }

  #derive(password: Secret, salt: Buffer, parameters: typeof cost, from: string): Promise<Buffer> {
    const options = { ...parameters, maxmem: 64 * 1024 * 1024 };
    return this.#turns.run(
      from,
      () =>
        new Promise<Buffer>((resolve, reject) => {
          scrypt(password.reveal(), salt, keyBytes, options, (error, key) => (error ? reject(error) : resolve(key)));
        }),
    );
  }
}
