import type { LegConfiguration, MediaEngine } from '../../media/engine.ts';
import type { TelephoneEvent } from '../../sdp/session.ts';
import { askedIn, mirrored, type WebFormat, type WebOffer } from '../../sdp/web-session.ts';

/** What is spoken with a browser: one way of coding sound, and digits beside it where both know them. */
export interface Agreed {
  readonly format: WebFormat;
  readonly telephoneEvent: TelephoneEvent | null;
}

/** What media processes can code, the best first; Opus has one clock rate (RFC 7587 §4.1), G.711 its own (RFC 3551). */
const spoken: readonly Pick<WebFormat, 'codec' | 'clockRate'>[] = [
  { codec: 'OPUS', clockRate: 48_000 },
  { codec: 'PCMU', clockRate: 8000 },
  { codec: 'PCMA', clockRate: 8000 },
];

/** What a media process takes of one offer. */
const mostFormats = 64;

/** Ours is the order: a browser offers what is best for it among its own kind. Null: nothing in common. */
export function agree(offer: WebOffer): Agreed | null {
  for (const { codec, clockRate } of spoken) {
    const format = offer.formats.find((one) => one.codec === codec && one.clockRate === clockRate);
    if (format === undefined) continue;
    return { format, telephoneEvent: events(offer, clockRate) ?? events(offer, 8000) };
  }
  return null;
}

/** Best with the clock of the sound beside it (RFC 4733 §2.1); not every browser has one for Opus. */
function events({ telephoneEvents }: WebOffer, clockRate: number): TelephoneEvent | null {
  return telephoneEvents.find((format) => format.clockRate === clockRate) ?? null;
}

/** The name of a format for a media process. */
export function codecOf({ codec, clockRate }: WebFormat): string {
  return `${codec}/${clockRate}`;
}

/** What a media process needs of an offer to open a leg for it. */
export function openingOf(offer: WebOffer): Parameters<MediaEngine['openWebRtcLeg']>[2] {
  const { mid, iceUfrag, icePwd, fingerprint, setup, direction, ssrcs, formats, telephoneEvents } = offer;
  const events = telephoneEvents.map((event) => ({ ...event, codec: 'telephone-event' }));
  const all = [...formats, ...events].slice(0, mostFormats);
  return { mid, iceUfrag, icePwd, fingerprint, setup, direction, ssrcs, formats: all };
}

/** Whether it says it will send sound. */
export function sends({ direction }: WebOffer): boolean {
  return direction === 'sendrecv' || direction === 'sendonly';
}

/** How its sound is to be sent and read. */
export function configurationOf(offer: WebOffer, { format, telephoneEvent }: Agreed): LegConfiguration {
  const { payloadType } = format;
  const codec = codecOf(format);
  return {
    remote: { kind: 'webrtc' },
    send: { payloadType, codec, ptime: 20 },
    receive: [{ payloadType, codec }],
    telephoneEvents: { send: telephoneEvent, receive: telephoneEvent === null ? [] : [telephoneEvent] },
    direction: mirrored[offer.direction],
    audioLevel: offer.audioLevel,
    ...(sends(offer) ? { watched: true } : { listener: { reportsIn: askedIn(offer, format) } }),
  };
}
