export const en = {
  title: 'Console',
  signInLead: 'Every conference as it happens, and why a call failed. For administrators.',
  sections: 'Sections',
  overview: 'Overview',
  live: 'Live conferences',
  calls: 'Calls',
  directory: 'Directory',
  security: 'Phones and bans',
  webhooks: 'Webhooks',
  recordings: 'Recordings',
  unknownPage: 'There is no such page here.',
  overviewFailed: 'Not all of this could be asked for.',
  participants: 'Participants',
  registeredPhones: 'Registered phones',
  bansNow: 'Bans',
  people: (count: number) => (count === 1 ? '1 participant' : `${count} participants`),
  nobodyTalks: 'No conference is running',
  nobodyTalksHint: 'Dial a conference, or join one from the meeting page.',
  lastCalls: 'Calls that ended last',
  noCallsYet: 'No call has ended yet',
};

export type Words = typeof en;
