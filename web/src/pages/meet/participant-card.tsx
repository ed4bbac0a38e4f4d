import type { Participant } from '../../line/protocol.ts';
import { Icon } from '../../look/icons.tsx';
import { useWords } from '../../words/meet.ts';

interface ParticipantCardProps {
  readonly one: Participant;
  readonly own: boolean;
  /** Whether this page may mute and remove others. */
  readonly moderates: boolean;
  readonly onMute: (muted: boolean) => void;
  readonly onRemove: () => void;
}

/** One of those who are here. */
export function ParticipantCard({ one, own, moderates, onMute, onRemove }: ParticipantCardProps) {
  const words = useWords();
  const { name, kind, role, state, muted, talking, handRaised } = one;
  const heard = state === 'connected' && talking && !muted;
  const status =
    state === 'connecting'
      ? words.ringing
      : state === 'held'
        ? words.onHold
        : muted
          ? words.muted
          : heard
            ? words.talking
            : null;
  return (
    <li className={`person ${state}${heard ? ' heard' : ''}`} data-name={name}>
      <span className={`avatar shade-${shadeOf(name)}`} aria-hidden="true">
        {initialsOf(name)}
      </span>
      <div className="who">
        <span className="name">
          {name}
          {own ? <span className="own"> ({words.you})</span> : null}
        </span>
        <span className="facts">
          <span className="kind">
            <Icon name={kind} />
            {words.kinds[kind]}
          </span>
          {role === 'moderator' ? <span className="role">{words.moderator}</span> : null}
        </span>
      </div>
      <div className="signs">
        {handRaised ? (
          <span className="sign hand">
            <Icon name="hand" />
            <span className="unseen">{words.handUp}</span>
          </span>
        ) : null}
        {status === null ? null : (
          <span className={`sign ${state === 'connected' ? (muted ? 'off' : 'on') : 'wait'}`}>
            {state === 'connected' ? <Icon name={muted ? 'microphoneOff' : 'microphone'} /> : null}
            <span className={state === 'connected' ? 'unseen' : ''}>{status}</span>
          </span>
        )}
      </div>
      {moderates && !own ? (
        <div className="acts">
          {state === 'connecting' ? null : (
            <button
              type="button"
              className="small"
              aria-label={muted ? words.unmuteOne(name) : words.muteOne(name)}
              onClick={() => onMute(!muted)}
            >
              <Icon name={muted ? 'microphone' : 'microphoneOff'} />
              {muted ? words.unmute : words.mute}
            </button>
          )}
          <button type="button" className="small" aria-label={words.removeOne(name)} onClick={onRemove}>
            <Icon name="remove" />
            {words.remove}
          </button>
        </div>
      ) : null}
    </li>
  );
}

function initialsOf(name: string): string {
  const parts = name.split(/[\s.]+/).filter((part) => /^[\p{L}\p{N}]/u.test(part));
  const [first = '?'] = parts;
  const last = parts.length > 1 ? (parts.at(-1) ?? '') : '';
  if (/^\d/.test(first)) return '#';
  return `${[...first][0] ?? ''}${[...last][0] ?? ''}`.toUpperCase();
}

function shadeOf(name: string): number {
  let sum = 0;
  for (const character of name) sum = (sum * 31 + (character.codePointAt(0) ?? 0)) >>> 0;
  return sum % 6;
}
