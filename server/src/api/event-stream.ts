import type { FastifyReply } from 'fastify';
import type { StreamSink } from '../push/live/event-streams.ts';
import { whenClosed } from './when-closed.ts';

/**
 * Makes an answer a stream of Server-Sent Events (WHATWG HTML §9.2), and tells when its reader is gone. Headers that
 * were set on the answer go with it.
 */
export function eventStream(reply: FastifyReply, onGone: () => void): StreamSink {
  const { raw } = reply;
  reply.hijack();
  raw.writeHead(200, {
    ...(reply.getHeaders() as Record<string, string>),
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
  });
  // Whoever asks for the head alone (HEAD) has it all. Others see at once that they are connected.
  if (reply.request.method === 'HEAD') raw.end();
  else raw.write(':\n\n');
  whenClosed(raw, onGone);
  raw.on('error', onGone);
  return {
    write: (text) => void raw.write(text),
    get backlog() {
      return raw.writableLength;
    },
    end: () => void raw.end(),
  };
}
