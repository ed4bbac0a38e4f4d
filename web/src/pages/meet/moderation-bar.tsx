import type { MeetingState } from '../../line/meeting-state.ts';
import type { Command } from '../../line/protocol.ts';
import { Icon } from '../../look/icons.tsx';
import { useWords } from '../../words/meet.ts';

interface ModerationBarProps {
  readonly state: MeetingState;
  readonly onCommand: (command: Command) => void;
  readonly onInvite: () => void;
  readonly onRecord: () => void;
}

/** What moderators do for all. */
export function ModerationBar({ state, onCommand, onInvite, onRecord }: ModerationBarProps) {
  const words = useWords();
  const { locked, recording, recordingMode } = state;
  return (
    <div className="moderation" role="toolbar" aria-label={words.moderation}>
      <button type="button" className="small" onClick={onInvite}>
        <Icon name="invite" />
        {words.invite}
      </button>
      <button type="button" className="small" onClick={() => onCommand({ do: 'muteAll' })}>
        <Icon name="microphoneOff" />
        {words.muteAll}
      </button>
      <button type="button" className="small" onClick={() => onCommand({ do: locked ? 'unlock' : 'lock' })}>
        <Icon name={locked ? 'unlock' : 'lock'} />
        {locked ? words.unlock : words.lock}
      </button>
      {recordingMode === 'choice' && recording !== 'off' ? (
        <button
          type="button"
          className="small"
          onClick={() => onCommand({ do: recording === 'on' ? 'pauseRecording' : 'resumeRecording' })}
        >
          <Icon name={recording === 'on' ? 'pause' : 'play'} />
          {recording === 'on' ? words.pauseRecording : words.resumeRecording}
        </button>
      ) : null}
      {recordingMode === 'choice' ? (
        <button
          type="button"
          className="small"
          onClick={() => (recording === 'off' ? onRecord() : onCommand({ do: 'stopRecording' }))}
        >
          <Icon name="record" />
          {recording === 'off' ? words.record : words.stopRecording}
        </button>
      ) : null}
    </div>
  );
}
