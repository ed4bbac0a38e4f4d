import { lookup } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { networkInterfaces } from 'node:os';
import type { Dispatcher } from 'undici';
import { ipVersion } from '../../base/ip-address.ts';
import { isPublicAddress, reachedBy } from './public-address.ts';

/** A request that was not made, because it would have led into the own network. */
export class PrivateAddress extends Error {
  constructor(host: string) {
    super(`${host} is an address inside the own network`);
    this.name = 'PrivateAddress';
  }
}

/**
 * `fetch` that reaches addresses of the public internet only. A name is looked up once for each connection, and the
 * connection goes to the very addresses that were looked at: a name that says something else a moment later (DNS
 * rebinding) leads nowhere. Redirects are not followed unless the caller does, by another call. Rejects with a
 * PrivateAddress as the cause.
 */
export function publicFetch({ resolve = lookup, mayReach = isElsewhere }: Partial<Names> = {}): typeof fetch {
  let made: Promise<{ fetch: typeof fetch; dispatcher: Dispatcher }> | null = null;
  const client = async () => {
    // Read when it is first needed: most servers send no webhook, or may send them anywhere.
    const { Agent, fetch: fetchWith } = await import('undici');
    const dispatcher = new Agent({ connect: { lookup: publicLookup({ resolve, mayReach }) } });
    return { fetch: fetchWith as unknown as typeof fetch, dispatcher };
  };
  return async (input, init) => {
    const host = new URL(String(input)).hostname.replace(/^\[|\]$/g, '');
    // A connection to a literal address looks nothing up.
    if (ipVersion(host) !== 0 && !mayReach(host))
      throw new TypeError('fetch failed', { cause: new PrivateAddress(host) });
    made ??= client();
    const { fetch: fetchWith, dispatcher } = await made;
    return fetchWith(input, { ...init, redirect: 'manual', dispatcher } as unknown as RequestInit);
  };
}

/** How names become addresses, and which of those may be reached. */
export interface Names {
  readonly resolve: typeof lookup;
  readonly mayReach: (address: string) => boolean;
}

/** Neither a private address, nor one of this machine itself, whatever network that is in and however it is written. */
export function isElsewhere(address: string, own: readonly string[] = addressesOfMachine()): boolean {
  if (!isPublicAddress(address)) return false;
  const meant = reachedBy(address);
  return !own.some((one) => reachedBy(one) === meant);
}

function addressesOfMachine(): string[] {
  return Object.values(networkInterfaces()).flatMap((list) => (list ?? []).map((one) => one.address));
}

/** Answers with the addresses that may be reached, or with an error when there is none. */
function publicLookup({ resolve, mayReach }: Names): LookupFunction {
  return (host, options, done) => {
    resolve(host, { ...options, all: true }, (error, found) => {
      const addresses = error === null ? found.filter(({ address }) => mayReach(address)) : [];
      const [first] = addresses;
      if (error !== null) done(error, '', 0);
      else if (first === undefined) done(new PrivateAddress(host), '', 0);
      else if (options.all === true) done(null, addresses);
      else done(null, first.address, first.family);
    });
  };
}
