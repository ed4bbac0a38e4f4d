import { type InputHTMLAttributes, type ReactNode, useId } from 'react';

interface FieldProps extends Omit<InputHTMLAttributes<HTMLInputElement>, 'id' | 'onChange' | 'value'> {
  readonly label: ReactNode;
  readonly hint?: string;
  readonly error?: string | null;
  readonly value: string;
  readonly onText: (text: string) => void;
}

/** A line to fill in, with its name above it and what is wrong with it below. */
export function Field({ label, hint, error = null, value, onText, ...input }: FieldProps) {
  const id = useId();
  const below = error ?? hint;
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        value={value}
        onChange={(event) => onText(event.currentTarget.value)}
        aria-invalid={error === null ? undefined : true}
        aria-describedby={below === undefined ? undefined : `${id}-below`}
        {...input}
      />
      {below === undefined ? null : (
        <p id={`${id}-below`} className={error === null ? 'hint' : 'error'}>
          {below}
        </p>
      )}
    </div>
  );
}
