import { AppError } from '../base/app-error.ts';
import type { Directory } from '../directory/directory.ts';
import type { RecordRef, UserRecord } from '../directory/records.ts';
import type { DirectoryChanges } from './directory-changes.ts';

/** Who asks, and from where. */
export interface Asker {
  readonly organizationId: string;
  readonly userId: number;
  /** Address of the client. */
  readonly from: string;
  readonly requestId: string;
  /** Of a request with a key of its own; `resumed`: what it asks for may have been done before, unanswered. */
  readonly operation?: { readonly id: string; readonly resumed: boolean };
  /** Whether the login by which it came holds still. */
  readonly holds?: () => boolean;
}

/**
 * When the turn of a change has come: who asked for it may have been removed by one before, or have another password.
 * Throws AppError.
 */
export function checkHolds({ holds }: Asker): void {
  if (holds?.() === false) throw new AppError('unauthenticated', 'The login by which this was asked for is over.');
}

/** Kept when the administrators of the only organization make a second one: they go on running the server. */
export const operatorsSetting = 'operators';

/**
 * Whether this administrator runs the whole server, and not one organization of several: by the role `operator`; where
 * nobody has it, the administrators of the only organization do, also after they have made others.
 */
export function isOperator(
  directory: Directory,
  changes: DirectoryChanges,
  asker: Pick<Asker, 'organizationId' | 'userId'>,
): boolean {
  const { records } = directory;
  if (records.user(asker.organizationId, asker.userId)?.roles.includes('operator') === true) return true;
  for (const user of records.all('user')) if (user.roles.includes('operator')) return false;
  const [first, second] = records.all('organization');
  if (first !== undefined && second === undefined) return true;
  return changes.setting(operatorsSetting) === JSON.stringify(asker.organizationId);
}

/** An organization that is made later with the id of one that is gone runs nothing by it. */
export function operatorsWithout(
  changes: Pick<DirectoryChanges, 'setting'>,
  removed: readonly RecordRef[],
): Record<string, null> {
  const kept = changes.setting(operatorsSetting);
  const isGone = removed.some(({ kind, id }) => kind === 'organization' && JSON.stringify(id) === kept);
  return isGone ? { [operatorsSetting]: null } : {};
}

export function onlyOperators(): AppError {
  return new AppError(
    'forbidden',
    'This is of the whole server: it takes an administrator with the role operator (docs/protocols/administration.md).',
  );
}

/**
 * Who runs the server, by the role `operator`, is changed and removed by operators alone: whoever may give such a user
 * another password may become it, and without the last one others would run the server. Throws AppError.
 */
export function checkOperatorsAmong(users: Iterable<Pick<UserRecord, 'roles'> | null>, asks: () => boolean): void {
  for (const user of users) if (user?.roles.includes('operator') === true && !asks()) throw onlyOperators();
}
