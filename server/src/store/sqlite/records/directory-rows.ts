import type { Selectable } from 'kysely';
import { Secret } from '../../../base/secret.ts';
import {
  type AppRecord,
  type ConferenceRecord,
  type DialRule,
  type ExtensionRecord,
  type LockoutRecord,
  type Origin,
  type Trunk,
  type UserRecord,
  usualWebhookFormat,
} from '../../../directory/records.ts';
import type { Tables } from '../tables.ts';

/**
 * Directory records as rows and back. PINs and trunk passwords must be readable again, so here they leave their Secret.
 */

/** When, and by whom, a row was written. */
export interface Stamp {
  readonly applied: number;
  readonly origin: Origin;
}

type Row<Name extends keyof Tables> = Selectable<Tables[Name]>;

const hidden = (value: string | null) => (value === null ? null : new Secret(value));
const shown = (secret: Secret | null) => secret?.reveal() ?? null;
const bit = (value: boolean) => (value ? 1 : 0);

export function userRow(user: UserRecord, { applied, origin }: Stamp): Row<'user'> {
  return {
    organization_id: user.organizationId,
    id: user.id,
    login: user.login,
    password_hash: user.passwordHash,
    first_name: user.firstName,
    last_name: user.lastName,
    roles: JSON.stringify(user.roles),
    features: JSON.stringify(user.features),
    applied,
    origin,
  };
}

export function userOf(row: Row<'user'>): UserRecord {
  return {
    organizationId: row.organization_id,
    id: row.id,
    login: row.login,
    passwordHash: row.password_hash,
    firstName: row.first_name,
    lastName: row.last_name,
    roles: JSON.parse(row.roles),
    features: JSON.parse(row.features),
  };
}

export function extensionRow(extension: ExtensionRecord, { applied, origin }: Stamp): Row<'extension'> {
  return {
    id: extension.id,
    organization_id: extension.organizationId,
    user_id: extension.userId,
    number: extension.number,
    type: extension.type,
    caller_name: extension.callerId.name,
    caller_number: extension.callerId.number,
    public_numbers: JSON.stringify(extension.publicNumbers),
    sip: extension.sip === null ? null : JSON.stringify(extension.sip),
    applied,
    origin,
  };
}

export function extensionOf(row: Row<'extension'>): ExtensionRecord {
  return {
    id: row.id,
    organizationId: row.organization_id,
    userId: row.user_id,
    number: row.number,
    type: row.type,
    callerId: { name: row.caller_name, number: row.caller_number },
    publicNumbers: JSON.parse(row.public_numbers),
    sip: row.sip === null ? null : JSON.parse(row.sip),
  };
}

export function conferenceRow(conference: ConferenceRecord, { applied, origin }: Stamp): Row<'conference'> {
  return {
    id: conference.id,
    extension_id: conference.extensionId,
    number: conference.number,
    meeting_id: conference.meetingId,
    name: conference.name,
    participant_pin: shown(conference.participantPin),
    moderator_pin: shown(conference.moderatorPin),
    room_size: conference.roomSize,
    schedule: JSON.stringify(conference.schedule),
    record: conference.record,
    music_while_alone: bit(conference.musicWhileAlone),
    wait_for_moderator: bit(conference.waitForModerator),
    close_when_moderators_leave: bit(conference.closeWhenModeratorsLeave),
    announce_count: bit(conference.announceCount),
    entry_tone: bit(conference.entryTone),
    record_tone: bit(conference.recordTone),
    applied,
    origin,
  };
}

export function conferenceOf(row: Row<'conference'>): ConferenceRecord {
  return {
    id: row.id,
    extensionId: row.extension_id,
    number: row.number,
    meetingId: row.meeting_id,
    name: row.name,
    participantPin: hidden(row.participant_pin),
    moderatorPin: hidden(row.moderator_pin),
    roomSize: row.room_size,
    schedule: JSON.parse(row.schedule),
    record: row.record,
    musicWhileAlone: row.music_while_alone === 1,
    waitForModerator: row.wait_for_moderator === 1,
    closeWhenModeratorsLeave: row.close_when_moderators_leave === 1,
    announceCount: row.announce_count === 1,
    entryTone: row.entry_tone === 1,
    recordTone: row.record_tone === 1,
  };
}

export function appRow(app: AppRecord, { applied, origin }: Stamp): Row<'app'> {
  return {
    key: app.key,
    organization_id: app.organizationId,
    user_id: app.user,
    secret: app.secret.reveal(),
    trusted: bit(app.trusted),
    enabled: bit(app.enabled),
    redirect_uris: JSON.stringify(app.redirectUris),
    webhooks: JSON.stringify(app.webhookFormat),
    webhook_secret: shown(app.webhookSecret),
    applied,
    origin,
  };
}

export function appOf(row: Row<'app'>): AppRecord {
  return {
    key: row.key,
    organizationId: row.organization_id,
    user: row.user_id,
    secret: new Secret(row.secret),
    trusted: row.trusted === 1,
    enabled: row.enabled === 1,
    redirectUris: JSON.parse(row.redirect_uris),
    webhookFormat: row.webhooks === null ? usualWebhookFormat : JSON.parse(row.webhooks),
    webhookSecret: hidden(row.webhook_secret),
  };
}

export function trunkRow(trunk: Trunk, { applied, origin }: Stamp): Row<'trunk'> {
  return {
    name: trunk.name,
    uri: trunk.uri,
    uris: JSON.stringify(trunk.uris),
    addresses: JSON.stringify(trunk.addresses),
    username: trunk.username,
    password: shown(trunk.password),
    inbound_username: trunk.inbound?.username ?? null,
    inbound_password: shown(trunk.inbound?.password ?? null),
    register: bit(trunk.register),
    register_expires_ms: trunk.registerExpiresMs,
    options_ms: trunk.optionsMs,
    prack: trunk.prack,
    failover_ms: trunk.failoverMs,
    applied,
    origin,
  };
}

export function trunkOf(row: Row<'trunk'>): Trunk {
  const { inbound_username: username, inbound_password: password } = row;
  return {
    name: row.name,
    uri: row.uri,
    // Rows of the first version have but the one.
    uris: row.uris === null ? [row.uri] : JSON.parse(row.uris),
    addresses: JSON.parse(row.addresses),
    username: row.username,
    password: hidden(row.password),
    inbound: username === null || password === null ? null : { username, password: new Secret(password) },
    register: row.register === 1,
    registerExpiresMs: row.register_expires_ms,
    optionsMs: row.options_ms,
    prack: row.prack,
    failoverMs: row.failover_ms,
  };
}

export function dialRuleOf(row: Row<'dial_rule'>): DialRule {
  const { match, trunk, strip, prepend, id } = row;
  return { match, trunk, strip, prepend, ...(id === null ? {} : { id }) };
}

export function lockoutRow(lockout: LockoutRecord): Row<'lockout'> {
  return {
    conference_id: lockout.conferenceId,
    caller_key: lockout.callerKey ?? '',
    failures: lockout.failures,
    last_at: lockout.lastAt,
    locked_until: lockout.lockedUntil,
  };
}

export function lockoutOf(row: Row<'lockout'>): LockoutRecord {
  return {
    conferenceId: row.conference_id,
    callerKey: row.caller_key === '' ? null : row.caller_key,
    failures: row.failures,
    lastAt: row.last_at,
    lockedUntil: row.locked_until,
  };
}
