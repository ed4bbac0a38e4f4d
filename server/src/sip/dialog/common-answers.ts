import type { SipRequest } from '../message/message.ts';
import { createResponse } from '../message/response.ts';
import type { ServerTransaction } from '../transaction/transaction.ts';
import { acceptedTypes, allowedMethods, supportedOptions, type UserAgentCore } from './user-agent-core.ts';

/** Option tags we support. */
const supported: ReadonlySet<string> = new Set([supportedOptions]);

/** 420 with the option tags of Require that we do not have (RFC 3261 §8.2.2.3); true when it answered. */
export function refuseRequired(core: UserAgentCore, request: SipRequest, transaction: ServerTransaction): boolean {
  if (!request.headers.has('Require')) return false;
  const missing = request.headers.getAll('Require').filter((tag) => !supported.has(tag.toLowerCase()));
  if (missing.length === 0) return false;
  const headers: [string, string][] = [['Unsupported', missing.join(', ')]];
  core.respond(transaction, createResponse(request, 420, undefined, { headers }));
  return true;
}

/** 405 with what we do understand (§8.2.1). */
export function refuseMethod(core: UserAgentCore, request: SipRequest, transaction: ServerTransaction): void {
  core.respond(transaction, createResponse(request, 405, undefined, { headers: [['Allow', allowedMethods]] }));
}

/** OPTIONS (§11.2): what we can do; the same inside and outside a dialog. */
export function answerOptions(
  core: UserAgentCore,
  request: SipRequest,
  transaction: ServerTransaction,
  status: number,
): void {
  const headers: [string, string][] = [
    ['Contact', core.contact(transaction.flow)],
    ['Allow', allowedMethods],
    ['Accept', acceptedTypes],
    ['Accept-Encoding', 'identity'],
    ['Accept-Language', 'en'],
    ['Supported', supportedOptions],
  ];
  core.respond(transaction, createResponse(request, status, undefined, { headers }));
}

/** A request for a dialog we do not know (§12.2.2). */
export function answerNoDialog(core: UserAgentCore, request: SipRequest, transaction: ServerTransaction): void {
  core.respond(transaction, createResponse(request, 481));
}

/** INFO (RFC 6086): digits are handed on, an empty one is a sign of life, anything else is refused by type. */
export function answerInfo(
  core: UserAgentCore,
  request: SipRequest,
  transaction: ServerTransaction,
  onDigits: ((contentType: string, body: string) => void) | null,
): void {
  const type = (request.headers.get('Content-Type') ?? '').split(';', 1)[0]!.trim().toLowerCase();
  const digits = type === 'application/dtmf-relay' || type === 'application/dtmf';
  if (request.headers.has('Info-Package')) {
    const headers: [string, string][] = [['Recv-Info', '']];
    core.respond(transaction, createResponse(request, 469, 'Bad Info Package', { headers }));
  } else if (digits || request.body.length === 0) {
    core.respond(transaction, createResponse(request, 200));
    if (digits) core.tell(() => onDigits?.(type, request.body.toString('latin1')));
  } else {
    const headers: [string, string][] = [['Accept', acceptedTypes]];
    core.respond(transaction, createResponse(request, 415, undefined, { headers }));
  }
}
