import { useCallback, useEffect, useMemo, useReducer, useRef, useState } from 'react';
import { type LineState, MeetingLine } from './meeting-line.ts';
import { afterMessage, emptyMeeting, type MeetingState, noticed } from './meeting-state.ts';
import type { Command, ServerMessage } from './protocol.ts';
import { Refusal } from './refusal.ts';
import type { Seat } from './session.ts';

export interface Entry {
  readonly meetingId: string;
  readonly name: string;
  readonly passcode: string;
}

/** A meeting that this page is in, or on the way into. */
export interface Meeting {
  readonly entry: Entry;
  readonly line: LineState;
  readonly state: MeetingState;
  /** Why it is over. */
  readonly why: string | null;
  /** Whether the microphone is to be silent. */
  readonly muted: boolean;
  /** Whether nobody is heard until the user does something: so browsers have it after a reload. */
  readonly held: boolean;
  /** What did not work last; null: all is well. */
  readonly trouble: string | null;
}

export interface MeetingActions {
  /** Null: it is joined; else why not. `seat`: the place that the page before its reload had there. */
  join(entry: Entry, microphone: MediaStream, loudspeaker?: string, seat?: Seat | null): Promise<Refusal | null>;
  ask(command: Command): Promise<boolean>;
  givePasscode(passcode: string): void;
  setMuted(muted: boolean): void;
  speakInto(stream: MediaStream): void;
  /** `deviceId` of a loudspeaker; empty: the browser's choice. */
  hearOn(deviceId: string): void;
  leave(): void;
  /** Back to before. */
  forget(): void;
}

type Action = ServerMessage | { type: 'mutedByModerator' } | { type: 'fresh' };

function reduce(state: MeetingState, action: Action): MeetingState {
  if (action.type === 'fresh') return emptyMeeting;
  if (action.type === 'mutedByModerator') return noticed(state, { is: 'mutedByModerator' });
  return afterMessage(state, action);
}

export function useMeeting(): [Meeting | null, MeetingActions] {
  const [state, dispatch] = useReducer(reduce, emptyMeeting);
  const [entry, setEntry] = useState<Entry | null>(null);
  const [lineState, setLineState] = useState<LineState>('joining');
  const [why, setWhy] = useState<string | null>(null);
  const [muted, setMutedHere] = useState(false);
  const [held, setHeld] = useState(false);
  const [trouble, setTrouble] = useState<string | null>(null);
  const line = useRef<MeetingLine | null>(null);
  const self = useRef<string | null>(null);
  const mutedNow = useRef(false);

  const remember = useCallback((value: boolean) => {
    mutedNow.current = value;
    setMutedHere(value);
  }, []);

  const take = useCallback(
    (message: ServerMessage) => {
      dispatch(message);
      if (message.type === 'conference') {
        self.current = message.conference.self;
        const own = message.conference.participants.find(({ id }) => id === self.current);
        // A call made anew begins unmuted; nobody is to be heard who was not.
        if (own !== undefined && mutedNow.current && !own.muted) line.current?.mute(true);
        // As it was before the page was loaded again, or has become meanwhile.
        if (own?.muted === true) remember(true);
      }
      if (message.type === 'changed' && message.participant.id === self.current) {
        const { muted, mutedBy } = message.participant;
        if (muted && !mutedNow.current && mutedBy === 'moderator') dispatch({ type: 'mutedByModerator' });
        // What is told may be older than what the user wishes.
        if (muted || line.current?.mutes !== true) remember(muted);
      }
    },
    [remember],
  );

  const join = useCallback(
    async (given: Entry, microphone: MediaStream, loudspeaker = '', seat: Seat | null = null) => {
      line.current?.leave();
      dispatch({ type: 'fresh' });
      remember(false);
      setTrouble(null);
      setWhy(null);
      const made: MeetingLine = new MeetingLine({
        ...given,
        microphone,
        loudspeaker,
        seat,
        onMessage: (message) => line.current === made && take(message),
        onHeld: setHeld,
        onState: (now, reason) => {
          if (line.current !== made) return;
          setLineState(now);
          setWhy(reason);
          if (now !== 'over') setEntry(given);
        },
      });
      line.current = made;
      setLineState('joining');
      try {
        await made.start();
        return null;
      } catch (error) {
        setEntry(null);
        return error instanceof Refusal ? error : new Refusal('other', String(error));
      }
    },
    [remember, take],
  );

  const ask = useCallback(async (command: Command) => {
    try {
      if (line.current === null) return false;
      await line.current.ask(command);
      setTrouble(null);
      return true;
    } catch (error) {
      setTrouble((error as Error).message);
      return false;
    }
  }, []);

  const setMuted = useCallback(
    (wanted: boolean) => {
      remember(wanted);
      line.current?.mute(wanted);
    },
    [remember],
  );

  useEffect(() => () => line.current?.leave(), []);

  const meeting = entry === null ? null : { entry, line: lineState, state, why, muted, held, trouble };
  const actions = useMemo<MeetingActions>(
    () => ({
      join,
      ask,
      setMuted,
      givePasscode: (passcode) => void line.current?.givePasscode(passcode).catch(() => {}),
      speakInto: (stream) => void line.current?.speakInto(stream).catch(() => {}),
      hearOn: (deviceId) => line.current?.hearOn(deviceId),
      leave: () => line.current?.leave(),
      forget: () => setEntry(null),
    }),
    [join, ask, setMuted],
  );
  return [meeting, actions];
}
