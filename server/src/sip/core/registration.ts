import type { SipCredentials } from '../auth/digest-server.ts';
import type { UserAgentCore } from '../dialog/user-agent-core.ts';
import type { SipRequest } from '../message/message.ts';
import { createResponse } from '../message/response.ts';
import type { Registrar } from '../registrar/registrar.ts';
import type { ServerTransaction } from '../transaction/transaction.ts';
import type { Authenticator } from './authenticator.ts';

/** REGISTER (RFC 3261 §10.3): who is it, may they register this address-of-record, then the registrar. */
export class Registration {
  readonly #core: UserAgentCore;
  readonly #registrar: Registrar;
  readonly #authenticator: Authenticator;
  readonly #aorOf: (credentials: SipCredentials, request: SipRequest) => string | null;

  constructor(options: {
    core: UserAgentCore;
    registrar: Registrar;
    authenticator: Authenticator;
    aorOf: (credentials: SipCredentials, request: SipRequest) => string | null;
  }) {
    this.#core = options.core;
    this.#registrar = options.registrar;
    this.#authenticator = options.authenticator;
    this.#aorOf = options.aorOf;
  }

  receive(request: SipRequest, transaction: ServerTransaction): void {
    const result = this.#authenticator.check(request, transaction.flow, (status, headers) =>
      this.#core.respond(transaction, createResponse(request, status, undefined, { headers })),
    );
    if (!result.ok) return;
    const aor = this.#aorOf(result.credentials, request);
    if (aor === null) {
      this.#core.respond(transaction, createResponse(request, 403));
      return;
    }
    this.#core.respond(transaction, this.#registrar.handle(request, transaction.flow, aor));
  }
}
