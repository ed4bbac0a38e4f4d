import type { Clock } from '../../base/clock.ts';
import type { DigestServer, SipCredentials } from '../auth/digest-server.ts';
import type { ProvenAddresses } from '../auth/proven-addresses.ts';
import type { SourceGuard } from '../auth/source-guard.ts';
import type { SipRequest } from '../message/message.ts';
import type { Flow } from '../transport/flow.ts';

export type Authentication =
  | { readonly ok: true; readonly credentials: SipCredentials }
  /** `failed`: the user name whose password was wrong, or that is banned here; null: it is asked for one. */
  | { readonly ok: false; readonly failed: string | null };

/** How a request that is not let in gets its answer. */
export type Refuse = (status: 401 | 403, headers: readonly (readonly [string, string])[]) => void;

/** Answers held back at one time; beyond that they go out at once, the guard still counts. */
const mostHeld = 1000;

/**
 * Lets requests in by digest, and slows down and bans who guesses: a first challenge costs nothing, a wrong password
 * is answered later each time, and the failure that bans gets 403; from then on this user hears nothing at that
 * address.
 */
export class Authenticator {
  readonly #clock: Clock;
  readonly #digest: DigestServer;
  readonly #guard: SourceGuard;
  readonly #proven: ProvenAddresses;
  readonly #trust: (request: SipRequest, flow: Flow) => SipCredentials | null;
  #held = 0;

  constructor(options: {
    clock: Clock;
    digest: DigestServer;
    guard: SourceGuard;
    proven: ProvenAddresses;
    trust: (request: SipRequest, flow: Flow) => SipCredentials | null;
  }) {
    this.#clock = options.clock;
    this.#digest = options.digest;
    this.#guard = options.guard;
    this.#proven = options.proven;
    this.#trust = options.trust;
  }

  /** When not ok, `refuse` has been called or will be after the delay; it must bear a request that is over by then. */
  check(request: SipRequest, flow: Flow, refuse: Refuse): Authentication {
    const trusted = this.#trust(request, flow);
    if (trusted !== null) return { ok: true, credentials: trusted };
    const source = flow.remote.address;
    const result = this.#digest.check(request, source);
    const username = result.ok ? result.credentials.username : result.username;
    // The right password does not end a ban either: that would tell a guesser that it is the right one.
    if (this.#guard.banned(source, username, username !== null && this.#proven.isUser(flow, username))) {
      refuse(403, []);
      return { ok: false, failed: username };
    }
    if (result.ok) {
      this.#guard.succeeded(source, result.credentials.username);
      this.#proven.authenticated(flow, result.credentials.username);
      return result;
    }
    const headers = result.challenges.map((challenge) => ['WWW-Authenticate', challenge] as const);
    const challenge = (): void => refuse(401, headers);
    if (username === null || (result.why !== 'wrong' && result.why !== 'unknown')) {
      challenge();
      return { ok: false, failed: null };
    }
    this.#proven.failed(flow, username);
    const verdict = this.#guard.failed(source, username);
    if (verdict.banned) refuse(403, []);
    else if (verdict.delayMs === 0 || this.#held >= mostHeld) challenge();
    else {
      this.#held++;
      this.#clock.setTimer(verdict.delayMs, () => {
        this.#held--;
        challenge();
      });
    }
    return { ok: false, failed: username };
  }
}
