import { STATUS_CODES } from 'node:http';
import type { FastifyReply } from 'fastify';

/** A refusal as RFC 9457 has it, with a code for programs. */
export class Problem extends Error {
  readonly status: number;
  readonly code: string;
  readonly retryAfterS: number | null;

  constructor(status: number, code: string, detail: string, retryAfterS: number | null = null) {
    super(detail);
    this.name = 'Problem';
    this.status = status;
    this.code = code;
    this.retryAfterS = retryAfterS;
  }
}

export function sendProblem(reply: FastifyReply, { status, code, message, retryAfterS }: Problem): void {
  if (retryAfterS !== null) reply.header('retry-after', String(retryAfterS));
  if (status === 401) {
    const error = code === 'tokenMissing' ? '' : ', error="invalid_token"';
    reply.header('www-authenticate', `Bearer realm="Partyline"${error}`);
  }
  const body = { type: 'about:blank', status, title: STATUS_CODES[status] ?? '', detail: message, code };
  void reply
    .code(status)
    .header('content-type', 'application/problem+json')
    .send(Buffer.from(JSON.stringify(body)));
}
