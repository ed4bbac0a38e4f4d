import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance } from 'fastify';

/** Made by `npm start` out of web/src. */
const built = fileURLToPath(new URL('../../../web/dist', import.meta.url));
const hashedNamesKeptMs = 365 * 86_400_000;

/** Everything from this server and nothing inline; the microphone for this page alone. */
const policies = {
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "connect-src 'self'",
    "media-src 'self' blob: mediastream:",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join('; '),
  'permissions-policy': 'microphone=(self), camera=(), geolocation=()',
  'referrer-policy': 'no-referrer',
} as const;

const hidden = { schema: { hide: true } as object };

const notMade = `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Partyline</title></head><body>
<h1>The meeting page is not made yet</h1>
<p><code>npm start</code> makes it; by hand: <code>node scripts/build-web.mjs</code>, then load this page again.</p>
</body></html>`;

/** `/meet`, `/meet/{meetingId}`: where people join from a browser. `folder`: where the built page is. */
export function registerMeetingPage(http: FastifyInstance, folder = built): void {
  http.register(async (app) => {
    app.addHook('onRequest', (_request, reply, done) => {
      reply.headers(policies);
      done();
    });
    await app.register(fastifyStatic, { root: folder, serve: false, logLevel: 'silent' });
    // Their names change with what is in them.
    app.get<{ Params: { name: string } }>('/meet/assets/:name', hidden, (request, reply) =>
      reply.sendFile(`assets/${request.params.name}`, { maxAge: hashedNamesKeptMs, immutable: true }),
    );
    for (const path of ['/meet', '/meet/', '/meet/*']) {
      app.get(path, hidden, (_request, reply) => {
        if (!existsSync(join(folder, 'index.html'))) {
          return reply.code(503).header('retry-after', '10').type('text/html; charset=utf-8').send(notMade);
        }
        return reply.header('cache-control', 'no-cache').sendFile('index.html', { cacheControl: false });
      });
    }
  });
}
