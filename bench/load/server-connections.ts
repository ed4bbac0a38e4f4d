import { readFileSync } from 'node:fs';

/** Of a connection, as the kernel sees the server's end. */
export interface ServerConnection {
  readonly clientPort: number;
  /** What was sent and the client's end has not taken, bytes. */
  readonly unsent: number;
}

const established = '01';

/** The open connections to this port, by /proc. */
export function serverConnections(port: number): ServerConnection[] {
  const portOf = (address: string) => Number.parseInt(address.slice(address.indexOf(':') + 1), 16);
  return ['tcp', 'tcp6'].flatMap((table) =>
    readFileSync(`/proc/net/${table}`, 'latin1')
      .split('\n')
      .slice(1)
      .map((line) => line.trim().split(/\s+/))
      .filter(([, local, , state]) => state === established && portOf(local ?? '') === port)
      .map(([, , remote, , queues]) => ({
        clientPort: portOf(remote ?? ''),
        unsent: Number.parseInt(queues ?? '', 16),
      })),
  );
}
