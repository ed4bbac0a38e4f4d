import { type ReactNode, useEffect, useId, useRef, useState } from 'react';

interface SelectProps<T extends string> {
  readonly label: ReactNode;
  readonly value: T;
  readonly options: readonly { readonly value: T; readonly text: string }[];
  readonly onChoose: (value: T) => void;
  readonly disabled?: boolean;
}

/** One of several, with its name above it. */
export function Select<T extends string>({ label, value, options, onChoose, disabled = false }: SelectProps<T>) {
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <select id={id} value={value} disabled={disabled} onChange={(event) => onChoose(event.currentTarget.value as T)}>
        <Options options={options} />
      </select>
    </div>
  );
}

function Options({ options }: Pick<SelectProps<string>, 'options'>) {
  return options.map((option) => (
    <option key={option.value} value={option.value}>
      {option.text}
    </option>
  ));
}

interface LateSelectProps<T extends string> extends Omit<SelectProps<T>, 'onChoose' | 'disabled'> {
  /** False: it is as it was. */
  readonly onChoose: (value: T) => Promise<boolean>;
}

const restMs = 600;
/** By then what was chosen is the value, or never will be. */
const becomesMs = 3000;

/**
 * As Select, where to choose is to change something elsewhere, that becomes the value some time later. With arrow keys
 * one passes others on the way: only that counts at which they come to rest, or with Enter or away from it.
 */
export function LateSelect<T extends string>({ label, onChoose, options, value }: LateSelectProps<T>) {
  const id = useId();
  const [wanted, setWanted] = useState<T | null>(null);
  const byKeys = useRef(false);
  const now = useRef(value);
  now.current = value;
  const timer = useRef(0);
  /** Passed at, and not told yet. */
  const open = useRef<T | null>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: it has become another value
  useEffect(() => {
    if (open.current === null) setWanted(null);
  }, [value]);
  useEffect(() => () => window.clearTimeout(timer.current), []);
  const tell = (): void => {
    window.clearTimeout(timer.current);
    const chosen = open.current;
    open.current = null;
    if (chosen === null) return;
    if (chosen === now.current) {
      setWanted(null);
      return;
    }
    const asBefore = (): void => {
      if (open.current === null) setWanted(null);
    };
    void onChoose(chosen).then((done) => {
      if (!done) asBefore();
      else timer.current = window.setTimeout(asBefore, becomesMs);
    });
  };
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <select
        id={id}
        value={wanted ?? value}
        onKeyDown={({ key }) => {
          byKeys.current = true;
          if (key === 'Enter') tell();
        }}
        onPointerDown={() => {
          byKeys.current = false;
        }}
        onBlur={tell}
        onChange={(event) => {
          open.current = event.currentTarget.value as T;
          setWanted(open.current);
          window.clearTimeout(timer.current);
          if (byKeys.current) timer.current = window.setTimeout(tell, restMs);
          else tell();
        }}
      >
        <Options options={options} />
      </select>
    </div>
  );
}
