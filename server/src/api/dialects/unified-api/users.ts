import type { Directory } from '../../../directory/directory.ts';
import type { ExtensionView } from '../../../directory/directory-views.ts';
import { unifiedApiError } from './errors.ts';
import type { Principal } from './principal.ts';

/** An extension as this interface needs it. */
export type ExtensionFacts = ExtensionView;

/** The lookups of `directory/` by which users and extensions are found. */
export type ExtensionDirectory = Pick<
  Directory,
  'organization' | 'user' | 'extensionOf' | 'extensionById' | 'extensionsOfUser'
>;

const idPattern = /^[0-9]{1,15}$/;

/**
 * The user that `{userId}` of a path means: `@me` and `@viewer` are the authenticated user; `@owner` is the user who
 * owns the extension of the request (`@me` where it names none, nobody where it is `unknown`); a number is that user,
 * zeros in front or not. Only administrators may name other users, those of their organization. Throws `user_invalid`
 * for all else, so that nobody can list the users.
 */
export function resolveUser(
  directory: ExtensionDirectory,
  principal: Principal,
  given: string,
  extension: ExtensionFacts | 'unknown' | null,
): number {
  if (given === '@me' || given === '@viewer') return principal.userId;
  if (given === '@owner') {
    if (extension === null) return principal.userId;
    if (extension !== 'unknown' && mayActFor(principal, extension.userId)) return extension.userId;
    throw unifiedApiError('user_invalid');
  }
  const id = idPattern.test(given) ? Number(given) : null;
  if (id === null || !mayActFor(principal, id)) throw unifiedApiError('user_invalid');
  if (directory.user(principal.organizationId, id) === null) throw unifiedApiError('user_invalid');
  return id;
}

/**
 * The extension of this number that the authenticated user may act for. Null for one of somebody else as for one that
 * is not there: a user is not told which there are.
 */
export function extensionFor(
  directory: ExtensionDirectory,
  principal: Principal,
  number: string,
): ExtensionFacts | null {
  const extension = directory.extensionOf(principal.organizationId, number);
  return extension !== null && mayActFor(principal, extension.userId) ? extension : null;
}

function mayActFor(principal: Principal, userId: number): boolean {
  return userId === principal.userId || principal.roles.includes('administrator');
}

/** What `{userId}/{extension}` of a path means. */
export interface Scope {
  readonly userId: number;
  /** Null for `@self`: all extensions of the user. */
  readonly extension: ExtensionFacts | null;
}

/**
 * Resolves `{userId}/{extension}`. Throws `user_invalid`; `extension_invalid` when the extension is not there or not
 * the user's.
 */
export function resolveScope(
  directory: ExtensionDirectory,
  principal: Principal,
  userId: string,
  extension: string,
): Scope {
  const found = extension === '@self' ? null : extensionFor(directory, principal, extension);
  const user = resolveUser(directory, principal, userId, extension === '@self' ? null : (found ?? 'unknown'));
  if (extension !== '@self' && (found === null || found.userId !== user)) throw unifiedApiError('extension_invalid');
  return { userId: user, extension: found };
}

/** As `resolveScope` where `@self` is not allowed. */
export function resolveExtension(
  directory: ExtensionDirectory,
  principal: Principal,
  userId: string,
  extension: string,
): ExtensionFacts {
  const scope = resolveScope(directory, principal, userId, extension);
  if (scope.extension !== null) return scope.extension;
  throw unifiedApiError(
    'extension_invalid',
    'Value supplied in the URI-Fragment as extension is invalid. The parameter must reference the number of an existing extension and cannot be set to @self.',
  );
}
