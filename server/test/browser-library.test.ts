import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Page } from 'playwright-core';
// @ts-expect-error: a script without types
import { ensureSdk } from '../../scripts/build-sdk.mjs';
import { Phone } from './peers/baresip.ts';
import { Browser } from './peers/browser.ts';
import { listen } from './peers/hearing.ts';
import { needs } from './peers/installed.ts';
import { newMeeting } from './peers/new-meeting.ts';
import { administrator, PartylineServer, sipPassword } from './peers/partyline.ts';
import { keepPeers, losesItsWay } from './peers/visitors.ts';
import { waitFor } from './peers/wait.ts';

/** The browser library in real browsers: calls of a user's extension, doors of conferences, and what can go wrong. */

const skip = needs('chromium') || needs('baresip');
// Neither sums nor differences of these are one of them.
const tones = { one: 1530, other: 1990, phone: 700, agent: 1100 };
let server: PartylineServer;
let phone: Phone;
let agent: Phone;
let one: Browser;
let other: Browser;

const base = () => `http://127.0.0.1:${server.httpPort}`;

// biome-ignore lint/suspicious/noExplicitAny: what runs in the page has other globals
type InPage = any;

/** What makes speech clear takes an endless tone for noise. */
const application = `
var open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
var plain = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };
navigator.mediaDevices.getUserMedia = () => open({ audio: plain });
var told = [], pending = [], incoming = [], client, user;
function begin(configuration) {
  client = new AvayaClientServices();
  user = client.createUser(configuration);
  user.getCalls().addOnIncomingCallCallback((call) => { incoming.push(call); watch(call); });
  return user;
}
function watch(call) {
  for (const name of ['Started', 'RemoteAlerting', 'Establishing', 'Established', 'Ended', 'Failed', 'Held', 'Unheld',
    'ServiceUnavailable', 'ServiceAvailable']) {
    call['addOnCall' + name + 'Callback']((_call, more) =>
      told.push([name, more?.getReason?.() ?? more?.getError?.() ?? null]));
  }
  return call;
}
function meet(conferenceId, name, passcode) {
  var Info = AvayaClientServices.Services.Call.CallCreationInfo;
  var info = new Info(conferenceId);
  info.setConferenceID(conferenceId);
  info.setMeetMeUserName(name);
  if (passcode) info.setPasscode(passcode);
  info.setCallType(AvayaClientServices.Services.Call.CallType.CallTypeHttpMeetMe);
  window.call = watch(user.getCalls().createCall(info));
  call.start();
}
async function hears(callOf, hz) {
  var stream = client.getMediaServices().getAudioInterface().getRemoteMediaStream(callOf.getCallId());
  if (stream === undefined) return -200;
  window.context ??= new AudioContext();
  await context.resume();
  var analyser = context.createAnalyser();
  analyser.fftSize = 8192;
  var source = context.createMediaStreamSource(stream);
  source.connect(analyser);
  await new Promise((go) => setTimeout(go, 700));
  var bins = new Float32Array(analyser.frequencyBinCount);
  analyser.getFloatFrequencyData(bins);
  source.disconnect();
  var at = Math.round((hz * analyser.fftSize) / context.sampleRate);
  return Math.max(...bins.slice(at - 2, at + 3));
}
async function known(conference) {
  for (var tries = 0; !conference._known && tries < 400; tries++) await new Promise((go) => setTimeout(go, 50));
}
`;

before(async () => {
  if (skip !== false) return;
  await ensureSdk();
  server = await PartylineServer.start();
  const options = { password: sipPassword, server: server.sipAddress };
  phone = await Phone.start({ ...options, user: '103', tone: tones.phone });
  agent = await Phone.start({ ...options, user: '113', tone: tones.agent });
  const library = `<script src="${base()}/sdk/AvayaClientServices.min.js"></script>`;
  const page = `<!doctype html><title>An application</title><script>${keepPeers}</script>${library}<script>${application}</script>`;
  one = await Browser.start({ page, tone: tones.one });
  other = await Browser.start({ page, tone: tones.other });
  await Promise.all([phone.registered(), agent.registered()]);
});

after(async () => {
  await Promise.all([one?.stop(), other?.stop(), phone?.stop(), agent?.stop()]);
  await server?.stop();
});

async function hasTold(page: Page, what: string): Promise<string | null> {
  const find = async () =>
    (await page.evaluate((name) => (globalThis as InPage).told.find(([told]: [string]) => told === name), what)) as
      | [string, string | null]
      | undefined;
  let all = '';
  const said = async () => {
    const found = await find();
    if (found === undefined) all = JSON.stringify(await page.evaluate(() => (globalThis as InPage).told));
    return found;
  };
  const [, more] = await waitFor(said, 10_000, () => `the page to be told ${what}, and not ${all}`);
  return more;
}

const forget = (page: Page) => page.evaluate(() => (globalThis as InPage).told.splice(0));

/** Somebody in a conference from a page of its own. */
async function inMeeting(browser: Browser, conference: string, name: string, passcode = ''): Promise<Page> {
  const { page } = await browser.open();
  await page.evaluate(
    ([gateway, ...given]) => {
      const window = globalThis as InPage;
      const { Config } = window.AvayaClientServices;
      const configuration = new Config.UserConfiguration();
      const { hostname, port } = new URL(gateway!);
      const server = new Config.ServerInfo(hostname, Number(port), false);
      configuration.sgConfiguration.networkProviderConfiguration = { restConfig: server };
      window.begin(configuration);
      window.meet(...given);
    },
    [base(), conference, name, passcode],
  );
  await hasTold(page, 'Established');
  return page;
}

test('who logs in is called at its extension, answers, holds with music, refuses, misses, and dials', {
  skip,
  timeout: 300_000,
}, async () => {
  const { page, errors } = await one.open();
  const logIn = (password: string) =>
    page.evaluate(
      async ([gateway, login, secret]) => {
        const window = globalThis as InPage;
        const { Config } = window.AvayaClientServices;
        const { hostname, port } = new URL(gateway!);
        const user = window.begin({
          callUserConfiguration: { incomingCall: true },
          sgConfiguration: {
            enabled: true,
            credentialProvider: new Config.CredentialProvider(login, secret),
            networkProviderConfiguration: { restConfig: new Config.ServerInfo(hostname, Number(port), false) },
          },
        });
        return user.start().then(
          () => 'in',
          (error: InPage) => error.code,
        );
      },
      [base(), administrator.login, password],
    );
  assert.equal(await logIn('wrong'), 'loginWrong');
  assert.equal(await logIn(administrator.password), 'in');

  await phone.ring('101');
  const rings = (index: number) =>
    waitFor(
      () => page.evaluate((at) => (globalThis as InPage).incoming[at]?.getState() === 'alerting', index),
      10_000,
      'the page to ring',
    );
  await rings(0);
  const facts = await page.evaluate(() => {
    const [call] = (globalThis as InPage).incoming;
    return [call.isIncoming(), call.getRemoteNumber(), call.getRemoteDisplayName(), call.isConference()];
  });
  assert.deepEqual(facts, [true, '103', 'Phone 103', false]);
  await page.evaluate(() => (globalThis as InPage).incoming[0].accept());
  await hasTold(page, 'Established');
  await listen([{ phone, hears: [tones.one], notHears: [tones.phone] }]);
  const hears = () =>
    page.evaluate((hz) => (globalThis as InPage).hears((globalThis as InPage).incoming[0], hz), tones.phone);
  await waitFor(async () => ((await hears()) as number) > -60, 10_000, 'the page to hear the phone');
  await losesItsWay(page);
  await listen([{ phone, hears: [tones.one], notHears: [tones.phone] }]);
  await waitFor(async () => ((await hears()) as number) > -60, 10_000, 'the page to hear the phone by the other way');
  const names = (await page.evaluate(() => (globalThis as InPage).told)).map(([name]: [string]) => name);
  assert.deepEqual(names, ['Establishing', 'Established'], 'and no callback tells of it');
  await page.evaluate(() => (globalThis as InPage).incoming[0].hold());
  await hasTold(page, 'Held');
  await listen([{ phone, hears: [], notHears: [tones.one], sound: true }]);
  await page.evaluate(() => (globalThis as InPage).incoming[0].unhold());
  await hasTold(page, 'Unheld');
  await listen([{ phone, hears: [tones.one], notHears: [] }]);
  await page.evaluate(() => (globalThis as InPage).incoming[0].end());
  await phone.ended(8000);
  assert.equal(await hasTold(page, 'Ended'), 'CALL_ENDED_LOCALLY');

  const refused = phone.dialRefused('101');
  await rings(1);
  await page.evaluate(() => (globalThis as InPage).incoming[1].deny());
  assert.match(await refused, /^486/);

  await forget(page);
  await phone.ring('101');
  await rings(2);
  await phone.hangup();
  await hasTold(page, 'Ended');
  assert.equal(await page.evaluate(() => (globalThis as InPage).incoming[2].isMissed()), true);

  await forget(page);
  const since = phone.events.length;
  await page.evaluate(() => {
    const window = globalThis as InPage;
    const info = new window.AvayaClientServices.Services.Call.CallCreationInfo('103');
    window.call = window.watch(window.user.getCalls().createCall(info));
    window.call.start();
  });
  await phone.event('CALL_INCOMING', 8000, since);
  await hasTold(page, 'RemoteAlerting');
  await phone.answer();
  await hasTold(page, 'Established');
  await listen([{ phone, hears: [tones.one], notHears: [] }]);
  await phone.hangup();
  assert.equal(await hasTold(page, 'Ended'), 'CALL_DISCONNECTED');
  await page.evaluate(() => (globalThis as InPage).user.stop());
  assert.deepEqual(errors, []);
  await page.close();
  await server.quiet();
});

test('two browsers, a phone and an agent’s phone are in one room, and each hears the three others and not itself', {
  skip,
  timeout: 300_000,
}, async () => {
  await phone.dial('201*1');
  const [first, second] = [await inMeeting(one, '2011', 'Ann'), await inMeeting(other, '2011', 'Bob')];
  await agent.dial('201*1');
  await server.conferenceOf('201', '1', 4);
  await listen([
    { phone, hears: [tones.one, tones.other, tones.agent], notHears: [tones.phone] },
    { phone: agent, hears: [tones.one, tones.other, tones.phone], notHears: [tones.agent] },
  ]);
  for (const [page, own, others] of [
    [first, tones.one, [tones.other, tones.phone, tones.agent]],
    [second, tones.other, [tones.one, tones.phone, tones.agent]],
  ] as const) {
    const level = (hz: number) =>
      page.evaluate((tone) => (globalThis as InPage).hears((globalThis as InPage).call, tone), hz) as Promise<number>;
    for (const tone of others) await waitFor(async () => (await level(tone)) > -60, 10_000, `${tone} Hz to be heard`);
    const [self, ...loud] = await Promise.all([own, ...others].map(level));
    assert.ok(self! < Math.min(...loud) - 20, `${self} dB of itself, of the others ${loud}`);
  }
  await Promise.all([first.close(), second.close(), phone.hangup(), agent.hangup()]);
  await server.quiet();
});

test('at a locked conference one knocks; by the passcode one becomes moderator, whose mute is told from one’s own', {
  skip,
  timeout: 300_000,
}, async () => {
  const ann = await inMeeting(one, '2003', 'Ann', '9911');
  await ann.evaluate(async () => {
    const window = globalThis as InPage;
    const conference = window.call.getConference();
    await window.known(conference);
    conference.addOnConferencePendingParticipantCallback((_: unknown, one: InPage) => window.pending.push(one));
    await conference.start();
    await conference.setLocked(true);
  });
  const bob = await inMeeting(other, '2003', 'Bob', '2233');
  const needed = await bob.evaluate(async () => {
    const window = globalThis as InPage;
    const conference = window.call.getConference();
    for (let tries = 0; !window.call.isServiceAvailable() && tries < 200; tries++)
      await new Promise((go) => setTimeout(go, 50));
    const why = await conference.start().then(
      () => null,
      (error: InPage) => [error.name, error.admissionPermissionNeeded, error.admissionPasscodeNeeded],
    );
    window.knocked = conference.sendRequestToEnterLockedConference().then(
      () => 'in',
      (error: InPage) => error.code,
    );
    return why;
  });
  assert.deepEqual(needed, ['ADMISSION_NEEDED', true, false]);
  await waitFor(() => ann.evaluate(() => (globalThis as InPage).pending.length === 1), 10_000, 'a knock to be told');
  assert.equal(await ann.evaluate(() => (globalThis as InPage).pending[0].getDisplayName()), 'Bob');
  await ann.evaluate(() => (globalThis as InPage).pending[0].accept());
  assert.equal(await bob.evaluate(() => (globalThis as InPage).knocked), 'in');
  await server.conferenceOf('200', '3', 2);

  const statuses = () =>
    bob.evaluate(() => (globalThis as InPage).call.getConference().getSelfParticipant().getAudioStatus());
  await ann.evaluate(async () => {
    const conference = (globalThis as InPage).call.getConference();
    await conference
      .getActiveParticipants()
      .find((one: InPage) => one.getDisplayName() === 'Bob')
      .mute();
  });
  await waitFor(async () => (await statuses()) === 'moderatorMuted', 10_000, 'a moderator’s mute to be told');
  await bob.evaluate(() => (globalThis as InPage).call.unmuteAudio());
  await waitFor(async () => (await statuses()) === 'active', 10_000, 'to be unmuted');
  await bob.evaluate(() => (globalThis as InPage).call.muteAudio());
  await waitFor(async () => (await statuses()) === 'selfMuted', 10_000, 'one’s own mute to be told');

  const becomes = (passcode: string) =>
    bob.evaluate(
      (pin) =>
        (globalThis as InPage).call
          .getConference()
          .requestToBecomeModerator(pin)
          .then(
            () => 'moderator',
            (error: InPage) => error.name,
          ),
      passcode,
    );
  assert.equal(await becomes('1111'), 'CAPABILITY_NOT_ALLOWED');
  assert.equal(await becomes('9911'), 'moderator');
  await bob.evaluate(() => (globalThis as InPage).call.getConference().terminateConference());
  assert.equal(await hasTold(ann, 'Ended'), 'CONFERENCE_TERMINATED');
  await Promise.all([ann.close(), bob.close()]);
  await server.quiet();
});

test('who knocks is turned away, and told by whom; a conference waits for its moderator, and says so until then', {
  skip,
  timeout: 300_000,
}, async () => {
  const ann = await inMeeting(one, '2003', 'Ann', '9911');
  await ann.evaluate(async () => {
    const window = globalThis as InPage;
    const conference = window.call.getConference();
    await window.known(conference);
    conference.addOnConferencePendingParticipantCallback((_: unknown, one: InPage) => window.pending.push(one));
    await conference.start();
    await conference.setLocked(true);
  });
  const eve = await inMeeting(other, '2003', 'Eve', '2233');
  await eve.evaluate(async () => {
    const window = globalThis as InPage;
    const conference = window.call.getConference();
    for (let tries = 0; !window.call.isServiceAvailable() && tries < 200; tries++)
      await new Promise((go) => setTimeout(go, 50));
    await conference.start().then(null, () => {});
    window.knocked = conference.sendRequestToEnterLockedConference().then(
      () => 'in',
      (error: InPage) => [error.name, error.code],
    );
  });
  await waitFor(() => ann.evaluate(() => (globalThis as InPage).pending.length === 1), 10_000, 'a knock to be told');
  await ann.evaluate(() => (globalThis as InPage).pending[0].deny());
  assert.notEqual(await eve.evaluate(() => (globalThis as InPage).knocked), 'in');
  await hasTold(eve, 'Ended');
  await ann.evaluate(() => (globalThis as InPage).call.getConference().terminateConference());
  await hasTold(ann, 'Ended');
  await Promise.all([ann.close(), eve.close()]);

  const meeting = await newMeeting(server, { subject: 'Waits', moderatorPIN: '4711', waitingRoom: true });
  const bob = await inMeeting(other, meeting, 'Bob');
  const tellsOfWaiting = () => {
    const window = globalThis as InPage;
    const conference = window.call.getConference();
    const tell = (name: string) => window.told.push([name, null]);
    conference.addOnConferenceWaitingToStartCallback(() => tell('Waiting'));
    conference.addOnConferenceStartingCallback(() => tell('Starting'));
    return window.known(conference).then(() => conference.isConferenceWaitingToStart());
  };
  assert.equal(await bob.evaluate(tellsOfWaiting), true);
  const mia = await inMeeting(one, meeting, 'Mia', '4711');
  await hasTold(bob, 'Starting');
  const isWaiting = () => bob.evaluate(() => (globalThis as InPage).call.getConference().isConferenceWaitingToStart());
  assert.equal(await isWaiting(), false);
  const heard = () => bob.evaluate((hz) => (globalThis as InPage).hears((globalThis as InPage).call, hz), tones.one);
  await waitFor(async () => (await heard()) > -60, 20_000, 'Bob to hear Mia');
  await mia.evaluate(() => (globalThis as InPage).call.getConference().terminateConference());
  await hasTold(bob, 'Ended');
  await Promise.all([mia.close(), bob.close()]);
  await server.quiet();
});

test('no microphone, a media process that dies, and a server that is gone and back: each is told by its callback', {
  skip,
  timeout: 300_000,
}, async () => {
  const page = await inMeeting(one, '2011', 'Ann');
  await page.evaluate(() => (globalThis as InPage).call.end());
  await hasTold(page, 'Ended');
  for (const [name, error] of [
    ['NotFoundError', 'MICROPHONE_NOT_FOUND'],
    ['NotAllowedError', 'MEDIA_CREATION_FAILURE'],
  ]) {
    await forget(page);
    await page.evaluate((why) => {
      const window = globalThis as InPage;
      const { mediaDevices } = window.navigator;
      window.microphone ??= mediaDevices.getUserMedia;
      mediaDevices.getUserMedia = () => Promise.reject(new DOMException('none', why));
      window.meet('2011', 'Ann');
    }, name!);
    assert.equal(await hasTold(page, 'Failed'), error);
    await page.evaluate(() => {
      const window = globalThis as InPage;
      window.navigator.mediaDevices.getUserMedia = window.microphone;
    });
    await page.evaluate(() => (globalThis as InPage).call.end());
  }

  // A media process, or a server, that has just been started may say that it is not there yet: pages try again.
  const joins = async () => {
    const joined = async () => {
      await forget(page);
      await page.evaluate(() => (globalThis as InPage).meet('2011', 'Ann'));
      const outcome = await waitFor(
        () =>
          page.evaluate(() =>
            (globalThis as InPage).told.find(([name]: [string]) => name === 'Established' || name === 'Failed'),
          ),
        10_000,
        'the page to be told what became of its call',
      );
      if (outcome[0] === 'Established') return true;
      assert.equal(outcome[1], 'SERVICE_TEMPORARILY_UNAVAILABLE');
      await page.evaluate(() => (globalThis as InPage).call.end());
      return false;
    };
    await waitFor(joined, 10_000, 'the page to be in again');
    await server.conferenceOf('201', '1', 1);
  };
  await joins();
  process.kill(server.mediaProcesses()[0]!, 'SIGKILL');
  assert.equal(await hasTold(page, 'Ended'), 'ICE_FAILURE');
  await joins();
  // Who has its token asked for by the library is in the same call, muted as before, when the server is back.
  await page.evaluate(() => (globalThis as InPage).call.muteAudio());
  const handIsUp = () =>
    page.evaluate(() => (globalThis as InPage).call.getConference().getSelfParticipant()?.isHandRaised() === true);
  await page.evaluate(() => (globalThis as InPage).call.getConference().raiseHand());
  await waitFor(handIsUp, 10_000, 'the hand to be up');
  await server.kill9();
  await hasTold(page, 'ServiceUnavailable');
  await forget(page);
  await server.restart();
  await hasTold(page, 'ServiceAvailable');
  const isMutedThere = async () => {
    const { connections } = await server.conferenceOf('201', '1', 1, 30_000);
    return connections[0]!.muted;
  };
  await waitFor(isMutedThere, 30_000, 'to be in again, muted');
  const { id } = (await server.conferenceOf('201', '1', 1)).connections[0]!;
  const isSame = () =>
    page.evaluate(() => (globalThis as InPage).call.getConference().getSelfParticipant()?.getParticipantId());
  await waitFor(async () => (await isSame()) === id, 10_000, 'the page to know of it');
  await waitFor(handIsUp, 10_000, 'the hand to be up again');
  const state = () => page.evaluate(() => (globalThis as InPage).call.getState());
  assert.equal(await state(), 'established');
  await page.evaluate(() => (globalThis as InPage).call.end());
  assert.equal(await hasTold(page, 'Ended'), 'CALL_ENDED_LOCALLY');
  await joins();
  await page.close();
});
