import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { cleanup } from 'node-datachannel';
import { loadOpus } from '../src/audio/opus.ts';
import { PartylineServer } from './peers/partyline.ts';
import { waitFor } from './peers/wait.ts';
import { fromNowOn, WebPeer } from './peers/web-peer.ts';

/** At the door of a locked conference that asks for a passcode: browsers that gave none with the token. */

const tones = { moderator: 500, guest: 900 };
let server: PartylineServer;
const open: { close(): void }[] = [];

before(async () => {
  server = await PartylineServer.start();
});

after(async () => {
  for (const one of open) one.close();
  await server.stop();
  // The threads of its library would keep this process.
  cleanup();
});

// biome-ignore lint/suspicious/noExplicitAny: whatever JSON came; the test looks at it piece by piece
type Told = any;

/** Comes with a token, made with this passcode or none, and follows its events. */
async function comes(name: string, tone: number, passcode: string | null = null) {
  const base = `http://127.0.0.1:${server.httpPort}`;
  const asked = await fetch(`${base}/ups/resources/middleware/token`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ conferenceId: '2003', userName: name, passcode }),
  });
  const { token } = (await asked.json()) as { token: string };
  const peer = new WebPeer(tone, await loadOpus());
  const answer = await fetch(`${base}/whip?knock=1`, {
    method: 'POST',
    headers: { 'content-type': 'application/sdp', authorization: `Bearer ${token}` },
    body: await peer.offer(),
  });
  assert.equal(answer.status, 201);
  peer.answered(await answer.text());
  const told: Told[] = [];
  const socket = new WebSocket(`${(answer.headers.get('location') ?? '').replace(/^http/, 'ws')}/events`);
  socket.addEventListener('message', ({ data }) => told.push(JSON.parse(String(data))));
  open.push({
    close: () => {
      peer.close();
      socket.close();
    },
  });
  const until = (what: string, happened: (message: Told) => boolean): Promise<Told> =>
    waitFor(
      () => told.find(happened),
      20_000,
      () => `${name} to be told ${what}: ${JSON.stringify(told.slice(-5))}`,
    );
  await waitFor(() => socket.readyState === 1, 10_000, 'its socket');
  let id = 0;
  const ask = async (what: string, more: object = {}) => {
    const mine = ++id;
    socket.send(JSON.stringify({ id: mine, do: what, ...more }));
    const { ok, error } = await until(`an answer to ${what}`, (one) => one.type === 'answer' && one.id === mine);
    return ok === true ? 'done' : error.code;
  };
  const needs = (passcodeNeeded: boolean, permissionNeeded: boolean, refused?: string) =>
    until(
      'what is needed',
      (one) =>
        one.type === 'admission' &&
        one.passcodeNeeded === passcodeNeeded &&
        one.permissionNeeded === permissionNeeded &&
        one.refused === refused,
    );
  return { name, peer, told, until, ask, needs };
}

type Browser = Awaited<ReturnType<typeof comes>>;

async function decides(moderator: Browser, what: 'admit' | 'deny', name: string): Promise<void> {
  const { id } = await waitFor(
    () =>
      moderator.told.findLast(({ type }) => type === 'pending')?.participants.find((one: Told) => one.name === name),
    20_000,
    `${name} to knock`,
  );
  assert.equal(await moderator.ask(what, { participant: id }), 'done');
}

async function isIn(guest: Browser, moderator: Browser): Promise<void> {
  const { conference } = await guest.until('the conference', ({ type }) => type === 'conference');
  const own = conference.participants.find(({ id }: Told) => id === conference.self);
  assert.deepEqual([own.name, own.role], [guest.name, 'participant']);
  await fromNowOn(() => guest.peer.hears(tones.moderator) > -30, 20_000, `${guest.name} to hear`);
  await fromNowOn(() => moderator.peer.hears(tones.guest) > -30, 20_000, `${guest.name} to be heard`);
}

test('who gave no passcode waits at the locked door: after the right one, or without any; let in, or turned away', async () => {
  const ann = await comes('Ann', tones.moderator, '9911');
  await ann.until('the conference', ({ type }) => type === 'conference');
  const early = await comes('Eve', 1300);
  await early.needs(true, false);
  assert.equal(await early.ask('knock'), 'refused', 'nothing is locked');
  assert.equal(await ann.ask('lock'), 'done');

  const bob = await comes('Bob', tones.guest);
  await bob.needs(true, true);
  assert.equal(await bob.ask('passcode', { passcode: '1111' }), 'done');
  await bob.needs(true, true, 'wrongPasscode');
  assert.equal(await bob.ask('passcode', { passcode: '2233' }), 'done');
  await bob.needs(false, true);
  const goesOn = () => Number.isFinite(ann.peer.hears(tones.moderator));
  await fromNowOn(goesOn, 20_000, 'half a second of the conference');
  // At the most the beginning of something else, which is never as loud at one frequency as who says that.
  assert.ok(bob.peer.hasHeard(tones.moderator) < -30, `${bob.peer.hasHeard(tones.moderator)} dB of her outside`);
  assert.equal(await bob.ask('knock'), 'done');
  await decides(ann, 'admit', 'Bob');
  await isIn(bob, ann);
  bob.peer.close();

  const cid = await comes('Cid', tones.guest);
  await cid.needs(true, true);
  assert.equal(await cid.ask('knock'), 'done');
  assert.equal(await cid.ask('passcode', { passcode: '2233' }), 'refused', 'it has knocked instead');
  await decides(ann, 'admit', 'Cid');
  await isIn(cid, ann);

  const dan = await comes('Dan', tones.guest);
  await dan.needs(true, true);
  assert.equal(await dan.ask('knock'), 'done');
  await decides(ann, 'deny', 'Dan');
  await dan.needs(false, true, 'denied');
  await dan.until('its end', ({ type, state }) => type === 'call' && state === 'ended');

  // Moderators pass locks.
  const mia = await comes('Mia', 1700);
  await mia.needs(true, true);
  assert.equal(await mia.ask('passcode', { passcode: '9911' }), 'done');
  await mia.until('the conference', ({ type }) => type === 'conference');
});
