import type { Seat } from './seats.ts';

/** What a token of the portal says of itself. It is not proven here: the server does that. */

/** Where a token can be used: what it says of itself (`iss`); null when it cannot be read. */
export function issuerOf(token: string): string | null {
  const iss = claimsOf(token)['iss'];
  return typeof iss === 'string' && /^https?:\/\//.test(iss) ? iss.replace(/\/+$/, '') : null;
}

/**
 * How long a token is good from when it was made, ms; infinite when it cannot be read. By no clock: that of the page
 * may be wrong.
 */
export function lifetimeOf(token: string): number {
  const { iat, exp } = claimsOf(token);
  return typeof iat === 'number' && typeof exp === 'number' ? (exp - iat) * 1000 : Number.POSITIVE_INFINITY;
}

/** TURN servers to find a way by, as the token names them; none when it cannot be read. */
export function iceServersOf(token: string): RTCIceServer[] {
  return iceServersIn(claimsOf(token)['iceServers']);
}

/** What the server gives as such a list; without what is none. */
export function iceServersIn(given: unknown): RTCIceServer[] {
  const isServer = (one: unknown) => Array.isArray((one as { urls?: unknown } | null)?.urls);
  return Array.isArray(given) ? (given.filter(isServer) as RTCIceServer[]) : [];
}

/** TURN servers in the values of `Link` (RFC 9725 §4.6). */
export function iceServersLinked(header: string | null): RTCIceServer[] {
  const links = (header ?? '').matchAll(/<([^<>]+)>((?:\s*;\s*[\w-]+\s*=\s*"[^"]*")*)/g);
  return [...links].flatMap(([, url = '', parameters = '']) => {
    const of = (name: string) => new RegExp(`;\\s*${name}\\s*=\\s*"([^"]*)"`).exec(parameters)?.[1];
    if (of('rel') !== 'ice-server') return [];
    const [username, credential] = [of('username'), of('credential')];
    const login = username === undefined || credential === undefined ? {} : { username, credential };
    return [{ urls: [url], ...login }];
  });
}

/** The place to which a token leads at this server, without an id yet. */
export function seatOf(base: string, token: string): Omit<Seat, 'id' | 'etag'> {
  const { sub, name, role } = claimsOf(token);
  return {
    base,
    meetingId: String(sub ?? ''),
    name: String(name ?? ''),
    role: typeof role === 'string' ? role : null,
    iceServers: iceServersOf(token),
  };
}

function claimsOf(token: string): Record<string, unknown> {
  try {
    const claims = (token.split('.')[1] ?? '').replaceAll('-', '+').replaceAll('_', '/');
    const bytes = Uint8Array.from(atob(claims), (letter) => letter.charCodeAt(0));
    return (JSON.parse(new TextDecoder().decode(bytes)) as Record<string, unknown> | null) ?? {};
  } catch {
    return {};
  }
}
