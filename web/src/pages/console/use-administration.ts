import { useMemo, useRef } from 'react';
import { useSignedIn } from './session-context.ts';

/** What the server refused, in its own words; empty where it gave none. */
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
  const { expire, session } = useSignedIn();
  const expired = useRef(expire);
  expired.current = expire;
  return useMemo(
    () => ({
      async ask<Answer>(method: string, path: string, body?: object): Promise<Answer> {
        const headers: Record<string, string> = { 'x-csrf-token': session.csrfToken };
        if (body !== undefined) headers['content-type'] = 'application/json';
        const response = await fetch(`/admin/v1${path}`, {
          method,
          headers,
          cache: 'no-store',
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        });
        if (response.status === 401) expired.current(session);
        if (response.ok) return (response.status === 204 ? null : await response.json()) as Answer;
        const { error } = (await response.json().catch(() => ({}))) as { error?: { code?: string; message?: string } };
        throw new Refusal(error?.code ?? String(response.status), error?.message ?? '');
      },
    }),
    [session],
  );
}
