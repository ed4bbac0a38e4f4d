import { type ReactNode, useId, useLayoutEffect, useRef } from 'react';

interface DialogProps {
  readonly title: string;
  /** For lines that are long as they are. */
  readonly wide?: boolean;
  readonly children: ReactNode;
  readonly onClose: () => void;
}

/** In front of the page; Escape closes it, and what had the focus gets it back. */
export function Dialog({ title, wide = false, children, onClose }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const heading = useId();
  // Closed while it is still in the page: one that was taken out gives the focus back to nobody.
  const gone = useRef(false);
  useLayoutEffect(() => {
    const shown = dialog.current;
    gone.current = false;
    shown?.showModal();
    return () => {
      gone.current = true;
      shown?.close();
    };
  }, []);
  // Told later: by then it may be closed for another reason than that somebody wanted it.
  const closed = () => {
    if (!gone.current) onClose();
  };
  return (
    <dialog
      ref={dialog}
      className={wide ? 'dialog wide-dialog' : 'dialog'}
      aria-labelledby={heading}
      onCancel={(event) => {
        // By Escape: closed by itself it would be told after the next key, which may open it again.
        event.preventDefault();
        onClose();
      }}
      onClose={closed}
    >
      <h2 id={heading}>{title}</h2>
      {children}
    </dialog>
  );
}
