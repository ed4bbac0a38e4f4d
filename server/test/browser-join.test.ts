import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Page } from 'playwright-core';
// @ts-expect-error: a script without types
import { ensureSdk } from '../../scripts/build-sdk.mjs';
import { Phone } from './peers/baresip.ts';
import { Browser } from './peers/browser.ts';
import { listen } from './peers/hearing.ts';
import { needs } from './peers/installed.ts';
import { joiningPage } from './peers/joining-page.ts';
import { administrator, PartylineServer, sipPassword } from './peers/partyline.ts';
import { waitFor } from './peers/wait.ts';

/**
 * A page of another origin joins a conference with the library and the steps that applications have for it, in a real
 * browser; a phone is in it too, and each hears the other.
 */

const skip = needs('chromium') || needs('baresip');
const tones = { browser: 1500, phone: 700 };
let server: PartylineServer;
let phone: Phone;
let browser: Browser;

before(async () => {
  if (skip !== false) return;
  await ensureSdk();
  server = await PartylineServer.start();
  phone = await Phone.start({ user: '101', password: sipPassword, server: server.sipAddress, tone: tones.phone });
  browser = await Browser.start({ page: joiningPage(base()), tone: tones.browser });
  await phone.registered();
});

after(async () => {
  await browser?.stop();
  await phone?.stop();
  await server?.stop();
});

/** Of the page's globals; in the page. */
// biome-ignore lint/suspicious/noExplicitAny: what runs in the page has other globals
type InPage = any;

const base = () => `http://127.0.0.1:${server.httpPort}`;

async function join(page: Page, meetingId: string, name: string): Promise<void> {
  await page.evaluate(
    async ([url, conferenceID, userName]) => {
      const window = globalThis as InPage;
      const token = await window.getConferenceToken({ conferenceID, unifiedPortalURL: url }, userName);
      window.call = window.makeCall(token, conferenceID);
    },
    [base(), meetingId, name],
  );
}

const told = (page: Page) => page.evaluate(() => (globalThis as InPage).told) as Promise<unknown[][]>;

async function hasTold(page: Page, what: string): Promise<unknown[]> {
  let found: unknown[] | undefined;
  let all: unknown[][] = [];
  await waitFor(
    async () => {
      all = await told(page);
      found = all.find(([name]) => name === what);
      return found !== undefined;
    },
    20_000,
    () => `the page to be told ${what}, and not ${JSON.stringify(all)}`,
  );
  return found!;
}

/** dB of a tone in what the page hears. */
function heard(page: Page, tone: number): Promise<number> {
  return page.evaluate(async (hz) => {
    const window = globalThis as InPage;
    const stream = window.client.getMediaServices().getAudioInterface().getRemoteMediaStream(window.call.getCallId());
    if (stream === undefined) return -200;
    window.context ??= new window.AudioContext();
    const analyser = window.context.createAnalyser();
    analyser.fftSize = 8192;
    const source = window.context.createMediaStreamSource(stream);
    source.connect(analyser);
    await new Promise((resolve) => setTimeout(resolve, 700));
    const bins = new Float32Array(analyser.frequencyBinCount);
    analyser.getFloatFrequencyData(bins);
    source.disconnect();
    const at = Math.round((hz * analyser.fftSize) / window.context.sampleRate);
    return Math.max(...bins.slice(at - 2, at + 3));
  }, tone);
}

test('a page and a phone hear each other; the callbacks come in order with their arguments', { skip }, async () => {
  await phone.dial('201*1');
  await server.conferenceOf('201', '1', 1);
  const { page, errors } = await browser.open();
  await join(page, '2011', 'Ann');
  await hasTold(page, 'established');
  await server.conferenceOf('201', '1', 2);
  await listen([{ phone, hears: [tones.browser], notHears: [tones.phone] }]);
  await waitFor(
    async () => {
      // At once: where nothing came meanwhile the page does not hear itself either.
      const [other, self] = await Promise.all([tones.phone, tones.browser].map((hz) => heard(page, hz)));
      return other! > -60 && self! < -70;
    },
    20_000,
    'the page to hear the phone, and not itself',
  );

  // Who is there, and muted, is known on both sides.
  const roster = await page.evaluate(async () => {
    const { call } = globalThis as InPage;
    const conference = call.getConference();
    const added: string[] = [];
    const all = new Promise((resolve) => {
      conference.addOnConferenceParticipantsAddedCallback((_: unknown, participants: InPage[]) => {
        for (const participant of participants) added.push(participant.getDisplayName());
        resolve(null);
      });
    });
    await conference.start();
    await all;
    return [added.length, conference.getSelfParticipant().getDisplayName(), conference.getSubject()];
  });
  assert.deepEqual(roster, [2, 'Ann', 'Open']);
  await page.evaluate(() => (globalThis as InPage).call.muteAudio());
  const muted = async () => (await server.calls())[0]?.connections.some((one) => one.muted) === true;
  await waitFor(muted, 10_000, 'the server to know that the page is muted');
  await listen([{ phone, hears: [], notHears: [tones.browser, tones.phone] }]);

  await page.evaluate(() => (globalThis as InPage).call.end());
  await hasTold(page, 'ended');
  await server.conferenceOf('201', '1', 1);
  assert.deepEqual(await told(page), [
    ['started', true, 1],
    ['alerting', true, false],
    ['established', true, 1],
    ['ended', true, 'CALL_ENDED_LOCALLY'],
  ]);
  assert.deepEqual(errors, []);
  await page.close();
  await phone.hangup();
  await server.quiet();
});

test('a passcode is asked for, a wrong one can be mended, and whoever ends the call is told of', { skip }, async () => {
  const { page, errors } = await browser.open();
  await join(page, '2003', 'Ann');
  await hasTold(page, 'established');
  const outcome = await page.evaluate(async () => {
    const { call, AvayaClientServices: library } = globalThis as InPage;
    const { AdmissionResponseCode, ConferenceStartStatus } = library.Services.Conference;
    const conference = call.getConference();
    while (!call.isServiceAvailable()) await new Promise((go) => setTimeout(go, 50));
    const needed = await conference.start().then(
      () => 'started',
      (error: InPage) => [error.name === ConferenceStartStatus.ADMISSION_NEEDED, error.admissionPasscodeNeeded],
    );
    const wrong = await conference.sendPasscode('1').then(
      () => 'in',
      (error: InPage) => error.code === AdmissionResponseCode.INCORRECT_PASSCODE_TRY_AGAIN,
    );
    const right = await conference.sendPasscode('9911').then(
      () => 'in',
      (error: InPage) => String(error.code),
    );
    return { needed, wrong, right, moderates: conference.getModerateConferenceCapability().isAllowed };
  });
  assert.deepEqual(outcome, { needed: [true, true], wrong: true, right: 'in', moderates: true });
  await server.conferenceOf('200', '3', 1);
  await page.evaluate(() => {
    const { call, told } = globalThis as InPage;
    const conference = call.getConference();
    conference.addOnConferenceMeetingTerminationInProgressCallbacks((one: unknown, why: string, who: string) =>
      told.push(['terminated', one === conference, why, who]),
    );
    return conference.terminateConference();
  });
  const [, same, reason] = await hasTold(page, 'ended');
  assert.deepEqual([same, reason], [true, 'CONFERENCE_TERMINATED']);
  assert.deepEqual(await hasTold(page, 'terminated'), ['terminated', true, 'CONFERENCE_TERMINATED', 'Ann']);
  assert.deepEqual(errors, []);
  await page.close();
  await server.quiet();
});

test('what is wrong fails the call with its reason', { skip }, async () => {
  const { page, errors } = await browser.open();
  const failure = async (begin: () => Promise<void>): Promise<unknown> => {
    await page.evaluate(() => (globalThis as InPage).told.splice(0));
    await begin();
    const [, , error] = await hasTold(page, 'failed');
    await page.evaluate(() => (globalThis as InPage).call.end());
    await hasTold(page, 'ended');
    return error;
  };
  const start = (token: string) => () =>
    page.evaluate(
      ([text]) => {
        const window = globalThis as InPage;
        window.call = window.makeCall(text, '2011');
      },
      [token],
    );
  assert.equal(await failure(() => join(page, '2021', 'One').then(() => join(page, '2021', 'Two'))), 'BUSY', 'full');
  await page.evaluate(() => (globalThis as InPage).user.stop());
  await server.quiet();

  const token = (await page.evaluate(
    ([url]) => (globalThis as InPage).getConferenceToken({ conferenceID: '2011', unifiedPortalURL: url }, 'x'),
    [base()],
  )) as string;
  const forged = `${token.slice(0, -4)}AAAA`;
  assert.equal(await failure(start(forged)), 'AUTHENTICATION_ERROR');
  await start(token)();
  await hasTold(page, 'established');
  await page.evaluate(() => (globalThis as InPage).call.end());
  assert.equal(await failure(start(token)), 'AUTHENTICATION_ERROR', 'used');
  const unknown = await page.evaluate(
    ([url]) =>
      (globalThis as InPage)
        .getConferenceToken({ conferenceID: '999', unifiedPortalURL: url }, 'x')
        .then(String, (error: string) => error),
    [base()],
  );
  assert.equal(unknown, 'Failed to retrieve iView token: 404');
  assert.deepEqual(errors, []);
  await page.close();
  await server.quiet();
});

test('a lost socket is told of, comes back, and brings what was missed; the call goes on', { skip }, async () => {
  const { page, errors } = await browser.open();
  await page.evaluate(() => {
    const window = globalThis as InPage;
    const { WebSocket: Socket } = window;
    window.sockets = [];
    window.blocked = false;
    window.WebSocket = class extends Socket {
      constructor(url: string) {
        super(window.blocked ? 'ws://127.0.0.1:9/' : url);
        window.sockets.push(this);
      }
    };
  });
  await join(page, '2011', 'Ann');
  await hasTold(page, 'established');
  await page.evaluate(async () => {
    const window = globalThis as InPage;
    const { call } = window;
    call.addOnCallServiceUnavailableCallback(() => window.told.push(['unavailable']));
    call.addOnCallServiceAvailableCallback(() => window.told.push(['available']));
    await call.getConference().start();
    window.blocked = true;
    window.sockets.at(-1).close(4001);
  });
  await hasTold(page, 'unavailable');
  const capable = () =>
    page.evaluate(() => (globalThis as InPage).call.getConference().getInConferenceChatCapability().isAllowed);
  assert.equal(await capable(), false);
  await phone.dial('201*1');
  await server.conferenceOf('201', '1', 2);
  await page.evaluate(() => {
    (globalThis as InPage).blocked = false;
  });
  await hasTold(page, 'available');
  const names = () =>
    page.evaluate(() =>
      (globalThis as InPage).call
        .getConference()
        .getActiveParticipants()
        .map((participant: InPage) => participant.getDisplayName()),
    ) as Promise<string[]>;
  await waitFor(async () => (await names()).length === 2, 10_000, 'the page to know of the phone');
  assert.deepEqual(await names(), ['Ann', 'Phone 101']);
  assert.equal(await capable(), true);
  assert.deepEqual(errors, []);
  await page.evaluate(() => (globalThis as InPage).call.end());
  await phone.hangup();
  await page.close();
  await server.quiet();
});

test('ten who leave in the midst of what they hear disturb nothing', { skip }, async () => {
  for (let at = 0; at < 10; at++) {
    const { page } = await browser.open();
    await join(page, '2011', `Guest ${at}`);
    await hasTold(page, 'established');
    await page.evaluate(() => (globalThis as InPage).call.end());
    await page.close();
  }
  await server.quiet();
});

test('a browser that vanishes is gone after some seconds, and nothing of it is left', { skip }, async () => {
  const { page } = await browser.open();
  await join(page, '2011', 'Ann');
  await hasTold(page, 'established');
  await server.conferenceOf('201', '1', 1);
  await page.close();
  await server.quiet();
  const answer = await fetch(`${base()}/admin/v1/calls`, {
    headers: {
      authorization: `Basic ${Buffer.from(`${administrator.login}:${administrator.password}`).toString('base64')}`,
    },
  });
  assert.equal(answer.status, 200);
});
