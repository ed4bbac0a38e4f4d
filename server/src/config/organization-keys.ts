import type { Secret } from '../base/secret.ts';
import { plainNumber } from '../base/telephone-number.ts';
import type {
  ProvisionedConference,
  ProvisionedExtension,
  ProvisionedOrganization,
  ProvisionedUser,
  Schedule,
  UserRole,
} from '../directory/records.ts';
import { app } from './app-keys.ts';
import {
  boolean,
  dialled,
  duration,
  integer,
  key,
  list,
  nullable,
  oneOf,
  quoted,
  type Reader,
  required,
  secret,
  section,
  text,
  withKeysOf,
} from './readers.ts';
import type { ConfigValue } from './value.ts';

/**
 * The keys under `organizations`. What a default takes from its surroundings (a name, a meetingId) is filled in here.
 */

const id = integer(1, 2_147_483_647);
const day = 86_400_000;

const localTime: Reader<string> = (value) => {
  const scalar = value.scalar;
  const match = typeof scalar === 'string' ? /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2})(?::\d{2})?$/.exec(scalar) : null;
  // Date accepts 31 February and moves on to March; the round trip finds it out.
  const stamp = match === null ? Number.NaN : Date.parse(`${match[1]}T${match[2]}:00Z`);
  if (match !== null && !Number.isNaN(stamp) && new Date(stamp).toISOString().startsWith(match[1] ?? '?')) {
    return `${match[1]}T${match[2]}`;
  }
  throw value.error('a date and time in the conference\'s time zone such as "2026-01-05T09:00"', shown(scalar));
};

const timeZone: Reader<string> = (value) => {
  const scalar = value.scalar;
  if (typeof scalar === 'string') {
    try {
      new Intl.DateTimeFormat('en', { timeZone: scalar });
      return scalar;
    } catch {
      // Said below, as for every other wrong value.
    }
  }
  throw value.error('a time zone such as Europe/Berlin or UTC', shown(scalar));
};

const scheduleKeys = section({
  start: required(localTime),
  duration: required(duration(60_000, 31 * day, 'from 1m to 31d')),
  timeZone: key(timeZone, 'UTC'),
  repeat: key(oneOf('never', 'daily', 'weekly', 'monthly'), 'never' as const),
});

const longest = { never: 31 * day, daily: day, weekly: 7 * day, monthly: 28 * day } as const;

const schedule: Reader<Schedule> = (value) => {
  if (value.scalar === 'anytime') return 'anytime';
  if (value.entries === null)
    throw value.error('anytime or { start, duration, timeZone, repeat }', shown(value.scalar));
  const { start, duration: durationMs, timeZone: zone, repeat } = scheduleKeys(value);
  if (durationMs > longest[repeat]) {
    throw (value.child('duration') ?? value).error(
      `at most ${longest[repeat] / day}d when repeat is ${repeat}`,
      'more',
    );
  }
  return Object.freeze({ start, durationMs, timeZone: zone, repeat });
};

const pin = nullable(secret('a PIN: 1 to 15 digits', /^[0-9]{1,15}$/));

/** The one dialled number the file may write as a plain number, because the example of the format does. */
const conferenceNumber: Reader<string> = (value) => {
  const scalar = value.scalar;
  if (typeof scalar === 'number' && /^[0-9]{1,9}$/.test(value.written)) return value.written;
  if (typeof scalar === 'string' && /^[0-9]{1,9}$/.test(scalar)) return scalar;
  throw value.error('the number of the conference: digits', shown(scalar));
};

const conferenceKeys = section({
  number: required(conferenceNumber),
  meetingId: key(nullable(dialled('the meeting ID', /^[0-9]{1,30}$/)), null),
  name: key(nullable(text()), null),
  participantPin: key(pin, null as Secret | null),
  moderatorPin: key(pin, null as Secret | null),
  roomSize: key(integer(1, 10_000), 50),
  schedule: key(schedule, 'anytime' as const),
  record: key(oneOf('never', 'choice', 'always'), 'never' as const),
  musicWhileAlone: key(boolean, true),
  waitForModerator: key(boolean, false),
  closeWhenModeratorsLeave: key(boolean, false),
  announceCount: key(boolean, true),
  entryTone: key(boolean, true),
  recordTone: key(boolean, false),
});

export function conference(extension: string): Reader<ProvisionedConference> {
  return (value) => {
    const read = conferenceKeys(value);
    if (read.participantPin !== null && read.moderatorPin?.equals(read.participantPin.reveal())) {
      throw value.child('moderatorPin')!.error('a PIN that differs from participantPin', 'the same (not shown)');
    }
    return Object.freeze({
      ...read,
      name: read.name ?? `Conference ${read.number}`,
      meetingId: read.meetingId ?? `${extension}${read.number}`,
    });
  };
}

type CallerId = ProvisionedExtension['callerId'];

/** `Jane Doe <15000>`, `<15000>` or `15000`. */
const callerId: Reader<CallerId> = (value) => {
  const scalar = value.scalar;
  const match =
    typeof scalar === 'string' ? /^\s*([^<>"\p{Cc}\p{Cs}]{0,100}?)\s*<(\+?[0-9]{1,15})>\s*$/u.exec(scalar) : null;
  if (match !== null) return Object.freeze({ name: match[1] ?? '', number: match[2] ?? '' });
  if (typeof scalar === 'string' && /^\+?[0-9]{1,15}$/.test(scalar)) return Object.freeze({ name: '', number: scalar });
  throw value.error('a caller ID such as "Jane Doe <15000>"', shown(scalar));
};

const publicNumber: Reader<string> = (value) => {
  const number = plainNumber(dialled('a public number', /^[-+.() 0-9]{3,40}$/)(value)).replace('+', '');
  if (/^[0-9]{3,15}$/.test(number)) return number;
  throw value.error('a public number: 3 to 15 digits', shown(value.scalar));
};

const callbackKeys = section({
  number: required(dialled('the extension number')),
  callerId: key(nullable(callerId), null),
  type: required(oneOf('callback')),
});

const commonKeys = {
  number: required(dialled('the extension number')),
  callerId: key(nullable(callerId), null),
  publicNumbers: key(list(publicNumber), Object.freeze([]) as readonly string[]),
};

const terminalKeys = section({
  ...commonKeys,
  type: key(oneOf('terminal'), 'terminal' as const),
  sipPassword: key(nullable(secret('a SIP password')), null as Secret | null),
  sipDigest: key(oneOf('MD5', 'SHA-256'), 'MD5' as const),
});

const conferenceExtensionKeys = section({
  ...commonKeys,
  type: required(oneOf('conference')),
  // Read again below, when the number that the meetingId defaults to is known.
  conferences: key(list(withKeysOf(conferenceKeys, (value) => value)), Object.freeze([]) as readonly ConfigValue[]),
});

export function extension(userName: string): Reader<ProvisionedExtension> {
  return (value) => {
    const written = value.child('type');
    const type = written === null ? 'terminal' : oneOf('terminal', 'conference', 'callback')(written);
    const shownAs = (read: { callerId: CallerId | null; number: string }) =>
      read.callerId ?? Object.freeze({ name: userName, number: read.number });
    if (type === 'terminal') {
      const read = terminalKeys(value);
      return Object.freeze({ ...read, callerId: shownAs(read) });
    }
    if (type === 'callback') {
      const read = callbackKeys(value);
      return Object.freeze({ ...read, callerId: shownAs(read), publicNumbers: Object.freeze([]) });
    }
    const read = conferenceExtensionKeys(value);
    const conferences = Object.freeze(read.conferences.map(conference(read.number)));
    return Object.freeze({ ...read, callerId: shownAs(read), conferences });
  };
}

const roles = ['agent', 'supervisor', 'administrator', 'operator'] as const;

/** What a user may ask of the interfaces when `features` is not written. */
const featuresByRole: Readonly<Record<UserRole, readonly string[]>> = {
  agent: ['api-voice', 'api-voice-recording'],
  supervisor: ['api-voice', 'api-voice-recording', 'api-supervisor-monitoring'],
  administrator: [],
  operator: [],
};

const userKeys = section({
  id: required(id),
  login: key(nullable(text('a login name', /^[^\s\p{Cc}:]{1,200}$/u)), null),
  password: key(nullable(secret('a password')), null as Secret | null),
  firstName: key(text('a name of at most 100 characters in one line', /^[^\p{Cc}]{0,100}$/u), ''),
  lastName: key(text('a name of at most 100 characters in one line', /^[^\p{Cc}]{0,100}$/u), ''),
  roles: key(list(oneOf(...roles)), Object.freeze(['agent'] as const) as readonly UserRole[]),
  features: key(nullable(list(text('a feature name', /^[a-z0-9-]{1,100}$/))), null as readonly string[] | null),
  extensions: key(list(withKeysOf(terminalKeys, (value) => value)), Object.freeze([]) as readonly ConfigValue[]),
});

export const user: Reader<ProvisionedUser> = withKeysOf(userKeys, (value) => {
  const read = userKeys(value);
  const name = `${read.firstName} ${read.lastName}`.trim();
  return Object.freeze({
    ...read,
    // Who runs the whole server administers the own organization too.
    roles:
      read.roles.includes('operator') && !read.roles.includes('administrator')
        ? Object.freeze([...read.roles, 'administrator' as const])
        : read.roles,
    features: read.features ?? Object.freeze([...new Set(read.roles.flatMap((role) => featuresByRole[role]))]),
    extensions: Object.freeze(read.extensions.map(extension(name))),
  });
});

const organizationKeys = section({
  id: required(id),
  name: key(nullable(text()), null),
  prefix: key(nullable(dialled('the prefix')), null),
  users: key(list(user), Object.freeze([]) as readonly ProvisionedUser[]),
  apps: key(list(app), Object.freeze([])),
});

export const organization: Reader<ProvisionedOrganization> = withKeysOf(organizationKeys, (value) => {
  const read = organizationKeys(value);
  return Object.freeze({
    ...read,
    name: read.name ?? `Organization ${read.id}`,
    prefix: read.prefix ?? String(read.id).padStart(4, '0'),
  });
});

function shown(scalar: string | number | boolean | undefined): string | undefined {
  if (scalar === undefined) return undefined;
  return typeof scalar === 'string' ? quoted(scalar) : String(scalar);
}
