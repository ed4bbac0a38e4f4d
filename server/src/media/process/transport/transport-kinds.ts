import type { Clock } from '../../../base/clock.ts';
import type { TransportRequest } from '../../channel/commands.ts';
import { CommandError } from '../../channel/protocol.ts';
import type { LegPorts } from '../sockets/leg-ports.ts';
import type { MakeTransport } from './leg-transport.ts';
import { UdpTransport } from './udp-transport.ts';

/** What makes the transports of a kind out of the request of an open-leg command. */
export type TransportKind = (request: TransportRequest) => MakeTransport;

/** Kinds of transports by the `kind` of the request. */
export type TransportKinds = ReadonlyMap<string, TransportKind>;

/** The kinds of a media process: what its legs share of ports and of what is known about each other lives here. */
export function transportKinds(clock: Clock, ports: LegPorts): TransportKinds {
  const guestStreams = new Set<number>();
  const udp: TransportKind =
    ({ bind }) =>
    (listener, ssrc) =>
      new UdpTransport(
        {
          clock,
          guestStreams,
          openPair: (onRtp, onRtcp) => ports.open(bind, onRtp, onRtcp),
        },
        listener,
        ssrc,
      );
  return new Map([['udp', udp]]);
}

/** Throws CommandError `invalid` for a kind that is not there. */
export function transportOf(kinds: TransportKinds, request: TransportRequest): MakeTransport {
  const kind = kinds.get(request.kind);
  if (kind === undefined) throw new CommandError('invalid', `no transport ${request.kind}`);
  return kind(request);
}
