import type { ClientAuthorization } from '../auth/client-authorization.ts';
import type { InviteTarget } from '../dialog/invite.ts';
import { supportedOptions } from '../dialog/option-tags.ts';
import type { UserAgentCore } from '../dialog/user-agent-core.ts';
import { Headers } from '../message/headers.ts';
import { SipRequest, type SipResponse } from '../message/message.ts';
import { formatUri } from '../message/uri.ts';
import type { Flow } from '../transport/flow.ts';

/**
 * What the requests of one kind to one place share: together they tell the other side which is the later (RFC 3261
 * §8.1.1).
 */
export interface RequestIdentity {
  readonly callId: string;
  /** Values of From, with our tag, and To. */
  readonly from: string;
  readonly to: string;
}

/**
 * Sends one request outside a dialog, other than INVITE (§8.1), and reports once: the final response, or the status
 * that stands for its absence, 408 or 503 (§8.1.3.1).
 */
export function sendSingle(
  core: UserAgentCore,
  what: {
    readonly method: 'OPTIONS' | 'REGISTER';
    readonly target: InviteTarget;
    readonly flow: Flow;
    readonly identity: RequestIdentity;
    readonly cseq: number;
    /** Value of Contact, with brackets. */
    readonly contact: string;
    readonly headers?: readonly (readonly [string, string])[];
    readonly authorization: ClientAuthorization | null;
  },
  done: (status: number, response: SipResponse | null) => void,
): void {
  const { method, target, identity } = what;
  const headers = new Headers();
  for (const route of target.route ?? []) headers.appendParsed('Route', route);
  headers.append('Max-Forwards', '70');
  headers.append('From', identity.from);
  headers.append('To', identity.to);
  headers.append('Call-ID', identity.callId);
  headers.append('CSeq', `${what.cseq} ${method}`);
  headers.append('Contact', what.contact);
  for (const [name, value] of what.headers ?? []) headers.append(name, value);
  headers.append('Allow', core.methods.allow);
  headers.append('Supported', supportedOptions());
  headers.append('User-Agent', core.product);
  const request = new SipRequest(method, target.uri, headers);
  what.authorization?.apply(request, formatUri(request.uri));
  core.transactions.request(request, what.flow, {
    onResponse: (response) => {
      if (response.status >= 200) done(response.status, response);
    },
    onTimeout: () => done(408, null),
    onTransportError: () => done(503, null),
  });
}
