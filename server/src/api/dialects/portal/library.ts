import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance } from 'fastify';
import { AppError } from '../../../base/app-error.ts';
import { findBehindSlashes } from '../../http.ts';

/** Made by `npm start` out of sdk/src. */
const built = fileURLToPath(new URL('../../../../../sdk/dist', import.meta.url));

const files: Readonly<Record<string, string>> = {
  'AvayaClientServices.min.js': 'text/javascript; charset=utf-8',
  'AvayaClientServices.min.js.map': 'application/json; charset=utf-8',
  'AvayaClientServices.mjs': 'text/javascript; charset=utf-8',
  'AvayaClientServices.mjs.map': 'application/json; charset=utf-8',
  'AvayaClientServices.d.ts': 'text/plain; charset=utf-8',
};

/** `/sdk/…`: the library that pages load, of whatever origin they are. `folder`: where it is, once it is made. */
export function registerLibrary(http: FastifyInstance, folder = built): void {
  findBehindSlashes(http, '/sdk');
  http.register(async (app) => {
    await app.register(fastifyStatic, { root: folder, serve: false, logLevel: 'silent' });
    for (const [name, type] of Object.entries(files)) {
      app.get(`/sdk/${name}`, { schema: { hide: true } as object }, (_request, reply) => {
        if (!existsSync(join(folder, name))) {
          throw new AppError('notFound', 'The library has not been made yet: npm start does that.');
        }
        return (
          reply
            .header('access-control-allow-origin', '*')
            .header('cross-origin-resource-policy', 'cross-origin')
            // Asked for again each time, and answered in a word while it is the same.
            .header('cache-control', 'no-cache')
            .type(type)
            .sendFile(name, { cacheControl: false, contentType: false })
        );
      });
    }
  });
}
