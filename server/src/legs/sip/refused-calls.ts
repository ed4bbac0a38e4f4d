import type { AppError } from '../../base/app-error.ts';

/**
 * What the caller is told of a call that was not taken; null for what is our own mistake. Where only somebody's hanging
 * up makes room again there is nothing to say about when: 480, for 486 would mean that the called party is busy.
 */
export function refusalFor({
  code,
  details,
}: AppError): { readonly status: number; readonly headers: [string, string][] } | null {
  switch (code) {
    case 'destinationNotAllowed':
      return { status: 403, headers: [] };
    case 'limitExceeded': {
      const { retryAfterMs } = details;
      if (typeof retryAfterMs !== 'number') return { status: 480, headers: [] };
      return { status: 503, headers: [['Retry-After', String(Math.max(1, Math.ceil(retryAfterMs / 1000)))]] };
    }
    case 'unavailable':
      return { status: 503, headers: [['Retry-After', '10']] };
    default:
      return null;
  }
}
