import type {
  ConferenceRecord,
  DialRule,
  DirectoryRecords,
  ExtensionRecord,
  OrganizationRecord,
  Trunk,
  UserRecord,
} from '../base/provisioning.ts';
import { publicForm } from './dial-string.ts';

/** The records, found by everything that somebody may dial, type or present. Built once, never changed: a change builds a new one. */
export class DirectoryIndex {
  readonly trunks: readonly Trunk[];
  readonly dialPlan: readonly { readonly match: RegExp; readonly rule: DialRule }[];
  readonly #organizations = new Map<number, OrganizationRecord>();
  readonly #byPrefix = new Map<string, OrganizationRecord>();
  readonly #extensions = new Map<string, ExtensionRecord>();
  readonly #byNumber = new Map<string, ExtensionRecord[]>();
  readonly #byPublicNumber = new Map<string, ExtensionRecord>();
  readonly #conferences = new Map<string, Map<string, ConferenceRecord>>();
  readonly #byMeetingId = new Map<string, ConferenceRecord>();
  readonly #byLogin = new Map<string, UserRecord>();

  constructor(records: DirectoryRecords) {
    this.trunks = records.trunks;
    this.dialPlan = records.dialPlan.map((rule) => ({ match: new RegExp(rule.match, 'u'), rule }));
    for (const organization of records.organizations) {
      this.#organizations.set(organization.id, organization);
      this.#byPrefix.set(organization.prefix, organization);
    }
    for (const user of records.users) if (user.login !== null) this.#byLogin.set(user.login.toLowerCase(), user);
    for (const extension of records.extensions) {
      this.#extensions.set(extension.id, extension);
      const same = this.#byNumber.get(extension.number);
      if (same === undefined) this.#byNumber.set(extension.number, [extension]);
      else same.push(extension);
      for (const number of extension.publicNumbers) this.#byPublicNumber.set(publicForm(number), extension);
    }
    for (const conference of records.conferences) {
      let inExtension = this.#conferences.get(conference.extensionId);
      if (inExtension === undefined) {
        inExtension = new Map();
        this.#conferences.set(conference.extensionId, inExtension);
      }
      inExtension.set(conference.number, conference);
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

  conferenceByMeetingId(meetingId: string): ConferenceRecord | null {
    return this.#byMeetingId.get(meetingId) ?? null;
  }

  userByLogin(login: string): UserRecord | null {
    return this.#byLogin.get(login.toLowerCase()) ?? null;
  }

  /** `0003*211` */
  extendedNumber(extension: ExtensionRecord): string {
    return `${this.organization(extension.organizationId)?.prefix ?? ''}*${extension.number}`;
  }
}
