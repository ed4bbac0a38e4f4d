import type { FastifyRequest } from 'fastify';

/** What a proxy adds: then the connection is from this machine, but perhaps not who asks. */
const traces = ['forwarded', 'via', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', 'x-real-ip'];
const names = /^(localhost|127\.0\.0\.1|\[::1\])(:[0-9]{1,5})?$/i;
const addresses = new Set(['127.0.0.1', '::1', '::ffff:127.0.0.1']);

/**
 * Whether a request comes from a browser on this machine, from a page of this server. The name by which it asks has to
 * be one of this machine, so that no other site's name can be made to lead here (DNS rebinding), and what a browser
 * says of the page that asks (Fetch Metadata, Origin) has to be this server. No browser speaks HTTP/1.0; nginx does,
 * and names us as its configuration does, where that says no more than proxy_pass.
 */
export function isLocalVisitor(request: Pick<FastifyRequest, 'headers' | 'socket' | 'protocol' | 'raw'>): boolean {
  const { headers, socket, protocol, raw } = request;
  if (raw.httpVersion === '1.0') return false;
  const host = headers.host ?? '';
  if (!addresses.has(socket.remoteAddress ?? '') || !names.test(host)) return false;
  if (traces.some((name) => headers[name] !== undefined)) return false;
  const site = headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin') return false;
  return headers.origin === undefined || headers.origin === `${protocol}://${host}`;
}
