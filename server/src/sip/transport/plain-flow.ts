import type { HostPort } from '../../base/host-port.ts';
import type { Flow, TransportKind } from './flow.ts';

/** A flow as it is written down: its kind and its other end. */
export interface PlainFlow extends HostPort {
  readonly kind: TransportKind;
}

export function plainFlow({ kind, remote: { address, port } }: Flow): PlainFlow {
  return { kind, address, port };
}
