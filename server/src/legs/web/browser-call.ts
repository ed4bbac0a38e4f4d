import type { Cause } from '../../call/model/cause.ts';
import type { ConferencePolicy } from '../../call/model/conference-policy.ts';
import type { Role } from '../../call/model/connection.ts';
import type { ConferenceDevice } from '../../call/model/device.ts';

/*
 * What passes between browsers' legs and whoever speaks with the browser.
 */

/** What somebody may come in as. */
export interface BrowserRight {
  readonly policy: ConferencePolicy;
  readonly role: Role;
}

/** A browser that wants into a conference. */
export interface BrowserEntry {
  /** What it offers, SDP. */
  readonly offer: string;
  /** What the others see. */
  readonly name: string;
  /** Where to; `number`: of the conference. */
  readonly conference: { readonly device: ConferenceDevice; readonly number: string };
  /** Whose right was established already; null: a passcode is asked for. */
  readonly admitted: BrowserRight | null;
  /** As whom one whose right was not established may be let in by those inside, where the conference is locked. */
  readonly guest?: BrowserRight;
  /** Who is counted for wrong passcodes. */
  readonly callerKey: string;
  /** Where its offer came from. */
  readonly address: string;
  /** It is sent sound and sends none, whatever it offers. */
  readonly listens?: boolean;
  /** Where the conference is locked it waits at the door, instead of being refused. */
  readonly mayKnock?: boolean;
}

/** A browser's call, as whoever speaks with the browser knows it. */
export interface BrowserCall {
  readonly legId: string;
  /** SDP. */
  readonly answer: string;
  /** Told once, when the call is over; at once if it is. */
  onEnded(told: (cause: Cause) => void): void;
  /** Somebody who is asked for a passcode gives it. False: nobody asks. */
  givePasscode(passcode: string): boolean;
  /** It waits at the door of a locked conference, and hears nothing yet. */
  readonly waits: boolean;
  /** Told when it begins to wait there, after it was asked for a passcode; once. */
  onWaits(told: () => void): void;
  /** Whether one of whom a passcode is asked for may wait at the door instead, as it is locked. */
  readonly mayWait: boolean;
  /** It does so from now on. False: it may not. */
  wait(): boolean;
  /** Lets in who waits. Errors: conferenceFull, unavailable. */
  enter(): Promise<void>;
  /**
   * The browser comes another way, with this offer (SDP); nothing else of the call changes. Gives the answer. Errors:
   * those of an offer, unavailable (it is over, also).
   */
  move(offer: string): Promise<string>;
  /**
   * Its ICE begins anew, by a fragment of a description (RFC 8840) that names the browser; sound, keys and all else go
   * on. Gives the fragment that answers it; the same names again are answered as before. Errors: invalidArgument
   * (details.code says `badFragment`), unavailable (it is over, also); it goes on as before then.
   */
  restart(fragment: string): Promise<string>;
  /** Its page is there, again perhaps: if its sound is missed, that is waited for as that of a new one. */
  pageIsThere(): void;
  /** Keys, as if they came with the sound. */
  press(digits: string): void;
  /** Puts the others on hold, or is back. */
  hold(held: boolean): void;
  /** Hangs up. Idempotent. */
  end(): void;
}
