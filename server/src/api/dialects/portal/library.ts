import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { FastifyInstance } from 'fastify';
import { AppError } from '../../../base/app-error.ts';

/** Made by `npm start` out of sdk/src. */
const folder = fileURLToPath(new URL('../../../../../sdk/dist', import.meta.url));

const files: Readonly<Record<string, string>> = {
  'AvayaClientServices.min.js': 'text/javascript; charset=utf-8',
  'AvayaClientServices.min.js.map': 'application/json; charset=utf-8',
  'AvayaClientServices.mjs': 'text/javascript; charset=utf-8',
  'AvayaClientServices.mjs.map': 'application/json; charset=utf-8',
  'AvayaClientServices.d.ts': 'text/plain; charset=utf-8',
};

interface Kept {
  readonly changedMs: number;
  readonly content: Buffer;
  readonly etag: string;
}

/** `/sdk/…`: the library that pages load, of whatever origin they are. */
export function registerLibrary(http: FastifyInstance): void {
  const kept = new Map<string, Kept>();
  for (const [name, type] of Object.entries(files)) {
    http.get(`/sdk/${name}`, { schema: { hide: true } as object }, async (request, reply) => {
      const { content, etag } = await read(kept, name);
      reply.header('access-control-allow-origin', '*');
      reply.header('cross-origin-resource-policy', 'cross-origin');
      // Asked for again each time, and answered in a word while it is the same.
      reply.header('cache-control', 'no-cache');
      reply.header('etag', etag);
      if (request.headers['if-none-match'] === etag) return reply.code(304).send();
      return reply.type(type).send(content);
    });
  }
}

async function read(kept: Map<string, Kept>, name: string): Promise<Kept> {
  const path = join(folder, name);
  const found = await stat(path).catch(() => null);
  if (found === null) throw new AppError('notFound', 'The library has not been made yet: npm start does that.');
  const known = kept.get(name);
  if (known?.changedMs === found.mtimeMs) return known;
  const content = await readFile(path);
  const etag = `"${createHash('sha256').update(content).digest('hex').slice(0, 20)}"`;
  const now = { changedMs: found.mtimeMs, content, etag };
  kept.set(name, now);
  return now;
}
