import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { networkKey, sourceKey } from '../base/source-key.ts';

export interface ConnectionLimits {
  /** In all: one more makes the source that holds most give up one. */
  readonly most: number;
  /** From one address. */
  readonly perSource: number;
  /** From one IPv6 /48. */
  readonly perNetwork: number;
}

export const defaultConnectionLimits: ConnectionLimits = { most: 4000, perSource: 512, perNetwork: 2048 };

/** The connections of one source, the one that asked for nothing for longest first; true: a request of it is being answered. */
type Held = Map<Socket, boolean>;

/**
 * Shares the connections of an HTTP server among those who come, so that no source keeps others out by holding many open. One too many of a
 * source costs that source its connection that has been idle for longest; only when all of them are at work, the new one is refused.
 */
export class ConnectionShares {
  readonly #limits: ConnectionLimits;
  readonly #sources = new Map<string, Held>();
  /** Over TLS a request comes on a socket inside of the one that was counted. */
  readonly #byPeer = new Map<string, Socket>();
  #count = 0;
  /** Connections given up for newer ones, or refused. Only grows. */
  ended = 0;

  constructor(server: Server, limits: ConnectionLimits = defaultConnectionLimits) {
    this.#limits = limits;
    // Over TLS too this is the bare connection, so that those in their handshake are shared like all others.
    server.on('connection', (socket: Socket) => this.#admit(socket));
    server.on('request', (request, response) => {
      const peer = peerOf(request.socket);
      const socket = peer === null ? undefined : this.#byPeer.get(peer);
      if (socket === undefined) return;
      this.#mark(socket, true);
      response.once('close', () => this.#mark(socket, false));
    });
  }

  #admit(socket: Socket): void {
    const address = socket.remoteAddress;
    const peer = peerOf(socket);
    if (address === undefined || peer === null) {
      socket.destroy();
      return;
    }
    const { most, perSource, perNetwork } = this.#limits;
    for (const [key, limit] of [
      [sourceKey(address), perSource],
      [networkKey(address), perNetwork],
    ] as const) {
      if (key !== null && !this.#join(key, limit, socket)) return;
    }
    this.#count++;
    this.#byPeer.set(peer, socket);
    socket.once('close', () => {
      this.#count--;
      if (this.#byPeer.get(peer) === socket) this.#byPeer.delete(peer);
    });
    if (this.#count > most) this.#giveUpOneOf(this.#largest());
  }

  /** False when there was no room, and the socket is being closed. */
  #join(key: string, limit: number, socket: Socket): boolean {
    const held = this.#sources.get(key) ?? new Map<Socket, boolean>();
    if (held.size >= limit && !this.#giveUpOneOf(held)) {
      this.ended++;
      socket.destroy();
      return false;
    }
    this.#sources.set(key, held);
    held.set(socket, false);
    socket.once('close', () => {
      held.delete(socket);
      if (held.size === 0 && this.#sources.get(key) === held) this.#sources.delete(key);
    });
    return true;
  }

  /** Ends the connection that has been idle for longest; false when all are at work. */
  #giveUpOneOf(held: Held): boolean {
    for (const [socket, busy] of held) {
      if (busy) continue;
      held.delete(socket);
      this.ended++;
      socket.destroy();
      return true;
    }
    return false;
  }

  #largest(): Held {
    let largest: Held = new Map();
    for (const held of this.#sources.values()) if (held.size > largest.size) largest = held;
    return largest;
  }

  #mark(socket: Socket, busy: boolean): void {
    const address = socket.remoteAddress;
    if (address === undefined) return;
    for (const key of [sourceKey(address), networkKey(address)]) {
      const held = key === null ? undefined : this.#sources.get(key);
      if (held === undefined || !held.delete(socket)) continue;
      held.set(socket, busy);
    }
  }
}

function peerOf({ remoteAddress, remotePort }: Socket): string | null {
  return remoteAddress === undefined || remotePort === undefined ? null : `${remoteAddress} ${remotePort}`;
}
