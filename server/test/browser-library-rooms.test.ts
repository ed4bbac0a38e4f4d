import assert from 'node:assert/strict';
import { existsSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Page } from 'playwright-core';
import type { Page as FirefoxPage } from 'puppeteer-core';
// @ts-expect-error: a script without types
import { ensureSdk } from '../../scripts/build-sdk.mjs';
import { Phone } from './peers/baresip.ts';
import { Browser } from './peers/browser.ts';
import { Firefox } from './peers/firefox.ts';
import { listen } from './peers/hearing.ts';
import { needs } from './peers/installed.ts';
import { application } from './peers/library-application.ts';
import { PageOrigin } from './peers/page-origin.ts';
import { PartylineServer, sipPassword, testOrganization } from './peers/partyline.ts';
import { UnifiedApi } from './peers/unified-api.ts';
import { keepPeers } from './peers/visitors.ts';
import { waitFor } from './peers/wait.ts';

/**
 * What a conference of the library can do, between browsers of two makes: one that has it as a module and moderates,
 * one that has it as a script, and a phone that an application invited by the Unified API.
 */

const skip = needs('firefox-esr') || needs('chromium') || needs('baresip');
const tones = { ann: 1530, bob: 1990, phone: 700 };
let server: PartylineServer;
let phone: Phone;
let firefox: Firefox;
let origin: PageOrigin;
let chromium: Browser;
let ann: FirefoxPage;
let bob: Page;

const base = () => `http://127.0.0.1:${server.httpPort}`;

/** Weekly may be recorded. */
function organizations(): unknown[] {
  const organization = structuredClone(testOrganization);
  const extension = organization.users[0]?.extensions.find(({ number }) => number === '200');
  const [weekly] = (extension as { conferences: object[] }).conferences;
  Object.assign(weekly ?? {}, { record: 'choice', announceCount: false, musicWhileAlone: false });
  return [organization];
}

/** `noted`: what its conference and chat told. */
const room = `
var noted = [];
async function enter(passcode, name) {
  var { Config } = AvayaClientServices;
  var configuration = new Config.UserConfiguration();
  configuration.sgConfiguration.networkProviderConfiguration = {
    restConfig: new Config.ServerInfo(gateway.hostname, Number(gateway.port), false),
  };
  begin(configuration);
  meet('2003', name, passcode);
  window.conference = call.getConference();
  await known(conference);
  conference.addOnConferenceActiveTalkersChangedCallback((_, talkers) =>
    noted.push(['talks', talkers.map((one) => one.getDisplayName()).sort().join()]));
  conference.addOnConferenceRecordingStatusChangedCallback((_, ...more) =>
    noted.push(['recording', conference.isRecordingActive(), conference.isRecordingPaused()]));
  conference.addOnConferenceRecordingFailedCallbacks((one) =>
    noted.push(['recording failed', one === conference, conference.isRecordingActive()]));
  conference.addOnConferenceLockStatusChangedCallback(() => noted.push(['locked', conference.isLocked()]));
  conference.addOnConferenceParticipantsRemovedCallback((_, gone) =>
    noted.push(['left', gone.map((one) => one.getDisplayName()).join()]));
  conference.addOnConferenceAllParticipantsMutedCallback(() => noted.push(['all muted']));
  conference.addOnConferenceAllParticipantsUnmutedCallback(() => noted.push(['all unmuted']));
  call.addOnCallAudioMuteStatusChangedCallback((_, muted) => noted.push(['muted', muted]));
  conference.getInConferenceChat().addOnChatMessageReceivedCallback((_, message) =>
    noted.push(['chat', message.getSender().getDisplayName(), message.getMessageContent(), message.isPrivate()]));
  await conference.start();
  return conference.getSelfParticipant().getDisplayName();
}
function somebody(name) {
  return conference.getActiveParticipants().find((one) => one.getDisplayName() === name);
}
`;

before(async () => {
  if (skip !== false) return;
  await ensureSdk();
  server = await PartylineServer.start({ config: { organizations: organizations() } });
  const options = { password: sipPassword, server: server.sipAddress };
  phone = await Phone.start({ ...options, user: '104', tone: tones.phone, autoAnswer: true });
  const scripts = `<script>${application} var gateway = new URL('${base()}'); ${room}</script>`;
  const library = `${base()}/sdk/AvayaClientServices`;
  origin = await PageOrigin.serve(`<!doctype html><title>An application</title>${scripts}
    <script type="module">import Library from '${library}.mjs'; window.AvayaClientServices = Library;</script>`);
  firefox = await Firefox.start({ tone: tones.ann });
  ann = await firefox.open(origin.url, keepPeers);
  await ann.waitForFunction('window.AvayaClientServices !== undefined');
  const page = `<!doctype html><title>An application</title><script>${keepPeers}</script><script src="${library}.min.js"></script>${scripts}`;
  chromium = await Browser.start({ page, tone: tones.bob });
  bob = (await chromium.open()).page;
  await phone.registered();
});

after(async () => {
  await Promise.all([firefox?.stop(), chromium?.stop(), phone?.stop()]);
  await origin?.close();
  await server?.stop();
});

type AnyPage = Pick<FirefoxPage, 'evaluate'> | Pick<Page, 'evaluate'>;

function ask(page: AnyPage, script: string): Promise<unknown> {
  return (page as Pick<Page, 'evaluate'>).evaluate(`(async () => (${script}))()`);
}

/** Waits until a page has noted this, in whatever order. */
function notes(page: AnyPage, ...what: unknown[]): Promise<unknown> {
  const wanted = JSON.stringify(what);
  let all = '';
  return waitFor(
    async () => {
      all = String(await ask(page, 'noted.map((one) => JSON.stringify(one)).join(" ")'));
      return all.includes(wanted);
    },
    20_000,
    () => `a page to note ${wanted}, and not ${all}`,
  );
}

async function hearsTheOthers(page: AnyPage, own: number, others: readonly number[]): Promise<void> {
  let told = '';
  await waitFor(
    async () => {
      const levels = (await ask(page, `Promise.all([${[own, ...others]}].map((hz) => hears(call, hz)))`)) as number[];
      const [self = 0, ...loud] = levels;
      told = `${self} dB of itself, of the others ${loud}`;
      return Math.min(...loud) > -60 && self < Math.min(...loud) - 20;
    },
    20_000,
    () => `the others to be heard alone: ${told}`,
  );
}

test('a module in a Firefox, a script in a Chromium and a phone that an application invites: each hears the others and not itself', {
  skip,
}, async () => {
  assert.equal(await ask(ann, `enter('9911', 'Ann')`), 'Ann');
  assert.equal(await ask(bob, `enter('2233', 'Bob')`), 'Bob');
  const api = await UnifiedApi.connect(base());
  const answer = await api.ask('/uapi/phoneCalls/@me/conferenceInvite?number=3&pin=2233', {
    method: 'POST',
    body: { extension: '200', phoneCallView: [{ source: ['200'], destination: ['104'] }] },
  });
  assert.equal(answer.status, 200, answer.text);
  await server.conferenceOf('200', '3', 3);
  await listen([{ phone, hears: [tones.ann, tones.bob], notHears: [tones.phone] }]);
  await hearsTheOthers(ann, tones.ann, [tones.bob, tones.phone]);
  await hearsTheOthers(bob, tones.bob, [tones.ann, tones.phone]);
  for (const page of [ann, bob]) await notes(page, 'talks', 'Ann,Bob,Phone 104');
});

test('chat to all and to one, everybody muted and heard again, a lock and a recording are told to the others', {
  skip,
}, async () => {
  await ask(ann, `conference.getInConferenceChat().sendPublicMessage('Hello <b>')`);
  await notes(bob, 'chat', 'Ann', 'Hello <b>', false);
  await ask(bob, `conference.getInConferenceChat().sendPrivateMessage('For you', somebody('Ann'))`);
  await notes(ann, 'chat', 'Bob', 'For you', true);
  await ask(ann, 'conference.muteAllParticipants()');
  await notes(bob, 'muted', true);
  for (const page of [ann, bob]) await notes(page, 'all muted');
  await listen([{ phone, hears: [tones.ann], notHears: [tones.bob] }]);
  await ask(ann, 'conference.unmuteAllParticipants()');
  await notes(bob, 'muted', false);
  for (const page of [ann, bob]) await notes(page, 'all unmuted');
  await listen([{ phone, hears: [tones.ann, tones.bob], notHears: [] }]);
  await ask(ann, 'conference.setLocked(true)');
  await notes(bob, 'locked', true);
  await ask(ann, 'conference.setLocked(false)');
  await notes(bob, 'locked', false);
  await ask(ann, `conference.startRecording('Budget')`);
  await notes(bob, 'recording', true, false);
  const recordings = join(server.folder, 'data', 'recordings');
  await waitFor(() => existsSync(recordings), 10_000, 'the folder of recordings');
  await ask(ann, 'conference.pauseRecording()');
  await notes(bob, 'recording', true, true);
  await ask(ann, 'conference.stopRecording()');
  await notes(bob, 'recording', false, false);
  // A file stands where their folder is to be.
  renameSync(recordings, `${recordings}-before`);
  writeFileSync(recordings, '');
  await ask(ann, 'conference.startRecording()');
  for (const page of [ann, bob]) await notes(page, 'recording failed', true, false);
  rmSync(recordings);
  renameSync(`${recordings}-before`, recordings);
  const refused = await ask(bob, `conference.setLocked(true).then(() => 'done', (error) => 'refused')`);
  assert.equal(refused, 'refused', 'a participant moderates nobody');
});

test('digits, statistics and another microphone; who is removed is told so', { skip }, async () => {
  const muted = () => server.calls().then(([call]) => call?.connections.some((one) => one.muted) === true);
  for (const page of [ann, bob]) {
    for (const is of [true, false]) {
      await ask(page, `call.sendDTMF('*').then(() => call.sendDTMF('1'))`);
      await waitFor(async () => (await muted()) === is, 10_000, `*1 to be heard: ${is}`);
    }
    const received = (await ask(page, 'call.getAudioDetails().then((all) => all.packetsReceived)')) as number;
    assert.ok(received > 50, `${received} packets`);
  }
  // Chromium has several fake microphones.
  const input = 'client.getMediaServices().getAudioInterface().getInputInterface()';
  await ask(bob, `${input}.start()`);
  const chosen = (await ask(
    bob,
    `${input}.setSelectedDevice(${input}.getAvailableDevices().at(-1)), ${input}.getSelectedDevice().getDeviceId()`,
  )) as string;
  const spoken = 'peers.at(-1).getSenders()[0].track.getSettings().deviceId';
  await waitFor(async () => (await ask(bob, spoken)) === chosen, 10_000, 'it to speak into the other');

  await ask(ann, `conference.removeParticipant(somebody('Bob'))`);
  await notes(ann, 'left', 'Bob');
  const end = (name: string) => `told.find(([what]) => what === '${name}')?.[1]`;
  await waitFor(() => ask(bob, end('Ended')), 10_000, 'Bob to be told');
  assert.equal(await ask(bob, end('Ended')), 'DISCONNECTED_BY_CONFERENCE_MODERATOR');
  await ask(ann, `void conference.terminateConference()`);
  await waitFor(() => ask(ann, end('Ended')), 10_000, 'Ann to be told');
  assert.equal(await ask(ann, end('Ended')), 'CONFERENCE_TERMINATED');
  await server.quiet();
  assert.deepEqual(firefox.errors, []);
});
