import type { Slices } from '../base/slices.ts';
import { publicForm } from './dial-string.ts';
import { DirectoryTables } from './directory-tables.ts';
import { type AppView, accountOf } from './directory-views.ts';
import type {
  AnyRecord,
  ConferenceRecord,
  DialRule,
  DigestAlgorithm,
  DirectoryChange,
  DirectoryRecords,
  ExtensionRecord,
  OrganizationRecord,
  RecordKind,
  RecordOfKind,
  RecordRef,
  Trunk,
  UserRecord,
} from './records.ts';

/**
 * The records, found by everything that somebody may dial, type or present. A change is taken in as a whole, between
 * two questions; a record that does not change stays the same object.
 */
export class DirectoryIndex {
  #tables = new DirectoryTables();
  #dialPlan: readonly DialRule[] = [];
  #sandbox: { readonly trunk: Trunk; readonly dialPlan: readonly DialRule[] } | null = null;
  #trunks: readonly Trunk[] = [];
  #matches: readonly { readonly match: RegExp; readonly rule: DialRule }[] = [];

  constructor(records: DirectoryRecords) {
    this.apply({ put: records, remove: [] });
  }

  /** Puts each record in place of the one with its id, after those to be removed are gone. */
  apply(change: DirectoryChange): void {
    for (const _done of this.#tables.applying(change));
    this.#take(this.#tables, change.put.dialPlan);
  }

  /**
   * The same of very much, in slices: all of it holds when what this gives is called. From now until then nothing else
   * may change here.
   */
  async prepare(change: DirectoryChange, slices: Slices): Promise<() => void> {
    const next = await this.#tables.copy(slices);
    await slices.each(next.applying(change), () => undefined);
    return () => this.#take(next, change.put.dialPlan);
  }

  /** From here on there is this trunk too, and its dial plan as long as there is no other. */
  useSandbox(sandbox: { readonly trunk: Trunk; readonly dialPlan: readonly DialRule[] }): void {
    this.#sandbox = sandbox;
    this.#ways();
  }

  /** In the order in which they came. */
  all<Kind extends RecordKind>(kind: Kind): Iterable<RecordOfKind[Kind]> {
    return this.#tables.of(kind).values();
  }

  get<Kind extends RecordKind>(kind: Kind, id: string): RecordOfKind[Kind] | null {
    return this.#tables.of(kind).get(id) ?? null;
  }

  /** Whether it is found by all that it claims, and nobody else is. */
  holds(one: AnyRecord): boolean {
    return this.#tables.holds(one);
  }

  /** Of everything there is. */
  refs(): RecordRef[] {
    return this.#tables.refs();
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
    if (!this.#tables.demanded.has('SHA-256')) return ['MD5'];
    return this.#tables.demanded.has('MD5') || this.carriersProve ? ['SHA-256', 'MD5'] : ['SHA-256'];
  }

  organization(id: number): OrganizationRecord | null {
    return this.get('organization', String(id));
  }

  organizationByPrefix(prefix: string): OrganizationRecord | null {
    return this.#tables.byPrefix.get(prefix);
  }

  extension(id: string): ExtensionRecord | null {
    return this.get('extension', id);
  }

  /** Those of all organizations with this short number. */
  extensionsByNumber(number: string): readonly ExtensionRecord[] {
    return this.#tables.byNumber.all(number);
  }

  extensionIn(organizationId: number, number: string): ExtensionRecord | null {
    return this.extensionsByNumber(number).find((extension) => extension.organizationId === organizationId) ?? null;
  }

  extensionByPublicNumber(number: string): ExtensionRecord | null {
    return this.#tables.byPublicNumber.get(publicForm(number));
  }

  conference(extensionId: string, number: string): ConferenceRecord | null {
    return this.#tables.conferences.get(extensionId)?.get(number) ?? null;
  }

  conferenceById(id: string): ConferenceRecord | null {
    return this.get('conference', id);
  }

  conferenceByMeetingId(meetingId: string): ConferenceRecord | null {
    return this.#tables.byMeetingId.get(meetingId);
  }

  /** Of one conference extension. */
  conferencesOf(extensionId: string): readonly ConferenceRecord[] {
    return [...(this.#tables.conferences.get(extensionId)?.values() ?? [])];
  }

  user(organizationId: number | string, id: number): UserRecord | null {
    return this.get('user', accountOf(organizationId, id));
  }

  extensionsOfUser(organizationId: number | string, userId: number): readonly ExtensionRecord[] {
    return [...(this.#tables.extensionsOfUser.get(accountOf(organizationId, userId))?.values() ?? [])];
  }

  /** One after the other, of all users. */
  *extensionsOf(organizationId: string): Generator<ExtensionRecord> {
    const its = Number(organizationId);
    for (const extension of this.#tables.of('extension').values()) {
      if (extension.organizationId === its) yield extension;
    }
  }

  app(key: string): AppView | null {
    return this.#tables.apps.get(key) ?? null;
  }

  appsOf(organizationId: string): readonly AppView[] {
    return [...this.#tables.apps.values()].filter((app) => app.organizationId === organizationId);
  }

  /** Whether there is a trunk whose carrier proves itself. */
  get carriersProve(): boolean {
    return this.#tables.byTrunkUsername.size > 0;
  }

  /** The trunk whose carrier proves itself with this username. */
  trunkByUsername(username: string): Trunk | null {
    return this.#tables.byTrunkUsername.get(username);
  }

  userByLogin(login: string): UserRecord | null {
    return this.#tables.byLogin.get(login.toLowerCase());
  }

  /** `0003*211` */
  extendedNumber(extension: ExtensionRecord): string {
    return `${this.organization(extension.organizationId)?.prefix ?? ''}*${extension.number}`;
  }

  #take(tables: DirectoryTables, dialPlan: readonly DialRule[] | null): void {
    this.#tables = tables;
    if (dialPlan !== null) this.#dialPlan = dialPlan;
    this.#ways();
  }

  #ways(): void {
    const kept = [...this.all('trunk')];
    const sandbox = this.#sandbox;
    this.#trunks = sandbox === null ? kept : [...kept.filter(({ name }) => name !== sandbox.trunk.name), sandbox.trunk];
    const rules = this.#dialPlan.length === 0 && sandbox !== null ? sandbox.dialPlan : this.#dialPlan;
    this.#matches = rules.map((rule) => ({ match: new RegExp(rule.match, 'u'), rule }));
  }
}
