import type { FastifyReply, FastifyRequest } from 'fastify';
import type { CallerId } from '../../../../call/model/device.ts';
import { makeCall } from '../../../../call/services/make-call.ts';
import type { Reach } from '../../../reach.ts';
import type { Query } from '../collections/collection.ts';
import type { UnifiedApiDeps } from '../deps.ts';
import { unifiedApiError } from '../errors.ts';
import type { ExtensionFacts } from '../users.ts';
import { readCallerId } from './caller-id.ts';
import { answerCreated, chargedBy, creationOf, readAnswered } from './creation.ts';
import { type PhoneCallPayload, readPayload } from './payload.ts';
import { isSame, readReached } from './reached.ts';
import { readDuration, readFlag, readWait } from './seconds.ts';

const messages = {
  extension:
    'Value supplied in extension parameter is missing or invalid. The parameter must be set to the number of a Phone Terminal extension that must be owned by the user.',
  source:
    'Value supplied in source parameter is missing or invalid. The parameter must be set to a list of extended or short extension numbers or public phone numbers.',
};

/** Two ends that a call is to be made between. */
export interface Pair {
  readonly extension: ExtensionFacts;
  /** Rung together; the first to pick up has the call. */
  readonly sources: readonly Reach[];
  readonly destination: Reach;
  /** Shown to the sources. */
  readonly callerId: CallerId;
  /** Null: the usual. */
  readonly callerDestination: CallerId | null;
  readonly timeoutMs: number;
  readonly durationMs: number | null;
  readonly nonce: string | null;
  readonly allowPublicTransfer: boolean;
}

/** POST …/simple: rings the sources; the first that picks up is connected to the destination. */
export async function createSimple(
  deps: UnifiedApiDeps,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const payload = readPayload(request.body);
  const query = request.query as Query;
  const { extension, given } = chargedBy(request, deps, payload, { type: 'terminal', messages });
  const durationMs = readDuration(query['callDuration']);
  const sources = readReached(deps, extension, payload.source, 'pc_source_invalid');
  const pair: Pair = {
    extension,
    sources,
    destination: readDestination(deps, extension, payload.destination, sources),
    durationMs,
    ...readManner(payload, query, extension),
    allowPublicTransfer: readFlag(query['allowPublicTransfer'], 'pc_transfer_invalid') ?? false,
  };
  // There is no video here: a call that may have it is one without.
  readFlag(query['video'], 'pc_video_invalid');
  const fields = readAnswered(request);
  const id = await connect(deps, request, pair);
  return answerCreated(request, reply, deps, { extension: given, fields }, [id]);
}

/** What both kinds of call are told about how to ring. */
export function readManner(
  payload: PhoneCallPayload,
  query: Query,
  extension: ExtensionFacts,
): Pick<Pair, 'timeoutMs' | 'callerId' | 'callerDestination' | 'nonce'> {
  return {
    timeoutMs: readWait(query['waitForPickup']),
    callerId: readCallerId(payload.callerId) ?? extension.callerId,
    callerDestination: readCallerId(payload.callerDestination),
    nonce: payload.nonce,
  };
}

/** One number that is none of the sources. Throws `pc_destination_invalid`. */
export function readDestination(
  deps: Pick<UnifiedApiDeps, 'directory'>,
  extension: ExtensionFacts,
  given: unknown,
  sources: readonly Reach[],
): Reach {
  const [destination, ...more] = readReached(deps, extension, given, 'pc_destination_invalid');
  if (destination === undefined || more.length > 0 || sources.some((source) => isSame(source, destination))) {
    throw unifiedApiError('pc_destination_invalid');
  }
  return destination;
}

/** Makes the call, unless an earlier try of the same request made it; gives its id. */
export async function connect(deps: UnifiedApiDeps, request: FastifyRequest, pair: Pair): Promise<string> {
  const { id: callId, made } = await creationOf(request, deps, 0);
  if (made) return callId;
  const { extension, destination, callerId, timeoutMs, durationMs, nonce, allowPublicTransfer } = pair;
  const [first, ...others] = pair.sources as readonly [Reach, ...Reach[]];
  // A public number is shown as the caller only if the request says so: on its own it would be a number that is not
  // ours.
  const shown = pair.callerDestination ?? (destination.isPublic || first.isPublic ? extension.callerId : null);
  await deps.runtime.do(makeCall, {
    kind: 'call',
    callId,
    organizationId: extension.organizationId,
    from: first.device,
    fromTarget: first.target,
    ...(others.length === 0 ? {} : { alternatives: others.map(({ device, target }) => ({ device, target })) }),
    callerId,
    to: destination.device,
    toTarget: destination.target,
    ...(shown === null ? {} : { toCallerId: shown }),
    timeoutMs,
    ...(durationMs === null ? {} : { durationMs }),
    charged: extension.id,
    correlator: nonce,
    publicTransfer: allowPublicTransfer,
  });
  return callId;
}
