import { networkInterfaces } from 'node:os';
import { isLoopback } from '../../base/ip-address.ts';
import type { MediaAddress } from '../media-leg.ts';
import { plainAddress } from './plain-address.ts';

/**
 * Where our own legs receive. A description that names one of them would have two legs, or one, feed each other for
 * ever, so it is refused by whichever of our addresses it names: the one that is told, the one that is bound, or, where
 * all are bound, any of this machine. Looking at open legs is enough: whatever closes a circle names a port that is
 * open by then.
 */
export class OwnPorts {
  readonly #open = new Map<number, MediaAddress>();
  readonly #interfaces: () => readonly string[];

  /** `interfaces`: the addresses of this machine. */
  constructor(interfaces: () => readonly string[] = interfaceAddresses) {
    this.#interfaces = interfaces;
  }

  add(media: MediaAddress): void {
    this.#open.set(media.port, media).set(media.rtcpPort, media);
  }

  remove({ port, rtcpPort }: MediaAddress): void {
    this.#open.delete(port);
    this.#open.delete(rtcpPort);
  }

  /** Whether packets to this address arrive at one of our legs. */
  has(address: string, port: number): boolean {
    const media = this.#open.get(port);
    if (media === undefined) return false;
    const named = plainAddress(address);
    const bound = plainAddress(media.bound ?? media.address);
    // What goes to "any address" stays on this machine, whatever is bound.
    if (named === plainAddress(media.address) || named === bound || isAny(named)) return true;
    return isAny(bound) && (isLoopback(named) || this.#interfaces().some((own) => plainAddress(own) === named));
  }
}

function isAny(address: string): boolean {
  return address === '0.0.0.0' || address === '::';
}

function interfaceAddresses(): string[] {
  return Object.values(networkInterfaces()).flatMap((list) => (list ?? []).map((one) => one.address));
}
