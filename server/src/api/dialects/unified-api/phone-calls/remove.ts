import type { FastifyReply, FastifyRequest } from 'fastify';
import { AppError } from '../../../../base/app-error.ts';
import { unescapedPlus } from '../../../../base/telephone-number.ts';
import { clearCall } from '../../../../call/services/clear-call.ts';
import { clearConnection } from '../../../../call/services/clear-connection.ts';
import { pick, type Query, readFields } from '../collections/collection.ts';
import { answer } from '../json-answer.ts';
import { createdPhoneCall } from './creation.ts';
import { chargedExtension, type LivePhoneCall, partiesOf } from './live.ts';
import { isConferenceNumber, partiesByNumber } from './parties.ts';
import { readNumbers } from './payload.ts';
import { liveOf, type PhoneCallDeps, scopeOf } from './scope.ts';
import { extensionNumber, phoneCallFields } from './view.ts';

/**
 * DELETE …/{userId}/{extension}[/{phoneCallId}]: hangs up one phone call or all of the extension; with `phoneNumber`
 * only those that have a party of that number. 200 with what was hung up, 204 when there was nothing.
 */
export async function removePhoneCalls(
  deps: PhoneCallDeps,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const scope = scopeOf(deps, request);
  const query = request.query as Query;
  const fields = readFields(query, phoneCallFields);
  const phoneNumber = readPhoneNumber(query['phoneNumber']);
  const chosen = liveOf(deps, request, scope).filter(
    (live) =>
      phoneNumber === null ||
      isConferenceNumber(deps.directory, live, phoneNumber) ||
      partiesByNumber(deps.directory, live, phoneNumber).length > 0,
  );
  // What they were is known only before they end.
  const rows = chosen.map((live) => {
    const extension = extensionNumber(scope.shown, chargedExtension(live), '');
    return pick(createdPhoneCall(scope.shown.base, scope.shown.user, extension, live.id), fields);
  });
  const gone = await Promise.all(chosen.map((live) => hangUp(deps, live, phoneNumber)));
  const removed = rows.filter((_row, at) => gone[at]);
  return removed.length === 0 ? answer(reply, 204, null) : answer(reply, 200, removed);
}

function readPhoneNumber(given: unknown): string | null {
  if (given === undefined || given === '') return null;
  const number = typeof given === 'string' ? unescapedPlus(given) : given;
  const [first = '', ...more] = readNumbers(number, 'pc_phonenumber_invalid');
  if (more.length > 0) readNumbers(null, 'pc_phonenumber_invalid');
  return first;
}

/** False when it had ended already. */
async function hangUp(deps: PhoneCallDeps, live: LivePhoneCall, phoneNumber: string | null): Promise<boolean> {
  const { call, connection } = live;
  try {
    if (connection !== null) {
      await deps.runtime.do(clearConnection, { callId: call.id, connectionId: connection.id });
      return true;
    }
    const named = phoneNumber === null ? [] : partiesByNumber(deps.directory, live, phoneNumber);
    // With more than two in it, hanging up between a number and the extension leaves the others together.
    if (named.length === 0 || partiesOf(call).length <= 2) await deps.runtime.do(clearCall, { callId: call.id });
    for (const { id } of partiesOf(call).length > 2 ? named : []) {
      await deps.runtime.do(clearConnection, { callId: call.id, connectionId: id });
    }
    return true;
  } catch (error) {
    if (error instanceof AppError && (error.code === 'callNotFound' || error.code === 'connectionNotFound'))
      return false;
    throw error;
  }
}
