import type { FastifyInstance, FastifyRequest } from 'fastify';
import { AppError } from '../../../base/app-error.ts';
import type { Directory } from '../../../directory/directory.ts';
import type { ExtensionView, MeetingView } from '../../../directory/directory-views.ts';
import { instantIn } from '../../../directory/schedule.ts';
import type { ConferenceAsker, ConferenceChanges } from '../dialect.ts';
import { checkTenant } from './discovery.ts';
import { PortalError } from './errors.ts';
import { checkZone, readMoment, wallOf } from './meeting-times.ts';
import type { PortalLogin } from './portal-tokens.ts';
import { fieldOf, fieldsOf, type Json } from './request-fields.ts';

export interface MeetingChangesParts {
  readonly directory: Directory;
  readonly conferences: ConferenceChanges;
  /** The numbers of an extension's conferences that run, also of such as are called off. */
  readonly talkedIn: (extensionId: string) => readonly string[];
  readonly loginOf: (authorization: string | undefined) => Promise<PortalLogin | null>;
  readonly baseOf: (request: FastifyRequest) => string;
}

type Scheduled = Exclude<MeetingView['schedule'], 'anytime'>;

/** Of one extension. */
const mostMeetings = 200;
const longestSubject = 200;
/** A conference's number has so many digits at most. */
const highestNumber = 999_999_999;

/**
 * Meetings of the user's own first conference extension are scheduled, changed and called off while the server runs.
 */
export function registerMeetingChanges(app: FastifyInstance, parts: MeetingChangesParts): void {
  const path = '/tenants/:alias/conference';
  const hidden = { schema: { hide: true } as object };
  const asked = async (request: FastifyRequest<{ Params: { alias: string } }>) => {
    checkTenant(request.params.alias);
    const login = await parts.loginOf(request.headers.authorization);
    if (login === null) throw new PortalError('ERC_AUTH_ACCESS_DENIED', 'Log in to change meetings.');
    const { organizationId, userId } = login;
    return { organizationId, userId, from: request.ip, requestId: request.id };
  };
  for (const url of [path, `${path}/`]) {
    app.post<{ Params: { alias: string } }>(url, hidden, async (request) => {
      const asker = await asked(request);
      const meetingId = await create(parts, asker, meetingIn(request.body));
      return answer(parts, request, meetingId);
    });
  }
  for (const url of [path, `${path}/`, `${path}/:conferenceId`]) {
    app.put<{ Params: { alias: string; conferenceId?: string } }>(url, hidden, async (request) => {
      const asker = await asked(request);
      const fields = meetingIn(request.body);
      const meeting = own(parts, asker, request.params.conferenceId ?? fieldOf(fields, 'conferenceId', 30) ?? '');
      await changing(() => parts.conferences.change(asker, meeting.conferenceId, settingsOf(fields, meeting)));
      return answer(parts, request, meeting.meetingId);
    });
  }
  app.delete<{ Params: { alias: string; conferenceId: string } }>(`${path}/:conferenceId`, hidden, async (request) => {
    const asker = await asked(request);
    const meeting = own(parts, asker, request.params.conferenceId);
    await changing(() => parts.conferences.remove(asker, meeting.conferenceId));
    return { success: true };
  });
}

function answer(parts: MeetingChangesParts, request: FastifyRequest, meetingId: string): object {
  const page = `${parts.baseOf(request)}/meet/${meetingId}`;
  return {
    success: true,
    errorCode: null,
    detail: '',
    conflictInfos: [],
    recurringItemReports: [],
    conferenceId: meetingId,
    number: meetingId,
    panelistNumber: null,
    swcLaunchURLforModerator: page,
    swcLaunchURLforParticipant: page,
    participantLaunchURL: page,
  };
}

/** As clients send it: a list of one, or the meeting itself. */
function meetingIn(body: unknown): Json {
  const { conference } = fieldsOf(body);
  const one = Array.isArray(conference) ? conference : [conference ?? body];
  if (one.length !== 1)
    throw new PortalError('ERC_JC_INCORRECT_INPUT', 'Only one meeting can be made or changed at a time.');
  return fieldsOf(one[0]);
}

async function create(
  { directory, conferences, talkedIn }: MeetingChangesParts,
  asker: ConferenceAsker,
  fields: Json,
): Promise<string> {
  const extension = directory
    .extensionsOfUser(asker.organizationId, asker.userId)
    .find(({ type }) => type === 'conference');
  if (extension === undefined) {
    const message = 'This user has no extension for conferences.';
    throw new PortalError('ERC_VIRTUAL_ROOM_NOT_ALLOW_INSTANT_MEETING', message);
  }
  if (directory.conferencesOf(extension.id).length >= mostMeetings) {
    throw new PortalError('ERC_JC_INCORRECT_INPUT', `There are ${mostMeetings} meetings already: remove some.`);
  }
  const named = fieldOf(fields, 'number', 30);
  const settings = settingsOf(fields, null);
  const next = () => freeNumber({ directory, talkedIn }, extension, named === null);
  for (let number = next(); ; ) {
    const meetingId = named ?? meetingIdOf(extension, number);
    const given = { extension: extension.id, number, meetingId, ...settings };
    try {
      await changing(() => conferences.create(asker, given));
      return meetingId;
    } catch (error) {
      const before = number;
      number = next();
      // Another one may have been made at the same time.
      if (!(error instanceof AppError && error.code === 'conflict') || number === before) throw error;
    }
  }
}

/** As the configuration has it where it names none. */
function meetingIdOf(extension: Pick<ExtensionView, 'number'>, number: string): string {
  return `${extension.number}${number}`;
}

/**
 * The one after the highest, or, where there is none, the lowest; none in which those of a meeting that was called off
 * still talk. `withId`: of which nobody has the meeting ID, which is one for all organizations.
 */
function freeNumber(
  { directory, talkedIn }: Pick<MeetingChangesParts, 'directory' | 'talkedIn'>,
  extension: ExtensionView,
  withId: boolean,
): string {
  const known = directory.conferencesOf(extension.id).map(({ number }) => number);
  const taken = new Set([...known, ...talkedIn(extension.id)].map(Number));
  const isFree = (number: number) =>
    !taken.has(number) && !(withId && directory.meeting(meetingIdOf(extension, String(number))) !== null);
  let number = Math.max(0, ...taken);
  do number = (number % highestNumber) + 1;
  while (!isFree(number));
  return String(number);
}

/** Somebody else's is not there. */
function own({ directory }: MeetingChangesParts, asker: ConferenceAsker, meetingId: string): MeetingView {
  const meeting = directory.meeting(meetingId);
  if (meeting?.organizationId === asker.organizationId && meeting.userId === asker.userId) return meeting;
  throw new PortalError('ERC_JC_INCORRECT_INPUT', 'You have no such meeting.', { status: 404 });
}

/** In the words of the configuration; only what is given. `before`: the meeting that is changed. */
function settingsOf(fields: Json, before: MeetingView | null): Record<string, unknown> {
  const subject = fieldOf(fields, 'subject', longestSubject);
  const size = fieldOf(fields, 'maxParticipants', 6);
  const accessPin = pinOf(fields, 'accessPIN');
  const moderatorPin = pinOf(fields, 'moderatorPIN');
  const schedule = scheduleOf(fields, before);
  const record = recordOf(fields);
  return {
    ...(subject === null ? {} : { name: subject }),
    ...(size === null ? {} : { roomSize: wholeNumber(size, 'maxParticipants') }),
    ...(accessPin === undefined ? {} : { participantPin: accessPin }),
    ...(moderatorPin === undefined ? {} : { moderatorPin }),
    ...(typeof fields['waitingRoom'] === 'boolean' ? { waitForModerator: fields['waitingRoom'] } : {}),
    ...(record === null ? {} : { record }),
    ...(schedule === null ? {} : { schedule }),
  };
}

/** Base64, as clients send it; null: none from now on. Undefined: it is not spoken of. */
function pinOf(fields: Json, name: string): string | null | undefined {
  if (fields[name] === undefined) return undefined;
  const given = fieldOf(fields, name, 100);
  if (given === null || given === '') return null;
  const pin = Buffer.from(given, 'base64').toString('utf8');
  if (/^[0-9]{1,20}$/.test(pin)) return pin;
  throw new PortalError('ERC_JC_INCORRECT_INPUT', `${name} must be digits, in base64.`);
}

function recordOf(fields: Json): 'always' | 'choice' | 'never' | null {
  if (fields['recordingMeetingWhenStart'] === true) return 'always';
  if (typeof fields['allowRecording'] === 'boolean') return fields['allowRecording'] ? 'choice' : 'never';
  return null;
}

/**
 * From `startTime` for `duration`, or until `plannedEndTime`; what is not given stays. Null: nothing of it is given.
 */
function scheduleOf(fields: Json, before: MeetingView | null): object | null {
  const names = ['startTime', 'duration', 'timeZoneId', 'plannedEndTime'];
  const [start, duration, zone, end] = names.map((name) => fieldOf(fields, name, 64));
  if (start == null && duration == null && zone == null && end == null) return null;
  const now = before === null || before.schedule === 'anytime' ? null : before.schedule;
  const timeZone = zone ?? now?.timeZone ?? 'UTC';
  checkZone(timeZone);
  const from = start == null ? now?.start : wallOf(readMoment('startTime', start), timeZone);
  if (from === undefined) throw new PortalError('ERC_MISSING_REQUEST_PARAM', 'startTime is missing.');
  const minutes = duration == null ? minutesUntil(end ?? null, from, timeZone, now) : minutesOf(duration);
  return { start: from, duration: `${minutes}m`, timeZone };
}

/** Until `end`; null: as long as it was, or an hour. */
function minutesUntil(end: string | null, from: string, timeZone: string, now: Scheduled | null): number {
  if (end === null) return (now?.durationMs ?? 3_600_000) / 60_000;
  const until = wallOf(readMoment('plannedEndTime', end), timeZone);
  const minutes = Math.round((instantIn(timeZone, until) - instantIn(timeZone, from)) / 60_000);
  if (minutes > 0) return minutes;
  throw new PortalError('ERC_JC_INCORRECT_INPUT', 'plannedEndTime must be after startTime.');
}

/** ISO 8601: `PT1H30M`. */
function minutesOf(duration: string): number {
  const [whole, days = '0', hours = '0', minutes = '0'] =
    /^P(?:([0-9]{1,2})D)?(?:T(?:([0-9]{1,3})H)?(?:([0-9]{1,5})M)?(?:0S)?)?$/.exec(duration) ?? [];
  const sum = whole === undefined ? 0 : (Number(days) * 24 + Number(hours)) * 60 + Number(minutes);
  if (sum > 0) return sum;
  throw new PortalError('ERC_JC_INCORRECT_INPUT', 'duration must be of the form PT1H30M.');
}

function wholeNumber(text: string, name: string): number {
  if (/^[0-9]+$/.test(text)) return Number(text);
  throw new PortalError('ERC_JC_INCORRECT_INPUT', `${name} must be a whole number.`);
}

/** What the configuration has made is not to be changed here; where it is, is for administrators. */
async function changing(change: () => Promise<void>): Promise<void> {
  try {
    await change();
  } catch (error) {
    if (error instanceof AppError && error.code === 'fixedByFile') {
      const message = 'This meeting is one of the configuration: an administrator changes it there.';
      throw new PortalError('ERC_VIRTUAL_ROOM_NOT_ALLOW_INSTANT_MEETING', message);
    }
    throw error;
  }
}
