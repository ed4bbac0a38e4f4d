import type { FastifyRequest } from 'fastify';

/**
 * Whether a browser says that a page of another origin has it send this: by Fetch Metadata (Sec-Fetch-Site), where it
 * has none by Origin (RFC 6454). Who is no browser says nothing.
 */
export function isOfAnotherSite({ headers, host }: Pick<FastifyRequest, 'headers' | 'host'>): boolean {
  const site = headers['sec-fetch-site'];
  if (site !== undefined) return site !== 'same-origin' && site !== 'none';
  const { origin } = headers;
  if (origin === undefined) return false;
  return !URL.canParse(origin) || new URL(origin).host !== host.toLowerCase();
}
