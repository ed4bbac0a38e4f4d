import { SdkPromise } from '../promise.ts';
import type { CommandFailed, Message } from '../session.ts';
import { conferenceExceptionOf } from './conference-refusals.ts';
import { AdmissionResponseCode, ConferenceException, ConferenceStartStatus } from './conference-values.ts';

const {
  INCORRECT_PASSCODE_TRY_AGAIN: again,
  INCORRECT_PASSCODE_DISCONNECTING: last,
  DENIED: denied,
} = AdmissionResponseCode;

/** The server disconnects then. */
const passcodesAtMost = 3;

/** Coming in: who waits to be in, and the passcode that is asked for. */
export class Admission {
  #asked: Message | null = null;
  #starting: SdkPromise | null = null;
  /** Who waits to be admitted; the server answers them in turn. */
  #admitting: SdkPromise[] = [];
  /** Asks those inside, once the passcode was right and it is locked. */
  #then: (() => Promise<void>) | null = null;
  /** How many passcodes were. */
  #wrong = 0;

  /** Resolves when one is in; rejects with what is needed for it, and when the call ends. */
  start(): SdkPromise {
    if (this.#asked !== null) return SdkPromise.rejected(needed(this.#asked));
    this.#starting ??= new SdkPromise();
    return this.#starting;
  }

  /**
   * `ask` gives the passcode to the server, and rejects with CommandFailed; `knock` asks to be let in where it is
   * locked besides. Resolves when one is in.
   */
  sendPasscode(ask: () => Promise<void>, knock: () => Promise<void>): SdkPromise {
    if (this.#asked === null) {
      return SdkPromise.rejected(new ConferenceException('CAPABILITY_NOT_ALLOWED', 'No passcode is asked for.'));
    }
    this.#then = knock;
    return this.#waits(ask, ({ code, message }) =>
      code === 'invalid' ? new ConferenceException('INVALID_ARGUMENT', message, again) : null,
    );
  }

  /** Asks to be let in; `ask` as for `sendPasscode`. Resolves when one is in. */
  knock(ask: () => Promise<void>): SdkPromise {
    if (this.#asked?.['permissionNeeded'] !== true) {
      return SdkPromise.rejected(
        new ConferenceException('CAPABILITY_NOT_ALLOWED', 'You are not waiting to be let in.'),
      );
    }
    this.#then = null;
    return this.#waits(ask);
  }

  /** `refusal`: what is said of an error, where it is not what is said of any. */
  #waits(ask: () => Promise<void>, refusal: (error: CommandFailed) => ConferenceException | null = () => null) {
    const admitting = new SdkPromise();
    this.#admitting.push(admitting);
    this.#asks(ask, admitting, refusal);
    return admitting;
  }

  #asks(
    ask: () => Promise<void>,
    admitting: SdkPromise,
    refusal: (error: CommandFailed) => ConferenceException | null = () => null,
  ): void {
    ask().catch((error: CommandFailed) => {
      this.#admitting = this.#admitting.filter((one) => one !== admitting);
      admitting.settle(false, refusal(error) ?? conferenceExceptionOf(error));
    });
  }

  /** The server asks for a passcode, or refused one (`refused`). */
  asked(message: Message): void {
    this.#asked = message;
    if (message['refused'] === undefined) {
      this.#settleStarting(false, needed(message));
      const [admitting] = this.#admitting;
      const then = this.#then;
      if (then === null || admitting === undefined || message['passcodeNeeded'] === true) return;
      this.#then = null;
      this.#asks(then, admitting);
      return;
    }
    const wrong = message['refused'] === 'wrongPasscode';
    if (wrong) this.#wrong++;
    const code = wrong ? (this.#wrong >= passcodesAtMost ? last : again) : denied;
    this.#admitting.shift()?.settle(false, new ConferenceException(code, String(message['refused']), code));
  }

  /** One is in. Gives whether somebody waited for it; who called `start` is told by `started`. */
  admitted(): boolean {
    const waited = this.#starting !== null || this.#admitting.length > 0;
    this.#asked = null;
    this.#settleAdmitting(true);
    return waited;
  }

  /** Nobody waits any more to be told who is in. */
  stopped(): void {
    this.#settleStarting(
      false,
      new ConferenceException('CAPABILITY_NOT_ALLOWED', 'The conference was stopped meanwhile.'),
    );
  }

  started(): void {
    this.#settleStarting(true);
  }

  ended(reason: ConferenceException): void {
    this.#settleStarting(false, reason);
    this.#settleAdmitting(false, new ConferenceException(reason.name, reason.message, last));
  }

  #settleStarting(resolved: boolean, value?: unknown): void {
    this.#starting?.settle(resolved, value);
    this.#starting = null;
  }

  #settleAdmitting(resolved: boolean, value?: unknown): void {
    const admitting = this.#admitting;
    this.#admitting = [];
    for (const one of admitting) one.settle(resolved, value);
  }
}

function needed({ passcodeNeeded, permissionNeeded }: Message): ConferenceException {
  return Object.assign(new ConferenceException(ConferenceStartStatus.ADMISSION_NEEDED, 'Not everybody may come in.'), {
    admissionPasscodeNeeded: passcodeNeeded === true,
    admissionPermissionNeeded: permissionNeeded === true,
  });
}
