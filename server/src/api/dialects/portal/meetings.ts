import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Directory } from '../../../directory/directory.ts';
import type { MeetingView } from '../../../directory/directory-views.ts';
import { checkTenant } from './discovery.ts';
import { PortalError } from './errors.ts';
import type { PortalLogin } from './portal-tokens.ts';
import { meetingsSchema } from './schemas.ts';

export interface MeetingsParts {
  readonly directory: Directory;
  readonly loginOf: (authorization: string | undefined) => Promise<PortalLogin | null>;
  readonly running: (conferenceId: string) => boolean;
  readonly baseOf: (request: FastifyRequest) => string;
}

interface Query {
  readonly number?: string;
  readonly conferenceId?: string;
  readonly subject?: string;
  readonly textToSearch?: string;
  readonly status?: string;
  readonly offset?: string;
  readonly count?: string;
}

const mostOfPage = 200;

/** Searching for the conferences of one's own extensions. */
export function registerMeetings(app: FastifyInstance, parts: MeetingsParts): void {
  const path = '/tenants/:alias/conference';
  const loggedIn = async (authorization: string | undefined): Promise<PortalLogin> => {
    const login = await parts.loginOf(authorization);
    if (login === null) throw new PortalError('ERC_AUTH_ACCESS_DENIED', 'Log in to see meetings.');
    return login;
  };
  for (const url of [path, `${path}/`]) {
    const schema = url === path ? meetingsSchema : ({ hide: true } as object);
    app.get<{ Params: { alias: string }; Querystring: Query }>(url, { schema }, async (request) => {
      checkTenant(request.params.alias);
      const login = await loggedIn(request.headers.authorization);
      const { query } = request;
      const found = parts.directory
        .meetingsOf(login.organizationId, login.userId)
        .filter((meeting) => fits(meeting, query, parts));
      const offset = wholeNumber(query.offset, 0);
      const count = Math.min(mostOfPage, wholeNumber(query.count, mostOfPage));
      const base = parts.baseOf(request);
      const conferences = found.slice(offset, offset + count).map((meeting) => asConference(meeting, parts, base));
      return { conferences, total: found.length };
    });
  }
}

function fits(meeting: MeetingView, query: Query, { running }: MeetingsParts): boolean {
  const { meetingId, name } = meeting;
  const contains = (text: string | undefined) => text === undefined || name.toLowerCase().includes(text.toLowerCase());
  return (
    (query.number === undefined || query.number === meetingId) &&
    (query.conferenceId === undefined || query.conferenceId === meetingId) &&
    (query.status === undefined || query.status.toUpperCase() === statusOf(meeting, running)) &&
    contains(query.subject) &&
    contains(query.textToSearch)
  );
}

function statusOf({ conferenceId }: MeetingView, running: MeetingsParts['running']): string {
  return running(conferenceId) ? 'STARTED' : 'SCHEDULED';
}

function wholeNumber(text: string | undefined, otherwise: number): number {
  if (text === undefined) return otherwise;
  if (/^[0-9]{1,6}$/.test(text)) return Number(text);
  throw new PortalError('ERC_JC_INCORRECT_INPUT', 'offset and count are whole numbers.');
}

function asConference(meeting: MeetingView, { running }: MeetingsParts, base: string): object {
  const { meetingId, name, schedule, roomSize, record } = meeting;
  return {
    conferenceId: meetingId,
    number: meetingId,
    subject: name,
    description: '',
    status: statusOf(meeting, running),
    ...(schedule === 'anytime'
      ? {}
      : {
          startTime: schedule.start,
          duration: `PT${Math.round(schedule.durationMs / 60_000)}M`,
          timeZoneId: schedule.timeZone,
        }),
    oneTimePINRequired: false,
    blockDialIn: false,
    maxParticipants: roomSize,
    allowRecording: record !== 'never',
    recordingMeetingWhenStart: record === 'always',
    participantLaunchURL: `${base}/meet/${meetingId}`,
  };
}
