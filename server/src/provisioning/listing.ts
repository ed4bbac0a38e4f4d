import type { DirectoryRecordsView } from '../directory/directory.ts';
import { type AnyRecord, organizationIdOf, type RecordKind, refOf } from '../directory/records.ts';

export interface Filter {
  readonly organization?: string;
  /** Id of a user, with or without its organization. */
  readonly user?: string;
  /** Number or id of an extension. */
  readonly extension?: string;
  readonly limit: number;
  /** `next` of the last page. */
  readonly after?: string;
}

export interface Page {
  readonly items: readonly AnyRecord[];
  /** Null: there is no more. */
  readonly next: string | null;
}

/** Of one organization, or of all (null), in the order of their ids: a page stays where it was when others go. */
export function listed(
  records: DirectoryRecordsView,
  kind: RecordKind,
  organizationId: string | null,
  { organization, user, extension, limit, after }: Filter,
): Page {
  const found: { readonly key: string; readonly one: AnyRecord }[] = [];
  for (const record of records.all(kind)) {
    const one = { kind, record } as AnyRecord;
    const of = organizationIdOf(one);
    if (organizationId !== null && String(of) !== organizationId) continue;
    if (organization !== undefined && String(of) !== organization) continue;
    const owner = ownerOf(records, one);
    if (user !== undefined && owner !== user && owner !== `${of}-${user}`) continue;
    const within = one.kind === 'conference' ? one.record.extensionId : one.kind === 'extension' ? one.record.id : null;
    if (extension !== undefined && within !== extension && within !== `${of}-${extension}`) continue;
    const key = sortKey(refOf(one).id);
    if (after === undefined || key > sortKey(after)) found.push({ key, one });
  }
  found.sort((a, b) => (a.key < b.key ? -1 : 1));
  const items = found.slice(0, limit).map(({ one }) => one);
  const last = items.at(-1);
  return { items, next: found.length > limit && last !== undefined ? refOf(last).id : null };
}

function ownerOf(records: DirectoryRecordsView, one: AnyRecord): string | null {
  if (one.kind === 'user') return refOf(one).id;
  if (one.kind === 'extension') return `${one.record.organizationId}-${one.record.userId}`;
  if (one.kind === 'app') return `${one.record.organizationId}-${one.record.user}`;
  if (one.kind !== 'conference') return null;
  const extension = records.extension(one.record.extensionId);
  return extension === null ? null : `${extension.organizationId}-${extension.userId}`;
}

/** Numbers in it by what they are worth: 9 before 10. */
function sortKey(id: string): string {
  return id.replace(/\d+/g, (digits) => String(digits.length).padStart(2, '0') + digits);
}
