import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Cause } from '../../call/model/cause.ts';
import type { CallEvent, EventType } from '../../call/model/events.ts';
import { explain } from './explain.ts';
import type { Facts } from './facts.ts';

/** What happens in one call, as its log has it: 20 and Ada is the caller, 30 and Ben is called. */
class Story {
  readonly events: CallEvent[] = [];
  #at = 1_800_000_000_000;

  constructor(kind: 'call' | 'access' | 'conference', more: object = {}) {
    const call = { kind, organizationId: '3', conference: kind === 'conference' ? { number: '3' } : null, ...more };
    this.add('originated', null, 'newCall', { call, connections: [] });
  }

  add(type: EventType, connectionId: string | null, cause: Cause, data: object = {}, afterMs = 1000): this {
    this.#at += afterMs;
    const seq = this.events.length + 1;
    this.events.push({ callId: 'c', seq, at: this.#at, type, connectionId, cause, data } as unknown as CallEvent);
    return this;
  }

  caller(): this {
    const device = { kind: 'extension', name: 'Ada', number: '20' };
    const seed = { id: 'ada', legId: 'leg-ada', device, direction: 'incoming' };
    return this.add('originated', 'ada', 'newCall', { connections: [seed] });
  }

  called(target: object = { kind: 'terminal', aor: '30@x' }): this {
    const device = { kind: 'extension', name: 'Ben', number: '30' };
    const seed = { id: 'ben', legId: 'leg-ben', device, direction: 'outgoing', target };
    return this.add('originated', 'ben', 'newCall', { connections: [seed] });
  }

  over(trunk = 'acme'): this {
    return this.called({ kind: 'trunk', trunk, number: '4930', account: null });
  }

  rings(): this {
    return this.add('delivered', 'ben', 'normal');
  }

  talking(): this {
    return this.add('established', 'ada', 'normal').add('established', 'ben', 'normal');
  }

  fails(cause: Cause, refusal?: object, afterMs = 1000): this {
    this.add('failed', 'ben', cause, refusal === undefined ? {} : { refusal }, afterMs);
    return this.clear('ben', cause).clear('ada', cause).add('callCleared', null, cause, {}, 0);
  }

  clear(id: string, cause: Cause, afterMs = 0): this {
    return this.add('connectionCleared', id, cause, {}, afterMs);
  }

  refused(why: string, more: object = {}): this {
    return this.add('entryRefused', 'ada', 'unauthorized', { why, conference: '3', ...more });
  }
}

const dialled = () => new Story('call').caller().called();
const overTrunk = () => new Story('call').caller().over();
const talking = (more: object = {}) => new Story('call', more).caller().called().rings().talking();
const asking = () => new Story('access').caller().add('established', 'ada', 'newCall');
const meeting = () => new Story('conference').caller().called().talking();
const attempt = (more: object): Partial<Facts> => ({
  attempt: {
    scope: 'total',
    limit: null,
    bound: null,
    rule: null,
    organizationId: '3',
    account: null,
    conferenceId: null,
    trunk: 'acme',
    number: '+4930',
    at: 1,
    seq: 1,
    ...more,
  } as unknown as NonNullable<Facts['attempt']>,
});
const note = (what: 'mediaProcessDied' | 'silent', story: Story, ms?: number): Partial<Facts> => ({
  notes: [{ legId: 'leg-ben', at: story.events.at(-1)!.at, what, ...(ms === undefined ? {} : { ms }) }],
});
const heard = (more: object): Partial<Facts> => ({
  quality: [{ legId: 'leg-ben', from: 0, to: 60_000, received: 3000, loss: null, jitterMs: null, ...more }],
});

type Row = readonly [fault: string, events: readonly CallEvent[], facts: Partial<Facts>, codes: string, words: RegExp];

const gone = (cause: Cause) => talking().clear('ben', cause);
const silent = gone('mediaFailure');
const invite = { from: '101', dialled: '999', warning: null };

const rows: readonly Row[] = [
  ['busy', dialled().rings().fails('busy', { status: 486 }).events, {}, 'busy busy', /Ben \(30\) was busy \(486\)/],
  ['do-not-disturb', dialled().fails('busy').events, {}, 'doNotDisturb doNotDisturb', /do-not-disturb/],
  [
    'no answer',
    dialled().rings().fails('noAnswer', undefined, 25_000).events,
    {},
    'noAnswer noAnswer',
    /rang for 25 s/,
  ],
  [
    'not a word over a trunk',
    overTrunk().fails('noAnswer').events,
    {},
    'carrierSilent carrierSilent',
    /trunk .* said nothing about the call to .* for 1 s/,
  ],
  [
    'no answer over a trunk',
    overTrunk().fails('noAnswer', { status: 408 }).events,
    {},
    'noAnswer noAnswer',
    /within 1 s/,
  ],
  [
    'declined',
    dialled().rings().fails('callRejected', { status: 603 }).events,
    {},
    'rejected rejected',
    /refused.*603/,
  ],
  [
    'not registered',
    dialled().fails('destNotObtainable').events,
    {},
    'notRegistered notRegistered',
    /No phone is regis/,
  ],
  [
    'not registered for a ban',
    dialled().fails('destNotObtainable').events,
    { bans: [{ username: '30', source: '10.0.0.9', since: 1 }] },
    'banned banned',
    /banned at 10\.0\.0\.9/,
  ],
  [
    'forwarded to nowhere',
    new Story('call').caller().called().add('diverted', 'ben', 'normal', { to: '9' }).fails('destNotObtainable').events,
    {},
    'forwardedNowhere forwardedNowhere',
    /forwarded/,
  ],
  [
    'no common codec',
    dialled().fails('mediaFailure', { status: 488, warning: '305 x "Incompatible media format"' }).events,
    {},
    'codec codec',
    /488 \(Incompatible media format\)/,
  ],
  [
    'trunk down',
    overTrunk().fails('networkNotObtainable').events,
    {},
    'trunkDown trunkDown',
    /No address of trunk acme/,
  ],
  [
    'carrier 404',
    overTrunk().fails('destNotObtainable', { status: 404 }).events,
    {},
    'carrierUnknown carrierUnknown',
    /404/,
  ],
  [
    'carrier 403',
    overTrunk().fails('callRejected', { status: 403, reason: 'SIP;cause=403;text="Barred"' }).events,
    {},
    'carrierForbids carrierForbids',
    /acme does not allow.*403 \(Barred\)/,
  ],
  [
    'carrier 503',
    overTrunk().fails('networkNotObtainable', { status: 503 }).events,
    {},
    'carrierFailed carrierFailed',
    /acme could not put.*503/,
  ],
  [
    'carrier login',
    overTrunk().fails('unauthorized', { status: 401 }).events,
    {},
    'carrierLogin carrierLogin',
    /password/,
  ],
  [
    'phone error',
    dialled().fails('networkNotObtainable', { status: 500 }).events,
    {},
    'phoneFailed phoneFailed',
    /500/,
  ],
  ['no port', dialled().fails('resourcesNotAvailable').events, {}, 'noCapacity noCapacity', /no port/],
  [
    'caller gave up',
    dialled().rings().clear('ada', 'callCancelled', 8000).clear('ben', 'callCancelled').events,
    {},
    'callerGaveUp',
    /Ada \(20\) gave up after 10 s/,
  ],
  [
    'wrong PIN',
    asking().refused('wrongPin').refused('wrongPin').refused('wrongPin').clear('ada', 'unauthorized').events,
    {},
    'wrongPin',
    /wrong PIN for conference 3 3 times/,
  ],
  [
    'locked out',
    asking().refused('lockedOut', { until: 1_800_000_600_000 }).clear('ada', 'unauthorized').events,
    {},
    'lockedOut',
    /locked out .*until 2027-01-15T08:10:00\.000Z/,
  ],
  ['room full', asking().refused('full').clear('ada', 'conferenceFull').events, {}, 'conferenceFull', /was full/],
  ['locked', asking().refused('locked').clear('ada', 'locked').events, {}, 'conferenceLocked', /locked by a mod/],
  [
    'schedule over',
    asking().refused('closed').clear('ada', 'destNotObtainable').events,
    {},
    'conferenceClosed',
    /schedule/,
  ],
  [
    'unknown conference',
    asking().refused('unknownNumber').clear('ada', 'normal').events,
    {},
    'unknownConference',
    /no num/,
  ],
  [
    'disk full',
    asking().refused('unavailable').clear('ada', 'systemFailure').events,
    {},
    'entryUnavailable',
    /not store/,
  ],
  ['nothing entered', asking().clear('ada', 'timeout').events, {}, 'nothingEntered', /neither number nor PIN/],
  ['hung up while asked', asking().clear('ada', 'normal').events, {}, 'gaveUpAsked', /hung up while being asked/],
  ['dial plan', [], attempt({ scope: 'dialPlan' }), 'dialPlan', /No rule of the dial plan allows \+4930/],
  ['deny list', [], attempt({ scope: 'destination', limit: 'deny', rule: '+49*' }), 'denied', /Rule \+49\*/],
  ['allow list', [], attempt({ scope: 'destination', limit: 'allow' }), 'notAllowed', /does not have \+4930/],
  [
    'budget',
    [],
    attempt({ scope: 'user', limit: 'perMinute', bound: 10 }),
    'budget',
    /the user was used up: 10 calls a m/,
  ],
  ['codec of a caller', [], { refused: { ...invite, status: 488, warning: 'no audio' } }, 'codec', /488 \(no audio\)/],
  ['unknown number', [], { refused: { ...invite, status: 404 } }, 'unknownNumber', /^999 leads nowhere for 101/],
  ['wrong password', [], { refused: { ...invite, status: 401 } }, 'wrongPassword', /^101 did not give .* call to 999/],
  ['not by the dial plan', [], { refused: { ...invite, status: 403 } }, 'dialPlan', /allows 999/],
  ['too many a second', [], { refused: { ...invite, status: 503 } }, 'tooManyCalls', /callsPerSecond/],
  ['any other refusal', [], { refused: { ...invite, status: 480 } }, 'inviteRefused', /480/],
  [
    'its INVITE not kept',
    [],
    { refused: { ...invite, from: null, dialled: null, status: 404 } },
    'unknownNumber',
    /^what was dialled leads nowhere for The caller/,
  ],
  ['media process killed', silent.events, note('mediaProcessDied', silent), 'mediaProcess', /media process/],
  ['silence', silent.events, note('silent', silent, 60_000), 'soundLost', /Nothing was heard .*60 s/],
  ['phone gone', gone('timeout').events, {}, 'phoneSilent', /no longer answered/],
  ['connection broke', gone('networkNotObtainable').events, {}, 'networkLost', /broke/],
  ['restart after a kill', gone('systemFailure').events, {}, 'restarted', /killed or lost power/],
  ['shut down', gone('shutdown').events, {}, 'shutdown', /shut down/],
  [
    'duration limit',
    talking({ durationMs: 60_000 }).clear('ada', 'timeout', 60_000).clear('ben', 'timeout').events,
    {},
    'durationLimit durationLimit',
    /longest it may last: 60 s/,
  ],
  ['put out', meeting().clear('ben', 'removed').events, {}, 'removed', /put out/],
  [
    'moderator ended',
    meeting().clear('ada', 'normal').clear('ben', 'moderatorsLeft').events,
    {},
    'moderatorsLeft',
    /last moderator left/,
  ],
  ['one-way sound', talking().events, heard({ received: 0 }), 'oneWay', /not one packet came from Ben/],
  ['loss', talking().events, heard({ loss: { share: 0.12, from: 0, to: 20_000 } }), 'loss', /12 % .* over 20 s/],
  ['jitter', talking().events, heard({ jitterMs: 80 }), 'jitter', /80 ms/],
];

for (const [fault, events, facts, codes, words] of rows) {
  test(`why: ${fault}`, () => {
    const none: Facts = { events, notes: [], quality: [], bans: [], attempt: null, refused: null };
    const found = explain({ ...none, ...facts });
    assert.equal(found.map(({ code }) => code).join(' '), codes);
    assert.match(found[0]!.sentence, words);
    assert.ok(found.every(({ sentence }) => !/undefined|null|NaN/.test(sentence)));
    for (const { evidence } of found) {
      for (const seq of evidence) assert.ok(events.length === 0 || events.some((event) => event.seq === seq));
    }
  });
}

test('who hangs up, is transferred, or did not pick up first is no mishap', () => {
  const quiet = (story: Story) =>
    explain({ events: story.events, notes: [], quality: [], bans: [], attempt: null, refused: null });
  assert.deepEqual(quiet(talking().clear('ben', 'normal').clear('ada', 'normal')), []);
  assert.deepEqual(quiet(dialled().rings().clear('ben', 'callCancelled').clear('ada', 'normal')), []);
  const moved = asking().add('transferred', 'ada', 'conference', { toCall: 'd', toConnection: 'x' });
  assert.deepEqual(quiet(moved.clear('ada', 'conference')), []);
});
