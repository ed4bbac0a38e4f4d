import type { MediaAddress } from './leg-description.ts';

/**
 * Where our own legs receive. A description that names one of them would have two legs, or one, feed each other for ever.
 * Looking at open legs is enough: whatever closes a circle names a port that is open by then.
 */
export class OwnPorts {
  readonly #open = new Set<string>();

  add({ address, port, rtcpPort }: MediaAddress): void {
    this.#open.add(`${address} ${port}`).add(`${address} ${rtcpPort}`);
  }

  remove({ address, port, rtcpPort }: MediaAddress): void {
    this.#open.delete(`${address} ${port}`);
    this.#open.delete(`${address} ${rtcpPort}`);
  }

  has(address: string, port: number): boolean {
    return this.#open.has(`${address} ${port}`);
  }
}
