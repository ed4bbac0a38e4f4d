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
    const answer = await this.#fetch(path, { method, headers, ...text, signal: AbortSignal.timeout(patienceMs) });
    if (answer.status === 204) return null as Answer;
    const said = await answer.text();
    if (!answer.ok) throw new CommandError(exitCodes.no, ...refusal(answer.status, said));
    return JSON.parse(said) as Answer;
  }

  /** All of a collection, page by page. */
  async all<Item>(path: string): Promise<Item[]> {
    const items: Item[] = [];
    let after = '';
    for (;;) {
      const page = await this.ask<{ items: Item[]; next: string | null }>('GET', `${path}?limit=500${after}`);
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
    const answer = await this.#fetch(path, { headers: { ...this.headers(), ...headers }, signal });
    if (!answer.ok || answer.body === null) {
      throw new CommandError(exitCodes.no, ...refusal(answer.status, await answer.text()));
    }
    return answer.body;
  }

  headers(): Record<string, string> {
    return { authorization: this.#authorization };
  }

  async #fetch(path: string, init: RequestInit): Promise<Response> {
    try {
      return await fetch(`${this.url}${path}`, init);
    } catch (error) {
      if (init.signal?.aborted === true) throw error;
      const { cause, message } = error as Error;
      const why = (cause as NodeJS.ErrnoException | undefined)?.code ?? message;
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
