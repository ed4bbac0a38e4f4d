import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type { Page } from 'playwright-core';
// @ts-expect-error: a script without types
import { ensureSdk } from '../../scripts/build-sdk.mjs';
import { Phone } from './peers/baresip.ts';
import { Browser } from './peers/browser.ts';
import { listen } from './peers/hearing.ts';
import { needs } from './peers/installed.ts';
import { administrator, PartylineServer, sipPassword } from './peers/partyline.ts';
import { waitFor } from './peers/wait.ts';

/** A page that is loaded again in the middle of its calls, in a real browser, with phones by SIP at the other end. */

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
var told = [], calls = {}, line = null, user;

// By the class that pages use.
function beLine(base, login, password) {
  line = new partyline.PhoneLine({ onCall: (call) => told.push(call) });
  return line.register({ base, login, password, extension: '101' });
}

// By the library.
function follow(call, name) {
  for (const what of ['Established', 'Held', 'Unheld', 'Ended', 'Failed']) {
    call['addOnCall' + what + 'Callback'](() => told.push(what + ' ' + name));
  }
  calls[name] = call;
}
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
  user.getCalls().addOnCallCreatedCallback((call) => {
    if (call.getRemoteAddress() in calls) return;
    told.push('Created ' + call.getRemoteAddress());
    follow(call, call.getRemoteAddress());
  });
  return user.start();
}
function dial(number) {
  var call = user.getCalls().createCall(new AvayaClientServices.Services.Call.CallCreationInfo(number));
  follow(call, number);
  call.start();
}
function meet(gateway, name) {
  var { Config, Services: { Call } } = AvayaClientServices;
  user = new AvayaClientServices().createUser(new Config.UserConfiguration());
  var info = new Call.CallCreationInfo('2011');
  info.setCallType(Call.CallType.CallTypeHttpMeetMe);
  info.setMeetMeUserName(name);
  info.setServiceGatewayURL(gateway);
  var call = user.getCalls().createCall(info);
  follow(call, '2011');
  call.start();
}`;

before(async () => {
  if (skip !== false) return;
  await ensureSdk();
  server = await PartylineServer.start();
  const options = { password: sipPassword, server: server.sipAddress };
  first = await Phone.start({ ...options, user: '103', tone: tones.first });
  second = await Phone.start({ ...options, user: '104', tone: tones.second });
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL('../../web/src/line/phone-line.ts', import.meta.url))],
    bundle: true,
    write: false,
    format: 'iife',
    globalName: 'partyline',
  });
  const library = `<script src="${base()}/sdk/AvayaClientServices.min.js"></script>`;
  const page = `<!doctype html><title>An application</title>${library}<script>${outputFiles[0]!.text}</script><script>${application}</script>`;
  browser = await Browser.start({ page, tone: tones.browser });
  await Promise.all([first.registered(), second.registered()]);
});

after(async () => {
  await Promise.all([browser?.stop(), first?.stop(), second?.stop()]);
  await server?.stop();
});

const base = () => `http://127.0.0.1:${server.httpPort}`;
const credentials = () => `'${base()}', '${administrator.login}', '${administrator.password}'`;

async function answering(phone: Phone, since: number): Promise<void> {
  await phone.event('CALL_INCOMING', 8000, since);
  await phone.answer();
}

interface Told {
  readonly id: string;
  readonly state: string;
  readonly reason: string | null;
}

/** What a page was told last of a call. */
function state(page: Page, id: string, wanted: string): Promise<Told> {
  const find = async () => {
    const last = (await page.evaluate(`told.findLast(({ id }) => id === '${id}') ?? null`)) as Told | null;
    return last?.state === wanted ? last : null;
  };
  return waitFor(find, 20_000, `call ${id} to be ${wanted}`);
}

async function hasTold(page: Page, what: string): Promise<void> {
  await waitFor(
    () => page.evaluate(`told.includes('${what}')`),
    20_000,
    () => `the page to be told ${what}`,
  );
}

test('a page that is a phone is loaded again: the same leg in the same call, held as before, muted as before; and is told what ended', {
  skip,
}, async () => {
  const { page, errors } = await browser.open();
  await page.evaluate(`beLine(${credentials()})`);
  const since = first.events.length;
  const id = (await page.evaluate("line.dial('103')")) as string;
  await answering(first, since);
  await state(page, id, 'established');
  await listen([{ phone: first, hears: [tones.browser], notHears: [] }]);
  assert.equal(await page.evaluate('JSON.stringify(sessionStorage)'), '{}', 'nothing is kept while the page is there');
  await page.reload();
  const kept = (await page.evaluate('JSON.stringify(sessionStorage)')) as string;
  assert.match(kept, /partyline.phone/);
  assert.ok(!kept.includes(administrator.password), 'never a password');
  await page.evaluate(`beLine(${credentials()})`);
  await state(page, id, 'established');
  await listen([{ phone: first, hears: [tones.browser], notHears: [] }]);
  await waitFor(() => page.evaluate(`line.streamOf('${id}') !== null`), 20_000, 'the page to hear');
  assert.equal(await page.evaluate('JSON.stringify(sessionStorage)'), '{}', 'and none later finds it');

  // Held and muted it is on.
  await page.evaluate(`line.hold('${id}')`);
  await page.evaluate('line.mute(true)');
  await page.reload();
  await page.evaluate(`beLine(${credentials()})`);
  await state(page, id, 'held');
  assert.equal(await page.evaluate('line.muted'), true);
  await page.evaluate('line.mute(false)');
  await page.evaluate(`line.retrieve('${id}')`);
  await listen([{ phone: first, hears: [tones.browser], notHears: [] }]);

  // What ends meanwhile.
  await page.goto('about:blank');
  await first.hangup();
  await page.goBack();
  await page.evaluate(`beLine(${credentials()})`);
  assert.equal((await state(page, id, 'ended')).reason, 'normal');
  await page.evaluate('line.unregister()');
  assert.deepEqual(errors, []);
  await page.close();
});

test('an application of the library: its calls go on after the reload, each told as established or held', {
  skip,
}, async () => {
  const { page, errors } = await browser.open();
  await page.evaluate(`logIn(${credentials()})`);
  const since = [first.events.length, second.events.length] as const;
  await page.evaluate("dial('103')");
  await answering(first, since[0]);
  await hasTold(page, 'Established 103');
  await page.evaluate('void calls[103].hold()');
  await hasTold(page, 'Held 103');
  await page.evaluate("dial('104')");
  await answering(second, since[1]);
  await hasTold(page, 'Established 104');
  await page.reload();
  await page.evaluate(`logIn(${credentials()})`);
  await hasTold(page, 'Held 103');
  await hasTold(page, 'Established 104');
  await listen([{ phone: second, hears: [tones.browser], notHears: [tones.first] }]);
  await page.evaluate('calls[103].getConference().addParticipantFromCall(calls[104])');
  await hasTold(page, 'Ended 104');
  await listen([
    { phone: first, hears: [tones.browser, tones.second], notHears: [tones.first] },
    { phone: second, hears: [tones.browser, tones.first], notHears: [tones.second] },
  ]);
  await page.evaluate('void calls[103].end()');
  await hasTold(page, 'Ended 103');
  await first.hangup();
  await Promise.all([first.ended(8000, since[0]), second.ended(8000, since[1])]);
  assert.deepEqual(await page.evaluate("told.filter((text) => text.startsWith('Failed'))"), []);
  assert.deepEqual(errors, []);
  await page.close();
});

test('an application of the library that joins its conference again after the reload has the place that it had', {
  skip,
}, async () => {
  const { page, errors } = await browser.open();
  const whoIsIn = async () => (await server.calls()).flatMap(({ connections }) => connections.map(({ id }) => id));
  await page.evaluate(`meet('${base()}', 'Bob')`);
  await hasTold(page, 'Established 2011');
  const before = await whoIsIn();
  assert.equal(before.length, 1);
  await page.reload();
  await page.evaluate(`meet('${base()}', 'Bob')`);
  await hasTold(page, 'Established 2011');
  assert.deepEqual(await whoIsIn(), before);

  // Under another name it is somebody else, and who was there before is gone.
  await page.reload();
  await page.evaluate(`meet('${base()}', 'Rob')`);
  await hasTold(page, 'Established 2011');
  await waitFor(
    async () => {
      const now = await whoIsIn();
      return now.length === 1 && now[0] !== before[0];
    },
    30_000,
    'another participant, alone',
  );
  await page.evaluate('void calls[2011].end()');
  await hasTold(page, 'Ended 2011');
  assert.deepEqual(errors, []);
  await page.close();
});
