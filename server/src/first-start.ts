import type { Clock } from './base/clock.ts';
import type { Log } from './base/log.ts';
import type { Random } from './base/random.ts';
import type { Config } from './config/config.ts';
import { Directory } from './directory/directory.ts';
import { PasswordHasher } from './directory/password.ts';
import { recordsOf } from './directory/provision.ts';
import { type SandboxLogins, sandboxOrganization } from './directory/sandbox-organization.ts';
import type { DirectoryStore } from './store/store.ts';

interface Parts {
  readonly config: Config;
  readonly store: DirectoryStore;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/**
 * Applies what the configuration names to the store and makes the directory from what is stored then. A first start without organizations makes
 * the sandbox organization; its logins are given back, once.
 */
export async function openDirectory(parts: Parts): Promise<{ directory: Directory; logins: SandboxLogins | null }> {
  const { config, store, clock, random, log } = parts;
  const stored = await store.load();
  const empty = config.organizations === null && stored.organizations.length === 0;
  const sandbox = empty && config.sandbox !== 'off' ? sandboxOrganization(random) : null;
  const { trunks, dialPlan } = config;
  const organizations = sandbox === null ? config.organizations : [sandbox.organization];
  const hasher = new PasswordHasher(random);
  await store.apply(await recordsOf({ organizations, trunks, dialPlan }, stored, config.sip.domain, hasher));
  const directory = new Directory({
    clock,
    random,
    records: await store.load(),
    domain: config.sip.domain,
    pinAttempts: config.limits.pinAttempts,
    pinLockoutMs: config.limits.pinLockoutMs,
    lockouts: await store.lockouts(),
    onLockout: (record) => {
      store.saveLockout(record).catch((error) => log.error({ err: error }, 'a lock-out could not be stored'));
    },
    hasher,
  });
  return { directory, logins: sandbox?.logins ?? null };
}
