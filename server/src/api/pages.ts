import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { showNowhere } from './nowhere.ts';

/** Made by `npm start` out of web/src. */
const built = fileURLToPath(new URL('../../../web/dist', import.meta.url));
const hashedNamesKeptMs = 365 * 86_400_000;

/** Everything from this server and nothing inline; the microphone for these pages alone. */
const policies = {
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "font-src 'self'",
    "img-src 'self' blob:",
    "connect-src 'self'",
    "media-src 'self' blob: mediastream:",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join('; '),
  'permissions-policy': 'microphone=(self), camera=(), geolocation=()',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
} as const;

const hidden = { schema: { hide: true } as object };

const notMade = `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Partyline</title></head><body>
<h1>The pages are not made yet</h1>
<p><code>npm start</code> makes them; by hand: <code>node scripts/build-web.mjs</code>, then load this page again.
The interfaces are described at <a href="/docs">/docs</a>.</p>
</body></html>`;

/** Each is one file of that name; what follows in the path is for the page itself. */
const pages = ['meet', 'agent', 'console'];

/** Sends one of the files that Vite made; `folder`: where they are. */
async function send(reply: FastifyReply, folder: string, file: string): Promise<FastifyReply> {
  reply.headers(policies).type(`${file.endsWith('.js') ? 'text/javascript' : 'text/html'}; charset=utf-8`);
  const content = await readFile(join(folder, file)).catch(() => null);
  if (content === null) return reply.code(503).header('retry-after', '10').send(notMade);
  return reply.header('cache-control', 'no-cache').send(content);
}

/** The page at `/`. */
export function startPage(reply: FastifyReply, folder = built): Promise<FastifyReply> {
  return send(reply, folder, 'index.html');
}

/** The page at `/sandbox`. */
export function sandboxPage(reply: FastifyReply, folder = built): Promise<FastifyReply> {
  return send(reply.header('vary', 'accept'), folder, 'sandbox.html');
}

/** People who are at no address see a page that says so. Before the routes, to know where interfaces begin. */
export function registerNowhere(http: FastifyInstance, folder = built): void {
  showNowhere(http, async (reply, status) => {
    const content = await readFile(join(folder, 'nowhere.html')).catch(() => null);
    if (content === null) return false;
    reply.headers(policies).headers({ 'cache-control': 'no-store', vary: 'accept' });
    reply.code(status).type('text/html; charset=utf-8').send(content);
    return true;
  });
}

/** `/meet/…`, `/agent/…` and `/console/…`, and what all pages are made of. `folder`: where the built pages are. */
export function registerPages(http: FastifyInstance, folder = built): void {
  for (const name of pages) {
    for (const path of [`/${name}`, `/${name}/`, `/${name}/*`]) {
      http.get(path, hidden, (_request, reply) => send(reply, folder, `${name}.html`));
    }
  }
  http.get('/pages/theme.js', hidden, (_request, reply) => send(reply, folder, 'theme.js'));
  http.register(async (app) => {
    await app.register(fastifyStatic, { root: folder, serve: false, logLevel: 'silent' });
    // Their names change with what is in them.
    app.get<{ Params: { name: string } }>('/pages/assets/:name', hidden, (request, reply) =>
      reply.headers(policies).sendFile(`assets/${request.params.name}`, { maxAge: hashedNamesKeptMs, immutable: true }),
    );
  });
}
