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
  #admitting: SdkPromise | null = null;
  /** Asks those inside, once the passcode was right and it is locked. */
  #then: (() => Promise<void>) | null = null;
  #tries = 0;

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
    const admitting = new SdkPromise();
    this.#admitting = admitting;
    this.#then = knock;
    this.#tries++;
    ask().catch((error: CommandFailed) => {
      if (this.#admitting !== admitting) return;
      const { code, message } = error;
      this.#settleAdmitting(
        false,
        code === 'invalid' ? new ConferenceException('INVALID_ARGUMENT', message, again) : conferenceExceptionOf(error),
      );
    });
    return admitting;
  }

  /** Asks to be let in; `ask` as for `sendPasscode`. Resolves when one is in. */
  knock(ask: () => Promise<void>): SdkPromise {
    if (this.#asked?.['permissionNeeded'] !== true) {
      return SdkPromise.rejected(
        new ConferenceException('CAPABILITY_NOT_ALLOWED', 'You are not waiting to be let in.'),
      );
    }
    const admitting = new SdkPromise();
    this.#admitting = admitting;
    this.#then = null;
    this.#asks(ask);
    return admitting;
  }

  #asks(ask: () => Promise<void>): void {
    const admitting = this.#admitting;
    ask().catch((error: CommandFailed) => {
      if (this.#admitting === admitting) this.#settleAdmitting(false, conferenceExceptionOf(error));
    });
  }

  /** The server asks for a passcode, or refused one (`refused`). */
  asked(message: Message): void {
    this.#asked = message;
    if (message['refused'] === undefined) {
      this.#settleStarting(false, needed(message));
      const then = this.#then;
      if (then === null || this.#admitting === null || message['passcodeNeeded'] === true) return;
      this.#then = null;
      this.#asks(then);
      return;
    }
    const wrong = message['refused'] === 'wrongPasscode';
    const code = wrong ? (this.#tries >= passcodesAtMost ? last : again) : denied;
    this.#settleAdmitting(false, new ConferenceException(code, String(message['refused']), code));
  }

  /** One is in. Gives whether somebody waited for it; who called `start` is told by `started`. */
  admitted(): boolean {
    const waited = this.#starting !== null || this.#admitting !== null;
    this.#asked = null;
    this.#settleAdmitting(true);
    return waited;
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
    this.#admitting = null;
    admitting?.settle(resolved, value);
  }
}

function needed({ passcodeNeeded, permissionNeeded }: Message): ConferenceException {
  return Object.assign(new ConferenceException(ConferenceStartStatus.ADMISSION_NEEDED, 'Not everybody may come in.'), {
    admissionPasscodeNeeded: passcodeNeeded === true,
    admissionPermissionNeeded: permissionNeeded === true,
  });
}
