import type { SignInRefusal } from '../../look/sign-in.tsx';

/** Who is signed in, and what changes something must carry (docs/protocols/web-services.md). */
export interface AgentSession {
  readonly user: { readonly id: string; readonly name: string };
  readonly csrf: Readonly<Record<string, string>>;
}

/** With a login the session begins; without one it is the one that this browser has. Null: there is none. */
export async function openSession(basic?: {
  readonly login: string;
  readonly password: string;
}): Promise<AgentSession | SignInRefusal | null> {
  let response: Response;
  try {
    const headers: Record<string, string> =
      basic === undefined ? {} : { authorization: `Basic ${base64(`${basic.login}:${basic.password}`)}` };
    response = await fetch('/api/v2/me', { headers, cache: 'no-store' });
  } catch {
    return 'serverAway';
  }
  if (response.status === 429) return 'tooManyAttempts';
  if (response.status >= 500) return 'serverAway';
  if (response.status === 403) return basic === undefined ? null : 'wrongLogin';
  if (!response.ok) return 'wrong';
  const body = (await response.json().catch(() => null)) as { user?: { id?: string; userName?: string } } | null;
  const name = response.headers.get('x-csrf-header');
  const token = response.headers.get('x-csrf-token');
  return {
    user: { id: body?.user?.id ?? '', name: body?.user?.userName ?? '' },
    csrf: name === null || token === null ? {} : { [name]: token },
  };
}

export async function closeSession({ csrf }: AgentSession): Promise<void> {
  await fetch('/api/v2/me', {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...csrf },
    body: JSON.stringify({ operationName: 'EndContactCenterSession' }),
  }).catch(() => {});
}

/** RFC 7617 §2.1: as UTF-8. */
function base64(text: string): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)));
}
