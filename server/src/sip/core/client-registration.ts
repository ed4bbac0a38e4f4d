import type { Timer } from '../../base/clock.ts';
import { ClientAuthorization } from '../auth/client-authorization.ts';
import type { InviteTarget } from '../dialog/invite.ts';
import { flowToTarget } from '../dialog/next-hop.ts';
import { newTag, oneLine, type UserAgentCore } from '../dialog/user-agent-core.ts';
import type { SipResponse } from '../message/message.ts';
import { formatNameAddr } from '../message/name-addr.ts';
import { formatUri, type SipUri, sameUri, sipUri } from '../message/uri.ts';
import type { Flow } from '../transport/flow.ts';
import type { ClientRegistration, RegisterOptions, RegistrationState } from './registration-options.ts';
import { type RequestIdentity, sendSingle } from './single-request.ts';

/** Of the time a binding lives, when it is refreshed. */
const refreshAt = 0.8;
const firstRetryMs = 30_000;
const lastRetryMs = 600_000;
/** A connection that ended is replaced after this: whoever closes each new one is not asked more often. */
const reconnectMs = 5_000;
/** How long the end of a registration may take. */
const closeMs = 2_000;
/** Rounds of 401, 407, 423 and stale nonces. */
const mostAttempts = 5;
/** A registrar may not ask for more than a day at a time. */
const mostExpiresS = 86_400;

/**
 * Keeps one address-of-record registered (RFC 3261 §10.2): asks the registrars in turn, refreshes in time, answers
 * challenges, and waits longer each time when none of them takes it.
 *
 *   asking    a REGISTER is on its way
 *   waiting   for the refresh, or for another try
 *   closed    nothing more is sent, but the REGISTER that takes the binding back
 */
export class RegistrationClient implements ClientRegistration {
  readonly #core: UserAgentCore;
  readonly #options: RegisterOptions;
  readonly #onClosed: () => void;
  readonly #authorization: ClientAuthorization | null;
  readonly #identity: RequestIdentity;
  #state: RegistrationState = { registered: false, status: null, untilMs: null };
  #cseq = 0;
  #expiresS: number;
  #registrar: readonly InviteTarget[];
  /** The registrar asked last, and how many have been asked since one last took it. */
  #at = 0;
  #asked = 0;
  #attempts = 0;
  #retryMs = firstRetryMs;
  /** Where the binding was made. */
  #bound: { readonly target: InviteTarget; readonly flow: Flow } | null = null;
  #mayBeBound = false;
  #asking = false;
  #next: Timer | null = null;
  #end: Timer | null = null;
  #closing: Promise<void> | null = null;
  #closed = false;

  constructor(core: UserAgentCore, options: RegisterOptions, onClosed: () => void) {
    this.#core = core;
    this.#options = options;
    this.#registrar = options.registrar;
    this.#onClosed = onClosed;
    const { credentials, aor } = options;
    this.#authorization = credentials === undefined ? null : new ClientAuthorization(credentials, core.random);
    this.#expiresS = Math.min(Math.max(1, Math.round(options.expiresS)), mostExpiresS);
    const params = new Map(aor.params).set('tag', newTag(core.random));
    this.#identity = {
      callId: core.random.bytes(16).toString('hex'),
      from: oneLine(formatNameAddr({ ...aor, params })),
      to: oneLine(formatNameAddr(aor)),
    };
  }

  get state(): RegistrationState {
    return this.#state;
  }

  get boundAt(): InviteTarget | null {
    return this.#bound?.target ?? null;
  }

  retarget(registrar: readonly InviteTarget[]): void {
    const bound = this.#bound;
    this.#registrar = registrar;
    this.#at = Math.max(0, bound === null ? 0 : registrar.findIndex((one) => samePlace(one, bound.target)));
  }

  start(): void {
    this.#after(0);
  }

  /** The connection is gone: calls would not reach us over it. */
  flowClosed(flow: Flow): void {
    if (this.#closed || this.#asking || this.#bound?.flow.id !== flow.id) return;
    this.#after(reconnectMs);
  }

  close(): Promise<void> {
    this.#closing ??= this.#takeBack();
    return this.#closing;
  }

  /** At once and without a word. */
  stop(): void {
    this.#silence();
    this.#closing ??= Promise.resolve();
  }

  #silence(): void {
    this.#closed = true;
    this.#next?.cancel();
    this.#end?.cancel();
  }

  // ── asking ─────────────────────────────────────────────────────────────────────────────────────────────────────

  #after(ms: number): void {
    this.#next?.cancel();
    this.#next = this.#core.clock.setTimer(ms, () => {
      this.#next = null;
      this.#asked = 0;
      this.#attempts = 0;
      this.#ask();
    });
  }

  #ask(): void {
    const registrar = this.#registrar;
    const target = registrar[this.#at % Math.max(1, registrar.length)];
    const flow = target === undefined ? null : flowToTarget(this.#core, target);
    if (target === undefined || flow === null) {
      this.#failed(503, null);
      return;
    }
    this.#asking = true;
    this.#mayBeBound = true;
    this.#attempts++;
    this.#send(target, flow, this.#expiresS, (status, response) => {
      this.#asking = false;
      if (this.#closed) return;
      if (response !== null && this.#again(status, response)) this.#ask();
      else if (response !== null && status < 300) this.#succeeded(response, target, flow);
      else this.#failed(status, response);
    });
  }

  #send(
    target: InviteTarget,
    flow: Flow,
    expiresS: number,
    done: (status: number, response: SipResponse | null) => void,
  ): void {
    const { aor } = this.#options;
    // The Request-URI names the domain, without a user (§10.2).
    const uri: SipUri = { ...target.uri, user: null, password: null };
    const credentials = target.redirected === true ? null : this.#authorization;
    sendSingle(
      this.#core,
      {
        method: 'REGISTER',
        target: { ...target, uri: aor.uri.scheme === 'sips' ? { ...uri, scheme: 'sips' } : uri },
        flow,
        identity: this.#identity,
        cseq: ++this.#cseq,
        contact: `<${formatUri(this.#contact(flow))}>;expires=${expiresS}`,
        headers: [['Expires', String(expiresS)]],
        authorization: credentials,
      },
      done,
    );
  }

  /** Our Contact on that flow, with the user part that calls are to be addressed to. */
  #contact(flow: Flow): SipUri {
    const { address, port } = flow.local;
    const uri = sipUri(this.#options.contactUser, address.includes(':') ? `[${address}]` : address, port);
    if (flow.kind !== 'udp') uri.params.set('transport', flow.kind);
    return uri;
  }

  /** A challenge we can meet, or an interval we can ask for: the same registrar once more. */
  #again(status: number, response: SipResponse): boolean {
    if (this.#attempts >= mostAttempts) return false;
    if (status === 401 || status === 407) return this.#authorization?.learn(response) === true;
    if (status !== 423) return false;
    const least = seconds(response.headers.get('Min-Expires'));
    if (least === null || least <= this.#expiresS || least > mostExpiresS) return false;
    this.#expiresS = least;
    return true;
  }

  // ── what came of it ────────────────────────────────────────────────────────────────────────────────────────────

  #succeeded(response: SipResponse, target: InviteTarget, flow: Flow): void {
    const lifeS = this.#granted(response, flow);
    if (lifeS === 0) {
      this.#failed(response.status, response);
      return;
    }
    this.#asked = 0;
    this.#retryMs = firstRetryMs;
    this.#bound = { target, flow };
    const { clock } = this.#core;
    this.#end?.cancel();
    this.#end = clock.setTimer(lifeS * 1000, () => this.#expired());
    this.#after(Math.max(1000, lifeS * 1000 * refreshAt));
    this.#tell({ registered: true, status: response.status, untilMs: clock.now() + lifeS * 1000 });
  }

  /** Seconds that the registrar gives our contact (§10.2.4); of several that could be ours, the fewest. */
  #granted(response: SipResponse, flow: Flow): number {
    const ours = this.#contact(flow);
    const { contacts } = response;
    // Behind an address translator registrars write the address they see; the user part mostly stays.
    const exact = contacts.filter((contact) => sameUri(contact.uri, ours));
    const likely = contacts.filter((contact) => contact.uri.user === ours.user);
    const mine = exact.length > 0 ? exact : likely.length > 0 ? likely : contacts;
    const fallback = response.expires ?? this.#expiresS;
    const given = mine.map((contact) => seconds(contact.params.get('expires') ?? null) ?? fallback);
    return Math.min(...(given.length > 0 ? given : [fallback]), mostExpiresS);
  }

  #failed(status: number, response: SipResponse | null): void {
    this.#attempts = 0;
    this.#asked++;
    this.#at++;
    if (this.#asked < this.#registrar.length) {
      this.#ask();
      return;
    }
    this.#asked = 0;
    const asked = seconds(response?.headers.get('Retry-After')?.split(/[ \t;(]/, 1)[0] ?? null) ?? 0;
    const waitMs = Math.min(Math.max(this.#retryMs, asked * 1000), lastRetryMs);
    this.#retryMs = Math.min(this.#retryMs * 2, lastRetryMs);
    // Up to a tenth later, so that many who lost one registrar do not all come back together.
    this.#after(waitMs + this.#core.random.int(Math.floor(waitMs / 10) + 1));
    this.#tell({ ...this.#state, status });
  }

  /** No refresh came through in time. */
  #expired(): void {
    this.#end = null;
    this.#bound = null;
    this.#tell({ registered: false, status: this.#state.status, untilMs: null });
  }

  #tell(state: RegistrationState): void {
    this.#state = state;
    this.#core.tell(() => this.#options.onState(state));
  }

  // ── the end ────────────────────────────────────────────────────────────────────────────────────────────────────

  async #takeBack(): Promise<void> {
    this.#silence();
    const registrar = this.#registrar;
    const target = this.#bound?.target ?? registrar[this.#at % Math.max(1, registrar.length)];
    const flow = target === undefined ? null : flowToTarget(this.#core, target);
    if (this.#mayBeBound && target !== undefined && flow !== null) {
      await new Promise<void>((resolve) => {
        const limit = this.#core.clock.setTimer(closeMs, resolve);
        const finish = (): void => {
          limit.cancel();
          resolve();
        };
        let attempts = 0;
        const send = (): void => {
          attempts++;
          this.#send(target, flow, 0, (status, response) => {
            const asked = status === 401 || status === 407;
            const learned = asked && response !== null && this.#authorization?.learn(response) === true;
            if (learned && attempts < mostAttempts) send();
            else finish();
          });
        };
        send();
      });
    }
    this.#onClosed();
    if (this.#state.registered) this.#tell({ registered: false, status: this.#state.status, untilMs: null });
  }
}

/** delta-seconds, or null. */
function seconds(text: string | null): number | null {
  if (text === null || !/^[0-9]{1,10}$/.test(text.trim())) return null;
  return Number(text);
}

/** Where both are looked up already, by address; else by name. */
function samePlace(a: InviteTarget, b: InviteTarget): boolean {
  if (a.address === undefined || b.address === undefined) return sameUri(a.uri, b.uri);
  return (
    a.address.address === b.address.address && a.address.port === b.address.port && a.address.kind === b.address.kind
  );
}
