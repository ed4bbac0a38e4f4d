import { memo } from 'react';
import { useLanguage } from '../../../look/page.tsx';

interface RowProps {
  readonly isCurrent: boolean;
  readonly number: string;
  /** ms since the epoch. */
  readonly at: number;
  readonly name: string;
  readonly text: string;
  readonly more: string;
  readonly onPress: (at: number) => void;
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** Making one takes longer than using it a hundred times. */
function formatIn(language: string): Intl.DateTimeFormat {
  const known = formats.get(language);
  if (known !== undefined) return known;
  const format = new Intl.DateTimeFormat(language, {
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    fractionalSecondDigits: 3,
    hourCycle: 'h23',
  });
  formats.set(language, format);
  return format;
}

/** One moment of a call; the cursor goes there. */
export const Row = memo(function Row({ at, isCurrent, more, name, number, onPress, text }: RowProps) {
  const { language } = useLanguage();
  return (
    <li aria-current={isCurrent ? 'true' : undefined}>
      <button type="button" onClick={() => onPress(at)}>
        <span className="number soft">{number}</span>
        <time className="number" dateTime={new Date(at).toISOString()}>
          {formatIn(language).format(at)}
        </time>
        <span>
          {name === '' ? null : <b>{name} </b>}
          {text}
        </span>
        <code className="soft">{more}</code>
      </button>
    </li>
  );
});
