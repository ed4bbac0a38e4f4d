import type { Clock } from './base/clock.ts';
import type { Log } from './base/log.ts';
import type { Random } from './base/random.ts';
import type { StreamEvent } from './call/model/event-log.ts';
import type { Config } from './config/config.ts';
import { Directory } from './directory/directory.ts';
import type { PasswordHasher } from './directory/password.ts';
import { recordsAtOnce, recordsOf, type WrittenPassword } from './directory/provision.ts';
import { type AnyRecord, eachOf, listsOf, type RecordsToApply } from './directory/records.ts';
import { isSandbox, type SandboxLogins, sandboxOrganization } from './directory/sandbox-organization.ts';
import { wantsSandboxTrunk } from './directory/sandbox-trunk.ts';
import { changesAtStart } from './provisioning/at-start.ts';
import type { Overwritten } from './provisioning/overwritten.ts';
import type { DirectoryStore, Store } from './store/store.ts';

interface Parts {
  readonly config: Config;
  readonly store: Pick<Store, 'directory' | 'calls'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly hasher: PasswordHasher;
}

/** Records that the store is given at a time: it takes so much at once and no more. */
const recordsAtATime = 5000;

/** A sandbox organization that is not kept yet. */
export interface Sandbox {
  readonly logins: SandboxLogins;
  /**
   * Stores it and lets its phones in. Not before the logins can be shown: they cannot be made out from what is stored.
   */
  keep(): Promise<void>;
}

export interface Opened {
  readonly directory: Directory;
  /** Made now, because there is nothing else; null otherwise. */
  readonly sandbox: Sandbox | null;
  /** Whether the sandbox organization of an earlier start is what there is. */
  readonly sandboxBefore: boolean;
  /** Whether the carrier in the box is to run, for `directory.useSandboxTrunk` to lead to it. */
  readonly wantsCarrier: boolean;
  /** Passwords that count already and whose hashes have still to be made and stored. */
  readonly toHash: readonly WrittenPassword[];
  /** What the administration had said otherwise than the configuration does. */
  readonly overwritten: readonly Overwritten[];
}

/**
 * Applies what the configuration names to the store and makes the directory from what is stored then. Without
 * organizations, named or stored, there will be the sandbox organization, from its `keep` on.
 */
export async function openDirectory(parts: Parts): Promise<Opened> {
  const { config, clock, random, log, hasher } = parts;
  const store = parts.store.directory;
  const stored = await store.load();
  const { organizations, trunks, dialPlan } = config;
  const realm = config.sip.domain;
  const named = recordsAtOnce({ organizations, trunks, dialPlan }, stored, realm, hasher);
  const { toHash } = named;
  const { events, overwritten } = changesAtStart({
    stored,
    named: named.records,
    origins: await store.origins(),
    streams: await parts.store.calls.streams('directory'),
    file: config.file,
    at: clock.now(),
  });
  await applyInParts(store, named.records, events);
  const directory = new Directory({
    clock,
    random,
    records: await store.load(),
    domain: realm,
    pinAttempts: config.limits.pinAttempts,
    pinLockoutMs: config.limits.pinLockoutMs,
    lockouts: await store.lockouts(),
    onLockout: (record) => {
      store.saveLockout(record).catch((error) => log.error({ err: error }, 'a lock-out could not be stored'));
    },
    hasher,
    written: toHash,
  });
  const wantsCarrier = wantsSandboxTrunk(config.sandbox, directory.trunks);
  const empty = organizations === null && stored.organizations.length === 0;
  if (!empty || config.sandbox === 'off') {
    const sandboxBefore = organizations === null && stored.organizations.some(isSandbox);
    return { directory, sandbox: null, sandboxBefore, wantsCarrier, toHash, overwritten };
  }
  const { organization, logins } = sandboxOrganization(random);
  const records = await recordsOf(
    { organizations: [organization], trunks: null, dialPlan: null },
    stored,
    realm,
    hasher,
  );
  const keep = async (): Promise<void> => {
    await store.apply(records, { origin: 'start' });
    directory.replace(await store.load());
  };
  return { directory, sandbox: { logins, keep }, sandboxBefore: false, wantsCarrier, toHash, overwritten };
}

/**
 * What the file names may be more than the store takes at once: then it goes in parts, and what is said of them with
 * the last. Where that is interrupted, the next start reads the same file.
 */
async function applyInParts(
  store: Pick<DirectoryStore, 'apply'>,
  records: RecordsToApply,
  events: readonly StreamEvent[],
): Promise<void> {
  let rest: readonly AnyRecord[] = eachOf(records);
  for (; rest.length > recordsAtATime; rest = rest.slice(recordsAtATime)) {
    await store.apply(listsOf(rest.slice(0, recordsAtATime)));
  }
  await store.apply({ ...listsOf(rest), dialPlan: records.dialPlan }, { events });
}
