import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance, FastifyReply } from 'fastify';

/** Made by `npm run docs` out of docs/; see docs/decisions/0011-the-guide.md. */
const built = fileURLToPath(new URL('../../../site/dist', import.meta.url));
const here = fileURLToPath(new URL('.', import.meta.url));
const written = fileURLToPath(new URL('../../../docs', import.meta.url));

const hidden = { schema: { hide: true } as object };
const pageName = /^(?:[a-z0-9-]+\/)?[a-z0-9-]+\.md$/;

const notMade = `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Partyline: the guide</title></head><body>
<h1>The guide is not made yet</h1>
<p>In the clone: <code>npm run docs</code>, then load this page again; a package has it when that was done before <code>npm pack</code>. The pages as they are written: <a href="/docs/guide/index.md">index.md</a>;
the interfaces to try: <a href="/docs">/docs</a>.</p>
</body></html>`;

export interface GuideFolders {
  readonly built: string;
  readonly written: string;
}

/** The guide at /docs/guide: pages for people where they were made, and always for programs (`.md`, llms.txt). */
export function registerGuide(http: FastifyInstance, folders: GuideFolders = { built, written }): void {
  http.get('/docs/guide', hidden, (_request, reply) => reply.redirect('/docs/guide/', 308));
  http.register(async (app) => {
    // Of a folder that is not made yet it would warn at the start.
    await app.register(fastifyStatic, { root: here, serve: false, logLevel: 'silent' });
    app.get<{ Params: { '*': string } }>('/docs/guide/*', hidden, async (request, reply) => {
      const path = request.params['*'];
      // Each time: it may be made, or made anew, while the server runs.
      const policy = await policyOf(folders.built);
      reply.headers({ 'content-security-policy': policy, 'x-content-type-options': 'nosniff' });
      if (path === 'llms.txt' || path.endsWith('.md')) return asWritten(reply, folders, path);
      const file = path === '' ? 'index.html' : path.includes('.') ? path : `${path}.html`;
      if (file.endsWith('.html')) {
        const content = await readFile(join(folders.built, 'index.html')).catch(() => null);
        if (content === null) return reply.code(503).type('text/html; charset=utf-8').send(notMade);
      }
      return reply.sendFile(file, folders.built, { maxAge: 0 });
    });
  });
}

/** As it was made, else as it is in docs/: nothing else of the folder, and nothing beside it. */
async function asWritten(reply: FastifyReply, { built: made, written: pages }: GuideFolders, path: string) {
  reply.type(`text/${path.endsWith('.md') ? 'markdown' : 'plain'}; charset=utf-8`);
  if (path !== 'llms.txt' && !pageName.test(path)) return reply.callNotFound();
  const content =
    (await readFile(join(made, path), 'utf8').catch(() => null)) ??
    (path === 'llms.txt' ? await listOf(pages) : await readFile(join(pages, path), 'utf8').catch(() => null));
  return content === null ? reply.callNotFound() : reply.send(content);
}

async function listOf(pages: string): Promise<string> {
  const index = await readFile(join(pages, 'index.md'), 'utf8').catch(() => '');
  const links = [...index.matchAll(/\[([^\]]+)\]\(([a-z0-9/-]+\.md)\)/g)];
  return `# Partyline\n\n${links.map(([, title, link]) => `- [${title}](/docs/guide/${link})`).join('\n')}\n`;
}

/** Nothing from elsewhere, and of inline scripts those that were there when the guide was made. */
async function policyOf(folder: string): Promise<string> {
  const known = await readFile(join(folder, 'scripts.json'), 'utf8').catch(() => '');
  const hashes = hashesIn(known).join(' ');
  return [
    "default-src 'none'",
    `script-src 'self' ${hashes}`.trim(),
    "style-src 'self' 'unsafe-inline'",
    "font-src 'self'",
    "img-src 'self' data:",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}

/** None in what is not there, or is being written. */
function hashesIn(known: string): readonly string[] {
  try {
    return JSON.parse(known);
  } catch {
    return [];
  }
}
