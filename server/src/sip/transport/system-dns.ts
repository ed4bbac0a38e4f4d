import { lookup, Resolver } from 'node:dns/promises';
import type { AddressRecord, Dns } from './resolve.ts';

/** What a resolver says when a name has no such records; everything else means that it did not answer. */
const nothing: ReadonlySet<string> = new Set(['ENOTFOUND', 'ENODATA', 'EBADNAME']);

/** The DNS of the system, for addresses after it also what the hosts file says. */
export function systemDns(): Dns {
  const resolver = new Resolver({ timeout: 2000, tries: 2 });
  return {
    // Node does not tell the lives of SRV records.
    srv: async (name) => (await orNothing(resolver.resolveSrv(name))).map((record) => ({ ...record, ttl: null })),
    a: (name) => addresses(name, 4, orNothing(resolver.resolve4(name, { ttl: true }))),
    aaaa: (name) => addresses(name, 6, orNothing(resolver.resolve6(name, { ttl: true }))),
  };
}

async function addresses(
  name: string,
  family: 4 | 6,
  asked: Promise<readonly AddressRecord[]>,
): Promise<readonly AddressRecord[]> {
  let failure: unknown = null;
  const records = await asked.catch((error: unknown) => {
    failure = error;
    return [];
  });
  if (records.length > 0) return records;
  const local = await orNothing(lookup(name, { family, all: true })).catch(() => []);
  if (local.length === 0 && failure !== null) throw failure;
  return local.map(({ address }) => ({ address, ttl: null }));
}

async function orNothing<T>(asked: Promise<readonly T[]>): Promise<readonly T[]> {
  try {
    return await asked;
  } catch (error) {
    if (nothing.has((error as NodeJS.ErrnoException).code ?? '')) return [];
    throw error;
  }
}
