import type { HostPort } from '../../../../base/host-port.ts';
import type { IceNames } from '../ice-names.ts';

/** An address of the browser: a check from there has proven it. */
export interface Known extends HostPort {
  /** By which it is asked, and answered: those of its last check. */
  names: IceNames;
  provenMs: number;
  /** Its last check nominated it. */
  nominated: boolean;
  /** When an answer to a check last came from there: who sends a check again, or by a false address, gets none. */
  agreedMs: number;
  /** When it was asked for that. */
  askedMs: number;
  /** When there came from it what is no check. */
  heardMs: number;
}

/** Of one browser; those of a computer with several networks, before and after a restart. */
const most = 8;
/** As consent (RFC 7675 §5.1): so long are a check, and an answer, good for. */
const provenForMs = 30_000;
/** A way by which nothing came for so long gives way to one that is nominated: all browsers send more often. */
const quietMs = 1000;
/**
 * Whoever has agreed is asked again, as by RFC 7675 §5.1; others as often as their packets come, but not more often.
 */
const agreedAgainMs = 5000;
const askedAgainMs = 500;

const never = Number.NEGATIVE_INFINITY;

/**
 * The addresses of one browser that have proven themselves, and to which of them it is sent: to one alone that has
 * agreed to that, by an answer to a check (RFC 7675 §5). A browser sends by the way that it has chosen, so it is where
 * last something came from. Before that, and where that has fallen silent, it is where it was nominated last (RFC 8445
 * §8.1).
 */
export class KnownAddresses {
  readonly #known = new Map<string, Known>();
  #chosen: Known | null = null;

  /** To whom all is sent; null: to nobody. */
  chosen(nowMs: number): Known | null {
    const chosen = this.#chosen;
    return chosen !== null && hasAgreed(chosen, nowMs) ? chosen : null;
  }

  /**
   * Who is asked in the library's name: also one that has only proven itself, and does not know that it is to agree.
   */
  asked(nowMs: number): Known | null {
    return this.chosen(nowMs) ?? [...this.#known.values()].findLast((one) => isProven(one, nowMs)) ?? null;
  }

  /** A check that is proven came from there. */
  prove({ address, port }: HostPort, names: IceNames, nominates: boolean, nowMs: number): Known {
    const key = `${address} ${port}`;
    const times = { provenMs: nowMs, agreedMs: never, askedMs: never, heardMs: never };
    const known = this.#known.get(key) ?? { address, port, names, nominated: nominates, ...times };
    known.names = names;
    known.provenMs = nowMs;
    known.nominated = nominates;
    // The last is where it was proven last.
    this.#known.delete(key);
    this.#known.set(key, known);
    if (hasAgreed(known, nowMs)) this.#maybeChoose(known, nowMs);
    if (this.#known.size > most) this.#forgetOldest(known, nowMs);
    return known;
  }

  /** Null: nothing is taken from there. */
  at(address: string, port: number, nowMs: number): Known | null {
    const chosen = this.#chosen;
    const isChosen = chosen !== null && chosen.port === port && chosen.address === address;
    const known = isChosen ? chosen : this.#known.get(`${address} ${port}`);
    return known !== undefined && isProven(known, nowMs) ? known : null;
  }

  /** Whether it is to be asked now whether it agrees; it is, then. */
  asks(known: Known, nowMs: number): boolean {
    if (nowMs - known.agreedMs < agreedAgainMs || nowMs - known.askedMs < askedAgainMs) return false;
    known.askedMs = nowMs;
    return true;
  }

  /** An answer to a check came from there. */
  agreed(known: Known, nowMs: number): void {
    known.agreedMs = nowMs;
    this.#maybeChoose(known, nowMs);
  }

  /** What is no check came from there. */
  heard(known: Known, nowMs: number): void {
    known.heardMs = nowMs;
    if (hasAgreed(known, nowMs)) this.#chosen = known;
  }

  #maybeChoose(known: Known, nowMs: number): void {
    const chosen = this.chosen(nowMs);
    if (chosen === null || (known.nominated && nowMs - chosen.heardMs > quietMs)) this.#chosen = known;
  }

  /** Of those that have not agreed, where there are any. */
  #forgetOldest(newest: Known, nowMs: number): void {
    const others = [...this.#known].filter(([, one]) => one !== newest && one !== this.#chosen);
    const [key] = others.find(([, one]) => !hasAgreed(one, nowMs)) ?? others[0]!;
    this.#known.delete(key);
  }
}

function isProven({ provenMs }: Known, nowMs: number): boolean {
  return nowMs - provenMs <= provenForMs;
}

function hasAgreed({ agreedMs }: Known, nowMs: number): boolean {
  return nowMs - agreedMs <= provenForMs;
}
