export const en = {
  title: 'Console',
  signInLead: 'Every conference as it happens, and why a call failed. For administrators.',
  sections: 'Sections',
  overview: 'Overview',
  live: 'Live conferences',
  calls: 'Calls',
  unknownPage: 'There is no such page here.',
  overviewEmpty: 'Nothing to show yet',
  overviewEmptyHint: 'What is running now will be shown here.',
};

export type Words = typeof en;
