import { useCallback, useEffect, useState } from 'react';
import { useAdministration } from './use-administration.ts';

/** What the server says at `path` below `/admin/v1`, and every so often anew; null while it is not known. */
export function useAsked<Answer>(
  path: string,
  everyMs: number | null = null,
): { answer: Answer | null; failed: boolean; again: () => void } {
  const { ask } = useAdministration();
  const [answer, setAnswer] = useState<Answer | null>(null);
  const [failed, setFailed] = useState(false);
  const again = useCallback(() => {
    ask<Answer>('GET', path).then(
      (told) => {
        setAnswer(told);
        setFailed(false);
      },
      () => setFailed(true),
    );
  }, [ask, path]);
  useEffect(() => {
    again();
    if (everyMs === null) return;
    // Nobody looks: what is shown is asked for when somebody does again.
    const look = (): void => {
      if (!document.hidden) again();
    };
    const timer = window.setInterval(look, everyMs);
    document.addEventListener('visibilitychange', look);
    return () => {
      window.clearInterval(timer);
      document.removeEventListener('visibilitychange', look);
    };
  }, [again, everyMs]);
  return { answer, failed, again };
}
