import type { Cause } from '../../call/model/cause.ts';
import type { EntryRefusal } from '../../call/model/events.ts';
import type { Phrase } from './event-phrases.ts';

const keys = (count: number): string => (count === 1 ? 'a key' : `${count} keys`);

const causes: Readonly<Record<Cause, string>> = {
  normal: 'hung up',
  newCall: 'a call begins',
  busy: 'busy',
  noAnswer: 'no answer',
  destNotObtainable: 'no such number, or no phone there',
  callCancelled: 'the caller gave up',
  callRejected: 'declined',
  unauthorized: 'not allowed, or a wrong PIN',
  resourcesNotAvailable: 'no capacity',
  systemFailure: 'the server failed',
  mediaFailure: 'the sound failed',
  timeout: 'its time was over',
  networkNotObtainable: 'the trunk or the network was not there',
  conferenceFull: 'the conference is full',
  locked: 'the conference is locked',
  moderatorsLeft: 'the last moderator left',
  removed: 'put out',
  transfer: 'transferred',
  conference: 'goes into a conference',
  joined: 'comes in',
  shutdown: 'the server shuts down',
};

const entryRefusals: Readonly<Record<EntryRefusal, string>> = {
  unknownNumber: 'there is no such number',
  wrongPin: 'a wrong PIN',
  lockedOut: 'too many wrong PINs',
  closed: 'it is closed',
  full: 'it is full',
  locked: 'it is locked',
  unavailable: 'it is not possible just now',
};

const causeOf = ({ cause }: Phrase): string => causes[cause as Cause] ?? `${cause}`;

/** In English, by code. */
const texts: Readonly<Record<string, (of: Phrase) => string>> = {
  callBegins: () => 'a call begins',
  accessBegins: () => 'a call that asks for a conference begins',
  conferenceBegins: () => 'a conference begins',
  calls: ({ who }) => `${who} calls`,
  isDialled: ({ who }) => `${who} is dialled`,
  sentOnBy: ({ who }) => `sent on by ${who}`,
  sentOnByUnknown: () => 'sent on by somebody unknown',
  isToBeDialled: ({ who }) => `${who} is to be dialled`,
  rings: () => 'rings',
  ringsAndIsHeard: () => 'rings, and is heard already',
  comesIn: () => 'comes in',
  answers: () => 'answers',
  notReached: (of) => `could not be reached: ${causeOf(of)}${of['status'] === undefined ? '' : ` (${of['status']})`}`,
  holds: () => 'holds',
  isBackFromHold: () => 'is back from hold',
  comeFromAnotherCall: ({ who, count }) => `${who} ${count === 1 ? 'comes' : 'come'} in from another call`,
  goesOnInAnotherCall: () => 'goes on in another call',
  isSentOn: ({ to }) => `is sent on to ${to}`,
  isForwarded: ({ who, to }) => `${who} is forwarded to ${to}`,
  leaves: () => 'leaves',
  leavesFor: (of) => `leaves: ${causeOf(of)}`,
  isOver: () => 'the call is over',
  isOverFor: (of) => `the call is over: ${causeOf(of)}`,
  pressesKeys: ({ count }) => `presses ${keys(Number(count))}`,
  keysAreSent: ({ count }) => (count === 1 ? 'a key is sent' : `${count} keys are sent`),
  recordingBegins: () => 'recording begins',
  recordingEnds: () => 'recording ends',
  recordingEndsFor: (of) => `recording ends: ${causeOf(of)}`,
  recordingPauses: () => 'recording pauses',
  recordingGoesOn: () => 'recording goes on',
  recordingIsCalled: ({ name }) => `the recording is called ${name}`,
  isNotLetIn: ({ why }) => `is not let in: ${entryRefusals[why as EntryRefusal] ?? why}`,
  writesToAll: () => 'writes to all',
  writesTo: ({ who }) => `writes to ${who}`,
  pinsAreGuessed: ({ count }) => `PINs are being guessed: ${count} wrong ones`,
  talks: ({ who }) => `${who} talks`,
  stopsTalking: ({ who }) => `${who} stops`,
  isMuted: () => 'is muted',
  isUnmuted: () => 'is no longer muted',
  isMutedByModeratorToo: () => 'is muted by a moderator too',
  raisesHand: () => 'raises a hand',
  lowersHand: () => 'lowers the hand',
  hearsNobody: () => 'hears nobody',
  hearsAgain: () => 'hears again',
  hasRole: ({ role }) => `is ${role} now`,
  isLocked: () => 'the conference is locked',
  isUnlocked: () => 'the conference is open again',
  waitsForModerator: () => 'waits for a moderator',
  waitsNoLonger: () => 'no longer waits',
  phoneHoldsToo: () => 'its phone holds too',
  isParked: () => 'is parked',
  isParkedNoMore: () => 'is parked no more',
  settingsChange: () => 'the settings of the conference change',
  dataChanges: ({ keys }) => `data changes: ${keys}`,
  changes: () => 'changes',
  refusedBefore: () => 'was refused before there was a call',
};

/** What one event says, in a few words. */
export function textOf(phrases: readonly Phrase[]): string {
  return phrases.map((phrase) => texts[phrase.code]?.(phrase) ?? phrase.code).join(', ');
}
