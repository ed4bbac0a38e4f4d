import { errors, jwtVerify, SignJWT } from 'jose';
import { type Clock, steadyClock } from '../../../base/clock.ts';
import { newId } from '../../../base/id.ts';
import type { Random } from '../../../base/random.ts';
import type { IceServer } from './ice-servers.ts';

/** What a conference token entitles to: to come in once, under this name. */
export interface ConferenceTicket {
  readonly meetingId: string;
  /** Whose meeting ID it is: another conference may have it by the time that somebody comes. */
  readonly conferenceId: string;
  readonly name: string;
  /** Null: a passcode is still to be given. */
  readonly role: 'participant' | 'moderator' | null;
  /** Who is logged in. */
  readonly login: string | null;
}

export interface PortalLogin {
  readonly organizationId: string;
  readonly userId: number;
  readonly login: string;
  readonly name: string;
}

export type Redeemed =
  | { readonly result: 'valid'; readonly ticket: ConferenceTicket; readonly use: () => boolean }
  | { readonly result: 'missing' | 'invalid' | 'expired' | 'used' };

const conferenceTokenS = 5 * 60;
const loginTokenS = 12 * 3600;
const audiences = { conference: 'conference', login: 'login' } as const;
const mostRemembered = 200_000;

/**
 * Tokens of the portal: JSON Web Tokens (RFC 7519) signed with a key that lives as long as the process, so that what
 * was used or taken back need be remembered no longer either. A conference token can be used once, a login token until
 * it is taken back.
 */
export class PortalTokens {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #key: Uint8Array;
  readonly #markOf: (user: PortalLogin) => string | null;
  /** Token id → until when it would have been good, s since the epoch. Used, or taken back. The oldest first. */
  readonly #spent = new Map<string, number>();

  /** `markOf`: changes with the password of a user, and is null without that user; with it a login is over. */
  constructor(clock: Clock, random: Random, markOf: (user: PortalLogin) => string | null) {
    this.#markOf = markOf;
    this.#clock = steadyClock(clock);
    this.#random = random;
    this.#key = Uint8Array.from(random.bytes(32));
  }

  /** `issuer`: where it can be used, scheme and host. `iceServers`: for whoever reads it to find a way there. */
  forConference(issuer: string, ticket: ConferenceTicket, iceServers: readonly IceServer[] = []): Promise<string> {
    const { meetingId, ...claims } = ticket;
    const ways = iceServers.length > 0 ? { iceServers } : {};
    return this.#sign(issuer, audiences.conference, conferenceTokenS, meetingId, { ...claims, ...ways });
  }

  async forLogin(issuer: string, login: PortalLogin): Promise<{ readonly token: string; readonly expiresAt: number }> {
    const token = await this.#sign(issuer, audiences.login, loginTokenS, login.login, {
      ...login,
      mark: this.#markOf(login),
    });
    return { token, expiresAt: (this.#nowS() + loginTokenS) * 1000 };
  }

  async redeem(token: string | null): Promise<Redeemed> {
    const read = await this.#read(token, audiences.conference);
    if (read.payload === undefined) return { result: read.result };
    const { sub = '', conferenceId, name, role, login, jti = '', exp = 0 } = read.payload;
    const ticket: ConferenceTicket = {
      meetingId: sub,
      conferenceId: String(conferenceId),
      name: String(name),
      role: role === 'moderator' || role === 'participant' ? role : null,
      login: typeof login === 'string' ? login : null,
    };
    const use = () => {
      if (this.#spent.has(jti)) return false;
      this.#spend(jti, exp);
      return true;
    };
    return { result: 'valid', ticket, use };
  }

  async login(token: string | null): Promise<PortalLogin | 'missing' | 'invalid' | 'expired'> {
    const read = await this.#read(token, audiences.login);
    if (read.payload === undefined) return read.result === 'used' ? 'invalid' : read.result;
    const { organizationId, userId, login, name, mark } = read.payload;
    const who = {
      organizationId: String(organizationId),
      userId: Number(userId),
      login: String(login),
      name: String(name),
    };
    return typeof mark === 'string' && mark === this.#markOf(who) ? who : 'invalid';
  }

  /** A login token is good for nothing from now on. */
  async takeBack(token: string): Promise<void> {
    const read = await this.#read(token, audiences.login);
    if (read.payload !== undefined) this.#spend(read.payload.jti ?? '', read.payload.exp ?? 0);
  }

  #sign(issuer: string, audience: string, seconds: number, subject: string, claims: Record<string, unknown>) {
    const now = this.#nowS();
    return new SignJWT(claims)
      .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
      .setIssuer(issuer)
      .setAudience(audience)
      .setSubject(subject)
      .setJti(newId(this.#random))
      .setIssuedAt(now)
      .setExpirationTime(now + seconds)
      .sign(this.#key);
  }

  async #read(token: string | null, audience: string) {
    if (token === null || token === '') return { result: 'missing' } as const;
    if (token.length > 4096) return { result: 'invalid' } as const;
    try {
      const currentDate = new Date(this.#clock.now());
      const { payload } = await jwtVerify(token, this.#key, { algorithms: ['HS256'], audience, currentDate });
      if (this.#spent.has(payload.jti ?? '')) return { result: 'used' } as const;
      return { payload };
    } catch (error) {
      return { result: error instanceof errors.JWTExpired ? 'expired' : 'invalid' } as const;
    }
  }

  #spend(jti: string, exp: number): void {
    const now = this.#nowS();
    for (const [known, until] of this.#spent) {
      if (until > now && this.#spent.size < mostRemembered) break;
      this.#spent.delete(known);
    }
    this.#spent.set(jti, exp);
  }

  #nowS(): number {
    return Math.floor(this.#clock.now() / 1000);
  }
}
