import { createHash, createHmac } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Clock, Timer } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import type { IdempotencyStore } from './known-requests.ts';
import { declareOperation } from './operation.ts';

export interface IdempotencyOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly store: IdempotencyStore;
  /** How long a key is known, at least; default a day. */
  readonly keptMs?: number;
  /** Makes the ids of requests unguessable. */
  readonly salt: Buffer;
}

/** What an interface says of its requests. */
export interface Repetitions {
  /** Whose keys these are: keys of different scopes have nothing to do with each other. */
  readonly scopeOf: (request: FastifyRequest) => string;
  /** The part of a request's address that a repetition must have too; default: all of it. */
  readonly addressOf?: (url: URL) => { readonly path: string; readonly query: readonly (readonly [string, string])[] };
  /** What the client did wrong, as an error of its interface. */
  readonly refusal: (why: 'invalid' | 'reused') => Error;
}

const usuallyKeptMs = 86_400_000;
const firstPruneMs = 60_000;
const pruneEveryMs = 600_000;
const keyPattern = /^[\x21-\x7e]{1,255}$/;
/** Refusals for how things stand now (a full conference, a limit, too many requests): the next try is a new one. */
const notKept: ReadonlySet<number> = new Set([401, 409, 429]);
/** The only failure that stays one. */
const notImplemented = 501;

interface Running {
  readonly scope: string;
  readonly key: string;
  readonly fingerprint: string;
  readonly finished: Promise<void>;
  readonly done: () => void;
}

/**
 * `Idempotency-Key` on POST, PUT and DELETE: the first request with a key is performed, every later one with the same
 * content gets its answer once more, with `Idempotent-Replayed: true`; another content under the same key is refused.
 * Requests at the same time wait for the first. The key is durable before anything is done, and what a request creates
 * has an id made from it and from when it was taken up (`operationId`), so that after a crash between the two a
 * repetition (`resumed`) finds what the first one made, and a key that is used again after it was forgotten makes
 * something new.
 */
export class Idempotency {
  readonly #options: IdempotencyOptions;
  readonly #running = new Map<string, Running>();
  readonly #mine = new WeakMap<FastifyRequest, Running>();
  /** When the last one was taken up: no two have the same time. */
  #lastAt = 0;
  #timer: Timer | null = null;

  constructor(options: IdempotencyOptions) {
    this.#options = options;
    this.#prunesIn(firstPruneMs);
  }

  /** Registers the hooks for the routes of one interface; authentication must be done before `preHandler`. */
  register(app: FastifyInstance, repetitions: Repetitions): void {
    declareOperation(app);
    // Most requests have no key, so they are to wait for nothing.
    app.addHook('preHandler', (request, reply, done) => {
      const key = keyOf(request);
      if (key === undefined) done();
      else this.#begin(request, reply, key, repetitions).then((goesOn) => (goesOn ? done() : undefined), done);
    });
    app.addHook('onSend', (request, reply, payload, done) => {
      const running = this.#mine.get(request);
      if (running === undefined) done(null, payload);
      else this.#finish(request, reply, payload, running).then(() => done(null, payload), done);
    });
    // An answer that could not be made or sent; one that a client did not wait for is made and kept all the same.
    app.addHook('onResponse', (request, _reply, done) => {
      this.#release(request);
      done();
    });
  }

  close(): void {
    this.#timer?.cancel();
  }

  /** False when the answer has been sent. */
  async #begin(
    request: FastifyRequest,
    reply: FastifyReply,
    key: string | string[],
    { scopeOf, addressOf = wholeAddress, refusal }: Repetitions,
  ): Promise<boolean> {
    const { store, clock } = this.#options;
    if (typeof key !== 'string' || !keyPattern.test(key)) throw refusal('invalid');
    const scope = scopeOf(request);
    const fingerprint = fingerprintOf(request, addressOf);
    const name = `${scope}\n${key}`;
    for (let before = this.#running.get(name); before !== undefined; before = this.#running.get(name)) {
      if (before.fingerprint !== fingerprint) throw refusal('reused');
      await before.finished;
    }
    const { promise: finished, resolve: done } = Promise.withResolvers<void>();
    const running = { scope, key, fingerprint, finished, done };
    this.#running.set(name, running);
    this.#mine.set(request, running);
    const now = Math.max(clock.now(), this.#lastAt + 1);
    this.#lastAt = now;
    const known = await store.begin({ scope, key, fingerprint, at: now });
    if (known.state !== 'new' && known.fingerprint !== fingerprint) {
      this.#release(request);
      throw refusal('reused');
    }
    if (known.state === 'done') {
      this.#release(request);
      reply.code(known.status).header('Idempotent-Replayed', 'true');
      if (known.body !== '') reply.type('application/json');
      void reply.send(known.body === '' ? undefined : Buffer.from(known.body));
      return false;
    }
    const at = known.state === 'begun' ? known.at : now;
    const id = createHmac('sha256', this.#options.salt).update(`${name}\n${at}`);
    request.operationId = id.digest('hex').slice(0, 20);
    request.resumed = known.state === 'begun';
    return true;
  }

  /** The answer is kept before it goes out, so that whoever has seen it sees the same again. */
  async #finish(request: FastifyRequest, reply: FastifyReply, payload: unknown, running: Running): Promise<void> {
    const { store, log } = this.#options;
    const { scope, key } = running;
    try {
      if (notKept.has(reply.statusCode) && !request.acted) {
        // What an earlier try may have made is looked for by the next one, too.
        if (!request.resumed) await store.forget({ scope, key });
        // A failure of ours stays begun: the next try looks for what this one may have made.
      } else if (reply.statusCode < 500 || reply.statusCode === notImplemented) {
        await store.finish({ scope, key, status: reply.statusCode, body: textOf(payload) });
      }
    } catch (error) {
      log.warn({ err: error }, 'the answer to a request with an idempotency key was not kept');
    }
    this.#release(request);
  }

  #release(request: FastifyRequest): void {
    const running = this.#mine.get(request);
    if (running === undefined) return;
    this.#mine.delete(request);
    this.#running.delete(`${running.scope}\n${running.key}`);
    running.done();
  }

  #prunesIn(delayMs: number): void {
    const { clock, store, log, keptMs = usuallyKeptMs } = this.#options;
    this.#timer = clock.setTimer(delayMs, () => {
      store.prune(clock.now() - keptMs).catch((error) => log.warn({ err: error }, 'old requests were not pruned'));
      this.#prunesIn(pruneEveryMs);
    });
  }
}

function keyOf({ method, headers }: FastifyRequest): string | string[] | undefined {
  return method === 'GET' || method === 'HEAD' ? undefined : headers['idempotency-key'];
}

function wholeAddress({ pathname, searchParams }: URL): ReturnType<NonNullable<Repetitions['addressOf']>> {
  return { path: pathname, query: [...searchParams] };
}

/**
 * Method, address and content. In what order parameters of other names and members of an object (RFC 8259 §4) stand
 * says nothing: a client that makes its request again may write them in another one.
 */
function fingerprintOf(request: FastifyRequest, addressOf: NonNullable<Repetitions['addressOf']>): string {
  const { path, query } = addressOf(new URL(request.url, 'http://server'));
  const content = JSON.stringify(
    [request.method, path, sorted(query), request.body ?? null],
    (_name, value: unknown) =>
      typeof value === 'object' && value !== null && !Array.isArray(value)
        ? Object.fromEntries(sorted(Object.entries(value)))
        : value,
  );
  return createHash('sha256').update(content).digest('hex');
}

/** By name; what has the same name stays as it stood. */
function sorted<Value>(entries: readonly (readonly [string, Value])[]): (readonly [string, Value])[] {
  return entries.toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
}

function textOf(payload: unknown): string {
  if (typeof payload === 'string') return payload;
  return payload instanceof Uint8Array ? Buffer.from(payload).toString('utf8') : '';
}
