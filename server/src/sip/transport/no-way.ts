import { AppError } from '../../base/app-error.ts';
import type { HostPort } from '../../base/host-port.ts';
import type { Flow, TransportKind } from './flow.ts';

/** Where there is no way: closed from the start. */
export class NoWay implements Flow {
  readonly kind: TransportKind;
  readonly local: HostPort;
  readonly remote: HostPort;
  readonly closed = true;

  constructor(kind: TransportKind, local: HostPort, remote: HostPort) {
    this.kind = kind;
    this.local = local;
    this.remote = remote;
  }

  get id(): string {
    return `none:${this.kind}:${this.remote.address}:${this.remote.port}`;
  }

  get reliable(): boolean {
    return this.kind !== 'udp';
  }

  send(_bytes: Buffer, onError?: (error: Error) => void): void {
    if (onError === undefined) return;
    const error = new AppError('unavailable', `There is no way there by ${this.kind}.`);
    queueMicrotask(() => onError(error));
  }
}
