import { useState } from 'react';
import { useCommonWords } from '../words/common.ts';
import { Button } from './button.tsx';
import { useToast } from './toast.tsx';

/** Text to be taken elsewhere as it is. */
export function CodeBlock({ text, label }: { readonly text: string; readonly label: string }) {
  const words = useCommonWords();
  const say = useToast();
  const [refused, setRefused] = useState(false);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      say(words.copied, 'good');
    } catch {
      // Over plain HTTP browsers give no clipboard: the text is there to be marked.
      setRefused(true);
    }
  };
  return (
    <div className="code">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is to be scrolled by keyboard too */}
      <section tabIndex={0} aria-label={label}>
        <pre>
          <code>{text}</code>
        </pre>
      </section>
      {refused ? null : (
        <Button kind="bare" small icon="copy" aria-label={`${words.copy}: ${label}`} onPress={() => void copy()} />
      )}
    </div>
  );
}
