import { Button } from '../../look/button.tsx';
import { Dialog } from '../../look/dialog.tsx';
import { useCommonWords } from '../../words/common.ts';

interface ConfirmProps {
  readonly question: string;
  readonly answer: string;
  readonly onYes: () => void;
  readonly onNo: () => void;
}

/** Asks before something that cannot be taken back. */
export function Confirm({ answer, onNo, onYes, question }: ConfirmProps) {
  const common = useCommonWords();
  return (
    <Dialog title={question} onClose={onNo}>
      <div className="answers">
        <Button onPress={onNo}>{common.cancel}</Button>
        <Button kind="danger" onPress={onYes}>
          {answer}
        </Button>
      </div>
    </Dialog>
  );
}
