import type { FastifyRequest } from 'fastify';
import type { Clock } from '../base/clock.ts';
import { OneByOne } from '../base/one-by-one.ts';
import { RecentMap } from '../base/recent-map.ts';
import { networkKey, sourceKey } from '../base/source-key.ts';

interface Failures {
  count: number;
  lastAt: number;
}

interface Source {
  /** Failed, and still being checked. */
  tries: number;
  readonly since: number;
}

const windowMs = 60_000;
/** Failures of one name from one source before it must wait a minute without one. */
const freeFailures = 5;
/**
 * Tries of one source in a minute that did not turn out right, whatever names it made up: wide, since many may share an
 * address.
 */
const mostOfSource = 100;
/** An IPv6 site has as many addresses to try from as it likes. */
const mostOfNetwork = 4 * mostOfSource;
const mostKept = 10_000;

/** Resolves to whoever showed what is right, or to false or null; undefined: to what shows neither. */
type Attempt<Who> = () => Promise<Who | false | null | undefined>;

/** `who`: null when it was not right, and when it must wait, seconds, before it may try at all. */
interface Checked<Who> {
  readonly waitSeconds: number;
  readonly who: Who | null;
}

/**
 * Failed logins, counted by source and name together, so that nobody keeps others out by failing in their name from
 * elsewhere, and nobody's right password forgives the guesses at another's; and by source, and by IPv6 site, over all
 * names, the tries under way included, so that many at once are no more than one by one.
 */
export class LoginAttempts {
  readonly #clock: Clock;
  /** By source and name; the oldest failure first. */
  readonly #names = new RecentMap<string, Failures>(mostKept);
  readonly #sources = new RecentMap<string, Source>(mostKept);
  readonly #networks = new RecentMap<string, Source>(mostKept);
  readonly #turns = new OneByOne();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Runs `attempt` unless this name, or the address that it comes from, failed too often: then gives the seconds to
   * wait. Attempts for one name come one after the other.
   */
  check<Who>(address: string, name: string, attempt: Attempt<Who>): Promise<Checked<Who>> {
    const key = `${sourceKey(address)} ${name.slice(0, 128).toLowerCase()}`;
    return this.#turns.run(key, () => this.#inTurn(address, key, attempt));
  }

  async #inTurn<Who>(address: string, key: string, attempt: Attempt<Who>): Promise<Checked<Who>> {
    const [source, network] = [sourceKey(address), networkKey(address)];
    const waitSeconds = Math.max(
      this.#waitOfName(key),
      this.#waitOf(this.#sources.get(source), mostOfSource),
      network === null ? 0 : this.#waitOf(this.#networks.get(network), mostOfNetwork),
    );
    if (waitSeconds > 0) return { waitSeconds, who: null };
    const tried = [this.#begin(this.#sources, source)];
    if (network !== null) tried.push(this.#begin(this.#networks, network));
    let failed = false;
    try {
      const found = await attempt();
      failed = found === null || found === false;
      if (failed) this.#failed(key);
      else if (found !== undefined) this.#names.delete(key);
      return { waitSeconds: 0, who: found === false || found === undefined ? null : found };
    } finally {
      if (!failed) for (const one of tried) one.tries--;
    }
  }

  #waitOfName(key: string): number {
    const failures = this.#names.get(key);
    if (failures === undefined) return 0;
    const leftMs = failures.lastAt + windowMs - this.#clock.monotonic();
    if (leftMs <= 0) this.#names.delete(key);
    return leftMs <= 0 || failures.count < freeFailures ? 0 : Math.ceil(leftMs / 1000);
  }

  #waitOf(known: Source | undefined, most: number): number {
    if (known === undefined || known.tries < most) return 0;
    return Math.max(0, Math.ceil((known.since + windowMs - this.#clock.monotonic()) / 1000));
  }

  #begin(sources: RecentMap<string, Source>, key: string): Source {
    const now = this.#clock.monotonic();
    let known = sources.get(key);
    if (known === undefined || known.since + windowMs <= now) {
      known = { tries: 0, since: now };
      sources.set(key, known);
    }
    known.tries++;
    return known;
  }

  #failed(key: string): void {
    const count = (this.#names.get(key)?.count ?? 0) + 1;
    this.#names.set(key, { count, lastAt: this.#clock.monotonic() });
  }
}

/** Whom failures are counted against. */
export function sourceOf(request: FastifyRequest): string {
  return sourceKey(request.ip);
}
