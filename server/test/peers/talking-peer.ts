import { loadOpus } from '../../src/audio/opus.ts';
import type { PartylineServer } from './partyline.ts';
import { WebPeer } from './web-peer.ts';
import { offerTo, tokenFor } from './whip-client.ts';

/** Somebody in the conference that says a tone, in Opus. Whoever asks for it closes it. */
export async function talkingPeer(server: PartylineServer, tone: number): Promise<WebPeer> {
  const peer = new WebPeer(tone, await loadOpus());
  try {
    peer.answered((await offerTo(server, await tokenFor(server, 'Talker'), await peer.offer())).answer);
    return peer;
  } catch (error) {
    peer.close();
    throw error;
  }
}
