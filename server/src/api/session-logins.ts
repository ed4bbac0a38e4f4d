import type { FastifyRequest } from 'fastify';

/** A user who is logged in. */
export interface SessionUser {
  readonly organizationId: string;
  readonly userId: number;
}

/** Whose session a request shows, by whatever an interface has for it; null: nobody's. */
type Ask = (request: FastifyRequest) => SessionUser | null;

/** Sessions of one interface that count at another: each interface says whose a request is, none knows the others. */
export class SessionLogins {
  readonly #asked: Ask[] = [];

  add(ask: Ask): void {
    this.#asked.push(ask);
  }

  /** The first that knows. */
  of(request: FastifyRequest): SessionUser | null {
    for (const ask of this.#asked) {
      const user = ask(request);
      if (user !== null) return user;
    }
    return null;
  }
}
