import { Button } from '../../look/button.tsx';
import { Dialog } from '../../look/dialog.tsx';
import { useAgentWords } from '../../words/agent.ts';
import { useCommonWords } from '../../words/common.ts';
import { callOperations } from './operations.ts';

/** Which keys do what. */
export function Keys({ onClose }: { readonly onClose: () => void }) {
  const words = useAgentWords();
  const common = useCommonWords();
  const rows = new Map<string, string[]>([['N', [words.keyNumber]]]);
  for (const { key, name } of callOperations) {
    if (key === undefined) continue;
    rows.set(key, [...(rows.get(key) ?? []), words.operations[name] ?? name]);
  }
  return (
    <Dialog title={words.keys} onClose={onClose}>
      <dl className="keys">
        {[...rows].map(([key, does]) => (
          <div key={key}>
            <dt>
              <kbd>Alt</kbd> <kbd>{key}</kbd>
            </dt>
            <dd>{does.join(' / ')}</dd>
          </div>
        ))}
      </dl>
      <p className="hint">{words.keysHint}</p>
      <div className="answers">
        <Button onPress={onClose}>{common.close}</Button>
      </div>
    </Dialog>
  );
}
