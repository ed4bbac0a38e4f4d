import type { FastifyReply } from 'fastify';

/** Exactly this: some clients compare it as a whole. */
export const jsonType = 'application/json';

/** Answers a JSON body: no blank in front, no newline behind. `null` with 204 for no body. */
export function answer(reply: FastifyReply, status: number, value: unknown): FastifyReply {
  reply.code(status);
  return value === null ? reply.send() : reply.send(JSON.stringify(value));
}
