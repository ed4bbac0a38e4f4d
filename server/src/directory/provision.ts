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
} from '../base/provisioning.ts';
import type { PasswordHasher } from './password.ts';
import { ha1Of } from './sip-account.ts';

/** What the file names; null: not named, so what is stored stays as it is. */
export interface Provisioned {
  readonly organizations: readonly ProvisionedOrganization[] | null;
  readonly trunks: readonly Trunk[] | null;
  readonly dialPlan: readonly DialRule[] | null;
}

export function extensionIdOf(organizationId: number, number: string): string {
  return `${organizationId}-${number}`;
}

/**
 * Turns what a person wrote into what is kept: passwords become hashes. `stored` is what is kept already: a password hash that
 * still fits stays, so that starting twice with one file changes nothing. `realm` is that of SIP digest authentication.
 */
export async function recordsOf(
  provisioned: Provisioned,
  stored: DirectoryRecords,
  realm: string,
  hasher: PasswordHasher,
): Promise<RecordsToApply> {
  const organizations: OrganizationRecord[] = [];
  const users: Promise<UserRecord>[] = [];
  const extensions: ExtensionRecord[] = [];
  const conferences: ConferenceRecord[] = [];
  const apps: AppRecord[] = [];
  for (const organization of provisioned.organizations ?? []) {
    const { id, name, prefix } = organization;
    organizations.push({ id, name, prefix });
    for (const app of organization.apps) apps.push({ ...app, organizationId: id });
    for (const user of organization.users) {
      const before = stored.users.find((known) => known.organizationId === id && known.id === user.id);
      users.push(userRecord(id, user, before?.passwordHash ?? null, hasher));
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
  return {
    organizations,
    users: await Promise.all(users),
    extensions,
    conferences,
    apps,
    trunks: provisioned.trunks ?? [],
    dialPlan: provisioned.dialPlan,
  };
}

async function userRecord(
  organizationId: number,
  user: ProvisionedUser,
  storedHash: string | null,
  hasher: PasswordHasher,
): Promise<UserRecord> {
  const { id, login, firstName, lastName, roles, features, password } = user;
  let passwordHash: string | null = null;
  if (password !== null) {
    const fits = storedHash !== null && (await hasher.verify(password, storedHash, true));
    passwordHash = fits ? storedHash : await hasher.hash(password);
  }
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
