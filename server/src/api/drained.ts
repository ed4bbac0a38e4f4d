import type { IncomingMessage } from 'node:http';

/**
 * How much of a refused body is still read: a client that is in the middle of sending it would otherwise not read the
 * reason.
 */
const mostBytes = 16 * 1024 * 1024;

/**
 * Resolves when the client has sent what it had to send, or too much of it. The time is bounded by the server's own
 * limits.
 */
export function drained(request: IncomingMessage): Promise<void> {
  if (request.complete || request.destroyed) return Promise.resolve();
  return new Promise((resolve) => {
    let bytes = 0;
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > mostBytes) resolve();
    });
    request.once('end', resolve);
    request.once('close', resolve);
    request.once('error', () => resolve());
    request.resume();
  });
}
