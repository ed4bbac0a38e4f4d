import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

/** Answers a request for `/`, or gives false when it is not meant. */
export type Doorkeeper = (request: FastifyRequest, reply: FastifyReply) => boolean;

/** `GET /`: people see the start page; an interface whose clients look there for it may answer them first. */
export class FrontDoor {
  readonly #first: Doorkeeper[] = [];

  constructor(http: FastifyInstance, page: (reply: FastifyReply) => unknown) {
    http.get('/', async (request, reply) => {
      if (!this.#first.some((answers) => answers(request, reply))) await page(reply);
      return reply;
    });
  }

  first(answers: Doorkeeper): void {
    this.#first.push(answers);
  }
}
