import { useRecordWords } from '../../../words/console-records.ts';

/** A key of the configuration file: in words, and as it stands there and in what the server refuses. */
export function KeyName({ name }: { readonly name: string }) {
  const { keys } = useRecordWords();
  const inWords = keys[name];
  if (inWords === undefined) return name;
  return (
    <span>
      {inWords} <code className="key-name">{name}</code>
    </span>
  );
}
