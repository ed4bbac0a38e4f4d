import type { FastifyInstance } from 'fastify';
import type { Clock } from '../../base/clock.ts';
import type { Random } from '../../base/random.ts';
import type { Secret } from '../../base/secret.ts';
import type { DeviceRuntime } from '../../call/devices/device-runtime.ts';
import type { Cause } from '../../call/model/cause.ts';
import type { CallerId } from '../../call/model/device.ts';
import type { CallStore } from '../../call/ports.ts';
import type { CallRuntime } from '../../call/runtime/runtime.ts';
import type { Directory } from '../../directory/directory.ts';
import type { BrowserCall, BrowserEntry } from '../../legs/web/browser-call.ts';
import type { LiveNotifications } from '../../push/live/live-notifications.ts';
import type { Subscriptions } from '../../push/webhooks/subscriptions.ts';
import type { FrontDoor } from '../front-door.ts';
import type { Idempotency } from '../idempotency/idempotency.ts';
import type { Presented } from '../oauth/presented.ts';
import type { SessionLogins } from '../session-logins.ts';

export type { BrowserCall, BrowserEntry } from '../../legs/web/browser-call.ts';

/** A phone that is registered for an extension. */
export interface RegisteredPhone {
  /** What it says it is: User-Agent. */
  readonly agent: string;
  /** When it has to have registered again, ms since the epoch; the same whenever it is asked for. */
  readonly expiresAt: number;
}

/** A call at a browser that is a phone. */
export interface BrowserPhoneCall {
  readonly id: string;
  /** Seen from the server: `outgoing` is a call to the browser. */
  readonly direction: 'incoming' | 'outgoing';
  readonly state: 'dialling' | 'ringing' | 'established' | 'ended';
  /** At the other end. */
  readonly party: CallerId;
  /** It is to be picked up by itself. */
  readonly autoAnswer: boolean;
  /** Whom it calls is heard before the answer. */
  readonly early: boolean;
  readonly reason: string | null;
}

/** A browser that wants to be a phone of an extension, and how it is told. */
export interface BrowserPhoneEntry {
  readonly extensionId: string;
  /** What the browser calls itself. */
  readonly agent: string;
  /** ms since the epoch. */
  readonly expiresAt: number;
  /** Whether whoever signed in may still have the extension. */
  readonly allowed: () => boolean;
  /** A call that is new, or in another state. */
  readonly tell: (call: BrowserPhoneCall) => void;
  /** What rings is to be picked up now. */
  readonly pickUp: (callId: string) => void;
  /** Another took its place. */
  readonly displaced: () => void;
}

/** A browser that is a phone of an extension. Errors of an offer: those of `BrowserDoor.join`. */
export interface BrowserPhone {
  /** Somebody listens there: else it does not ring. */
  reachable: boolean;
  readonly calls: readonly BrowserPhoneCall[];
  /**
   * Gives the answer to its offer at once. Errors besides: forbidden, notFound, destinationNotAllowed, limitExceeded,
   * tooManyRequests, unavailable.
   */
  dial(dialled: string, offer: string): Promise<{ readonly callId: string; readonly answer: string }>;
  /** Gives the answer to its offer. Errors besides: notFound, conflict, unavailable. */
  pickUp(callId: string, offer: string): Promise<string>;
  /**
   * It comes another way in this call, with an offer of it. Gives the answer. Errors besides: notFound, unavailable.
   */
  move(callId: string, offer: string): Promise<string>;
  /** Turns away what rings, `busy` or not, or hangs up. */
  hangUp(callId: string, busy?: boolean): void;
  hold(callId: string, held: boolean): void;
  press(callId: string, digits: string): void;
  /** Signs out; its calls end, for a reason. Idempotent. */
  end(cause?: Cause): void;
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
}
