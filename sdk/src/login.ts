import { Authentication, InvalidCredentialsEvent, ServerInfo } from './config.ts';
import { emit, isHeard } from './listeners.ts';
import type { PhoneLogin } from './phone/phone-socket.ts';
import { scriptOrigin } from './script-origin.ts';

// biome-ignore lint/suspicious/noExplicitAny: applications give parts of it, of whatever kind
export type Given = Record<string, any>;

const invalid = 'InvalidCredentialsCallback';

/** The server, as configured; null: it is not. */
export function gatewayOf(conf: Given): string | null {
  const rest = conf['sgConfiguration']?.networkProviderConfiguration?.restConfig as Partial<ServerInfo> | undefined;
  const host = rest?.hostName ?? rest?.hostname;
  if (rest === undefined || typeof host !== 'string' || host === '') return null;
  return new ServerInfo(host, rest.port, rest.isSecure !== false).getUrl(false);
}

/** What a token of the application is good for: to say who asks, or for one call (that of a gateway). */
export interface GivenToken {
  readonly authorization: string | null;
  readonly call: string | null;
}

export function tokenOf(provider: Given | null | undefined): GivenToken {
  const { token, bearer } = provider ?? {};
  if (typeof token !== 'string' || token === '') return { authorization: null, call: null };
  if (bearer === Authentication.TokenType.ESGTOKEN) return { authorization: null, call: token };
  return { authorization: `UPToken ${token}`, call: null };
}

export function providerOf(conf: Given): Given | null | undefined {
  return conf['sgConfiguration']?.credentialProvider as Given | null | undefined;
}

/**
 * Login and password, as the application's provider gives them when it is asked, or the token of a login; null: it is a
 * guest.
 */
async function loginOf(conf: Given, provider: Given | null | undefined): Promise<PhoneLogin | null> {
  if (provider == null || provider['isGuest'] === true || conf['sgConfiguration'].enabled === false) return null;
  if (conf['callUserConfiguration']?.incomingCall === false) return null;
  const base = gatewayOf(conf) ?? scriptOrigin;
  const where = base === null ? {} : { base };
  const { authorization } = tokenOf(provider);
  if (authorization !== null) return { authorization, ...where };
  const given = await new Promise<Given | null | undefined>((answer) => {
    if (typeof provider['onAuthenticationChallenge'] !== 'function' || provider['token'] !== undefined) {
      answer(provider);
      return;
    }
    provider['onAuthenticationChallenge']({}, answer);
  });
  const { username, password } = given ?? {};
  if (typeof username !== 'string' || username === '' || typeof password !== 'string' || password === '') return null;
  return { login: username, password, ...where };
}

/** Signing in with what the application's provider gives, as often as it is to be tried again. */
export class Login {
  readonly #conf: Given;
  #cancel: () => void = () => {};

  constructor(conf: Given) {
    this.#conf = conf;
  }

  /**
   * `signIn` rejects with an error of `code` `loginWrong` where it is. Whoever listens for that decides whether it is
   * tried again, and with what; where nobody does, and for all else, it rejects as that does.
   */
  async begin(signIn: (login: PhoneLogin) => Promise<void>): Promise<void> {
    let provider = providerOf(this.#conf);
    let asked = provider;
    for (let failures = 1; ; failures++) {
      // The application may never answer, as its user has given up.
      const cancelled = new Promise<null>((resolve) => {
        this.#cancel = () => resolve(null);
      });
      const login = await Promise.race([loginOf(this.#conf, provider), cancelled]);
      if (login === null) return;
      try {
        await signIn(login);
        return;
      } catch (error) {
        if ((error as { code?: unknown }).code !== 'loginWrong') throw error;
        // Who was given instead may be listened to by nobody.
        asked = [provider, asked].find((one) => one != null && isHeard(one, invalid));
        if (asked == null) throw error;
        const next = await this.#decision(asked, failures);
        if (next === null) throw error;
        provider = next;
      }
    }
  }

  /** Nobody answers, or decides, any more. Idempotent. */
  cancel(): void {
    this.#cancel();
  }

  /** What it is to be tried with next; null: it is not. */
  #decision(provider: Given, failures: number): Promise<Given | null> {
    return new Promise((decide) => {
      this.#cancel = () => decide(null);
      const retry = (other: unknown) => decide((other as Given | null | undefined) ?? provider);
      emit(provider, invalid, new InvalidCredentialsEvent(failures, retry, this.#cancel));
    });
  }
}
