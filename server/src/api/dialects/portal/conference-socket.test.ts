import assert from 'node:assert/strict';
import { test } from 'node:test';
import { associateData } from '../../../call/services/associate-data.ts';
import { clearConnection } from '../../../call/services/clear-connection.ts';
import { setLocked } from '../../../call/services/set-locked.ts';
import { noRecords } from '../../../directory/records.ts';
import {
  calls,
  clock,
  comes,
  directory,
  ends,
  http,
  join,
  listen,
  logIn,
  offer,
  runtime,
  tokenFor,
} from './testing/whip-door.ts';

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
  const { reason, by } = await ann.until('ended');
  assert.deepEqual([reason, by], ['normal', 'Ann']);
});

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
  for (const one of [ann, bob]) assert.deepEqual(await one.until('allMuted'), { type: 'allMuted', muted: true });

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

test('who stays after the time of a conference becomes its moderator by the passcode', async () => {
  const ann = await comes('Ann');
  const now = directory.records.conferenceById('3-211-1')!;
  const schedule = { start: '2001-01-05T09:00', durationMs: 3_600_000, timeZone: 'UTC', repeat: 'never' } as const;
  const write = (conference: typeof now) =>
    directory.apply({ put: { ...noRecords, conferences: [conference] }, remove: [] });
  write({ ...now, schedule });
  assert.equal((await ann.ask('moderate', { passcode: '8' })).error.code, 'notAllowed');
  assert.equal((await ann.ask('moderate', { passcode: '9' })).ok, true);
  assert.equal((await ann.ask('terminate')).ok, true);
  write(now);
});

test('at a locked conference one knocks: moderators are told, let in or turn away', async () => {
  const ann = await comes('Ann', '9');
  const bob = await comes('Bob');
  const mia = await comes('Mia', '9');
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
  const { id } = pending()[0];
  assert.equal((await ann.ask('admit', { participant: id })).ok, true);
  assert.equal((await cid.until('conference')).conference.participants.length, 4);
  const empty = { type: 'pending', participants: [] };
  const lastOfMia = () => mia.told.findLast(({ type }) => type === 'pending');
  assert.deepEqual(pending(), []);
  assert.deepEqual(lastOfMia(), { ...empty, decided: { id, admitted: true, by: 'Ann' } });

  const dan = await atDoor('Dan');
  await dan.ask('knock');
  const danEnds = ends.get([...ends.keys()].at(-1)!)!;
  const { id: danId } = pending()[0];
  await ann.ask('deny', { participant: danId });
  assert.deepEqual(lastOfMia(), { ...empty, decided: { id: danId, admitted: false, by: 'Ann' } });
  assert.equal((await dan.until('call', 2)).state, 'ended');
  assert.deepEqual(dan.told.find(({ refused }) => refused !== undefined).refused, 'denied');
  danEnds('normal');

  // Who was cut off is told that somebody does not wait any more.
  const eve = await atDoor('Eve');
  await eve.ask('knock');
  const seen = ann.told.findLast(({ number }) => number !== undefined).number;
  ann.socket.terminate();
  const from = mia.told.length;
  ends.get([...ends.keys()].at(-1)!)!('normal');
  assert.deepEqual(await mia.until('pending', from), empty);
  const back = await listen(ann.path, seen);
  for (const what of ['raiseHand', 'lowerHand']) await back.ask(what);
  assert.deepEqual(
    back.told.filter(({ type }) => type === 'pending'),
    [empty],
  );

  const fay = await atDoor('Fay');
  await fay.ask('knock');
  await back.ask('unlock');
  assert.equal((await fay.until('conference')).conference.locked, false, 'an open door is no door');

  // As the administration does it.
  await back.ask('lock');
  const gus = await atDoor('Gus');
  await gus.ask('knock');
  await runtime.do(setLocked, { callId: runtime.callOfConference('3-211-1')!.id, locked: false });
  assert.equal((await gus.until('conference')).conference.locked, false, 'whoever opens it');
  await back.ask('terminate');
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

test('a recording that fails is told to all in the conference, at once also while nothing can be stored', async () => {
  const ann = await comes('Ann', '9');
  const bob = await comes('Bob');
  const { callId } = runtime.refOfLeg([...ends.keys()].at(-1)!)!;
  /** What Bob is told from the failure on. */
  const fails = async () => {
    await ann.ask('record');
    const id = runtime.call(callId)!.recordingId!;
    const from = bob.told.length;
    return { id, since: () => bob.told.slice(from), happens: () => runtime.recordingFailed(callId, id), from };
  };
  const first = await fails();
  first.happens();
  assert.equal((await bob.until('state', first.from)).recording, 'off');
  const [{ number, ...note }] = first.since();
  assert.deepEqual([/^[0-9]+-0$/.test(number), note], [true, { type: 'recordingFailed', id: first.id }]);

  const second = await fails();
  calls.store.beforeAppend = async () => {
    throw new Error('the disk is full');
  };
  second.happens();
  await bob.until('recordingFailed', second.from);
  assert.deepEqual(second.since(), [{ type: 'recordingFailed', id: second.id }]);
  assert.equal((await ann.ask('record')).error.code, 'unavailable', 'not yes');
  calls.store.beforeAppend = null;
  await clock.advanceAsync(1000);
  assert.equal((await bob.until('state', second.from)).recording, 'off');
  assert.deepEqual(
    second.since().map(({ type, id }) => [type, id]),
    [
      ['recordingFailed', second.id],
      ['recordingFailed', second.id],
      ['state', undefined],
    ],
  );
  await ann.ask('terminate');
});

test('the end of a recording is no failure of it when the last one in the conference is lost', async () => {
  const ann = await comes('Ann', '9');
  await ann.ask('record');
  const [legId] = [...ends.keys()].slice(-1);
  runtime.report(legId!, { type: 'mediaLost' });
  await ann.until('ended');
  assert.deepEqual(
    ann.told.filter(({ type }) => type === 'recordingFailed'),
    [],
  );
});

test('who signs in while in the conference is known from then on, and its moderator where it is the owner', async () => {
  const bob = await comes('Bob');
  assert.deepEqual([bob.conference.signedIn, bob.conference.moderatorPasscode], [false, true]);
  const roleNow = () => bob.told.findLast(({ type }) => type === 'changed')?.participant.role;
  for (const token of ['nonsense', await tokenFor('Bob')]) {
    assert.equal((await bob.ask('signIn', { token })).error.code, 'notAllowed');
  }
  assert.equal((await bob.ask('signIn', { token: 'a b' })).error.code, 'invalid');
  assert.equal((await bob.ask('signIn')).error.code, 'invalid');
  assert.equal((await bob.ask('signIn', { token: await logIn('other') })).ok, true);
  assert.equal(roleNow(), undefined, 'somebody else');
  assert.equal((await bob.ask('signIn', { token: await logIn('owner') })).ok, true);
  assert.equal(roleNow(), 'moderator');
  await bob.ask('terminate');
});
