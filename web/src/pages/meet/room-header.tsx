import type { MeetingState } from '../../line/meeting-state.ts';
import { Heading } from '../../look/heading.tsx';
import { Icon, Mark } from '../../look/icons.tsx';
import { useWords } from '../../words/meet.ts';

interface RoomHeaderProps {
  readonly state: MeetingState;
  readonly meetingId: string;
}

/** Which meeting it is, and whether it is recorded or locked. */
export function RoomHeader({ state, meetingId }: RoomHeaderProps) {
  const words = useWords();
  return (
    <header className="top">
      <Mark />
      <div className="title">
        <Heading text={state.subject || words.meeting(meetingId)} />
        <p>{words.meeting(meetingId)}</p>
      </div>
      {state.recording === 'off' ? null : (
        <span className={`chip rec ${state.recording}`}>
          <Icon name="record" />
          {state.recording === 'on' ? words.recording : words.recordingPaused}
          {state.recordingName === null ? null : <span className="called">{state.recordingName}</span>}
        </span>
      )}
      {state.locked ? (
        <span className="chip">
          <Icon name="lock" />
          {words.locked}
        </span>
      ) : null}
    </header>
  );
}
