import assert from 'node:assert/strict';
import type { PartylineServer } from './partyline.ts';

/** What opens the door of a conference once, to somebody of this name. */
export async function tokenFor(server: PartylineServer, name: string, conferenceId = '2011'): Promise<string> {
  const answer = await fetch(`http://127.0.0.1:${server.httpPort}/ups/resources/middleware/token`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ conferenceId, userName: name }),
  });
  return ((await answer.json()) as { token: string }).token;
}

/** Offers with what proves who asks. Gives the answer, and where the session is. */
export async function offerTo(
  server: PartylineServer,
  proof: string,
  offer: string,
  { door = '/whip', status = 201 } = {},
): Promise<{ readonly answer: string; readonly path: string; readonly etag: string }> {
  const response = await fetch(`http://127.0.0.1:${server.httpPort}${door}`, {
    method: 'POST',
    headers: { 'content-type': 'application/sdp', authorization: `Bearer ${proof}` },
    body: offer,
  });
  const answer = await response.text();
  assert.equal(response.status, status, answer);
  const path = new URL(response.headers.get('location') ?? '').pathname;
  return { answer, path, etag: response.headers.get('etag') ?? '' };
}
