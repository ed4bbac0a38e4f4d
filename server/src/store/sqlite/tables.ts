import type { Generated } from 'kysely';
import type { StreamKind } from '../../call/model/event-log.ts';
import type { Origin } from '../../directory/records.ts';

/**
 * The tables as queries see them. Truth values are 0 and 1, lists and nested data JSON text, times ms since the epoch.
 */
export interface Tables {
  migration: { number: number; name: string };
  organization: { id: number; name: string; prefix: string; applied: number; origin: Origin };
  user: {
    organization_id: number;
    id: number;
    login: string | null;
    password_hash: string | null;
    first_name: string;
    last_name: string;
    roles: string;
    features: string;
    applied: number;
    origin: Origin;
  };
  extension: {
    id: string;
    organization_id: number;
    user_id: number;
    number: string;
    type: 'terminal' | 'conference' | 'callback';
    caller_name: string;
    caller_number: string;
    public_numbers: string;
    sip: string | null;
    applied: number;
    origin: Origin;
  };
  conference: {
    id: string;
    extension_id: string;
    number: string;
    meeting_id: string;
    name: string;
    participant_pin: string | null;
    moderator_pin: string | null;
    room_size: number;
    schedule: string;
    record: 'never' | 'choice' | 'always';
    music_while_alone: number;
    wait_for_moderator: number;
    close_when_moderators_leave: number;
    announce_count: number;
    entry_tone: number;
    record_tone: number;
    applied: number;
    origin: Origin;
  };
  app: {
    key: string;
    organization_id: number;
    user_id: number;
    secret: string;
    trusted: number;
    enabled: number;
    redirect_uris: string;
    /** JSON; null: as usual. */
    webhooks: string | null;
    webhook_secret: string | null;
    applied: number;
    origin: Origin;
  };
  trunk: {
    name: string;
    uri: string;
    /** JSON; null in rows of the first version. */
    uris: string | null;
    addresses: string;
    username: string | null;
    password: string | null;
    inbound_username: string | null;
    inbound_password: string | null;
    register: number;
    register_expires_ms: number;
    /** Null: not asked. */
    options_ms: number | null;
    prack: 'supported' | 'required' | 'off';
    failover_ms: number;
    applied: number;
    origin: Origin;
  };
  dial_rule: { position: number; match: string; trunk: string; strip: number; prepend: string; id: number | null };
  /** JSON by name. */
  directory_setting: { name: string; value: string };
  /** `caller_key` is empty for the count over all callers. */
  lockout: {
    conference_id: string;
    caller_key: string;
    failures: number;
    last_at: number;
    locked_until: number;
  };
  /** What has a history. `number` keeps its events together and at the end of their table; `ended_at` null: open. */
  stream: {
    number: Generated<number>;
    kind: StreamKind;
    id: string;
    organization_id: string | null;
    started_at: number;
    ended_at: number | null;
    last_seq: number;
  };
  event: {
    stream_number: number;
    seq: number;
    at: number;
    type: string;
    connection_id: string | null;
    cause: string;
    data: string;
    /**
     * Its place in the order in which everything was committed: written by the insert itself, so null only in its
     * types.
     */
    position: number | null;
    /** Among the events of its step, from 0. */
    place: number;
  };
  /** `number` settles the order of those that ended in the same millisecond. */
  call_record: {
    number: Generated<number>;
    id: string;
    call_id: string;
    organization_id: string;
    from_extension: string | null;
    to_extension: string | null;
    from_party: string;
    to_party: string;
    direction: string;
    started_at: number;
    alerted_at: number | null;
    answered_at: number | null;
    ended_at: number;
    disposition: string;
    cause: string;
    /** Null in records of the first version. */
    leg_id: string | null;
    role: string;
    charged_extension: string | null;
    /** Of the phone call that it was a part of, and which of the parties; null in records of the first versions. */
    call_entered_at: number | null;
    call_answered_at: number | null;
    party: 'from' | 'to' | null;
  };
  /**
   * Made from call records by triggers: see migrations/0005-phone-calls.ts. `published` in the others is that of their
   * call.
   */
  phone_call: {
    number: Generated<number>;
    id: string;
    organization_id: string;
    published: number;
    answered: number | null;
    /** When the last record was written. */
    saved: number;
    charged: string | null;
    charged_since: number;
    /** 1: nobody called us, we called everybody. */
    dialled: number;
    /** How many there are between whom; `flow` and `outcome` are the first one's. */
    parts: number;
    flow: string;
    outcome: string;
    /** The extensions that have to do with it, in order, as JSON. */
    members: string;
  };
  /** What there was between one source and one destination, `pair`; of a leg of a conference one alone. */
  phone_call_between: {
    call_number: number;
    pair: string;
    ordinal: number;
    organization_id: string;
    published: number;
    source: string;
    source_tail: string;
    source_extension: string | null;
    destination: string;
    destination_tail: string;
    destination_extension: string | null;
    charged: string | null;
    ends: 'local' | 'outgoing' | 'incoming' | 'transit';
    outcome: string;
    answered: number | null;
    ended: number;
    from_caller: number;
  };
  phone_call_member: { organization_id: string; extension_id: string; published: number; call_number: number };
  /** How many phone calls were published in an hour (since the epoch); `members` '*': of the organization. */
  phone_call_tally: {
    organization_id: string;
    members: string;
    hour: number;
    flow: string;
    outcome: string;
    manifold: number;
    calls: number;
  };
  phone_call_change: { position: Generated<number>; organization_id: string; published: number; call_number: number };
  phone_call_group: { organization_id: string; extension_id: string; members: string };
  /** Made from events as they are appended. */
  recording: {
    number: Generated<number>;
    id: string;
    call_id: string;
    organization_id: string | null;
    started_at: number;
    ended_at: number | null;
  };
  token: {
    hash: string;
    kind: 'access' | 'refresh' | 'code' | 'spent';
    family: string;
    app_key: string;
    secret_mark: string;
    organization_id: number;
    user_id: number;
    issued_at: number;
    expires_at: number;
    redirect_uri: string | null;
    code_challenge: string | null;
    user_agent: string;
  };
  /** `status` and `body` null: not answered. */
  known_request: {
    scope: string;
    key: string;
    fingerprint: string;
    at: number;
    status: number | null;
    body: string | null;
  };
  /** `expires_at` null: until it is forgotten. */
  fact: { kind: string; key: string; data: string; expires_at: number | null };
  /** `value` in hex. */
  salt: { name: string; value: string };
  webhook_subscription: {
    number: Generated<number>;
    id: string;
    organization_id: string;
    extension_id: string;
    type: number;
    url: string;
    app_key: string | null;
    method: 'get' | 'post';
    enabled: number;
    note: string;
    since: number;
    created_at: number;
    modified_at: number;
  };
  webhook_delivery: {
    position: Generated<number>;
    lane: string;
    subscription_id: string;
    order_key: string;
    at: number;
    type: number | null;
    fields: string;
    /** Of what it tells, see push/webhooks/webhook-records.ts; null: from before that was kept. */
    step: number | null;
    place: number | null;
  };
  webhook_secret: { app_key: string; secret: string; created_at: number; expires_at: number | null };
  /** One row. */
  webhook_cursor: { id: number; position: number };
}
