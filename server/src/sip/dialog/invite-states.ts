/**
 * An INVITE that came from a caller, until it is decided (RFC 3261 §13.3.1).
 *
 *   ringing        waits for the owner; provisional responses may have been sent
 *   awaitingPrack  accepted by the owner; the 2xx waits for the PRACK of a session description (RFC 3262 §3)
 *   accepted       2xx sent: from here on it is a session
 *   refused        a final response above 299 was sent by the owner
 *   cancelled      the caller gave up first, by CANCEL, BYE or Expires; 487 was sent
 */
export type IncomingState = 'ringing' | 'awaitingPrack' | 'accepted' | 'refused' | 'cancelled';
export type IncomingInput = 'progress' | 'awaitPrack' | 'accept' | 'reject' | 'giveUp';

/** The response that belongs to each row; `ringing` again stands for 180 and 183. */
export const incomingTable: Record<IncomingState, Partial<Record<IncomingInput, IncomingState>>> = {
  ringing: {
    progress: 'ringing',
    awaitPrack: 'awaitingPrack',
    accept: 'accepted',
    reject: 'refused',
    giveUp: 'cancelled',
  },
  awaitingPrack: { accept: 'accepted', reject: 'refused', giveUp: 'cancelled' },
  accepted: {},
  refused: {},
  cancelled: {},
};

/**
 * One target of an INVITE that we send (§13.2, §16.7 for the forking).
 *
 *   calling    nothing or only 100 heard
 *   ringing    a provisional response above 100
 *   cancelling CANCEL asked for; a 2xx may still cross it
 *   over       a final response, or none in time; 2xx of other forks may still come and are ended
 */
export type BranchState = 'calling' | 'ringing' | 'cancelling' | 'over';
export type BranchInput = 'provisional' | 'success' | 'failure' | 'cancel';

export const branchTable: Record<BranchState, Partial<Record<BranchInput, BranchState>>> = {
  calling: { provisional: 'ringing', success: 'over', failure: 'over', cancel: 'cancelling' },
  ringing: { provisional: 'ringing', success: 'over', failure: 'over', cancel: 'cancelling' },
  cancelling: { success: 'over', failure: 'over' },
  over: {},
};
