import { useState } from 'react';
import { Heading } from '../../look/heading.tsx';
import { Mark } from '../../look/icons.tsx';
import { useWords } from '../../words/meet.ts';

interface DoorProps {
  readonly onKnock: () => Promise<boolean>;
  readonly onLeave: () => void;
}

/** At the door of a locked meeting: one may knock, and waits until a moderator decides. */
export function Door({ onKnock, onLeave }: DoorProps) {
  const words = useWords();
  const [knocks, setKnocks] = useState(false);
  const knock = async () => {
    setKnocks(true);
    if (!(await onKnock())) setKnocks(false);
  };
  return (
    <main className="lobby">
      <header>
        <Mark />
        <Heading text={words.lockedDoor} />
        <p className="lead" role="status">
          {knocks ? words.knocked : words.knockHint}
        </p>
      </header>
      <div className="card">
        {knocks ? null : (
          <button type="button" className="primary" onClick={() => void knock()}>
            {words.knock}
          </button>
        )}
        <button type="button" className="plain" onClick={onLeave}>
          {words.back}
        </button>
      </div>
    </main>
  );
}
