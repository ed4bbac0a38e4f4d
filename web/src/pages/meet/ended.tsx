import { Heading } from '../../look/heading.tsx';
import { Mark } from '../../look/icons.tsx';
import { useWords } from '../../words/meet.ts';

interface EndedProps {
  readonly why: string | null;
  readonly onAgain: () => void;
}

/** After the meeting: why it is over, and the way back. */
export function Ended({ why, onAgain }: EndedProps) {
  const words = useWords();
  const reason = why ?? 'normal';
  return (
    <main className="lobby">
      <header>
        <Mark />
        <Heading text={words.ended[reason] ?? words.refused[reason] ?? words.ended.normal ?? ''} />
      </header>
      <div className="card">
        <button type="button" className="primary" onClick={onAgain}>
          {words.joinAgain}
        </button>
        <a className="button plain" href="/meet">
          {words.anotherMeeting}
        </a>
      </div>
    </main>
  );
}
