/**
 * The sandbox for tests of one's own project: a whole Partyline on free ports, a telephone network in this process, and
 * telephones that do what a test says. See README.md.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SandboxCarrier } from '../../server/src/sandbox/carrier.ts';
import { SandboxPhone } from '../../server/src/sandbox/phone.ts';
import type { SandboxCall } from '../../server/src/sandbox/sandbox-call.ts';
import { type Logins, logins, sandboxConfiguration } from './configuration.ts';
import { Product, promptsFolder } from './product.ts';

export type { Playable, SandboxCall, SandboxCallEnd, SandboxCallState } from '../../server/src/sandbox/sandbox-call.ts';
export type { Logins } from './configuration.ts';

export interface SandboxOptions {
  /** Equal seeds lose and delay the same packets of the same calls. Default 1. */
  readonly seed?: number;
  /**
   * Keys of partyline.yaml (docs/configuration.md) in place of the sandbox's, section by section: `{ limits: {
   * pinAttempts: 5 } }`. Ports, trunk and dial plan are the sandbox's.
   */
  readonly config?: Readonly<Record<string, unknown>>;
  /** Numbers that nobody expects behave by the table in docs/sandbox.md (default), or are refused with 404. */
  readonly behaviours?: boolean;
  /** Told of each line of the server's log (JSON). */
  readonly onLog?: (line: string) => void;
  /** How long the start may take. Default 60 s. */
  readonly withinMs?: number;
}

/** Starts the product, ready to take calls. Rejects with what it said when it cannot. */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const { seed = 1, config = {}, behaviours = true, onLog, withinMs = 60_000 } = options;
  const folder = mkdtempSync(join(tmpdir(), 'partyline-sandbox-'));
  let carrier: SandboxCarrier | null = null;
  try {
    // It learns where the server listens when that is known: the server has to know first where the carrier does.
    const server = { address: '127.0.0.1', port: 0 };
    carrier = await SandboxCarrier.start({ seed, behaviours, promptsFolder, server });
    const made = logins();
    const file = join(folder, 'partyline.yaml');
    // JSON is YAML.
    writeFileSync(file, JSON.stringify(await sandboxConfiguration(made, carrier.uri, config), null, 2), {
      mode: 0o600,
    });
    const product = await Product.start({ file, data: join(folder, 'data'), withinMs, ...(onLog ? { onLog } : {}) });
    server.port = product.sipPort;
    return new Sandbox({ folder, carrier, product, logins: made });
  } catch (error) {
    await carrier?.close();
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}

interface SandboxParts {
  readonly folder: string;
  readonly carrier: SandboxCarrier;
  readonly product: Product;
  readonly logins: Logins;
}

/** A running server with an organization to play with, and the telephone network around it. */
export class Sandbox {
  /** Administrator, telephones, conferences and app, with their passwords and PINs. */
  readonly logins: Logins;
  readonly #parts: SandboxParts;
  readonly #phones: SandboxPhone[] = [];
  #token: string | null = null;

  /** @internal Use `startSandbox`. */
  constructor(parts: SandboxParts) {
    this.#parts = parts;
    this.logins = parts.logins;
  }

  /** E.g. `http://127.0.0.1:41234`. */
  get url(): string {
    return this.#parts.product.url;
  }

  /** Where telephones register: `127.0.0.1:PORT`, UDP and TCP. */
  get sip(): string {
    return `127.0.0.1:${this.#parts.product.sipPort}`;
  }

  /**
   * The next call to a number outside (any when left out), which the test then rings, answers or refuses. Ask before it
   * comes. Rejects when none came within `withinMs` (a minute).
   */
  expectCall(number?: string, withinMs?: number): Promise<SandboxCall> {
    return this.#parts.carrier.expectCall(number, withinMs);
  }

  /** Calls into the sandbox from outside: a public number, or a conference (`211*4`). */
  dial(number: string, options: { readonly from?: string; readonly name?: string } = {}): SandboxCall {
    return this.#parts.carrier.dial(number, options);
  }

  /** A telephone of the organization, registered: of `logins.phones` by its number, the first when left out. */
  async phone(number: string = this.logins.phones[0]!.number): Promise<SandboxPhone> {
    const account = this.logins.phones.find((one) => one.number === number);
    if (account === undefined) throw new Error(`There is no phone ${number}; there are ${this.#numbers()}.`);
    const server = { address: '127.0.0.1', port: this.#parts.product.sipPort };
    const phone = await SandboxPhone.register({ server, ...account });
    this.#phones.push(phone);
    return phone;
  }

  /** An access token of the app, for `Authorization: Bearer`; fetched once. */
  async token(): Promise<string> {
    if (this.#token !== null) return this.#token;
    const { key, secret } = this.logins.app;
    const body = new URLSearchParams({ grant_type: 'client_credentials', client_id: key, client_secret: secret });
    const answer = await fetch(`${this.url}/oauth/token.php`, { method: 'POST', body });
    const { access_token: token } = (await answer.json()) as { access_token?: string };
    if (token === undefined) throw new Error(`no token: ${answer.status}`);
    this.#token = token;
    return token;
  }

  /** `fetch` of a path of the server, as the app; a `body` that is an object goes as JSON. */
  async request(path: string, init: Omit<RequestInit, 'body'> & { body?: unknown } = {}): Promise<Response> {
    const { body, headers, ...rest } = init;
    const all = new Headers(headers);
    if (!all.has('authorization')) all.set('authorization', `Bearer ${await this.token()}`);
    if (body !== undefined && !all.has('content-type')) all.set('content-type', 'application/json');
    const method = rest.method ?? (body === undefined ? 'GET' : 'POST');
    const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
    return fetch(`${this.url}${path}`, {
      ...rest,
      method,
      headers: all,
      ...(text === undefined ? {} : { body: text }),
    });
  }

  /** Everything is hung up, ended and removed. Idempotent. */
  async close(): Promise<void> {
    await Promise.all(this.#phones.map((phone) => phone.close()));
    await this.#parts.carrier.close();
    await this.#parts.product.close();
    rmSync(this.#parts.folder, { recursive: true, force: true });
  }

  #numbers(): string {
    return this.logins.phones.map(({ number }) => number).join(', ');
  }
}

export type { SandboxPhone } from '../../server/src/sandbox/phone.ts';
