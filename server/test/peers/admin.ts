import { administrator } from './partyline.ts';

export interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
  readonly headers: Headers;
}

interface Login {
  readonly login: string;
  readonly password: string;
}

/** The administration of a server, as somebody who has this login asks it. */
export class AdminApi {
  readonly #base: string;
  readonly #authorization: string;

  constructor({ httpPort }: { readonly httpPort: number }, { login, password }: Login = administrator) {
    this.#base = `http://127.0.0.1:${httpPort}/admin/v1`;
    this.#authorization = `Basic ${Buffer.from(`${login}:${password}`).toString('base64')}`;
  }

  get(path: string): Promise<Answer> {
    return this.ask('GET', path);
  }

  post(path: string, body: object, headers: Record<string, string> = {}): Promise<Answer> {
    return this.ask('POST', path, body, headers);
  }

  patch(path: string, body: object): Promise<Answer> {
    return this.ask('PATCH', path, body);
  }

  remove(path: string): Promise<Answer> {
    return this.ask('DELETE', path);
  }

  /** What a stream of Server-Sent Events tells, until who reads it has enough. */
  async *events<Event>(path: string): AsyncGenerator<Event> {
    const response = await fetch(`${this.#base}${path}`, { headers: { authorization: this.#authorization } });
    let rest = '';
    for await (const text of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      const blocks = `${rest}${text}`.split('\n\n');
      rest = blocks.pop() ?? '';
      for (const block of blocks) {
        const data = /^data: (.*)$/m.exec(block)?.[1];
        if (data !== undefined) yield JSON.parse(data) as Event;
      }
    }
  }

  async ask(method: string, path: string, body?: object, more: Record<string, string> = {}): Promise<Answer> {
    const headers = {
      authorization: this.#authorization,
      ...(body && { 'content-type': 'application/json' }),
      ...more,
    };
    const response = await fetch(`${this.#base}${path}`, {
      method,
      headers,
      ...(body && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, body: text === '' ? {} : JSON.parse(text), headers: response.headers };
  }
}
