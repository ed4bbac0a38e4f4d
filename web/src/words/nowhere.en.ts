export const en = {
  title: 'There is nothing at this address',
  lead: 'The address may be mistyped, or what was here has been moved. Nothing is wrong with the server.',
  asked: 'Asked for',
  ways: 'Where to go on',
  toStart: 'Start page: three doors to try',
  toMeeting: 'Join a meeting',
  toAgent: 'Agent desktop',
  toConsole: 'Console for administrators',
  toDocs: 'Read and try the interfaces',
  toGuide: 'The guide',
};

export type Words = typeof en;
