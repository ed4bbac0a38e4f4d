import { createHash } from 'node:crypto';
import type { Secret } from '../base/secret.ts';
import { publicForm } from './dial-string.ts';
import { type AppView, accountOf } from './directory-views.ts';
import type {
  AppRecord,
  ConferenceRecord,
  DialRule,
  DigestAlgorithm,
  DirectoryRecords,
  ExtensionRecord,
  OrganizationRecord,
  Trunk,
  UserRecord,
} from './records.ts';

/**
 * The records, found by everything that somebody may dial, type or present. Built once, never changed: a change builds
 * a new one.
 */
export class DirectoryIndex {
  readonly trunks: readonly Trunk[];
  readonly dialPlan: readonly { readonly match: RegExp; readonly rule: DialRule }[];
  /** What SIP accounts demand, the strongest first. */
  readonly digestAlgorithms: readonly DigestAlgorithm[];
  readonly #organizations = new Map<number, OrganizationRecord>();
  readonly #byPrefix = new Map<string, OrganizationRecord>();
  readonly #extensions = new Map<string, ExtensionRecord>();
  readonly #byNumber = new Map<string, ExtensionRecord[]>();
  readonly #byPublicNumber = new Map<string, ExtensionRecord>();
  readonly #conferences = new Map<string, Map<string, ConferenceRecord>>();
  readonly #byId = new Map<string, ConferenceRecord>();
  readonly #byMeetingId = new Map<string, ConferenceRecord>();
  readonly #byLogin = new Map<string, UserRecord>();
  readonly #users = new Map<string, UserRecord>();
  readonly #extensionsOfUser = new Map<string, ExtensionRecord[]>();
  readonly #apps = new Map<string, AppView>();
  readonly #trunksByUsername = new Map<string, Trunk>();

  constructor(records: DirectoryRecords) {
    this.trunks = records.trunks;
    this.dialPlan = records.dialPlan.map((rule) => ({ match: new RegExp(rule.match, 'u'), rule }));
    for (const organization of records.organizations) {
      this.#organizations.set(organization.id, organization);
      this.#byPrefix.set(organization.prefix, organization);
    }
    for (const user of records.users) {
      this.#users.set(accountOf(user.organizationId, user.id), user);
      if (user.login !== null) this.#byLogin.set(user.login.toLowerCase(), user);
    }
    for (const app of records.apps) this.#apps.set(app.key, appView(app));
    for (const trunk of records.trunks) {
      if (trunk.inbound !== null) this.#trunksByUsername.set(trunk.inbound.username, trunk);
    }
    const demanded = new Set(records.extensions.map(({ sip }) => sip?.algorithm));
    const onlyStrong = demanded.has('SHA-256') && !demanded.has('MD5') && !this.carriersProve;
    this.digestAlgorithms = onlyStrong ? ['SHA-256'] : demanded.has('SHA-256') ? ['SHA-256', 'MD5'] : ['MD5'];
    for (const extension of records.extensions) {
      this.#extensions.set(extension.id, extension);
      addTo(this.#byNumber, extension.number, extension);
      addTo(this.#extensionsOfUser, accountOf(extension.organizationId, extension.userId), extension);
      for (const number of extension.publicNumbers) this.#byPublicNumber.set(publicForm(number), extension);
    }
    for (const conference of records.conferences) {
      let inExtension = this.#conferences.get(conference.extensionId);
      if (inExtension === undefined) {
        inExtension = new Map();
        this.#conferences.set(conference.extensionId, inExtension);
      }
      inExtension.set(conference.number, conference);
      this.#byId.set(conference.id, conference);
      this.#byMeetingId.set(conference.meetingId, conference);
    }
  }

  organization(id: number): OrganizationRecord | null {
    return this.#organizations.get(id) ?? null;
  }

  organizationByPrefix(prefix: string): OrganizationRecord | null {
    return this.#byPrefix.get(prefix) ?? null;
  }

  extension(id: string): ExtensionRecord | null {
    return this.#extensions.get(id) ?? null;
  }

  /** Those of all organizations with this short number. */
  extensionsByNumber(number: string): readonly ExtensionRecord[] {
    return this.#byNumber.get(number) ?? [];
  }

  extensionIn(organizationId: number, number: string): ExtensionRecord | null {
    return this.extensionsByNumber(number).find((extension) => extension.organizationId === organizationId) ?? null;
  }

  extensionByPublicNumber(number: string): ExtensionRecord | null {
    return this.#byPublicNumber.get(publicForm(number)) ?? null;
  }

  conference(extensionId: string, number: string): ConferenceRecord | null {
    return this.#conferences.get(extensionId)?.get(number) ?? null;
  }

  conferenceById(id: string): ConferenceRecord | null {
    return this.#byId.get(id) ?? null;
  }

  conferenceByMeetingId(meetingId: string): ConferenceRecord | null {
    return this.#byMeetingId.get(meetingId) ?? null;
  }

  /** Of one conference extension. */
  conferencesOf(extensionId: string): readonly ConferenceRecord[] {
    return [...(this.#conferences.get(extensionId)?.values() ?? [])];
  }

  user(organizationId: number | string, id: number): UserRecord | null {
    return this.#users.get(accountOf(organizationId, id)) ?? null;
  }

  extensionsOfUser(organizationId: number | string, userId: number): readonly ExtensionRecord[] {
    return this.#extensionsOfUser.get(accountOf(organizationId, userId)) ?? [];
  }

  app(key: string): AppView | null {
    return this.#apps.get(key) ?? null;
  }

  appsOf(organizationId: string): readonly AppView[] {
    return [...this.#apps.values()].filter((app) => app.organizationId === organizationId);
  }

  /** Whether there is a trunk whose carrier proves itself. */
  get carriersProve(): boolean {
    return this.#trunksByUsername.size > 0;
  }

  /** The trunk whose carrier proves itself with this username. */
  trunkByUsername(username: string): Trunk | null {
    return this.#trunksByUsername.get(username) ?? null;
  }

  userByLogin(login: string): UserRecord | null {
    return this.#byLogin.get(login.toLowerCase()) ?? null;
  }

  /** `0003*211` */
  extendedNumber(extension: ExtensionRecord): string {
    return `${this.organization(extension.organizationId)?.prefix ?? ''}*${extension.number}`;
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

function addTo<Item>(map: Map<string, Item[]>, key: string, item: Item): void {
  const same = map.get(key);
  if (same === undefined) map.set(key, [item]);
  else same.push(item);
}
