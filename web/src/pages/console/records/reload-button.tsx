import { useState } from 'react';
import { Button } from '../../../look/button.tsx';
import { useToast } from '../../../look/toast.tsx';
import { useRecordWords } from '../../../words/console-records.ts';
import { Refusal, useAdministration } from '../use-administration.ts';

interface Reloaded {
  readonly changed: readonly object[];
  readonly needsRestart: readonly string[];
  readonly left: readonly object[];
  readonly overwritten: readonly { readonly what: string; readonly id: string }[];
}

/** Reads the configuration file again; what left it is removed only when one says so. */
export function ReloadButton({ onReloaded }: { readonly onReloaded: () => void }) {
  const words = useRecordWords();
  const { ask } = useAdministration();
  const say = useToast();
  const [busy, setBusy] = useState(false);
  const [left, setLeft] = useState(0);
  const reload = async (removeLeft: boolean): Promise<void> => {
    setBusy(true);
    try {
      const told = await ask<Reloaded>('POST', removeLeft ? '/reload?removeLeft=true' : '/reload');
      say(words.reloaded(told.changed.length), 'good');
      if (told.needsRestart.length > 0) say(words.needsRestart(told.needsRestart.join(', ')));
      if (told.overwritten.length > 0)
        say(words.overwritten(told.overwritten.map(({ what, id }) => `${what} ${id}`).join(', ')), 'bad');
      setLeft(removeLeft ? 0 : told.left.length);
      onReloaded();
    } catch (error) {
      say(error instanceof Refusal ? error.message || words.failed : words.away, 'bad');
    } finally {
      setBusy(false);
    }
  };
  return (
    <p className="record-buttons">
      <Button busy={busy} onPress={() => void reload(false)}>
        {words.reload}
      </Button>
      {left === 0 ? null : (
        <>
          <span>{words.left(left)}</span>
          <Button kind="risky" busy={busy} onPress={() => void reload(true)}>
            {words.removeLeft}
          </Button>
        </>
      )}
    </p>
  );
}
