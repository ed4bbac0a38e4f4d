import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { AppError } from '../../../base/app-error.ts';
import type { Clock } from '../../../base/clock.ts';
import { RateLimit } from '../../../base/rate-limit.ts';
import { sourceKey } from '../../../base/source-key.ts';
import type { Directory } from '../../../directory/directory.ts';
import { bearer } from '../../oauth/bearer.ts';
import type { BrowserDoor } from '../dialect.ts';
import { readIceFragment } from './ice-fragment.ts';
import type { IceServers } from './ice-servers.ts';
import { allowAnyOrigin } from './plugin.ts';
import type { PortalTokens } from './portal-tokens.ts';
import { Problem } from './problem.ts';
import type { Session, Sessions } from './sessions.ts';
import { tellProblem } from './whip-problem.ts';

export interface WhipParts {
  readonly clock: Clock;
  readonly directory: Directory;
  readonly browsers: BrowserDoor;
  readonly tokens: PortalTokens;
  readonly sessions: Sessions;
  readonly iceServers: IceServers;
  readonly baseOf: (request: FastifyRequest) => string;
}

interface Offered {
  readonly session: Session;
  /** Of the ICE session that the answer is of. */
  readonly etag: string;
  /** SDP. */
  readonly answer: string;
}

/** In place of a token: whose call it is. */
const sessionId = /^[0-9a-f]{32}$/;
const fragmentType = 'application/trickle-ice-sdpfrag';
/** By which clients know that candidates, and restarts of ICE, are taken (RFC 5789 §3.1). */
const acceptsPatch = { 'accept-patch': fragmentType };
const bodyLimit = 64 * 1024;
/** Offers of one address: a company behind one address starts a meeting at once. */
const offersPerSecond = 10;
const offersBurst = 100;
const longestAtDoorMs = 5 * 60_000;
const methods = 'GET, POST, PATCH, DELETE, OPTIONS';
/** What the door and a session can be asked (RFC 9725 §4.2, §4.3): the rest is kept for later versions of WHIP. */
const allowed = { door: 'OPTIONS, POST', session: 'DELETE, OPTIONS, PATCH' } as const;
/**
 * Where a browser talks and listens (RFC 9725), and where it listens alone (draft-ietf-wish-whep): the same but for the
 * direction.
 */
const doors = [
  { path: '/whip', listens: false },
  { path: '/whep', listens: true },
] as const;
const hidden = { schema: { hide: true } as object, config: { secretPath: true } };

/** WHIP (RFC 9725): a browser, or any client of it, talks into a conference. docs/protocols/webrtc.md. */
export function registerWhip(app: FastifyInstance, parts: WhipParts): void {
  const { clock } = parts;
  const offers = new RateLimit({ perSecond: offersPerSecond, burst: offersBurst });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'string', bodyLimit }, (_request, text, done) => done(null, text));
  app.addHook('onRequest', (_request, reply, next) => {
    allowAnyOrigin(reply, methods, 'Location, ETag, Link, Accept-Patch, Retry-After');
    next();
  });
  app.setErrorHandler(tellProblem);
  const asked = new RateLimit({ perSecond: offersPerSecond, burst: offersBurst });
  const options = async (request: FastifyRequest, reply: FastifyReply) => {
    const token = bearer(request.headers.authorization);
    // A browser that asks before it offers shows no token, and costs nothing.
    if (token !== null && !asked.admit(request.ip, clock.monotonic())) {
      throw new Problem(429, 'tooManyOffers', 'Too many requests from this address.', 1);
    }
    const redeemed = await parts.tokens.redeem(token);
    if (redeemed.result === 'valid') link(reply, parts.iceServers);
    return reply
      .code(204)
      .headers({ 'accept-post': 'application/sdp', ...acceptsPatch })
      .send();
  };
  for (const door of doors) {
    app.options(door.path, hidden, options);
    app.options(`${door.path}/*`, hidden, options);
    refuseOtherMethods(app, door.path);
    registerDoor(app, door, parts, offers);
  }
}

/** Answers every other method with 405, and with those that are allowed. */
function refuseOtherMethods(app: FastifyInstance, path: string): void {
  for (const [url, allow, method] of [
    [path, allowed.door, ['GET', 'PUT', 'PATCH', 'DELETE']],
    [`${path}/:id`, allowed.session, ['GET', 'POST', 'PUT']],
  ] as const) {
    app.route({
      ...hidden,
      method: [...method],
      url,
      handler(_request, reply) {
        reply.header('allow', allow);
        throw new Problem(405, 'methodNotAllowed', `The methods here are ${allow}.`);
      },
    });
  }
}

/** Offers (POST), fragments (PATCH) and hanging up (DELETE) at one of the doors. */
function registerDoor(app: FastifyInstance, door: (typeof doors)[number], parts: WhipParts, offers: RateLimit): void {
  const { clock, sessions } = parts;
  app.post<{ Querystring: { knock?: string } }>(
    door.path,
    door.listens ? whepSchema : whipSchema,
    async (request, reply) => {
      if (!offers.admit(request.ip, clock.monotonic())) throw tooManyOffers();
      if (typeOf(request) !== 'application/sdp') {
        throw new Problem(415, 'wrongContentType', 'The Content-Type of an offer must be application/sdp.');
      }
      const token = bearer(request.headers.authorization);
      const known = token !== null && sessionId.test(token);
      const { session, etag, answer } = known
        ? await move(sessions, token, request)
        : await join(parts, token, request, door.listens);
      link(reply, parts.iceServers);
      return reply
        .code(known ? 200 : 201)
        .header('location', `${parts.baseOf(request)}${door.path}/${session.id}`)
        .headers({ etag, ...acceptsPatch, 'content-type': 'application/sdp' })
        .send(answer);
    },
  );
  app.patch<{ Params: { id: string } }>(`${door.path}/:id`, hidden, async (request, reply) => {
    const session = running(sessions, request.params.id);
    // A login may have run out since: who looks for another way finds a fresh one here, before it offers. Also who
    // does not know the ETag, as an answer was lost.
    link(reply, parts.iceServers);
    if (typeOf(request) !== fragmentType) {
      reply.headers(acceptsPatch);
      throw new Problem(415, 'wrongContentType', `The Content-Type of a fragment must be ${fragmentType}.`);
    }
    const answer = await sessions.inTurn(session, async () => {
      running(sessions, session.id);
      const restart = readPatch(session, request);
      if (restart === null) return null;
      if (!offers.admit(request.ip, clock.monotonic())) throw tooManyOffers();
      return restarted(sessions, session, restart);
    });
    if (answer === null) return reply.code(204).send();
    return reply.code(200).header('etag', answer.etag).header('content-type', fragmentType).send(answer.fragment);
  });
  app.delete<{ Params: { id: string } }>(`${door.path}/:id`, hidden, async (request, reply) => {
    running(sessions, request.params.id).call.end();
    return reply.code(200).send();
  });
}

/** A fragment that restarts ICE, and the names of the browser in it. */
interface Restart {
  readonly fragment: string;
  readonly iceUfrags: readonly string[];
}

/**
 * Its candidates are not needed: it is found by its own checks. RFC 9725 §4.3.1: they are taken, of the ICE session
 * that the ETag names; whoever names another user fragment restarts ICE (§4.3.3). So does who names that of a restart
 * again without its ETag, as the answer was lost. Null: it restarts nothing.
 */
function readPatch(session: Session, request: FastifyRequest): Restart | null {
  const fragment = bodyOf(request);
  const iceUfrags = readIceFragment(fragment);
  if (iceUfrags === null) {
    throw new Problem(
      400,
      'badFragment',
      'The body is not a fragment of a session description (RFC 8840): send one a=… in each line.',
    );
  }
  const match = request.headers['if-match']?.trim();
  if (match === undefined) {
    throw new Problem(428, 'etagMissing', 'Send If-Match with the ETag of the answer to the offer.');
  }
  const any = match === '*' || match === '"*"';
  if (!any && !match.split(',').some((etag) => etag.trim() === session.etag)) {
    throw new Problem(412, 'wrongETag', 'If-Match does not name the current ICE session.');
  }
  const isNew = iceUfrags.some((ufrag) => !session.iceUfrags.includes(ufrag));
  // Candidates alone may come without the password.
  const isAgain = any && session.restarted !== null && iceUfrags.length > 0 && /^a=ice-pwd:/m.test(fragment);
  return isNew || isAgain ? { fragment, iceUfrags } : null;
}

/** Gives the fragment that answers. Where it cannot be, all goes on as before (RFC 9725 §4.3.3). */
async function restarted(sessions: Sessions, session: Session, { fragment, iceUfrags }: Restart) {
  try {
    const answer = await session.call.restart(fragment);
    running(sessions, session.id);
    sessions.restarted(session, iceUfrags, answer);
    return { fragment: answer, etag: session.etag };
  } catch (error) {
    // It may have ended meanwhile.
    running(sessions, session.id);
    if (!(error instanceof AppError)) throw error;
    if (error.code === 'invalidArgument') throw new Problem(400, 'badFragment', error.message);
    throw new Problem(422, 'noIceRestart', 'ICE cannot be restarted now: offer again, or join again.');
  }
}

/** RFC 9725 §4.6. */
function link(reply: FastifyReply, iceServers: IceServers): void {
  const links = iceServers.freshLinks();
  if (links.length > 0) reply.header('link', links);
}

function running(sessions: Sessions, id: string): Session {
  const session = sessions.find(id);
  if (session === null || session.ended !== null) throw new Problem(404, 'sessionNotFound', 'There is no such call.');
  return session;
}

/** The browser of this session comes another way: another network, or what was is broken. */
async function move(sessions: Sessions, id: string, request: FastifyRequest): Promise<Offered> {
  const session = running(sessions, id);
  return sessions.inTurn(session, async () => {
    running(sessions, id);
    try {
      const offer = bodyOf(request);
      const answer = await session.call.move(offer);
      sessions.moved(session, offer);
      return { session, etag: session.etag, answer };
    } catch (error) {
      // It may have ended meanwhile.
      running(sessions, id);
      throw error;
    }
  });
}

async function join(
  parts: WhipParts,
  token: string | null,
  request: FastifyRequest<{ Querystring: { knock?: string } }>,
  listens: boolean,
): Promise<Offered> {
  const { browsers, directory, sessions, tokens } = parts;
  const redeemed = await tokens.redeem(token);
  if (redeemed.result !== 'valid') throw unauthorized(redeemed.result);
  const { ticket, use } = redeemed;
  const meeting = directory.meeting(ticket.meetingId);
  // Another one may have its meeting ID now: what was shown for the one is nothing to the other.
  if (meeting?.conferenceId !== ticket.conferenceId) {
    throw new Problem(404, 'conferenceNotFound', 'The conference does not exist any more.');
  }
  const { conferenceId, device, number } = meeting;
  const admission = directory.admitAgain(conferenceId, ticket.role ?? 'participant');
  if (admission.result !== 'admitted') {
    throw new Problem(403, 'conferenceClosed', 'The conference does not take place now.');
  }
  const { policy } = admission;
  const admitted = ticket.role === null ? null : { policy, role: ticket.role };
  const call = await browsers.join({
    offer: bodyOf(request),
    name: ticket.name,
    conference: { device, number },
    admitted,
    guest: { policy, role: 'participant' },
    callerKey: `address:${sourceKey(request.ip)}`,
    address: request.ip,
    listens,
    mayKnock: request.query.knock !== undefined,
  });
  // Two offers at once with one token: the second call ends before anybody knows of it.
  if (!use()) {
    call.end();
    throw unauthorized('used');
  }
  const session = sessions.open(call, ticket, meeting, request.ip, bodyOf(request));
  // Who does not knock does not wait for ever.
  const waits = () => {
    const timer = parts.clock.setTimer(longestAtDoorMs, () => {
      if (call.waits) call.end();
    });
    session.onEnded.add(() => timer.cancel());
  };
  if (call.waits) waits();
  else session.onWaits.add(waits);
  return { session, etag: session.etag, answer: call.answer };
}

function bodyOf({ body }: FastifyRequest): string {
  return typeof body === 'string' ? body : '';
}

function typeOf({ headers }: FastifyRequest): string {
  return (headers['content-type'] ?? '').split(';', 1)[0]!.trim().toLowerCase();
}

const whyNot = {
  missing: ['tokenMissing', 'A token of the portal is needed.'],
  invalid: ['tokenInvalid', 'This token was not issued by this server.'],
  expired: ['tokenExpired', 'The token has expired.'],
  used: ['tokenUsed', 'The token was used already.'],
} as const;

function tooManyOffers(): Problem {
  return new Problem(429, 'tooManyOffers', 'Too many offers from this address.', 1);
}

function unauthorized(why: keyof typeof whyNot): Problem {
  const [code, detail] = whyNot[why];
  return new Problem(401, code, detail);
}

const whepSchema = {
  schema: {
    tags: ['portal'],
    security: [] as { readonly [label: string]: readonly string[] }[],
    summary: 'Listen with an offer of sound (WHEP)',
    description: 'As `/whip`, of who is heard by nobody: whatever the offer says, the answer sends only.',
  } as object,
};

const whipSchema = {
  schema: {
    tags: ['portal'],
    security: [] as { readonly [label: string]: readonly string[] }[],
    summary: 'Join with an offer of sound (WHIP, RFC 9725)',
    description:
      'Content-Type application/sdp, `Authorization: Bearer` with a conference token. 201 with the answer, `Location` and `ETag`; refusals are `application/problem+json`.',
  } as object,
};
