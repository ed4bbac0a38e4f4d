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
    const timer = window.setInterval(again, everyMs);
    return () => window.clearInterval(timer);
  }, [again, everyMs]);
  return { answer, failed, again };
}
