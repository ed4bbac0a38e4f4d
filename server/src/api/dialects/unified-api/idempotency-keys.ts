import type { Repetitions } from '../../idempotency/idempotency.ts';
import { UnifiedApiError } from './errors.ts';

/** What two requests of this interface with one `Idempotency-Key` must have in common, and how another is refused. */
export const repetitions: Repetitions = {
  scopeOf: ({ principal }) => `${principal.organizationId} ${principal.userId} ${principal.appKey}`,
  /**
   * Not the access token, which may be another one by the next try; both prefixes, and a slash at the end, are one
   * address.
   */
  addressOf: ({ pathname, searchParams }) => {
    searchParams.delete('accessRequestToken');
    const path = decodeURIComponent(pathname)
      .replace(/^\/unifiedapi\//, '/uapi/')
      .replace(/\/$/, '');
    return { path, query: [...searchParams] };
  },
  refusal: (why) =>
    why === 'invalid'
      ? new UnifiedApiError(400, 'idempotency_key_invalid', 'The Idempotency-Key must be 1 to 255 visible characters.')
      : new UnifiedApiError(
          422,
          'idempotency_key_reused',
          'This Idempotency-Key was used for another request. Use a new key for a new request.',
        ),
};
