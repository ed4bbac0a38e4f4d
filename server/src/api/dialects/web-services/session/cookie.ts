/** The cookie of a session, by the name that clients of this interface know. */
const name = 'JSESSIONID';
const longestHeader = 8192;
/** Whatever was given to us under that name: anything else is nobody's session. */
const idForm = /^[0-9A-F]{32}$/;

/**
 * The ids of sessions in a header `Cookie` (RFC 6265 §4.2): a browser may have more than one of that name, of several
 * paths.
 */
export function sessionIdsIn(header: string | undefined): readonly string[] {
  if (header === undefined || header.length > longestHeader) return [];
  const ids: string[] = [];
  for (const pair of header.split(';')) {
    const equals = pair.indexOf('=');
    if (equals < 0 || pair.slice(0, equals).trim() !== name) continue;
    const value = pair.slice(equals + 1).trim();
    if (idForm.test(value)) ids.push(value);
  }
  return ids.slice(0, 8);
}

/**
 * `Set-Cookie`. Scripts do not see it, and pages of other sites do not send it, unless they are allowed to ask at all
 * (`crossSite`), which browsers take over TLS only.
 */
export function sessionCookie(id: string, { secure, crossSite }: { secure: boolean; crossSite: boolean }): string {
  const site = secure && crossSite ? 'None' : 'Lax';
  return `${name}=${id}; Path=/; HttpOnly; SameSite=${site}${secure ? '; Secure' : ''}`;
}

/** Has the client forget it. */
export const noSessionCookie = `${name}=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax`;
