import { createSocket } from 'node:dgram';
import type { HostPort } from '../../base/host-port.ts';
import { type Trunk, trunkTo } from '../../directory/records.ts';
import { domain, password, type VirtualExchange } from './virtual-exchange.ts';

export const caller = { from: { user: '15000', host: domain }, credentials: { username: '15000', password } };

export function at({ address, port }: HostPort): string {
  return `sip:${address}:${port}`;
}

/** The carrier: one or several addresses. */
export function carrier(exchange: VirtualExchange, to: HostPort | HostPort[], change: Partial<Trunk> = {}): void {
  const uris = (Array.isArray(to) ? to : [to]).map(at);
  // Long enough for an address that is there, however busy the machine; waited for only where one is silent.
  const usual = { uris, optionsMs: null, failoverMs: uris.length > 1 ? 1500 : 10_000 };
  exchange.directory.trunks.push(trunkTo('carrier', uris[0]!, { ...usual, ...change }));
}

/** An address that takes everything and says nothing. */
export async function silence(): Promise<HostPort & { close(): void; readonly heard: () => number }> {
  const socket = createSocket('udp4');
  let heard = 0;
  socket.on('message', () => heard++);
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  return { address: '127.0.0.1', port: socket.address().port, close: () => socket.close(), heard: () => heard };
}
