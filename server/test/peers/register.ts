import { answerTo } from './digest.ts';
import { type RawSip, requestLines } from './raw-sip.ts';

/** REGISTERs with this password; gives the final status, or null when nothing is heard in `ms`. */
export async function register(peer: RawSip, user: string, password: string, ms = 8000): Promise<number | null> {
  const ask = async (more: readonly string[]): Promise<string | null> => {
    const since = peer.received.length;
    peer.send(requestLines('REGISTER', '', user, more));
    return peer.final(ms, since).catch(() => null);
  };
  const challenge = await ask([]);
  if (challenge === null) return null;
  const said = await ask([answerTo(challenge, { method: 'REGISTER', uri: 'sip:localhost', user, password })]);
  return said === null ? null : Number(said.slice(8, 11));
}
