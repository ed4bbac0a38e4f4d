import { coerceError } from '../../base/app-error.ts';
import type { Clock } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import { OneByOne } from '../../base/one-by-one.ts';
import { ToldTogether } from '../../base/told-together.ts';
import type { StreamEvent } from '../../call/model/event-log.ts';
import type { CallStore } from '../../call/ports.ts';

/** Something that who looks after a server, or a conference, should know of. Holds no secret. */
export interface SecurityNews {
  /**
   * `banBegun`, `banLifted`: a user or an address that fails to authenticate. `pinsGuessed`: wrong PINs of a conference
   * from several sides or over and over; `pinLockout`: a caller, or with `everybody` all from outside, may enter no PIN
   * there for a while.
   */
  readonly type: 'banBegun' | 'banLifted' | 'pinsGuessed' | 'pinLockout';
  /** Whose administrators it concerns; null: all. */
  readonly organizationId: string | null;
  /** With `count` and `since` (ISO 8601) it stands for so many, and is of the last of them. */
  readonly data: Readonly<Record<string, string | number | boolean | null>>;
}

export interface SecurityEventsOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly store: Pick<CallStore, 'append' | 'streams' | 'streamEvents'>;
}

/** Told one by one, of each kind and organization. Beyond that they are counted, and told together after a minute. */
const rate = { perSecond: 0.1, burst: 30 };
const togetherMs = 60_000;

/** The stream of what concerns all. */
const serverStream = 'server';

/**
 * What administrators should know of who tries to get in: a history of each organization in the log, and one of what
 * concerns all. Whoever fails again and again fills no disk. What could not be stored is in the server's log alone.
 */
export class SecurityEvents {
  readonly #options: SecurityEventsOptions;
  readonly #floods: ToldTogether<SecurityNews>;
  /** Written and read one after the other. */
  readonly #turns = new OneByOne();
  /** Where each stream ends; null: to be read. */
  #ends: Map<string, number> | null = null;

  constructor(options: SecurityEventsOptions) {
    this.#options = options;
    this.#floods = new ToldTogether({
      clock: options.clock,
      rate,
      afterMs: togetherMs,
      together: (last, count, since) =>
        this.#store({ ...last, data: { ...last.data, count, since: new Date(since).toISOString() } }),
    });
  }

  /** Never throws. */
  add(news: SecurityNews): void {
    if (this.#floods.isSingle(`${news.organizationId} ${news.type}`, news)) this.#store(news);
  }

  /** What concerns the administrators of this organization, the newest first. */
  of(organizationId: string, limit: number): Promise<StreamEvent[]> {
    return this.#next(async () => {
      const both = [await this.#newest(organizationId, limit), await this.#newest(serverStream, limit)];
      return both
        .flat()
        .sort((a, b) => b.at - a.at || b.seq - a.seq)
        .slice(0, limit);
    });
  }

  /** Resolves when what was only counted is stored too. */
  async close(): Promise<void> {
    this.#floods.flush();
    await this.#next(async () => undefined);
  }

  #next<Result>(work: () => Promise<Result>): Promise<Result> {
    return this.#turns.run('security', work);
  }

  async #newest(id: string, limit: number): Promise<StreamEvent[]> {
    const last = (await this.#lastSeqs()).get(id) ?? 0;
    return this.#options.store.streamEvents({ kind: 'security', id }, { after: Math.max(0, last - limit), limit });
  }

  #store({ type, organizationId, data }: SecurityNews): void {
    const { clock, log, store } = this.#options;
    const id = organizationId ?? serverStream;
    const stream = { kind: 'security', id } as const;
    const event = { stream, organizationId: organizationId ?? '', at: clock.now(), type, data };
    const stored = this.#next(async () => {
      const ends = await this.#lastSeqs();
      const seq = (ends.get(id) ?? 0) + 1;
      await store.append([{ ...event, seq }], []);
      ends.set(id, seq);
    });
    stored.catch((error) => {
      // Whether it is there after all is seen when the ends are read again.
      this.#ends = null;
      log.warn({ type, ...data, err: coerceError(error) }, 'a security event was not stored');
    });
  }

  async #lastSeqs(): Promise<Map<string, number>> {
    this.#ends ??= new Map((await this.#options.store.streams('security')).map(({ id, lastSeq }) => [id, lastSeq]));
    return this.#ends;
  }
}
