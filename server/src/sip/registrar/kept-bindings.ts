import { formatUri, parseUri, type SipUri } from '../message/uri.ts';
import type { Flow } from '../transport/flow.ts';
import { type PlainFlow, plainFlow } from '../transport/plain-flow.ts';
import type { Transport } from '../transport/transport.ts';
import type { Binding } from './bindings.ts';

/** A binding as it is written down: its flow as the addresses at its end, its expiry by the clock on the wall. */
interface KeptBinding extends Omit<Binding, 'contact' | 'flow' | 'expiresAt'> {
  readonly contact: string;
  readonly flow: PlainFlow;
  /** ms since the epoch. */
  readonly until: number;
  /** Of whoever had registered. */
  readonly mark?: string;
}

/** As it may have been written by an earlier version. */
type FoundBinding = Omit<KeptBinding, 'events'> & Partial<Pick<KeptBinding, 'events'>>;

/**
 * `untilOf`: a monotonic time as ms since the epoch. `mark`: what whoever has registered is known by, null: nothing.
 */
export function textOfBindings(
  bindings: readonly Binding[],
  untilOf: (at: number) => number,
  mark: string | null,
): string {
  const by = mark === null ? {} : { mark };
  const kept = bindings.map(({ contact, flow, expiresAt, ...rest }): KeptBinding => {
    return { ...rest, contact: formatUri(contact), flow: plainFlow(flow), until: untilOf(expiresAt), ...by };
  });
  return JSON.stringify(kept);
}

export interface ReadBindings {
  /** All that were written. */
  readonly count: number;
  /** Null: it was not written down. */
  readonly mark: string | null;
  /** Can be called as they are. */
  readonly live: readonly Binding[];
  /** Their connection ended with the process that had it; each has a way of its own to try. */
  readonly toTry: readonly { readonly begin: () => Binding }[];
}

/**
 * What was written, with its flows made anew; throws for what was not written by `textOfBindings`. Over UDP that is the
 * same pair of addresses, so a phone behind NAT is reached. A connection can only be opened again where the contact
 * names the address it came from: behind NAT there is no way back, and the phone has to come by itself.
 */
export function readBindings(text: string, transport: Transport, expiresAtOf: (until: number) => number): ReadBindings {
  const kept = JSON.parse(text) as FoundBinding[];
  const live: Binding[] = [];
  const toTry: { begin: () => Binding }[] = [];
  let by: string | null = null;
  for (const { contact: uri, flow, until, events = [], mark = null, ...rest } of kept) {
    by = mark;
    const contact = parseUri(uri);
    if (contact === null) throw new Error('a contact cannot be read');
    const over = (way: Flow): Binding => ({ ...rest, events, contact, flow: way, expiresAt: expiresAtOf(until) });
    const { kind, address, port } = flow;
    if (kind === 'udp') live.push(over(transport.flowTo('udp', { address, port })));
    else if (kind === 'tcp' && hostOf(contact) === address && contact.port !== null) {
      const remote = { address, port: contact.port };
      toTry.push({ begin: () => over(transport.flowTo('tcp', remote)) });
    }
  }
  return { count: kept.length, mark: by, live, toTry };
}

function hostOf({ host }: SipUri): string {
  return host.startsWith('[') ? host.slice(1, -1) : host;
}
