import { coerceError } from '../base/app-error.ts';
import { type Fact, noFacts } from '../base/facts.ts';
import type { HostPort } from '../base/host-port.ts';
import { RateLimit } from '../base/rate-limit.ts';
import { DigestServer } from './auth/digest-server.ts';
import { ProvenAddresses } from './auth/proven-addresses.ts';
import { SourceGuard } from './auth/source-guard.ts';
import { type Authentication, Authenticator } from './core/authenticator.ts';
import { RegistrationClient } from './core/client-registration.ts';
import { Intake } from './core/intake.ts';
import { askOptions } from './core/options-request.ts';
import { addToTag, contactFor } from './core/own-headers.ts';
import { Registration } from './core/registration.ts';
import type { ClientRegistration, RegisterOptions } from './core/registration-options.ts';
import { RequestCore } from './core/request-core.ts';
import { ResponseCounts } from './core/response-counts.ts';
import { Screening } from './core/screening.ts';
import {
  type BindableTransport,
  defaultUserAgentLimits,
  type UserAgentCounters,
  type UserAgentLimits,
  type UserAgentOptions,
} from './core/user-agent-options.ts';
import { AcceptedResponses } from './dialog/accepted-responses.ts';
import { DialogTable } from './dialog/dialog-table.ts';
import type { IncomingInvite, InviteTarget, OutgoingInvite, OutgoingInviteOptions } from './dialog/invite.ts';
import { LeftBehind } from './dialog/left-behind.ts';
import { Methods } from './dialog/methods.ts';
import { ClientInvite } from './dialog/outgoing-invite.ts';
import type { IncomingRefer } from './dialog/refer.ts';
import { StrayAnswers } from './dialog/stray-answer.ts';
import type { UserAgentCore } from './dialog/user-agent-core.ts';
import type { SipResponse } from './message/message.ts';
import { KeptRegistrations, registrationKind } from './registrar/kept-registrations.ts';
import { Registrar } from './registrar/registrar.ts';
import type { ServerTransaction } from './transaction/transaction.ts';
import { TransactionLayer } from './transaction/transaction-layer.ts';
import type { Flow } from './transport/flow.ts';
import { TransportLayer } from './transport/transport-layer.ts';

export type { SipCredentials } from './auth/digest-server.ts';
export type { Authentication } from './core/authenticator.ts';
export type * from './core/registration-options.ts';
export type * from './core/user-agent-options.ts';
export type * from './dialog/invite.ts';
export type * from './dialog/refer.ts';

/** A SIP user agent: registrar, callee and caller. It knows no calls, only invitations and sessions. */
export class SipUserAgent {
  readonly registrar: Registrar;
  readonly guard: SourceGuard;
  /** A new INVITE outside a dialog, from anybody: see `authenticate`. */
  onInvite: (invite: IncomingInvite) => void = (invite) => invite.reject(480);
  /** Whether a carrier is at the other end, known by its address: it needs no proof. */
  isCarrier: (flow: Flow) => boolean;
  readonly #options: UserAgentOptions;
  readonly #limits: UserAgentLimits;
  readonly #transport: BindableTransport;
  readonly #core: UserAgentCore;
  readonly #authenticator: Authenticator;
  readonly #screening: Screening;
  readonly #intake: Intake;
  readonly #proven: ProvenAddresses;
  readonly #sent = new ResponseCounts();
  readonly #received = new ResponseCounts();
  readonly #strays: StrayAnswers;
  readonly #registrations: KeptRegistrations;
  readonly #leftBehind: LeftBehind;
  readonly #clients = new Set<RegistrationClient>();
  #outgoing = 0;
  #draining = false;

  constructor(options: UserAgentOptions) {
    const { clock, random, log } = options;
    const limits = { ...defaultUserAgentLimits, ...options.limits };
    this.#options = options;
    this.isCarrier = options.isCarrier ?? (() => false);
    this.#limits = limits;
    const admit = (flow: Flow, nowMs: number, bytes: number) => this.#intake.admit(flow, nowMs, bytes);
    const advertise = options.advertise ?? null;
    const tls = options.tls ?? null;
    const isProven = (flow: Flow) => this.#proven.isAuthenticated(flow);
    this.#transport =
      options.transport ?? new TransportLayer({ clock, log, advertise, admit, isProven, tls, tap: options.tap });
    this.guard = new SourceGuard({ clock, random, log, ...options.guard });
    const facts = options.facts ?? noFacts;
    this.registrar = new Registrar({ clock, mayAdd: () => !facts.isFailing, ...options.registrar });
    const proven = new ProvenAddresses(clock, (flow) => this.registrar.knows(flow) || this.isCarrier(flow));
    const transport = this.#transport;
    const markOf = options.registrationMark ?? null;
    this.#registrations = new KeptRegistrations({ facts, clock, log, transport, registrar: this.registrar, markOf });
    this.registrar.onChange = (aor, contacts) => {
      this.#registrations.changed(aor);
      for (const { contact, flow } of contacts) this.#leftBehind.registered(contact, flow);
    };
    const product = options.userAgent ?? 'Partyline';
    const t1 = options.timers?.t1 ?? 500;
    const t2 = options.timers?.t2 ?? 4000;
    const invites = new RateLimit({ perSecond: limits.invitesPerSecond, burst: limits.inviteBurst });
    this.#proven = proven;
    this.#intake = new Intake(limits, proven);
    const transactions = new TransactionLayer({
      transport: this.#transport,
      clock,
      random,
      log,
      limits: { serverTransactions: limits.serverTransactions, clientTransactions: limits.clientTransactions },
      ...(options.timers ? { timers: options.timers } : {}),
      isReached: (flow) => proven.isReached(flow),
      onReached: (flow) => proven.reached(flow),
      admit: ({ method }, flow) => method !== 'INVITE' || invites.admit(flow.remote.address, clock.monotonic()),
    });
    this.#core = {
      clock,
      random,
      log,
      transport: this.#transport,
      kinds: [...(options.transports ?? ['udp', 'tcp']), ...(options.tls ? (['tls'] as const) : [])],
      transactions,
      dialogs: new DialogTable(limits.dialogs),
      methods: new Methods(),
      facts,
      accepted: new AcceptedResponses(clock, { t1, t2 }),
      proven,
      phones: this.registrar,
      pending: new Map(),
      referrals: new Set(),
      maxReferrals: limits.referrals,
      refers: { accepted: 0, refused: 0 },
      t1,
      product,
      contact: contactFor,
      tell: (call, failed) => {
        try {
          call();
        } catch (thrown) {
          log.error({ error: coerceError(thrown).stack }, 'a SIP callback failed');
          failed?.();
        }
      },
      respond: (transaction, response) => {
        const finished = this.#finish(response);
        if (this.#asksForNoMemory(transaction, finished)) transaction.refuse(finished);
        else transaction.respond(finished);
      },
      refuse: (transaction, response) => transaction.refuse(this.#finish(response)),
    };
    this.#strays = new StrayAnswers(this.#core);
    this.#leftBehind = new LeftBehind(this.#core, options.clientCredentials ?? (() => null));
    const { credentials, digestAlgorithms: algorithms } = options;
    const digest = new DigestServer({
      realm: options.domain,
      random,
      clock,
      credentials,
      ...(algorithms === undefined ? {} : { algorithms }),
    });
    const trust = options.trust ?? (() => null);
    this.#authenticator = new Authenticator({ clock, digest, guard: this.guard, proven, trust });
    const registration = new Registration({
      core: this.#core,
      registrar: this.registrar,
      authenticator: this.#authenticator,
      aorOf: options.aorOf,
    });
    this.#connect(
      new RequestCore({
        core: this.#core,
        registration,
        onInvite: (invite) => this.onInvite(invite),
        maxPending: limits.pendingInvites,
        draining: () => this.#draining,
      }),
    );
    this.#screening = new Screening({
      transport: this.#transport,
      guard: this.guard,
      proven,
      received: this.#received,
      running: (request) => this.#core.dialogs.ofRequest(request) !== null,
    });
  }

  /** Binds UDP and TCP to the same port. Rejects with the system's error when one cannot be had. */
  async listen(): Promise<HostPort> {
    const { host, port } = this.#options.bind;
    const kinds = this.#core.kinds.filter((kind) => kind === 'udp' || kind === 'tcp');
    return (await this.#transport.listenAlike(kinds, host, port)) ?? { address: host, port };
  }

  /** The same for TLS, on a port of its own; null when it is not wanted. */
  async listenTls(): Promise<HostPort | null> {
    const { bind, tls } = this.#options;
    return tls ? await this.#transport.listen('tls', bind.host, tls.port) : null;
  }

  /**
   * Goes on from what an earlier run had taken down: phones stay registered, and the far ends of its calls are told
   * that they are over. Once, after `listen`.
   */
  restore(facts: readonly Fact[]): void {
    this.#leftBehind.begin(facts);
    this.#registrations.restore(facts.filter(({ kind }) => kind === registrationKind));
  }

  /**
   * Asks the caller for credentials, unless they are there and right. When not ok, the invitation has been or will be
   * answered; leave it alone.
   */
  authenticate(invite: IncomingInvite): Authentication {
    return this.#authenticator.check(invite.request, invite.flow, (status, headers) =>
      invite.reject(status, undefined, headers),
    );
  }

  /** As `authenticate`, of a REFER, whoever its dialog is with: what it asks for may cost. */
  authenticateRefer({ request, flow, reject }: IncomingRefer): Authentication {
    return this.#authenticator.check(request, flow, (status, headers) => reject(status, undefined, headers));
  }

  /** Calls. The callbacks of `options` come after this has returned, except `onRejected` from `cancel`. */
  invite(options: OutgoingInviteOptions): OutgoingInvite {
    this.#outgoing++;
    const invite = new ClientInvite(this.#core, options, () => void this.#outgoing--);
    const full = this.#core.dialogs.full || this.#outgoing > this.#limits.pendingInvites;
    if (full) invite.refuse(503, 'Too Many Calls');
    else invite.start();
    return invite;
  }

  /** Registers there and keeps it so until closed (RFC 3261 §10.2). */
  register(options: RegisterOptions): ClientRegistration {
    const client = new RegistrationClient(this.#core, options, () => void this.#clients.delete(client));
    this.#clients.add(client);
    client.start();
    return client;
  }

  /**
   * Asks whether somebody is there (OPTIONS, §11.1): the final status, or null when there was none in time. Never
   * rejects.
   */
  options(target: InviteTarget, timeoutMs: number): Promise<number | null> {
    return askOptions(this.#core, target, timeoutMs);
  }

  /** The certificate for connections that begin from here on. */
  renewTls(keys: Parameters<NonNullable<BindableTransport['renewTls']>>[0]): void {
    this.#transport.renewTls?.(keys);
  }

  /** Messages a second that strangers may send, from one address and in all, from here on. */
  limitStrangers(perSource: number, inAll: number): void {
    this.#intake.limit(perSource, inAll);
  }

  counters(): UserAgentCounters {
    const { transactions } = this.#core;
    const sent = this.#sent.toJSON();
    return {
      responsesSent: { ...sent, '5xx': (sent['5xx'] ?? 0) + transactions.counters.overloaded },
      responsesReceived: this.#received.toJSON(),
      transactions: transactions.counts(),
      dialogs: this.#core.dialogs.size,
      pendingInvites: this.#core.pending.size + this.#outgoing,
      referrals: this.#core.referrals.size,
      refers: { ...this.#core.refers },
      registrations: this.registrar.size,
      bannedSources: this.guard.counts().banned,
      dropped: this.#screening.dropped + this.#intake.refused,
      strayAnswers: this.#strays.ended,
    };
  }

  /** Why no call can be taken now; null: one can. */
  trouble(): string | null {
    const { dialogs, pending } = this.#core;
    if (dialogs.full) return `there are as many calls by SIP as can be held (${dialogs.size})`;
    const waiting = pending.size;
    return waiting >= this.#limits.pendingInvites
      ? `as many callers wait for an answer as can be held (${waiting})`
      : null;
  }

  /** From now on new INVITEs get 503; what is running goes on. */
  drain(): void {
    this.#draining = true;
  }

  /** Stops at once: no BYE is sent. End the sessions first. */
  async close(): Promise<void> {
    this.#draining = true;
    for (const client of this.#clients) client.stop();
    const { referrals } = this.#core;
    if (referrals.size > 0) {
      for (const referral of referrals) referral.close();
      // Who was to say BYE once that had been told says it now, while it can.
      await Promise.resolve();
    }
    this.#core.accepted.close();
    this.#core.transactions.close();
    this.#registrations.close();
    this.#leftBehind.close();
    this.registrar.close();
    this.#core.dialogs.close();
    await this.#transport.close();
  }

  /**
   * What a stranger is answered again, word for word the same but for a tag or a nonce, when it repeats its request
   * (RFC 3261 §8.2.7): nothing is kept for it, and nothing goes by itself to an address that may be forged.
   */
  #asksForNoMemory({ flow, request }: ServerTransaction, { status }: SipResponse): boolean {
    if (status < 200 || (request.method === 'INVITE' && status !== 401)) return false;
    return !this.#proven.isReached(flow);
  }

  #finish(response: SipResponse): SipResponse {
    this.#sent.count(response.status);
    if (response.status > 100) addToTag(response, this.#core.random);
    response.headers.set('Server', this.#core.product);
    return response;
  }

  #connect(requests: RequestCore): void {
    const { transactions, dialogs, pending } = this.#core;
    transactions.onRequest = (request, transaction) => requests.receive(request, transaction);
    transactions.onAck = (ack, flow) => requests.receiveAck(ack, flow);
    transactions.onCancel = (cancel, invite) => pending.get(invite)?.cancelled(cancel);
    transactions.onStrayResponse = (response, flow) => {
      if (!isInvite2xx(response)) return;
      const live = dialogs.ofResponse(response);
      if (live === null) this.#strays.receive(response, flow);
      else for (const usage of live.usages) usage.receiveStray2xx?.(response);
    };
    transactions.onFlowClosed = (flow) => {
      this.registrar.flowClosed(flow);
      this.#proven.closed(flow);
      for (const client of this.#clients) client.flowClosed(flow);
    };
  }
}

function isInvite2xx(response: SipResponse): boolean {
  return response.status >= 200 && response.status < 300 && response.cseq.method === 'INVITE';
}
