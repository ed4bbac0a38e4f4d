import { isIP } from 'node:net';
import type { Clock } from '../../base/clock.ts';
import type { Random } from '../../base/random.ts';
import type { SipUri } from '../message/uri.ts';
import type { TransportKind } from './flow.ts';

/** Where a request can be sent. */
export interface ResolvedAddress {
  /** An IP address, IPv6 without brackets. */
  readonly address: string;
  readonly port: number;
  readonly kind: TransportKind;
}

export interface ServiceRecord {
  readonly name: string;
  readonly port: number;
  readonly priority: number;
  readonly weight: number;
  /** Seconds; null when the system does not say. */
  readonly ttl: number | null;
}

export interface AddressRecord {
  readonly address: string;
  /** Seconds. */
  readonly ttl: number | null;
}

/** What is asked of the DNS. A name without such records gives []; a rejection means that no answer could be had. */
export interface Dns {
  srv(name: string): Promise<readonly ServiceRecord[]>;
  a(name: string): Promise<readonly AddressRecord[]>;
  aaaa(name: string): Promise<readonly AddressRecord[]>;
}

export interface TargetResolverOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly dns: Dns;
  /** What we can send over, the preferred first; default UDP and TCP. */
  readonly kinds?: readonly TransportKind[];
}

/** Names whose records are kept. */
const mostNames = 1000;
/** Addresses that one URI gives; who has more has them for other reasons. */
const mostAddresses = 16;
/** SRV records of one name that are looked at. */
const mostRecords = 64;
/** How long records are kept, whatever they say, and when they say nothing. */
const leastKeptMs = 5_000;
const mostKeptMs = 3_600_000;
const unknownKeptMs = 60_000;
/** That there is nothing is believed so long. */
const nothingKeptMs = 10_000;
/** Old records are better than none while the DNS does not answer. */
const staleMs = 86_400_000;
const patienceMs = 5_000;

interface Kept {
  readonly records: readonly (ServiceRecord | AddressRecord)[];
  readonly atMs: number;
  freshUntilMs: number;
}

/**
 * Finds where to send a request for a URI (RFC 3263 §4): the SRV records of the transports we have, then A and AAAA of
 * their targets; A and AAAA of the host itself when it has none, or the URI names a port. NAPTR is not asked: it only
 * says which of our two transports is preferred.
 */
export class TargetResolver {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #dns: Dns;
  readonly #kinds: readonly TransportKind[];
  /** By `srv name`, `a name`, `aaaa name`, the oldest first. */
  readonly #kept = new Map<string, Kept>();
  readonly #asking = new Map<string, Promise<readonly (ServiceRecord | AddressRecord)[]>>();

  constructor(options: TargetResolverOptions) {
    this.#clock = options.clock;
    this.#random = options.random;
    this.#dns = options.dns;
    this.#kinds = options.kinds ?? ['udp', 'tcp'];
  }

  /** In the order to try; [] when there is no way. Never rejects. */
  async resolve(uri: SipUri): Promise<ResolvedAddress[]> {
    if (uri.scheme !== 'sip' && uri.scheme !== 'sips') return [];
    const named = namedKind(uri);
    if (named !== null && !this.#kinds.includes(named)) return [];
    const host = hostOf(uri);
    const kind = named ?? this.#kinds.find((candidate) => candidate === 'udp') ?? this.#kinds[0] ?? 'udp';
    const port = uri.port ?? (kind === 'tls' ? 5061 : 5060);
    if (isIP(host) !== 0) return [{ address: host, port, kind }];
    if (host === 'localhost') return [{ address: '127.0.0.1', port, kind }];
    if (uri.port === null) {
      const services = await this.#services(host, named === null ? this.#kinds : [named]);
      if (services !== null) return services;
    }
    return (await this.#addresses(host)).map((address) => ({ address, port, kind }));
  }

  /** Null when there are no SRV records; [] when they say that there is no service (RFC 2782). */
  async #services(host: string, kinds: readonly TransportKind[]): Promise<ResolvedAddress[] | null> {
    const asked = await Promise.all(
      kinds.map(async (kind) => {
        const name = serviceName(kind, host);
        const records = name === null ? [] : ((await this.#ask('srv', name)) as readonly ServiceRecord[]);
        return { kind, records: records.filter(usable).slice(0, mostRecords) };
      }),
    );
    if (asked.every(({ records }) => records.length === 0)) return null;
    const hops = asked.flatMap(({ kind, records }) =>
      inOrder(records, this.#random)
        .filter((record) => !namesNobody(record))
        .map((record) => ({ kind, record })),
    );
    const found = await Promise.all(
      hops.slice(0, mostAddresses).map(async ({ kind, record }) => {
        const addresses = await this.#addresses(withoutDot(record.name));
        return addresses.map((address) => ({ address, port: record.port, kind }));
      }),
    );
    return found.flat().slice(0, mostAddresses);
  }

  async #addresses(name: string): Promise<string[]> {
    if (isIP(name) !== 0) return [name];
    const both = await Promise.all([this.#ask('a', name), this.#ask('aaaa', name)]);
    const addresses = (both.flat() as AddressRecord[]).map((record) => record.address);
    return addresses.filter((address) => isIP(address) !== 0).slice(0, mostAddresses);
  }

  #ask(type: keyof Dns, name: string): Promise<readonly (ServiceRecord | AddressRecord)[]> {
    const key = `${type} ${name}`;
    const kept = this.#kept.get(key);
    if (kept !== undefined && kept.freshUntilMs > this.#clock.monotonic()) return Promise.resolve(kept.records);
    const running = this.#asking.get(key);
    if (running !== undefined) return running;
    const asking = this.#fetch(type, name, key, kept).finally(() => this.#asking.delete(key));
    this.#asking.set(key, asking);
    return asking;
  }

  async #fetch(
    type: keyof Dns,
    name: string,
    key: string,
    kept: Kept | undefined,
  ): Promise<readonly (ServiceRecord | AddressRecord)[]> {
    let records: readonly (ServiceRecord | AddressRecord)[] | null;
    try {
      records = await this.#inTime<readonly (ServiceRecord | AddressRecord)[]>(this.#dns[type](name));
    } catch {
      records = null;
    }
    const now = this.#clock.monotonic();
    if (records === null) {
      if (kept === undefined || now - kept.atMs > staleMs) return [];
      kept.freshUntilMs = now + nothingKeptMs;
      return kept.records;
    }
    // The oldest make room.
    this.#kept.delete(key);
    for (const old of this.#kept.keys()) {
      if (this.#kept.size < mostNames) break;
      this.#kept.delete(old);
    }
    this.#kept.set(key, { records, atMs: now, freshUntilMs: now + lifetimeMs(records) });
    return records;
  }

  #inTime<T>(asked: Promise<T>): Promise<T | null> {
    return new Promise((resolve, reject) => {
      const limit = this.#clock.setTimer(patienceMs, () => resolve(null));
      asked.then(resolve, reject).finally(() => limit.cancel());
    });
  }
}

const kindsByName: Record<string, TransportKind> = { udp: 'udp', tcp: 'tcp', tls: 'tls', ws: 'ws', wss: 'wss' };

/** The transport that the URI asks for; null when it leaves it open. One nobody knows counts as one we do not have. */
function namedKind(uri: SipUri): TransportKind | null {
  const named = uri.params.get('transport')?.toLowerCase();
  if (named === undefined) return uri.scheme === 'sips' ? 'tls' : null;
  const kind = kindsByName[named] ?? 'wss';
  return uri.scheme === 'sips' && kind === 'tcp' ? 'tls' : kind;
}

function hostOf(uri: SipUri): string {
  const host = uri.params.get('maddr') ?? uri.host;
  return host.startsWith('[') ? host.slice(1, -1) : withoutDot(host).toLowerCase();
}

function withoutDot(name: string): string {
  return name.endsWith('.') ? name.slice(0, -1) : name;
}

/** RFC 3263 §4.1 and §4.2; the others have no such name. */
function serviceName(kind: TransportKind, host: string): string | null {
  if (kind === 'udp' || kind === 'tcp') return `_sip._${kind}.${host}`;
  return kind === 'tls' ? `_sips._tcp.${host}` : null;
}

function usable(record: ServiceRecord): boolean {
  const { port, priority, weight } = record;
  const leastPort = namesNobody(record) ? 0 : 1;
  return port >= leastPort && port <= 65_535 && priority >= 0 && weight >= 0 && weight <= 65_535;
}

/** The service is decidedly not there; usually written `0 0 0 .` (RFC 2782). */
function namesNobody({ name }: ServiceRecord): boolean {
  return name === '' || name === '.';
}

/** Lowest priority first; within one, drawn by weight, those of weight 0 with a small chance (RFC 2782). */
function inOrder(records: readonly ServiceRecord[], random: Random): ServiceRecord[] {
  const left = [...records].sort((a, b) => a.priority - b.priority || a.weight - b.weight);
  const out: ServiceRecord[] = [];
  while (left.length > 0) {
    const { priority } = left[0]!;
    const same = left.filter((record) => record.priority === priority);
    const sum = same.reduce((total, record) => total + record.weight, 0);
    let drawn = random.int(sum + 1);
    const picked = same.find((record) => {
      drawn -= record.weight;
      return drawn <= 0;
    })!;
    out.push(picked);
    left.splice(left.indexOf(picked), 1);
  }
  return out;
}

function lifetimeMs(records: readonly (ServiceRecord | AddressRecord)[]): number {
  if (records.length === 0) return nothingKeptMs;
  const lives = records.map(({ ttl }) => (ttl === null ? unknownKeptMs : ttl * 1000));
  return Math.min(Math.max(Math.min(...lives), leastKeptMs), mostKeptMs);
}
