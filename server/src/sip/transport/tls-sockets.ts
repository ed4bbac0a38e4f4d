import { createServer } from 'node:net';
import { createSecureContext, type SecureContext, TLSSocket } from 'node:tls';
import type { Clock } from '../../base/clock.ts';
import { handshakePace, PacedStarts } from '../../base/paced-starts.ts';
import type { StreamSockets } from './stream-transport.ts';

/** PEM; the key without passphrase. */
export interface TlsKeys {
  readonly cert: Buffer;
  readonly key: Buffer;
}

/**
 * SIP over TLS (RFC 3261 §26.3.1): peers connect to us. A connection counts from its first byte on, so that whoever
 * never ends the handshake is one who says nothing. None is opened from here: what would have to stand in the other
 * side's certificate (RFC 5922) is the name that led to its address, and phones have no certificate.
 */
export function tlsSockets(keys: TlsKeys, clock: Clock): StreamSockets & { readonly renew: (keys: TlsKeys) => void } {
  let secureContext = contextOf(keys);
  const handshakes = new PacedStarts(clock, handshakePace);
  return {
    kind: 'tls',
    // What comes meanwhile waits in the kernel.
    serve: (accept) => createServer({ pauseOnConnect: true }, accept),
    opening: (raw, open) => {
      // What fails beneath it ends it too, and is told there.
      raw.on('error', () => {});
      const { remoteAddress = '' } = raw;
      const begin = () => {
        const socket = new TLSSocket(raw, { isServer: true, secureContext });
        socket.once('secure', () => done());
        open(socket);
      };
      const done = handshakes.add(remoteAddress, { begin, end: () => void raw.destroy() });
      raw.once('close', done);
    },
    connect: null,
    // Connections there are go on with the one they began with.
    renew: (next) => {
      secureContext = contextOf(next);
    },
  };
}

function contextOf({ cert, key }: TlsKeys): SecureContext {
  return createSecureContext({ cert, key, minVersion: 'TLSv1.2' });
}
