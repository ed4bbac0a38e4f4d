import type { FastifyInstance } from 'fastify';
import { baseUrl } from '../../base-url.ts';
import type { DialectParts } from '../dialect.ts';

const resources = [
  ['phoneCalls', 'phoneCalls/{userId}/{extensionNumber}/{phoneCallId}/'],
  ['phoneCallEvents', 'extensions/{userId}/{extensionNumber}/phoneCallEvents/{eventType}/{eventId}/'],
  ['presence', 'extensions/{userId}/{extensionNumber}/presence/'],
  ['cdr', 'cdr/{userId}/'],
] as const;

/** Service discovery: `GET /` that accepts `application/xrds+xml` is answered 204 and where the list is. */
export function registerDiscovery(
  http: FastifyInstance,
  publicUrl: string | null,
  frontDoor: DialectParts['frontDoor'],
): void {
  frontDoor.first((request, reply) => {
    if (!/application.xrds\+xml/.test(request.headers.accept ?? '')) return false;
    void reply
      .code(204)
      .header('X-XRDS-Location', `${baseUrl(request, publicUrl)}/uapi/unifiedapi.xrds`)
      .send();
    return true;
  });
  http.get('/uapi/unifiedapi.xrds', { schema: { hide: true } as object }, async (request, reply) => {
    const base = baseUrl(request, publicUrl);
    const services = resources.map(
      ([name, template]) =>
        `<Service><Type>http://ns.opensocial.org/2008/opensocial/${name}</Type><URI-Template>${base}/uapi/${template}</URI-Template></Service>`,
    );
    const xrd = `<XRD xmlns="xri://$xrd*($v*2.0)"><Type>xri://$xrds*simple</Type>${services.join('')}</XRD>`;
    return reply
      .type('application/xrds+xml')
      .send(`<?xml version="1.0" encoding="UTF-8"?><XRDS xmlns="xri://$xrds">${xrd}</XRDS>`);
  });
}
