import type { ConferencePolicy } from '../../call/model/conference-policy.ts';

/** The conferences at extension 211 of the small server for tests, by number. */
export const conferences = new Map<string, Partial<ConferencePolicy> & { readonly pin: string | null }>([
  ['3', { pin: '2233', announceCount: true, entryTone: true }],
  ['4', { pin: null }],
  ['5', { pin: null, roomSize: 1 }],
  ['6', { pin: null, musicWhileAlone: true }],
  ['7', { pin: null, record: 'choice' }],
  ['8', { pin: null, record: 'always' }],
]);

export function policyOf(number: string, rest: Partial<ConferencePolicy>): ConferencePolicy {
  return {
    conferenceId: `211-${number}`,
    organizationId: '3',
    extensionId: '211',
    extensionNumber: '211',
    number,
    name: `Conference ${number}`,
    roomSize: 50,
    musicWhileAlone: false,
    waitForModerator: false,
    closeWhenModeratorsLeave: false,
    announceCount: false,
    entryTone: false,
    record: 'never',
    recordTone: false,
    locked: false,
    ...rest,
  };
}
