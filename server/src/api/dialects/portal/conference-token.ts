import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Clock } from '../../../base/clock.ts';
import { Secret } from '../../../base/secret.ts';
import { sourceKey } from '../../../base/source-key.ts';
import type { Directory } from '../../../directory/directory.ts';
import type { MeetingView } from '../../../directory/directory-views.ts';
import { PortalError, tooManyRequests } from './errors.ts';
import type { IceServers } from './ice-servers.ts';
import type { PortalLogin, PortalTokens } from './portal-tokens.ts';
import { fieldOf, fieldsOf } from './request-fields.ts';
import { conferenceTokenSchema } from './schemas.ts';

export interface ConferenceTokenParts {
  readonly clock: Clock;
  readonly directory: Directory;
  readonly tokens: PortalTokens;
  readonly iceServers: IceServers;
  /**
   * Who is logged in, by `Authorization: UPToken …`; null: nobody says so. Throws PortalError for a token that is not
   * good.
   */
  readonly loginOf: (authorization: string | undefined) => Promise<PortalLogin | null>;
  readonly baseOf: (request: FastifyRequest) => string;
}

const vendorType = 'application/vnd.avaya.portal.middleware.token.v1+json';
const longestName = 100;
/** As people type it: `meetingId***accessPin*moderatorPin`. */
const meetingEntry = /^([0-9]{1,30})(?:\*\*\*([^*]{0,30})(?:\*([^*]{0,30}))?)?$/;

/** `POST /middleware/token`: what a page asks for before it can join. */
export function registerConferenceToken(app: FastifyInstance, parts: ConferenceTokenParts): void {
  const { directory, tokens } = parts;
  app.post('/middleware/token', { schema: conferenceTokenSchema }, async (request, reply) => {
    const asked = readRequest(request.body);
    const login = await parts.loginOf(request.headers.authorization);
    const meeting = directory.meeting(asked.meetingId);
    if (meeting === null) {
      throw new PortalError('ERC_JC_INCORRECT_INPUT', `There is no meeting ${asked.meetingId}.`, { status: 404 });
    }
    const role = roleOf(parts, meeting, asked.passcode, login, request.ip);
    const base = parts.baseOf(request);
    const name = asked.name || login?.name || 'Guest';
    const { meetingId, conferenceId } = meeting;
    const ticket = { meetingId, conferenceId, name, role, login: login?.login ?? null };
    const token = await tokens.forConference(base, ticket, parts.iceServers.fresh());
    const { accept = '' } = request.headers;
    reply.header('content-type', accept.includes(vendorType) ? vendorType : 'application/json; charset=utf-8');
    const gateway = base.replace(/^http/, 'ws');
    return Buffer.from(
      JSON.stringify({
        token,
        conferenceId: meeting.meetingId,
        meetingName: meeting.name,
        meetingType: 'AUDIO_ONLY',
        oneTimeToken: token,
        // Ours: whether the conference is going to ask for a passcode.
        passcodeNeeded: role === null,
        bridgeNumber: meeting.publicNumbers[0] ?? null,
        serviceGatewayUrl: base,
        uccpUrl: `${gateway}/whip`,
      }),
    );
  });
}

interface Asked {
  readonly meetingId: string;
  readonly passcode: string | null;
  readonly name: string;
}

/** Fields that this server has no use for are passed over: clients of the portal send many. */
function readRequest(body: unknown): Asked {
  const fields = fieldsOf(body);
  const entry = fieldOf(fields, 'conferenceId', 100);
  if (entry === null) throw new PortalError('ERC_MISSING_REQUEST_PARAM', 'conferenceId is missing.');
  const typed = meetingEntry.exec(entry.replace(/\s/g, ''));
  if (typed === null) {
    throw new PortalError('ERC_JC_INCORRECT_INPUT', 'conferenceId is not a meeting ID.', { status: 404 });
  }
  const presentationOnly = fields['presentationOnly'] === true || fields['presentationOnly'] === 'true';
  if (presentationOnly || fields['participantMode'] === 'PRESENTATION_ONLY') {
    throw new PortalError('ERC_WEB_COLLABORATION_DISABLED', 'Meetings here have sound only.');
  }
  const passcodes = [
    fieldOf(fields, 'moderatorPin', 64),
    fieldOf(fields, 'passcode', 64),
    fieldOf(fields, 'oneTimePin', 64),
    typed[3] ?? null,
    typed[2] ?? null,
  ];
  return {
    meetingId: typed[1] ?? '',
    passcode: passcodes.find((passcode) => passcode !== null && passcode !== '') ?? null,
    name: nameOf(fieldOf(fields, 'userName', 1000) ?? ''),
  };
}

/**
 * What cannot be seen, but the joiners (U+200C, U+200D) within a word: some scripts, and emoji, are spelt with them.
 */
const unseen = /(?:\s|(?<![^\s\p{C}])\p{C}|\p{C}(?![^\s\p{C}])|(?![\u200c\u200d])\p{C})+/gu;

/** As the others see it. */
function nameOf(given: string): string {
  const letters = [...given.replace(unseen, ' ').trim()].slice(0, longestName).join('');
  return letters.replace(/[\s\u200c\u200d]+$/, '');
}

/**
 * The role that a passcode, or being the owner, gives; none is that of participants where those need none. Null: none
 * was given though one is needed, so the conference asks for it. Wrong ones count with those that are dialled.
 */
function roleOf(
  { clock, directory }: ConferenceTokenParts,
  meeting: MeetingView,
  passcode: string | null,
  login: PortalLogin | null,
  address: string,
): 'participant' | 'moderator' | null {
  const { extensionId, number, organizationId, userId } = meeting;
  const owner = login !== null && login.organizationId === organizationId && login.userId === userId;
  const admission = owner
    ? directory.admitAgain(meeting.conferenceId, 'moderator')
    : directory.admit({
        extensionId,
        conferenceNumber: number,
        pin: passcode === null ? null : new Secret(passcode),
        callerKey: `address:${sourceKey(address)}`,
        authenticated: false,
      });
  switch (admission.result) {
    case 'admitted':
      return admission.role === 'moderator' ? 'moderator' : 'participant';
    case 'pinNeeded':
      // As by phone, where they press # alone.
      return meeting.hasParticipantPin ? null : 'participant';
    case 'closed':
      throw new PortalError('ERC_MEETING_NOT_STARTED_YET', 'The meeting does not take place now.');
    case 'lockedOut': {
      const waitS = Math.max(1, Math.ceil((admission.untilMs - clock.now()) / 1000));
      throw tooManyRequests('Too many wrong passcodes; try again later.', waitS);
    }
    case 'wrongPin':
      throw new PortalError('ERC_JC_INCORRECT_INPUT', 'The passcode is wrong.');
    default:
      throw new PortalError('ERC_JC_INCORRECT_INPUT', 'There is no such meeting.', { status: 404 });
  }
}
