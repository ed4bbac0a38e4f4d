import { expectedTexts, ofItsOwn, takenText } from '../config/cross-checks.ts';
import type { DirectoryRecordsView } from '../directory/directory.ts';
import {
  type AnyRecord,
  type DialRule,
  keyOf,
  type OrganizationRecord,
  organizationIdOf,
  type RecordRef,
  refOf,
} from '../directory/records.ts';
import { sandboxTrunkName } from '../directory/sandbox-trunk.ts';
import { conflict } from './given.ts';

/** What is not to be looked at: it goes with the same change, or is what comes. */
type Ignored = ReadonlySet<string>;

/**
 * What only all records together can show, before these are put among them: as `checkAcross` does for a file, in its
 * words. Throws AppError.
 */
export function checkAmong(
  records: DirectoryRecordsView,
  put: readonly AnyRecord[],
  remove: readonly RecordRef[],
): void {
  const ignored = new Set([...remove.map(keyOf), ...put.map((one) => keyOf(refOf(one)))]);
  const claimed = new Map<string, string>();
  for (const one of put) {
    const owner = keyOf(refOf(one));
    for (const [path, what, name, value, others] of claimsOf(records, one)) {
      const other = others.find((ref) => !ignored.has(keyOf(ref)));
      const mine = claimed.get(`${name} ${value}`);
      if (other !== undefined) throw conflict(path, takenText(what, value, whose(one, other)));
      if (mine !== undefined) throw conflict(path, takenText(what, value, `as ${mine}`));
      claimed.set(`${name} ${value}`, owner);
    }
    checkOne(records, one, put, ignored);
  }
}

type Claim = readonly [path: string, what: string, name: string, value: string, others: readonly RecordRef[]];

function claimsOf(records: DirectoryRecordsView, one: AnyRecord): Claim[] {
  const ref = (other: AnyRecord['record'] | null, kind: AnyRecord['kind']): RecordRef[] =>
    other === null ? [] : [refOf({ kind, record: other } as AnyRecord)];
  switch (one.kind) {
    case 'organization': {
      const { prefix } = one.record;
      return [['prefix', ofItsOwn.prefix, 'prefix', prefix, ref(records.organizationByPrefix(prefix), 'organization')]];
    }
    case 'user': {
      const { login } = one.record;
      if (login === null) return [];
      return [['login', ofItsOwn.login, 'login', login.toLowerCase(), ref(records.userByLogin(login), 'user')]];
    }
    case 'extension':
      return one.record.publicNumbers.map((number, at) => [
        `publicNumbers[${at}]`,
        ofItsOwn.publicNumber,
        'publicNumber',
        number,
        ref(records.extensionByPublicNumber(number), 'extension'),
      ]);
    case 'conference': {
      const { meetingId } = one.record;
      const other = ref(records.conferenceByMeetingId(meetingId), 'conference');
      return [['meetingId', ofItsOwn.meetingId, 'meetingId', meetingId, other]];
    }
    case 'trunk': {
      if (one.record.inbound === null) return [];
      const { username } = one.record.inbound;
      const other = ref(records.trunkByUsername(username), 'trunk');
      return [['inbound.username', ofItsOwn.trunkUsername, 'trunkUsername', username, other]];
    }
    default:
      return [];
  }
}

function checkOne(records: DirectoryRecordsView, one: AnyRecord, put: readonly AnyRecord[], ignored: Ignored): void {
  if (one.kind === 'extension') {
    const { number } = one.record;
    const other = records.organizationByPrefix(number);
    if (other !== null && !ignored.has(`organization ${other.id}`))
      throw conflict('number', expectedTexts.noPrefix(number, `organization ${other.id}`));
    // And none of those that come with it.
    const comes = organizationsIn(put).find(({ prefix }) => prefix === number);
    if (comes !== undefined) throw conflict('number', expectedTexts.noPrefix(number, `organization ${comes.id}`));
    const organization = records.organization(one.record.organizationId);
    const prefix = organizationsIn(put).find(({ id }) => id === one.record.organizationId) ?? organization;
    checkNoCarrier(records, 'number', [number, `${prefix?.prefix}*${number}`]);
  }
  if (one.kind === 'organization') {
    const { id, prefix } = one.record;
    const mine = [...records.all('extension')].filter(({ organizationId }) => organizationId === id);
    checkNoCarrier(
      records,
      'prefix',
      mine.map(({ number }) => `${prefix}*${number}`),
    );
  }
  if (one.kind === 'organization' && records.extensionsByNumber(one.record.prefix).length > 0)
    throw conflict('prefix', `expected a prefix that is no extension's number, found "${one.record.prefix}"`);
  if (one.kind === 'app') {
    const { organizationId, user } = one.record;
    const comes = put.some((other) => other.kind === 'user' && refOf(other).id === `${organizationId}-${user}`);
    if (!comes && records.user(organizationId, user) === null) throw conflict('user', expectedTexts.user(user));
  }
  if (one.kind !== 'trunk') return;
  const { name, register, username, password, inbound } = one.record;
  if (name === sandboxTrunkName) throw conflict('name', expectedTexts.notTheSandbox);
  if (register && (username === null || password === null)) throw conflict('register', expectedTexts.credentials);
  if (inbound !== null && isPhone(records, inbound.username))
    throw conflict('inbound.username', expectedTexts.noPhone(inbound.username));
}

function organizationsIn(put: readonly AnyRecord[]): OrganizationRecord[] {
  return put.flatMap((one) => (one.kind === 'organization' ? [one.record] : []));
}

/**
 * A phone that is called as the carrier of a trunk calls itself would take its place: SipAccounts looks for phones
 * first.
 */
function checkNoCarrier(records: DirectoryRecordsView, path: string, usernames: readonly string[]): void {
  for (const username of usernames)
    if (records.trunkByUsername(username) !== null) throw conflict(path, expectedTexts.noCarrier(username));
}

function isPhone(records: DirectoryRecordsView, username: string): boolean {
  const [first = '', second, more] = username.split('*');
  if (more !== undefined) return false;
  if (second === undefined) return records.extensionsByNumber(first).length > 0;
  const organization = records.organizationByPrefix(first);
  return organization !== null && records.extensionIn(organization.id, second) !== null;
}

/** Whether each row leads to a trunk there is. Throws AppError. */
export function checkRule(records: DirectoryRecordsView, rule: DialRule): void {
  const names = records.trunks.map(({ name }) => name);
  if (!names.includes(rule.trunk)) throw conflict('trunk', expectedTexts.trunk(names, rule.trunk));
}

/** Of another organization nobody is told more than that it has it. */
function whose(one: AnyRecord, other: RecordRef): string {
  const mine = organizationIdOf(one);
  const theirs = Number.parseInt(other.id, 10);
  return mine === null || mine === theirs ? keyOf(other) : 'in another organization';
}
