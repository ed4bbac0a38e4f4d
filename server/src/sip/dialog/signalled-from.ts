import { ipVersion, withoutMapping } from '../../base/ip-address.ts';
import type { SipRequest } from '../message/message.ts';
import type { Flow } from '../transport/flow.ts';

/**
 * The IP address a request set out from: the flow's other end, or, behind proxies, what the first of them saw
 * (`received` of the last Via, RFC 3261 §18.2.1). A sender can only lie about itself.
 */
export function signalledFrom(request: SipRequest, flow: Flow): string {
  const vias = request.vias;
  const received = vias.length > 1 ? (vias.at(-1)?.params.get('received') ?? null) : null;
  const seen = received === null ? '' : withoutMapping(received.replace(/^\[|\]$/g, ''));
  return ipVersion(seen) === 0 ? addressOf(flow) : seen;
}

/** The flow's other end. */
export function addressOf(flow: Flow): string {
  return withoutMapping(flow.remote.address);
}
