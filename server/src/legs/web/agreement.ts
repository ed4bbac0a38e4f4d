import type { WebFormat, WebOffer } from '../../sdp/web-session.ts';

/** What is spoken with a browser: one way of coding sound, and digits beside it where both know them. */
export interface Agreed {
  readonly format: WebFormat;
  readonly telephoneEvent: { readonly payloadType: number; readonly clockRate: number } | null;
}

/** What media processes can code, the best first. */
const spoken = ['PCMU', 'PCMA'];

/** Ours is the order: a browser offers what is best for it among its own kind. Null: nothing in common. */
export function agree(offer: WebOffer): Agreed | null {
  for (const codec of spoken) {
    const format = offer.formats.find((one) => one.codec === codec);
    if (format === undefined) continue;
    const telephoneEvent = offer.telephoneEvents.find(({ clockRate }) => clockRate === format.clockRate) ?? null;
    return { format, telephoneEvent };
  }
  return null;
}
