import type { Told } from './agent-client.ts';

type Message = Readonly<Record<string, unknown>> & { readonly channel: string };

export interface BayeuxClientOptions {
  /** With `/api/v2`. */
  readonly base: string;
  /** What it says of itself with every request, asked each time. */
  readonly headers: () => Record<string, string>;
  /** The kind of message behind the address, and `/` for all others; without it all go to the bare address. */
  readonly suffixes: boolean;
}

/** A client by long-polling as people write it by hand: one request for what happens, others beside it. */
export class BayeuxClient {
  readonly told: Told[] = [];
  readonly #options: BayeuxClientOptions;
  #clientId = '';
  #id = 0;
  #over = false;
  #polling: Promise<void> = Promise.resolve();

  constructor(options: BayeuxClientOptions) {
    this.#options = options;
  }

  /** Throws when it is refused. */
  async handshake(): Promise<void> {
    const reply = await this.#ask('/handshake', {
      version: '1.0',
      minimumVersion: '1.0',
      channel: '/meta/handshake',
      supportedConnectionTypes: ['long-polling', 'callback-polling'],
      advice: { timeout: 60_000, interval: 0 },
    });
    this.#clientId = String(reply['clientId']);
  }

  async subscribe(subscription: string): Promise<void> {
    await this.#ask('/', { channel: '/meta/subscribe', subscription });
  }

  async unsubscribe(subscription: string): Promise<void> {
    await this.#ask('/', { channel: '/meta/unsubscribe', subscription });
  }

  /** The first one, which is answered at once; from then on it listens. */
  async connect(): Promise<void> {
    const connect = { channel: '/meta/connect', connectionType: 'long-polling' };
    await this.#ask('/connect', { ...connect, advice: { timeout: 0 } });
    this.#polling = (async () => {
      while (!this.#over) {
        await this.#ask('/connect', connect).catch((error: unknown) => {
          // A connect may come after the goodbye that was sent beside it.
          if (!this.#over) throw error;
        });
      }
    })();
    // Looked at by `disconnect`.
    this.#polling.catch(() => {});
  }

  /** Throws where listening had gone wrong. */
  async disconnect(): Promise<void> {
    this.#over = true;
    await this.#ask('/disconnect', { channel: '/meta/disconnect' });
    await this.#polling;
  }

  async #ask(suffix: string, message: Message): Promise<Message> {
    const { base, headers, suffixes } = this.#options;
    const id = String(++this.#id);
    const clientId = this.#clientId === '' ? {} : { clientId: this.#clientId };
    const answer = await fetch(`${base}/notifications${suffixes ? suffix : ''}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json;charset=UTF-8', ...headers() },
      body: JSON.stringify([{ ...message, ...clientId, id }]),
    });
    if (answer.status !== 200) throw new Error(`${message.channel}: ${answer.status} ${await answer.text()}`);
    const messages = (await answer.json()) as Message[];
    for (const one of messages) if (!one.channel.startsWith('/meta/')) this.told.push(one as unknown as Told);
    const reply = messages.find((one) => one['id'] === id);
    if (reply?.['successful'] !== true) throw new Error(`${message.channel}: ${JSON.stringify(messages)}`);
    return reply;
  }
}
