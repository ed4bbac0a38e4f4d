import type { FastifyInstance } from 'fastify';
import type { XStatic } from 'typebox/schema';
import { idOfText } from '../../base/id.ts';
import type { AttemptEvent } from '../../call/attempts/refused-dial.ts';
import type { RefusedDials } from '../../call/attempts/refused-dials.ts';
import type { RefusedInvites } from '../../observation/refusals/refused-invites.ts';
import { whyAttempt, whyRefusedInvite } from '../../observation/why/before-calls.ts';
import type { Why } from '../../observation/why/facts.ts';
import type { AdministratorLogin } from './administrator.ts';

export interface RefusedCallSources {
  readonly attempts: Pick<RefusedDials, 'list'>;
  readonly invites: Pick<RefusedInvites, 'of'>;
}

const query = {
  type: 'object',
  additionalProperties: false,
  required: ['limit'],
  properties: { limit: { type: 'integer', minimum: 1, maximum: 200, default: 50 } },
} as const;

interface RefusedCall {
  /** Leads to its timeline. */
  readonly id: string;
  readonly at: number;
  /** Null: an application asked for it. */
  readonly from: string | null;
  readonly number: string;
  readonly why: Why;
}

/**
 * GET /admin/v1/refused-calls: what was refused before there was a call, the newest first, each with the reason in a
 * sentence: calls out by dial plan, lists and budgets, as long as the log is kept; INVITEs of phones (a number that
 * leads nowhere, a wrong password, no codec, too many) since the start.
 */
export function registerRefusedCalls(
  http: FastifyInstance,
  login: AdministratorLogin,
  { attempts, invites }: RefusedCallSources,
): void {
  const schema = { summary: 'What was refused before there was a call, and why', querystring: query } as object;
  http.get('/admin/v1/refused-calls', { schema, onRequest: login.hook }, async (request) => {
    const { organizationId } = login.of(request);
    const { limit } = request.query as XStatic<typeof query>;
    const byPhones = invites.of(organizationId);
    // What a phone dialled out and was refused is told by both: the log says which rule, the INVITE who it was.
    const phones = new Map(byPhones.map((one) => [idOfText(one.callId), one]));
    const dialled = (await attempts.list({ organizationId, limit })).map(({ event: { at, data, seq, stream } }) => {
      const refused = data as AttemptEvent['data'];
      const from = phones.get(refused.requestId ?? stream.id)?.from ?? null;
      if (refused.requestId !== null) phones.delete(refused.requestId);
      return { id: stream.id, at, from, number: refused.number, why: whyAttempt({ ...refused, at, seq }) };
    });
    const others = [...phones.values()].map((one): RefusedCall => {
      const { at, callId: id, dialled: number, from } = one;
      return { id, at, from, number, why: whyRefusedInvite(one) };
    });
    const all = [...dialled, ...others].sort((a, b) => b.at - a.at).slice(0, limit);
    return { refused: all.map(view) };
  });
}

function view({ at, from, id, number, why: { code, details, sentence } }: RefusedCall) {
  return { id, at: new Date(at).toISOString(), from, number, code, sentence, details };
}
