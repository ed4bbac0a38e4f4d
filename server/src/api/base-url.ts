import type { FastifyRequest } from 'fastify';

/** A host as it may stand in a link: nothing that a client could make a browser or a shell stumble over. */
const hostPattern = /^[A-Za-z0-9._-]+(:[0-9]{1,5})?$|^\[[0-9A-Fa-f:.]+\](:[0-9]{1,5})?$/;

/** Scheme and host of links in the answer to this request, without a slash at the end. */
export function baseUrl(request: Pick<FastifyRequest, 'host' | 'protocol'>, publicUrl: string | null): string {
  if (publicUrl !== null) return publicUrl.endsWith('/') ? publicUrl.slice(0, -1) : publicUrl;
  const { host } = request;
  return `${request.protocol}://${hostPattern.test(host) ? host : 'localhost'}`;
}
