import type { FastifyReply, FastifyRequest } from 'fastify';
import { Secret } from '../../../../base/secret.ts';
import type { ConferencePolicy } from '../../../../call/model/conference-policy.ts';
import type { Role } from '../../../../call/model/connection.ts';
import type { CallerId } from '../../../../call/model/device.ts';
import type { Admission } from '../../../../call/ports.ts';
import { clearConnection } from '../../../../call/services/clear-connection.ts';
import { makeCall } from '../../../../call/services/make-call.ts';
import { singleStepConference } from '../../../../call/services/single-step-conference.ts';
import type { Reach } from '../../../reach.ts';
import type { Query } from '../collections/collection.ts';
import type { UnifiedApiDeps } from '../deps.ts';
import { unifiedApiError } from '../errors.ts';
import type { ExtensionFacts } from '../users.ts';
import { readCallerId } from './caller-id.ts';
import { answerCreated, chargedBy, creationOf, readAnswered } from './creation.ts';
import { type PhoneCallPayload, readNumbers, readPayload } from './payload.ts';
import { readReached } from './reached.ts';
import { readDuration, readWait } from './seconds.ts';

const messages = {
  extension:
    'Value supplied in extension parameter is missing or invalid. The parameter must be set to the number of a Conference extension that must be owned by the user. Default has the same value as the source parameter.',
  source:
    'Value supplied in source parameter is missing or invalid. The parameter must be set to the number of an existing conference extension.',
};

const conferenceNumber = /^[0-9]{1,20}$/;
const pinPattern = /^[0-9]{1,32}$/;

/** Where an invited party goes when it answers: straight in, or to be asked for what is not known. */
type Way =
  | { readonly into: 'conference'; readonly policy: ConferencePolicy; readonly role: Role }
  | { readonly into: 'reception'; readonly number: string | null; readonly pin: Secret | null };

interface Invitation {
  readonly extension: ExtensionFacts;
  readonly invited: readonly Reach[];
  readonly callerId: CallerId;
  readonly timeoutMs: number;
  readonly way: Way;
  readonly nonce: string | null;
}

/**
 * POST …/conferenceInvite: calls somebody and, once answered, connects them to a conference of the extension. Who is
 * invited to a conference whose number and PIN are given (or that has no PIN) is in it at once; who is not is asked.
 * Several destinations are several invitations, each with a PhoneCall of its own, dialled one after the other; if one
 * of them is refused, those before it, which may have rung, are taken back.
 */
export async function createConferenceInvite(
  deps: UnifiedApiDeps,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const payload = readPayload(request.body);
  const { extension, given } = chargedBy(request, deps, payload, { type: 'conference', messages });
  const invitation = read(deps, request, payload, extension);
  const fields = readAnswered(request);
  const ids: string[] = [];
  try {
    for (const [at, invited] of invitation.invited.entries()) {
      const { id, made } = await creationOf(request, deps, at);
      if (!made) await invite(deps, invitation, invited, id);
      ids.push(id);
    }
  } catch (error) {
    // Their phones may have rung: a repetition with the same key must not ring them again.
    request.acted = ids.length > 0;
    const gone = await Promise.all(ids.map((id) => withdraw(deps, id)));
    // What still rings is found by the next try only if this one counts as not finished.
    throw gone.every((is) => is) ? error : unifiedApiError('service_unavailable');
  }
  return answerCreated(request, reply, deps, { extension: given, fields }, ids);
}

/** Everything checked, in the order of the documented errors; nothing done yet. */
function read(
  deps: UnifiedApiDeps,
  request: FastifyRequest,
  payload: PhoneCallPayload,
  extension: ExtensionFacts,
): Invitation {
  const query = request.query as Query;
  readDuration(query['callDuration']);
  for (const source of readNumbers(payload.source, 'pc_source_invalid', messages.source)) {
    const found = deps.directory.extensionOf(extension.organizationId, source);
    if (found?.id !== extension.id) throw unifiedApiError('pc_source_invalid', messages.source);
  }
  const invited = readReached(deps, extension, payload.destination, 'pc_destination_invalid');
  const timeoutMs = readWait(query['waitForPickup']);
  const callerId = readCallerId(payload.callerId) ?? extension.callerId;
  const way = readWay(deps, request, extension, query);
  return { extension, invited, callerId, timeoutMs, way, nonce: payload.nonce };
}

function readWay(deps: UnifiedApiDeps, request: FastifyRequest, extension: ExtensionFacts, query: Query): Way {
  const pinText = readOptional(query['pin'], pinPattern, 'pc_pin_invalid');
  const given = readOptional(query['number'], conferenceNumber, 'pc_number_invalid');
  const pin = pinText === null ? null : new Secret(pinText);
  const { principal } = request;
  const admit = (number: string | null): Admission =>
    deps.directory.admit({
      extensionId: extension.id,
      conferenceNumber: number,
      pin,
      callerKey: `app:${principal.organizationId}:${principal.appKey}`,
      authenticated: true,
      owner: true,
    });
  const asGiven = admit(given);
  const number = asGiven.result === 'unknownNumber' ? sameValue(deps, extension, given) : given;
  const admission = number === given ? asGiven : admit(number);
  switch (admission.result) {
    case 'admitted':
      return { into: 'conference', policy: admission.policy, role: admission.role };
    case 'numberNeeded':
    case 'pinNeeded':
      return { into: 'reception', number, pin };
    case 'unknownNumber':
      throw unifiedApiError('pc_number_invalid');
    case 'wrongPin':
      throw unifiedApiError('pc_pin_invalid');
    case 'closed':
      throw unifiedApiError('conference_closed');
    case 'lockedOut':
      throw unifiedApiError('too_many_requests', 'Too many wrong PINs were given. Try again later.');
  }
}

/**
 * The number of a conference that is not there as given. For this interface it is a Number, so a client may have
 * nothing but 3 for a conference that is dialled `03`: it is the one of the same value, if there is one alone.
 */
function sameValue(
  { directory }: Pick<UnifiedApiDeps, 'directory'>,
  { id }: ExtensionFacts,
  given: string | null,
): string | null {
  const same = directory.conferencesOf(id).filter(({ number }) => withoutZeros(number) === withoutZeros(given ?? ''));
  return same.length === 1 ? same[0]!.number : given;
}

function withoutZeros(number: string): string {
  return number.replace(/^0+(?=[0-9])/, '');
}

/** A query parameter of that form; null when missing or empty. Throws `code`. */
function readOptional(given: unknown, pattern: RegExp, code: 'pc_pin_invalid' | 'pc_number_invalid'): string | null {
  if (given === undefined || given === '') return null;
  if (typeof given === 'string' && pattern.test(given)) return given;
  throw unifiedApiError(code);
}

async function invite(deps: UnifiedApiDeps, invitation: Invitation, invited: Reach, legId: string): Promise<void> {
  const { extension, callerId, timeoutMs, way, nonce } = invitation;
  const { device, target } = invited;
  if (way.into === 'conference') {
    const { policy, role } = way;
    await deps.runtime.do(singleStepConference, {
      into: { policy },
      device,
      target,
      callerId,
      timeoutMs,
      role,
      legId,
      charged: extension.id,
      correlator: nonce,
    });
    return;
  }
  const { organizationId, device: conference } = extension;
  if (conference === null) throw unifiedApiError('extension_invalid', messages.extension);
  await deps.runtime.do(makeCall, {
    kind: 'access',
    organizationId,
    from: device,
    fromTarget: target,
    callerId,
    to: conference,
    toTarget: null,
    timeoutMs,
    legId,
    charged: extension.id,
    correlator: nonce,
    conferenceNumber: way.number,
  });
  // The leg is there now, and no answer of the phone can have been read yet.
  if (way.pin !== null) deps.keepPin(legId, way.pin);
}

/** Takes an invitation back; false when that failed. One that has ended meanwhile needs nothing. */
async function withdraw(deps: UnifiedApiDeps, legId: string): Promise<boolean> {
  const ref = deps.runtime.refOfLeg(legId);
  if (ref === null) return true;
  try {
    await deps.runtime.do(clearConnection, { ...ref, cause: 'callCancelled' });
    return true;
  } catch {
    return deps.runtime.refOfLeg(legId) === null;
  }
}
