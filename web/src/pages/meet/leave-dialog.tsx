import { Dialog } from '../../look/dialog.tsx';
import { useWords } from '../../words/meet.ts';

interface LeaveDialogProps {
  readonly mayEndForAll: boolean;
  readonly onEndForAll: () => void;
  readonly onLeave: () => void;
  readonly onClose: () => void;
}

/** Asks before one leaves, or ends the meeting for everybody. */
export function LeaveDialog({ mayEndForAll, onEndForAll, onLeave, onClose }: LeaveDialogProps) {
  const words = useWords();
  return (
    <Dialog title={words.leaveSure} onClose={onClose}>
      <div className="answers">
        <button type="button" className="plain" onClick={onClose}>
          {words.cancel}
        </button>
        {mayEndForAll ? (
          <button type="button" className="plain risky" onClick={onEndForAll}>
            {words.endForAll}
          </button>
        ) : null}
        <button type="button" className="danger" onClick={onLeave}>
          {words.leave}
        </button>
      </div>
    </Dialog>
  );
}
