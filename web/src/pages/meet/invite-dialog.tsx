import { type FormEvent, useState } from 'react';
import { Dialog } from '../../look/dialog.tsx';
import { Field } from '../../look/field.tsx';
import { useWords } from '../../words/meet.ts';

interface InviteDialogProps {
  readonly trouble: string | null;
  readonly onInvite: (address: string) => Promise<boolean>;
  readonly onClose: () => void;
}

/** Asks for a number that is to ring. */
export function InviteDialog({ trouble, onInvite, onClose }: InviteDialogProps) {
  const words = useWords();
  const [number, setNumber] = useState('');
  const [tried, setTried] = useState(false);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const address = number.replace(/[\s()/.-]/g, '');
    setTried(true);
    if (address !== '' && (await onInvite(address))) onClose();
  };
  return (
    <Dialog title={words.invite} onClose={onClose}>
      <form onSubmit={(event) => void submit(event)}>
        <Field
          label={words.number}
          hint={words.numberHint}
          error={tried && trouble !== null ? words.notDone(trouble) : null}
          value={number}
          onText={setNumber}
          type="tel"
          autoComplete="off"
          maxLength={64}
          required
        />
        <div className="answers">
          <button type="button" className="plain" onClick={onClose}>
            {words.cancel}
          </button>
          <button type="submit" className="primary">
            {words.call}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
