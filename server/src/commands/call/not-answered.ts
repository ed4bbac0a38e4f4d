import type { SandboxCallEnd } from '../../sandbox/index.ts';

/** Why nobody answered, in words, and what to do about it. */
export interface NotAnswered {
  readonly means: string;
  readonly next: string;
}

interface Circumstances {
  /** It was called without an account. */
  readonly asGuest: boolean;
  /** That it rings was said. */
  readonly rang: boolean;
}

const notAnnounced: NotAnswered = {
  means: 'nothing was heard of it, not even that it rings',
  next: 'is a server there (--server, partyline doctor), and can the number be reached?',
};

/** By the SIP status of the refusal (RFC 3261 §21). */
export function whyNot({ by, status, reason }: SandboxCallEnd, { asGuest, rang }: Circumstances): NotAnswered {
  if (by === 'error') return { means: reason ?? 'it failed here', next: 'partyline doctor looks at this machine' };
  if (by === 'us') return { means: 'it was given up here', next: 'let it ring for longer' };
  if (by === 'timeout')
    return rang
      ? { means: 'it rang, and nobody answered', next: 'let it ring for longer with --ring-for' }
      : notAnnounced;
  switch (status) {
    case 401:
    case 403:
    case 407:
      return asGuest
        ? { means: 'guests may not', next: 'name an extension with --as' }
        : { means: 'the number or its password is wrong', next: 'set PARTYLINE_SIP_PASSWORD to that of the extension' };
    case 404:
    case 604:
      return asGuest
        ? { means: 'nothing there is for guests', next: 'they may call conferences only: name an extension with --as' }
        : {
            means: 'there is no such number, or it is not allowed',
            next: 'partyline conferences lists those of conferences, the dial plan says what is allowed outside',
          };
    case 480:
      return { means: 'no phone is there now', next: 'have it register; /admin/v1/registrations lists those that are' };
    case 486:
    case 600:
      return { means: 'it is busy', next: 'call again later' };
    case 603:
      return { means: 'it was declined', next: 'call again later' };
    case 415:
    case 488:
    case 606:
      return { means: 'they have no codec in common with it', next: 'this phone speaks G.711: allow that there' };
    default:
      return (status ?? 0) >= 500
        ? {
            means: 'the server cannot take the call now',
            next: 'look at its /healthz and its log, and call again later',
          }
        : { means: 'it was refused', next: 'the call in the console, and partyline tail, say why' };
  }
}
