import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { AvayaClientServices } from '../src/index.ts';

/** What the documentation of the interface lists, class by class; names are facts. */
interface Listed {
  readonly constructor?: boolean;
  readonly methods?: readonly string[];
  readonly statics?: readonly string[];
  readonly properties?: readonly string[];
  readonly capabilities?: readonly string[];
  readonly events?: readonly string[];
  readonly enums?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly inherits?: string;
}

const listed: Readonly<Record<string, Listed>> = JSON.parse(
  readFileSync(new URL('reference-names.json', import.meta.url), 'utf8'),
);

// biome-ignore lint/suspicious/noExplicitAny: looked at by name
type Anything = any;

function find(path: string): Anything {
  let found: Anything = AvayaClientServices;
  for (const name of path === '' ? [] : path.split('.')) found = found?.[name];
  return found;
}

test('every name of the documented interface is there', () => {
  const missing: string[] = [];
  let looked = 0;
  for (const [path, entry] of Object.entries(listed)) {
    const found = find(path);
    if (found === undefined) {
      missing.push(path);
      continue;
    }
    const instance = entry.constructor === true ? new found() : found;
    const must = (there: boolean, name: string) => {
      looked++;
      if (!there) missing.push(`${path}.${name}`);
    };
    for (const name of entry.methods ?? []) must(typeof instance[name] === 'function', name);
    for (const name of entry.statics ?? []) must(typeof found[name] === 'function', name);
    for (const name of entry.properties ?? []) must(name in instance, name);
    for (const name of entry.capabilities ?? []) {
      must(typeof instance[name] === 'function' && typeof instance[name]().isAllowed === 'boolean', name);
    }
    for (const name of entry.events ?? []) {
      must(typeof instance[name] === 'function', name);
      const remove = name.replace(/^add/, 'remove');
      must(typeof instance[remove] === 'function', remove);
    }
    for (const [name, values] of Object.entries(entry.enums ?? {})) {
      must(found[name] !== undefined, name);
      for (const [key, value] of Object.entries(values)) must(found[name]?.[key] === value, `${name}.${key}`);
    }
  }
  assert.deepEqual(missing, []);
  assert.ok(looked > 900, `${looked} names were looked at`);
});

test('constructors can be called without new, also as those of ES5 that inherit', () => {
  const { Config } = AvayaClientServices as Anything;
  const made = Config.MediaConfiguration();
  assert.ok(made instanceof Config.MediaConfiguration);
  function Provider(this: Anything) {
    Config.AbstractCredentialProvider.call(this);
  }
  Provider.prototype = Object.create(Config.AbstractCredentialProvider.prototype);
  const provider = new (Provider as Anything)();
  const told: unknown[] = [];
  const callback = () => told.push(1);
  provider.addOnInvalidCredentialsCallback(callback);
  provider.removeOnInvalidCredentialsCallback(callback);
  provider.removeOnInvalidCredentialsCallback(() => {});
  assert.deepEqual(told, []);
  assert.ok(new (AvayaClientServices as Anything)() instanceof AvayaClientServices);
});

/** Of guides and applications, beyond what is listed; by class. */
const guides: Readonly<Record<string, readonly string[]>> = {
  'Config.InvalidCredentialsEvent': ['getRetryCallback', 'retry'],
  'Services.Conference.Conference': ['getRecentTalkers', 'getSupportInConferenceChatCapability'],
  'Services.Conference.ActiveParticipant': [
    ...['isAudioMuted', 'isVideoBlocked', 'isModerator', 'isLecturer', 'isPresenter', 'isHandRaised'],
    ...['getLastSpokenTime', 'mute', 'unmute', 'blockVideo', 'unblockVideo', 'setAsLecturer', 'unsetAsLecturer'],
  ],
  'Services.Conference.PendingParticipant': ['accept', 'deny'],
};

test('what guides have besides is there, and in the types', () => {
  const types = readFileSync(new URL('../types/AvayaClientServices.d.ts', import.meta.url), 'utf8');
  for (const [path, names] of Object.entries(guides)) {
    const instance = new (find(path))();
    const [, declared = ''] = types.split(`class ${path.split('.').at(-1)} `);
    const body = declared.split(/\n {4,6}}\n/, 1)[0]!;
    for (const name of names) {
      assert.equal(typeof instance[name], 'function', `${path}.${name}`);
      assert.ok(body.includes(`${name}(`), `${path}.${name} in the types`);
    }
  }
});

test('the types list what is listed', () => {
  const types = readFileSync(new URL('../types/AvayaClientServices.d.ts', import.meta.url), 'utf8');
  for (const [path, { events = [], methods = [] }] of Object.entries(listed)) {
    if (path === 'Base.Library.jQuery' || path === 'Base.Promise') continue;
    for (const name of [...events, ...methods]) assert.ok(types.includes(`${name}(`), `${path}.${name}`);
  }
});

test('what is not there says so, and nothing throws', async () => {
  const { Services, Config } = AvayaClientServices as Anything;
  const client = new (AvayaClientServices as Anything)();
  const user = client.createUser({ sgConfiguration: { enabled: true } });
  assert.equal(client.createUser(new Config.UserConfiguration()), user, 'the same user each time');
  assert.equal(client.user, user);
  const calls = user.getCalls();
  const call = calls.createCall(new Services.Call.CallCreationInfo('2111', false, 'subject'));
  const conference = call.getConference();
  for (const target of [call, conference, user.getCollaborations().getCollaborationForCall('x')]) {
    for (const name of ['setVideoMode', 'transfer', 'join', 'setVideoLayout', 'signIn', 'start']) {
      if (target === call && name === 'start') continue;
      const result = target[name]?.('SEND_RECEIVE');
      result?.then?.(
        () => {},
        () => {},
      );
    }
  }
  assert.equal(call.getUpdateVideoModeSendReceiveCapability().denialReason, 'CAPABILITY_CALL_HAS_NO_VIDEO');
  assert.equal(conference.getSendFeccCapability().denialReason, 'CAPABILITY_NOT_SUPPORTED');
  assert.equal(call.getMuteCapability(), call.getMuteCapability(), 'one object for its life');
  const content = user.getCollaborations().getCollaborationForCall('x').getContentSharing();
  assert.equal(content.getStartScreenSharingCapability().isAllowed, false);
  content.addOnContentSharingStartedCallback(() => {});
  await assert.rejects(Promise.resolve(content.startScreenSharing()));
  // What applications of newer clients ask, and read of private members.
  assert.equal(content._collaboration._selfParticipant._participantId, undefined);
  content.onScreenSharingCapabilityChangedCallback(() => {});
  assert.equal(calls.getSetOnNetworkEventsCapability().isAllowed, false);
  await assert.rejects(Promise.resolve(calls.setOnNetworkEvents({ category: [] }, () => {})));
  new (AvayaClientServices as Anything).Renderer.Konva.KonvaContentSharingRenderer().init(content, 'screen');
  const somebody = new Services.Conference.ActiveParticipant();
  for (const name of ['blockVideo', 'unblockVideo', 'setAsLecturer', 'unsetAsLecturer', 'mute', 'lowerHand']) {
    await assert.rejects(Promise.resolve(somebody[name]()), Services.Conference.ConferenceException, name);
  }

  // There is no WebRTC here: that shows as a failed call, and end() ends it.
  const told: string[] = [];
  call._addOnCallStateChangedCallback((state: string) => told.push(state));
  const failed = new Promise<Anything>((resolve) => {
    call.addOnCallFailedCallback((one: unknown, exception: Anything) => resolve([one, exception]));
  });
  call.start();
  const [one, exception] = await failed;
  assert.equal(one, call);
  assert.equal(exception.getError(), 'WEBRTC_NOT_SUPPORTED');
  const ended = new Promise<Anything>((resolve) =>
    call.addOnCallEndedCallback((_: unknown, event: Anything) => resolve(event)),
  );
  call.end();
  call.end();
  assert.equal((await ended).getReason(), 'CALL_ENDED_LOCALLY');
  assert.deepEqual(told, ['initiating', 'failed', 'ending', 'ended']);
  assert.equal(calls.getCallCount(), 0);
});
