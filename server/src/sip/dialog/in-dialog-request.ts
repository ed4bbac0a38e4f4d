import type { ClientAuthorization } from '../auth/client-authorization.ts';
import { Headers } from '../message/headers.ts';
import { SipRequest, type SipResponse } from '../message/message.ts';
import { formatUri } from '../message/uri.ts';
import type { ClientHandlers } from '../transaction/transaction.ts';
import type { Flow } from '../transport/flow.ts';
import type { Dialog } from './dialog.ts';
import { flowInDialog } from './next-hop.ts';
import type { UserAgentCore } from './user-agent-core.ts';

export interface Outgoing {
  readonly request: SipRequest;
  readonly flow: Flow;
}

/**
 * A request inside the dialog (RFC 3261 §12.2.1.1), with its flow; Via and Content-Length come further down. It goes
 * where the dialog leads, or `over` that flow whatever the dialog says.
 */
export function requestInDialog(
  core: UserAgentCore,
  dialog: Dialog,
  method: string,
  cseq: number,
  over?: Flow,
): Outgoing {
  const { uri, routes, next } = dialog.addressing();
  const flow = over ?? flowInDialog(dialog, next, core);
  // What came off the wire may hold quoted characters that our own values may not.
  const headers = new Headers();
  for (const route of routes) headers.appendParsed('Route', route);
  headers.append('Max-Forwards', '70');
  headers.appendParsed('From', dialog.localAddress);
  headers.appendParsed('To', dialog.remoteAddress);
  headers.appendParsed('Call-ID', dialog.callId);
  headers.append('CSeq', `${cseq} ${method}`);
  if (method === 'INVITE' || method === 'NOTIFY') headers.append('Contact', core.contact(flow, uri));
  headers.append('User-Agent', core.product);
  return { request: new SipRequest(method, uri, headers), flow };
}

/** The ACK of a 2xx: a request of its own that shares only the number and the credentials of its INVITE (§13.2.2.4). */
export function ackInDialog(core: UserAgentCore, dialog: Dialog, invite: SipRequest, sdp: string | null): Outgoing {
  const outgoing = requestInDialog(core, dialog, 'ACK', invite.cseq.number);
  outgoing.request.headers.copy(invite.headers, 'Authorization');
  outgoing.request.headers.copy(invite.headers, 'Proxy-Authorization');
  if (sdp !== null) setBody(outgoing.request, 'application/sdp', sdp);
  return outgoing;
}

export function setBody(message: SipRequest | SipResponse, contentType: string, body: string): void {
  message.headers.set('Content-Type', contentType);
  message.body = Buffer.from(body, 'utf8');
}

/** The headers of a NOTIFY without a body (RFC 6665 §8.2). */
export function describeEvent(request: SipRequest, event: string): void {
  request.headers.append('Event', event);
  request.headers.append('Subscription-State', 'active');
}

/** Rounds of 401, 407 and stale nonces before we believe that it leads nowhere. */
const mostAttempts = 4;

/**
 * BYE, INFO and other requests of one transaction: sent, repeated with credentials when asked for them, and reported
 * once with the final status (408 and 503 when there was none, §8.1.3.1).
 */
export class InDialogRequest implements ClientHandlers {
  readonly #core: UserAgentCore;
  readonly #dialog: Dialog;
  readonly #authorization: ClientAuthorization | null;
  readonly #method: string;
  readonly #fill: ((request: SipRequest) => void) | null;
  readonly #done: (status: number) => void;
  #attempts = 0;
  #sent: SipRequest | null = null;

  constructor(options: {
    core: UserAgentCore;
    dialog: Dialog;
    authorization: ClientAuthorization | null;
    method: string;
    fill: ((request: SipRequest) => void) | null;
    done: (status: number) => void;
  }) {
    this.#core = options.core;
    this.#dialog = options.dialog;
    this.#authorization = options.authorization;
    this.#method = options.method;
    this.#fill = options.fill;
    this.#done = options.done;
  }

  send(): void {
    this.#attempts++;
    const { request, flow } = requestInDialog(this.#core, this.#dialog, this.#method, this.#dialog.nextCSeq());
    this.#fill?.(request);
    this.#authorization?.apply(request, formatUri(request.uri));
    this.#sent = request;
    this.#core.transactions.request(request, flow, this);
  }

  onResponse(response: SipResponse): void {
    if (response.status < 200) return;
    const asked = response.status === 401 || response.status === 407;
    if (asked && this.#attempts < mostAttempts && this.#authorization?.learn(response, this.#sent) === true)
      this.send();
    else this.#done(response.status);
  }

  onTimeout(): void {
    this.#done(408);
  }

  onTransportError(): void {
    this.#done(503);
  }
}
