import type { Server, Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { Clock } from '../base/clock.ts';
import { handshakePace, PacedStarts } from '../base/paced-starts.ts';

/**
 * Handshakes of an HTTPS server a few at a time: of thousands that come at once no call waits for all. What comes
 * meanwhile waits in the kernel. To be called before anybody else listens to its connections; what it gives ends those
 * that are not done.
 */
export function paceHandshakes(given: Server, clock: Clock): () => void {
  // As the option of that name, which would pause what is inside of TLS too.
  const server: Server & { pauseOnConnect?: boolean } = given;
  server.pauseOnConnect = true;
  const starts = new PacedStarts(clock, handshakePace);
  const done = new Map<string, () => void>();
  const unfinished = new Set<Socket>();
  const secure = server.listeners('connection') as ((raw: Socket) => void)[];
  server.removeAllListeners('connection');
  server.on('connection', (raw: Socket) => {
    const { remoteAddress: address, remotePort } = raw;
    if (address === undefined) {
      raw.destroy();
      return;
    }
    raw.on('error', () => {});
    const begin = () => {
      server.pauseOnConnect = false;
      for (const one of secure) one.call(server, raw);
      server.pauseOnConnect = true;
    };
    unfinished.add(raw);
    const peer = `${address} ${remotePort}`;
    const leave = starts.add(address, { begin, end: () => void raw.destroy() });
    const finished = () => {
      unfinished.delete(raw);
      leave();
    };
    done.set(peer, finished);
    raw.once('close', () => {
      finished();
      if (done.get(peer) === finished) done.delete(peer);
    });
  });
  server.on('secureConnection', ({ remoteAddress, remotePort }: TLSSocket) => {
    done.get(`${remoteAddress} ${remotePort}`)?.();
  });
  return () => {
    for (const raw of unfinished) raw.destroy();
  };
}
