import { useEffect, useState } from 'react';

const watchedMs = 10_000;
const awayMs = 2000;
const missed = 'partyline-missed';

/** Something else was not answered: whether the server is away is asked at once. */
export function lookForServer(): void {
  window.dispatchEvent(new Event(missed));
}

/** Whether the server does not answer just now; while nobody looks at the page, nothing is asked. */
export function useServerAway(): boolean {
  const [away, setAway] = useState(false);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let over = false;
    const ask = async () => {
      if (!document.hidden) {
        const answered = await fetch('/healthz', { cache: 'no-store' }).then(
          // A proxy before a server that is away answers for itself.
          ({ status }) => status !== 502 && status !== 504,
          () => false,
        );
        if (over) return;
        setAway(!answered);
        timer = setTimeout(() => void ask(), answered ? watchedMs : awayMs);
        return;
      }
      timer = setTimeout(() => void ask(), watchedMs);
    };
    const seen = () => {
      if (document.hidden) return;
      clearTimeout(timer);
      void ask();
    };
    timer = setTimeout(() => void ask(), watchedMs);
    document.addEventListener('visibilitychange', seen);
    window.addEventListener('online', seen);
    window.addEventListener(missed, seen);
    window.addEventListener('offline', seen);
    return () => {
      over = true;
      clearTimeout(timer);
      document.removeEventListener('visibilitychange', seen);
      window.removeEventListener('online', seen);
      window.removeEventListener(missed, seen);
      window.removeEventListener('offline', seen);
    };
  }, []);
  return away;
}
