-- {"ids":{"over":"f3c9ebfd2b30f05c7071","talks":"e79cca8efa471d1707f5","inside":"86f71701c191b49c5b7f","rings":"dc4a2a4921d4b2239f5e"},"read":12,"events":21,"waiting":"12-3"}
pragma application_id = 1347178033;
CREATE TABLE "migration" ("number" integer primary key, "name" text not null);
CREATE TABLE "organization" ("id" integer primary key, "name" text not null, "prefix" text not null, "applied" integer not null, "origin" text default 'file' not null);
CREATE TABLE "user" ("organization_id" integer not null, "id" integer not null, "login" text, "password_hash" text, "first_name" text not null, "last_name" text not null, "roles" text not null, "features" text not null, "applied" integer not null, "origin" text default 'file' not null, constraint "user_key" primary key ("organization_id", "id"));
CREATE TABLE "extension" ("id" text primary key, "organization_id" integer not null, "user_id" integer not null, "number" text not null, "type" text not null, "caller_name" text not null, "caller_number" text not null, "public_numbers" text not null, "sip" text, "applied" integer not null, "origin" text default 'file' not null);
CREATE TABLE "conference" ("id" text primary key, "extension_id" text not null, "number" text not null, "meeting_id" text not null, "name" text not null, "participant_pin" text, "moderator_pin" text, "room_size" integer not null, "schedule" text not null, "record" text not null, "music_while_alone" integer not null, "wait_for_moderator" integer not null, "close_when_moderators_leave" integer not null, "announce_count" integer not null, "entry_tone" integer not null, "applied" integer not null, "record_tone" integer default 0 not null, "origin" text default 'file' not null);
CREATE TABLE "app" ("key" text primary key, "organization_id" integer not null, "user_id" integer not null, "secret" text not null, "trusted" integer not null, "redirect_uris" text not null, "applied" integer not null, "enabled" integer default 1 not null, "webhooks" text, "webhook_secret" text, "origin" text default 'file' not null);
CREATE TABLE "trunk" ("name" text primary key, "uri" text not null, "username" text, "password" text, "register" integer not null, "applied" integer not null, "uris" text, "addresses" text default '[]' not null, "inbound_username" text, "inbound_password" text, "register_expires_ms" integer default 300000 not null, "options_ms" integer default 30000, "prack" text default 'supported' not null, "failover_ms" integer default 4000 not null, "origin" text default 'file' not null);
CREATE TABLE "dial_rule" ("position" integer primary key, "match" text not null, "trunk" text not null, "strip" integer not null, "prepend" text not null, "id" integer);
CREATE TABLE "lockout" ("conference_id" text not null, "caller_key" text not null, "failures" integer not null, "last_at" integer not null, "locked_until" integer not null, constraint "lockout_key" primary key ("conference_id", "caller_key"));
CREATE TABLE "event" ("stream_number" integer not null, "seq" integer not null, "at" integer not null, "type" text not null, "connection_id" text, "cause" text not null, "data" text not null, "position" integer, "place" integer default 0 not null, constraint "event_key" primary key ("stream_number", "seq")) without rowid;
CREATE TABLE "call_record" ("number" integer primary key, "id" text not null unique, "call_id" text not null, "organization_id" text not null, "from_extension" text, "to_extension" text, "from_party" text not null, "to_party" text not null, "direction" text not null, "started_at" integer not null, "alerted_at" integer, "answered_at" integer, "ended_at" integer not null, "disposition" text not null, "cause" text not null, "leg_id" text, "role" text default 'participant' not null, "charged_extension" text, "call_entered_at" integer, "call_answered_at" integer, "party" text);
CREATE TABLE "recording" ("number" integer primary key, "id" text not null unique, "call_id" text not null, "organization_id" text, "started_at" integer not null, "ended_at" integer);
CREATE TABLE "token" ("hash" text primary key, "kind" text not null, "family" text not null, "app_key" text not null, "secret_mark" text not null, "organization_id" integer not null, "user_id" integer not null, "issued_at" integer not null, "expires_at" integer not null, "redirect_uri" text, "user_agent" text not null, "code_challenge" text) without rowid;
CREATE TABLE "known_request" ("scope" text not null, "key" text not null, "fingerprint" text not null, "at" integer not null, "status" integer, "body" text, constraint "known_request_key" primary key ("scope", "key")) without rowid;
CREATE TABLE "salt" ("name" text primary key, "value" text not null);
CREATE TABLE "webhook_subscription" ("number" integer primary key, "id" text not null unique, "organization_id" text not null, "extension_id" text not null, "type" integer not null, "url" text not null, "method" text not null, "enabled" integer not null, "note" text not null, "since" integer not null, "created_at" integer not null, "modified_at" integer not null, "app_key" text);
CREATE TABLE webhook_delivery (
      position integer primary key autoincrement,
      lane text not null,
      subscription_id text not null references webhook_subscription (id) on delete cascade,
      order_key text not null,
      at integer not null,
      fields text not null
    , "type" integer, "step" integer, "place" integer);
CREATE TABLE "webhook_cursor" ("id" integer primary key check (id = 1), "position" integer not null);
CREATE TABLE "fact" ("kind" text not null, "key" text not null, "data" text not null, "expires_at" integer, constraint "fact_key" primary key ("kind", "key")) without rowid;
CREATE TABLE "webhook_secret" ("app_key" text not null, "secret" text not null, "created_at" integer not null, "expires_at" integer, constraint "webhook_secret_key" primary key ("app_key", "secret")) without rowid;
CREATE TABLE phone_call (
    number integer primary key,
    id text not null unique,
    organization_id text not null,
    published integer not null,
    answered integer,
    saved integer not null,
    charged text,
    charged_since integer not null,
    dialled integer not null,
    parts integer not null default 0,
    flow text,
    outcome text,
    members text
  );
CREATE TABLE phone_call_between (
    call_number integer not null,
    pair text not null,
    ordinal integer not null,
    organization_id text not null,
    published integer not null,
    source text not null,
    source_tail text not null,
    source_extension text,
    destination text not null,
    destination_tail text not null,
    destination_extension text,
    charged text,
    ends text not null,
    outcome text not null,
    answered integer,
    ended integer not null,
    from_caller integer not null,
    primary key (call_number, pair)
  ) without rowid;
CREATE TABLE phone_call_member (
    organization_id text not null,
    extension_id text not null,
    published integer not null,
    call_number integer not null,
    primary key (organization_id, extension_id, published, call_number)
  ) without rowid;
CREATE TABLE phone_call_tally (
    organization_id text not null,
    members text not null,
    hour integer not null,
    flow text not null,
    outcome text not null,
    manifold integer not null,
    calls integer not null,
    primary key (organization_id, members, hour, flow, outcome, manifold)
  ) without rowid;
CREATE TABLE phone_call_group (
    organization_id text not null,
    extension_id text not null,
    members text not null,
    primary key (organization_id, extension_id, members)
  ) without rowid;
CREATE TABLE "stream" ("number" integer primary key, "kind" text not null, "id" text not null, "organization_id" text, "started_at" integer not null, "ended_at" integer, "last_seq" integer not null, constraint "stream_key" unique ("kind", "id"));
CREATE TABLE phone_call_change (
    position integer primary key,
    organization_id text not null,
    published integer not null,
    call_number integer not null
  );
CREATE TABLE "directory_setting" ("name" text primary key, "value" text not null) without rowid;
insert into "migration" values (1, 'foundation');
insert into "migration" values (2, 'invite-by-phone');
insert into "migration" values (3, 'facts');
insert into "migration" values (4, 'signed-webhooks');
insert into "migration" values (5, 'phone-calls');
insert into "migration" values (6, 'streams');
insert into "migration" values (7, 'phone-call-changes');
insert into "migration" values (8, 'attempts');
insert into "migration" values (9, 'directory-origins');
insert into "migration" values (10, 'phone-call-groups');
insert into "event" values (1, 1, 1800000000000, 'originated', '0a2ebd22e0b2ca16810c', 'newCall', '{"call":{"organizationId":"org","kind":"call","conference":null,"from":{"kind":"extension","organizationId":"org","extensionId":"x100","number":"100","name":"Phone 100"},"to":{"kind":"extension","organizationId":"org","extensionId":"x101","number":"101","name":"Phone 101"},"parent":null,"data":{},"destination":null},"connections":[{"id":"0a2ebd22e0b2ca16810c","legId":"A","device":{"kind":"extension","organizationId":"org","extensionId":"x100","number":"100","name":"Phone 100"},"direction":"incoming","role":"participant"}]}', 1, 0);
insert into "event" values (1, 2, 1800000000000, 'originated', '0b4193639d9a84fe34bc', 'newCall', '{"connections":[{"id":"0b4193639d9a84fe34bc","legId":"5ca6d20a25c3dc39b36c","device":{"kind":"extension","organizationId":"org","extensionId":"x101","number":"101","name":"Phone 101"},"direction":"outgoing","role":"participant","shown":{"name":"Phone 100","number":"100"},"target":{"kind":"terminal","aor":"101"}}]}', 2, 1);
insert into "event" values (1, 3, 1800000000000, 'delivered', '0b4193639d9a84fe34bc', 'normal', '{}', 3, 0);
insert into "event" values (1, 4, 1800000000000, 'established', '0b4193639d9a84fe34bc', 'normal', '{}', 4, 0);
insert into "event" values (1, 5, 1800000000000, 'established', '0a2ebd22e0b2ca16810c', 'normal', '{}', 5, 1);
insert into "event" values (1, 6, 1800000001000, 'connectionCleared', '0a2ebd22e0b2ca16810c', 'normal', '{"disposition":"answered"}', 6, 0);
insert into "event" values (1, 7, 1800000001000, 'connectionCleared', '0b4193639d9a84fe34bc', 'normal', '{"disposition":"answered"}', 7, 1);
insert into "event" values (1, 8, 1800000001000, 'callCleared', NULL, 'normal', '{}', 8, 2);
insert into "event" values (2, 1, 1800000002000, 'originated', 'ced235ac99676da2f091', 'newCall', '{"call":{"organizationId":"org","kind":"call","conference":null,"from":{"kind":"extension","organizationId":"org","extensionId":"x100","number":"100","name":"Phone 100"},"to":{"kind":"extension","organizationId":"org","extensionId":"x101","number":"101","name":"Phone 101"},"parent":null,"data":{},"destination":null},"connections":[{"id":"ced235ac99676da2f091","legId":"B","device":{"kind":"extension","organizationId":"org","extensionId":"x100","number":"100","name":"Phone 100"},"direction":"incoming","role":"participant"}]}', 9, 0);
insert into "event" values (2, 2, 1800000002000, 'originated', 'dba957b8192ddbd3003a', 'newCall', '{"connections":[{"id":"dba957b8192ddbd3003a","legId":"91df1b1c37376cca7549","device":{"kind":"extension","organizationId":"org","extensionId":"x101","number":"101","name":"Phone 101"},"direction":"outgoing","role":"participant","shown":{"name":"Phone 100","number":"100"},"target":{"kind":"terminal","aor":"101"}}]}', 10, 1);
insert into "event" values (2, 3, 1800000003000, 'established', 'dba957b8192ddbd3003a', 'normal', '{}', 13, 0);
insert into "event" values (2, 4, 1800000003000, 'established', 'ced235ac99676da2f091', 'normal', '{}', 14, 1);
insert into "event" values (3, 1, 1800000002000, 'originated', '23c476250cbffc9a4371', 'newCall', '{"call":{"organizationId":"org","kind":"access","conference":null,"from":{"kind":"extension","organizationId":"org","extensionId":"x102","number":"102","name":"Phone 102"},"to":{"kind":"conference","organizationId":"org","extensionId":"x211","number":"211","name":"Weekly"},"parent":null,"data":{},"destination":null},"connections":[{"id":"23c476250cbffc9a4371","legId":"C","device":{"kind":"extension","organizationId":"org","extensionId":"x102","number":"102","name":"Phone 102"},"direction":"incoming","role":"participant"}]}', 11, 0);
insert into "event" values (3, 2, 1800000002000, 'established', '23c476250cbffc9a4371', 'newCall', '{}', 12, 1);
insert into "event" values (3, 3, 1800000004000, 'transferred', '23c476250cbffc9a4371', 'conference', '{"toCall":"86f71701c191b49c5b7f","toConnection":"6341bac2f93051e44529"}', 15, 0);
insert into "event" values (3, 4, 1800000004000, 'connectionCleared', '23c476250cbffc9a4371', 'conference', '{"disposition":"answered"}', 18, 3);
insert into "event" values (3, 5, 1800000004000, 'callCleared', NULL, 'conference', '{}', 19, 4);
insert into "event" values (4, 1, 1800000004000, 'originated', '6341bac2f93051e44529', 'newCall', '{"call":{"organizationId":"org","kind":"conference","conference":{"conferenceId":"weekly","organizationId":"org","extensionId":"x211","extensionNumber":"211","number":"3","name":"Weekly","roomSize":50,"musicWhileAlone":true,"waitForModerator":false,"closeWhenModeratorsLeave":false,"announceCount":true,"entryTone":true,"record":"never","recordTone":false,"locked":false},"from":null,"to":null,"parent":null,"data":{},"destination":null},"connections":[]}', 16, 1);
insert into "event" values (4, 2, 1800000004000, 'established', '6341bac2f93051e44529', 'joined', '{"connection":{"id":"6341bac2f93051e44529","legId":"C","device":{"kind":"extension","organizationId":"org","extensionId":"x102","number":"102","name":"Phone 102"},"direction":"incoming","role":"participant","state":"connected","shown":null,"data":{},"charged":null,"startedAt":1800000002000,"answeredAt":1800000002000}}', 17, 2);
insert into "event" values (5, 1, 1800000005000, 'originated', '26509216aad63c4c58bb', 'newCall', '{"call":{"organizationId":"org","kind":"call","conference":null,"from":{"kind":"extension","organizationId":"org","extensionId":"x100","number":"100","name":"Phone 100"},"to":{"kind":"extension","organizationId":"org","extensionId":"x101","number":"101","name":"Phone 101"},"parent":null,"data":{},"destination":null},"connections":[{"id":"26509216aad63c4c58bb","legId":"D","device":{"kind":"extension","organizationId":"org","extensionId":"x100","number":"100","name":"Phone 100"},"direction":"incoming","role":"participant"}]}', 20, 0);
insert into "event" values (5, 2, 1800000005000, 'originated', '351bb5efef19da414292', 'newCall', '{"connections":[{"id":"351bb5efef19da414292","legId":"ec5f6e6a51f12b41ff34","device":{"kind":"extension","organizationId":"org","extensionId":"x101","number":"101","name":"Phone 101"},"direction":"outgoing","role":"participant","shown":{"name":"Phone 100","number":"100"},"target":{"kind":"terminal","aor":"101"}}]}', 21, 1);
insert into "call_record" values (1, '0a2ebd22e0b2ca16810c', 'f3c9ebfd2b30f05c7071', 'org', 'x100', 'x101', '{"kind":"extension","number":"100","name":"Phone 100","extensionId":"x100"}', '{"kind":"extension","number":"101","name":"Phone 101","extensionId":"x101"}', 'incoming', 1800000000000, 1800000000000, 1800000000000, 1800000001000, 'answered', 'normal', 'A', 'participant', 'x100', 1800000000000, 1800000000000, 'from');
insert into "call_record" values (2, '0b4193639d9a84fe34bc', 'f3c9ebfd2b30f05c7071', 'org', 'x100', 'x101', '{"kind":"extension","number":"100","name":"Phone 100","extensionId":"x100"}', '{"kind":"extension","number":"101","name":"Phone 101","extensionId":"x101"}', 'outgoing', 1800000000000, 1800000000000, 1800000000000, 1800000001000, 'answered', 'normal', '5ca6d20a25c3dc39b36c', 'participant', 'x100', 1800000000000, 1800000000000, 'to');
insert into "call_record" values (3, '23c476250cbffc9a4371', '0727c92b8821c8ffe799', 'org', 'x102', 'x211', '{"kind":"extension","number":"102","name":"Phone 102","extensionId":"x102"}', '{"kind":"conference","number":"211","name":"Weekly","extensionId":"x211"}', 'incoming', 1800000002000, NULL, 1800000002000, 1800000004000, 'answered', 'conference', 'C', 'participant', 'x102', 1800000002000, 1800000002000, 'from');
insert into "webhook_subscription" values (1, 's1', 'org', 'x100', 0, 'http://receiver.invalid', 'get', 1, '', 0, 1, 1, NULL);
insert into "webhook_subscription" values (2, 's2', 'org', 'x100', 1, 'http://receiver.invalid', 'get', 1, '', 0, 1, 1, NULL);
insert into "webhook_subscription" values (3, 's3', 'org', 'x100', 2, 'http://receiver.invalid', 'get', 1, '', 0, 1, 1, NULL);
insert into "webhook_subscription" values (4, 's4', 'org', 'x100', 3, 'http://receiver.invalid', 'get', 1, '', 0, 1, 1, NULL);
insert into "webhook_subscription" values (5, 's5', 'org', 'x100', 4, 'http://receiver.invalid', 'get', 1, '', 0, 1, 1, NULL);
insert into "webhook_subscription" values (6, 's6', 'org', 'x101', 0, 'http://receiver.invalid', 'get', 1, '', 0, 1, 1, NULL);
insert into "webhook_subscription" values (7, 's7', 'org', 'x101', 1, 'http://receiver.invalid', 'get', 1, '', 0, 1, 1, NULL);
insert into "webhook_subscription" values (8, 's8', 'org', 'x101', 2, 'http://receiver.invalid', 'get', 1, '', 0, 1, 1, NULL);
insert into "webhook_subscription" values (9, 's9', 'org', 'x101', 3, 'http://receiver.invalid', 'get', 1, '', 0, 1, 1, NULL);
insert into "webhook_subscription" values (10, 's10', 'org', 'x101', 4, 'http://receiver.invalid', 'get', 1, '', 0, 1, 1, NULL);
insert into "webhook_subscription" values (11, 's11', 'org', 'x102', 0, 'http://receiver.invalid', 'get', 1, '', 0, 1, 1, NULL);
insert into "webhook_subscription" values (12, 's12', 'org', 'x102', 1, 'http://receiver.invalid', 'get', 1, '', 0, 1, 1, NULL);
insert into "webhook_subscription" values (13, 's13', 'org', 'x102', 2, 'http://receiver.invalid', 'get', 1, '', 0, 1, 1, NULL);
insert into "webhook_subscription" values (14, 's14', 'org', 'x102', 3, 'http://receiver.invalid', 'get', 1, '', 0, 1, 1, NULL);
insert into "webhook_subscription" values (15, 's15', 'org', 'x102', 4, 'http://receiver.invalid', 'get', 1, '', 0, 1, 1, NULL);
insert into "webhook_subscription" values (16, 's16', 'org', 'x211', 0, 'http://receiver.invalid', 'get', 1, '', 0, 1, 1, NULL);
insert into "webhook_subscription" values (17, 's17', 'org', 'x211', 1, 'http://receiver.invalid', 'get', 1, '', 0, 1, 1, NULL);
insert into "webhook_subscription" values (18, 's18', 'org', 'x211', 2, 'http://receiver.invalid', 'get', 1, '', 0, 1, 1, NULL);
insert into "webhook_subscription" values (19, 's19', 'org', 'x211', 3, 'http://receiver.invalid', 'get', 1, '', 0, 1, 1, NULL);
insert into "webhook_subscription" values (20, 's20', 'org', 'x211', 4, 'http://receiver.invalid', 'get', 1, '', 0, 1, 1, NULL);
insert into "webhook_delivery" values (1, 'org http://receiver.invalid', 's1', 'waiting', 1800000000000, 'CallID=waiting', NULL, 12, 3);
insert into "webhook_cursor" values (1, 12);
insert into "phone_call" values (1, 'f3c9ebfd2b30f05c7071', 'org', 1800000000000, 1800000000000, 1800000001000, 'x100', 1800000000000, 0, 1, 'local', 'answered', '["x100","x101"]');
insert into "phone_call" values (2, 'C', 'org', 1800000002000, 1800000002000, 1800000004000, 'x102', 1800000002000, 0, 1, 'local', 'answered', '["x102","x211"]');
insert into "phone_call_between" values (1, '100>101', 1, 'org', 1800000000000, '100', '100', 'x100', '101', '101', 'x101', 'x100', 'local', 'answered', 1800000000000, 1800000001000, 0);
insert into "phone_call_between" values (2, '', 1, 'org', 1800000002000, '102', '102', 'x102', '211', '211', 'x211', 'x102', 'local', 'answered', 1800000002000, 1800000004000, 0);
insert into "phone_call_member" values ('org', 'x100', 1800000000000, 1);
insert into "phone_call_member" values ('org', 'x101', 1800000000000, 1);
insert into "phone_call_member" values ('org', 'x102', 1800000002000, 2);
insert into "phone_call_member" values ('org', 'x211', 1800000002000, 2);
insert into "phone_call_tally" values ('org', '*', 500000, 'local', 'answered', 0, 2);
insert into "phone_call_tally" values ('org', '["x100","x101"]', 500000, 'local', 'answered', 0, 1);
insert into "phone_call_tally" values ('org', '["x102","x211"]', 500000, 'local', 'answered', 0, 1);
insert into "phone_call_group" values ('org', 'x100', '["x100","x101"]');
insert into "phone_call_group" values ('org', 'x101', '["x100","x101"]');
insert into "phone_call_group" values ('org', 'x102', '["x102","x211"]');
insert into "phone_call_group" values ('org', 'x211', '["x102","x211"]');
insert into "stream" values (1, 'call', 'f3c9ebfd2b30f05c7071', 'org', 1800000000000, 1800000001000, 8);
insert into "stream" values (2, 'call', 'e79cca8efa471d1707f5', 'org', 1800000002000, NULL, 4);
insert into "stream" values (3, 'call', '0727c92b8821c8ffe799', 'org', 1800000002000, 1800000004000, 5);
insert into "stream" values (4, 'call', '86f71701c191b49c5b7f', 'org', 1800000004000, NULL, 2);
insert into "stream" values (5, 'call', 'dc4a2a4921d4b2239f5e', 'org', 1800000005000, NULL, 2);
insert into "phone_call_change" values (1, 'org', 1800000000000, 1);
insert into "phone_call_change" values (2, 'org', 1800000000000, 1);
insert into "phone_call_change" values (3, 'org', 1800000002000, 2);
CREATE INDEX "call_record_call" on "call_record" ("call_id");
CREATE INDEX "call_record_ended" on "call_record" ("ended_at");
CREATE INDEX "call_record_organization" on "call_record" ("organization_id", "ended_at");
CREATE UNIQUE INDEX "event_position" on "event" ("position");
CREATE INDEX "call_record_leg" on "call_record" ("leg_id") where leg_id is not null;
CREATE INDEX "recording_call" on "recording" ("call_id", "number");
CREATE INDEX "recording_organization" on "recording" ("organization_id", "number");
CREATE INDEX "token_family" on "token" ("family");
CREATE INDEX "token_app_key" on "token" ("app_key");
CREATE INDEX "token_expires_at" on "token" ("expires_at");
CREATE INDEX "known_request_at" on "known_request" ("at");
CREATE INDEX "webhook_delivery_lane" on "webhook_delivery" ("lane", "position");
CREATE INDEX "webhook_delivery_subscription" on "webhook_delivery" ("subscription_id");
CREATE INDEX phone_call_published on phone_call (organization_id, published);
CREATE INDEX phone_call_manifold on phone_call (organization_id, published) where parts > 1;
CREATE INDEX phone_call_between_source on phone_call_between (organization_id, source_tail, published);
CREATE INDEX phone_call_between_destination on phone_call_between (organization_id, destination_tail, published);
CREATE TRIGGER phone_call_shared after update of members on phone_call when old.members is not new.members begin
     delete from phone_call_member where organization_id = new.organization_id and published = new.published
       and call_number = new.number and extension_id in (
         select value from json_each(old.members) except select value from json_each(new.members));
     insert or ignore into phone_call_member
       select new.organization_id, value, new.published, new.number from json_each(new.members);
     insert or ignore into phone_call_group
       select new.organization_id, value, new.members from json_each(new.members);
   end;
CREATE TRIGGER phone_call_gone after delete on phone_call begin
     update phone_call_tally set calls = calls - 1 where organization_id = old.organization_id and members = '*' and hour = old.published / 3600000
    and flow = old.flow and outcome = old.outcome and manifold = (old.parts > 1);
        delete from phone_call_tally where organization_id = old.organization_id and members = '*' and hour = old.published / 3600000
    and flow = old.flow and outcome = old.outcome and manifold = (old.parts > 1) and calls <= 0;
update phone_call_tally set calls = calls - 1 where organization_id = old.organization_id and members = old.members and hour = old.published / 3600000
    and flow = old.flow and outcome = old.outcome and manifold = (old.parts > 1);
        delete from phone_call_tally where organization_id = old.organization_id and members = old.members and hour = old.published / 3600000
    and flow = old.flow and outcome = old.outcome and manifold = (old.parts > 1) and calls <= 0;
     delete from phone_call_between where call_number = old.number;
     delete from phone_call_member where organization_id = old.organization_id and published = old.published
       and call_number = old.number and extension_id in (select value from json_each(old.members));
   end;
CREATE TRIGGER phone_call_group_gone after delete on phone_call_tally
   when old.members <> '*' and not exists (
     select 1 from phone_call_tally where organization_id = old.organization_id and members = old.members)
   begin
     delete from phone_call_group where organization_id = old.organization_id and members = old.members
       and extension_id in (select value from json_each(old.members));
   end;
CREATE VIEW phone_call_part as select
    case when ((call_record.from_party ->> 'kind' = 'conference' or call_record.to_party ->> 'kind' = 'conference') and call_record.leg_id is not null) then call_record.leg_id else call_record.call_id end as id,
    ((call_record.from_party ->> 'kind' = 'conference' or call_record.to_party ->> 'kind' = 'conference') and call_record.leg_id is not null) as as_leg,
    call_record.organization_id as organization_id,
    coalesce(call_record.call_entered_at, call_record.started_at) as published,
    case when call_record.call_entered_at is null then call_record.answered_at else call_record.call_answered_at end as call_answered,
    call_record.started_at as started,
    call_record.answered_at as answered,
    call_record.ended_at as ended,
    coalesce(call_record.charged_extension, call_record.from_extension, call_record.to_extension) as charged,
    call_record.direction = 'outgoing' as dialled,
    call_record.from_party ->> 'number' as source,
    call_record.from_extension as source_extension,
    call_record.to_party ->> 'number' as destination,
    call_record.to_extension as destination_extension,
    case
      when call_record.from_party ->> 'kind' = 'external' then case when call_record.to_party ->> 'kind' = 'external' then 'transit' else 'incoming' end
      when call_record.to_party ->> 'kind' = 'external' then 'outgoing'
      else 'local'
    end as ends,
    case
      when call_record.answered_at is not null then 'answered'
      when call_record.disposition = 'refused' then
        case when call_record.cause in ('unauthorized', 'locked', 'conferenceFull') then 'notAllowed' else 'busy' end
      when call_record.disposition = 'cancelled' then 'noAnswer'
      else call_record.disposition
    end as outcome,
    coalesce(call_record.party, case call_record.direction when 'incoming' then 'from' else 'to' end) = 'from' as from_caller
    from call_record where role <> 'supervisor';
CREATE VIEW phone_call_known_part as select phone_call.number, phone_call.published, phone_call_part.*
    from phone_call_part, phone_call using (id);
CREATE TRIGGER phone_call_part_told instead of insert on phone_call_part begin
    insert into phone_call (id, organization_id, published, answered, saved, charged, charged_since, dialled)
    values (new.id, new.organization_id, new.published, new.call_answered, new.ended, new.charged, new.started, new.dialled)
    on conflict (id) do update set
      answered = coalesce(min(answered, excluded.answered), answered, excluded.answered),
      saved = max(saved, excluded.saved),
      charged = case when excluded.charged_since < charged_since then excluded.charged else charged end,
      charged_since = min(charged_since, excluded.charged_since),
      dialled = min(dialled, excluded.dialled);
    insert into phone_call_known_part
    select number, phone_call.published, new.id, new.as_leg, phone_call.organization_id, new.published, new.call_answered,
      new.started, new.answered, new.ended, new.charged, new.dialled, new.source, new.source_extension, new.destination,
      new.destination_extension, new.ends, new.outcome, new.from_caller
    from phone_call where id = new.id;
  end;
CREATE TRIGGER phone_call_known_part_told instead of insert on phone_call_known_part begin
    insert into phone_call_between
    select new.number, case when new.as_leg then '' else new.source || '>' || new.destination end,
      (select coalesce(max(ordinal), 0) + 1 from phone_call_between where call_number = new.number),
      new.organization_id, new.published,
      new.source, substr(case when substr(new.source, 1, 1) = '+' then substr(new.source, 2) else new.source end, -7), new.source_extension,
      new.destination, substr(case when substr(new.destination, 1, 1) = '+' then substr(new.destination, 2) else new.destination end, -7), new.destination_extension,
      new.charged, new.ends, new.outcome, new.answered, new.ended, new.from_caller and not new.as_leg
    where new.as_leg or not new.from_caller or not exists (
      select 1 from phone_call_between where call_number = new.number and source = new.source and not from_caller)
    on conflict do update set
      source = case when new.as_leg and not (excluded.ended >= ended) then source else excluded.source end, source_tail = case when new.as_leg and not (excluded.ended >= ended) then source_tail else excluded.source_tail end, source_extension = case when new.as_leg and not (excluded.ended >= ended) then source_extension else excluded.source_extension end, destination = case when new.as_leg and not (excluded.ended >= ended) then destination else excluded.destination end, destination_tail = case when new.as_leg and not (excluded.ended >= ended) then destination_tail else excluded.destination_tail end, destination_extension = case when new.as_leg and not (excluded.ended >= ended) then destination_extension else excluded.destination_extension end, charged = case when new.as_leg and not (excluded.ended >= ended) then charged else excluded.charged end, ends = case when new.as_leg and not (excluded.ended >= ended) then ends else excluded.ends end,
      answered = case when from_caller then excluded.answered else coalesce(min(answered, excluded.answered), answered, excluded.answered) end,
      ended = case when from_caller then excluded.ended else max(ended, excluded.ended) end,
      outcome = case
        when from_caller then excluded.outcome
        when coalesce(answered, excluded.answered) is not null then 'answered'
        when new.as_leg and not (excluded.ended >= ended) then outcome
        else excluded.outcome
      end,
      from_caller = excluded.from_caller;

    delete from phone_call_between
    where call_number = new.number and source = new.source and from_caller and not new.from_caller and not new.as_leg;

    update phone_call set
      parts = (select count(*) from phone_call_between where call_number = new.number),
      outcome = (select outcome from phone_call_between where call_number = new.number order by ordinal limit 1),
      flow = (select case ends when 'transit' then case when phone_call.dialled then 'outgoing' else 'incoming' end else ends end from phone_call_between where call_number = new.number order by ordinal limit 1),
      members = (
        select json_group_array(extension_id order by extension_id) from (
          select source_extension as extension_id from phone_call_between where call_number = new.number
          union select destination_extension from phone_call_between where call_number = new.number
          union select charged from phone_call_between where call_number = new.number)
        where extension_id is not null)
    where number = new.number;
  end;
CREATE TRIGGER call_record_told after insert on call_record when new.role <> 'supervisor' begin
     insert into phone_call_part select
    case when ((new.from_party ->> 'kind' = 'conference' or new.to_party ->> 'kind' = 'conference') and new.leg_id is not null) then new.leg_id else new.call_id end as id,
    ((new.from_party ->> 'kind' = 'conference' or new.to_party ->> 'kind' = 'conference') and new.leg_id is not null) as as_leg,
    new.organization_id as organization_id,
    coalesce(new.call_entered_at, new.started_at) as published,
    case when new.call_entered_at is null then new.answered_at else new.call_answered_at end as call_answered,
    new.started_at as started,
    new.answered_at as answered,
    new.ended_at as ended,
    coalesce(new.charged_extension, new.from_extension, new.to_extension) as charged,
    new.direction = 'outgoing' as dialled,
    new.from_party ->> 'number' as source,
    new.from_extension as source_extension,
    new.to_party ->> 'number' as destination,
    new.to_extension as destination_extension,
    case
      when new.from_party ->> 'kind' = 'external' then case when new.to_party ->> 'kind' = 'external' then 'transit' else 'incoming' end
      when new.to_party ->> 'kind' = 'external' then 'outgoing'
      else 'local'
    end as ends,
    case
      when new.answered_at is not null then 'answered'
      when new.disposition = 'refused' then
        case when new.cause in ('unauthorized', 'locked', 'conferenceFull') then 'notAllowed' else 'busy' end
      when new.disposition = 'cancelled' then 'noAnswer'
      else new.disposition
    end as outcome,
    coalesce(new.party, case new.direction when 'incoming' then 'from' else 'to' end) = 'from' as from_caller
    ;
   end;
CREATE TRIGGER call_record_gone after delete on call_record when old.role <> 'supervisor' begin
     delete from phone_call where id = (select id from (select
    case when ((old.from_party ->> 'kind' = 'conference' or old.to_party ->> 'kind' = 'conference') and old.leg_id is not null) then old.leg_id else old.call_id end as id,
    ((old.from_party ->> 'kind' = 'conference' or old.to_party ->> 'kind' = 'conference') and old.leg_id is not null) as as_leg,
    old.organization_id as organization_id,
    coalesce(old.call_entered_at, old.started_at) as published,
    case when old.call_entered_at is null then old.answered_at else old.call_answered_at end as call_answered,
    old.started_at as started,
    old.answered_at as answered,
    old.ended_at as ended,
    coalesce(old.charged_extension, old.from_extension, old.to_extension) as charged,
    old.direction = 'outgoing' as dialled,
    old.from_party ->> 'number' as source,
    old.from_extension as source_extension,
    old.to_party ->> 'number' as destination,
    old.to_extension as destination_extension,
    case
      when old.from_party ->> 'kind' = 'external' then case when old.to_party ->> 'kind' = 'external' then 'transit' else 'incoming' end
      when old.to_party ->> 'kind' = 'external' then 'outgoing'
      else 'local'
    end as ends,
    case
      when old.answered_at is not null then 'answered'
      when old.disposition = 'refused' then
        case when old.cause in ('unauthorized', 'locked', 'conferenceFull') then 'notAllowed' else 'busy' end
      when old.disposition = 'cancelled' then 'noAnswer'
      else old.disposition
    end as outcome,
    coalesce(old.party, case old.direction when 'incoming' then 'from' else 'to' end) = 'from' as from_caller
    ));
   end;
CREATE INDEX "stream_open" on "stream" ("kind", "number") where ended_at is null;
CREATE INDEX "stream_organization" on "stream" ("organization_id", "number");
CREATE TRIGGER phone_call_changed after update of parts on phone_call begin
    insert into phone_call_change (organization_id, published, call_number)
      values (new.organization_id, new.published, new.number);
    delete from phone_call_change where position <= (select max(position) from phone_call_change) - 100000;
  end;
CREATE TRIGGER phone_call_taken after delete on phone_call begin
    insert into phone_call_change (organization_id, published, call_number)
      values (old.organization_id, old.published, old.number);
    delete from phone_call_change where position <= (select max(position) from phone_call_change) - 100000;
  end;
CREATE INDEX "stream_attempt" on "stream" ("organization_id", "number") where kind = 'attempt';
CREATE TRIGGER phone_call_told after update of flow, outcome, parts, members on phone_call
      when (old.flow, old.outcome, old.parts > 1, old.members)
        is not (new.flow, new.outcome, new.parts > 1, new.members)
      begin insert into phone_call_tally
        select new.organization_id, '*', new.published / 3600000, new.flow, new.outcome, new.parts > 1, 1
        where new.flow is not null
        on conflict do update set calls = calls + 1;
insert into phone_call_tally
        select new.organization_id, new.members, new.published / 3600000, new.flow, new.outcome, new.parts > 1, 1
        where new.flow is not null
        on conflict do update set calls = calls + 1; update phone_call_tally set calls = calls - 1 where organization_id = old.organization_id and members = '*' and hour = old.published / 3600000
    and flow = old.flow and outcome = old.outcome and manifold = (old.parts > 1);
        delete from phone_call_tally where organization_id = old.organization_id and members = '*' and hour = old.published / 3600000
    and flow = old.flow and outcome = old.outcome and manifold = (old.parts > 1) and calls <= 0;
update phone_call_tally set calls = calls - 1 where organization_id = old.organization_id and members = old.members and hour = old.published / 3600000
    and flow = old.flow and outcome = old.outcome and manifold = (old.parts > 1);
        delete from phone_call_tally where organization_id = old.organization_id and members = old.members and hour = old.published / 3600000
    and flow = old.flow and outcome = old.outcome and manifold = (old.parts > 1) and calls <= 0; end;
