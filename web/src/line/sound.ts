import { Refusal, type RefusalCode } from './refusal.ts';

/** A call's sound: what WHIP (RFC 9725) has agreed on. */
export interface Sound {
  /** Path of the session. */
  readonly location: string;
  readonly peer: RTCPeerConnection;
}

const refusals: Readonly<Record<string, RefusalCode>> = {
  conferenceLocked: 'locked',
  conferenceClosed: 'notNow',
  lockedOut: 'lockedOut',
  conferenceNotFound: 'unknownMeeting',
  conferenceFull: 'full',
  noCommonCodec: 'noCommonCodec',
  noAudio: 'noCommonCodec',
  tooManyOffers: 'busy',
  unavailable: 'busy',
};

/** Offers the microphone and plays what comes back. Throws Refusal. */
export async function openSound(
  token: string,
  stream: MediaStream,
  play: (stream: MediaStream) => void,
): Promise<Sound> {
  const peer = new RTCPeerConnection();
  try {
    for (const track of stream.getAudioTracks()) peer.addTrack(track, stream);
    peer.addEventListener('track', ({ streams, track }) => play(streams[0] ?? new MediaStream([track])));
    await peer.setLocalDescription(await peer.createOffer());
    const response = await ask('/whip', {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/sdp' },
      body: peer.localDescription?.sdp ?? '',
    });
    const text = await response.text();
    if (response.status !== 201) throw refusalOf(response.status, text);
    await peer.setRemoteDescription({ type: 'answer', sdp: text });
    // The server may be known by another name than ours; what counts is that it is the one that served this page.
    const location = new URL(response.headers.get('location') ?? '', window.location.href).pathname;
    return { location, peer };
  } catch (error) {
    peer.close();
    throw error;
  }
}

/** Hangs up; also while the page goes away. */
export function closeSound({ location, peer }: Sound): void {
  peer.close();
  void fetch(location, { method: 'DELETE', keepalive: true }).catch(() => {});
}

async function ask(path: string, request: RequestInit): Promise<Response> {
  try {
    return await fetch(path, request);
  } catch (error) {
    throw new Refusal('network', String(error));
  }
}

function refusalOf(status: number, text: string): Refusal {
  let problem: { code?: string; detail?: string } = {};
  try {
    problem = JSON.parse(text);
  } catch {
    // What stands between us and the server has words of its own.
  }
  return new Refusal(refusals[problem.code ?? ''] ?? (status >= 500 ? 'busy' : 'other'), problem.detail);
}
