import type { FastifyRequest } from 'fastify';
import { baseUrl } from '../../../base-url.ts';
import type { UnifiedApiDeps } from '../deps.ts';
import { unifiedApiError } from '../errors.ts';
import { resolveScope, type Scope } from '../users.ts';
import { allLive, findLive, involves, type LivePhoneCall } from './live.ts';
import type { RecordingTimes } from './recording-times.ts';
import type { Shown } from './view.ts';

/** What the handlers of running phone calls work with. */
export interface PhoneCallDeps extends UnifiedApiDeps {
  readonly recordings: RecordingTimes;
}

export interface PhoneCallPath {
  readonly userId: string;
  readonly extension: string;
  readonly phoneCallId?: string;
}

/** The phone calls that a path is about. */
export interface PathScope extends Scope {
  /** Ids of the extension, or for `@self` of all extensions of the user. */
  readonly extensionIds: ReadonlySet<string>;
  readonly shown: Shown;
}

const idPattern = /^[A-Za-z0-9]{1,64}$/;

/** `{userId}/{extension}` of the path. Throws `user_invalid`, `extension_invalid`. */
export function scopeOf(deps: PhoneCallDeps, request: FastifyRequest): PathScope {
  const { principal } = request;
  const path = request.params as PhoneCallPath;
  const scope = resolveScope(deps.directory, principal, path.userId, path.extension);
  const ids =
    scope.extension === null
      ? deps.directory.extensionsOfUser(principal.organizationId, scope.userId).map(({ id }) => id)
      : [scope.extension.id];
  const shown: Shown = {
    directory: deps.directory,
    recordings: deps.recordings,
    base: baseUrl(request, deps.publicUrl),
    user: path.userId,
    form: scope.extension === null || path.extension !== scope.extension.number ? 'extended' : 'short',
  };
  return { ...scope, extensionIds: new Set(ids), shown };
}

/**
 * All running phone calls of the scope, or the one of the path. Throws `pc_phonecall_invalid` for what cannot be an id.
 */
export function liveOf(deps: PhoneCallDeps, request: FastifyRequest, scope: PathScope): readonly LivePhoneCall[] {
  const { organizationId } = request.principal;
  const { phoneCallId } = request.params as PhoneCallPath;
  if (phoneCallId === undefined) return allLive(deps.runtime, organizationId, scope.extensionIds);
  if (!idPattern.test(phoneCallId)) throw unifiedApiError('pc_phonecall_invalid');
  const live = findLive(deps.runtime, organizationId, phoneCallId);
  return live !== null && involves(live, scope.extensionIds) ? [live] : [];
}
