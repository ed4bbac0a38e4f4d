import type { Details, Facts, RefusedInvite, Why, WhyCode } from './facts.ts';
import { sentences } from './sentences.ts';

type Attempt = NonNullable<Facts['attempt']>;

const whose: Readonly<Record<string, string>> = {
  total: 'the whole server',
  user: 'the user',
  conference: 'the conference',
};

/** A call out that plan, lists or budgets refused. */
export function whyAttempt({ scope, limit, bound, rule, number, seq }: Attempt): Why {
  if (scope === 'dialPlan') return refused('dialPlan', { number }, [seq]);
  if (scope === 'destination') {
    return limit === 'deny' && rule !== null
      ? refused('denied', { number, rule }, [seq])
      : refused('notAllowed', { number }, [seq]);
  }
  return refused('budget', { number, whose: whose[scope] ?? scope, scope, limit, bound }, [seq]);
}

/** An INVITE that was answered before there was a call: the status, and what the Warning says (RFC 3261 §20.43). */
export function whyRefusedInvite({ status, warning }: RefusedInvite): Why {
  if (status === 488 || status === 415) return refused('codec', { who: 'The caller', status, text: warning }, []);
  return refused('inviteRefused', { status, text: warning }, []);
}

function refused(code: WhyCode, details: Details, evidence: readonly number[]): Why {
  const sentence = sentences[code](details);
  return { callId: null, connection: null, kind: 'refused', code, sentence, details, evidence };
}
