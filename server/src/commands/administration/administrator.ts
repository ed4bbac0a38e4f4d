import { availableParallelism } from 'node:os';
import type { Config } from '../../config/config.ts';
import { loadConfig } from '../../config/load-config.ts';
import { type CommandContext, CommandError, exitCodes } from '../command.ts';

/** Said by every command that asks a running server. */
export const connectionHelp = `  --url URL        of the server: PARTYLINE_URL, else as the configuration says
  --login LOGIN    of an administrator: PARTYLINE_LOGIN, and its password PARTYLINE_PASSWORD; else the first one that
                   the configuration has with a password`;

export const connectionOptions = { url: { type: 'string' }, login: { type: 'string' } } as const;

interface Named {
  readonly url?: string | undefined;
  readonly login?: string | undefined;
}

const patienceMs = 30_000;
/** By OpenSSL and Node.js: what is wrong with a certificate, or with the name in it. */
const notTrusted = /CERT|^UNABLE_TO_|_SELF_SIGNED_/;

/** A running server, asked over its administration API. */
export class Administrator {
  readonly url: string;
  readonly #authorization: string;

  private constructor(url: string, login: string, password: string) {
    this.url = url;
    this.#authorization = `Basic ${Buffer.from(`${login}:${password}`).toString('base64')}`;
  }

  /** Throws CommandError when nobody is known to ask as, ConfigError. */
  static of({ url, login }: Named, { env, folder }: CommandContext): Administrator {
    const loginNamed = login ?? (env['PARTYLINE_LOGIN'] || undefined);
    const urlNamed = url ?? (env['PARTYLINE_URL'] || undefined);
    const password = env['PARTYLINE_PASSWORD'] || undefined;
    const known = urlNamed !== undefined && loginNamed !== undefined && password !== undefined;
    const config = known ? null : loadConfig({ args: [], env, folder, cores: availableParallelism() });
    const account = accountOf(config, loginNamed, password);
    const where = urlNamed ?? addressOf(config!);
    if (!/^https?:\/\/[^\s]+$/.test(where)) {
      const next = urlNamed === undefined ? 'correct http.publicUrl in the configuration' : 'name it so';
      throw new CommandError(exitCodes.usage, `--url is http://HOST:PORT, not "${where.slice(0, 100)}"`, next);
    }
    return new Administrator(where.replace(/\/+$/, ''), account.login, account.password);
  }

  /** The parsed answer; null for one without content. Throws CommandError. */
  async ask<Answer>(method: string, path: string, body?: object): Promise<Answer> {
    const headers = { ...this.headers(), ...(body === undefined ? {} : { 'content-type': 'application/json' }) };
    const text = body === undefined ? {} : { body: JSON.stringify(body) };
    const signal = AbortSignal.timeout(patienceMs);
    const [answer, said] = await this.#reached(signal, async () => {
      const got = await this.#fetch(path, { method, headers, ...text, signal });
      return [got, await got.text()] as const;
    });
    if (answer.status === 204) return null as Answer;
    if (!answer.ok) throw new CommandError(exitCodes.no, ...refusal(answer.status, said));
    try {
      return JSON.parse(said) as Answer;
    } catch {
      throw this.#anotherServer();
    }
  }

  /** All of a collection, page by page. */
  async all<Item>(path: string): Promise<Item[]> {
    const items: Item[] = [];
    let after = '';
    for (;;) {
      const page = await this.ask<{ items: Item[]; next: string | null }>('GET', `${path}?limit=500${after}`);
      if (!Array.isArray(page.items)) throw this.#anotherServer();
      items.push(...page.items);
      if (page.next === null) return items;
      after = `&after=${encodeURIComponent(page.next)}`;
    }
  }

  /** A stream that goes on until `signal`. Throws CommandError when it does not begin. */
  async stream(
    path: string,
    headers: Record<string, string>,
    signal: AbortSignal,
  ): Promise<ReadableStream<Uint8Array>> {
    const init = { headers: { ...this.headers(), ...headers }, signal };
    const answer = await this.#reached(signal, () => this.#fetch(path, init));
    if (!answer.ok || answer.body === null) {
      throw new CommandError(exitCodes.no, ...refusal(answer.status, await answer.text()));
    }
    if (answer.headers.get('content-type')?.startsWith('text/event-stream') !== true) throw this.#anotherServer();
    return answer.body;
  }

  headers(): Record<string, string> {
    return { authorization: this.#authorization };
  }

  #anotherServer(): CommandError {
    return new CommandError(exitCodes.no, `what answers at ${this.url} is no Partyline`, 'correct --url');
  }

  async #fetch(path: string, init: RequestInit): Promise<Response> {
    const answer = await fetch(`${this.url}${path}`, { ...init, redirect: 'manual' });
    const to = answer.headers.get('location');
    if (answer.status < 300 || answer.status > 399 || to === null) return answer;
    // Followed, it would lose the password on the way to another address.
    throw new CommandError(exitCodes.no, `${this.url} leads on to ${to}`, 'name that with --url');
  }

  /** What kept an answer away, in words; not that `signal` was given by who wanted to end. */
  async #reached<Answer>(signal: AbortSignal, work: () => Promise<Answer>): Promise<Answer> {
    try {
      return await work();
    } catch (error) {
      const { cause, message, name } = error as Error;
      if (error instanceof CommandError || (signal.aborted && name !== 'TimeoutError')) throw error;
      if (name === 'TimeoutError') {
        const next = 'what its log and /healthz say of it may help';
        throw new CommandError(
          exitCodes.unreachable,
          `${this.url} has not answered within ${patienceMs / 1000} s`,
          next,
        );
      }
      const why = (cause as NodeJS.ErrnoException | undefined)?.code ?? message;
      if (notTrusted.test(why)) {
        const next = 'name it as its certificate does (--url), or who made that in NODE_EXTRA_CA_CERTS';
        throw new CommandError(exitCodes.unreachable, `the certificate of ${this.url} is not taken (${why})`, next);
      }
      const next = 'is it running (partyline start), and is --url right?';
      throw new CommandError(exitCodes.unreachable, `no server answers at ${this.url} (${why})`, next);
    }
  }
}

function accountOf(config: Config | null, login: string | undefined, password: string | undefined) {
  if (login !== undefined && password !== undefined) return { login, password };
  for (const user of config?.organizations?.flatMap((one) => one.users) ?? []) {
    const may = user.roles.some((role) => (role as string) === 'administrator' || (role as string) === 'operator');
    if (!may || user.login === null || user.password === null) continue;
    if (login === undefined || user.login === login) return { login: user.login, password: user.password.reveal() };
  }
  throw new CommandError(
    exitCodes.usage,
    `the password of ${login ?? 'an administrator'} is not in the configuration`,
    'set PARTYLINE_LOGIN and PARTYLINE_PASSWORD',
  );
}

function addressOf({ http }: Config): string {
  if (http.publicUrl !== null && http.tls !== null) return http.publicUrl;
  const host = http.host === '0.0.0.0' ? '127.0.0.1' : http.host === '::' ? '::1' : http.host;
  return `${http.tls === null ? 'http' : 'https'}://${host.includes(':') ? `[${host}]` : host}:${http.port}`;
}

/** What the server said, with what to do where we know better than it; its messages say it themselves. */
function refusal(status: number, text: string): readonly [what: string, next: string | null] {
  const said = messageIn(text);
  const what = (said ?? `status ${status}`).replace(/\.$/, '');
  if (status === 401) return [what, 'set PARTYLINE_LOGIN and PARTYLINE_PASSWORD to those of an administrator'];
  if (status === 403) return [what, 'the login needs the role administrator'];
  if (status === 404) return [what, 'partyline users and partyline conferences list what there is'];
  if (status === 429) return [what, 'try again in a minute'];
  return [what, said === null ? 'is --url that of Partyline? Its log says more' : null];
}

function messageIn(text: string): string | null {
  try {
    return (JSON.parse(text) as { error?: { message?: string } }).error?.message ?? null;
  } catch {
    return null;
  }
}
