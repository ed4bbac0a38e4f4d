import type { FastifyRequest } from 'fastify';

type Query = Readonly<Record<string, string | readonly string[] | undefined>>;

/** A list in a query parameter: `*` is all; null when it is missing. */
export function readList(request: FastifyRequest, name: string): 'all' | ReadonlySet<string> | null {
  const given = (request.query as Query)[name];
  if (given === undefined) return null;
  const words = [given].flat().join(',').slice(0, 4096).split(',');
  const names = new Set(words.map((word) => word.trim()).filter((word) => word !== ''));
  return names.has('*') ? 'all' : names;
}

/** Only the fields that are asked for; a name that there is not asks for nothing. */
export function picked<Resource extends object>(
  resource: Resource,
  fields: ReturnType<typeof readList>,
): Partial<Resource> {
  if (fields === null || fields === 'all') return resource;
  return Object.fromEntries(Object.entries(resource).filter(([name]) => fields.has(name))) as Partial<Resource>;
}

/** A list: the addresses alone, or with `fields` the resources under the name of the collection. */
export function listed(
  request: FastifyRequest,
  name: string,
  resources: readonly { readonly uri: string }[],
): Readonly<Record<string, unknown>> {
  const fields = readList(request, 'fields');
  if (fields === null) return { uris: [...new Set(resources.map(({ uri }) => uri))] };
  return { [name]: resources.map((resource) => picked(resource, fields)) };
}

/** One resource, under its own name. */
export function single(request: FastifyRequest, name: string, resource: object): Readonly<Record<string, unknown>> {
  return { [name]: picked(resource, readList(request, 'fields')) };
}

/** Which of these are to be embedded. */
export function wanted(request: FastifyRequest, names: readonly string[]): readonly string[] {
  const asked = readList(request, 'subresources');
  if (asked === null) return [];
  return asked === 'all' ? names : names.filter((name) => asked.has(name));
}
