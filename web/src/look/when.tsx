import { useLanguage } from './page.tsx';

/** A moment in the reader's zone; the whole of it is in its title. `at`: ISO 8601, or ms since the epoch. */
export function When({ at, date = false }: { readonly at: string | number; readonly date?: boolean }) {
  const { language } = useLanguage();
  const moment = new Date(at);
  if (Number.isNaN(moment.getTime())) return null;
  const text = date
    ? moment.toLocaleString(language, { dateStyle: 'medium', timeStyle: 'short', hourCycle: 'h23' })
    : moment.toLocaleTimeString(language, { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' });
  return (
    <time
      className="number"
      dateTime={moment.toISOString()}
      title={moment.toLocaleString(language, { dateStyle: 'full', timeStyle: 'long' })}
    >
      {text}
    </time>
  );
}
