import { createSocket } from 'node:dgram';
import type { HostPort } from './host-port.ts';

/** Why this UDP port cannot be had now, as the system says it; null when it can. */
export function udpPortTrouble({ address, port }: HostPort): Promise<NodeJS.ErrnoException | null> {
  return new Promise((resolve) => {
    const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4');
    socket.once('error', (error: NodeJS.ErrnoException) => {
      socket.close();
      resolve(error);
    });
    socket.bind({ address, port, exclusive: true }, () => socket.close(() => resolve(null)));
  });
}
