import { connect, createServer } from 'node:net';
import type { StreamSockets } from './stream-transport.ts';

export const tcpSockets: StreamSockets = {
  kind: 'tcp',
  serve: (accept) => createServer(accept),
  opening: (raw, open) => open(raw),
  connect: ({ address, port }) => connect({ host: address, port }),
};
