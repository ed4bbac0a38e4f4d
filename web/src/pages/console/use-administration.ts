import { useMemo, useRef } from 'react';
import { lookForServer } from '../../line/use-server-away.ts';
import { useCommonWords } from '../../words/common.ts';
import type { ConsoleSession } from './session.ts';
import { useSignedIn } from './session-context.ts';

/** What the server refused, in its words or the same in the language that is shown; empty where it gave none. */
export class Refusal extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

export interface Administration {
  /** Rejects with a Refusal, or a TypeError where the server cannot be reached. */
  ask<Answer>(method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path: string, body?: object): Promise<Answer>;
}

/** Asks `/admin/v1` as whoever is signed in; an answer of 401 asks for the sign-in again. */
export function useAdministration(): Administration {
  const { expire, renew, session } = useSignedIn();
  const of = useRef({ expire, renew });
  of.current = { expire, renew };
  const { serverSaid } = useCommonWords();
  const said = useRef(serverSaid);
  said.current = serverSaid;
  return useMemo(
    () => ({
      async ask<Answer>(method: string, path: string, body?: object): Promise<Answer> {
        const send = ({ csrfToken }: ConsoleSession): Promise<Response> =>
          fetch(`/admin/v1${path}`, {
            method,
            headers: {
              'x-csrf-token': csrfToken,
              ...(body === undefined ? {} : { 'content-type': 'application/json' }),
            },
            cache: 'no-store',
            ...(body === undefined ? {} : { body: JSON.stringify(body) }),
          });
        let response = await send(session).catch((error) => {
          lookForServer();
          throw error;
        });
        if (response.status === 403 && method !== 'GET') {
          const renewed = await of.current.renew(session);
          if (renewed !== null) response = await send(renewed);
        }
        if (response.status === 502 || response.status === 504) lookForServer();
        if (response.status === 401) of.current.expire(session);
        if (response.ok) return (response.status === 204 ? null : await response.json()) as Answer;
        const { error } = (await response.json().catch(() => ({}))) as { error?: { code?: string; message?: string } };
        throw new Refusal(error?.code ?? String(response.status), said.current(error?.message ?? ''));
      },
    }),
    [session],
  );
}
