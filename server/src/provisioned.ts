import type { Parts } from './parts.ts';
import { DirectoryAdministration } from './provisioning/administration.ts';
import type { AppliedChange } from './provisioning/change-events.ts';
import { DirectoryChanges } from './provisioning/directory-changes.ts';
import { FileContents } from './provisioning/file-contents.ts';
import { LiveLimits, limitsOver, limitsSet, ServerAdministration } from './provisioning/server-administration.ts';

/** How the directory and the limits change while the server runs. */
export interface Provisioned {
  readonly changes: DirectoryChanges;
  readonly administration: DirectoryAdministration;
  readonly serverAdministration: ServerAdministration;
  readonly limits: LiveLimits;
  /** What the file fixes, as last read. */
  contents: FileContents;
}

/** Joins what changes the directory with the parts in which something follows from a change. */
export function makeProvisioned(parts: Parts): Provisioned {
  const { config, clock, log, random, store, directory, hasher } = parts;
  const changes = new DirectoryChanges({ clock, log, store: store.directory, streams: store.calls, directory });
  const limits = new LiveLimits(config.limits);
  const contents = () => made.contents;
  const administration = new DirectoryAdministration({
    directory,
    changes,
    hasher,
    random,
    realm: config.sip.domain,
    contents,
  });
  const serverAdministration = new ServerAdministration({ directory, changes, contents, limits }, config);
  const made: Provisioned = {
    changes,
    administration,
    serverAdministration,
    limits,
    contents: FileContents.of(config),
  };
  changes.addConsequence((applied) => endWhatIsGone(parts, applied));
  limits.follow((now) => {
    parts.budget.limit(now);
    directory.limitPins(now.pinAttempts, now.pinLockoutMs);
    parts.sipLegs.limit(now);
    // Of what a call takes, and room for what a phone asks besides.
    parts.sip.limitStrangers(10 * now.callsPerSecond, 20 * now.callsPerSecond);
  });
  return made;
}

/** Once the store has all that this start has put there. */
export async function startProvisioned({ changes, limits }: Provisioned, { config }: Parts): Promise<void> {
  await changes.start();
  limits.set(limitsOver(config, limitsSet(changes)));
}

/**
 * Registrations, tokens and subscriptions of what is gone end; running calls go on. A registration also ends with
 * another SIP password, and with the prefix that its address-of-record has.
 */
async function endWhatIsGone(parts: Parts, applied: readonly AppliedChange[]): Promise<void> {
  const { config, directory, sip, tokens, trunks, webhooks } = parts;
  const unregister = (prefix: string, number: string) =>
    sip.registrar.remove(`${prefix}*${number}@${config.sip.domain}`);
  const prefixes = new Map(
    applied.flatMap(({ before }) =>
      before?.kind === 'organization' ? [[before.record.id, before.record.prefix]] : [],
    ),
  );
  const prefixOf = (id: number) => prefixes.get(id) ?? directory.records.organization(id)?.prefix ?? '';
  for (const { before, after } of applied) {
    if (
      before?.kind === 'organization' &&
      after?.kind === 'organization' &&
      before.record.prefix !== after.record.prefix
    )
      for (const { organizationId, number } of directory.records.all('extension'))
        if (organizationId === after.record.id) unregister(before.record.prefix, number);
    if (before?.kind === 'user' && after === null)
      await tokens.revokeUser(before.record.organizationId, before.record.id);
    if (before?.kind === 'app' && after === null) await tokens.revokeApp(before.record.key);
    if (before?.kind !== 'extension') continue;
    const { id, organizationId, number, sip: was } = before.record;
    const now = after?.kind === 'extension' ? after.record.sip : null;
    if (was !== null && was.short.md5 !== now?.short.md5) unregister(prefixOf(organizationId), number);
    if (after === null)
      await webhooks.subscriptions.remove({ organizationId: String(organizationId), extensionId: id });
  }
  if (applied.some(({ ref }) => ref.kind === 'trunk')) trunks.refresh();
}
