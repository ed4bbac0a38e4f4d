import OAuth2Server from '@node-oauth/oauth2-server';
import { Secret } from '../../base/secret.ts';
import { isGood, type OAuthDirectory } from './apps.ts';
import type { StoredToken } from './token-records.ts';
import { type Issued, lifetimes, type OfCode, type Tokens } from './tokens.ts';

type Client = OAuth2Server.Client;
type User = OAuth2Server.User;
type Token = OAuth2Server.Token;
type Code = OAuth2Server.AuthorizationCode;

/** The user as it goes through the library. */
export interface ModelUser extends User {
  readonly organizationId: number;
  readonly userId: number;
}

const nothing = { secretMatches: (given: Secret) => given.equals('') };

/** `authorize` and `token` of RFC 6749, told what there is: apps of the directory and our tokens. */
export class OAuthModel {
  readonly #directory: OAuthDirectory;
  readonly #tokens: Tokens;
  /** Of the request that the model is made for. */
  readonly #userAgent: string;
  /** The code or refresh token that this request exchanges. */
  #claimed: StoredToken | null = null;

  constructor(directory: OAuthDirectory, tokens: Tokens, userAgent: string) {
    this.#directory = directory;
    this.#tokens = tokens;
    this.#userAgent = userAgent;
  }

  /**
   * `secret` null when an authorization is asked for: then the redirection is what proves the app. Undefined when
   * tokens are asked for with a code_verifier and without a secret, which the library lets clients do that have none;
   * every app of ours has one.
   */
  async getClient(key: string, secret: string | null | undefined): Promise<Client | null> {
    const app = this.#directory.app(key);
    if (secret === undefined) return null;
    // For an app that is not there the same work is done as for one with another secret.
    const matches = secret === null || (app ?? nothing).secretMatches(new Secret(secret));
    if (app === null || !matches) return null;
    if (!app.enabled) throw new OAuth2Server.UnauthorizedClientError('Unauthorized client: the app is disabled');
    const { organizationId, userId, trusted, redirectUris } = app;
    const grants = ['authorization_code', 'refresh_token', ...(trusted ? ['client_credentials'] : [])];
    return { id: key, redirectUris: [...redirectUris], grants, organizationId: Number(organizationId), userId };
  }

  async getUserFromClient(client: Client): Promise<ModelUser | null> {
    const { organizationId, userId } = client as unknown as ModelUser;
    const user = this.#directory.user(String(organizationId), userId);
    return user === null ? null : { organizationId, userId };
  }

  async saveToken(token: Token, client: Client, user: User): Promise<Token> {
    const family = (user['family'] as string | undefined) ?? this.#tokens.newFamily();
    const access = this.#make('access', family, client, user);
    const issued = [access];
    const kept: Token = { ...token, client, user, accessToken: access.text, accessTokenExpiresAt: expiry(access) };
    delete kept.refreshToken;
    delete kept.refreshTokenExpiresAt;
    // RFC 6749 §4.4.3: an app with its own credentials needs no refresh token; §6 for the others.
    if (token.refreshToken !== undefined) {
      const refresh = this.#make('refresh', family, client, user);
      issued.push(refresh);
      kept.refreshToken = refresh.text;
      kept.refreshTokenExpiresAt = expiry(refresh);
    }
    const claimed = this.#claimed;
    this.#claimed = null;
    if (claimed === null) await this.#tokens.keep(issued);
    else if (!(await this.#tokens.exchange(claimed, issued))) {
      throw new OAuth2Server.InvalidGrantError('Invalid grant: it was revoked');
    }
    return kept;
  }

  async saveAuthorizationCode(
    code: Pick<Code, 'authorizationCode' | 'expiresAt' | 'redirectUri' | 'codeChallenge'>,
    client: Client,
    user: User,
  ): Promise<Code> {
    const bound = { redirectUri: code.redirectUri, codeChallenge: code.codeChallenge ?? null };
    const issued = this.#make('code', this.#tokens.newFamily(), client, user, bound);
    await this.#tokens.keep([issued]);
    return { ...code, authorizationCode: issued.text, expiresAt: expiry(issued), client, user };
  }

  async getAuthorizationCode(text: string): Promise<Code | null> {
    const token = await this.#present('code', text);
    if (token === null) return null;
    const { redirectUri, codeChallenge } = token;
    const facts = { authorizationCode: text, expiresAt: new Date(token.expiresAt), redirectUri: redirectUri ?? '' };
    const pkce = codeChallenge === null ? {} : { codeChallenge, codeChallengeMethod: 'S256' };
    return { ...facts, ...pkce, client: clientOf(token), user: userOf(token) };
  }

  async revokeAuthorizationCode(code: Code): Promise<boolean> {
    return this.#claim('code', code.authorizationCode);
  }

  async getRefreshToken(text: string): Promise<OAuth2Server.RefreshToken | null> {
    const token = await this.#present('refresh', text);
    if (token === null) return null;
    const refreshTokenExpiresAt = new Date(token.expiresAt);
    return { refreshToken: text, refreshTokenExpiresAt, client: clientOf(token), user: userOf(token) };
  }

  async revokeToken(token: OAuth2Server.RefreshToken): Promise<boolean> {
    return this.#claim('refresh', token.refreshToken);
  }

  /** Requests are authenticated by `bearer.ts`, from memory. */
  async getAccessToken(): Promise<null> {
    return null;
  }

  /**
   * The request came to no token. Refused after its code was taken (a wrong redirect_uri): the code is used up, so that
   * nobody tries on. A failure of ours: it is good as before.
   */
  async abandon(refused: boolean): Promise<void> {
    const claimed = this.#claimed;
    this.#claimed = null;
    if (claimed === null) return;
    if (refused) await this.#tokens.spend(claimed);
    else this.#tokens.release(claimed);
  }

  async #present(kind: 'code' | 'refresh', text: string): Promise<StoredToken | null> {
    const token = await this.#tokens.present(kind, text);
    return token !== null && isGood(token, this.#directory.app(token.appKey)) ? token : null;
  }

  /** What it is exchanged for replaces it in `saveToken`, in one: before that nothing is lost. */
  #claim(kind: 'code' | 'refresh', text: string): boolean {
    const token = this.#tokens.find(kind, text);
    if (token === null || !this.#tokens.claim(token)) return false;
    this.#claimed = token;
    return true;
  }

  #make(
    kind: 'access' | 'refresh' | 'code',
    family: string,
    client: Client,
    user: User,
    ofCode: Partial<OfCode> = {},
  ): Issued {
    const { organizationId, userId } = user as ModelUser;
    const secretMark = this.#directory.app(client.id)?.secretMark ?? '';
    const who = { appKey: client.id, secretMark, organizationId, userId, userAgent: this.#userAgent };
    return this.#tokens.make(kind, family, who, ofCode);
  }
}

export const accessTokenSeconds = lifetimes.access / 1000;

function expiry({ token }: Issued): Date {
  return new Date(token.expiresAt);
}

function clientOf({ appKey }: StoredToken): Client {
  return { id: appKey, grants: [] };
}

function userOf({ organizationId, userId, family }: StoredToken): ModelUser {
  return { organizationId, userId, family };
}
