import type { Socket } from 'node:net';
import type { HostPort } from '../../base/host-port.ts';
import type { Flow, TransportKind } from './flow.ts';

/** A connection that waits for its turn to be opened: it has a place, and nothing comes or goes on it. */
export class UnopenedConnection implements Flow {
  readonly id: string;
  readonly kind: TransportKind;
  readonly reliable = true;
  readonly local: HostPort;
  readonly remote: HostPort;
  readonly #raw: Socket;

  constructor(kind: TransportKind, local: HostPort, remote: HostPort, raw: Socket) {
    this.kind = kind;
    this.local = local;
    this.remote = remote;
    this.id = `${kind}:unopened:${remote.address}:${remote.port}`;
    this.#raw = raw;
  }

  get closed(): boolean {
    return this.#raw.destroyed;
  }

  send(): void {}

  close(): void {
    this.#raw.destroy();
  }
}
