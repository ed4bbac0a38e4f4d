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

const sharesOfServers = new WeakMap<Server, ConnectionShares>();

/** How the connections of this server are shared; null: they are not. */
export function sharesOf(server: Server): ConnectionShares | null {
  return sharesOfServers.get(server) ?? null;
}

/** Stands for the address of those whom a proxy will ask for. */
const ofProxies = '';

interface Connection {
  readonly socket: Socket;
  /** Whose it is. A socket that was closed does not know it any more. */
  address: string;
  /** It comes from a proxy whose word is taken, and is whoever's that asks by it. */
  readonly proxied: boolean;
  /** Requests of it that are being answered; a WebSocket is one. */
  working: number;
}

/**
 * Shares the connections of an HTTP server among those who come: the one that has asked for nothing for longest gives
 * way, and one at work does not. What a proxy holds without asking is the proxy's, which bounds that itself.
 */
export class ConnectionShares {
  readonly #places: SharedPlaces<Connection>;
  readonly #bySocket = new WeakMap<Socket, Connection>();
  /** Over TLS a request comes on a socket inside of the one that was counted. */
  readonly #byPeer = new Map<string, Connection>();
  readonly #isProxy: (address: string) => boolean;
  #refused = 0;

  /** `isProxy`: whose word is taken for where a request comes from; of those `askedBy` is to be told. */
  constructor(
    server: Server,
    limits: ConnectionLimits = defaultConnectionLimits,
    isProxy: (address: string) => boolean = () => false,
  ) {
    this.#isProxy = isProxy;
    sharesOfServers.set(server, this);
    const { most, perSource, perNetwork } = limits;
    this.#places = new SharedPlaces(
      { most, yieldingPerSource: perSource, yieldingPerNetwork: perNetwork },
      {
        addressOf: ({ address }) => address,
        standing: ({ working }) => (working > 0 ? 'busy' : 'yields'),
        end: ({ socket }) => void socket.destroy(),
      },
    );
    // Over TLS too this is the bare connection, so that those in their handshake are shared like all others.
    server.on('connection', (socket: Socket) => this.#admit(socket));
    server.on('request', (request, response) => {
      const connection = this.#of(request.socket);
      if (connection === undefined) return;
      this.#works(connection, 1);
      response.once('close', () => this.#works(connection, -1));
    });
  }

  /** It has become a WebSocket: it asks for nothing more, and is at work until it closes. */
  staysOpen(socket: Socket): void {
    const connection = this.#of(socket);
    if (connection !== undefined) this.#works(connection, 1);
  }

  /**
   * Who has asked, by whichever connection: one by a proxy counts as that one's until the answer is there. False when
   * there are too many of that one, or in all, and nobody gives way.
   */
  askedBy(socket: Socket, address: string): boolean {
    const connection = this.#of(socket);
    if (connection?.proxied !== true || connection.address === address) return true;
    this.#places.remove(connection);
    const mayCome = this.#places.mayCome(address);
    if (mayCome) connection.address = address;
    else this.#refused++;
    this.#places.add(connection, mayCome);
    return mayCome;
  }

  /** How many there are. */
  get held(): number {
    return this.#places.size;
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
    const proxied = this.#isProxy(address);
    // Of a proxy's it is not known yet whose it is.
    if (!this.#places.mayCome(proxied ? ofProxies : address)) {
      this.#refused++;
      socket.destroy();
      return;
    }
    const connection = { socket, address: proxied ? ofProxies : address, proxied, working: 0 };
    this.#places.add(connection, !proxied);
    this.#bySocket.set(socket, connection);
    this.#byPeer.set(peer, connection);
    socket.once('close', () => {
      this.#places.remove(connection);
      if (this.#byPeer.get(peer) === connection) this.#byPeer.delete(peer);
    });
  }

  #of(socket: Socket): Connection | undefined {
    return this.#bySocket.get(socket) ?? this.#within(socket);
  }

  #within(socket: Socket): Connection | undefined {
    const peer = peerOf(socket);
    const connection = peer === null ? undefined : this.#byPeer.get(peer);
    if (connection !== undefined) this.#bySocket.set(socket, connection);
    return connection;
  }

  #works(connection: Connection, change: 1 | -1): void {
    connection.working += change;
    if (connection.working > 0 || !connection.proxied || connection.socket.destroyed) this.#places.touched(connection);
    else this.#goesBack(connection);
  }

  #goesBack(connection: Connection): void {
    this.#places.remove(connection);
    connection.address = ofProxies;
    this.#places.add(connection, false);
  }
}

function peerOf({ remoteAddress, remotePort }: Socket): string | null {
  return remoteAddress === undefined || remotePort === undefined ? null : `${remoteAddress} ${remotePort}`;
}
