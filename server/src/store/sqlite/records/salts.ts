import type { Kysely } from 'kysely';
import type { Random } from '../../../base/random.ts';
import type { Tables } from '../tables.ts';
import { type GroupWriter, stepOf } from '../threads/writer.ts';

/** Random bytes that a data folder keeps for good, by name. */
export class Salts {
  readonly #db: Kysely<Tables>;
  readonly #writer: GroupWriter;
  readonly #random: Random;
  readonly #asked = new Map<string, Promise<Buffer>>();

  constructor(db: Kysely<Tables>, writer: GroupWriter, random: Random) {
    this.#db = db;
    this.#writer = writer;
    this.#random = random;
  }

  /** 32 bytes. */
  async salt(name: string): Promise<Buffer> {
    let salt = this.#asked.get(name);
    if (salt === undefined) {
      salt = this.#readOrMake(name);
      this.#asked.set(name, salt);
      // What could not be stored is tried again when it is asked for again.
      salt.catch(() => this.#asked.delete(name));
    }
    return Buffer.from(await salt);
  }

  async #readOrMake(name: string): Promise<Buffer> {
    const row = await this.#db.selectFrom('salt').select('value').where('name', '=', name).executeTakeFirst();
    if (row !== undefined) return Buffer.from(row.value, 'hex');
    const made = Buffer.from(this.#random.bytes(32));
    await this.#writer.write([stepOf(this.#db.insertInto('salt').values({ name, value: made.toString('hex') }), 1)]);
    return made;
  }
}
