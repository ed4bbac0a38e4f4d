import { type FormEvent, useState } from 'react';
import { Field } from '../../look/field.tsx';
import { Mark } from '../../look/icons.tsx';
import { useWords } from '../../words/meet.ts';
import { Door } from './door.tsx';

interface PinRequestProps {
  /** Why the last one was not taken; null: none was given. */
  readonly refused: string | null;
  readonly onPasscode: (passcode: string) => void;
  /** Asks those inside instead; null: that cannot be. */
  readonly onKnock: (() => Promise<boolean>) | null;
  readonly onLeave: () => void;
}

/** At the door: the meeting asks for a passcode. */
export function PinRequest({ refused, onPasscode, onKnock, onLeave }: PinRequestProps) {
  const words = useWords();
  const [passcode, setPasscode] = useState('');
  const [mistake, setMistake] = useState<string | null>(null);
  const [atDoor, setAtDoor] = useState(false);
  if (atDoor && onKnock !== null) return <Door onKnock={onKnock} onLeave={onLeave} />;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const typed = passcode.trim();
    const right = /^[0-9]{1,20}$/.test(typed);
    setMistake(right ? null : words.pinNeeded);
    if (right) onPasscode(typed);
  };
  const told = mistake ?? (refused === null ? null : (words.refused[refused] ?? words.refused.other ?? ''));
  return (
    <main className="lobby">
      <header>
        <Mark />
        <h1>{words.enterPin}</h1>
      </header>
      <form className="card" noValidate onSubmit={submit}>
        <Field
          label={words.pin}
          error={told}
          value={passcode}
          onText={setPasscode}
          inputMode="numeric"
          autoComplete="off"
          maxLength={20}
          required
        />
        <button type="submit" className="primary">
          {words.enter}
        </button>
        {onKnock === null ? null : (
          <button type="button" className="plain" onClick={() => setAtDoor(true)}>
            {words.withoutPin}
          </button>
        )}
        <button type="button" className="plain" onClick={onLeave}>
          {words.back}
        </button>
      </form>
    </main>
  );
}
