import { SeededRandom } from '../../base/random.ts';
import { Secret } from '../../base/secret.ts';
import { VirtualClock } from '../../base/testing/virtual-clock.ts';
import { Directory, type DirectoryOptions } from '../directory.ts';
import { PasswordHasher } from '../password.ts';
import { type Provisioned, recordsOf } from '../provision.ts';
import type {
  DirectoryRecords,
  ProvisionedConference,
  ProvisionedConferenceExtension,
  ProvisionedExtension,
  ProvisionedOrganization,
  ProvisionedTerminal,
} from '../records.ts';

/** Organizations for tests: as a configuration would give them, with the directory over them. */

export const nothing: DirectoryRecords = {
  organizations: [],
  users: [],
  extensions: [],
  conferences: [],
  apps: [],
  trunks: [],
  dialPlan: [],
};

export async function directoryOf(provisioned: Provisioned, options: Partial<DirectoryOptions> = {}) {
  const clock = new VirtualClock(Date.parse('2026-01-05T08:00:00Z'));
  const random = new SeededRandom(1);
  const applied = await recordsOf(provisioned, nothing, 'sip.test', new PasswordHasher({ random }));
  const records: DirectoryRecords = { ...applied, dialPlan: applied.dialPlan ?? [] };
  const limits = { pinAttempts: 3, pinLockoutMs: 15 * 60_000 };
  const directory = new Directory({ clock, random, records, domain: 'sip.test', ...limits, ...options });
  return { directory, clock, records };
}

export function organizationWith(id: number, extensions: ProvisionedExtension[]): ProvisionedOrganization {
  const user = { id: 1, login: null, password: null, firstName: '', lastName: '', roles: [], features: [], extensions };
  return { id, name: `Organization ${id}`, prefix: String(id).padStart(4, '0'), users: [user], apps: [] };
}

export function phone(number: string, change: Partial<ProvisionedTerminal> = {}): ProvisionedTerminal {
  return {
    type: 'terminal',
    number,
    callerId: { name: `Phone ${number}`, number },
    publicNumbers: [],
    sipPassword: new Secret(`secret-${number}`),
    sipDigest: 'MD5',
    ...change,
  };
}

export function rooms(
  number: string,
  change: Partial<ProvisionedConferenceExtension> = {},
): ProvisionedConferenceExtension {
  return {
    type: 'conference',
    number,
    callerId: { name: `Rooms ${number}`, number },
    publicNumbers: [],
    conferences: [],
    ...change,
  };
}

export function callback(number: string): ProvisionedExtension {
  return { type: 'callback', number, callerId: { name: `Callback ${number}`, number }, publicNumbers: [] };
}

export function conferenceWith(number: string, change: Partial<ProvisionedConference> = {}): ProvisionedConference {
  return {
    number,
    meetingId: number,
    name: `Conference ${number}`,
    participantPin: null,
    moderatorPin: null,
    roomSize: 50,
    schedule: 'anytime',
    record: 'never',
    musicWhileAlone: true,
    waitForModerator: false,
    closeWhenModeratorsLeave: false,
    announceCount: true,
    entryTone: true,
    recordTone: false,
    ...change,
  };
}
