import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

/** Answers a request for `/`, or gives false when it is not meant. */
export type Doorkeeper = (request: FastifyRequest, reply: FastifyReply) => boolean;

/** `GET /`: people see a page with links; an interface whose clients look there for it may answer them first. */
export class FrontDoor {
  readonly #first: Doorkeeper[] = [];

  constructor(http: FastifyInstance, page: () => string) {
    http.get('/', (request, reply) => {
      if (this.#first.some((answers) => answers(request, reply))) return;
      void reply.type('text/html; charset=utf-8').send(page());
    });
  }

  first(answers: Doorkeeper): void {
    this.#first.push(answers);
  }
}
