import type { FastifyInstance } from 'fastify';
import type { Clock } from '../../base/clock.ts';
import type { Random } from '../../base/random.ts';
import type { Secret } from '../../base/secret.ts';
import type { DeviceRuntime } from '../../call/devices/device-runtime.ts';
import type { CallStore } from '../../call/ports.ts';
import type { CallRuntime } from '../../call/runtime/runtime.ts';
import type { Directory } from '../../directory/directory.ts';
import type { BrowserCall, BrowserEntry } from '../../legs/web/browser-call.ts';
import type { BrowserPhone, BrowserPhoneEntry } from '../../legs/web/browser-phone.ts';
import type { LiveNotifications } from '../../push/live/live-notifications.ts';
import type { Subscriptions } from '../../push/webhooks/subscriptions.ts';
import type { FrontDoor } from '../front-door.ts';
import type { Idempotency } from '../idempotency/idempotency.ts';
import type { Presented } from '../oauth/presented.ts';
import type { SessionLogins } from '../session-logins.ts';

export type { BrowserCall, BrowserEntry } from '../../legs/web/browser-call.ts';
export type { BrowserPhone, BrowserPhoneCall } from '../../legs/web/browser-phone.ts';

/** A phone that is registered for an extension. */
export interface RegisteredPhone {
  /** What it says it is: User-Agent. */
  readonly agent: string;
  /** When it has to have registered again, ms since the epoch; the same whenever it is asked for. */
  readonly expiresAt: number;
}

/** Where browsers come in with their sound. */
export interface BrowserDoor {
  /** From now on it is a phone of an extension. Errors: unavailable. */
  phone(entry: BrowserPhoneEntry): BrowserPhone;
  /**
   * The browser is in the conference, or asked for a passcode, when it resolves. Errors: invalidArgument
   * (`details.code`: `badOffer` or `noAudio`), notAcceptableMedia, conferenceFull, conferenceLocked, unavailable.
   */
  join(entry: BrowserEntry): Promise<BrowserCall>;
  /** Whether a leg is a browser. */
  has(legId: string): boolean;
}

/** What is known of legs besides their calls. */
export interface LegsKnown {
  /** Whether nobody on the way can listen to it. Before both sides know that it stands that is not known: false. */
  isEncrypted(legId: string): boolean;
  /** Runs when it stands, at once where it does. */
  whenConfirmed(legId: string, action: () => void): void;
}

/** Who changes a conference. */
export interface ConferenceAsker {
  readonly organizationId: string;
  readonly userId: number;
  /** Address of the client. */
  readonly from: string;
  readonly requestId: string;
}

/**
 * Conferences while the server runs, in the words of the configuration; ids as MeetingView.conferenceId. What it gives
 * holds from then on. Errors: invalidArgument, conflict, notFound, fixedByFile.
 */
export interface ConferenceChanges {
  create(asker: ConferenceAsker, given: Readonly<Record<string, unknown>>): Promise<void>;
  /** JSON merge patch. */
  change(asker: ConferenceAsker, id: string, patch: Readonly<Record<string, unknown>>): Promise<void>;
  remove(asker: ConferenceAsker, id: string): Promise<void>;
}

/** What a dialect may use of the rest of the server. */
export interface DialectParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly directory: Directory;
  readonly runtime: CallRuntime;
  /** What is set for terminal extensions: agent state, do-not-disturb, forwarding, monitoring. */
  readonly devices: DeviceRuntime;
  /** Calls and their records, ended ones too. */
  readonly calls: CallStore;
  readonly subscriptions: Subscriptions;
  /** Clients that are told live. */
  readonly notifications: LiveNotifications;
  /** None, and dialling the extension is for nothing. */
  readonly registrations: (extensionId: string) => readonly RegisteredPhone[];
  /** A PIN for the access call that began with this leg; kept in memory only. */
  readonly keepPin: (legId: string, pin: Secret) => void;
  /** What an access token, as text, is good for. */
  readonly browsers: BrowserDoor;
  readonly legs: LegsKnown;
  readonly presented: (token: string | null) => Presented;
  /** Who is logged in to one interface may be asked for by another. */
  readonly sessions: SessionLogins;
  readonly conferences: ConferenceChanges;
  readonly idempotency: Pick<Idempotency, 'register'>;
  /** Base of the links in answers, e.g. `https://pbx.example.test`; null: the scheme and host of each request. */
  readonly publicUrl: string | null;
  readonly frontDoor: Pick<FrontDoor, 'first'>;
  /** Of this server. */
  readonly version: string;
}

/**
 * A vendor's interface, or one of our own: one folder beside this file, which exports one of these and keeps all its
 * words to itself. `Parts`: what it needs besides, such as its own section of the configuration.
 */
export interface Dialect<Parts extends DialectParts = DialectParts> {
  /**
   * The headings of its operations at /docs; each route says in its schema under which it stands (`tags`), and which
   * login it asks for (`security`), if not an access token.
   */
  readonly tags: readonly { readonly name: string; readonly description: string }[];
  register(http: FastifyInstance, parts: Parts): void;
  /** The call that this interface means by an id of its own making; null for what it never gave. */
  callOfId?(id: string): string | null;
}
