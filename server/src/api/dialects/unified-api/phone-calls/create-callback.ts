import type { FastifyReply, FastifyRequest } from 'fastify';
import { reach } from '../../../reach.ts';
import type { Query } from '../collections/collection.ts';
import type { UnifiedApiDeps } from '../deps.ts';
import { type UnifiedApiErrorCode, unifiedApiError } from '../errors.ts';
import type { ExtensionFacts } from '../users.ts';
import { connect, readDestination, readManner } from './create-simple.ts';
import { answerCreated, chargedBy, readAnswered } from './creation.ts';
import { readNumbers, readPayload, readText } from './payload.ts';
import { readDuration } from './seconds.ts';

const publicNumber = /^\+?[0-9]{1,40}$/;

const messages: Readonly<Record<'extension' | 'pc_source_invalid' | 'pc_destination_invalid', string>> = {
  extension:
    'Value supplied in extension parameter is missing or invalid. The parameter must be set to the number of a Callback extension that must be owned by the user.',
  pc_source_invalid:
    'Value supplied in source parameter is missing or invalid. The parameter must be set to a public phone number.',
  pc_destination_invalid:
    'Value supplied in destination parameter is missing or invalid. The parameter must be set to a public phone number.',
};

/** POST …/callback: calls one public number and, once it answers, another; the callback extension is charged. */
export async function createCallback(
  deps: UnifiedApiDeps,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const payload = readPayload(request.body);
  const query = request.query as Query;
  // Must be named: a public number is never taken for it.
  const extensionGiven = readText(payload.extension, 'extension_invalid', messages.extension);
  if (extensionGiven === null) throw unifiedApiError('extension_invalid', messages.extension);
  const named = { extension: extensionGiven, source: null };
  const rule = { type: 'callback', messages: { extension: messages.extension, source: messages.extension } } as const;
  const { extension, given } = chargedBy(request, deps, named, rule);
  const durationMs = readDuration(query['callDuration']);
  const sourceNumber = publicOne(deps, extension, payload.source, 'pc_source_invalid');
  const source = reach(deps.directory, extension, sourceNumber);
  if (source === null) throw unifiedApiError('pc_source_invalid', messages.pc_source_invalid);
  const destinationNumber = publicOne(deps, extension, payload.destination, 'pc_destination_invalid');
  const destination = readDestination(deps, extension, destinationNumber, [source]);
  const manner = readManner(payload, query, extension);
  const fields = readAnswered(request);
  const id = await connect(deps, request, {
    extension,
    sources: [source],
    destination,
    durationMs,
    ...manner,
    allowPublicTransfer: false,
  });
  return answerCreated(request, reply, deps, { extension: given, fields }, [id]);
}

function publicOne(
  { directory }: Pick<UnifiedApiDeps, 'directory'>,
  extension: ExtensionFacts,
  given: unknown,
  code: Extract<UnifiedApiErrorCode, 'pc_source_invalid' | 'pc_destination_invalid'>,
): string {
  const [number = '', ...more] = readNumbers(given, code, messages[code]);
  const isInside = directory.extensionOf(extension.organizationId, number) !== null;
  if (more.length === 0 && publicNumber.test(number) && !isInside) return number;
  throw unifiedApiError(code, messages[code]);
}
