type Details = Readonly<Record<string, string | number | null>>;

const seconds = (ms: unknown): string => {
  const all = Math.round(Number(ms ?? 0) / 1000);
  return all < 90 ? `${all} s` : all < 5400 ? `${Math.round(all / 60)} min` : `${(all / 3600).toFixed(1)} h`;
};

/** Sentences in English come from the server. */
const why = (_code: string, _of: Details): string | null => null;

interface Phrase {
  readonly code: string;
  readonly [detail: string]: string | number;
}

/** So are the words of events; `causes`: in words. */
const event = (_says: readonly Phrase[], _causes: Readonly<Record<string, string>>): string | null => null;

interface Sound {
  readonly level: number | null;
  readonly loss: number;
  readonly jitterMs: number;
  readonly mos: number | null;
}

export const en = {
  calls: 'Calls',
  live: 'Live conferences',
  title: 'Call',
  back: '← All calls',
  notFound: 'There is no such call.',
  notFoundHint: 'Its log may have been removed: retention.log says how long calls are kept.',
  failed: 'The call could not be read.',
  running: 'Running',
  runningNow: 'Running now',
  runningList: 'Running calls, as a table',
  since: 'Since',
  ended: (cause: string) => (cause === '' ? 'Ended' : `Ended: ${cause}`),
  lasted: (s: number) => seconds(s * 1000),
  people: (count: number) => (count === 1 ? '1 participant' : `${count} participants`),
  conference: (name: string, number: string) => (name === '' ? `Conference ${number}` : `${name} (${number})`),
  refusedCall: 'A call that was refused',
  refusedCalls: 'Refused before there was a call',
  refusedList: 'Refused calls, as a table',
  noRefusedCalls: 'Nothing was refused',
  noRefusedCallsHint: 'Wrong passwords, numbers that lead nowhere, lists and budgets show here, each with its reason.',
  refusedFrom: 'From',
  refusedNumber: 'Dialled',
  refusedWhy: 'Why',
  whyTitle: 'What went wrong',
  whyKinds: { refused: 'Refused', failed: 'Failed', dropped: 'Dropped', quality: 'Sound' },
  why,
  event,
  eventNumber: (seq: number) => `Event ${seq}`,
  timeline: 'Timeline',
  timelineLabel: (lanes: number, events: number) =>
    `Timeline of ${lanes} participants and ${events} events. Arrow keys move the cursor, plus and minus zoom.`,
  zoomIn: 'Zoom in',
  zoomOut: 'Zoom out',
  whole: 'Whole call',
  findParticipant: 'Show only participants whose name or number has',
  tooMany: (shown: number, all: number) =>
    `The first ${shown} of ${all} participants are drawn; narrow them down above.`,
  legend: {
    present: 'in the call',
    talking: 'talks',
    hold: 'on hold',
    muted: 'muted',
    ringing: 'rings',
    level: 'level',
    loss: 'packets lost',
    jitter: 'jitter of 30 ms or more',
    mos: 'hard to hear (MOS below 3.6)',
    digits: 'keys pressed',
  },
  recording: 'Recording',
  details: 'At the cursor',
  events: 'Events',
  messages: 'SIP messages',
  participants: 'Participants',
  /** How somebody sounds; `level` in dBov, `loss` a share. */
  sound: ({ jitterMs, level, loss, mos }: Sound) =>
    [
      ...(level === null ? [] : [`${Math.round(level)} dB`.replace('-', '−')]),
      `${(loss * 100).toFixed(loss > 0 && loss < 0.1 ? 1 : 0)} % lost`,
      `jitter ${Math.round(jitterMs)} ms`,
      ...(mos === null ? [] : [`MOS ${mos.toFixed(1)}`]),
    ].join(' · '),
  withTalking: 'Also who begins and stops talking',
  noEvents: 'No events.',
  noMessages: 'No SIP messages are kept of this call.',
  earlier: 'Earlier',
  later: 'Later',
  range: (from: number, to: number, all: number) => `${from} to ${to} of ${all}`,
  roles: { participant: 'participant', moderator: 'moderator', supervisor: 'supervisor' },
  message: 'SIP message',
  messageGone: 'This message is no longer kept.',
  searchNumber: 'Number or name',
  searchCause: 'Why it ended',
  searchFrom: 'From',
  searchTo: 'To',
  search: 'Search',
  anyCause: 'Any reason',
  when: 'When',
  who: 'Who',
  how: 'How it ended',
  length: 'Length',
  parties: 'Participants',
  more: 'Older ones',
  noCalls: 'No calls found',
  noCallsYetHint: 'Each is listed here once it is over, with how it ended: try one from the sandbox.',
  noCallsHint: 'Another number, another reason or a longer time may find more.',
  openById: 'Open a call by any id',
  openByIdHint: 'Of a call, connection or leg, or the Call-ID of a SIP INVITE.',
  open: 'Open',
  noLive: 'No conference is running',
  noLiveHint: 'As soon as somebody dials in, it is shown here.',
  locked: 'Locked',
  waiting: 'Waits for a moderator',
  recorded: 'Recorded',
  talking: 'talks',
  mute: 'Mute',
  unmute: 'Unmute',
  remove: 'Remove',
  lock: 'Lock',
  unlock: 'Unlock',
  record: 'Record',
  stopRecording: 'Stop recording',
  end: 'End conference',
  endSure: 'End the conference for everybody?',
  removeSure: (name: string) => `Put ${name} out of the conference?`,
  refused: 'The server refused that.',
  otherCalls: 'Other calls',
  oldestCalls: (count: number) => `The oldest ${count}.`,
  showOthers: (count: number) => `Show ${count} more`,
  callsRunning: (count: number) => (count === 1 ? '1 conference' : `${count} conferences`),
};

export type Words = typeof en;
