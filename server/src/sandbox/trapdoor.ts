import type { HostPort } from '../base/host-port.ts';
import { RecentMap } from '../base/recent-map.ts';
import { SipRequest, type SipResponse } from '../sip/message/message.ts';
import type { ParseFailure } from '../sip/message/parse.ts';
import type { Flow, TransportKind } from '../sip/transport/flow.ts';
import type { BindableTransport } from '../sip/user-agent.ts';

/** Calls kept in mind; a peer gives up on one within half a minute, so that the oldest may be forgotten. */
const mostGone = 10_000;
const callIdName = '\r\nCall-ID: ';

/**
 * A transport in which single calls disappear: nothing of theirs is let in or out any more. The user agent behind it
 * knows nothing of it and runs into its own time-outs, unseen.
 */
export class Trapdoor implements BindableTransport {
  onMessage: BindableTransport['onMessage'] = () => {};
  onInvalid: BindableTransport['onInvalid'] = () => {};
  onFlowClosed: BindableTransport['onFlowClosed'] = () => {};
  /** Whether a new INVITE falls through before anybody sees it. */
  swallows: (invite: SipRequest) => boolean = () => false;
  readonly #inner: BindableTransport;
  readonly #gone = new RecentMap<string, true>(mostGone);

  constructor(inner: BindableTransport) {
    this.#inner = inner;
    inner.onMessage = (message: SipRequest | SipResponse, flow: Flow) => {
      if (this.#isGone(message)) return;
      this.onMessage(message, this.#watched(flow));
    };
    inner.onInvalid = (failure: ParseFailure, flow: Flow) => this.onInvalid(failure, this.#watched(flow));
    inner.onFlowClosed = (flow: Flow, reason: string) => this.onFlowClosed(this.#watched(flow), reason);
  }

  /** From now on the call with this Call-ID does not exist. */
  drop(callId: string): void {
    this.#gone.set(callId, true);
  }

  listen(kind: TransportKind, host: string, port: number): Promise<HostPort> {
    return this.#inner.listen(kind, host, port);
  }

  listenAlike(kinds: readonly TransportKind[], host: string, port: number): Promise<HostPort | null> {
    return this.#inner.listenAlike(kinds, host, port);
  }

  flowTo(kind: TransportKind, remote: HostPort, beside?: Flow): Flow {
    return this.#watched(this.#inner.flowTo(kind, remote, beside === undefined ? undefined : innerOf(beside)));
  }

  replyFlow(request: SipRequest, flow: Flow): Flow {
    return this.#watched(this.#inner.replyFlow(request, innerOf(flow)));
  }

  close(): Promise<void> {
    return this.#inner.close();
  }

  #watched(flow: Flow): WatchedFlow {
    return new WatchedFlow(flow, (bytes) => this.#gone.size === 0 || !this.#gone.has(callIdOf(bytes)));
  }

  #isGone(message: SipRequest | SipResponse): boolean {
    if (this.#gone.size > 0 && this.#gone.has(message.callId)) return true;
    if (!(message instanceof SipRequest) || message.method !== 'INVITE' || message.toTag !== null) return false;
    if (!this.swallows(message)) return false;
    this.drop(message.callId);
    return true;
  }
}

/** A flow on which only some of what is sent goes out. */
class WatchedFlow implements Flow {
  readonly inner: Flow;
  readonly #passes: (bytes: Buffer) => boolean;

  constructor(inner: Flow, passes: (bytes: Buffer) => boolean) {
    this.inner = inner;
    this.#passes = passes;
  }

  get id(): string {
    return this.inner.id;
  }

  get kind(): TransportKind {
    return this.inner.kind;
  }

  get reliable(): boolean {
    return this.inner.reliable;
  }

  get local(): HostPort {
    return this.inner.local;
  }

  get remote(): HostPort {
    return this.inner.remote;
  }

  get closed(): boolean {
    return this.inner.closed;
  }

  send(bytes: Buffer, onError?: (error: Error) => void): void {
    if (this.#passes(bytes)) this.inner.send(bytes, onError);
  }
}

function innerOf(flow: Flow): Flow {
  return flow instanceof WatchedFlow ? flow.inner : flow;
}

/** As our own serializer writes it. */
function callIdOf(bytes: Buffer): string {
  const at = bytes.indexOf(callIdName, 0, 'latin1');
  if (at < 0) return '';
  const start = at + callIdName.length;
  const end = bytes.indexOf('\r\n', start, 'latin1');
  return bytes.toString('latin1', start, end < 0 ? bytes.length : end);
}
