import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { after, before, test } from 'node:test';
import type { FastifyInstance } from 'fastify';
import { AppError } from '../../../base/app-error.ts';
import { newId } from '../../../base/id.ts';
import { silentLog } from '../../../base/log.ts';
import { SeededRandom } from '../../../base/random.ts';
import { Secret } from '../../../base/secret.ts';
import type { Cause } from '../../../call/model/cause.ts';
import { associateData } from '../../../call/services/associate-data.ts';
import { clearConnection } from '../../../call/services/clear-connection.ts';
import { enterConference } from '../../../call/services/enter-conference.ts';
import { RuntimeFixture } from '../../../call/testing/runtime-fixture.ts';
import type { Directory } from '../../../directory/directory.ts';
import {
  conferenceWith,
  directoryOf,
  organizationWith,
  rooms,
} from '../../../directory/testing/virtual-organizations.ts';
import { createHttp } from '../../http.ts';
import { SessionLogins } from '../../session-logins.ts';
import { acceptWebSockets } from '../../web-sockets.ts';
import type { BrowserDoor, BrowserEntry } from '../dialect.ts';
import { portal } from './register.ts';

const random = new SeededRandom(4);
const calls = new RuntimeFixture();
const { clock, runtime } = calls;
let http: FastifyInstance;
let directory: Directory;
/** What came to the door. */
const entries: BrowserEntry[] = [];
const legs = new Set<string>();
const ends = new Map<string, (cause: Cause) => void>();
let refuse: AppError | null = null;

/** Browsers without sound: the call model is real. */
const browsers: BrowserDoor = {
  phone: () => assert.fail('no phone signs in here'),
  has: (legId) => legs.has(legId),
  async join(entry) {
    entries.push(entry);
    if (refuse !== null) throw refuse;
    const legId = newId(random);
    legs.add(legId);
    const device = { kind: 'external', number: '', name: entry.name } as const;
    let waits = false;
    const enter = async (invited: boolean) => {
      await runtime.do(enterConference, { legId, device, ...entry.admitted!, invited });
      waits = false;
    };
    await enter(false).catch((error) => {
      waits = entry.mayKnock === true && error.code === 'conferenceLocked';
      if (!waits) throw error;
    });
    return {
      legId,
      answer: 'v=0\r\n',
      onEnded: (told) => void ends.set(legId, told),
      givePasscode: () => false,
      get waits() {
        return waits;
      },
      onWaits() {},
      mayWait: false,
      wait: () => false,
      enter: () => enter(true),
      async move(offered) {
        if (refuse !== null) throw refuse;
        return `${offered}a=moved\r\n`;
      },
      pageIsThere: () => {},
      hold: (held) => runtime.report(legId, { type: held ? 'heldByPeer' : 'retrievedByPeer' }),
      press() {},
      end() {
        runtime.report(legId, { type: 'cleared', cause: 'normal' });
        ends.get(legId)?.('normal');
      },
    };
  },
};

before(async () => {
  const conferences = [
    conferenceWith('1', {
      meetingId: '2111',
      moderatorPin: new Secret('9'),
      participantPin: new Secret('1'),
      record: 'choice',
    }),
  ];
  const organization = organizationWith(3, [rooms('211', { conferences })]);
  const trunk = { match: '^[0-9]{7,}$', trunk: 'carrier', strip: 0, prepend: '' };
  ({ directory } = await directoryOf({ organizations: [organization], trunks: [], dialPlan: [trunk] }, { clock }));
  http = createHttp({ log: silentLog, random });
  await acceptWebSockets(http);
  const sessions = new SessionLogins();
  const turn = [
    {
      urls: ['turn:turn.example.test:3478?transport=udp', 'turns:turn.example.test'],
      username: null,
      password: null,
      secret: new Secret('north'),
      lifetimeMs: 3_600_000,
    },
  ];
  const config = { media: { turn } };
  const parts = { browsers, calls: calls.store, clock, random, directory, runtime, sessions, config, publicUrl: null };
  portal.register(http, parts as unknown as Parameters<typeof portal.register>[1]);
  await http.ready();
});

after(() => http.close());

async function tokenFor(name: string, passcode = '1'): Promise<string> {
  const payload = { conferenceId: '2111', userName: name, passcode };
  const answer = await http.inject({ method: 'POST', url: '/ups/resources/middleware/token', payload });
  return answer.json().token;
}

function offer(token: string | null, headers: Record<string, string> = {}, url = '/whip') {
  const authorization = token === null ? {} : { authorization: `Bearer ${token}` };
  const type = { 'content-type': 'application/sdp' };
  return http.inject({
    method: 'POST',
    url,
    headers: { ...type, ...authorization, ...headers },
    payload: 'v=0\r\n',
  });
}

async function join(name: string, passcode = '1'): Promise<string> {
  const answer = await offer(await tokenFor(name, passcode));
  assert.equal(answer.statusCode, 201, answer.body);
  return new URL(String(answer.headers['location'])).pathname;
}

// biome-ignore lint/suspicious/noExplicitAny: whatever JSON came; the tests look at it piece by piece
type Told = any;

/** A browser's socket, with what it was told but who talks. */
async function listen(path: string, after = '') {
  const told: Told[] = [];
  let wake = () => {};
  const socket = await http.injectWS(
    `${path}/events${after === '' ? '' : `?after=${after}`}`,
    {},
    {
      onInit: (ws) => {
        ws.on('message', (data: unknown) => {
          told.push(JSON.parse(String(data)));
          wake();
        });
      },
    },
  );
  const until = async (type: string, from = 0): Promise<Told> => {
    for (;;) {
      const found = told.slice(from).find((one) => one.type === type);
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  };
  let id = 0;
  const ask = async (what: string, more: object = {}): Promise<Told> => {
    const from = told.length;
    socket.send(JSON.stringify({ id: ++id, do: what, ...more }));
    return until('answer', from);
  };
  return { told, until, ask, socket };
}

test('an offer is taken with a token, once; the answer says where the call is', async () => {
  const token = await tokenFor('Ann', '9');
  const answer = await offer(token);
  assert.equal(answer.statusCode, 201);
  assert.equal(answer.headers['content-type'], 'application/sdp');
  assert.equal(answer.headers['access-control-allow-origin'], '*');
  assert.match(String(answer.headers['access-control-expose-headers']), /Location/);
  assert.match(String(answer.headers['location']), /^http:\/\/localhost:80\/whip\/[0-9a-f]{32}$/);
  const { name, admitted, callerKey } = entries.at(-1)!;
  assert.deepEqual([name, admitted?.role, callerKey], ['Ann', 'moderator', 'address:127.0.0.1']);
  const again = await offer(token);
  assert.deepEqual([again.statusCode, again.json().code], [401, 'tokenUsed']);

  const path = new URL(String(answer.headers['location'])).pathname;
  const trickle = { 'content-type': 'application/trickle-ice-sdpfrag', 'if-match': String(answer.headers['etag']) };
  assert.equal(
    (await http.inject({ method: 'PATCH', url: path, headers: trickle, payload: 'a=x\r\n' })).statusCode,
    204,
  );
  const either = { ...trickle, 'if-match': `"another", ${trickle['if-match']}` };
  assert.equal((await http.inject({ method: 'PATCH', url: path, headers: either, payload: '' })).statusCode, 204);
  for (const [match, status, code] of [
    ['"another"', 412, 'wrongETag'],
    [`W/${trickle['if-match']}`, 412, 'wrongETag'],
    ['*', 422, 'noIceRestart'],
    ['"*"', 422, 'noIceRestart'],
    [null, 428, 'etagMissing'],
  ] as const) {
    const { 'if-match': _, ...without } = trickle;
    const headers = match === null ? without : { ...without, 'if-match': match };
    const patched = await http.inject({ method: 'PATCH', url: path, headers, payload: 'a=x' });
    assert.deepEqual([patched.statusCode, patched.json().code], [status, code]);
  }
  assert.equal((await http.inject({ method: 'DELETE', url: path })).statusCode, 200);
  await calls.settle();
  assert.equal((await http.inject({ method: 'DELETE', url: path })).json().code, 'sessionNotFound');
  assert.equal(runtime.snapshot().length, 0);
});

test('refusals say why, and leave the token good', async () => {
  const token = await tokenFor('Ann');
  const rows: [AppError, number, string][] = [
    [new AppError('invalidArgument', 'x', { code: 'badOffer' }), 400, 'badOffer'],
    [new AppError('invalidArgument', 'x', { code: 'noAudio' }), 422, 'noAudio'],
    [new AppError('notAcceptableMedia', 'x', {}, 422), 422, 'noCommonCodec'],
    [new AppError('conferenceFull', 'x', {}, 409), 409, 'conferenceFull'],
    [new AppError('conferenceLocked', 'x', {}, 409), 403, 'conferenceLocked'],
    [new AppError('unavailable', 'x'), 503, 'unavailable'],
  ];
  for (const [error, status, code] of rows) {
    refuse = error;
    const answer = await offer(token);
    assert.deepEqual([answer.statusCode, answer.json().code], [status, code]);
    assert.equal(answer.headers['content-type'], 'application/problem+json');
  }
  refuse = null;
  const missing = await offer(null);
  assert.deepEqual([missing.statusCode, missing.json().code], [401, 'tokenMissing']);
  assert.equal(missing.headers['www-authenticate'], 'Bearer realm="Partyline"');
  assert.equal((await offer('x.y.z')).json().code, 'tokenInvalid');
  assert.equal((await offer(token, { 'content-type': 'text/plain' })).json().code, 'wrongContentType');
  const late = await tokenFor('Late');
  clock.advance(301_000);
  assert.equal((await offer(late)).json().code, 'tokenExpired');
});

test('who knows a session comes another way with it: the same call, another ICE session', async () => {
  const joined = await offer(await tokenFor('Ann'));
  const path = new URL(String(joined.headers.location)).pathname;
  const id = path.split('/').at(-1) ?? '';
  const before = runtime.snapshot().length;
  const moved = await offer(id);
  assert.deepEqual([moved.statusCode, moved.body], [200, 'v=0\r\na=moved\r\n']);
  assert.equal(moved.headers.location, joined.headers.location);
  assert.deepEqual([joined.headers.etag, moved.headers.etag], ['"1"', '"2"']);
  assert.equal(runtime.snapshot().length, before);
  const fragment = { 'content-type': 'application/trickle-ice-sdpfrag', 'if-match': '"1"' };
  const late = await http.inject({ method: 'PATCH', url: path, headers: fragment, payload: '' });
  assert.equal(late.json().code, 'wrongETag');
  refuse = new AppError('invalidArgument', 'x', { code: 'badOffer' });
  assert.equal((await offer(id)).json().code, 'badOffer');
  refuse = null;
  assert.equal((await offer('0'.repeat(32))).json().code, 'sessionNotFound');
  await http.inject({ method: 'DELETE', url: path });
  const over = await offer(id);
  assert.deepEqual([over.statusCode, over.json().code], [404, 'sessionNotFound']);
});

test('what WHIP keeps for later is refused by its name, at the door and at a session', async () => {
  const rows = [
    ['/whip', ['GET', 'HEAD', 'PUT', 'PATCH', 'DELETE'], 'OPTIONS, POST'],
    ['/whep', ['GET', 'PUT'], 'OPTIONS, POST'],
    [`/whip/${'0'.repeat(32)}`, ['GET', 'HEAD', 'PUT', 'POST'], 'DELETE, OPTIONS, PATCH'],
  ] as const;
  for (const [url, methods, allow] of rows) {
    for (const method of methods) {
      const answer = await http.inject({ method, url });
      assert.deepEqual([answer.statusCode, answer.headers.allow], [405, allow], `${method} ${url}`);
      assert.equal(answer.headers['access-control-allow-origin'], '*');
      if (method !== 'HEAD') assert.equal(answer.json().code, 'methodNotAllowed');
    }
  }
});

test('everybody is told what happens, with numbers; who was cut off gets what it missed', async () => {
  const ann = await listen(await join('Ann', '9'));
  const { conference } = await ann.until('conference');
  assert.deepEqual([conference.subject, conference.participants.length], ['Conference 1', 1]);
  assert.equal(conference.participants[0].id, conference.self);
  assert.equal(conference.participants[0].role, 'moderator');

  const bobPath = await join('Bob');
  const joined = await ann.until('joined');
  assert.deepEqual([joined.participant.name, joined.participant.kind], ['Bob', 'browser']);
  assert.match(joined.number, /^[0-9]+-0$/);
  const bob = await listen(bobPath);
  const bobId = (await bob.until('conference')).conference.self;

  assert.equal((await bob.ask('raiseHand')).ok, true);
  assert.equal((await ann.until('changed')).participant.handRaised, true);
  await bob.ask('chat', { text: '<b>hello</b>' });
  const { message } = await ann.until('chat');
  assert.deepEqual([message.from, message.text, message.to], [bobId, '<b>hello</b>', null]);
  bob.socket.terminate();
  const seen = joined.number;
  await ann.ask('mute', { participant: bobId });
  await ann.ask('lock');
  const back = await listen(bobPath, seen);
  await back.until('state');
  const types = back.told.map(({ type }) => type);
  assert.deepEqual(types, ['changed', 'chat', 'changed', 'state']);
  assert.equal(back.told[2].participant.muted, true);
  assert.equal(back.told[3].locked, true);
  const numbers = back.told.map(({ number }) => Number.parseInt(number, 10));
  assert.deepEqual(
    numbers,
    numbers.toSorted((a, b) => a - b),
  );

  // A word between two is told to them alone.
  await back.ask('chat', { text: 'psst', to: conference.self });
  assert.equal(ann.told.findLast(({ type }) => type === 'chat').message.to, conference.self);

  const refused = await back.ask('unlock');
  assert.deepEqual([refused.ok, refused.error.code], [false, 'notAllowed']);
  assert.equal((await back.ask('mute', { participant: conference.self })).error.code, 'notAllowed');
  assert.equal((await ann.ask('mute', { participant: 'nobody' })).error.code, 'notFound');
  assert.equal((await ann.ask('dance')).error.code, 'notSupported');
  assert.equal((await ann.ask('chat', { text: '' })).error.code, 'invalid');
  assert.equal((await ann.ask('invite', { address: 'x' })).error.code, 'notAllowed');
  assert.equal((await back.ask('passcode', { passcode: '1' })).error.code, 'refused');
  assert.equal((await ann.ask('record')).ok, true);
  assert.equal(ann.told.findLast(({ type }) => type === 'state').recording, 'on');

  assert.equal((await ann.ask('invite', { address: '3235550142' })).error.code, 'refused', 'locked');
  assert.equal((await ann.ask('unlock')).ok, true);
  const dialled = await ann.ask('invite', { address: '3235550142' });
  assert.equal(dialled.ok, true, JSON.stringify(dialled));
  const invited = ann.told.findLast(({ type }) => type === 'joined').participant;
  assert.deepEqual([invited.kind, invited.address, invited.state], ['number', '3235550142', 'connecting']);

  await ann.ask('remove', { participant: bobId });
  const left = await ann.until('left');
  assert.deepEqual([left.id, left.reason], [bobId, 'removed']);
  await ann.ask('terminate');
  assert.equal((await ann.until('ended')).type, 'ended');
});

/** Joins, and listens. */
async function comes(name: string, passcode = '1') {
  const browser = await listen(await join(name, passcode));
  const { conference } = await browser.until('conference');
  return { ...browser, conference, id: conference.self as string };
}

test('a moderator’s mute is told from one’s own; hands are lowered by moderators; who comes later is told what was written', async () => {
  const ann = await comes('Ann', '9');
  const bob = await comes('Bob');
  const bobNow = () => ann.told.findLast(({ type }) => type === 'changed')?.participant;
  assert.equal(bob.conference.participants[1].mutedBy, null);
  await bob.ask('mute');
  assert.equal(bobNow().mutedBy, 'self');
  await ann.ask('mute', { participant: bob.id });
  assert.deepEqual([bobNow().muted, bobNow().mutedBy], [true, 'moderator']);
  await bob.ask('mute');
  assert.equal(bobNow().mutedBy, 'moderator', 'still');
  await ann.ask('unmute', { participant: bob.id });
  assert.deepEqual([bobNow().muted, bobNow().mutedBy], [false, null]);
  await ann.ask('muteAll');
  assert.equal(bobNow().mutedBy, 'moderator');

  await bob.ask('raiseHand');
  assert.equal((await bob.ask('lowerHand', { participant: ann.id })).error.code, 'notAllowed');
  await ann.ask('lowerHand', { participant: bob.id });
  assert.equal(bobNow().handRaised, false);

  await bob.ask('hold');
  assert.equal(bobNow().state, 'held');
  await bob.ask('retrieve');
  assert.equal(bobNow().state, 'connected');

  await ann.ask('chat', { text: 'first' });
  await ann.ask('chat', { text: 'secret', to: bob.id });
  const cid = await comes('Cid');
  assert.deepEqual(
    cid.conference.chat.map(({ text, name }: { text: string; name: string }) => [name, text]),
    [['Ann', 'first']],
  );
  assert.deepEqual(
    [(await ann.ask('extend', { minutes: 10 })).error.code, (await bob.ask('extend')).error.code],
    ['refused', 'notAllowed'],
  );
  await ann.ask('record', { name: 'Weekly', description: 'of all' });
  const call = runtime.refOfLeg([...ends.keys()].at(-1)!)!;
  assert.equal(ann.told.findLast(({ type }) => type === 'state').recordingName, 'Weekly');
  assert.deepEqual(runtime.call(call.callId)!.recordingLabel, { name: 'Weekly', description: 'of all' });
  await ann.ask('record', { name: 'Monthly' });
  assert.equal(ann.told.findLast(({ type }) => type === 'state').recordingName, 'Monthly', 'it goes on');
  // What applications attach is theirs: nothing of a conference is in it, and it changes nothing there.
  const { data, connections } = runtime.call(call.callId)!;
  assert.deepEqual([data, ...[...connections.values()].map((one) => one.data)], [{}, {}, {}, {}]);
  await runtime.do(associateData, {
    callId: call.callId,
    connectionId: bob.id,
    set: { handRaised: true, mutedBy: 'moderator', chat: { text: 'forged' } },
  });
  assert.deepEqual([bobNow().handRaised, bobNow().mutedBy], [false, 'moderator']);
  assert.equal(ann.told.findLast(({ type }) => type === 'chat').message.text, 'secret');

  assert.equal((await cid.ask('moderate', { passcode: '7' })).error.code, 'notAllowed');
  assert.equal((await cid.ask('moderate', { passcode: '1' })).error.code, 'notAllowed', 'that of participants');
  assert.equal((await cid.ask('lock')).error.code, 'notAllowed');
  assert.equal((await cid.ask('moderate', { passcode: '9' })).ok, true);
  assert.equal((await cid.ask('lock')).ok, true);
  await cid.ask('terminate');
});

test('at a locked conference one knocks: moderators are told, let in or turn away', async () => {
  const ann = await comes('Ann', '9');
  const bob = await comes('Bob');
  await ann.ask('lock');
  const refused = await offer(await tokenFor('Dan'));
  assert.deepEqual([refused.statusCode, refused.json().code], [403, 'conferenceLocked']);
  const atDoor = async (name: string) => {
    const answer = await offer(await tokenFor(name), {}, '/whip?knock=1');
    assert.equal(answer.statusCode, 201, answer.body);
    const browser = await listen(new URL(String(answer.headers['location'])).pathname);
    const { passcodeNeeded, permissionNeeded } = await browser.until('admission');
    assert.deepEqual([passcodeNeeded, permissionNeeded], [false, true]);
    return browser;
  };
  const pending = () => ann.told.findLast(({ type }) => type === 'pending').participants;
  const cid = await atDoor('Cid');
  assert.equal((await cid.ask('chat', { text: 'hello?' })).error.code, 'notAllowed', 'not in yet');
  assert.equal((await cid.ask('knock')).ok, true);
  assert.equal((await cid.ask('knock')).error.code, 'refused', 'once is enough');
  await ann.until('pending');
  assert.deepEqual(
    pending().map(({ name }: { name: string }) => name),
    ['Cid'],
  );
  assert.equal(bob.told.filter(({ type }) => type === 'pending').length, 0, 'moderators alone');
  assert.equal((await bob.ask('admit', { participant: pending()[0].id })).error.code, 'notAllowed');
  assert.equal((await ann.ask('admit', { participant: 'nobody' })).error.code, 'notFound');
  assert.equal((await ann.ask('admit', { participant: pending()[0].id })).ok, true);
  assert.equal((await cid.until('conference')).conference.participants.length, 3);
  assert.deepEqual(pending(), []);

  const dan = await atDoor('Dan');
  await dan.ask('knock');
  const danEnds = ends.get([...ends.keys()].at(-1)!)!;
  await ann.ask('deny', { participant: pending()[0].id });
  assert.equal((await dan.until('call', 2)).state, 'ended');
  assert.deepEqual(dan.told.find(({ refused }) => refused !== undefined).refused, 'denied');
  danEnds('normal');

  const fay = await atDoor('Fay');
  await fay.ask('knock');
  await ann.ask('unlock');
  assert.equal((await fay.until('conference')).conference.locked, false, 'an open door is no door');
  await ann.ask('terminate');
});

test('who listens alone asks at another door, in the same way', async () => {
  const answer = await offer(await tokenFor('Ear'), {}, '/whep');
  assert.equal(answer.statusCode, 201);
  const path = new URL(String(answer.headers['location'])).pathname;
  assert.match(path, /^\/whep\/[0-9a-f]{32}$/);
  assert.equal(entries.at(-1)!.listens, true);
  const ear = await listen(path);
  assert.equal((await ear.until('conference')).conference.participants.length, 1);
  assert.equal((await http.inject({ method: 'OPTIONS', url: '/whep' })).statusCode, 204);
  assert.equal((await http.inject({ method: 'DELETE', url: path })).statusCode, 200);
  await calls.settle();
  assert.equal(runtime.snapshot().length, 0);
});

test('who knows no session gets no events, and what is no command ends the socket', async () => {
  const closed = (ws: { on(name: 'close', done: (code: number) => void): void }) =>
    new Promise<number>((resolve) => ws.on('close', resolve));
  const unknown = await http.injectWS(`/whip/${'0'.repeat(32)}/events`);
  assert.equal(await closed(unknown), 4404);
  const path = await join('Ann', '9');
  const { socket, until } = await listen(path);
  await until('conference');
  const end = closed(socket);
  socket.send('{"do":');
  assert.equal(await end, 1007);
  const ref = runtime.refOfLeg([...ends.keys()].at(-1)!)!;
  const other = await listen(path);
  await other.until('conference');
  const over = closed(other.socket);
  await runtime.do(clearConnection, ref);
  ends.get([...ends.keys()].at(-1)!)?.('removed');
  assert.equal(await over, 4000);
  assert.deepEqual(other.told.at(-1), { type: 'call', state: 'ended', reason: 'removed' });
});

test('whoever may join is told of TURN servers, with a login for a while: by Link, and in the token; nothing shows where it goes', async () => {
  const token = await tokenFor('Ann');
  const isLogin = (name: string, credential: string) => {
    assert.match(name, new RegExp(`^${Math.floor(clock.now() / 1000) + 3600}:[\\w-]{12}$`));
    assert.equal(credential, createHmac('sha1', 'north').update(name).digest('base64'));
  };
  const [claims = ''] = token.split('.').slice(1);
  const { iceServers } = JSON.parse(Buffer.from(claims, 'base64url').toString());
  const urls = ['turn:turn.example.test:3478?transport=udp', 'turns:turn.example.test'];
  assert.deepEqual(
    iceServers.map((one: { urls: unknown }) => one.urls),
    [urls],
  );
  isLogin(iceServers[0].username, iceServers[0].credential);
  const names = new Set([iceServers[0].username]);
  const areLinks = (links: unknown) => {
    assert.ok(Array.isArray(links));
    for (const [i, link] of links.entries()) {
      const [, url, name = '', credential = ''] =
        /^<(.+)>; rel="ice-server"; username="(.+)"; credential="(.+)"; credential-type="password"$/.exec(link) ?? [];
      assert.equal(url, urls[i]);
      isLogin(name, credential);
      names.add(name);
    }
    assert.equal(links.length, urls.length);
  };
  const ask = (authorization: Record<string, string>) =>
    http.inject({ method: 'OPTIONS', url: '/whip', headers: authorization });
  const options = await ask({ authorization: `Bearer ${token}` });
  assert.equal(options.statusCode, 204);
  areLinks(options.headers['link']);
  for (const none of [{}, { authorization: 'Bearer x.y.z' }])
    assert.equal((await ask(none)).headers['link'], undefined);
  const joined = await offer(token);
  assert.equal(joined.statusCode, 201);
  areLinks(joined.headers['link']);
  // In a long session they run out.
  clock.advance(1_800_000);
  const url = new URL(String(joined.headers.location)).pathname;
  const headers = { 'content-type': 'application/trickle-ice-sdpfrag', 'if-match': String(joined.headers['etag']) };
  const later = await http.inject({ method: 'PATCH', url, headers, payload: '' });
  assert.equal(later.statusCode, 204);
  areLinks(later.headers['link']);
  // Also to who does not know which way is meant, as an answer was lost.
  const lost = await http.inject({ method: 'PATCH', url, headers: { ...headers, 'if-match': '"?"' }, payload: '' });
  assert.equal(lost.statusCode, 412);
  areLinks(lost.headers['link']);
  assert.equal(names.size, 5, 'each is another one');
  assert.equal((await ask({ authorization: `Bearer ${token}` })).headers['link'], undefined, 'it was used');
  await http.inject({ method: 'DELETE', url });
});

test('who asks with tokens over and over is refused for a while, at its address alone; who shows none costs nothing', async () => {
  const ask = async (address: string, headers: Record<string, string> = { authorization: 'Bearer x.y.z' }) =>
    (await http.inject({ method: 'OPTIONS', url: '/whip', headers, remoteAddress: address })).statusCode;
  const first = new Set<number>();
  for (let asked = 0; asked < 100; asked++) first.add(await ask('192.0.2.77'));
  assert.deepEqual([...first], [204]);
  assert.equal(await ask('192.0.2.77'), 429);
  assert.equal(await ask('192.0.2.78'), 204);
  assert.equal(await ask('192.0.2.77', {}), 204);
  clock.advance(1000);
  assert.equal(await ask('192.0.2.77'), 204);
});
