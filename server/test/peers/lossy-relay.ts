import { createSocket, type Socket } from 'node:dgram';
import type { HostPort } from '../../src/base/host-port.ts';
import type { SeededRandom } from '../../src/base/random.ts';

/** A rule that loses a share of everything, repeatably. */
export function losing(share: number, random: SeededRandom): (datagram: Buffer) => boolean {
  return () => random.float() < share;
}

/**
 * A UDP relay on 127.0.0.1 that loses what its rule says, in both directions. Each peer gets a socket of its own
 * towards the server, as from an address translator; answers come back as long as the peer asks for `rport`.
 */
export class LossyRelay {
  readonly #target: HostPort;
  readonly #loses: (datagram: Buffer) => boolean;
  readonly #front: Socket = createSocket('udp4');
  readonly #backs = new Map<string, Socket>();
  #stopped = false;
  carried = 0;
  lost = 0;

  private constructor(target: HostPort, loses: (datagram: Buffer) => boolean) {
    this.#target = target;
    this.#loses = loses;
  }

  static async start(options: { target: HostPort; loses: (datagram: Buffer) => boolean }): Promise<LossyRelay> {
    const relay = new LossyRelay(options.target, options.loses);
    await new Promise<void>((resolve) => relay.#front.bind(0, '127.0.0.1', resolve));
    relay.#front.on('message', (bytes, from) => {
      const back = relay.#backFor({ address: from.address, port: from.port });
      if (relay.#keeps(bytes)) back.send(bytes, relay.#target.port, relay.#target.address);
    });
    return relay;
  }

  get address(): HostPort {
    return { address: '127.0.0.1', port: this.#front.address().port };
  }

  /** Idempotent. */
  async stop(): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    const sockets = [this.#front, ...this.#backs.values()];
    await Promise.all(sockets.map((socket) => new Promise<void>((resolve) => socket.close(() => resolve()))));
  }

  #backFor(peer: HostPort): Socket {
    const key = `${peer.address}:${peer.port}`;
    const existing = this.#backs.get(key);
    if (existing !== undefined) return existing;
    const back = createSocket('udp4');
    back.on('message', (bytes) => {
      if (this.#keeps(bytes)) this.#front.send(bytes, peer.port, peer.address);
    });
    this.#backs.set(key, back);
    return back;
  }

  #keeps(bytes: Buffer): boolean {
    if (this.#loses(bytes)) {
      this.lost++;
      return false;
    }
    this.carried++;
    return true;
  }
}
