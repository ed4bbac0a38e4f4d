import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { cleanup } from 'node-datachannel';
import { loadOpus } from '../src/audio/opus.ts';
import { Phone } from './peers/baresip.ts';
import { listen } from './peers/hearing.ts';
import { needs } from './peers/installed.ts';
import { administrator, PartylineServer, sipPassword } from './peers/partyline.ts';
import { waitFor } from './peers/wait.ts';
import { fromNowOn } from './peers/web-peer.ts';
import { WebPhonePeer } from './peers/web-phone.ts';

/** A browser that is the phone of an extension, by itself and beside phones by SIP. */

const skip = needs('baresip');
const tones = { web: 500, other: 900, sip: 1300, second: 1700 };
let server: PartylineServer;
let sip: Phone;
let second: Phone;
const open: WebPhonePeer[] = [];
let cookie = '';

const base = () => `http://127.0.0.1:${server.httpPort}`;

before(async () => {
  if (skip !== false) return;
  server = await PartylineServer.start();
  const options = { password: sipPassword, server: server.sipAddress };
  sip = await Phone.start({ ...options, user: '103', tone: tones.sip });
  second = await Phone.start({ ...options, user: '104', tone: tones.second });
  await Promise.all([sip.registered(), second.registered()]);
});

after(async () => {
  for (const phone of open) phone.stop();
  await Promise.all([sip?.stop(), second?.stop()]);
  await server?.stop();
  cleanup();
});

async function webPhone(extension: string, tone: number): Promise<WebPhonePeer> {
  const phone = await WebPhonePeer.start({
    server: base(),
    ...administrator,
    extension,
    tone,
    codec: await loadOpus(),
  });
  open.push(phone);
  return phone;
}

/** As its user's /api/v2 has it. */
async function api(path: string, body?: object) {
  const login = Buffer.from(`${administrator.login}:${administrator.password}`).toString('base64');
  const answer = await fetch(`${base()}/api/v2${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: {
      ...(cookie === '' ? { authorization: `Basic ${login}` } : { cookie }),
      'content-type': 'application/json',
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  cookie ||= answer.headers.get('set-cookie')?.split(';', 1)[0] ?? '';
  // biome-ignore lint/suspicious/noExplicitAny: whatever came back; the test looks at it piece by piece
  return (await answer.json()) as any;
}

async function device(number: string): Promise<string> {
  const { devices } = await api('/me/devices?fields=*');
  return devices.find(({ phoneNumber }: { phoneNumber: string }) => phoneNumber === number).id;
}

/** Of this phone; the id of the one in this state. */
function callOf(number: string, state: string): Promise<string> {
  return waitFor(
    async () => {
      const id = await device(number);
      const { calls } = await api('/me/calls?fields=*');
      return calls.find(
        (one: { state: string; deviceUri: string }) => one.state === state && one.deviceUri.endsWith(id),
      )?.id;
    },
    5000,
    `a call of ${number} that is ${state}`,
  );
}

const done = { statusCode: 0 };

/** It rings from now on, once more: is answered. */
async function answering(phone: Phone, since: number): Promise<void> {
  await phone.event('CALL_INCOMING', 8000, since);
  await phone.answer();
}

test('two browsers call each other: it rings, is answered, both hear the other, digits and hold are told, one hangs up', {
  skip,
}, async () => {
  const [ann, bob] = [await webPhone('101', tones.web), await webPhone('102', tones.other)];
  const out = await ann.dial('102');
  const rings = await bob.inState('ringing');
  assert.deepEqual(bob.calls.get(rings)!.party, { name: 'Phone 101', number: '101' });
  await waitFor(() => ann.calls.get(out)?.state === 'ringing', 3000, 'the caller to be told that it rings');
  await bob.pickUp(rings);
  await waitFor(() => ann.calls.get(out)?.state === 'established', 3000, 'the caller to be told of the answer');
  await fromNowOn(() => ann.hears(out, tones.other) > -28 && bob.hears(rings, tones.web) > -28, 5000, 'both to hear');
  await fromNowOn(
    () => ann.hears(out, tones.other) > -28 && ann.hears(out, tones.web) < -42,
    5000,
    'to hear the other and not oneself',
  );
  await bob.ask('digits', { call: rings, digits: '12#' });
  await bob.ask('hold', { call: rings });
  await waitFor(() => ann.hears(out, tones.other) < -42, 5000, 'the other to be gone from the line');
  await bob.ask('retrieve', { call: rings });
  await fromNowOn(() => ann.hears(out, tones.other) > -28, 5000, 'the other to be back');
  await bob.ask('hangUp', { call: rings });
  assert.equal((await ann.ended(out)).reason, 'normal');
  await assert.rejects(bob.ask('hangUp', { call: rings }), { code: 'notFound' });
  ann.stop();
  bob.stop();
});

test('a browser whose network changes in a call stays in it, also with its socket gone; what only rings cannot move', {
  skip,
}, async () => {
  const [ann, bob] = [await webPhone('101', tones.web), await webPhone('102', tones.other)];
  const out = await ann.dial('102');
  const rings = await bob.inState('ringing');
  assert.equal((await bob.offerAgain(rings, ann.offered)).status, 404);
  await bob.pickUp(rings);
  await fromNowOn(() => ann.hears(out, tones.other) > -28 && bob.hears(rings, tones.web) > -28, 10_000, 'both to hear');
  bob.drop();
  await bob.move(rings);
  await fromNowOn(() => bob.hears(rings, tones.web) > -28, 10_000, 'to hear the other again');
  await fromNowOn(() => ann.hears(out, tones.other) > -28, 10_000, 'to be heard again');
  await bob.connect();
  assert.equal(bob.calls.get(rings)?.state, 'established');
  assert.equal(ann.calls.get(out)?.state, 'established');
  // Once more, in a call of its own that is held.
  await ann.ask('hold', { call: out });
  await ann.move(out);
  await ann.ask('retrieve', { call: out });
  await fromNowOn(() => ann.hears(out, tones.other) > -28 && bob.hears(rings, tones.web) > -28, 10_000, 'both again');
  await bob.ask('hangUp', { call: rings });
  assert.equal((await ann.ended(out)).reason, 'normal');
  assert.equal((await ann.offerAgain(out, ann.offered)).status, 404);
  ann.stop();
  bob.stop();
});

test('a browser whose page is gone comes back to its call within the time of a lost network; else it is told why that ended', {
  skip,
}, async () => {
  const [ann, bob] = [await webPhone('101', tones.web), await webPhone('102', tones.other)];
  const out = await ann.dial('102');
  const rings = await bob.inState('ringing');
  await bob.pickUp(rings);
  const [eve, dan] = [await webPhone('103', tones.web), await webPhone('104', tones.other)];
  const beside = await eve.dial('104');
  const besides = await dan.inState('ringing');
  await dan.pickUp(besides);
  const allHear = () =>
    ann.hears(out, tones.other) > -28 &&
    bob.hears(rings, tones.web) > -28 &&
    eve.hears(beside, tones.other) > -28 &&
    dan.hears(besides, tones.web) > -28;
  await fromNowOn(allHear, 10_000, 'all to hear');
  // The page goes, and another knows where the phone is.
  bob.drop();
  bob.silence(rings);
  await waitFor(() => ann.hears(out, tones.other) < -42, 10_000, 'silence');
  bob.calls.clear();
  await bob.connect();
  assert.equal(bob.calls.get(rings)?.state, 'established');
  assert.equal(bob.place(rings), 'talks 101');
  // Longer than a browser that says nothing is waited for: its page was there. One that is silent from now on is
  // missed.
  dan.drop();
  dan.silence(besides);
  assert.equal((await eve.ended(beside)).reason, 'timeout');
  assert.equal(ann.calls.get(out)?.state, 'established');
  await bob.move(rings);
  await fromNowOn(() => bob.hears(rings, tones.web) > -28 && ann.hears(out, tones.other) > -28, 10_000, 'both again');

  bob.drop();
  bob.silence(rings);
  const { reason } = await waitFor(
    () => [ann.calls.get(out)!].find(({ state }) => state === 'ended'),
    20_000,
    'the call to end',
  );
  assert.equal(reason, 'timeout');
  await bob.connect();
  assert.deepEqual([bob.calls.get(rings)?.state, bob.calls.get(rings)?.reason], ['ended', 'timeout']);
  for (const phone of [ann, bob, eve, dan]) phone.stop();
});

test('a fork rings the browser and the phone by SIP alike; who answers has it, the other is told; a refusal lets the other ring on', {
  skip,
}, async () => {
  const ann = await webPhone('101', tones.web);
  const bob = await webPhone('103', tones.other);
  const first = await ann.dial('103');
  const rings = await bob.inState('ringing');
  await answering(sip, 0);
  assert.equal((await bob.ended(rings)).reason, 'callCancelled');
  await fromNowOn(() => ann.hears(first, tones.sip) > -30, 5000, 'the phone by SIP to be heard');
  await ann.ask('hangUp', { call: first });
  await sip.event('CALL_CLOSED');

  const again = await ann.dial('103');
  const next = await bob.inState('ringing', [rings]);
  await bob.pickUp(next);
  await fromNowOn(() => ann.hears(again, tones.other) > -28, 5000, 'the browser to be heard');
  await bob.ask('hangUp', { call: next });
  await ann.ended(again);

  const third = await ann.dial('103');
  const refused = await bob.inState('ringing', [rings, next]);
  await bob.ask('refuse', { call: refused });
  assert.equal(ann.calls.get(third)?.state, 'ringing', 'the phone by SIP rings on');
  await ann.ask('hangUp', { call: third });
  ann.stop();
  bob.stop();
});

test('by /api/v2 a browser dials, is had to answer, consults, swaps and merges on one leg, and hears who it should', {
  skip,
}, async () => {
  const ann = await webPhone('101', tones.web);
  const since = [sip.events.length, second.events.length] as const;
  const asked = api(`/me/devices/${await device('101')}/calls`, {
    operationName: 'Dial',
    destination: { phoneNumber: '103' },
  });
  const own = await ann.inState('ringing');
  assert.equal(ann.calls.get(own)!.autoAnswer, true);
  await ann.pickUp(own);
  assert.deepEqual(await asked, done);
  await answering(sip, since[0]);
  await fromNowOn(() => ann.hears(own, tones.sip) > -30, 5000, 'the first to be heard');

  const original = await callOf('101', 'Established');
  const consult = { operationName: 'InitiateConference', destination: { phoneNumber: '104' } };
  assert.deepEqual(await api(`/me/calls/${original}`, consult), done);
  await answering(second, since[1]);
  await fromNowOn(() => ann.hears(own, tones.second) > -30 && ann.hears(own, tones.sip) < -42, 5000, 'the second');
  assert.equal([...ann.calls.values()].filter(({ state }) => state === 'established').length, 1, 'one leg');
  await ann.inPlace(own, 'talks 104 | waits 103');
  const consultation = await callOf('101', 'Established');
  assert.deepEqual(await api(`/me/calls/${consultation}`, { operationName: 'SwapCalls' }), done);
  await fromNowOn(() => ann.hears(own, tones.sip) > -30 && ann.hears(own, tones.second) < -42, 5000, 'the first again');
  await ann.inPlace(own, 'talks 103 | waits 104');
  assert.deepEqual(await api(`/me/calls/${original}`, { operationName: 'CompleteConference' }), done);
  await ann.inPlace(own, 'talks 103, 104');
  await fromNowOn(() => ann.hears(own, tones.sip) > -30 && ann.hears(own, tones.second) > -30, 5000, 'both');
  await listen([{ phone: second, hears: [tones.web, tones.sip], notHears: [tones.second] }]);
  // Held and taken back by one, and told to the other, both ways.
  const merged = await callOf('101', 'Established');
  assert.deepEqual(await api(`/me/calls/${merged}`, { operationName: 'Hold' }), done);
  await ann.inPlace(own, 'holds 103, 104');
  await ann.ask('retrieve', { call: own });
  assert.equal(await callOf('101', 'Established'), merged);
  await ann.ask('hold', { call: own });
  assert.equal(await callOf('101', 'Held'), merged);
  assert.deepEqual(await api(`/me/calls/${merged}`, { operationName: 'Retrieve' }), done);
  await ann.inPlace(own, 'talks 103, 104');
  await fromNowOn(() => ann.hears(own, tones.sip) > -30 && ann.hears(own, tones.second) > -30, 5000, 'both once more');
  await listen([{ phone: second, hears: [tones.web, tones.sip], notHears: [tones.second] }]);
  await ann.ask('hangUp', { call: own });
  await sip.hangup();
  await Promise.all([sip.ended(8000, since[0]), second.ended(8000, since[1])]);

  // Answer, asked for elsewhere.
  const bob = await webPhone('102', tones.other);
  const out = await bob.dial('101');
  const rings = await ann.inState('ringing');
  assert.deepEqual(await api(`/me/calls/${await callOf('101', 'Ringing')}`, { operationName: 'Answer' }), done);
  await waitFor(() => ann.told.some(({ type, call }) => type === 'pickUp' && call === rings), 3000, 'to pick up');
  await ann.pickUp(rings);
  await fromNowOn(() => bob.hears(out, tones.web) > -28, 5000, 'the browser to be heard');
  await bob.ask('hangUp', { call: out });
  await ann.ended(rings);
  ann.stop();
  bob.stop();
});

test('two calls of a browser are merged, and two left with each other: by its socket, each hears who it should', {
  skip,
}, async () => {
  const ann = await webPhone('101', tones.web);
  const since = [sip.events.length, second.events.length] as const;
  const original = await ann.dial('103');
  await answering(sip, since[0]);
  await fromNowOn(() => ann.hears(original, tones.sip) > -30, 5000, 'the first to be heard');
  await ann.ask('hold', { call: original });
  const consult = await ann.dial('104');
  await answering(second, since[1]);
  await fromNowOn(() => ann.hears(consult, tones.second) > -30, 5000, 'the second to be heard');
  await ann.ask('merge', { call: original, other: consult });
  assert.equal((await ann.ended(consult)).reason, 'conference');
  await fromNowOn(() => ann.hears(original, tones.sip) > -30 && ann.hears(original, tones.second) > -30, 5000, 'both');
  await listen([
    { phone: sip, hears: [tones.web, tones.second], notHears: [tones.sip] },
    { phone: second, hears: [tones.web, tones.sip], notHears: [tones.second] },
  ]);
  // Its network changes while three talk.
  await ann.move(original);
  await fromNowOn(
    () => ann.hears(original, tones.sip) > -30 && ann.hears(original, tones.second) > -30,
    10_000,
    'again',
  );
  await listen([{ phone: sip, hears: [tones.web, tones.second], notHears: [tones.sip] }]);
  await ann.ask('hangUp', { call: original });
  await Promise.all([sip.hangup(), second.hangup()]);
  await Promise.all([sip.ended(8000, since[0]), second.ended(8000, since[1])]);

  const again = [sip.events.length, second.events.length] as const;
  const held = await ann.dial('103');
  await answering(sip, again[0]);
  await waitFor(() => ann.calls.get(held)?.state === 'established', 5000, 'the first to be answered');
  await ann.ask('hold', { call: held });
  const asked = await ann.dial('104');
  await answering(second, again[1]);
  await waitFor(() => ann.calls.get(asked)?.state === 'established', 5000, 'the second to be answered');
  await ann.ask('transfer', { call: held, other: asked });
  await Promise.all([ann.ended(held), ann.ended(asked)]);
  await listen([
    { phone: sip, hears: [tones.second], notHears: [tones.web] },
    { phone: second, hears: [tones.sip], notHears: [tones.web] },
  ]);
  await sip.hangup();
  await Promise.all([sip.ended(8000, again[0]), second.ended(8000, again[1])]);

  // To whoever is dialled, without asking there.
  const third = [sip.events.length, second.events.length] as const;
  const sent = await ann.dial('103');
  await answering(sip, third[0]);
  await waitFor(() => ann.calls.get(sent)?.state === 'established', 5000, 'to be answered');
  await ann.ask('transfer', { call: sent, to: '104' });
  await answering(second, third[1]);
  await ann.ended(sent);
  await listen([{ phone: sip, hears: [tones.second], notHears: [tones.web] }]);
  await sip.hangup();
  await Promise.all([sip.ended(8000, third[0]), second.ended(8000, third[1])]);
  ann.stop();
});
