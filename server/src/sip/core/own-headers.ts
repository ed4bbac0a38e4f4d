import type { Random } from '../../base/random.ts';
import { newTag } from '../dialog/user-agent-core.ts';
import type { SipResponse } from '../message/message.ts';
import { withTag } from '../message/name-addr.ts';
import type { SipUri } from '../message/uri.ts';
import type { Flow } from '../transport/flow.ts';

/** Every final response has a tag (RFC 3261 §8.2.6.2); those that make a dialog have brought their own. */
export function addToTag(response: SipResponse, random: Random): void {
  const to = response.headers.get('To') ?? '';
  if (/;tag=[^;\s]/.test(to)) return;
  response.headers.set('To', withTag(to, newTag(random)));
}

/**
 * Our Contact for a peer on this flow, with brackets. `uri`: whom the request is for; where that is `sips`, so are we
 * (RFC 3261 §8.1.1.8, §12.1.1), over a way that is secure.
 */
export function contactFor(flow: Flow, uri: SipUri): string {
  const { address, port } = flow.local;
  const host = address.includes(':') ? `[${address}]` : address;
  if (flow.kind === 'tls' && uri.scheme === 'sips') return `<sips:partyline@${host}:${port}>`;
  return flow.kind === 'udp'
    ? `<sip:partyline@${host}:${port}>`
    : `<sip:partyline@${host}:${port};transport=${flow.kind}>`;
}
