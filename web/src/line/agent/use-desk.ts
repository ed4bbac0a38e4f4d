import { useCallback, useEffect, useMemo, useReducer, useRef, useState } from 'react';
import { AgentApi, type AgentUser, type AskedRequest } from './agent-api.ts';
import type { AgentNotices, NoticesState } from './agent-notices.ts';
import { type AgentNotice, afterNotice, afterReading, type Desk, emptyDesk, readAgainMs } from './desk.ts';
import { DeskReader } from './desk-reader.ts';

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

/** An agent's session on this page: what there is, kept as it is by notifications. */
export function useDesk(onAsked?: (request: AskedRequest) => void): [Desk, DeskState, DeskActions] {
  const [desk, dispatch] = useReducer(reduce, emptyDesk);
  const [state, setState] = useState<DeskState>('off');
  const asked = useRef(onAsked);
  asked.current = onAsked;
  const api = useMemo(() => new AgentApi((request) => asked.current?.(request)), []);
  const notices = useRef<AgentNotices | null>(null);
  const reader = useMemo(
    () =>
      new DeskReader(() => api.user(), {
        onUser: (user) => dispatch({ user }),
        onSignedOut: () => setState('signedOut'),
      }),
    [api],
  );
  // What was asked for before one signed out is done later: there is nothing to be read for it.
  const read = useCallback(() => {
    if (notices.current !== null) reader.soon();
  }, [reader]);

  const close = useCallback(() => {
    reader.stop();
    notices.current?.close();
    notices.current = null;
    setState('off');
    dispatch('empty');
  }, [reader]);

  const open = useCallback(
    async (login?: { readonly login: string; readonly password: string }) => {
      const user = await api.user(login);
      reader.stop();
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
    [api, read, reader],
  );

  // A WebSocket that is refused does not say why: a server that began anew knows the session no more.
  const againMs = state === 'live' || state === 'lost' ? readAgainMs(desk, state === 'live') : null;
  useEffect(() => {
    if (againMs === null) return;
    const asking = setInterval(read, againMs);
    return () => clearInterval(asking);
  }, [againMs, read]);

  useEffect(
    () => () => {
      reader.stop();
      notices.current?.close();
    },
    [reader],
  );

  const actions = useMemo<DeskActions>(() => ({ api, open, read, close }), [api, open, read, close]);
  return [desk, state, actions];
}
