import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Page } from 'playwright-core';
// @ts-expect-error: a script without types
import { ensureSdk } from '../../scripts/build-sdk.mjs';
import { Phone } from './peers/baresip.ts';
import { Browser } from './peers/browser.ts';
import { listen } from './peers/hearing.ts';
import { needs } from './peers/installed.ts';
import { administrator, PartylineServer, sipPassword } from './peers/partyline.ts';
import { waitFor } from './peers/wait.ts';

/** An application of the library whose user has two calls at its extension, in a real browser, with two phones. */

const skip = needs('chromium') || needs('baresip');
const tones = { browser: 1530, first: 700, second: 1100 };
let server: PartylineServer;
let first: Phone;
let second: Phone;
let browser: Browser;

const application = `
var open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
// What makes speech clear takes an endless tone for noise.
var plain = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };
navigator.mediaDevices.getUserMedia = () => open({ audio: plain });
var told = [], calls = {}, user;
function logIn(gateway, login, password) {
  var { Config } = AvayaClientServices;
  var { hostname, port } = new URL(gateway);
  user = new AvayaClientServices().createUser({
    callUserConfiguration: { incomingCall: true },
    sgConfiguration: {
      enabled: true,
      credentialProvider: new Config.CredentialProvider(login, password),
      networkProviderConfiguration: { restConfig: new Config.ServerInfo(hostname, Number(port), false) },
    },
  });
  return user.start();
}
function dial(number) {
  follow(user.getCalls().createCall(new AvayaClientServices.Services.Call.CallCreationInfo(number)), number);
}
function meet(conferenceId, passcode) {
  var { CallCreationInfo, CallType } = AvayaClientServices.Services.Call;
  var info = new CallCreationInfo(conferenceId);
  info.setConferenceID(conferenceId);
  info.setMeetMeUserName('Ann');
  info.setPasscode(passcode);
  info.setCallType(CallType.CallTypeHttpMeetMe);
  follow(user.getCalls().createCall(info), conferenceId);
}
function follow(call, number) {
  for (const name of ['Established', 'Held', 'Unheld', 'Ended', 'Failed']) {
    call['addOnCall' + name + 'Callback'](() => told.push(name + ' ' + number));
  }
  calls[number] = call;
  call.start();
}`;

before(async () => {
  if (skip !== false) return;
  await ensureSdk();
  server = await PartylineServer.start();
  const options = { password: sipPassword, server: server.sipAddress };
  first = await Phone.start({ ...options, user: '103', tone: tones.first });
  second = await Phone.start({ ...options, user: '104', tone: tones.second });
  const library = `<script src="http://127.0.0.1:${server.httpPort}/sdk/AvayaClientServices.min.js"></script>`;
  const page = `<!doctype html><title>An application</title>${library}<script>${application}</script>`;
  browser = await Browser.start({ page, tone: tones.browser });
  await Promise.all([first.registered(), second.registered()]);
});

after(async () => {
  await Promise.all([browser?.stop(), first?.stop(), second?.stop()]);
  await server?.stop();
});

async function hasTold(page: Page, what: string): Promise<void> {
  await waitFor(() => page.evaluate(`told.includes('${what}')`), 10_000, `the page to be told ${what}`);
}

/** Calls one, puts it on hold, and calls the other. Gives since when the phones' events are of that. */
async function inTwoCalls(page: Page): Promise<readonly [number, number]> {
  await page.evaluate('void told.splice(0)');
  const since = [first.events.length, second.events.length] as const;
  for (const [phone, number, from] of [
    [first, '103', since[0]],
    [second, '104', since[1]],
  ] as const) {
    await page.evaluate(`dial('${number}')`);
    await phone.event('CALL_INCOMING', 8000, from);
    await phone.answer();
    await hasTold(page, `Established ${number}`);
    if (phone === second) continue;
    await page.evaluate('void calls[103].hold()');
    await hasTold(page, 'Held 103');
  }
  return since;
}

test('a moderator who joined a conference by its token brings a call of the extension into it; who is none may not', {
  skip,
}, async () => {
  const { page, errors } = await browser.open();
  const gateway = `http://127.0.0.1:${server.httpPort}`;
  await page.evaluate(`logIn('${gateway}', '${administrator.login}', '${administrator.password}')`);
  const since = [first.events.length, second.events.length] as const;
  await page.evaluate("dial('103')");
  await first.event('CALL_INCOMING', 8000, since[0]);
  await first.answer();
  await hasTold(page, 'Established 103');
  const added = (reason: string) =>
    page.evaluate(
      `calls[2003].getConference().addParticipantFromCall(calls[103]).then(() => 'added', (error) => error.${reason})`,
    );
  const allowed = () =>
    page.evaluate('calls[2003].getConference().getAddParticipantFromCallCapability(calls[103]).isAllowed');

  await page.evaluate("meet('2003', '2233')");
  await hasTold(page, 'Established 2003');
  await waitFor(
    () => page.evaluate('calls[2003].getConference().getSelfParticipant() !== undefined'),
    10_000,
    'to be in',
  );
  assert.equal(await allowed(), false);
  assert.equal(await added('name'), 'CAPABILITY_NOT_ALLOWED');
  await page.evaluate('void calls[2003].end()');
  await hasTold(page, 'Ended 2003');
  await page.evaluate('void told.splice(0)');

  await page.evaluate("meet('2003', '9911')");
  await hasTold(page, 'Established 2003');
  await waitFor(allowed, 10_000, 'to be the moderator');
  assert.equal(await added('message'), 'added');
  await hasTold(page, 'Ended 103');
  const { connections } = await server.conferenceOf('200', '3', 2);
  assert.equal(connections.length, 2);
  // From the phone into the conference, where another phone comes too.
  await page.evaluate("calls[2003].getConference().addParticipant('104')");
  await second.event('CALL_INCOMING', 8000, since[1]);
  await second.answer();
  await listen([
    { phone: first, hears: [tones.browser, tones.second], notHears: [tones.first] },
    { phone: second, hears: [tones.browser, tones.first], notHears: [tones.second] },
  ]);
  await page.evaluate('void calls[2003].end()');
  await Promise.all([first.hangup(), second.hangup()]);
  await Promise.all([first.ended(8000, since[0]), second.ended(8000, since[1])]);
  await page.evaluate('user.stop()');
  assert.deepEqual(errors, []);
  await page.close();
});

test('two calls become one under the first, which is not held any more, or those called are left with each other', {
  skip,
}, async () => {
  const { page, errors } = await browser.open();
  const gateway = `http://127.0.0.1:${server.httpPort}`;
  await page.evaluate(`logIn('${gateway}', '${administrator.login}', '${administrator.password}')`);
  const merging = await inTwoCalls(page);
  await page.evaluate('calls[103].getConference().addParticipantFromCall(calls[104])');
  await hasTold(page, 'Ended 104');
  await hasTold(page, 'Unheld 103');
  assert.equal(await page.evaluate('calls[103].getState()'), 'established');
  await listen([
    { phone: first, hears: [tones.browser, tones.second], notHears: [tones.first] },
    { phone: second, hears: [tones.browser, tones.first], notHears: [tones.second] },
  ]);
  await page.evaluate('void calls[103].end()');
  await hasTold(page, 'Ended 103');
  await first.hangup();
  await Promise.all([first.ended(8000, merging[0]), second.ended(8000, merging[1])]);

  const handing = await inTwoCalls(page);
  await page.evaluate('calls[103].attendedTransfer(calls[104])');
  await hasTold(page, 'Ended 103');
  await hasTold(page, 'Ended 104');
  await listen([
    { phone: first, hears: [tones.second], notHears: [tones.browser] },
    { phone: second, hears: [tones.first], notHears: [tones.browser] },
  ]);
  await first.hangup();
  await Promise.all([first.ended(8000, handing[0]), second.ended(8000, handing[1])]);
  assert.deepEqual(await page.evaluate("told.filter((text) => text.startsWith('Failed'))"), []);
  assert.deepEqual(errors, []);
});
