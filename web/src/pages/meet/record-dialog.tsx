import { type FormEvent, useState } from 'react';
import { Dialog } from '../../look/dialog.tsx';
import { Field } from '../../look/field.tsx';
import { useWords } from '../../words/meet.ts';

interface RecordDialogProps {
  readonly onRecord: (name: string) => void;
  readonly onClose: () => void;
}

/** Asks what the recording is to be called, before it begins. */
export function RecordDialog({ onRecord, onClose }: RecordDialogProps) {
  const words = useWords();
  const [name, setName] = useState('');
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onRecord(name.trim());
    onClose();
  };
  return (
    <Dialog title={words.record} onClose={onClose}>
      <form onSubmit={submit}>
        <Field
          label={words.recordingName}
          hint={words.recordingNameHint}
          value={name}
          onText={setName}
          autoComplete="off"
          maxLength={100}
        />
        <div className="answers">
          <button type="button" className="plain" onClick={onClose}>
            {words.cancel}
          </button>
          <button type="submit" className="primary">
            {words.startRecording}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
