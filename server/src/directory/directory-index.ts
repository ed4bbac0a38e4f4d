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
  type DialRule,
  type DigestAlgorithm,
  type DirectoryChange,
  type DirectoryRecords,
  type ExtensionRecord,
  noRecords,
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

/**
 * The records, found by everything that somebody may dial, type or present. A change is taken in as a whole, between
 * two questions; a record that does not change stays the same object.
 */
export class DirectoryIndex {
  #records = new Map<RecordKind, Map<string, AnyRecord['record']>>(kinds.map((kind) => [kind, new Map()]));
  #byPrefix = new Claims<OrganizationRecord>();
  #byNumber = new Claims<ExtensionRecord>();
  #byPublicNumber = new Claims<ExtensionRecord>();
  #byMeetingId = new Claims<ConferenceRecord>();
  #byLogin = new Claims<UserRecord>();
  #byTrunkUsername = new Claims<Trunk>();
  #conferences = new Map<string, Map<string, ConferenceRecord>>();
  #extensionsOfUser = new Map<string, Map<string, ExtensionRecord>>();
  #apps = new Map<string, AppView>();
  /** How many phones demand each. */
  #demanded = new Map<DigestAlgorithm, number>();
  /** Maps within maps that are of this index alone: a fork shares the others. */
  #own = new WeakSet<object>();
  #dialPlan: readonly DialRule[] = [];
  #sandbox: { readonly trunk: Trunk; readonly dialPlan: readonly DialRule[] } | null = null;
  #trunks: readonly Trunk[] = [];
  #matches: readonly { readonly match: RegExp; readonly rule: DialRule }[] = [];

  constructor(records: DirectoryRecords) {
    this.apply({ put: records, remove: [] });
  }

  /** Puts each record in place of the one with its id, after those to be removed are gone. */
  apply(change: DirectoryChange): void {
    for (const _done of this.applying(change));
  }

  /** The same, one record after the other: the change is whole when there is no next. */
  *applying({ put, remove }: DirectoryChange): Iterable<void> {
    for (const { kind, id } of remove) yield this.#remove(kind, id);
    for (const one of oneByOneOf(put)) yield this.#put(one);
    if (put.dialPlan !== null) this.#dialPlan = put.dialPlan;
    this.#ways();
  }

  /** A copy, to be changed in peace and then taken for what is here; from now until then nothing here may change. */
  async fork(slices: Slices): Promise<DirectoryIndex> {
    const fork = new DirectoryIndex({ ...noRecords, dialPlan: this.#dialPlan });
    for (const [kind, all] of this.#records) {
      fork.#records.set(kind, new Map(all));
      await slices.rest();
    }
    fork.#byPrefix = this.#byPrefix.copy();
    await slices.rest();
    fork.#byNumber = this.#byNumber.copy();
    await slices.rest();
    fork.#byPublicNumber = this.#byPublicNumber.copy();
    await slices.rest();
    fork.#byMeetingId = this.#byMeetingId.copy();
    await slices.rest();
    fork.#byLogin = this.#byLogin.copy();
    await slices.rest();
    fork.#byTrunkUsername = this.#byTrunkUsername.copy();
    await slices.rest();
    fork.#conferences = new Map(this.#conferences);
    fork.#extensionsOfUser = new Map(this.#extensionsOfUser);
    await slices.rest();
    fork.#apps = new Map(this.#apps);
    fork.#demanded = new Map(this.#demanded);
    this.#own = new WeakSet();
    return fork;
  }

  /** At once all of it is here, and nothing else. */
  take(fork: DirectoryIndex): void {
    this.#records = fork.#records;
    this.#byPrefix = fork.#byPrefix;
    this.#byNumber = fork.#byNumber;
    this.#byPublicNumber = fork.#byPublicNumber;
    this.#byMeetingId = fork.#byMeetingId;
    this.#byLogin = fork.#byLogin;
    this.#byTrunkUsername = fork.#byTrunkUsername;
    this.#conferences = fork.#conferences;
    this.#extensionsOfUser = fork.#extensionsOfUser;
    this.#apps = fork.#apps;
    this.#demanded = fork.#demanded;
    this.#own = fork.#own;
    this.#dialPlan = fork.#dialPlan;
    this.#ways();
  }

  /** From here on there is this trunk too, and its dial plan as long as there is no other. */
  useSandbox(sandbox: { readonly trunk: Trunk; readonly dialPlan: readonly DialRule[] }): void {
    this.#sandbox = sandbox;
    this.#ways();
  }

  /** In the order in which they came. */
  all<Kind extends RecordKind>(kind: Kind): Iterable<RecordOfKind[Kind]> {
    return this.#of(kind).values();
  }

  get<Kind extends RecordKind>(kind: Kind, id: string): RecordOfKind[Kind] | null {
    return this.#of(kind).get(id) ?? null;
  }

  /** Whether it is found by all that it claims, and nobody else is. */
  holds({ kind, record }: AnyRecord): boolean {
    // A short number is its organization's own.
    return this.#claimsOf({ kind, record } as AnyRecord).every(
      ([claims, key]) => claims === this.#byNumber || claims.get(key) === record,
    );
  }

  /** Of everything there is. */
  refs(): RecordRef[] {
    return kinds.flatMap((kind) => Array.from(this.#of(kind).keys(), (id) => ({ kind, id })));
  }

  /** As it is kept, without what the carrier in the box adds. */
  get keptDialPlan(): readonly DialRule[] {
    return this.#dialPlan;
  }

  get trunks(): readonly Trunk[] {
    return this.#trunks;
  }

  get dialPlan(): readonly { readonly match: RegExp; readonly rule: DialRule }[] {
    return this.#matches;
  }

  /** What SIP accounts demand, the strongest first. */
  get digestAlgorithms(): readonly DigestAlgorithm[] {
    if (!this.#demanded.has('SHA-256')) return ['MD5'];
    return this.#demanded.has('MD5') || this.carriersProve ? ['SHA-256', 'MD5'] : ['SHA-256'];
  }

  organization(id: number): OrganizationRecord | null {
    return this.get('organization', String(id));
  }

  organizationByPrefix(prefix: string): OrganizationRecord | null {
    return this.#byPrefix.get(prefix);
  }

  extension(id: string): ExtensionRecord | null {
    return this.get('extension', id);
  }

  /** Those of all organizations with this short number. */
  extensionsByNumber(number: string): readonly ExtensionRecord[] {
    return this.#byNumber.all(number);
  }

  extensionIn(organizationId: number, number: string): ExtensionRecord | null {
    return this.extensionsByNumber(number).find((extension) => extension.organizationId === organizationId) ?? null;
  }

  extensionByPublicNumber(number: string): ExtensionRecord | null {
    return this.#byPublicNumber.get(publicForm(number));
  }

  conference(extensionId: string, number: string): ConferenceRecord | null {
    return this.#conferences.get(extensionId)?.get(number) ?? null;
  }

  conferenceById(id: string): ConferenceRecord | null {
    return this.get('conference', id);
  }

  conferenceByMeetingId(meetingId: string): ConferenceRecord | null {
    return this.#byMeetingId.get(meetingId);
  }

  /** Of one conference extension. */
  conferencesOf(extensionId: string): readonly ConferenceRecord[] {
    return [...(this.#conferences.get(extensionId)?.values() ?? [])];
  }

  user(organizationId: number | string, id: number): UserRecord | null {
    return this.get('user', accountOf(organizationId, id));
  }

  extensionsOfUser(organizationId: number | string, userId: number): readonly ExtensionRecord[] {
    return [...(this.#extensionsOfUser.get(accountOf(organizationId, userId))?.values() ?? [])];
  }

  app(key: string): AppView | null {
    return this.#apps.get(key) ?? null;
  }

  appsOf(organizationId: string): readonly AppView[] {
    return [...this.#apps.values()].filter((app) => app.organizationId === organizationId);
  }

  /** Whether there is a trunk whose carrier proves itself. */
  get carriersProve(): boolean {
    return this.#byTrunkUsername.size > 0;
  }

  /** The trunk whose carrier proves itself with this username. */
  trunkByUsername(username: string): Trunk | null {
    return this.#byTrunkUsername.get(username);
  }

  userByLogin(login: string): UserRecord | null {
    return this.#byLogin.get(login.toLowerCase());
  }

  /** `0003*211` */
  extendedNumber(extension: ExtensionRecord): string {
    return `${this.organization(extension.organizationId)?.prefix ?? ''}*${extension.number}`;
  }

  #of<Kind extends RecordKind>(kind: Kind): Map<string, RecordOfKind[Kind]> {
    return this.#records.get(kind) as Map<string, RecordOfKind[Kind]>;
  }

  #put(one: AnyRecord): void {
    const { kind, id } = refOf(one);
    const before = this.get(kind, id);
    if (before !== null) this.#unlink({ kind, record: before } as AnyRecord);
    // Its place among those of its user it keeps, unless it gets another user.
    if (one.kind === 'extension' && (before as ExtensionRecord | null)?.userId !== one.record.userId) {
      if (before !== null) this.#ofUser(before as ExtensionRecord).delete(id);
    }
    this.#of(kind).set(id, one.record);
    this.#link(one);
  }

  #remove(kind: RecordKind, id: string): void {
    const record = this.get(kind, id);
    if (record === null) return;
    this.#unlink({ kind, record } as AnyRecord);
    this.#of(kind).delete(id);
    if (kind === 'app') this.#apps.delete(id);
    if (kind === 'extension') this.#conferences.delete(id);
    if (kind === 'conference')
      this.#conferencesOf(record as ConferenceRecord).delete((record as ConferenceRecord).number);
    if (kind === 'extension') this.#ofUser(record as ExtensionRecord).delete(id);
  }

  #link({ kind, record }: AnyRecord): void {
    if (kind === 'app') this.#apps.set(record.key, appView(record));
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
        return [[this.#byPrefix, record.prefix]];
      case 'user':
        return record.login === null ? [] : [[this.#byLogin, record.login.toLowerCase()]];
      case 'extension':
        return [
          [this.#byNumber, record.number],
          ...record.publicNumbers.map((number): [Claims<unknown>, string] => [
            this.#byPublicNumber,
            publicForm(number),
          ]),
        ];
      case 'conference':
        return [[this.#byMeetingId, record.meetingId]];
      case 'trunk':
        return record.inbound === null ? [] : [[this.#byTrunkUsername, record.inbound.username]];
      default:
        return [];
    }
  }

  #conferencesOf({ extensionId }: ConferenceRecord): Map<string, ConferenceRecord> {
    return this.#mapIn(this.#conferences, extensionId);
  }

  #ofUser({ organizationId, userId }: ExtensionRecord): Map<string, ExtensionRecord> {
    return this.#mapIn(this.#extensionsOfUser, accountOf(organizationId, userId));
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
    const count = (this.#demanded.get(sip.algorithm) ?? 0) + more;
    if (count === 0) this.#demanded.delete(sip.algorithm);
    else this.#demanded.set(sip.algorithm, count);
  }

  #ways(): void {
    const kept = [...this.all('trunk')];
    const sandbox = this.#sandbox;
    this.#trunks = sandbox === null ? kept : [...kept.filter(({ name }) => name !== sandbox.trunk.name), sandbox.trunk];
    const rules = this.#dialPlan.length === 0 && sandbox !== null ? sandbox.dialPlan : this.#dialPlan;
    this.#matches = rules.map((rule) => ({ match: new RegExp(rule.match, 'u'), rule }));
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
