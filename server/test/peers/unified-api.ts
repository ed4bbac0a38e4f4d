import { waitFor } from './wait.ts';

export const demoApp = { key: 'demo-app', secret: 'demo-secret' };

/** A phone call as the interface shows it. */
export interface PhoneCallShown {
  readonly id: string;
  readonly extension: string;
  readonly published?: string;
  readonly answered?: string;
  readonly nonce?: string;
  readonly links: { readonly self: string };
  readonly phoneCallView: readonly {
    readonly id: string;
    readonly extension: string;
    readonly source: readonly string[];
    readonly destination: readonly string[];
    /** As text, like the number in the documentation's answers. */
    readonly status: string;
    readonly flow: string;
    readonly answered?: string;
    readonly callerId?: string;
    readonly onHold?: string;
    readonly parked?: string;
    readonly parkedPos?: string;
    readonly recording?: string;
  }[];
}

export interface CollectionShown<Entry> {
  readonly entry: Entry;
  readonly totalResults: number;
  readonly startIndex: number;
  readonly itemsPerPage: number;
  readonly paging: { readonly next?: string; readonly prev?: string };
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: what the server says is what the tests look at
  readonly json: any;
}

interface AskOptions {
  readonly method?: string;
  /** An object is sent as JSON, a text as it is. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Default: this client's. Null: none. */
  readonly token?: string | null;
}

/** A client of the Unified API, as existing ones are: a token, then plain HTTP. */
export class UnifiedApi {
  readonly base: string;
  token = '';

  static async connect(base: string, app = demoApp): Promise<UnifiedApi> {
    const api = new UnifiedApi(base);
    api.token = await api.fetchToken(app);
    return api;
  }

  private constructor(base: string) {
    this.base = base;
  }

  async fetchToken({ key, secret }: { key: string; secret: string }): Promise<string> {
    const body = new URLSearchParams({ client_id: key, client_secret: secret, grant_type: 'client_credentials' });
    const response = await fetch(`${this.base}/oauth/token.php`, { method: 'POST', body });
    if (response.status !== 200) throw new Error(`no token: ${response.status} ${await response.text()}`);
    return ((await response.json()) as { access_token: string }).access_token;
  }

  /** `path` below the server, or a whole address as the server gave it. */
  async ask(path: string, options: AskOptions = {}): Promise<Answer> {
    const { method = 'GET', body, headers = {}, token = this.token } = options;
    const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
    const response = await fetch(path.startsWith('http') ? path : `${this.base}${path}`, {
      method,
      headers: {
        ...(token === null ? {} : { authorization: `Bearer ${token}` }),
        ...(text === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(text === undefined ? {} : { body: text }),
    });
    const answered = await response.text();
    let json: unknown = null;
    try {
      json = JSON.parse(answered);
    } catch {
      // Not every answer has content.
    }
    return { status: response.status, headers: response.headers, text: answered, json };
  }

  /** The invitation of the seed's first example, with what is given in place of its values. */
  invite(
    destination: unknown,
    options: {
      query?: string;
      user?: string;
      root?: string;
      extension?: string | null;
      source?: unknown;
      callerId?: string;
      headers?: Record<string, string>;
      view?: Record<string, unknown>;
    } = {},
  ): Promise<Answer> {
    const { query = 'number=3&pin=2233', user = '@me', root = 'uapi', extension = '200' } = options;
    const view = {
      ...(options.source === null ? {} : { source: options.source ?? ['200'] }),
      destination,
      ...(options.callerId === undefined ? {} : { callerId: options.callerId }),
      ...options.view,
    };
    return this.ask(`/${root}/phoneCalls/${user}/conferenceInvite?${query}`, {
      method: 'POST',
      body: { ...(extension === null ? {} : { extension }), phoneCallView: [view] },
      ...(options.headers === undefined ? {} : { headers: options.headers }),
    });
  }

  /** The one live phone call behind a link, or null. */
  async at(link: string): Promise<PhoneCallShown | null> {
    const answer = await this.ask(link);
    if (answer.status !== 200) throw new Error(`GET ${link}: ${answer.status} ${answer.text}`);
    return (answer.json as CollectionShown<PhoneCallShown[]>).entry[0] ?? null;
  }

  /** Waits until the first view of the phone call has this status; null: until it is gone. */
  status(link: string, status: number | null, usualMs = 10_000): Promise<unknown> {
    return waitFor(
      async () => {
        const call = await this.at(link);
        return status === null ? call === null : call?.phoneCallView[0]?.status === String(status);
      },
      usualMs,
      `status ${status} at ${link}`,
    );
  }
}
