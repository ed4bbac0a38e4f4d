import { timingSafeEqual } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AppError } from '../../base/app-error.ts';
import type { Clock } from '../../base/clock.ts';
import type { Random } from '../../base/random.ts';
import { OrganizationShares } from '../organization-shares.ts';
import type { SessionUser } from '../session-logins.ts';

const cookieName = 'partyline_console';
/** Of ids and tokens. */
const idForm = /^[0-9a-f]{64}$/;
const longestHeader = 8192;
/** From the login on, however much it is used. */
export const sessionMs = 12 * 3_600_000;
/**
 * In all, and of one user; what was begun longest ago makes room, of that user or of the organization that has most.
 */
const most = 5000;
const mostOfUser = 32;

export interface AdministratorSession extends SessionUser {
  readonly id: string;
  /** For the page alone, which shows with it that a request is its own. */
  readonly csrfToken: string;
  /** Monotonic ms. */
  readonly until: number;
  /** What the password and the roles were. */
  readonly mark: string;
}

/**
 * Administrators who logged in from a page. In memory: a restart ends them. `markOf` changes with a user's password and
 * roles, and is null without that user.
 */
export class AdministratorSessions {
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #random: Random;
  readonly markOf: (user: SessionUser) => string | null;
  /** What was begun longest ago first. */
  readonly #sessions = new Map<string, AdministratorSession>();

  constructor(clock: Pick<Clock, 'monotonic'>, random: Random, markOf: (user: SessionUser) => string | null) {
    this.#clock = clock;
    this.#random = random;
    this.markOf = markOf;
  }

  begin({ organizationId, userId }: SessionUser): AdministratorSession {
    this.#makeRoom({ organizationId, userId });
    const session: AdministratorSession = {
      id: this.#random.bytes(32).toString('hex'),
      csrfToken: this.#random.bytes(32).toString('hex'),
      organizationId,
      userId,
      until: this.#clock.monotonic() + sessionMs,
      mark: this.markOf({ organizationId, userId }) ?? '',
    };
    this.#sessions.set(session.id, session);
    return session;
  }

  /** Null: there is none, or it is over. */
  of(request: FastifyRequest): AdministratorSession | null {
    for (const id of idsIn(request.headers.cookie)) {
      const session = this.#sessions.get(id);
      if (session === undefined) continue;
      if (session.until > this.#clock.monotonic() && this.markOf(session) === session.mark) return session;
      this.#sessions.delete(id);
    }
    return null;
  }

  end(session: AdministratorSession): void {
    this.#sessions.delete(session.id);
  }

  #makeRoom({ organizationId, userId }: SessionUser): void {
    const all = [...this.#sessions.values()];
    const own = all.filter((one) => one.userId === userId && one.organizationId === organizationId);
    if (own.length >= mostOfUser) this.end(own[0]!);
    else if (all.length >= most) {
      const shares = new OrganizationShares();
      for (const one of all) shares.add(one.organizationId);
      const largest = shares.largest(organizationId);
      const first = all.find((one) => one.organizationId === largest);
      if (first !== undefined) this.end(first);
    }
  }
}

/** Another site can have a browser send the cookie, but not know the token. Throws AppError `forbidden`. */
export function checkCsrf(request: FastifyRequest, { csrfToken }: AdministratorSession): void {
  if (['GET', 'HEAD'].includes(request.method)) return;
  const given = request.headers['x-csrf-token'];
  if (typeof given === 'string' && idForm.test(given)) {
    if (timingSafeEqual(Buffer.from(given), Buffer.from(csrfToken))) return;
  }
  throw new AppError('forbidden', 'A change by cookie needs the csrfToken of the session in the header X-CSRF-Token.');
}

/** Scripts do not see it, and no other site has it sent. */
export function setSessionCookie(request: FastifyRequest, reply: FastifyReply, id: string | null): void {
  const secure = request.protocol === 'https' ? '; Secure' : '';
  const age = id === null ? 0 : sessionMs / 1000;
  reply.header(
    'set-cookie',
    `${cookieName}=${id ?? ''}; Path=/admin; Max-Age=${age}; HttpOnly; SameSite=Strict${secure}`,
  );
}

function idsIn(header: string | undefined): string[] {
  if (header === undefined || header.length > longestHeader) return [];
  return header
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${cookieName}=`))
    .map((pair) => pair.slice(cookieName.length + 1))
    .filter((id) => idForm.test(id))
    .slice(0, 4);
}
