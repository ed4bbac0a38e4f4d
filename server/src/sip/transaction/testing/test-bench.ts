import type { HostPort } from '../../../base/host-port.ts';
import { silentLog } from '../../../base/log.ts';
import { SeededRandom } from '../../../base/random.ts';
import { VirtualClock } from '../../../base/testing/virtual-clock.ts';
import { Headers } from '../../message/headers.ts';
import { SipRequest, type SipResponse } from '../../message/message.ts';
import { parseMessage } from '../../message/parse.ts';
import { parseUri } from '../../message/uri.ts';
import type { Flow, TransportKind } from '../../transport/flow.ts';
import { VirtualNetwork, type VirtualTransport } from '../../transport/testing/virtual-network.ts';
import type { ClientHandlers } from '../transaction.ts';
import { TransactionLayer, type TransactionLayerOptions } from '../transaction-layer.ts';

/** One message seen on the network: when, between whom, and what (`INVITE`, `200 INVITE`…). */
export interface Seen {
  at: number;
  from: string;
  what: string;
  message: SipRequest | SipResponse;
}

/** For tests: two transaction layers, `a` at 192.0.2.1 and `b` at 192.0.2.2, on a virtual network and clock. */
export class TestBench {
  readonly clock = new VirtualClock();
  readonly network: VirtualNetwork;
  readonly a: Side;
  readonly b: Side;
  readonly seen: Seen[] = [];
  /** Messages for which it is false are lost. */
  pass: (seen: Seen) => boolean = () => true;

  constructor(options: Partial<TransactionLayerOptions> = {}, seed = 1) {
    const random = new SeededRandom(seed);
    this.network = new VirtualNetwork({ clock: this.clock, random });
    this.network.filter = (bytes, from) => this.#watch(bytes, from);
    const side = (address: string): Side => {
      const transport = this.network.attach({ address, port: 5060 });
      const layer = new TransactionLayer({ transport, clock: this.clock, random, log: silentLog, ...options });
      return { transport, layer };
    };
    this.a = side('192.0.2.1');
    this.b = side('192.0.2.2');
  }

  #watch(bytes: Buffer, from: HostPort): boolean {
    const result = parseMessage(bytes);
    if (!result.ok) throw new Error(`A layer sent what cannot be parsed: ${result.reason}`);
    const { message } = result;
    const what =
      message instanceof SipRequest ? message.method : `${(message as SipResponse).status} ${message.cseq.method}`;
    const seen = { at: this.clock.monotonic(), from: from.address === '192.0.2.1' ? 'a' : 'b', what, message };
    this.seen.push(seen);
    return this.pass(seen);
  }

  /** When `from` sent `what`, in milliseconds. */
  times(from: string, what: string): number[] {
    return this.seen.filter((seen) => seen.from === from && seen.what === what).map((seen) => seen.at);
  }

  /** The flow from `a` to `b`. */
  flow(kind: TransportKind = 'udp'): Flow {
    return this.a.transport.flowTo(kind, this.b.transport.local);
  }
}

interface Side {
  readonly transport: VirtualTransport;
  readonly layer: TransactionLayer;
}

let nextCall = 1;

/** A request as a user agent would hand it to the layer. */
export function newRequest(method: string, options: { branch?: string; call?: string } = {}): SipRequest {
  const headers = new Headers();
  if (options.branch !== undefined) headers.append('Via', `SIP/2.0/UDP 192.0.2.1:5060;branch=${options.branch}`);
  headers.append('Max-Forwards', '70');
  headers.append('From', '<sip:alice@example.com>;tag=a1');
  headers.append('To', '<sip:bob@example.com>');
  headers.append('Call-ID', options.call ?? `call-${nextCall++}`);
  headers.append('CSeq', `1 ${method}`);
  return new SipRequest(method, parseUri('sip:bob@192.0.2.2')!, headers);
}

/** Handlers that write down what they hear: `180`, `timeout`, `error`. */
export function recorder(): ClientHandlers & { heard: string[]; responses: SipResponse[] } {
  const heard: string[] = [];
  const responses: SipResponse[] = [];
  return {
    heard,
    responses,
    onResponse(response) {
      heard.push(String(response.status));
      responses.push(response);
    },
    onTimeout: () => void heard.push('timeout'),
    onTransportError: () => void heard.push('error'),
  };
}
