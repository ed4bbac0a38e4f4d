import { type FormEvent, useState } from 'react';
import { Button } from '../../../look/button.tsx';
import { Dialog } from '../../../look/dialog.tsx';
import { Field } from '../../../look/field.tsx';
import { Select } from '../../../look/select.tsx';
import { useCommonWords } from '../../../words/common.ts';
import { useRecordWords } from '../../../words/console-records.ts';
import { KeyName } from './key-name.tsx';
import { fixedBy, type RecordField, type StoredRecord } from './kinds.ts';
import { bodyOf, type Typed, typedOf } from './typed-record.ts';

interface RecordDialogProps {
  readonly title: string;
  readonly fields: readonly RecordField[];
  /** Null: a new one. */
  readonly record: StoredRecord | null;
  /** Says what the server refused, or null once it is done. */
  readonly onSave: (body: object) => Promise<string | null>;
  readonly onClose: () => void;
}

/** One record to fill in; what the file fixes is only shown. What was typed stays until it is saved. */
export function RecordDialog({ fields, onClose, onSave, record, title }: RecordDialogProps) {
  const words = useRecordWords();
  const common = useCommonWords();
  const [typed, setTyped] = useState<Typed>(() => typedOf(fields, record));
  const [error, setError] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const origin = record === null ? null : fixedBy(record);
  const save = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    let body: object;
    try {
      body = bodyOf(fields, typed, record);
    } catch {
      setError(words.badJson);
      return;
    }
    setBusy(true);
    setError(await onSave(body));
    setBusy(false);
  };
  return (
    <Dialog title={title} onClose={onClose}>
      <form className="record-form" onSubmit={(event) => void save(event)}>
        {origin === null ? null : (
          <p className="hint">
            {words.fixed(origin.file, origin.line)}. {words.fixedHint}
          </p>
        )}
        {error === null ? null : (
          <p className="error" role="alert">
            {error}
          </p>
        )}
        {fields.map((field) => (
          <RecordValue
            key={field.key}
            field={field}
            value={typed[field.key] ?? ''}
            isNew={record === null}
            disabled={origin !== null || (record !== null && field.fixed === true)}
            onText={(text) => setTyped((before) => ({ ...before, [field.key]: text }))}
          />
        ))}
        <div className="answers">
          <Button onPress={onClose}>{origin === null ? common.cancel : common.close}</Button>
          {origin === null ? (
            <Button kind="primary" submits busy={busy}>
              {words.save}
            </Button>
          ) : null}
        </div>
      </form>
    </Dialog>
  );
}

interface RecordValueProps {
  readonly field: RecordField;
  readonly value: string;
  readonly isNew: boolean;
  readonly disabled: boolean;
  readonly onText: (text: string) => void;
}

function RecordValue({ disabled, field: { choices, key, kind }, isNew, onText, value }: RecordValueProps) {
  const words = useRecordWords();
  if (kind === 'flag' || choices !== undefined) {
    const options =
      kind === 'flag'
        ? [
            { value: 'true', text: words.yes },
            { value: 'false', text: words.no },
          ]
        : (choices ?? []).map((one) => ({ value: one, text: one }));
    return (
      <Select
        label={<KeyName name={key} />}
        value={value}
        disabled={disabled}
        options={[{ value: '', text: words.asDefault }, ...options]}
        onChoose={onText}
      />
    );
  }
  const secret = isNew ? undefined : words.unchanged;
  const hint = { list: words.list, secret, json: words.json, text: undefined, number: undefined }[kind];
  return (
    <Field
      label={<KeyName name={key} />}
      value={value}
      onText={onText}
      disabled={disabled}
      maxLength={2000}
      autoComplete={kind === 'secret' ? 'new-password' : 'off'}
      type={kind === 'secret' ? 'password' : 'text'}
      inputMode={kind === 'number' ? 'numeric' : 'text'}
      {...(hint === undefined || disabled ? {} : { hint })}
    />
  );
}
