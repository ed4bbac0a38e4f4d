import type { Secret } from '../base/secret.ts';
import type { CallerId } from '../call/model/device.ts';

/**
 * The shapes of what is provisioned: organizations, users, extensions, conferences, trunks and the dial plan. The
 * configuration reads them, the directory answers from them and the store keeps them: they are plain data, and all that
 * those need to know of the directory.
 *
 * `Provisioned*` is what a person wrote, passwords included. `*Record` is what is kept: passwords only as hashes.
 */

/** Numbers that people dial are text: a leading zero counts. */
export type DialledNumber = string;

/** `operator`: an administrator of the whole server. */
export type UserRole = 'agent' | 'supervisor' | 'administrator' | 'operator';
export type Repeat = 'never' | 'daily' | 'weekly' | 'monthly';
export type RecordMode = 'never' | 'choice' | 'always';
export type DigestAlgorithm = 'MD5' | 'SHA-256';

/** When a conference is open. `start` is wall-clock time in `timeZone` (IANA name), e.g. `2026-01-05T09:00`. */
export type Schedule =
  | 'anytime'
  | { readonly start: string; readonly durationMs: number; readonly timeZone: string; readonly repeat: Repeat };

/** What a conference is like, apart from its numbers and PINs. */
export interface ConferenceSettings {
  readonly name: string;
  readonly roomSize: number;
  readonly schedule: Schedule;
  readonly record: RecordMode;
  readonly musicWhileAlone: boolean;
  readonly waitForModerator: boolean;
  readonly closeWhenModeratorsLeave: boolean;
  readonly announceCount: boolean;
  readonly entryTone: boolean;
  /** Whether those who are recorded hear a short tone again and again. */
  readonly recordTone: boolean;
}

export interface ProvisionedConference extends ConferenceSettings {
  /** Dialled after the extension: `211*3`. */
  readonly number: DialledNumber;
  /** What a browser types. */
  readonly meetingId: string;
  readonly participantPin: Secret | null;
  readonly moderatorPin: Secret | null;
}

interface ExtensionBasics {
  readonly number: DialledNumber;
  readonly callerId: CallerId;
  /** Dialled from outside, these reach the extension. Without a leading `+`. */
  readonly publicNumbers: readonly DialledNumber[];
}

export interface ProvisionedTerminal extends ExtensionBasics {
  readonly type: 'terminal';
  /** Null: no phone can register as this extension. */
  readonly sipPassword: Secret | null;
  readonly sipDigest: DigestAlgorithm;
}

export interface ProvisionedConferenceExtension extends ExtensionBasics {
  readonly type: 'conference';
  readonly conferences: readonly ProvisionedConference[];
}

/** What calls back whoever asks an interface for it: it is charged and shown, but nobody can dial it. */
export interface ProvisionedCallbackExtension extends ExtensionBasics {
  readonly type: 'callback';
}

export type ProvisionedExtension = ProvisionedTerminal | ProvisionedConferenceExtension | ProvisionedCallbackExtension;

export interface ProvisionedUser {
  readonly id: number;
  readonly login: string | null;
  readonly password: Secret | null;
  readonly firstName: string;
  readonly lastName: string;
  readonly roles: readonly UserRole[];
  readonly features: readonly string[];
  readonly extensions: readonly ProvisionedExtension[];
}

/** How an app wants the fields of its webhooks written. */
export interface WebhookFormat {
  /** `IN` and `OUT`, or `in` and `out`. */
  readonly callFlow: 'upper' | 'lower';
  /** `CALLING`, or `calling`. */
  readonly callStatus: 'upper' | 'lower';
  /**
   * At hang-up: ANSWER or UNKNOWN, as documented; or what it came to: ANSWER, BUSY, NOANSWER, CANCEL, CONGESTION,
   * CHANUNAVAIL.
   */
  readonly hangupStatus: 'documented' | 'full';
}

export const usualWebhookFormat: WebhookFormat = Object.freeze({
  callFlow: 'upper',
  callStatus: 'upper',
  hangupStatus: 'documented',
});

export interface ProvisionedApp {
  readonly key: string;
  readonly secret: Secret;
  /** Id of the user it acts for. */
  readonly user: number;
  readonly trusted: boolean;
  /** False: it gets no tokens, and those it has do not work until it is enabled again. */
  readonly enabled: boolean;
  readonly redirectUris: readonly string[];
  readonly webhookFormat: WebhookFormat;
  /** What its webhooks are signed with, `whsec_…`; null: the server makes one. */
  readonly webhookSecret: Secret | null;
}

export interface ProvisionedOrganization {
  readonly id: number;
  readonly name: string;
  /** Extended extension number = prefix, `*`, number: `0003*211`. */
  readonly prefix: DialledNumber;
  readonly users: readonly ProvisionedUser[];
  readonly apps: readonly ProvisionedApp[];
}

/** How provisional answers are made reliable (RFC 3262): as the carrier likes, always, or never. */
export type ReliableProvisional = 'supported' | 'required' | 'off';

/** A way to a carrier. */
export interface Trunk {
  readonly name: string;
  /** SIP URI of the carrier: the first of `uris`. */
  readonly uri: string;
  /** At least one; tried in order. Hosts may be names (RFC 3263). */
  readonly uris: readonly string[];
  /** IP addresses that its calls come from, besides those of `uris`. */
  readonly addresses: readonly string[];
  /** With `password`: what we answer when the carrier asks who we are. */
  readonly username: string | null;
  readonly password: Secret | null;
  /** With this the carrier proves itself, wherever its calls come from. */
  readonly inbound: { readonly username: string; readonly password: Secret } | null;
  readonly register: boolean;
  /** How long a registration is asked for, ms. */
  readonly registerExpiresMs: number;
  /** Between two OPTIONS that ask whether it is there, ms; null: it is not asked. */
  readonly optionsMs: number | null;
  readonly prack: ReliableProvisional;
  /** How long one of `uris` may be silent before the next is tried, ms. */
  readonly failoverMs: number;
}

/** A trunk with this one address, everything not in `change` being the default. */
export function trunkTo(name: string, uri: string, change: Partial<Trunk> = {}): Trunk {
  return Object.freeze({
    name,
    uri,
    uris: Object.freeze([uri]),
    addresses: Object.freeze([]),
    username: null,
    password: null,
    inbound: null,
    register: false,
    registerExpiresMs: 300_000,
    optionsMs: 30_000,
    prack: 'supported' as const,
    failoverMs: 4000,
    ...change,
  });
}

/**
 * One row of the dial plan; the first whose `match` fits decides. `strip` leading characters go, then `prepend` comes
 * in front.
 */
export interface DialRule {
  readonly match: string;
  readonly trunk: string;
  readonly strip: number;
  readonly prepend: string;
  /** Of one that the administration made; those of the file are known by their place. */
  readonly id?: number;
}

/** What calls over trunks may cost. Null: nothing of its own bounds it. */
export interface DialOutLimits {
  readonly dialOutPerMinute: number;
  readonly dialOutConcurrent: number;
  readonly dialOutPerUserPerMinute: number | null;
  readonly dialOutPerUserConcurrent: number | null;
  readonly dialOutPerConferencePerMinute: number | null;
  readonly dialOutPerConferenceConcurrent: number | null;
  /** Regular expressions on the number sent to the trunk. Deny wins; an empty allow list allows all. */
  readonly dialOutAllow: readonly string[];
  readonly dialOutDeny: readonly string[];
}

export interface OrganizationRecord {
  readonly id: number;
  readonly name: string;
  readonly prefix: DialledNumber;
}

export interface UserRecord {
  readonly organizationId: number;
  readonly id: number;
  readonly login: string | null;
  /** `scrypt$…`; null: cannot log in. */
  readonly passwordHash: string | null;
  readonly firstName: string;
  readonly lastName: string;
  readonly roles: readonly UserRole[];
  readonly features: readonly string[];
}

/** HA1 of RFC 7616 (hash of username, realm and password) in hex, for one form of the username. */
export interface Ha1 {
  readonly md5: string;
  readonly sha256: string;
}

export interface ExtensionRecord {
  /** `<organization>-<number>`: stable, whatever happens to prefixes and users. */
  readonly id: string;
  readonly organizationId: number;
  readonly userId: number;
  readonly number: DialledNumber;
  readonly type: 'terminal' | 'conference' | 'callback';
  readonly callerId: CallerId;
  readonly publicNumbers: readonly DialledNumber[];
  /** Null: no phone can register. `short` is for username `211`, `extended` for `0003*211`. */
  readonly sip: {
    readonly realm: string;
    readonly algorithm: DigestAlgorithm;
    readonly short: Ha1;
    readonly extended: Ha1;
  } | null;
}

export interface ConferenceRecord extends ProvisionedConference {
  /** `<extension id>-<number>`. */
  readonly id: string;
  readonly extensionId: string;
}

export interface AppRecord extends ProvisionedApp {
  readonly organizationId: number;
}

/** Everything the directory knows, as rows. */
export interface DirectoryRecords {
  readonly organizations: readonly OrganizationRecord[];
  readonly users: readonly UserRecord[];
  readonly extensions: readonly ExtensionRecord[];
  readonly conferences: readonly ConferenceRecord[];
  readonly apps: readonly AppRecord[];
  readonly trunks: readonly Trunk[];
  readonly dialPlan: readonly DialRule[];
}

/** Records to be stored: each replaces the one with its key, and what is not named is kept. */
export interface RecordsToApply extends Omit<DirectoryRecords, 'dialPlan'> {
  /** Replaces the whole plan, because its order is its meaning; null keeps it. */
  readonly dialPlan: readonly DialRule[] | null;
}

/** What the directory is made of, by what it is called. */
export interface RecordOfKind {
  readonly organization: OrganizationRecord;
  readonly user: UserRecord;
  readonly extension: ExtensionRecord;
  readonly conference: ConferenceRecord;
  readonly app: AppRecord;
  readonly trunk: Trunk;
}

export type RecordKind = keyof RecordOfKind;

/** `3`, `3-12`, `3-15000`, `3-211-3`, the key of an app, the name of a trunk. */
export interface RecordRef {
  readonly kind: RecordKind;
  readonly id: string;
}

/** One of all records, and what kind of one. */
export type AnyRecord = {
  [Kind in RecordKind]: { readonly kind: Kind; readonly record: RecordOfKind[Kind] };
}[RecordKind];

export function refOf({ kind, record }: AnyRecord): RecordRef {
  switch (kind) {
    case 'organization':
      return { kind, id: String(record.id) };
    case 'user':
      return { kind, id: `${record.organizationId}-${record.id}` };
    case 'app':
      return { kind, id: record.key };
    case 'trunk':
      return { kind, id: record.name };
    default:
      return { kind, id: record.id };
  }
}

/** One text for each. */
export function keyOf({ kind, id }: RecordRef): string {
  return `${kind} ${id}`;
}

/** Whose it is; null: the whole server's. */
export function organizationIdOf({ kind, record }: AnyRecord): number | null {
  if (kind === 'organization') return record.id;
  if (kind === 'trunk') return null;
  // The id of an extension begins with that of its organization.
  return kind === 'conference' ? Number.parseInt(record.extensionId, 10) : record.organizationId;
}

/** All of them, what others depend on first. */
export function eachOf(records: Omit<DirectoryRecords, 'dialPlan'>): AnyRecord[] {
  return [...oneByOneOf(records)];
}

/** The same, for who takes them in slices. */
export function* oneByOneOf(records: Omit<DirectoryRecords, 'dialPlan'>): Iterable<AnyRecord> {
  for (const record of records.organizations) yield { kind: 'organization', record };
  for (const record of records.users) yield { kind: 'user', record };
  for (const record of records.extensions) yield { kind: 'extension', record };
  for (const record of records.conferences) yield { kind: 'conference', record };
  for (const record of records.apps) yield { kind: 'app', record };
  for (const record of records.trunks) yield { kind: 'trunk', record };
}

/** As `RecordsToApply` has them. */
export function listsOf(records: readonly AnyRecord[]): RecordsToApply {
  const of = <Kind extends RecordKind>(kind: Kind) =>
    records.flatMap((one) => (one.kind === kind ? [one.record as RecordOfKind[Kind]] : []));
  return {
    organizations: of('organization'),
    users: of('user'),
    extensions: of('extension'),
    conferences: of('conference'),
    apps: of('app'),
    trunks: of('trunk'),
    dialPlan: null,
  };
}

/** Who made a record, or changed it last: the file, the administration, or a first start without a file. */
export type Origin = 'file' | 'api' | 'start';

/** Nothing to be stored. */
export const noRecords: RecordsToApply = Object.freeze({
  organizations: [],
  users: [],
  extensions: [],
  conferences: [],
  apps: [],
  trunks: [],
  dialPlan: null,
});

/** One change of the directory, whole. */
export interface DirectoryChange {
  readonly put: RecordsToApply;
  readonly remove: readonly RecordRef[];
}

/** Wrong PINs of one caller at one conference, or of all callers together; kept so that a restart forgives nothing. */
export interface LockoutRecord {
  readonly conferenceId: string;
  /** Null: the count over all callers. */
  readonly callerKey: string | null;
  readonly failures: number;
  /** ms since the epoch. */
  readonly lastAt: number;
  /** 0: not locked. */
  readonly lockedUntil: number;
}
