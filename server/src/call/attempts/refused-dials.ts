import { coerceError } from '../../base/app-error.ts';
import type { Clock } from '../../base/clock.ts';
import { newId } from '../../base/id.ts';
import type { Log } from '../../base/log.ts';
import type { Random } from '../../base/random.ts';
import { RecentMap } from '../../base/recent-map.ts';
import { currentRequest } from '../../base/request-scope.ts';
import { ToldTogether } from '../../base/told-together.ts';
import type { AttemptsQuery, CallStore, LoggedAttempt } from '../ports.ts';
import { type AttemptEvent, isOfAttempt, type RefusedDial } from './refused-dial.ts';

export interface RefusedDialsOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly store: Pick<CallStore, 'append' | 'attempts' | 'streamEvents'>;
}

/** Told one by one, of each organization. Beyond that they are counted, and told together after a minute. */
const told = { perSecond: 0.1, burst: 30 };
const togetherMs = 60_000;
/** Requests of which an attempt has the id. */
const requestsKnown = 1000;

/**
 * Has every call out that was refused before there was a call told in the log, by the id of the request that asked for
 * it, or one of its own. Whoever dials again and again fills no disk.
 */
export class RefusedDials {
  readonly #options: RefusedDialsOptions;
  readonly #floods: ToldTogether<RefusedDial>;
  readonly #requests = new RecentMap<string, true>(requestsKnown);
  #writing: Promise<void> = Promise.resolve();

  constructor(options: RefusedDialsOptions) {
    this.#options = options;
    this.#floods = new ToldTogether({
      clock: options.clock,
      rate: told,
      afterMs: togetherMs,
      together: (last, count, since) => this.#tellTogether(last, count, since),
    });
  }

  /** Gives the id by which it is found; null when it is only counted. */
  note(refused: RefusedDial): string | null {
    if (!this.#floods.isSingle(refused.organizationId, refused)) return null;
    const requestId = currentRequest();
    const id = this.#idFor(requestId);
    this.#options.log.warn({ attempt: id, requestId, ...refused }, 'a call out was refused');
    this.#append(id, 'dialOutRefused', { ...refused, requestId });
    return id;
  }

  /** Null: none of this organization has the id. */
  async find(id: string, organizationId: string): Promise<AttemptEvent | null> {
    await this.#writing;
    const [event] = await this.#options.store.streamEvents({ kind: 'attempt', id }, { limit: 1 });
    return event !== undefined && isOfAttempt(event) && event.organizationId === organizationId ? event : null;
  }

  /** The newest first. */
  async list(query: AttemptsQuery): Promise<LoggedAttempt[]> {
    await this.#writing;
    return await this.#options.store.attempts(query);
  }

  /** Resolves when what was only counted is told too. */
  async close(): Promise<void> {
    this.#floods.flush();
    await this.#writing;
  }

  /** The first that a request comes to has its id. */
  #idFor(requestId: string | null): string {
    if (requestId === null || this.#requests.has(requestId)) return newId(this.#options.random);
    this.#requests.set(requestId, true);
    return requestId;
  }

  #tellTogether(last: RefusedDial, count: number, since: number): void {
    const id = newId(this.#options.random);
    this.#options.log.warn({ attempt: id, count, ...last }, 'more calls out were refused');
    this.#append(id, 'dialOutsRefused', { ...last, requestId: null, count, since });
  }

  /** Who calls by SIP chooses its Call-ID, and may choose one again: then the attempt has an id of its own. */
  async #store(event: AttemptEvent): Promise<void> {
    const { random, store } = this.#options;
    const { requestId } = event.data;
    const taken = requestId === null ? [] : await store.streamEvents(event.stream, { limit: 1 });
    const stream = taken.length === 0 ? event.stream : ({ kind: 'attempt', id: newId(random) } as const);
    await store.append([{ ...event, stream }], []);
  }

  #append(id: string, type: AttemptEvent['type'], data: AttemptEvent['data']): void {
    const { clock, log } = this.#options;
    const stream = { kind: 'attempt', id } as const;
    const event: AttemptEvent = { stream, organizationId: data.organizationId, seq: 1, at: clock.now(), type, data };
    // One after the other: what came later is never before it in the log, whichever is looked up sooner.
    this.#writing = this.#writing
      .then(() => this.#store(event))
      .catch((error) => {
        log.warn({ attempt: id, err: coerceError(error) }, 'a refused call out could not be stored');
      });
  }
}
