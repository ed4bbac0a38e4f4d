import type { Clock } from '../../base/clock.ts';
import { PrivateAddress } from './public-fetch.ts';
import { signatureHeaders } from './signing-secrets.ts';
import type { WebhookSubscription } from './webhook-records.ts';

export interface WebhookRequest {
  readonly subscription: Pick<WebhookSubscription, 'id' | 'url' | 'method'>;
  /** URL-encoded. */
  readonly fields: string;
  /** The same each time the same event is sent: a receiver that gets it twice can tell. */
  readonly deliveryId: string;
  /** When that happened, ms since the epoch. */
  readonly at: number;
  /** Which kind of event it is. */
  readonly event: string;
  /** What it is signed with, `whsec_…`; none: it is not. */
  readonly secrets: readonly string[];
  /** `traceparent` and `tracestate`: the trace of the call it tells of. */
  readonly trace?: Readonly<Record<string, string>>;
}

export interface RequestLimits {
  /** For all of it, redirects included, ms. */
  readonly timeoutMs: number;
  readonly redirects: number;
}

/** Status of the last answer; null: there was none in time. */
export type Outcome = number | null;

const redirectStatuses: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/**
 * Sends one event: the fields in the query of a GET, or as the form of a POST. Never throws; `signal` ends it early.
 */
export async function sendWebhook(
  request: WebhookRequest,
  how: {
    readonly fetch: typeof fetch;
    readonly clock: Clock;
    readonly limits: RequestLimits;
    readonly signal: AbortSignal;
    /** It was not sent, since it would have led into the own network. */
    readonly refused?: (why: PrivateAddress) => void;
  },
): Promise<Outcome> {
  const late = new AbortController();
  const timer = how.clock.setTimer(how.limits.timeoutMs, () => late.abort());
  const signal = AbortSignal.any([late.signal, how.signal]);
  try {
    const { subscription, fields } = request;
    let url = new URL(subscription.url);
    if (subscription.method === 'get') url.search = url.search.length > 1 ? `${url.search}&${fields}` : fields;
    let post = subscription.method === 'post';
    const told = post ? fields : url.search.slice(1);
    for (let hops = 0; ; hops++) {
      const content = post ? fields : url.search.slice(1);
      // What a redirect says instead is not ours: who sends one is not to get our signature for it.
      const secrets = content === told ? request.secrets : [];
      const signed = { id: messageId(request), at: how.clock.now(), secrets };
      const response = await how.fetch(withoutLogin(url), {
        method: post ? 'POST' : 'GET',
        headers: {
          ...headersFor(url, request, post),
          ...signatureHeaders(content, signed),
        },
        ...(post ? { body: fields } : {}),
        redirect: 'manual',
        signal,
      });
      // What it says is of no interest, only that it said it.
      await response.body?.cancel();
      const next: URL | null = redirectStatuses.has(response.status) ? redirectedTo(response, url) : null;
      if (next === null || hops >= how.limits.redirects) return response.status;
      // 303 asks for a GET; the others for the same once more elsewhere (a form that became a GET would be empty).
      if (response.status === 303) post = false;
      url = next;
    }
  } catch (error) {
    if ((error as Error).cause instanceof PrivateAddress) how.refused?.((error as Error).cause as PrivateAddress);
    return null;
  } finally {
    timer.cancel();
  }
}

/**
 * Also unlike the ids of any other server that tells the same receiver, and of what was told before a backup was
 * restored: the log goes on from there under numbers that were used.
 */
function messageId({ subscription, deliveryId, at }: WebhookRequest): string {
  return `msg_${subscription.id}_${deliveryId}_${at.toString(36)}`;
}

function headersFor(
  url: URL,
  { deliveryId, event, trace = {} }: WebhookRequest,
  post: boolean,
): Record<string, string> {
  const { username, password } = url;
  const login = username === '' && password === '' ? null : `${decodePart(username)}:${decodePart(password)}`;
  return {
    ...trace,
    'user-agent': 'Partyline',
    'x-partyline-delivery': deliveryId,
    'x-partyline-event': event,
    ...(post ? { 'content-type': 'application/x-www-form-urlencoded' } : {}),
    ...(login === null ? {} : { authorization: `Basic ${Buffer.from(login).toString('base64')}` }),
  };
}

function decodePart(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** fetch refuses addresses with a login in them. */
function withoutLogin(url: URL): URL {
  const plain = new URL(url);
  plain.username = '';
  plain.password = '';
  plain.hash = '';
  return plain;
}

function redirectedTo(response: Response, from: URL): URL | null {
  const location = response.headers.get('location');
  const to = location === null ? null : URL.parse(location, from.href);
  return to !== null && (to.protocol === 'http:' || to.protocol === 'https:') ? to : null;
}
