import assert from 'node:assert/strict';
import { administrator, type PartylineServer } from './partyline.ts';

const base64 = (text: string) => Buffer.from(text).toString('base64');

/** A meeting that the administrator makes by the portal while the server runs. Gives its id. */
export async function newMeeting(
  server: PartylineServer,
  { moderatorPIN, ...fields }: { subject: string; moderatorPIN: string; waitingRoom?: boolean },
): Promise<string> {
  const ask = async (path: string, body: object, authorization: Record<string, string> = {}) => {
    const answer = await fetch(`http://127.0.0.1:${server.httpPort}/ups/resources/tenants/default${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...authorization },
      body: JSON.stringify(body),
    });
    assert.equal(answer.status, 200);
    return (await answer.json()) as { token: string; conferenceId: string };
  };
  const { token } = await ask('/authentication/login', administrator);
  const meeting = { ...fields, moderatorPIN: base64(moderatorPIN) };
  return (await ask('/conference', meeting, { authorization: `UPToken ${token}` })).conferenceId;
}
