import { coerceError } from '../base/app-error.ts';
import type { ClientCredentials } from '../sip/auth/client-authorization.ts';
import type { NameAddr } from '../sip/message/name-addr.ts';
import { type SipUri, sipUri } from '../sip/message/uri.ts';
import type { OutgoingInvite, SipUserAgent } from '../sip/user-agent.ts';
import { type CallParts, CarrierCall } from './carrier-call.ts';

export interface DialOptions {
  /** The number we call from. */
  readonly from?: string;
  readonly name?: string;
  readonly headers?: readonly (readonly [string, string])[];
  readonly credentials?: ClientCredentials;
  /** Then it is given up. Default 30 s. */
  readonly timeoutMs?: number;
}

const timeoutMs = 30_000;

/** A call of the sandbox to somebody. */
export class OutgoingCall extends CarrierCall {
  readonly direction = 'outgoing';
  readonly dialled: string;
  readonly from: { readonly number: string; readonly name: string | null };
  readonly headers = null;
  readonly callId: string;
  readonly #agent: SipUserAgent;
  readonly #target: SipUri;
  readonly #options: DialOptions;
  #invite: OutgoingInvite | null = null;

  constructor(parts: CallParts, agent: SipUserAgent, target: SipUri, callId: string, options: DialOptions) {
    super(parts, `the call from ${options.from ?? 'anonymous'}`);
    this.#agent = agent;
    this.#target = target;
    this.#options = options;
    this.dialled = target.user ?? '';
    this.from = { number: options.from ?? 'anonymous', name: options.name ?? null };
    this.callId = callId;
    this.media.take().then(
      () => this.#start(),
      (error) => this.finish({ by: 'error', status: null, reason: coerceError(error).message }),
    );
  }

  ring(): void {}

  early(): void {}

  answer(): void {}

  refuse(): void {
    this.hangUp();
  }

  hangUp(reason?: string): void {
    if (this.session !== null) this.session.bye(reason);
    else if (this.#invite !== null) this.#invite.cancel(reason);
    else this.finish({ by: 'us', status: null, reason: reason ?? null });
  }

  protected abandon(): void {
    if (this.session !== null) this.session.bye();
    else this.#invite?.cancel();
  }

  #start(): void {
    if (this.state === 'ended') return;
    const { headers = [], credentials } = this.#options;
    const from: NameAddr = {
      displayName: this.from.name,
      uri: sipUri(this.from.number, this.parts.host),
      params: new Map(),
    };
    this.#invite = this.#agent.invite({
      targets: [{ uri: this.#target }],
      from,
      to: { displayName: null, uri: { ...this.#target, params: new Map(), headers: new Map() }, params: new Map() },
      offer: this.media.offer(),
      headers: [...headers, ['Call-ID', this.callId]],
      ...(credentials ? { credentials } : {}),
      timeoutMs: this.#options.timeoutMs ?? timeoutMs,
      mayRedirect: (uri) => [{ uri }],
      onProgress: (_status, sdp) => {
        this.reach(sdp !== null && this.media.accept(sdp) ? 'early' : 'ringing');
      },
      onAccepted: (session, sdp) => {
        this.attend(session);
        if (this.state === 'ended' || sdp === null || !this.media.accept(sdp)) session.bye();
        else this.reach('connected');
        return null;
      },
      onRejected: (status, reason) => {
        const by = status === 487 ? 'us' : status === 408 ? 'timeout' : 'them';
        this.finish({ by, status, reason });
      },
    });
  }
}
