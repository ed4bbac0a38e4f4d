import { useEffect, useRef, useState } from 'react';
import type { Notice } from '../../line/meeting-state.ts';
import type { Meeting } from '../../line/use-meeting.ts';
import type { Words } from '../../words/meet.en.ts';
import { useWords } from '../../words/meet.ts';

const shownMs = 5000;

interface NoticesProps {
  readonly meeting: Meeting;
  /** A dialogue says itself what did not work. */
  readonly quiet: boolean;
}

/** What has just happened, also for those who do not see it; and whether the connection is there. */
export function Notices({ meeting, quiet }: NoticesProps) {
  const words = useWords();
  const { held, line, trouble, state } = meeting;
  const healed = useHealed(line === 'lost');
  const recent = useRecent(state.notices);
  return (
    <div className="notices">
      <div role="alert">
        {line === 'lost' ? (
          <p className="notice lost">
            <span className="spinner" aria-hidden="true" />
            {words.lost}
          </p>
        ) : null}
        {held && line === 'in' ? <p className="notice lost">{words.held}</p> : null}
        {trouble !== null && line !== 'lost' && !quiet ? (
          <p className="notice wrong">{words.notDone(trouble === 'offline' ? words.offline : trouble)}</p>
        ) : null}
      </div>
      <div role="status">
        {healed && line === 'in' ? <p className="notice good">{words.healed}</p> : null}
        {recent.map(({ key, what }) => (
          <p key={key} className="notice">
            {inWords(what, words)}
          </p>
        ))}
      </div>
    </div>
  );
}

function inWords(what: Notice['what'], words: Words): string {
  const name = 'name' in what ? what.name : '';
  if (what.is === 'unreached') return (words.unreached[what.because] ?? words.notReached)(name);
  return words.notices[what.is]?.(name) ?? '';
}

/** For a moment after it was lost. */
function useHealed(lost: boolean): boolean {
  const [healed, setHealed] = useState(false);
  const was = useRef(false);
  useEffect(() => {
    const before = was.current;
    was.current = lost;
    if (lost || !before) return;
    setHealed(true);
    const timer = setTimeout(() => setHealed(false), shownMs);
    return () => clearTimeout(timer);
  }, [lost]);
  return healed && !lost;
}

/** The last three, each for a moment. */
function useRecent(notices: readonly Notice[]): readonly Notice[] {
  const [over, setOver] = useState(0);
  const last = notices.at(-1)?.key ?? 0;
  useEffect(() => {
    if (last === 0) return;
    const timer = setTimeout(() => setOver((before) => Math.max(before, last)), shownMs);
    return () => clearTimeout(timer);
  }, [last]);
  return notices.filter(({ key }) => key > over).slice(-3);
}
