/**
 * The life of an established INVITE dialog (RFC 3261 §13–15).
 *
 *   awaitingPrack  decided, but our 2xx waits for a PRACK (RFC 3262 §3); what ends it now refuses the INVITE
 *   accepted       the 2xx has gone or come, its ACK not yet
 *   confirmed      the ACK has come or gone
 *   leaving        over for its owner, but BYE may not be sent before the ACK (§15)
 *   goodbye        BYE sent, its final response not there yet
 *   ended          nothing left
 *
 * `lost` is a 408 or 481 to a request in the dialog, or no answer to it (§12.2.1.2).
 */
export type SessionState = 'awaitingPrack' | 'accepted' | 'confirmed' | 'leaving' | 'goodbye' | 'ended';
export type SessionInput = 'release' | 'ack' | 'notAcked' | 'bye' | 'remoteBye' | 'lost' | 'byeDone';

/** Done in this order, after the state has changed. */
export type SessionEffect = 'refuse' | 'stopWaiting' | 'sendBye' | 'remove' | 'tellNotAcked' | 'tellEnded';

export interface SessionRow {
  readonly next: SessionState;
  readonly effects: readonly SessionEffect[];
}

export const sessionTable: Record<SessionState, Partial<Record<SessionInput, SessionRow>>> = {
  awaitingPrack: {
    release: { next: 'accepted', effects: [] },
    bye: { next: 'ended', effects: ['refuse', 'remove', 'tellEnded'] },
    remoteBye: { next: 'ended', effects: ['refuse', 'remove', 'tellEnded'] },
    lost: { next: 'ended', effects: ['refuse', 'remove', 'tellEnded'] },
  },
  accepted: {
    ack: { next: 'confirmed', effects: [] },
    notAcked: { next: 'goodbye', effects: ['stopWaiting', 'sendBye', 'tellNotAcked', 'tellEnded'] },
    bye: { next: 'leaving', effects: ['tellEnded'] },
    remoteBye: { next: 'ended', effects: ['stopWaiting', 'remove', 'tellEnded'] },
    lost: { next: 'leaving', effects: ['tellEnded'] },
  },
  confirmed: {
    notAcked: { next: 'goodbye', effects: ['stopWaiting', 'sendBye', 'tellNotAcked', 'tellEnded'] },
    bye: { next: 'goodbye', effects: ['stopWaiting', 'sendBye', 'tellEnded'] },
    remoteBye: { next: 'ended', effects: ['stopWaiting', 'remove', 'tellEnded'] },
    lost: { next: 'goodbye', effects: ['stopWaiting', 'sendBye', 'tellEnded'] },
  },
  leaving: {
    ack: { next: 'goodbye', effects: ['stopWaiting', 'sendBye'] },
    notAcked: { next: 'goodbye', effects: ['stopWaiting', 'sendBye'] },
    remoteBye: { next: 'ended', effects: ['stopWaiting', 'remove'] },
  },
  goodbye: {
    byeDone: { next: 'ended', effects: ['remove'] },
  },
  ended: {},
};
