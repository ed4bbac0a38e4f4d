import type { SignInRefusal } from '../../look/sign-in.tsx';

/**
 * An administrator who is signed in here. The cookie is for the browser alone; what changes something carries the
 * token.
 */
export interface ConsoleSession {
  readonly user: { readonly id: string; readonly login: string; readonly name: string };
  readonly csrfToken: string;
}

const address = '/admin/v1/session';

/** With a login it is made, without one asked for. Null: there is none. */
export async function openSession(login?: {
  readonly login: string;
  readonly password: string;
}): Promise<ConsoleSession | SignInRefusal | null> {
  let response: Response;
  try {
    response = await fetch(
      address,
      login === undefined
        ? { cache: 'no-store' }
        : { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(login) },
    );
  } catch {
    return 'serverAway';
  }
  if (response.status === 429) return 'tooManyAttempts';
  if (response.status === 401) return login === undefined ? null : 'wrongLogin';
  if (response.status === 403) return 'notAllowed';
  if (response.status >= 500) return 'serverAway';
  return response.ok ? ((await response.json()) as ConsoleSession) : 'wrong';
}

/** False: the server was not reached, and the cookie is still good. */
export async function closeSession({ csrfToken }: ConsoleSession): Promise<boolean> {
  const headers = { 'x-csrf-token': csrfToken };
  const response = await fetch(address, { method: 'DELETE', headers }).catch(() => null);
  if (response?.status !== 403) return response?.ok === true || response?.status === 401;
  // Another tab has signed in since: the cookie is of that session.
  const now = await openSession();
  return now === null || (typeof now !== 'string' && now.csrfToken !== csrfToken && (await closeSession(now)));
}
