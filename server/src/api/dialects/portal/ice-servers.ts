import { createHmac } from 'node:crypto';
import type { Clock } from '../../../base/clock.ts';
import type { Random } from '../../../base/random.ts';
import type { Secret } from '../../../base/secret.ts';

/** A TURN or STUN server as it is configured: with one login for all, a secret to make logins with, or none. */
export interface ConfiguredTurn {
  readonly urls: readonly string[];
  readonly username: string | null;
  readonly password: Secret | null;
  readonly secret: Secret | null;
  readonly lifetimeMs: number;
}

/** As a browser takes it (`RTCIceServer`). */
export interface IceServer {
  readonly urls: readonly string[];
  readonly username?: string;
  readonly credential?: string;
}

/** Random bytes that tell one login from another: the TURN server has no use for who it is, or where it goes. */
const nameBytes = 9;

/** What browsers are told to find a way by, where they cannot reach us themselves. */
export class IceServers {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #configured: readonly ConfiguredTurn[];

  constructor(clock: Clock, random: Random, configured: readonly ConfiguredTurn[]) {
    this.#clock = clock;
    this.#random = random;
    this.#configured = configured;
  }

  /**
   * For one browser. Logins made with a secret are good for its lifetime: the name is when they end and something
   * random, the password its HMAC-SHA1 in base64 (draft-uberti-behave-turn-rest-00, which TURN servers know as a shared
   * secret).
   */
  fresh(): IceServer[] {
    return this.#configured.map(({ urls, username, password, secret, lifetimeMs }) => {
      if (secret !== null) {
        const own = this.#random.bytes(nameBytes).toString('base64url');
        const name = `${Math.floor((this.#clock.now() + lifetimeMs) / 1000)}:${own}`;
        return { urls, username: name, credential: createHmac('sha1', secret.reveal()).update(name).digest('base64') };
      }
      return username === null || password === null ? { urls } : { urls, username, credential: password.reveal() };
    });
  }

  /** The values of `Link` (RFC 9725 §4.6), one for each address. */
  freshLinks(): string[] {
    return this.fresh().flatMap(({ urls, username, credential }) => {
      const login =
        username === undefined
          ? ''
          : `; username="${username}"; credential="${credential}"; credential-type="password"`;
      return urls.map((url) => `<${url}>; rel="ice-server"${login}`);
    });
  }
}
