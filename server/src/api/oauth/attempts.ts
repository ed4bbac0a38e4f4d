import type { Clock } from '../../base/clock.ts';
import { LoginGuard } from '../admin/login-guard.ts';

/**
 * Failed attempts by what is attacked (an app or a login, from one source), and by source over all of them. The second bound is
 * wide: many apps may share one address.
 */
export class Attempts {
  readonly #one: LoginGuard;
  readonly #source: LoginGuard;
  readonly #failuresOfSource = new Map<string, number>();

  constructor(clock: Clock) {
    this.#one = new LoginGuard(clock);
    this.#source = new LoginGuard(clock);
  }

  /** Seconds to wait; 0 when it may try. */
  waitSeconds(source: string, name: string): number {
    return Math.max(this.#one.waitSeconds(key(source, name)), this.#source.waitSeconds(source));
  }

  /** One attempt at a time per name and source, so that many at once are no more tries than one by one. */
  inTurn<Value>(source: string, name: string, attempt: () => Promise<Value>): Promise<Value> {
    return this.#one.inTurn(key(source, name), attempt);
  }

  failed(source: string, name: string): void {
    this.#one.failed(key(source, name));
    const failures = (this.#failuresOfSource.get(source) ?? 0) + 1;
    // One in eight counts towards the bound of five: forty failures within the guard's minutes.
    this.#failuresOfSource.delete(source);
    if (failures % 8 === 0) this.#source.failed(source);
    this.#failuresOfSource.set(source, failures);
    if (this.#failuresOfSource.size <= 10_000) return;
    const oldest = this.#failuresOfSource.keys().next().value;
    if (oldest !== undefined) this.#failuresOfSource.delete(oldest);
  }

  succeeded(source: string, name: string): void {
    this.#one.succeeded(key(source, name));
  }
}

function key(source: string, name: string): string {
  return `${source} ${name.slice(0, 128).toLowerCase()}`;
}
