import { coerceError } from '../../base/app-error.ts';
import type { Clock, Timer } from '../../base/clock.ts';
import type { Fact, Facts } from '../../base/facts.ts';
import type { Log } from '../../base/log.ts';
import type { Transport } from '../transport/transport.ts';
import type { Binding } from './bindings.ts';
import { type ReadBindings, readBindings, textOfBindings } from './kept-bindings.ts';
import type { Registrar } from './registrar.ts';

/** Connections tried in one go, and how long until the next. */
const triedAtOnce = 20;
const pauseMs = 100;
/** What asks a peer on a connection for a sign of life (RFC 5626 §4.4.1). */
const ping = Buffer.from('\r\n\r\n');

export const registrationKind = 'registration';

/**
 * Registrations over a restart: each address-of-record is a fact for as long as it has contacts. Those over UDP can be
 * called again at once. Connections are tried anew, a few at a time; a contact that cannot be reached so goes with its
 * connection, and the phone, which has seen its connection end, registers again by itself.
 */
export class KeptRegistrations {
  readonly #facts: Facts;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #transport: Transport;
  readonly #registrar: Registrar;
  readonly #markOf: ((aor: string) => string | null) | null;
  /** What is restored as it was written need not be written again. */
  #restoring = false;
  #toTry: { readonly aor: string; readonly begin: () => Binding }[] = [];
  #timer: Timer | null = null;

  constructor(options: {
    facts: Facts;
    clock: Clock;
    log: Log;
    transport: Transport;
    registrar: Registrar;
    /** As `UserAgentOptions.registrationMark`; null: whoever it is. */
    markOf?: ((aor: string) => string | null) | null;
  }) {
    this.#facts = options.facts;
    this.#clock = options.clock;
    this.#log = options.log;
    this.#transport = options.transport;
    this.#registrar = options.registrar;
    this.#markOf = options.markOf ?? null;
  }

  changed(aor: string): void {
    if (this.#restoring) return;
    const bindings = this.#registrar.contacts(aor);
    if (bindings.length === 0) {
      this.#facts.forget(registrationKind, aor);
      return;
    }
    const offset = this.#clock.now() - this.#clock.monotonic();
    const last = Math.max(...bindings.map(({ expiresAt }) => expiresAt));
    // As they are now: what is written after the sockets have closed must not be that nobody has a way left.
    const mark = this.#markOf?.(aor) ?? null;
    const text = () => textOfBindings(bindings, (at) => Math.round(at + offset), mark);
    this.#facts.keep(registrationKind, aor, text, Math.ceil(last + offset));
  }

  /** Takes back what an earlier run left; the sockets must be there. Who has registered meanwhile is not overruled. */
  restore(facts: readonly Fact[]): void {
    const now = this.#clock.now();
    const monotonic = this.#clock.monotonic();
    // The clock on the wall may have been set back: nobody was granted more than the registrar grants.
    const expiresAtOf = (until: number) => monotonic + Math.min(until - now, this.#registrar.longestMs);
    for (const { key: aor, data } of facts) {
      let read: ReadBindings;
      try {
        read = readBindings(data, this.#transport, expiresAtOf);
      } catch (error) {
        this.#log.warn({ aor, error: coerceError(error).message }, 'a registration that was kept cannot be read');
        this.#facts.forget(registrationKind, aor);
        continue;
      }
      if (!this.#mayStay(aor, read.mark)) {
        this.#log.info({ aor }, 'a registration that was kept ends: its phone may not register so any more');
        this.changed(aor);
        continue;
      }
      this.#restoring = true;
      this.#registrar.restore(aor, read.live);
      this.#restoring = false;
      for (const { begin } of read.toTry) this.#toTry.push({ aor, begin });
      // What was dropped is not to come back with the next start.
      if (this.#registrar.contacts(aor).length !== read.count) this.changed(aor);
    }
    this.#tryNext();
  }

  /** The directory may be another one than that of the run that wrote it. */
  #mayStay(aor: string, mark: string | null): boolean {
    if (this.#markOf === null) return true;
    const now = this.#markOf(aor);
    return now !== null && (mark === null || mark === now);
  }

  close(): void {
    this.#timer?.cancel();
    this.#timer = null;
    this.#toTry = [];
  }

  #tryNext(): void {
    for (const { aor, begin } of this.#toTry.splice(0, triedAtOnce)) {
      const binding = begin();
      this.#registrar.restore(aor, [binding]);
      binding.flow.send(ping, () => this.#registrar.flowClosed(binding.flow));
    }
    if (this.#toTry.length === 0) return;
    this.#timer = this.#clock.setTimer(pauseMs, () => this.#tryNext());
  }
}
