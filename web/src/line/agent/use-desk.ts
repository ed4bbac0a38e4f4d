import { useCallback, useEffect, useMemo, useReducer, useRef, useState } from 'react';
import { AgentApi, AgentRefusal, type AgentUser, type AskedRequest } from './agent-api.ts';
import type { AgentNotices, NoticesState } from './agent-notices.ts';
import { type AgentNotice, afterNotice, afterReading, type Desk, emptyDesk } from './desk.ts';

/** Where one is with the server. */
export type DeskState = NoticesState | 'off';

export interface DeskActions {
  readonly api: AgentApi;
  /** Begins to be told; the session is there already. Throws AgentRefusal. */
  open(login?: { readonly login: string; readonly password: string }): Promise<AgentUser>;
  /** Asks for everything anew. */
  read(): void;
  close(): void;
}

type Action = { readonly user: AgentUser } | { readonly notice: AgentNotice } | 'empty';

function reduce(desk: Desk, action: Action): Desk {
  if (action === 'empty') return emptyDesk;
  return 'user' in action ? afterReading(desk, action.user) : afterNotice(desk, action.notice);
}

/** What one call can do now may change with another: so soon after a notification everything is read again, ms. */
const settlesMs = 120;
/** How often it is asked whether the server is back, ms. */
const askedAgainMs = 2000;

/** An agent's session on this page: what there is, kept as it is by notifications. */
export function useDesk(onAsked?: (request: AskedRequest) => void): [Desk, DeskState, DeskActions] {
  const [desk, dispatch] = useReducer(reduce, emptyDesk);
  const [state, setState] = useState<DeskState>('off');
  const asked = useRef(onAsked);
  asked.current = onAsked;
  const api = useMemo(() => new AgentApi((request) => asked.current?.(request)), []);
  const notices = useRef<AgentNotices | null>(null);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);

  const read = useCallback(() => {
    clearTimeout(timer.current);
    timer.current = setTimeout(() => {
      api.user().then(
        (user) => dispatch({ user }),
        (error) => {
          if (error instanceof AgentRefusal && error.signedOut) setState('signedOut');
        },
      );
    }, settlesMs);
  }, [api]);

  const close = useCallback(() => {
    clearTimeout(timer.current);
    notices.current?.close();
    notices.current = null;
    setState('off');
    dispatch('empty');
  }, []);

  const open = useCallback(
    async (login?: { readonly login: string; readonly password: string }) => {
      const user = await api.user(login);
      dispatch({ user });
      setState('connecting');
      // Its client is loaded when it is needed.
      const { AgentNotices } = await import('./agent-notices.ts');
      notices.current?.close();
      const made: AgentNotices = new AgentNotices(
        {
          onNotice: (notice) => {
            if (notices.current !== made) return;
            dispatch({ notice });
            read();
          },
          onState: (now) => {
            if (notices.current !== made) return;
            setState(now);
            if (now === 'live') read();
          },
        },
        api.csrf,
      );
      notices.current = made;
      return user;
    },
    [api, read],
  );

  // A WebSocket that is refused does not say why: a server that began anew knows the session no more.
  useEffect(() => {
    if (state !== 'lost') return;
    const asking = setInterval(read, askedAgainMs);
    return () => clearInterval(asking);
  }, [state, read]);

  useEffect(
    () => () => {
      clearTimeout(timer.current);
      notices.current?.close();
    },
    [],
  );

  const actions = useMemo<DeskActions>(() => ({ api, open, read, close }), [api, open, read, close]);
  return [desk, state, actions];
}
