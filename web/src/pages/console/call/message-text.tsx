import { useEffect, useState } from 'react';
import { Button } from '../../../look/button.tsx';
import { CodeBlock } from '../../../look/code-block.tsx';
import { Dialog } from '../../../look/dialog.tsx';
import { Loading } from '../../../look/loading.tsx';
import { useCommonWords } from '../../../words/common.ts';
import { useCallWords } from '../../../words/console-call.ts';

/** One SIP message as it was, without its secrets. */
export function MessageText(props: { readonly id: string; readonly number: number; readonly onClose: () => void }) {
  const { id, number, onClose } = props;
  const words = useCallWords();
  const common = useCommonWords();
  const [text, setText] = useState<string | null>(null);
  useEffect(() => {
    const ask = async (): Promise<void> => {
      const response = await fetch(`/admin/v1/calls/${encodeURIComponent(id)}/signalling`);
      const { messages } = response.ok ? await response.json() : { messages: [] };
      setText(messages[number]?.text ?? words.messageGone);
    };
    ask().catch(() => setText(words.messageGone));
  }, [id, number, words]);
  return (
    <Dialog title={words.message} wide onClose={onClose}>
      {text === null ? <Loading /> : <CodeBlock text={text} label={words.message} />}
      <div className="answers">
        <Button onPress={onClose}>{common.close}</Button>
      </div>
    </Dialog>
  );
}
