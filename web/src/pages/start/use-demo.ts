import { useCallback, useEffect, useRef, useState } from 'react';
import { beginDemo, type Demo, type DemoSession, isAdministrator, readDemo } from './demo.ts';

const againMs = 3000;

export interface DemoHere {
  /** Null: it is not known yet. */
  readonly demo: Demo | null;
  readonly away: boolean;
  /** To stand in requests that are shown: for administrators alone. */
  readonly shownToken: string | null;
  /** The visitor's session, begun where there is none. Throws an error with what the server says. */
  session(): Promise<DemoSession>;
}

/** What can be tried here, asked for until the server answers. */
export function useDemo(): DemoHere {
  const [demo, setDemo] = useState<Demo | null>(null);
  const [away, setAway] = useState(false);
  const [administrator, setAdministrator] = useState(false);
  const [token, setToken] = useState<string | null>(null);
  const begun = useRef<Promise<DemoSession> | null>(null);

  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let over = false;
    const ask = async () => {
      try {
        const found = await readDemo();
        if (over) return;
        setDemo(found);
        setToken(found.session?.token ?? null);
        setAway(false);
        // Without a token there is none to show.
        if (found.session !== null) setAdministrator(await isAdministrator());
      } catch {
        if (over) return;
        setAway(true);
        timer = setTimeout(() => void ask(), againMs);
      }
    };
    void ask();
    return () => {
      over = true;
      clearTimeout(timer);
    };
  }, []);

  const session = useCallback(async () => {
    const known = begun.current === null ? null : await begun.current.catch(() => null);
    // The server is asked each time: one that was started anew knows the session no more.
    begun.current = beginDemo(known?.token ?? null);
    const made = await begun.current;
    setToken(made.token);
    setAdministrator(await isAdministrator());
    return made;
  }, []);

  return { demo, away, shownToken: administrator ? token : null, session };
}
