import { AckExtension, CometD, type Message } from 'cometd';
import { adapt } from 'cometd-nodejs-client';
import { waitFor } from './wait.ts';

/** How the official client gets its notifications: all four ways there are. */
export const transports = [
  { transport: 'long-polling', acks: false },
  { transport: 'long-polling', acks: true },
  { transport: 'websocket', acks: false },
  { transport: 'websocket', acks: true },
] as const;

export type Transport = (typeof transports)[number];

/** A notification as the client gives it to its page. */
export interface Told {
  readonly channel: string;
  /** Its fields are in the order in which they came. */
  readonly data: Readonly<Record<string, unknown>>;
  readonly ext: { readonly number: string };
}

export interface Answer {
  readonly statusCode: number;
  readonly statusMessage?: string;
  // biome-ignore lint/suspicious/noExplicitAny: whatever came back; tests look at it piece by piece
  readonly [field: string]: any;
}

/** A user of the Web Services voice interface: asks by HTTP, with the cookie of the first answer. */
export class Agent {
  /** With `/api/v2`. */
  readonly base: string;
  readonly authorization: string;
  cookie = '';

  private constructor(base: string, authorization: string) {
    this.base = base;
    this.authorization = authorization;
  }

  static async logIn(server: string, login: string, password: string): Promise<Agent> {
    const basic = Buffer.from(`${login}:${password}`).toString('base64');
    const agent = new Agent(`${server}/api/v2`, `Basic ${basic}`);
    const answer = await fetch(`${agent.base}/me`, { headers: { authorization: agent.authorization } });
    agent.cookie = answer.headers.get('set-cookie')?.split(';', 1)[0] ?? '';
    if (answer.status !== 200) throw new Error(`${login}: ${answer.status} ${await answer.text()}`);
    await answer.body?.cancel();
    return agent;
  }

  async get(path: string): Promise<Answer> {
    return (await (await fetch(this.base + path, { headers: { cookie: this.cookie } })).json()) as Answer;
  }

  async ask(path: string, operationName: string, more: object = {}): Promise<Answer> {
    const body = JSON.stringify({ operationName, ...more });
    const headers = { 'content-type': 'application/json', cookie: this.cookie };
    return (await (await fetch(this.base + path, { method: 'POST', headers, body })).json()) as Answer;
  }
}

let adapted = false;

/** Each client has its own cookies, as each page has that is open in another browser. */
function adaptOnce(): void {
  if (adapted) return;
  adapted = true;
  const cookies = {
    storeCookie: (_uri: unknown, _header: unknown, done: () => void) => done(),
    retrieveCookies: (_context: unknown, _uri: unknown, done: (error: null, cookies: string[]) => void) =>
      done(null, []),
  };
  (adapt as (options: object) => void)({ cookies });
  const { window } = globalThis as unknown as { window: { WebSocket: new (...given: unknown[]) => object } };
  // As browsers do: a WebSocket is opened with the cookie of its page, and no other header.
  window.WebSocket = class extends window.WebSocket {
    constructor(...[url]: unknown[]) {
      super(url, [], { headers: { cookie: cookieOf.get(String(url)) } });
    }
  };
}

/** By the address that a client opens its socket at. */
const cookieOf = new Map<string, string>();
let opened = 0;

/** Says with each subscription which notification was the last, so that a client that begins anew misses nothing. */
class ReplayExtension {
  last: string | null;

  constructor(last: string | null) {
    this.last = last;
  }

  incoming = (message: Message): Message => {
    const number = (message.ext as { number?: string } | undefined)?.number;
    if (number !== undefined) this.last = number;
    return message;
  };

  outgoing = (message: Message): Message => {
    if (message.channel === '/meta/subscribe' && this.last !== null) {
      (message as { ext?: object }).ext = { ...(message.ext as object | undefined), replay: this.last };
    }
    return message;
  };
}

/** The official client, subscribed to all that concerns its user. */
export class AgentClient {
  readonly way: Transport;
  readonly told: Told[] = [];
  readonly #client = new CometD();

  private constructor(way: Transport) {
    this.way = way;
  }

  /**
   * Without acknowledgements it is known by its cookie alone, with them, and when it `replays` what it missed, by the
   * login on every request. `behind`: it begins with what came behind this number.
   */
  static async open(
    agent: Agent,
    way: Transport,
    { behind = null, replays = behind !== null }: { readonly behind?: string | null; readonly replays?: boolean } = {},
  ): Promise<AgentClient> {
    adaptOnce();
    const it = new AgentClient(way);
    const byLogin = (way.acks || replays) && way.transport === 'long-polling';
    // A socket's address says whose it is.
    const url = `${agent.base}/notifications${way.transport === 'websocket' ? `?page=${++opened}` : ''}`;
    cookieOf.set(url.replace(/^http/, 'ws'), agent.cookie);
    it.#client.configure({
      url,
      logLevel: 'warn',
      backoffIncrement: 100,
      maxBackoff: 500,
      requestHeaders: byLogin ? { authorization: agent.authorization } : { cookie: agent.cookie },
    });
    for (const other of ['long-polling', 'callback-polling', 'websocket']) {
      if (other !== way.transport) it.#client.unregisterTransport(other);
    }
    if (replays) it.#client.registerExtension('replay', new ReplayExtension(behind));
    if (way.acks) it.#client.registerExtension('ack', new AckExtension());
    let subscribed = false;
    it.#client.addListener('/meta/handshake', ({ successful }) => {
      if (!successful) return;
      const take = (message: unknown) => it.told.push(message as Told);
      it.#client.subscribe('/v2/me/*', take, (reply) => {
        subscribed = reply.successful === true;
      });
    });
    it.#client.handshake();
    await waitFor(() => subscribed, 8000, `the subscription by ${way.transport}`);
    return it;
  }

  close(): Promise<void> {
    return new Promise((resolve) => this.#client.disconnect(() => resolve()));
  }
}
