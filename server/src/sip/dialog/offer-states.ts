/**
 * INVITEs inside a dialog, one at a time (RFC 3261 §14, RFC 3264 §4): whoever has an offer open, the other side's is
 * refused. PRACK belongs to the first INVITE alone and changes nothing here; UPDATE would be a further input.
 *
 *   idle       no INVITE open
 *   sending    ours is on its way
 *   receiving  theirs waits for our owner's answer
 *   answered   our 2xx to theirs (or to the first INVITE) waits for its ACK
 *   offered    the same, but the 2xx holds our offer and the ACK will hold their answer
 *   closed     the session is over
 */
export type OfferState = 'idle' | 'sending' | 'receiving' | 'answered' | 'offered' | 'closed';
export type OfferInput = 'want' | 'invite' | 'final' | 'accept' | 'acceptWithOffer' | 'refuse' | 'ack' | 'notAcked';

/** What `invite` does: ask the owner, 491 Request Pending (§14.1), or 500 with Retry-After (§14.2). */
export type OfferEffect = 'send' | 'ask' | 'askAsAcked' | 'glare' | 'overlap' | 'none';

export interface OfferRow {
  readonly next: OfferState;
  readonly effect: OfferEffect;
}

export const offerTable: Record<OfferState, Partial<Record<OfferInput, OfferRow>>> = {
  idle: {
    want: { next: 'sending', effect: 'send' },
    invite: { next: 'receiving', effect: 'ask' },
  },
  sending: {
    invite: { next: 'sending', effect: 'glare' },
    final: { next: 'idle', effect: 'none' },
  },
  receiving: {
    invite: { next: 'receiving', effect: 'overlap' },
    accept: { next: 'answered', effect: 'none' },
    acceptWithOffer: { next: 'offered', effect: 'none' },
    refuse: { next: 'idle', effect: 'none' },
  },
  answered: {
    // Offer and answer are complete and the peer has our 2xx: its ACK was lost or overtaken (RFC 5407 §3.1.4).
    invite: { next: 'receiving', effect: 'askAsAcked' },
    ack: { next: 'idle', effect: 'none' },
    notAcked: { next: 'idle', effect: 'none' },
  },
  offered: {
    invite: { next: 'offered', effect: 'glare' },
    ack: { next: 'idle', effect: 'none' },
    notAcked: { next: 'idle', effect: 'none' },
  },
  closed: {},
};
