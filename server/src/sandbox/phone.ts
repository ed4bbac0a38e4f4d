import type { HostPort } from '../base/host-port.ts';
import type { Log } from '../base/log.ts';
import { Secret } from '../base/secret.ts';
import { SandboxCarrier } from './carrier.ts';
import type { SandboxCall } from './sandbox-call.ts';

export interface SandboxPhoneOptions {
  /** Where the server listens for SIP. */
  readonly server: HostPort;
  /** Of an extension of the type `terminal`, short (`15000`) or extended (`0003*15000`). */
  readonly number: string;
  readonly password: string;
  /** The address of this machine to call from. Default 127.0.0.1. */
  readonly address?: string;
  readonly log?: Log;
}

/** A telephone of an extension: registered until closed, rings when the extension is called, and calls as it. */
export class SandboxPhone {
  readonly number: string;
  readonly #password: Secret;
  readonly #line: SandboxCarrier;

  private constructor(number: string, password: Secret, line: SandboxCarrier) {
    this.number = number;
    this.#password = password;
    this.#line = line;
  }

  /** Rejects with AppError `unauthenticated` for a wrong password, `unavailable` when the server does not answer. */
  static async register(options: SandboxPhoneOptions): Promise<SandboxPhone> {
    const { number, password, server, address = '127.0.0.1', log } = options;
    const bind = { address, port: 0 };
    const line = await SandboxCarrier.start({ server, bind, behaviours: false, ...(log === undefined ? {} : { log }) });
    try {
      await line.register(number, password);
    } catch (error) {
      await line.close();
      throw error;
    }
    return new SandboxPhone(number, new Secret(password), line);
  }

  /** Calls whatever this extension may dial. */
  dial(target: string): SandboxCall {
    const credentials = { username: this.number, password: this.#password };
    return this.#line.dial(target, { from: this.number, credentials });
  }

  /** The next call to this phone, which is then to be answered or refused. Ask before it comes. */
  expectCall(withinMs?: number): Promise<SandboxCall> {
    return this.#line.expectCall(undefined, withinMs);
  }

  /** Hangs up and leaves. Idempotent. */
  close(): Promise<void> {
    return this.#line.close();
  }
}
