import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { asksForPage } from './asks-for-page.ts';

/** Shows that there is nothing at an address; gives whether it could. */
type ShowsNothingThere = (reply: FastifyReply, status: number) => Promise<boolean>;

interface Addresses {
  readonly show: ShowsNothingThere;
  /** Where interfaces begin: `/oauth`, `/admin`, … Their clients get errors as they know them, whatever they accept. */
  readonly roots: ReadonlySet<string>;
}

const addresses = new WeakMap<FastifyInstance, Addresses>();
/** Below these are pages for people. */
const forPeople = new Set(['', '*', 'docs', 'sandbox']);

/** From now on people who are at no address are shown so. Called before the routes that it is to know of. */
export function showNowhere(http: FastifyInstance, show: ShowsNothingThere): void {
  const roots = new Set<string>();
  http.addHook('onRoute', ({ url }) => {
    const root = rootOf(url);
    if (!forPeople.has(root)) roots.add(root);
  });
  addresses.set(http, { show, roots });
}

/** Tells a person that there is nothing at this address. Gives false where a program asked, which gets its error. */
export async function tellPerson(http: FastifyInstance, request: FastifyRequest, reply: FastifyReply, status: number) {
  const known = addresses.get(http);
  if (known === undefined || !asksForPage(request) || known.roots.has(rootOf(request.url))) return false;
  return await known.show(reply, status);
}

function rootOf(url: string): string {
  return url.slice(1).split(/[/?#]/, 1)[0] ?? '';
}
