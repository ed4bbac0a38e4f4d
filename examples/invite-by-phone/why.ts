/** Why a call came to nothing, as an administrator of the server is told: by its events, with what was said by SIP. */

export interface Administrator {
  readonly login: string;
  readonly password: string;
}

interface Event {
  readonly type: string;
  readonly cause?: string;
  readonly data?: {
    /** Of `failed`: how the phone, or the network on the way to it, refused. */
    readonly refusal?: { readonly status: number; readonly reason?: string; readonly warning?: string };
    /** Of `entryRefused`: they answered, and were not let into the conference. */
    readonly why?: string;
    /** Of `dialOutRefused`: the dial plan, a list or a limit. */
    readonly scope?: string;
    readonly limit?: string | null;
    readonly rule?: string | null;
    readonly bound?: number | null;
  };
}

/** What SIP calls its refusals (RFC 3261 §21). */
const phrases: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  402: 'Payment Required',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  407: 'Proxy Authentication Required',
  408: 'Request Timeout',
  410: 'Gone',
  415: 'Unsupported Media Type',
  480: 'Temporarily Unavailable',
  482: 'Loop Detected',
  484: 'Address Incomplete',
  486: 'Busy Here',
  487: 'Request Terminated',
  488: 'Not Acceptable Here',
  500: 'Server Internal Error',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  504: 'Server Time-out',
  600: 'Busy Everywhere',
  603: 'Decline',
  604: 'Does Not Exist Anywhere',
  606: 'Not Acceptable',
  607: 'Unwanted',
};

const timeoutMs = 10_000;

/**
 * By the id of a call, or of a request that was refused (`x-request-id`); null when nothing failed, or nothing can be
 * known.
 */
export async function whyOf(url: string, { login, password }: Administrator, id: string): Promise<string | null> {
  const authorization = `Basic ${Buffer.from(`${login}:${password}`).toString('base64')}`;
  const address = new URL(`/admin/v1/calls/${encodeURIComponent(id)}/events?limit=1000`, url);
  const response = await fetch(address, { headers: { authorization }, signal: AbortSignal.timeout(timeoutMs) });
  if (!response.ok) return null;
  const { events } = (await response.json()) as { readonly events: readonly Event[] };
  const told = events.flatMap((event) => wordsOf(event) ?? []);
  return told.at(-1) ?? null;
}

function wordsOf({ type, cause, data }: Event): string | null {
  switch (type) {
    case 'failed': {
      const { refusal } = data ?? {};
      if (refusal === undefined) return cause ?? null;
      const { status, reason, warning } = refusal;
      const phrase = phrases[status];
      const more = [reason, warning].filter((one) => one !== undefined).map((one) => `; ${one}`);
      return `${cause}: SIP ${status}${phrase === undefined ? '' : ` ${phrase}`}${more.join('')}`;
    }
    case 'entryRefused':
      return `not let in: ${data?.why}`;
    case 'dialOutRefused': {
      const rule = data?.rule == null ? '' : ` by the rule ${data.rule}`;
      const bound = data?.bound == null ? '' : ` of ${data.bound}`;
      return `calls out refused: ${[data?.scope, data?.limit].filter((one) => one != null).join(', ')}${bound}${rule}`;
    }
    default:
      return null;
  }
}
