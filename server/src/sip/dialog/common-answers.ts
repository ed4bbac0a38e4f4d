import { mediaTypeOf, understood } from '../message/bodies.ts';
import type { SipRequest } from '../message/message.ts';
import { createResponse } from '../message/response.ts';
import type { ServerTransaction } from '../transaction/transaction.ts';
import { type InfoDigit, readInfoDigit, tellsKeys } from './info-digits.ts';
import { supportedOptions, unsupportedOptions } from './option-tags.ts';
import { acceptedTypes, sdpOf, type UserAgentCore } from './user-agent-core.ts';

/** 420 with the option tags of Require that we do not have (RFC 3261 §8.2.2.3); true when it answered. */
export function refuseRequired(core: UserAgentCore, request: SipRequest, transaction: ServerTransaction): boolean {
  const missing = unsupportedOptions(request);
  if (missing === null) return false;
  const headers: [string, string][] = [['Unsupported', missing]];
  core.respond(transaction, createResponse(request, 420, undefined, { headers }));
  return true;
}

/** 405 with what we do understand (§8.2.1). */
export function refuseMethod(core: UserAgentCore, request: SipRequest, transaction: ServerTransaction): void {
  core.respond(transaction, createResponse(request, 405, undefined, { headers: [['Allow', core.methods.allow]] }));
}

/** 415 with the bodies we do understand (§8.2.3). */
export function refuseBody(core: UserAgentCore, request: SipRequest, transaction: ServerTransaction): void {
  const headers: [string, string][] = [
    ['Accept', acceptedTypes],
    ['Accept-Encoding', 'identity'],
  ];
  core.respond(transaction, createResponse(request, 415, undefined, { headers }));
}

/** 415 for a body that has to be understood and is not, in a request that needs none; true when it answered. */
export function refuseForeignBody(core: UserAgentCore, request: SipRequest, transaction: ServerTransaction): boolean {
  if (sdpOf(request) !== false) return false;
  refuseBody(core, request, transaction);
  return true;
}

/** OPTIONS (§11.2): what we can do; the same inside and outside a dialog. */
export function answerOptions(
  core: UserAgentCore,
  request: SipRequest,
  transaction: ServerTransaction,
  status: number,
): void {
  if (refuseForeignBody(core, request, transaction)) return;
  const headers: [string, string][] = [
    ['Contact', core.contact(transaction.flow, request.uri)],
    ['Allow', core.methods.allow],
    ['Accept', acceptedTypes],
    ['Accept-Encoding', 'identity'],
    ['Accept-Language', 'en'],
    ['Supported', supportedOptions()],
  ];
  core.respond(transaction, createResponse(request, status, undefined, { headers }));
}

/** A request for a dialog we do not know (§12.2.2). */
export function answerNoDialog(core: UserAgentCore, request: SipRequest, transaction: ServerTransaction): void {
  core.respond(transaction, createResponse(request, 481));
}

/** REFER before the answer: there is no call yet that could be sent on, and 481 would say that there is no dialog. */
export function refuseEarlyRefer(core: UserAgentCore, request: SipRequest, transaction: ServerTransaction): void {
  core.respond(transaction, createResponse(request, 491));
}

/**
 * INFO (RFC 6086): a key is handed on, an empty one is a sign of life. 200 says that the key was taken, so what cannot
 * be read is 400 where it can be nothing but a key; what has to be understood and is not is refused by type.
 */
export function answerInfo(
  core: UserAgentCore,
  request: SipRequest,
  transaction: ServerTransaction,
  onKey: ((key: InfoDigit) => void) | null,
): void {
  if (request.headers.has('Info-Package')) {
    const headers: [string, string][] = [['Recv-Info', '']];
    core.respond(transaction, createResponse(request, 469, 'Bad Info Package', { headers }));
    return;
  }
  let unreadable = request.body.length === 0 && tellsKeys(mediaTypeOf(request.headers.get('Content-Type') ?? ''));
  const { found: key, refused } = understood(request, ({ type, content }) => {
    const read = readInfoDigit(type, content);
    unreadable ||= read === null && tellsKeys(type);
    return read;
  });
  if (refused && !unreadable) refuseBody(core, request, transaction);
  else if (refused || (unreadable && key === null)) {
    core.respond(transaction, createResponse(request, 400, 'No Key In Body'));
  } else {
    core.respond(transaction, createResponse(request, 200));
    if (key !== null) core.tell(() => onKey?.(key));
  }
}
