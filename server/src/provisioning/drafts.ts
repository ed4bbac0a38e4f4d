import type { Random } from '../base/random.ts';
import { Secret } from '../base/secret.ts';
import { ofItsOwn, takenText } from '../config/cross-checks.ts';
import type { DirectoryRecordsView } from '../directory/directory.ts';
import type { PasswordHasher } from '../directory/password.ts';
import type { NewPassword } from '../directory/passwords.ts';
import { recordsAtOnce } from '../directory/provision.ts';
import {
  type AnyRecord,
  type AppRecord,
  type ConferenceRecord,
  type ExtensionRecord,
  eachOf,
  noRecords,
  type OrganizationRecord,
  type ProvisionedOrganization,
  type ProvisionedUser,
  type RecordKind,
  type RecordOfKind,
  type RecordsToApply,
  type Trunk,
  type UserRecord,
} from '../directory/records.ts';
import { checkKeys, conflict, invalid, readers, textOf, without } from './given.ts';
import { merged, revealed, writtenOf } from './written.ts';

export interface Drafting {
  readonly records: DirectoryRecordsView;
  readonly realm: string;
  readonly hasher: PasswordHasher;
  readonly random: Random;
}

/**
 * Records as somebody wants them, the one that is spoken of first; checked each by itself, not yet among the others.
 */
export interface Drafted {
  readonly put: RecordsToApply;
  /** Null: the user has none any more. Who is not named keeps his. */
  readonly passwords: readonly NewPassword[];
}

type Given = Readonly<Record<string, unknown>>;

interface Draft {
  create(drafting: Drafting, organizationId: number, given: Given): Drafted;
  change(drafting: Drafting, before: AnyRecord, patch: Given): Drafted;
}

export function recordsIn({ put }: Drafted): AnyRecord[] {
  return eachOf(put);
}

const nothing = { organizations: null, trunks: null, dialPlan: null } as const;
const shell = { name: '', users: [], apps: [] } as const;

/** What comes of a whole organization, in the way in which the file's becomes records. */
function provisioned({ realm, hasher }: Drafting, organization: ProvisionedOrganization): Drafted {
  const stored = { ...noRecords, dialPlan: [] };
  const { records, toHash } = recordsAtOnce({ ...nothing, organizations: [organization] }, stored, realm, hasher);
  return { put: records, passwords: toHash };
}

/** Of users that belong to an organization there is. */
function ofUsers(drafting: Drafting, organizationId: number, users: readonly ProvisionedUser[]): Drafted {
  const { prefix } = organizationOf(drafting, organizationId);
  const { put, passwords } = provisioned(drafting, { ...shell, id: organizationId, prefix, users });
  return { put: { ...put, organizations: [] }, passwords };
}

function organizationOf({ records }: Drafting, id: number): OrganizationRecord {
  const organization = records.organization(id);
  if (organization === null) throw invalid('organization', `expected the id of an organization, found "${id}"`);
  return organization;
}

function fresh<Kind extends RecordKind>(
  { records }: Drafting,
  kind: Kind,
  id: string,
  path: string,
  what: string,
): void {
  if (records.get(kind, id) !== null) throw conflict(path, takenText(what, given(kind, id), `${kind} ${id}`));
}

function given(kind: RecordKind, id: string): string {
  return kind === 'app' || kind === 'trunk' ? id : (id.split('-').at(-1) ?? id);
}

/** One more than the highest. */
function nextId(ids: Iterable<number>): number {
  let highest = 0;
  for (const id of ids) highest = Math.max(highest, id);
  return highest + 1;
}

/** What was there, with the patch merged in (RFC 7396), read as the file would have it. */
function patched<Value>(before: AnyRecord, patch: Given, read: (given: object) => Value): Value {
  const was = revealed(writtenOf(before));
  checkKeys(read, merged(was, patch, true) as Given);
  return read(merged(was, patch) as Given);
}

const organization: Draft = {
  create(drafting, _none, body) {
    const id = body['id'] ?? nextId(Array.from(drafting.records.all('organization'), (one) => one.id));
    const read = readers.organization({ ...body, id });
    fresh(drafting, 'organization', String(read.id), 'id', ofItsOwn.id);
    return provisioned(drafting, read);
  },
  change({ records }, before, patch) {
    for (const key of ['users', 'apps'])
      if (key in patch) throw invalid(key, `expected to be changed at /admin/v1/${key}`);
    const { id, name, prefix } = patched(before, patch, readers.organization);
    const was = before.record as OrganizationRecord;
    const phones =
      prefix === was.prefix ? [] : [...records.all('extension')].filter((one) => one.organizationId === id);
    if (phones.some(({ sip }) => sip !== null))
      throw conflict(
        'prefix',
        'expected no phones yet: their SIP passwords are kept only as hashes that hold the prefix',
      );
    return { put: { ...noRecords, organizations: [{ id, name, prefix }] }, passwords: [] };
  },
};

const user: Draft = {
  create(drafting, organizationId, body) {
    const mine = [...drafting.records.all('user')].filter((one) => one.organizationId === organizationId);
    const id = body['id'] ?? nextId(mine.map((one) => one.id));
    const read = readers.user({ ...without(body, 'organization'), id });
    fresh(drafting, 'user', `${organizationId}-${read.id}`, 'id', ofItsOwn.id);
    for (const { number } of read.extensions)
      fresh(drafting, 'extension', `${organizationId}-${number}`, 'extensions', ofItsOwn.extensionNumber);
    return ofUsers(drafting, organizationId, [read]);
  },
  change(_drafting, before, patch) {
    if ('extensions' in patch) throw invalid('extensions', 'expected to be changed at /admin/v1/extensions');
    const { organizationId, passwordHash } = before.record as UserRecord;
    const { password, extensions: _none, ...read } = patched(before, patch, readers.user);
    const record: UserRecord = { ...read, organizationId, passwordHash };
    const passwords = 'password' in patch ? [{ organizationId, userId: read.id, password }] : [];
    return { put: { ...noRecords, users: [record] }, passwords };
  },
};

const extension: Draft = {
  create(drafting, organizationId, body) {
    const owner = ownerOf(drafting, organizationId, textOf(body, 'user'));
    const read = readers.extension(without(body, 'organization', 'user'), nameOf(owner));
    fresh(drafting, 'extension', `${organizationId}-${read.number}`, 'number', ofItsOwn.extensionNumber);
    return withoutUsers(ofUsers(drafting, organizationId, [{ ...asWritten(owner), extensions: [read] }]));
  },
  change(drafting, before, patch) {
    const was = before.record as ExtensionRecord;
    if ('conferences' in patch) throw invalid('conferences', 'expected to be changed at /admin/v1/conferences');
    const owner = ownerOf(drafting, was.organizationId, textOf(patch, 'user') ?? String(was.userId));
    const read = patched(before, without(patch, 'user'), (given) => readers.extension(given, nameOf(owner)));
    if (read.type !== was.type)
      throw invalid('type', `expected ${was.type}: it cannot be changed, make another extension`);
    const { put } = withoutUsers(ofUsers(drafting, was.organizationId, [{ ...asWritten(owner), extensions: [read] }]));
    // Of the password only hashes are kept; they hold for both digests.
    const sip = 'sipPassword' in patch ? undefined : was.sip;
    const digest = read.type === 'terminal' ? read.sipDigest : 'MD5';
    const extensions = put.extensions.map((one) =>
      sip === undefined ? one : { ...one, sip: sip === null ? null : { ...sip, algorithm: digest } },
    );
    return { put: { ...put, extensions }, passwords: [] };
  },
};

const conference: Draft = {
  create(drafting, organizationId, body) {
    const named = textOf(body, 'extension');
    if (named === undefined) throw invalid('extension', 'is missing: the number of a conference extension');
    const id = named.includes('-') ? named : `${organizationId}-${named}`;
    const of = drafting.records.extension(id);
    if (of === null || of.type !== 'conference' || of.organizationId !== organizationId)
      throw invalid('extension', `expected the number of a conference extension, found "${named.slice(0, 80)}"`);
    const read = readers.conference(without(body, 'organization', 'extension'), of.number);
    fresh(drafting, 'conference', `${id}-${read.number}`, 'number', ofItsOwn.conferenceNumber);
    return ofConference({ ...read, id: `${id}-${read.number}`, extensionId: id });
  },
  change({ records }, before, patch) {
    const was = before.record as ConferenceRecord;
    const number = records.extension(was.extensionId)?.number ?? '';
    const read = patched(before, patch, (given) => readers.conference(given, number));
    return ofConference({ ...read, id: `${was.extensionId}-${read.number}`, extensionId: was.extensionId });
  },
};

const app: Draft = {
  create(drafting, organizationId, body) {
    const made = body['secret'] === undefined ? new Secret(drafting.random.bytes(24).toString('base64url')) : null;
    const written = without(body, 'organization');
    const read = readers.app(made === null ? written : { ...written, secret: made.reveal() });
    fresh(drafting, 'app', read.key, 'key', ofItsOwn.appKey);
    return ofApp({ ...read, organizationId });
  },
  change(_drafting, before, patch) {
    const { organizationId } = before.record as AppRecord;
    return ofApp({ ...patched(before, patch, readers.app), organizationId });
  },
};

const trunk: Draft = {
  create(drafting, _none, body) {
    const read = readers.trunk(body);
    fresh(drafting, 'trunk', read.name, 'name', ofItsOwn.trunkName);
    return ofTrunk(read);
  },
  change(_drafting, before, patch) {
    return ofTrunk(patched(before, patch, readers.trunk));
  },
};

/** How each kind of record comes of what somebody gives. */
export const drafts: { readonly [Kind in keyof RecordOfKind]: Draft } = {
  organization,
  user,
  extension,
  conference,
  app,
  trunk,
};

const ofConference = (record: ConferenceRecord): Drafted => ({
  put: { ...noRecords, conferences: [record] },
  passwords: [],
});
const ofApp = (record: AppRecord): Drafted => ({ put: { ...noRecords, apps: [record] }, passwords: [] });
const ofTrunk = (record: Trunk): Drafted => ({ put: { ...noRecords, trunks: [record] }, passwords: [] });

function withoutUsers({ put }: Drafted): Drafted {
  return { put: { ...put, users: [] }, passwords: [] };
}

function ownerOf({ records }: Drafting, organizationId: number, id: string | undefined): UserRecord {
  if (id === undefined) throw invalid('user', 'is missing: the id of the user whose extension it is');
  const number = id.startsWith(`${organizationId}-`) ? id.slice(`${organizationId}-`.length) : id;
  const owner = /^[0-9]{1,10}$/.test(number) ? records.user(organizationId, Number(number)) : null;
  if (owner === null) throw invalid('user', `expected the id of a user of this organization, found ${id.slice(0, 80)}`);
  return owner;
}

function nameOf({ firstName, lastName }: UserRecord): string {
  return `${firstName} ${lastName}`.trim();
}

/** A user as the file has him, whose password does not matter here. */
function asWritten({ organizationId: _of, passwordHash: _hash, ...user }: UserRecord): ProvisionedUser {
  return { ...user, password: null, extensions: [] };
}
