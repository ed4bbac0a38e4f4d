import type { Slices } from '../base/slices.ts';
import type { Directory } from '../directory/directory.ts';
import type { PasswordHasher } from '../directory/password.ts';
import type { WrittenPassword } from '../directory/provision.ts';
import {
  type AnyRecord,
  keyOf,
  type RecordKind,
  type RecordRef,
  refOf,
  type UserRecord,
} from '../directory/records.ts';
import { same } from './change-events.ts';
import type { ReadRecord } from './reading/reading-messages.ts';

/** What a file says, part by part, against what there is. */
export class Comparison {
  readonly #directory: Directory;
  readonly #hasher: PasswordHasher;
  readonly #named = new Set<string>();
  readonly #isFromFile: (ref: RecordRef) => boolean;
  readonly #put: AnyRecord[] = [];
  /** What is as the file says already, and somebody else's so far. */
  readonly taken: AnyRecord[] = [];
  readonly passwords: WrittenPassword[] = [];
  readonly withoutPassword: { organizationId: number; userId: number; password: null }[] = [];

  constructor(directory: Directory, hasher: PasswordHasher, isFromFile: (ref: RecordRef) => boolean) {
    this.#isFromFile = isFromFile;
    this.#directory = directory;
    this.#hasher = hasher;
  }

  /** What the file names. */
  get named(): ReadonlySet<string> {
    return this.#named;
  }

  /** What is new or another now. */
  get put(): readonly AnyRecord[] {
    return this.#put;
  }

  take(read: readonly ReadRecord[]): void {
    const { records } = this.#directory;
    for (const { one: given, password } of read) {
      const one: AnyRecord =
        given.kind === 'user' ? { kind: 'user', record: this.#withHash(given.record, password) } : given;
      const ref = refOf(one);
      this.#named.add(keyOf(ref));
      const before = records.get(ref.kind, ref.id);
      // What the file names is its own, also where somebody else has taken it since.
      const isSame = before !== null && same(before, one.record);
      if (!isSame || !records.holds({ kind: ref.kind, record: before } as AnyRecord)) this.#put.push(one);
      else if (!this.#isFromFile(ref)) this.taken.push(one);
    }
  }

  /** Of what there is: what a file named once, and this one does not. */
  async left(slices: Slices): Promise<RecordRef[]> {
    const left: RecordRef[] = [];
    await slices.each(this.#directory.records.refs(), (ref) => {
      if (!this.#named.has(keyOf(ref)) && this.#isFromFile(ref)) left.push(ref);
    });
    return left;
  }

  /** These, and what cannot be without them. */
  async withItsOwn(gone: readonly RecordRef[], slices: Slices): Promise<RecordRef[]> {
    const { records } = this.#directory;
    const all = new Map(gone.map((ref) => [keyOf(ref), ref]));
    const add = (kind: RecordKind, id: string, owner: string) => {
      const key = `${kind} ${id}`;
      if (all.has(owner) && !this.#named.has(key)) all.set(key, { kind, id });
    };
    await slices.each(records.all('user'), ({ organizationId, id }) =>
      add('user', `${organizationId}-${id}`, `organization ${organizationId}`),
    );
    await slices.each(records.all('extension'), ({ organizationId, userId, id }) =>
      add('extension', id, `user ${organizationId}-${userId}`),
    );
    await slices.each(records.all('conference'), ({ extensionId, id }) =>
      add('conference', id, `extension ${extensionId}`),
    );
    await slices.each(records.all('app'), ({ organizationId, user, key }) =>
      add('app', key, `user ${organizationId}-${user}`),
    );
    return [...all.values()];
  }

  #withHash(user: UserRecord, password: ReadRecord['password']): UserRecord {
    const { organizationId, id } = user;
    const before = this.#directory.records.user(organizationId, id);
    const known = before?.passwordHash ?? null;
    if (password === null) {
      if (before !== null && this.#directory.hasPassword(before))
        this.withoutPassword.push({ organizationId, userId: id, password });
      return user;
    }
    if (known !== null && this.#hasher.recognizes(password, known)) return { ...user, passwordHash: known };
    if (before === null || !this.#directory.isWritten(before, password))
      this.passwords.push({ organizationId, userId: id, password });
    return user;
  }
}
