import type { HostPort } from '../../base/host-port.ts';

export type TransportKind = 'udp' | 'tcp' | 'tls' | 'ws' | 'wss';

/** Where a URI or a Via names none (RFC 3261 §19.1.2, §18.2.2). */
export function defaultPort(kind: TransportKind): number {
  return kind === 'tls' ? 5061 : 5060;
}

/** Is shown every message as it comes and goes, bytes that nobody changes any more. Must return at once. */
export interface WireTap {
  received(bytes: Buffer, flow: Flow): void;
  sent(bytes: Buffer, flow: Flow): void;
}

/** The way to one peer: one connection, or for UDP the pair of addresses (the flow of RFC 5626 §3.1). */
export interface Flow {
  /** Equal for two flows only when they are the same way; a new connection has a new id. */
  readonly id: string;
  readonly kind: TransportKind;
  readonly reliable: boolean;
  /** Our end, as the peer may use it in Via and Contact: never a wildcard address. */
  readonly local: HostPort;
  readonly remote: HostPort;
  /** Nothing sent here will arrive any more. */
  readonly closed: boolean;
  /** Sends or tries to; a failure is reported to `onError`, later, never thrown. */
  send(bytes: Buffer, onError?: (error: Error) => void): void;
}
