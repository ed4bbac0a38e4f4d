import type { HostPort } from '../../base/host-port.ts';
import { SipRequest, type SipResponse } from '../message/message.ts';
import { type ParseLimits, parseMessage } from '../message/parse.ts';
import { defaultPort, type Flow } from './flow.ts';
import type { Transport } from './transport.ts';

/** What goes in and out, for /metrics. All only grow. */
export interface TransportCounters {
  requestsIn: number;
  responsesIn: number;
  messagesOut: number;
  /** Messages that could not be parsed. */
  invalid: number;
  /** Messages dropped because their source sends too many. */
  refused: number;
  keepAlives: number;
  sendErrors: number;
  /** Exceptions out of our own handlers: always 0 unless there is a bug. */
  failures: number;
  connectionsIn: number;
  connectionsOut: number;
  connectionsRefused: number;
}

export function newCounters(): TransportCounters {
  return {
    requestsIn: 0,
    responsesIn: 0,
    messagesOut: 0,
    invalid: 0,
    refused: 0,
    keepAlives: 0,
    sendErrors: 0,
    failures: 0,
    connectionsIn: 0,
    connectionsOut: 0,
    connectionsRefused: 0,
  };
}

/** Parses one message and hands it to the transport's handlers. */
export function receiveMessage(
  transport: Transport,
  bytes: Buffer,
  flow: Flow,
  limits: ParseLimits,
  counters: TransportCounters,
): void {
  const result = parseMessage(bytes, limits);
  if (!result.ok) {
    counters.invalid++;
    if (result.partial !== null) stampVia(result.partial, flow.remote);
    transport.onInvalid(result, flow);
    return;
  }
  const message: SipRequest | SipResponse = result.message;
  if (message instanceof SipRequest) {
    counters.requestsIn++;
    stampVia(message, flow.remote);
  } else counters.responsesIn++;
  transport.onMessage(message, flow);
}

/**
 * Writes into the topmost Via where the request really came from: `received` when it is not what the Via says or the
 * peer asks by `rport`, and the port into `rport` when it asks (RFC 3261 §18.2.1, RFC 3581 §4).
 */
export function stampVia(request: SipRequest, remote: HostPort): void {
  const via = request.viaOrNull;
  if (via === null) return;
  const asks = via.params.has('rport');
  const host = via.host.charCodeAt(0) === 0x5b ? via.host.slice(1, -1) : via.host;
  if (!asks && host === remote.address && !via.params.has('received')) return;
  const received = ['received', remote.address] as const;
  request.stampVia(asks ? [['rport', String(remote.port)], received] : [received]);
}

/**
 * Where the response to a request goes (RFC 3261 §18.2.2, RFC 3581 §4): back to the source address, and on UDP to the
 * source port when the peer asked for that by `rport`, else to the port its Via names.
 */
export function replyAddress(request: SipRequest, flow: Flow): HostPort {
  const via = request.viaOrNull;
  const { remote } = flow;
  if (via === null || (!flow.reliable && via.params.has('rport')) || via.port === remote.port) return remote;
  return { address: remote.address, port: via.port ?? defaultPort(flow.kind) };
}
