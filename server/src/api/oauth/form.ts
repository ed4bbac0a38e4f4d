import multipart from '@fastify/multipart';
import type { FastifyInstance, FastifyRequest } from 'fastify';

const limits = { fields: 32, fieldNameSize: 100, fieldSize: 4096, files: 0, parts: 32, headerPairs: 50 } as const;
const formLimit = 64 * 1024;

/** Fields of a form, or of a query. A field given twice counts once, as it was given first. */
export type Form = Readonly<Record<string, string>>;

/**
 * Forms as OAuth clients send them: urlencoded, also with a stray `&` in front, and multipart, which PHP makes of an
 * array. Only for the routes of this plugin.
 */
export async function acceptForms(app: FastifyInstance): Promise<void> {
  app.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string', bodyLimit: formLimit },
    async (_request: FastifyRequest, text: string) => fields(new URLSearchParams(text)),
  );
  await app.register(multipart, { attachFieldsToBody: 'keyValues', limits });
}

export function fields(entries: Iterable<readonly [string, unknown]>): Form {
  const form: Record<string, string> = Object.create(null);
  for (const [name, given] of entries) {
    const value: unknown = Array.isArray(given) ? given[0] : given;
    if (name !== '' && typeof value === 'string' && form[name] === undefined) form[name] = value;
  }
  return form;
}

/** Whatever the body was: its text fields. */
export function formOf(body: unknown): Form {
  return typeof body === 'object' && body !== null ? fields(Object.entries(body)) : fields([]);
}
