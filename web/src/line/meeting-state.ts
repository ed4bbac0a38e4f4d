import type { ChatMessage, Conference, Participant, Pending, ServerMessage } from './protocol.ts';

export interface ChatLine {
  readonly id: string;
  readonly name: string;
  readonly own: boolean;
  /** To whom alone; null: to all. */
  readonly to: string | null;
  readonly text: string;
  /** ms since the epoch. */
  readonly at: number;
}

/** Something to tell once; `key` grows. */
export interface Notice {
  readonly key: number;
  readonly what:
    | { readonly is: 'joined' | 'left' | 'handRaised' | 'removed' | 'knocks'; readonly name: string }
    /** `because`: a reason, finer than the cause where the server said more. */
    | { readonly is: 'unreached'; readonly name: string; readonly because: string; readonly status: number | null }
    | { readonly is: 'dropped'; readonly name: string; readonly reason: string }
    | { readonly is: 'recordingOn' | 'recordingOff' | 'recordingPaused' | 'recordingFailed' }
    | { readonly is: 'locked' | 'unlocked' | 'mutedByModerator' };
}

/** The meeting as this page shows it. */
export interface MeetingState {
  readonly self: string | null;
  readonly subject: string;
  readonly meetingId: string;
  readonly locked: boolean;
  readonly recording: Conference['recording'];
  readonly recordingName: string | null;
  readonly recordingMode: string;
  /** The last one that failed; null: none did. */
  readonly failedRecording: string | null;
  readonly waiting: boolean;
  readonly participants: readonly Participant[];
  readonly chat: readonly ChatLine[];
  readonly notices: readonly Notice[];
  /** Who knocks; moderators alone know. */
  readonly pending: readonly Pending[];
  /** What is needed to come in; null: it is in. */
  readonly needed: 'passcode' | 'permission' | null;
  /** One may knock instead of giving a passcode. */
  readonly mayKnock: boolean;
  /** What came of the last passcode; null: none was given. */
  readonly refused: string | null;
  readonly endReason: string | null;
}

export const emptyMeeting: MeetingState = {
  self: null,
  subject: '',
  meetingId: '',
  locked: false,
  recording: 'off',
  recordingName: null,
  recordingMode: 'never',
  failedRecording: null,
  waiting: false,
  participants: [],
  chat: [],
  notices: [],
  pending: [],
  needed: null,
  mayKnock: false,
  refused: null,
  endReason: null,
};

const recordingNotice = { on: 'recordingOn', off: 'recordingOff', paused: 'recordingPaused' } as const;
const keptNotices = 20;
const keptChat = 1000;
/** Whoever was rung and leaves for one of these was not missed: the call was given up here. */
const wanted = new Set(['normal', 'callCancelled', 'removed', 'moderatorsLeft', 'transfer', 'conference', 'joined']);
/** Whoever was in and leaves for one of these did not mean to. */
const drops = new Set(['mediaFailure', 'timeout', 'networkNotObtainable', 'systemFailure', 'resourcesNotAvailable']);

/** What the meeting is after the server has said this. */
export function afterMessage(state: MeetingState, message: ServerMessage): MeetingState {
  switch (message.type) {
    case 'conference': {
      const { self, subject, meetingId, locked, recording, recordingMode, waiting, participants } = message.conference;
      const now = { self, subject, meetingId, locked, recording, recordingMode, waiting, participants };
      const { chat = [], recordingName = null } = message.conference;
      const fresh = { ...state, ...now, recordingName, pending: [], needed: null, refused: null };
      return chat.reduce<MeetingState>(withChat, fresh);
    }
    case 'admission':
      return {
        ...state,
        needed: message.passcodeNeeded ? 'passcode' : 'permission',
        mayKnock: message.permissionNeeded,
        refused: message.refused ?? null,
      };
    case 'pending':
      return message.participants
        .filter(({ id }) => !state.pending.some((one) => one.id === id))
        .reduce<MeetingState>((after, { name }) => noticed(after, { is: 'knocks', name }), {
          ...state,
          pending: message.participants,
        });
    case 'joined':
    case 'changed':
      return withParticipant(state, message.participant);
    case 'failed':
      return without(state, message.id, message.reason, message);
    case 'left':
      return without(state, message.id, message.reason, null);
    case 'talking':
      return {
        ...state,
        participants: state.participants.map((one) => {
          if (message.started.includes(one.id)) return { ...one, talking: true };
          return message.stopped.includes(one.id) ? { ...one, talking: false } : one;
        }),
      };
    case 'state': {
      const { locked = state.locked, recording = state.recording, waiting = state.waiting } = message;
      const { recordingName = state.recordingName } = message;
      let next: MeetingState = { ...state, locked, recording, recordingName, waiting };
      if (locked !== state.locked) next = noticed(next, { is: locked ? 'locked' : 'unlocked' });
      if (recording !== state.recording) next = noticed(next, { is: recordingNotice[recording] });
      return next;
    }
    case 'recordingFailed':
      if (message.id === state.failedRecording) return state;
      return noticed({ ...state, recording: 'off', failedRecording: message.id }, { is: 'recordingFailed' });
    case 'chat':
      return withChat(state, message.message);
    case 'ended':
      return { ...state, endReason: message.reason };
    default:
      return state;
  }
}

function withChat(state: MeetingState, { id, from, name, to, text, at }: ChatMessage): MeetingState {
  // After a connection was made anew the same may be told again.
  if (state.chat.some((line) => line.id === id && line.text === text)) return state;
  const line: ChatLine = {
    id,
    name: nameOf(state, from) || (name ?? ''),
    own: from === state.self,
    to: to === null ? null : nameOf(state, to),
    text,
    at: new Date(at).getTime(),
  };
  return { ...state, chat: [...state.chat, line].slice(-keptChat) };
}

export function selfOf({ participants, self }: MeetingState): Participant | null {
  return participants.find(({ id }) => id === self) ?? null;
}

function nameOf({ participants }: MeetingState, id: string): string {
  return participants.find((one) => one.id === id)?.name ?? '';
}

/** Tells it once. */
export function noticed(state: MeetingState, what: Notice['what']): MeetingState {
  const key = (state.notices.at(-1)?.key ?? 0) + 1;
  return { ...state, notices: [...state.notices, { key, what }].slice(-keptNotices) };
}

function withParticipant(state: MeetingState, given: Participant): MeetingState {
  const before = state.participants.find(({ id }) => id === given.id);
  const participants =
    before === undefined
      ? [...state.participants, given]
      : state.participants.map((one) => (one.id === given.id ? given : one));
  const next = { ...state, participants };
  const { id, name } = given;
  const own = id === state.self;
  if (!own && given.state === 'connected' && before?.state !== 'connected' && before?.state !== 'held') {
    return noticed(next, { is: 'joined', name });
  }
  if (!own && given.handRaised && before?.handRaised === false) return noticed(next, { is: 'handRaised', name });
  return next;
}

interface Said {
  readonly status: number | null;
  readonly rang: boolean | null;
}

function without(state: MeetingState, id: string, reason: string, said: Said | null): MeetingState {
  const gone = state.participants.find((one) => one.id === id);
  if (gone === undefined) return state;
  const next = { ...state, participants: state.participants.filter((one) => one.id !== id) };
  if (id === state.self) return next;
  const { name } = gone;
  if (gone.state === 'connecting' && !wanted.has(reason))
    return noticed(next, {
      is: 'unreached',
      name,
      because: said === null ? reason : whyUnreached(reason, said),
      status: said?.status ?? null,
    });
  if (drops.has(reason)) return noticed(next, { is: 'dropped', name, reason });
  return noticed(next, { is: reason === 'removed' ? 'removed' : 'left', name });
}

/** A cause is one word for several things; what was said by SIP, and whether it rang, tell them apart. */
function whyUnreached(reason: string, { status, rang }: Said): string {
  const bySip = status !== null;
  switch (reason) {
    case 'busy':
      return bySip ? reason : 'doNotDisturb';
    case 'destNotObtainable':
      return bySip ? reason : 'nobodyThere';
    case 'noAnswer':
    case 'timeout':
      return !bySip && rang === false ? 'nothingSaid' : 'noAnswer';
    case 'networkNotObtainable':
      return bySip ? 'notPutThrough' : 'networkNotObtainable';
    case 'mediaFailure':
      return bySip ? 'noCodec' : reason;
    case 'callRejected':
      return bySip && status < 600 ? 'forbidden' : reason;
    default:
      return reason;
  }
}
