import { coerceError } from './base/app-error.ts';
import { Slices } from './base/slices.ts';
import type { Parts } from './parts.ts';
import type { AppliedChange } from './provisioning/change-events.ts';

/** Where something follows from a change of the directory. */
interface FollowingParts extends Pick<Parts, 'clock'> {
  readonly config: { readonly sip: Pick<Parts['config']['sip'], 'domain'> };
  readonly directory: { readonly records: Pick<Parts['directory']['records'], 'organization' | 'all'> };
  readonly sip: { readonly registrar: Pick<Parts['sip']['registrar'], 'remove'> };
  readonly tokens: Pick<Parts['tokens'], 'revokeUsers' | 'revokeApp'>;
  readonly trunks: Pick<Parts['trunks'], 'refresh'>;
  readonly webhooks: {
    readonly secrets: Pick<Parts['webhooks']['secrets'], 'follow' | 'beginAnew'>;
    readonly subscriptions: Pick<Parts['webhooks']['subscriptions'], 'removeAll'>;
  };
}

/**
 * Registrations, tokens and subscriptions of what is gone end; running calls go on. A registration also ends with
 * another SIP password, and with the prefix that its address-of-record has. What an app signs with follows its record.
 * Where one of it fails all the rest is done; then it rejects with the first failure.
 */
export async function followChanges(parts: FollowingParts, applied: readonly AppliedChange[]): Promise<void> {
  const { tokens, trunks, webhooks } = parts;
  const { users, extensions } = await endRegistrations(parts, applied);
  const failures: Error[] = [];
  const attempt = async (work: Promise<unknown>): Promise<void> => {
    await work.catch((error) => void failures.push(coerceError(error)));
  };
  // Before what waits for the disk.
  if (applied.some(({ ref }) => ref.kind === 'trunk')) trunks.refresh();
  if (users.length > 0) await attempt(tokens.revokeUsers(users));
  for (const { before, after } of applied) {
    if (before?.kind === 'app' && after === null) await attempt(tokens.revokeApp(before.record.key));
    if (after?.kind !== 'app') continue;
    const { key, organizationId } = after.record;
    const isSame = before?.kind === 'app' && before.record.organizationId === organizationId;
    await attempt(isSame ? webhooks.secrets.follow(key) : webhooks.secrets.beginAnew(key));
  }
  if (extensions.length > 0) await attempt(webhooks.subscriptions.removeAll(extensions));
  const [first] = failures;
  if (first !== undefined) throw first;
}

/** Gives the users and extensions that are gone. */
async function endRegistrations({ clock, config, directory, sip }: FollowingParts, applied: readonly AppliedChange[]) {
  const unregister = (prefix: string, number: string) =>
    sip.registrar.remove(`${prefix}*${number}@${config.sip.domain}`);
  const prefixes = new Map(
    applied.flatMap(({ before }) =>
      before?.kind === 'organization' ? [[before.record.id, before.record.prefix]] : [],
    ),
  );
  const prefixOf = (id: number) => prefixes.get(id) ?? directory.records.organization(id)?.prefix ?? '';
  const users: { organizationId: number; userId: number }[] = [];
  const extensions: { organizationId: string; extensionId: string }[] = [];
  await new Slices(clock).each(applied, ({ before, after }) => {
    if (
      before?.kind === 'organization' &&
      after?.kind === 'organization' &&
      before.record.prefix !== after.record.prefix
    )
      for (const { organizationId, number } of directory.records.all('extension'))
        if (organizationId === after.record.id) unregister(before.record.prefix, number);
    if (before?.kind === 'user' && after === null)
      users.push({ organizationId: before.record.organizationId, userId: before.record.id });
    if (before?.kind !== 'extension') return;
    const { id, organizationId, number, sip: was } = before.record;
    const now = after?.kind === 'extension' ? after.record.sip : null;
    if (was !== null && was.short.md5 !== now?.short.md5) unregister(prefixOf(organizationId), number);
    if (after === null) extensions.push({ organizationId: String(organizationId), extensionId: id });
  });
  return { users, extensions };
}
