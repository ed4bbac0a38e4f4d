import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { SharedPlaces } from '../base/shared-places.ts';

export interface ConnectionLimits {
  /** In all. */
  readonly most: number;
  /** From one address. */
  readonly perSource: number;
  /** From one IPv6 /48. */
  readonly perNetwork: number;
}

const defaultConnectionLimits: ConnectionLimits = { most: 4000, perSource: 512, perNetwork: 2048 };

interface Connection {
  readonly socket: Socket;
  /** A socket that was closed does not know it any more. */
  readonly address: string;
  /** A request of it is being answered. */
  busy: boolean;
}

/**
 * Shares the connections of an HTTP server among those who come: the one that has asked for nothing for longest gives
 * way, and one at work does not.
 */
export class ConnectionShares {
  readonly #places: SharedPlaces<Connection>;
  readonly #bySocket = new WeakMap<Socket, Connection>();
  /** Over TLS a request comes on a socket inside of the one that was counted. */
  readonly #byPeer = new Map<string, Connection>();
  #refused = 0;

  constructor(server: Server, limits: ConnectionLimits = defaultConnectionLimits) {
    const { most, perSource, perNetwork } = limits;
    this.#places = new SharedPlaces(
      { most, yieldingPerSource: perSource, yieldingPerNetwork: perNetwork },
      {
        addressOf: ({ address }) => address,
        standing: ({ busy }) => (busy ? 'busy' : 'yields'),
        end: ({ socket }) => void socket.destroy(),
      },
    );
    // Over TLS too this is the bare connection, so that those in their handshake are shared like all others.
    server.on('connection', (socket: Socket) => this.#admit(socket));
    server.on('request', (request, response) => {
      const connection = this.#bySocket.get(request.socket) ?? this.#within(request.socket);
      if (connection === undefined) return;
      this.#mark(connection, true);
      response.once('close', () => this.#mark(connection, false));
    });
  }

  /** Connections given up for newer ones, or refused. Only grows. */
  get ended(): number {
    return this.#refused + this.#places.displaced;
  }

  #admit(socket: Socket): void {
    const address = socket.remoteAddress;
    const peer = peerOf(socket);
    if (address === undefined || peer === null) {
      socket.destroy();
      return;
    }
    if (!this.#places.mayCome(address)) {
      this.#refused++;
      socket.destroy();
      return;
    }
    const connection = { socket, address, busy: false };
    this.#places.add(connection, true);
    this.#bySocket.set(socket, connection);
    this.#byPeer.set(peer, connection);
    socket.once('close', () => {
      this.#places.remove(connection);
      if (this.#byPeer.get(peer) === connection) this.#byPeer.delete(peer);
    });
  }

  #within(socket: Socket): Connection | undefined {
    const peer = peerOf(socket);
    const connection = peer === null ? undefined : this.#byPeer.get(peer);
    if (connection !== undefined) this.#bySocket.set(socket, connection);
    return connection;
  }

  #mark(connection: Connection, busy: boolean): void {
    connection.busy = busy;
    this.#places.touched(connection);
  }
}

function peerOf({ remoteAddress, remotePort }: Socket): string | null {
  return remoteAddress === undefined || remotePort === undefined ? null : `${remoteAddress} ${remotePort}`;
}
