import type OAuth2Server from '@node-oauth/oauth2-server';
import { Secret } from '../../base/secret.ts';
import type { OAuthDirectory } from './apps.ts';
import type { StoredToken } from './token-store.ts';
import { type Issued, lifetimes, type Tokens } from './tokens.ts';

type Client = OAuth2Server.Client;
type User = OAuth2Server.User;
type Token = OAuth2Server.Token;
type Code = OAuth2Server.AuthorizationCode;

/** The user as it goes through the library. */
export interface ModelUser extends User {
  readonly organizationId: number;
  readonly userId: number;
}

/** `authorize` and `token` of RFC 6749, told what there is: apps of the directory and our tokens. */
export class OAuthModel {
  readonly #directory: OAuthDirectory;
  readonly #tokens: Tokens;
  /** Of the request that the model is made for. */
  readonly #userAgent: string;

  constructor(directory: OAuthDirectory, tokens: Tokens, userAgent: string) {
    this.#directory = directory;
    this.#tokens = tokens;
    this.#userAgent = userAgent;
  }

  /** `secret` null when an authorization is asked for: then the redirection is what proves the app. */
  async getClient(key: string, secret: string | null): Promise<Client | null> {
    const app = this.#directory.app(key);
    if (app === null || (secret !== null && !app.secretMatches(new Secret(secret)))) return null;
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
    await this.#tokens.keep(issued);
    return kept;
  }

  async saveAuthorizationCode(
    code: Pick<Code, 'authorizationCode' | 'expiresAt' | 'redirectUri'>,
    client: Client,
    user: User,
  ): Promise<Code> {
    const issued = this.#make('code', this.#tokens.newFamily(), client, user, code.redirectUri);
    await this.#tokens.keep([issued]);
    return { ...code, authorizationCode: issued.text, expiresAt: expiry(issued), client, user };
  }

  async getAuthorizationCode(text: string): Promise<Code | null> {
    const token = await this.#present('code', text);
    if (token === null) return null;
    const { redirectUri } = token;
    const facts = { authorizationCode: text, expiresAt: new Date(token.expiresAt), redirectUri: redirectUri ?? '' };
    return { ...facts, client: clientOf(token), user: userOf(token) };
  }

  async revokeAuthorizationCode(code: Code): Promise<boolean> {
    return this.#use('code', code.authorizationCode);
  }

  async getRefreshToken(text: string): Promise<OAuth2Server.RefreshToken | null> {
    const token = await this.#present('refresh', text);
    if (token === null) return null;
    const refreshTokenExpiresAt = new Date(token.expiresAt);
    return { refreshToken: text, refreshTokenExpiresAt, client: clientOf(token), user: userOf(token) };
  }

  async revokeToken(token: OAuth2Server.RefreshToken): Promise<boolean> {
    return this.#use('refresh', token.refreshToken);
  }

  /** Requests are authenticated by `bearer.ts`, from memory. */
  async getAccessToken(): Promise<null> {
    return null;
  }

  /** What was used before is being used by a second party: nothing that came of it is good any more (RFC 9700 §4.14.2). */
  async #present(kind: 'code' | 'refresh', text: string): Promise<StoredToken | null> {
    const family = this.#tokens.usedBefore(text);
    if (family !== null) await this.#tokens.revokeFamily(family);
    const token = this.#tokens.find(kind, text);
    return token === null || this.#tokens.isExpired(token) ? null : token;
  }

  async #use(kind: 'code' | 'refresh', text: string): Promise<boolean> {
    const token = this.#tokens.find(kind, text);
    return token !== null && (await this.#tokens.use(token));
  }

  #make(kind: StoredToken['kind'], family: string, client: Client, user: User, redirectUri?: string): Issued {
    const { organizationId, userId } = user as ModelUser;
    const who = { appKey: client.id, organizationId, userId, userAgent: this.#userAgent };
    return this.#tokens.make(kind, family, who, redirectUri ?? null);
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
