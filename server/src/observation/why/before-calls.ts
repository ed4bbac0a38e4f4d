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
export function whyRefusedInvite({ dialled, from, status, warning }: RefusedInvite): Why {
  const who = from ?? 'The caller';
  const number = dialled ?? 'what was dialled';
  switch (status) {
    case 401:
    case 407:
      return refused('wrongPassword', { who, number }, []);
    case 403:
      return refused('dialPlan', { number }, []);
    case 404:
      return refused('unknownNumber', { who, number }, []);
    case 415:
    case 488:
      return refused('codec', { who, status, text: warning }, []);
    case 503:
      return refused('tooManyCalls', { who, number }, []);
    default:
      return refused('inviteRefused', { status, text: warning }, []);
  }
}

function refused(code: WhyCode, details: Details, evidence: readonly number[]): Why {
  const sentence = sentences[code](details);
  return { callId: null, connection: null, kind: 'refused', code, sentence, details, evidence };
}
