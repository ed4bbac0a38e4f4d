import { CodeBlock } from '../../look/code-block.tsx';
import { useStartWords } from '../../words/start.ts';

interface RequestProps {
  readonly requests: readonly { readonly label: string; readonly text: string }[];
  /** Where what it needs comes from. */
  readonly from?: string;
}

/** What a button asks the server, to be pasted into a shell. */
export function Request({ requests, from }: RequestProps) {
  const words = useStartWords();
  return (
    <details className="request">
      <summary>{words.request}</summary>
      {requests.map(({ label, text }) => (
        <CodeBlock key={label} label={label} text={text} />
      ))}
      {from === undefined ? null : <p className="hint">{from}</p>}
    </details>
  );
}
