import { Component, type ReactNode } from 'react';
import { useCommonWords } from '../words/common.ts';
import { Button } from './button.tsx';

interface ErrorBoxProps {
  readonly text: string;
  /** What else is known, e.g. what the server said. */
  readonly detail?: string;
  readonly onAgain?: () => void;
}

/** Says what did not work, and offers to try again. */
export function ErrorBox({ text, detail, onAgain }: ErrorBoxProps) {
  const words = useCommonWords();
  return (
    <div className="error-box" role="alert">
      <p>{text}</p>
      {detail === undefined || detail === '' ? null : <p>{detail}</p>}
      {onAgain === undefined ? null : <Button onPress={onAgain}>{words.again}</Button>}
    </div>
  );
}

/** A fault in the page itself is said, instead of an empty window. */
export class ErrorBoundary extends Component<{ readonly children: ReactNode }, { readonly broken: boolean }> {
  override state = { broken: false };

  static getDerivedStateFromError(): { broken: boolean } {
    return { broken: true };
  }

  override render(): ReactNode {
    return this.state.broken ? <Broken /> : this.props.children;
  }
}

function Broken() {
  const words = useCommonWords();
  return (
    <main className="sign-in">
      <h1>{words.wrong}</h1>
      <p>{words.broken}</p>
      <Button kind="primary" onPress={() => window.location.reload()}>
        {words.reload}
      </Button>
    </main>
  );
}
