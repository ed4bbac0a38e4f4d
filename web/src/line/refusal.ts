export type RefusalCode =
  | 'unknownMeeting'
  | 'wrongPasscode'
  | 'tooManyAttempts'
  | 'notNow'
  | 'locked'
  | 'full'
  | 'lockedOut'
  | 'noCommonCodec'
  | 'busy'
  | 'network'
  | 'other';

/** Why somebody does not get into a meeting. */
export class Refusal extends Error {
  readonly code: RefusalCode;

  constructor(code: RefusalCode, message = '') {
    super(message);
    this.name = 'Refusal';
    this.code = code;
  }

  /** Whether the same may go well a moment later. */
  get passing(): boolean {
    return this.code === 'network' || this.code === 'busy';
  }
}
