import { getHeapStatistics } from 'node:v8';
import type { Clock } from '../../base/clock.ts';
import type { Facts } from '../../base/facts.ts';
import type { HostPort } from '../../base/host-port.ts';
import type { Log } from '../../base/log.ts';
import type { Random } from '../../base/random.ts';
import type { ClientCredentials } from '../auth/client-authorization.ts';
import type { SipCredentials } from '../auth/digest-server.ts';
import type { GuardOptions } from '../auth/source-guard.ts';
import type { SipRequest } from '../message/message.ts';
import type { RegistrarOptions } from '../registrar/registrar.ts';
import type { TimerOptions } from '../transaction/timers.ts';
import type { Flow, TransportKind, WireTap } from '../transport/flow.ts';
import type { TlsKeys } from '../transport/tls-sockets.ts';
import type { Transport } from '../transport/transport.ts';
import type { IntakeLimits } from './intake.ts';

export interface UserAgentLimits extends IntakeLimits {
  /** Dialogs, early ones included. */
  readonly dialogs: number;
  /** INVITEs from callers, and our own, that are not decided yet. */
  readonly pendingInvites: number;
  /** Subscriptions to what became of a REFER. */
  readonly referrals: number;
  /** Those included that only wait for their end; one source may hold as many as are free. */
  readonly serverTransactions: number;
  readonly clientTransactions: number;
  /** New INVITEs from one address, those inside dialogs included; more get 503 and no transaction. */
  readonly invitesPerSecond: number;
  readonly inviteBurst: number;
}

/** What a finished transaction keeps, timers and the bytes it may repeat included, with room to spare. */
const bytesPerTransaction = 4096;
/** Of the heap, for server transactions. */
const transactionShare = 1 / 4;

export const defaultUserAgentLimits: UserAgentLimits = {
  dialogs: 20_000,
  pendingInvites: 5_000,
  referrals: 1_000,
  serverTransactions: Math.floor((getHeapStatistics().heap_size_limit * transactionShare) / bytesPerTransaction),
  clientTransactions: 100_000,
  messagesPerSecond: 20_000,
  messageBurst: 40_000,
  strangersPerSecond: 2_000,
  strangersInAllPerSecond: 4_000,
  invitesPerSecond: 4_000,
  inviteBurst: 8_000,
};

/** A transport that can be bound, as the real and the virtual one. */
export interface BindableTransport extends Transport {
  listen(kind: TransportKind, host: string, port: number): Promise<HostPort>;
  /** Of each of these kinds, all at one port; null when there are none. */
  listenAlike(kinds: readonly TransportKind[], host: string, port: number): Promise<HostPort | null>;
  /** The certificate for connections that begin from then on. */
  renewTls?(keys: TlsKeys): void;
}

export interface UserAgentOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** The realm of challenges, and the host of our addresses. */
  readonly domain: string;
  /** Port 0 picks a free one, the same for all transports. */
  readonly bind: { readonly host: string; readonly port: number };
  /** The address that goes into Via and Contact when it is not the socket's own. */
  readonly advertise?: string | null;
  /** SIP over TLS; port 0 picks a free one. */
  readonly tls?: (TlsKeys & { readonly port: number }) | null;
  /** Default both. */
  readonly transports?: readonly ('udp' | 'tcp')[];
  readonly timers?: Partial<TimerOptions>;
  readonly limits?: Partial<UserAgentLimits>;
  readonly guard?: Partial<GuardOptions>;
  readonly registrar?: Omit<RegistrarOptions, 'clock'>;
  readonly credentials: (username: string) => SipCredentials | null;
  /** What these accounts demand, the strongest first: offered to everybody. Default: MD5. */
  readonly digestAlgorithms?: () => readonly ('MD5' | 'SHA-256')[];
  /** Which address-of-record these credentials may register; null = none. */
  readonly aorOf: (credentials: SipCredentials, request: SipRequest) => string | null;
  /**
   * What whoever registers under this address-of-record is known by, another with every other password; null: nobody
   * may. What an earlier run has kept of anybody else ends. Default: all of it stays.
   */
  readonly registrationMark?: (aor: string) => string | null;
  /** Requests taken without a password, e.g. by source address; null asks for one. */
  readonly trust?: (request: SipRequest, flow: Flow) => SipCredentials | null;
  /** The credentials of that account, for what an earlier run left behind; null when it is gone. */
  readonly clientCredentials?: (account: string) => ClientCredentials | null;
  /** Takes down what the next run must know: see `SipUserAgent.restore`. */
  readonly facts?: Facts;
  /** See `SipUserAgent.isCarrier`; default: nobody. */
  readonly isCarrier?: (flow: Flow) => boolean;
  /** Is shown what comes and goes, not with `transport`. */
  readonly tap?: WireTap;
  /** Value of User-Agent and Server. */
  readonly userAgent?: string;
  /** In place of real sockets; for tests. */
  readonly transport?: BindableTransport;
}

export interface UserAgentCounters {
  readonly responsesSent: Record<string, number>;
  readonly responsesReceived: Record<string, number>;
  readonly transactions: { server: number; client: number };
  readonly dialogs: number;
  readonly pendingInvites: number;
  /** What is being told of REFERs, and how many there were. */
  readonly referrals: number;
  readonly refers: { readonly accepted: number; readonly refused: number };
  readonly registrations: number;
  readonly bannedSources: number;
  /** Messages dropped because their source is banned or sends too many. */
  readonly dropped: number;
  /** Calls nobody here knew that were answered, and ended by us. */
  readonly strayAnswers: number;
}
