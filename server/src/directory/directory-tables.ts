import { createHash } from 'node:crypto';
import type { Secret } from '../base/secret.ts';
import type { Slices } from '../base/slices.ts';
import { Claims } from './claims.ts';
import { publicForm } from './dial-string.ts';
import { type AppView, accountOf } from './directory-views.ts';
import {
  type AnyRecord,
  type AppRecord,
  type ConferenceRecord,
  type DigestAlgorithm,
  type DirectoryChange,
  type ExtensionRecord,
  type OrganizationRecord,
  oneByOneOf,
  type RecordKind,
  type RecordOfKind,
  type RecordRef,
  refOf,
  type Trunk,
  type UserRecord,
} from './records.ts';

const kinds: readonly RecordKind[] = ['organization', 'user', 'extension', 'conference', 'app', 'trunk'];

/** Everything by which records are found, and how it follows from them. */
export class DirectoryTables {
  readonly byPrefix = new Claims<OrganizationRecord>();
  readonly byNumber = new Claims<ExtensionRecord>();
  readonly byPublicNumber = new Claims<ExtensionRecord>();
  readonly byMeetingId = new Claims<ConferenceRecord>();
  readonly byLogin = new Claims<UserRecord>();
  readonly byTrunkUsername = new Claims<Trunk>();
  readonly conferences = new Map<string, Map<string, ConferenceRecord>>();
  readonly extensionsOfUser = new Map<string, Map<string, ExtensionRecord>>();
  readonly apps = new Map<string, AppView>();
  /** How many phones demand each. */
  readonly demanded = new Map<DigestAlgorithm, number>();
  #records = new Map<RecordKind, Map<string, AnyRecord['record']>>(kinds.map((kind) => [kind, new Map()]));
  /** Maps within maps that are of these tables alone: a copy shares the others. */
  #own = new WeakSet<object>();

  /** One record after the other: the change is whole when there is no next. */
  *applying({ put, remove }: DirectoryChange): Iterable<void> {
    for (const { kind, id } of remove) yield this.#remove(kind, id);
    for (const one of oneByOneOf(put)) yield this.#put(one);
  }

  /** To be changed in peace: nothing may change here until it is there, or has been given up. */
  async copy(slices: Slices): Promise<DirectoryTables> {
    const copy = new DirectoryTables();
    for (const [kind, all] of this.#records) {
      copy.#records.set(kind, new Map(all));
      await slices.rest();
    }
    const { byPrefix, byNumber, byPublicNumber, byMeetingId, byLogin, byTrunkUsername } = this;
    const claims = { byPrefix, byNumber, byPublicNumber, byMeetingId, byLogin, byTrunkUsername };
    for (const [name, table] of Object.entries(claims)) {
      Object.assign(copy, { [name]: table.copy() });
      await slices.rest();
    }
    const { conferences, extensionsOfUser, apps, demanded } = this;
    for (const [name, table] of Object.entries({ conferences, extensionsOfUser, apps, demanded })) {
      Object.assign(copy, { [name]: new Map<unknown, unknown>(table) });
      await slices.rest();
    }
    this.#own = new WeakSet();
    return copy;
  }

  /** In the order in which they came. */
  of<Kind extends RecordKind>(kind: Kind): Map<string, RecordOfKind[Kind]> {
    return this.#records.get(kind) as Map<string, RecordOfKind[Kind]>;
  }

  holds({ kind, record }: AnyRecord): boolean {
    // A short number is its organization's own.
    return this.#claimsOf({ kind, record } as AnyRecord).every(
      ([claims, key]) => claims === this.byNumber || claims.get(key) === record,
    );
  }

  refs(): RecordRef[] {
    return kinds.flatMap((kind) => Array.from(this.of(kind).keys(), (id) => ({ kind, id })));
  }

  #put(one: AnyRecord): void {
    const { kind, id } = refOf(one);
    const before = this.of(kind).get(id) ?? null;
    if (before !== null) this.#unlink({ kind, record: before } as AnyRecord);
    // Its place among those of its user it keeps, unless it gets another user.
    if (one.kind === 'extension' && (before as ExtensionRecord | null)?.userId !== one.record.userId) {
      if (before !== null) this.#ofUser(before as ExtensionRecord).delete(id);
    }
    this.of(kind).set(id, one.record);
    this.#link(one);
  }

  #remove(kind: RecordKind, id: string): void {
    const record = this.of(kind).get(id) ?? null;
    if (record === null) return;
    this.#unlink({ kind, record } as AnyRecord);
    this.of(kind).delete(id);
    if (kind === 'app') this.apps.delete(id);
    if (kind === 'extension') this.conferences.delete(id);
    if (kind === 'conference')
      this.#conferencesOf(record as ConferenceRecord).delete((record as ConferenceRecord).number);
    if (kind === 'extension') this.#ofUser(record as ExtensionRecord).delete(id);
  }

  #link({ kind, record }: AnyRecord): void {
    if (kind === 'app') this.apps.set(record.key, appView(record));
    if (kind === 'conference') this.#conferencesOf(record).set(record.number, record);
    if (kind === 'extension') {
      this.#ofUser(record).set(record.id, record);
      this.#demand(record, 1);
    }
    for (const [claims, key] of this.#claimsOf({ kind, record } as AnyRecord)) claims.add(key, record);
  }

  #unlink({ kind, record }: AnyRecord): void {
    if (kind === 'extension') this.#demand(record, -1);
    for (const [claims, key] of this.#claimsOf({ kind, record } as AnyRecord)) claims.remove(key, record);
  }

  /** What the record is found by that others may claim too. */
  #claimsOf({ kind, record }: AnyRecord): [Claims<unknown>, string][] {
    switch (kind) {
      case 'organization':
        return [[this.byPrefix, record.prefix]];
      case 'user':
        return record.login === null ? [] : [[this.byLogin, record.login.toLowerCase()]];
      case 'extension':
        return [
          [this.byNumber, record.number],
          ...record.publicNumbers.map((number): [Claims<unknown>, string] => [this.byPublicNumber, publicForm(number)]),
        ];
      case 'conference':
        return [[this.byMeetingId, record.meetingId]];
      case 'trunk':
        return record.inbound === null ? [] : [[this.byTrunkUsername, record.inbound.username]];
      default:
        return [];
    }
  }

  #conferencesOf({ extensionId }: ConferenceRecord): Map<string, ConferenceRecord> {
    return this.#mapIn(this.conferences, extensionId);
  }

  #ofUser({ organizationId, userId }: ExtensionRecord): Map<string, ExtensionRecord> {
    return this.#mapIn(this.extensionsOfUser, accountOf(organizationId, userId));
  }

  #mapIn<Item>(maps: Map<string, Map<string, Item>>, key: string): Map<string, Item> {
    const known = maps.get(key);
    if (known !== undefined && this.#own.has(known)) return known;
    const own = new Map(known);
    this.#own.add(own);
    maps.set(key, own);
    return own;
  }

  #demand({ sip }: ExtensionRecord, more: 1 | -1): void {
    if (sip === null) return;
    const count = (this.demanded.get(sip.algorithm) ?? 0) + more;
    if (count === 0) this.demanded.delete(sip.algorithm);
    else this.demanded.set(sip.algorithm, count);
  }
}

function appView(app: AppRecord): AppView {
  const { key, organizationId, user, trusted, enabled, redirectUris, webhookFormat, webhookSecret, secret } = app;
  return Object.freeze({
    key,
    organizationId: String(organizationId),
    userId: user,
    trusted,
    enabled,
    redirectUris,
    webhookFormat,
    webhookSecret,
    secretMark: createHash('sha256').update(`${key} ${secret.reveal()}`).digest('hex').slice(0, 16),
    secretMatches: (given: Secret) => secret.equals(given.reveal()),
  });
}
