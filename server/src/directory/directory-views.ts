import type { Secret } from '../base/secret.ts';
import type { CallerId, ConferenceDevice, Device } from '../call/model/device.ts';
import type { ConferenceSettings, ExtensionRecord, UserRole, WebhookFormat } from './records.ts';

/** What interfaces are told of the directory: plain facts, no hashes, no PINs. */

export interface OrganizationView {
  readonly id: string;
  readonly name: string;
  readonly prefix: string;
}

export interface UserView {
  readonly organizationId: string;
  readonly id: number;
  readonly login: string | null;
  readonly firstName: string;
  readonly lastName: string;
  readonly roles: readonly UserRole[];
  readonly features: readonly string[];
  /** `<organizationId>-<id>`: who is charged for what this user dials. */
  readonly account: string;
}

export interface ExtensionView {
  readonly id: string;
  readonly organizationId: string;
  readonly userId: number;
  readonly number: string;
  /** `0003*211` */
  readonly extendedNumber: string;
  readonly type: ExtensionRecord['type'];
  readonly callerId: CallerId;
  readonly publicNumbers: readonly string[];
  /** Null for a callback extension, which cannot be in a call itself. */
  readonly device: Device | null;
  /** Where a terminal is dialled; null for the others. */
  readonly aor: string | null;
}

export interface ConferenceView {
  readonly id: string;
  readonly number: string;
  readonly name: string;
  /** Whether anybody is asked for a PIN. */
  readonly hasPins: boolean;
}

/** A conference by what a browser types. */
export interface MeetingView {
  readonly conferenceId: string;
  readonly meetingId: string;
  readonly organizationId: string;
  /** Whose extension it is: a user of the organization. */
  readonly userId: number;
  readonly extensionId: string;
  readonly device: ConferenceDevice;
  readonly number: string;
  readonly name: string;
  readonly hasPins: boolean;
  readonly hasParticipantPin: boolean;
  readonly hasModeratorPin: boolean;
  readonly record: ConferenceSettings['record'];
  readonly schedule: ConferenceSettings['schedule'];
  readonly roomSize: number;
  readonly waitForModerator: boolean;
  /** What is dialled from outside to get there. */
  readonly publicNumbers: readonly string[];
}

/** A client of the HTTP interfaces. */
export interface AppView {
  readonly key: string;
  readonly organizationId: string;
  /** The user it acts for. */
  readonly userId: number;
  /** May have a token for key and secret alone. */
  readonly trusted: boolean;
  readonly enabled: boolean;
  readonly redirectUris: readonly string[];
  readonly webhookFormat: WebhookFormat;
  /** What the configuration gives to sign its webhooks with; null: nothing. */
  readonly webhookSecret: Secret | null;
  /** 16 hex digits, another for every key and secret. */
  readonly secretMark: string;
  /** Takes a time that depends on neither. */
  secretMatches(given: Secret): boolean;
}

/** Who is charged: a user of an organization. */
export function accountOf(organizationId: number | string, userId: number): string {
  return `${organizationId}-${userId}`;
}
