import { useCallback, useRef, useState } from 'react';
import type { Refusal } from '../../line/refusal.ts';
import { type Meeting, type MeetingActions, useMeeting } from '../../line/use-meeting.ts';
import { openVoice, type Voice } from '../../line/voice.ts';

export interface Room {
  readonly meeting: Meeting | null;
  readonly actions: MeetingActions;
  readonly voice: Pick<Voice, 'kind' | 'instead'> | null;
  /** In it, or on the way. */
  readonly inside: boolean;
  /** Null: one is in; else why not. */
  enter(name: string, voice?: Voice['kind']): Promise<Refusal | null>;
  leave(): void;
}

/** The conference of the start page, as this browser is in it. */
export function useRoom(meetingId: string): Room {
  const [meeting, actions] = useMeeting();
  const [voice, setVoice] = useState<Room['voice']>(null);
  const open = useRef<Voice | null>(null);
  const close = useCallback(() => {
    open.current?.stop();
    open.current = null;
    setVoice(null);
  }, []);
  const enter = useCallback(
    async (name: string, wanted: Voice['kind'] = 'microphone') => {
      close();
      const found = await openVoice(wanted);
      open.current = found;
      setVoice(found);
      const refusal = await actions.join({ meetingId, name, passcode: '' }, found.stream);
      if (refusal !== null) close();
      return refusal;
    },
    [actions, close, meetingId],
  );
  const leave = useCallback(() => {
    actions.leave();
    close();
  }, [actions, close]);
  return { meeting, actions, voice, inside: meeting !== null && meeting.line !== 'over', enter, leave };
}
