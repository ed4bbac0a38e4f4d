import type { FastifyReply, FastifyRequest } from 'fastify';

/** A user who is logged in. */
export interface SessionUser {
  readonly organizationId: string;
  readonly userId: number;
}

/** Whose session a request shows, by whatever an interface has for it; null: nobody's. */
type Ask = (request: FastifyRequest) => SessionUser | null;

/** Begins a session of `user` at an interface, whose cookie goes with `reply`. What it gives ends that session. */
type Begin = (user: SessionUser, request: FastifyRequest, reply: FastifyReply) => () => void;

/** Sessions of one interface that count at another: each interface says whose a request is, none knows the others. */
export class SessionLogins {
  readonly #asked: Ask[] = [];
  readonly #begun: Begin[] = [];

  /** `begin`: for whoever is known to be the user without a login. */
  add(ask: Ask, begin?: Begin): void {
    this.#asked.push(ask);
    if (begin !== undefined) this.#begun.push(begin);
  }

  /** Begins a session at each interface that can. What it gives ends them. */
  begin(user: SessionUser, request: FastifyRequest, reply: FastifyReply): () => void {
    const ends = this.#begun.map((begin) => begin(user, request, reply));
    return () => {
      for (const end of ends) end();
    };
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
