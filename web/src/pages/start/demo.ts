/** What the server lets visitors of this machine try (docs/sandbox.md). */
export interface Demo {
  readonly available: boolean;
  readonly why: 'sandboxOff' | 'noDemoAgent' | 'otherTrunks' | 'notLocal' | null;
  readonly numbers: readonly { readonly number: string; readonly does: string }[];
  readonly conference: {
    readonly extension: string;
    readonly number: string;
    readonly meetingId: string;
    readonly name: string;
  };
  readonly session: DemoSession | null;
}

export interface DemoSession {
  readonly token: string;
  /** Whether this browser is the demo agent: not where somebody is signed in as another. */
  readonly isAgent: boolean;
  readonly expiresAt: string;
  /** Number of the demo agent's phone. */
  readonly phone: string;
}

export async function readDemo(): Promise<Demo> {
  const response = await fetch('/demo', { cache: 'no-store' });
  if (!response.ok) throw new Error(String(response.status));
  return (await response.json()) as Demo;
}

/** The one there is, or a new one; `known`: the token had before. Throws an error with what the server says. */
export async function beginDemo(known: string | null): Promise<DemoSession> {
  const before = (await readDemo()).session;
  if (before !== null && (before.isAgent || before.token === known)) return before;
  const response = await fetch('/demo/session', { method: 'POST' });
  const body = (await response.json().catch(() => null)) as (DemoSession & { error?: { message?: string } }) | null;
  if (!response.ok || body === null) throw new Error(body?.error?.message ?? String(response.status));
  return body;
}

/** Whether an administrator is signed in at the console of this server. */
export async function isAdministrator(): Promise<boolean> {
  const response = await fetch('/admin/v1/session', { cache: 'no-store' }).catch(() => null);
  return response?.ok === true;
}

export interface Invitation {
  readonly path: string;
  readonly body: string;
}

/** The request that rings a number into the conference. */
export function invitationOf({ extension, number }: Demo['conference'], invitee: string): Invitation {
  return {
    path: `/uapi/phoneCalls/@me/conferenceInvite?number=${number}`,
    body: JSON.stringify({ extension, phoneCallView: [{ source: [extension], destination: [invitee] }] }),
  };
}

/** Throws an error with what the server says. */
export async function ring({ path, body }: Invitation, token: string): Promise<void> {
  const response = await fetch(path, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      'idempotency-key': `start-page-${Date.now()}-${Math.random().toString(36).slice(2)}`,
    },
    body,
  });
  if (response.ok) return;
  const answer = (await response.json().catch(() => null)) as { error?: { message?: string } } | null;
  throw new Error(answer?.error?.message ?? String(response.status));
}
