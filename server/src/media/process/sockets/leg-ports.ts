import type { Random } from '../../../base/random.ts';
import type { DatagramPair, PacketListener } from './datagram-pair.ts';
import type { MediaSockets } from './media-sockets.ts';
import { PortPool, type PortShare } from './port-pool.ts';

export interface LegPortsRange {
  readonly from: number;
  readonly to: number;
  readonly share: PortShare | undefined;
  /** Where legs will want them: whether there are any is found out at once, and not by the first call. */
  readonly bind?: string | undefined;
}

/**
 * The pairs of ports of a media process's legs, and whether there is none for another leg. All may be in use by legs,
 * which the pool knows, or by other programs, which only a try can tell; so it is tried now and then, for as long as
 * nobody calls because none is there.
 */
export class LegPorts {
  readonly #pool: PortPool;
  readonly #sockets: MediaSockets;
  readonly #direct: MediaSockets;
  readonly #onChange: () => void;
  /** The address that a pair was last wanted on. */
  #bind: string | null = null;
  #told = false;

  /** `direct`: what passes packets on at once, and not with the tick. */
  constructor(range: LegPortsRange, random: Random, sockets: MediaSockets, direct: MediaSockets, onChange: () => void) {
    this.#pool = new PortPool(range.from, range.to, random, range.share);
    this.#sockets = sockets;
    this.#direct = direct;
    this.#onChange = onChange;
    this.#bind = range.bind ?? null;
    void this.#try();
  }

  /** There is no pair for another leg. */
  get usedUp(): boolean {
    return this.#pool.usedUp;
  }

  open(bind: string, onRtp: PacketListener, onRtcp: PacketListener): Promise<DatagramPair> {
    return this.#open(this.#sockets, bind, onRtp, onRtcp);
  }

  /** A pair for packets that are not made by the tick: they would wait for it. */
  openDirect(bind: string, onRtp: PacketListener, onRtcp: PacketListener): Promise<DatagramPair> {
    return this.#open(this.#direct, bind, onRtp, onRtcp);
  }

  async #open(
    sockets: MediaSockets,
    bind: string,
    onRtp: PacketListener,
    onRtcp: PacketListener,
  ): Promise<DatagramPair> {
    this.#bind = bind;
    try {
      return await sockets.open(bind, this.#pool, onRtp, onRtcp);
    } finally {
      this.#tell();
    }
  }

  /** Whether there is a pair again. */
  async look(): Promise<void> {
    if (this.usedUp) await this.#try();
    this.#tell();
  }

  async #try(): Promise<void> {
    if (this.#bind === null) return;
    const pair = await this.#sockets.open(this.#bind, this.#pool, ignore, ignore).catch(() => null);
    pair?.close();
    this.#tell();
  }

  #tell(): void {
    if (this.#told === this.usedUp) return;
    this.#told = this.usedUp;
    this.#onChange();
  }
}

function ignore(): void {}
