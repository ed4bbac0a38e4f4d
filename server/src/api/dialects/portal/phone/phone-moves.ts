import type { FastifyPluginCallback } from 'fastify';
import type { Clock } from '../../../../base/clock.ts';
import { RateLimit } from '../../../../base/rate-limit.ts';
import { Problem } from '../problem.ts';
import type { PhoneLines } from './phone-lines.ts';

const bodyLimit = 64 * 1024;
/** Of one address: a company behind one loses its network at once. */
const offersPerSecond = 10;
const offersBurst = 100;

/**
 * `/phone/<phone>/calls/<call>`: the browser comes another way in a call, as it has another network. By HTTP, not by
 * the socket: that may be of the network before, and nobody knows yet that it is dead.
 */
export function phoneMoves({ clock, lines }: { clock: Clock; lines: PhoneLines }): FastifyPluginCallback {
  const offers = new RateLimit({ perSecond: offersPerSecond, burst: offersBurst });
  return (app, _options, done) => {
    app.removeAllContentTypeParsers();
    app.addContentTypeParser('*', { parseAs: 'string', bodyLimit }, (_request, text, parsed) => parsed(null, text));
    app.post<{ Params: { id: string; call: string } }>(
      '/phone/:id/calls/:call',
      { schema: { hide: true } as object, config: { secretPath: true } },
      async ({ body, headers, ip, params: { id, call } }, reply) => {
        if (!offers.admit(ip, clock.monotonic())) {
          throw new Problem(429, 'tooManyOffers', 'Too many offers from this address.', 1);
        }
        if (!/^application\/sdp\s*(;|$)/i.test(headers['content-type'] ?? '')) {
          throw new Problem(415, 'wrongContentType', 'The Content-Type of an offer must be application/sdp.');
        }
        const line = lines.find(id);
        if (line === null) throw new Problem(404, 'phoneNotFound', 'There is no such phone.');
        const answer = await line.phone.move(call, typeof body === 'string' ? body : '');
        return reply.code(200).header('content-type', 'application/sdp').send(answer);
      },
    );
    done();
  };
}
