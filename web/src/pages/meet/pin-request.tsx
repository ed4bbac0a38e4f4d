import { type FormEvent, useState } from 'react';
import { Field } from '../../look/field.tsx';
import { Mark } from '../../look/icons.tsx';
import { useWords } from '../../words/meet.ts';

interface PinRequestProps {
  /** Why the last one was not taken; null: none was given. */
  readonly refused: string | null;
  readonly onPasscode: (passcode: string) => void;
  readonly onLeave: () => void;
}

/** At the door: the meeting asks for a passcode. */
export function PinRequest({ refused, onPasscode, onLeave }: PinRequestProps) {
  const words = useWords();
  const [passcode, setPasscode] = useState('');
  const [mistake, setMistake] = useState<string | null>(null);
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
        <button type="button" className="plain" onClick={onLeave}>
          {words.back}
        </button>
      </form>
    </main>
  );
}
