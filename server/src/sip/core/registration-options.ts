import type { ClientCredentials } from '../auth/client-authorization.ts';
import type { InviteTarget } from '../dialog/invite.ts';
import type { NameAddr } from '../message/name-addr.ts';

/** How a registration of ours stands. */
export interface RegistrationState {
  readonly registered: boolean;
  /** Of the last answer; 408 for none, 503 when it could not be sent; null before the first. */
  readonly status: number | null;
  /** When the binding ends unless it is refreshed, in milliseconds of the clock's `now()`; null when not registered. */
  readonly untilMs: number | null;
}

export interface RegisterOptions {
  /**
   * Tried in order, the next when one does not answer or cannot take it. The URI is that of the domain, without user.
   */
  readonly registrar: readonly InviteTarget[];
  readonly aor: NameAddr;
  /** User part of our Contact: what the carrier's calls will be addressed to. */
  readonly contactUser: string;
  readonly credentials?: ClientCredentials;
  /** Asked for, in seconds; the registrar decides. */
  readonly expiresS: number;
  /** After every change and every answer, never before `register` has returned. */
  onState(state: RegistrationState): void;
}

export interface ClientRegistration {
  readonly state: RegistrationState;
  /** The registrar that holds the binding; null when none does. */
  readonly boundAt: InviteTarget | null;
  /**
   * Other registrars from now on, to be tried in this order; the next refresh goes to where the binding is, if that is
   * among them.
   */
  retarget(registrar: readonly InviteTarget[]): void;
  /** Removes the binding (REGISTER with expires 0), waiting at most two seconds for the answer. Never rejects. */
  close(): Promise<void>;
}
