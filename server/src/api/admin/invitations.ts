import type { FastifyInstance } from 'fastify';
import type { XStatic } from 'typebox/schema';
import { AppError } from '../../base/app-error.ts';
import type { CallRuntime } from '../../call/runtime/runtime.ts';
import { singleStepConference } from '../../call/services/single-step-conference.ts';
import type { Directory } from '../../directory/directory.ts';
import { reach } from '../reach.ts';
import type { AdministratorLogin } from './administrator.ts';

export interface InvitationSources {
  readonly runtime: Pick<CallRuntime, 'do'>;
  readonly directory: Pick<Directory, 'admitAgain' | 'conferencesOf' | 'extensionOf' | 'route' | 'user'>;
  /** The carrier in the box; null: it does not run. */
  readonly carrier: () => {
    readonly uri: string;
    readonly numbers: readonly { readonly number: string; readonly does: string }[];
  } | null;
}

const invitation = {
  type: 'object',
  additionalProperties: false,
  required: ['conference', 'number'],
  properties: {
    /** `211*4`: extension and conference. */
    conference: { type: 'string', pattern: '^[0-9]{1,20}[*][0-9]{1,20}$' },
    number: { type: 'string', minLength: 1, maxLength: 64 },
  },
} as const;

const ringsMs = 60_000;

/**
 * POST /admin/v1/invitations rings a number into a conference of the organization, by its dial plan and on account of
 * whose conference it is; GET /admin/v1/sandbox tells the numbers of the carrier in the box.
 */
export function registerInvitations(
  http: FastifyInstance,
  login: AdministratorLogin,
  { carrier, directory, runtime }: InvitationSources,
): void {
  const onRequest = login.hook;
  const schema = { summary: 'Ring a number into a conference', body: invitation } as object;
  http.post('/admin/v1/invitations', { schema, onRequest }, async (request, reply) => {
    const { organizationId, userId } = login.of(request);
    const { conference, number } = request.body as XStatic<typeof invitation>;
    const [extensionNumber = '', conferenceNumber = ''] = conference.split('*');
    const extension = directory.extensionOf(organizationId, extensionNumber);
    const known = extension === null ? [] : directory.conferencesOf(extension.id);
    const found = known.find(({ number: own }) => own === conferenceNumber);
    if (extension === null || found === undefined) throw new AppError('notFound', 'There is no such conference.');
    const admission = directory.admitAgain(found.id, 'participant');
    if (admission.result !== 'admitted') {
      throw new AppError('invalidState', 'The conference is closed by its schedule now.');
    }
    const reached = reach(directory, extension, number);
    if (reached === null) {
      throw new AppError(
        'invalidArgument',
        'This number cannot be called: no phone has it, and no dial rule allows it.',
      );
    }
    const ref = await runtime.do(singleStepConference, {
      into: { policy: admission.policy },
      device: reached.device,
      target: reached.target,
      callerId: extension.callerId,
      timeoutMs: ringsMs,
      role: 'participant',
      charged: extension.id,
    });
    request.log.info({ call: ref.callId, user: userId }, 'an administrator rang somebody into a conference');
    return reply.code(201).send({ call: ref.callId, connection: ref.connectionId });
  });

  const summary = { summary: 'The numbers of the carrier in the box' } as object;
  http.get('/admin/v1/sandbox', { schema: summary, onRequest }, () => {
    const running = carrier();
    return { running: running !== null, uri: running?.uri ?? null, numbers: running?.numbers ?? [] };
  });
}
