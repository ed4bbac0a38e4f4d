import type { Participant } from '../../line/protocol.ts';
import { Dialog } from '../../look/dialog.tsx';
import { useWords } from '../../words/meet.ts';

interface RemoveDialogProps {
  readonly one: Participant;
  readonly onRemove: () => void;
  readonly onClose: () => void;
}

/** Asks before a participant is put out. */
export function RemoveDialog({ one, onRemove, onClose }: RemoveDialogProps) {
  const words = useWords();
  return (
    <Dialog title={words.removeSure(one.name)} onClose={onClose}>
      <div className="answers">
        <button type="button" className="plain" onClick={onClose}>
          {words.cancel}
        </button>
        <button
          type="button"
          className="danger"
          onClick={() => {
            onRemove();
            onClose();
          }}
        >
          {words.remove}
        </button>
      </div>
    </Dialog>
  );
}
