import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Directory } from '../../../directory/directory.ts';
import type { MeetingView } from '../../../directory/directory-views.ts';
import { isOpenWithin, plannedEnd } from '../../../directory/schedule.ts';
import { checkTenant } from './discovery.ts';
import { PortalError } from './errors.ts';
import { instantOf, type Moment, readMoment } from './meeting-times.ts';
import type { PortalLogin } from './portal-tokens.ts';
import { fieldOf, type Json } from './request-fields.ts';
import { meetingsSchema } from './schemas.ts';

export interface MeetingsParts {
  readonly directory: Directory;
  readonly loginOf: (authorization: string | undefined) => Promise<PortalLogin | null>;
  readonly running: (conferenceId: string) => boolean;
  readonly baseOf: (request: FastifyRequest) => string;
}

/** What is searched for; null: whatever it is. */
interface Wanted {
  readonly number: string | null;
  readonly conferenceId: string | null;
  readonly subject: string | null;
  readonly textToSearch: string | null;
  readonly status: string | null;
  /** Open at some moment from `from` until before `to`. */
  readonly from: Moment | null;
  readonly to: Moment | null;
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
    app.get<{ Params: { alias: string }; Querystring: Json }>(url, { schema }, async (request) => {
      checkTenant(request.params.alias);
      const login = await loggedIn(request.headers.authorization);
      const { query } = request;
      const wanted = readWanted(query);
      const found = parts.directory
        .meetingsOf(login.organizationId, login.userId)
        .filter((meeting) => fits(meeting, wanted, parts));
      const offset = wholeNumber(query, 'offset', 0);
      const count = Math.min(mostOfPage, wholeNumber(query, 'count', mostOfPage));
      const base = parts.baseOf(request);
      const detailed = fieldOf(query, 'detailed', 5) === 'true';
      const conferences = found
        .slice(offset, offset + count)
        .map((meeting) => ({ ...asConference(meeting, parts, base), ...(detailed ? launchUrls(meeting, base) : {}) }));
      return { conferences, total: found.length };
    });
  }
}

/** Throws PortalError for what cannot be read. */
function readWanted(query: Json): Wanted {
  const text = (name: string) => fieldOf(query, name, 200);
  const moment = (name: string) => {
    const given = text(name);
    return given === null || given === '' ? null : readMoment(name, given);
  };
  const wanted = {
    number: text('number'),
    conferenceId: text('conferenceId'),
    subject: text('subject'),
    textToSearch: text('textToSearch'),
    status: text('status'),
    from: moment('startTime'),
    to: moment('endTime'),
  };
  if (wanted.from !== null && wanted.to !== null && instantOf(wanted.from, 'UTC') > instantOf(wanted.to, 'UTC')) {
    throw new PortalError('ERC_JC_INCORRECT_INPUT', 'endTime must not be before startTime.');
  }
  return wanted;
}

function fits(meeting: MeetingView, wanted: Wanted, { running }: MeetingsParts): boolean {
  const { meetingId, name, schedule } = meeting;
  const contains = (text: string | null) => text === null || name.toLowerCase().includes(text.toLowerCase());
  return (
    (wanted.number === null || wanted.number === meetingId) &&
    (wanted.conferenceId === null || wanted.conferenceId === meetingId) &&
    (wanted.status === null || wanted.status.toUpperCase() === statusOf(meeting, running)) &&
    contains(wanted.subject) &&
    contains(wanted.textToSearch) &&
    isBetween(schedule, wanted)
  );
}

/** One without a schedule takes place at any time. */
function isBetween(schedule: MeetingView['schedule'], { from, to }: Wanted): boolean {
  if (schedule === 'anytime') return true;
  const { timeZone } = schedule;
  const since = from === null ? Number.NEGATIVE_INFINITY : instantOf(from, timeZone);
  const until = to === null ? Number.POSITIVE_INFINITY : instantOf(to, timeZone);
  // Both the same: what takes place then.
  return isOpenWithin(schedule, since, Math.max(until, since + 1));
}

function statusOf({ conferenceId }: MeetingView, running: MeetingsParts['running']): string {
  return running(conferenceId) ? 'STARTED' : 'SCHEDULED';
}

function wholeNumber(query: Json, name: string, otherwise: number): number {
  const text = fieldOf(query, name, 100);
  if (text === null) return otherwise;
  if (/^[0-9]{1,6}$/.test(text)) return Number(text);
  throw new PortalError('ERC_JC_INCORRECT_INPUT', 'offset and count are whole numbers.');
}

/** Where whoever moderates and whoever takes part comes in: the passcode tells them apart. */
function launchUrls({ meetingId }: MeetingView, base: string): object {
  const page = `${base}/meet/${meetingId}`;
  return { swcLaunchURLforModerator: page, swcLaunchURLforParticipant: page };
}

function asConference(meeting: MeetingView, { directory, running }: MeetingsParts, base: string): object {
  const { meetingId, name, schedule, roomSize, record, waitForModerator } = meeting;
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
          plannedEndTime: plannedEnd(schedule),
          duration: `PT${Math.round(schedule.durationMs / 60_000)}M`,
          timeZoneId: schedule.timeZone,
        }),
    oneTimePINRequired: false,
    blockDialIn: false,
    eventConference: false,
    // Who is in it stays in it after its time.
    autoExtend: true,
    waitingRoom: waitForModerator,
    attendees: ownerOf(meeting, directory),
    maxParticipants: roomSize,
    allowRecording: record !== 'never',
    recordingMeetingWhenStart: record === 'always',
    participantLaunchURL: `${base}/meet/${meetingId}`,
  };
}

function ownerOf({ organizationId, userId }: MeetingView, directory: MeetingsParts['directory']): readonly object[] {
  const user = directory.user(organizationId, userId);
  if (user === null) return [];
  const { firstName, lastName, login } = user;
  const role = { host: true, organizer: true, panelist: false };
  return [{ userId: `${organizationId}-${userId}`, email: login, firstName, lastName, ...role }];
}
