import { numberTail } from '../base/same-number.ts';
import type { Secret } from '../base/secret.ts';
import { readTelephoneNumber } from '../base/telephone-number.ts';
import type { ConferencePolicy } from '../call/model/conference-policy.ts';
import type { Role } from '../call/model/connection.ts';
import type { Admission, AdmissionRequest } from '../call/ports.ts';
import type { DirectoryIndex } from './directory-index.ts';
import type { PinLockout } from './lockout.ts';
import type { ConferenceRecord, ExtensionRecord } from './records.ts';
import { isOpen } from './schedule.ts';

/**
 * Whether a caller gets into a conference, and as what; or what to ask for next. Rows in order, the first that holds
 * decides:
 *
 * | holds                                     | answer        |
 * |-------------------------------------------|---------------|
 * | no conference number                      | numberNeeded  |
 * | no such conference                        | unknownNumber |
 * | outside its schedule, and not inside      | closed        |
 * | it has no PIN                             | admitted, participant |
 * | too many wrong PINs by caller, or by all together unless the caller is of the same organization | lockedOut |
 * | no PIN given                              | pinNeeded     |
 * | PIN is the moderators' / participants'    | admitted      |
 * | empty PIN and participants need none      | admitted, participant |
 * | otherwise                                 | wrongPin      |
 */
export function admit(index: DirectoryIndex, lockout: PinLockout, request: AdmissionRequest, now: number): Admission {
  const { extensionId, conferenceNumber, pin, owner, inside } = request;
  const callerKey = countedKey(request.callerKey);
  if (conferenceNumber === null) return { result: 'numberNeeded' };
  const extension = index.extension(extensionId);
  const conference = index.conference(extensionId, conferenceNumber);
  if (extension === null || conference === null) return { result: 'unknownNumber' };
  if (inside !== true && !isOpen(conference.schedule, now)) return { result: 'closed' };
  // Somebody else's phones and programs are outside, like strangers: an organization could have as many of them as it
  // likes.
  const authenticated = request.authenticated && isOfOrganization(index, callerKey, extension.organizationId);
  const policy = () => policyOf(extension, conference);
  const { id, participantPin, moderatorPin } = conference;
  if (participantPin === null && moderatorPin === null)
    return { result: 'admitted', policy: policy(), role: 'participant' };
  const lockedUntil = lockout.lockedUntil(id, callerKey, authenticated);
  if (lockedUntil !== null) return { result: 'lockedOut', untilMs: lockedUntil };
  if (pin === null) return { result: 'pinNeeded' };
  const role = roleOf(conference, pin);
  if (role === null) {
    lockout.failed(id, callerKey, authenticated, conference.roomSize, owner);
    return { result: 'wrongPin' };
  }
  // A participant's PIN does not clear the count where there is a moderator's to be guessed between two right ones.
  if (role === 'moderator' || moderatorPin === null) lockout.succeeded(id, callerKey);
  return { result: 'admitted', policy: policy(), role };
}

/** Who has shown what it takes for a role already is not asked again; that the conference is there and open is. */
export function admitAgain(index: DirectoryIndex, conferenceId: string, role: Role, now: number): Admission {
  const conference = index.conferenceById(conferenceId);
  const extension = conference === null ? null : index.extension(conference.extensionId);
  if (conference === null || extension === null) return { result: 'unknownNumber' };
  if (!isOpen(conference.schedule, now)) return { result: 'closed' };
  return { result: 'admitted', policy: policyOf(extension, conference), role };
}

/**
 * Under what a caller is counted. A carrier writes one number in many ways (`+49301234567`, `0049301234567`,
 * `0301234567`), so of numbers only the end counts that all of them have in common.
 */
function countedKey(callerKey: string): string {
  const colon = callerKey.lastIndexOf(':');
  if (!callerKey.startsWith('trunk:') || colon < 'trunk:'.length) return callerKey;
  const shown = callerKey
    .slice(colon + 1)
    .normalize('NFKC')
    .toLowerCase();
  const number = readTelephoneNumber(shown)?.number;
  return callerKey.slice(0, colon + 1) + (number === undefined ? shown : numberTail(number));
}

/** Whether the caller, as `callerKey` of legs/ and the interfaces name it, belongs there. */
function isOfOrganization(index: DirectoryIndex, callerKey: string, organizationId: number): boolean {
  const [kind, id = ''] = callerKey.split(':');
  if (kind === 'extension') return index.extension(id)?.organizationId === organizationId;
  return kind !== 'application' || id === String(organizationId);
}

/** Compares with every PIN there is, whichever fits, so that the time tells nothing. */
function roleOf(conference: ConferenceRecord, pin: Secret): 'participant' | 'moderator' | null {
  const entered = pin.reveal();
  const isModerator = conference.moderatorPin?.equals(entered) ?? false;
  const isParticipant = conference.participantPin?.equals(entered) ?? entered === '';
  if (isModerator) return 'moderator';
  return isParticipant ? 'participant' : null;
}

function policyOf(extension: ExtensionRecord, conference: ConferenceRecord): ConferencePolicy {
  return {
    conferenceId: conference.id,
    organizationId: String(extension.organizationId),
    extensionId: extension.id,
    extensionNumber: extension.number,
    number: conference.number,
    name: conference.name,
    roomSize: conference.roomSize,
    musicWhileAlone: conference.musicWhileAlone,
    waitForModerator: conference.waitForModerator,
    closeWhenModeratorsLeave: conference.closeWhenModeratorsLeave,
    announceCount: conference.announceCount,
    entryTone: conference.entryTone,
    record: conference.record,
    recordTone: conference.recordTone,
    locked: false,
  };
}
