import { useState } from 'react';
import { Icon } from '../../look/icons.tsx';
import { useWords } from '../../words/meet.ts';

/** Nobody else is here: how to change that. */
export function Alone() {
  const words = useWords();
  const [copied, setCopied] = useState(false);
  const address = `${window.location.origin}${window.location.pathname}`;
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(address);
      setCopied(true);
    } catch {
      // It can be read, and marked by hand.
    }
  };
  return (
    <section className="alone">
      <h3>{words.alone}</h3>
      <p>{words.aloneHint}</p>
      <p className="address">
        <code>{address}</code>
        <button type="button" className="small" onClick={() => void copy()}>
          <Icon name="link" />
          <span aria-live="polite">{copied ? words.copied : words.copyLink}</span>
        </button>
      </p>
    </section>
  );
}
