import type { HostPort } from '../../../../base/host-port.ts';
import type { IceNames } from '../ice-names.ts';

/** An address of the browser: a check from there has proven it. */
export interface Known extends HostPort {
  /** By which it is asked, and answered: those of its last check. */
  names: IceNames;
  provenMs: number;
  /** When there came from it what is no check. */
  heardMs: number;
}

/** Of one browser; those of a computer with several networks, before and after a restart. */
const most = 8;
/** As consent (RFC 7675 §5.1): so long is a check good for. */
const provenForMs = 30_000;
/** A way by which nothing came for so long gives way to one that is nominated: all browsers send more often. */
const quietMs = 1000;

/**
 * The addresses of one browser that have proven themselves, and to which of them it is sent: a browser sends by the way
 * that it has chosen, so it is where last something came from. Before that, and where that has fallen silent, it is
 * where it was nominated last (RFC 8445 §8.1).
 */
export class KnownAddresses {
  readonly #known = new Map<string, Known>();
  #chosen: Known | null = null;

  get chosen(): Known | null {
    return this.#chosen;
  }

  /** A check that is proven came from there. */
  prove({ address, port }: HostPort, names: IceNames, nominates: boolean, nowMs: number): Known {
    const key = `${address} ${port}`;
    const known = this.#known.get(key) ?? { address, port, names, provenMs: nowMs, heardMs: Number.NEGATIVE_INFINITY };
    known.names = names;
    known.provenMs = nowMs;
    // The last is where it was proven last.
    this.#known.delete(key);
    this.#known.set(key, known);
    const chosen = this.#chosen;
    if (chosen === null || (nominates && nowMs - chosen.heardMs > quietMs)) this.#chosen = known;
    if (this.#known.size > most) this.#forgetOldest();
    return known;
  }

  /** Null: nothing is taken from there. */
  at(address: string, port: number, nowMs: number): Known | null {
    const chosen = this.#chosen;
    const isChosen = chosen !== null && chosen.port === port && chosen.address === address;
    const known = isChosen ? chosen : this.#known.get(`${address} ${port}`);
    return known !== undefined && nowMs - known.provenMs <= provenForMs ? known : null;
  }

  /** What is no check came from there. */
  heard(known: Known, nowMs: number): void {
    known.heardMs = nowMs;
    this.#chosen = known;
  }

  #forgetOldest(): void {
    for (const [key, known] of this.#known) {
      if (known === this.#chosen) continue;
      this.#known.delete(key);
      return;
    }
  }
}
