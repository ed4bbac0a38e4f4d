import type { Secret } from '../base/secret.ts';
import type { PasswordHasher } from './password.ts';
import type {
  AppRecord,
  ConferenceRecord,
  DialRule,
  DirectoryRecords,
  ExtensionRecord,
  OrganizationRecord,
  ProvisionedOrganization,
  ProvisionedUser,
  RecordsToApply,
  Trunk,
  UserRecord,
} from './records.ts';
import { ha1Of } from './sip-account.ts';

/** What the file names; null: not named, so what is stored stays as it is. */
export interface Provisioned {
  readonly organizations: readonly ProvisionedOrganization[] | null;
  readonly trunks: readonly Trunk[] | null;
  readonly dialPlan: readonly DialRule[] | null;
}

function extensionIdOf(organizationId: number, number: string): string {
  return `${organizationId}-${number}`;
}

/** A password that was written and is not hashed yet. */
export interface WrittenPassword {
  readonly organizationId: number;
  readonly userId: number;
  readonly password: Secret;
}

/** Records without the hashes that have still to be made. */
export interface RecordsAtOnce {
  readonly records: RecordsToApply;
  readonly toHash: readonly WrittenPassword[];
}

/**
 * Turns what a person wrote into what is kept: passwords become hashes. `stored` is what is kept already: a password
 * hash that still fits stays, so that starting twice with one file changes nothing. A hash takes a tenth of a second,
 * so none is made here: users whose password is new or has changed have none for now. `realm` is that of SIP digest
 * authentication.
 */
export function recordsAtOnce(
  provisioned: Provisioned,
  stored: DirectoryRecords,
  realm: string,
  hasher: PasswordHasher,
): RecordsAtOnce {
  const organizations: OrganizationRecord[] = [];
  const users: UserRecord[] = [];
  const extensions: ExtensionRecord[] = [];
  const conferences: ConferenceRecord[] = [];
  const apps: AppRecord[] = [];
  const toHash: WrittenPassword[] = [];
  const hashes = new Map(stored.users.map((user) => [`${user.organizationId} ${user.id}`, user.passwordHash]));
  for (const organization of provisioned.organizations ?? []) {
    const { id, name, prefix } = organization;
    organizations.push({ id, name, prefix });
    for (const app of organization.apps) apps.push({ ...app, organizationId: id });
    for (const user of organization.users) {
      const { password } = user;
      const known = hashes.get(`${id} ${user.id}`) ?? null;
      const fits = password !== null && known !== null && hasher.recognizes(password, known);
      users.push(userRecord(id, user, fits ? known : null));
      if (password !== null && !fits) toHash.push({ organizationId: id, userId: user.id, password });
      for (const extension of user.extensions) {
        const record = extensionRecord(organization, user, extension, realm);
        extensions.push(record);
        if (extension.type !== 'conference') continue;
        for (const conference of extension.conferences) {
          conferences.push({ ...conference, id: `${record.id}-${conference.number}`, extensionId: record.id });
        }
      }
    }
  }
  const { dialPlan } = provisioned;
  return {
    records: { organizations, users, extensions, conferences, apps, trunks: provisioned.trunks ?? [], dialPlan },
    toHash,
  };
}

/** The same with every hash made: for the few users whose password nobody can read again. */
export async function recordsOf(
  provisioned: Provisioned,
  stored: DirectoryRecords,
  realm: string,
  hasher: PasswordHasher,
): Promise<RecordsToApply> {
  const { records, toHash } = recordsAtOnce(provisioned, stored, realm, hasher);
  const made = await Promise.all(
    toHash.map(async (one) => ({ ...one, passwordHash: await hasher.hash(one.password) })),
  );
  const users = records.users.map((user) => {
    const own = made.find(({ organizationId, userId }) => organizationId === user.organizationId && userId === user.id);
    return own === undefined ? user : { ...user, passwordHash: own.passwordHash };
  });
  return { ...records, users };
}

function userRecord(organizationId: number, user: ProvisionedUser, passwordHash: string | null): UserRecord {
  const { id, login, firstName, lastName, roles, features } = user;
  return { organizationId, id, login, passwordHash, firstName, lastName, roles, features };
}

function extensionRecord(
  organization: ProvisionedOrganization,
  user: ProvisionedUser,
  extension: ProvisionedUser['extensions'][number],
  realm: string,
): ExtensionRecord {
  const { number, type, callerId, publicNumbers } = extension;
  const password = extension.type === 'terminal' ? extension.sipPassword : null;
  const sip =
    extension.type === 'terminal' && password !== null
      ? {
          realm,
          algorithm: extension.sipDigest,
          short: ha1Of(number, realm, password),
          extended: ha1Of(`${organization.prefix}*${number}`, realm, password),
        }
      : null;
  return {
    id: extensionIdOf(organization.id, number),
    organizationId: organization.id,
    userId: user.id,
    number,
    type,
    callerId,
    publicNumbers,
    sip,
  };
}
