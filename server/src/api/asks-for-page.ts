import type { FastifyRequest } from 'fastify';

/** Whether it is a browser that wants to show something to somebody; programs ask for JSON, or for anything. */
export function asksForPage({ method, headers }: FastifyRequest): boolean {
  if (method !== 'GET' && method !== 'HEAD') return false;
  const accepted = (headers.accept ?? '').slice(0, 1024);
  return /\btext\/html\b/i.test(accepted) && !/\bapplication\/json\b/i.test(accepted);
}
