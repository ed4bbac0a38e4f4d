import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';

/** The few requests of the Unified API that inviting somebody takes, with nothing but fetch. */

export interface Account {
  /** E.g. `http://127.0.0.1:8080`. */
  readonly url: string;
  readonly key: string;
  readonly secret: string;
}

export interface Invitation {
  /** The conference extension, e.g. `211`. */
  readonly extension: string;
  /** Who is called: a public number or an extension. */
  readonly destination: string;
  /** Number of the conference; null: the invited person is asked for it. */
  readonly conference: string | null;
  /** Null: the invited person is asked for it, if the conference has one. */
  readonly pin: string | null;
  /** What the invited person's phone shows, e.g. `Weekly <3235550100>`; null: the caller ID of the extension. */
  readonly callerId: string | null;
  readonly waitForPickupSeconds: number;
}

export interface PhoneCall {
  readonly id: string;
  readonly extension: string;
  readonly published?: string;
  readonly answered?: string;
  readonly phoneCallView?: readonly { readonly id: string; readonly status: number | string }[];
  readonly links: { readonly self: string };
}

/** What the server refused, in its own words, or that it cannot be reached. */
export class RequestFailed extends Error {
  /** HTTP status; null: no answer. */
  readonly status: number | null;
  /** E.g. `pc_pin_invalid`. */
  readonly code: string;
  /** What the server calls the request in its log; null: it did not say. */
  readonly requestId: string | null;

  constructor(status: number | null, code: string, message: string, requestId: string | null = null) {
    super(message);
    this.name = 'RequestFailed';
    this.status = status;
    this.code = code;
    this.requestId = requestId;
  }
}

/** `disposition` of a call detail record. */
const dispositions = ['answered', 'busy', 'failed', 'no answer', 'unknown', 'not allowed'] as const;

const attempts = 3;
const timeoutMs = 10_000;

export class UnifiedApi {
  readonly #account: Account;
  #token: Promise<string> | null = null;

  constructor(account: Account) {
    this.#account = account;
  }

  /** Rings the phone once, however often the request must be sent: each attempt has the same Idempotency-Key. */
  async invite(invitation: Invitation): Promise<PhoneCall> {
    const { extension, destination, conference, pin, callerId, waitForPickupSeconds } = invitation;
    const query = new URLSearchParams({ waitForPickup: String(waitForPickupSeconds) });
    if (conference !== null) query.set('number', conference);
    if (pin !== null) query.set('pin', pin);
    const view = { source: [extension], destination: [destination], ...(callerId === null ? {} : { callerId }) };
    const answer = await this.#send(`/uapi/phoneCalls/@me/conferenceInvite?${query}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'Idempotency-Key': randomUUID() },
      body: JSON.stringify({ extension, phoneCallView: [view] }),
    });
    const [call] = answer as PhoneCall[];
    if (call === undefined) throw new RequestFailed(200, 'unexpected_answer', 'the answer names no call');
    return call;
  }

  /** The call as it is now; null when it has ended. */
  async status(call: PhoneCall): Promise<PhoneCall | null> {
    const answer = (await this.#send(call.links.self, {})) as { entry?: PhoneCall[] } | null;
    return answer?.entry?.[0] ?? null;
  }

  /** What became of a call that has ended, by its call detail record; null when there is none (yet). */
  async outcome(call: PhoneCall): Promise<string | null> {
    const answer = await this.#send('/uapi/cdr?sortBy=published&sortOrder=desc&count=100', {});
    const entry = (answer as { entry?: Record<string, { phoneCallView?: { disposition?: number }[] }> } | null)?.entry;
    const disposition = entry?.[call.id]?.phoneCallView?.[0]?.disposition;
    return disposition === undefined ? null : (dispositions[disposition] ?? null);
  }

  /** Whether there was still something to hang up. */
  async hangUp(call: PhoneCall): Promise<boolean> {
    const headers = { 'Idempotency-Key': randomUUID() };
    return (await this.#send(call.links.self, { method: 'DELETE', headers })) !== null;
  }

  /** The answer's JSON; null when it is 204. An expired token is replaced once. */
  async #send(path: string, init: RequestInit & { headers?: Record<string, string> }): Promise<unknown> {
    for (let renewed = false; ; renewed = true) {
      this.#token ??= this.#newToken();
      const token = await this.#token;
      const headers = { ...init.headers, Authorization: `Bearer ${token}` };
      const response = await this.#fetch(path, { ...init, headers });
      if ((response.status === 401 || response.status === 403) && !renewed) {
        this.#token = null;
        continue;
      }
      return response.status === 204 ? null : read(response);
    }
  }

  /** Of a trusted app: it acts for the user it is registered to, and nobody has to log in. */
  async #newToken(): Promise<string> {
    const { key, secret } = this.#account;
    const response = await this.#fetch('/oauth/token.php', {
      method: 'POST',
      body: new URLSearchParams({ grant_type: 'client_credentials', client_id: key, client_secret: secret }),
    });
    return ((await read(response)) as { access_token: string }).access_token;
  }

  /** Sends again what got no answer, or that the server could not take just then. */
  async #fetch(path: string, init: RequestInit): Promise<Response> {
    const url = new URL(path, this.#account.url);
    for (let attempt = 1; ; attempt++) {
      try {
        const response = await fetch(url, { ...init, signal: AbortSignal.timeout(timeoutMs) });
        if (response.status !== 503 || attempt === attempts) return response;
      } catch (error) {
        if (attempt === attempts)
          throw new RequestFailed(null, 'no_answer', `${url.origin} does not answer: ${why(error)}`);
      }
      await wait(200 * 2 ** attempt);
    }
  }
}

/** OAuth has its own form of errors: `{"error":"invalid_client"}` instead of `{"error":{"code":…,"message":…}}`. */
async function read(response: Response): Promise<unknown> {
  const text = await response.text();
  let body: unknown = null;
  try {
    body = JSON.parse(text);
  } catch {
    throw new RequestFailed(
      response.status,
      'unexpected_answer',
      `HTTP ${response.status} with something that is not JSON`,
    );
  }
  if (response.ok) return body;
  const { error, error_description: description } = (body ?? {}) as { error?: unknown; error_description?: unknown };
  if (typeof error === 'string') throw new RequestFailed(response.status, error, String(description ?? error));
  const { code = 'unknown', message = `HTTP ${response.status}` } = (error ?? {}) as {
    code?: string;
    message?: string;
  };
  throw new RequestFailed(response.status, code, message, response.headers.get('x-request-id'));
}

function why(error: unknown): string {
  const cause =
    error instanceof Error ? ((error.cause as { code?: string } | undefined)?.code ?? error.message) : error;
  return String(cause);
}
