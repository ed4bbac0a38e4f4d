import assert from 'node:assert/strict';
import { test } from 'node:test';
import { listen } from './peers/hearing.ts';
import {
  agent,
  base,
  forget,
  hasTold,
  type InPage,
  inMeeting,
  one,
  other,
  phone,
  server,
  skip,
  tones,
} from './peers/library-pages.ts';
import { administrator } from './peers/partyline.ts';
import { losesItsWay } from './peers/visitors.ts';
import { waitFor } from './peers/wait.ts';

test('who logs in is called at its extension, answers, holds with music, refuses, misses, and dials', {
  skip,
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
  await phone.hold();
  await hasTold(page, 'HeldRemotely');
  assert.equal(await page.evaluate(() => (globalThis as InPage).incoming[0].isHeldRemotely()), true);
  await phone.resume();
  await hasTold(page, 'UnheldRemotely');
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
}, async (t) => {
  await phone.dial('201*1');
  const [first, second] = [await inMeeting(one, '2011', 'Ann'), await inMeeting(other, '2011', 'Bob')];
  // Whatever comes of this, nobody is left in the room of the tests that follow.
  t.after(async () => {
    await Promise.all([first.close(), second.close(), phone.hangup(), agent.hangup()]);
    await server.quiet();
  });
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
    let told = '';
    const hearsTheOthers = async () => {
      const [self, ...loud] = await Promise.all([own, ...others].map(level));
      told = `${self} dB of itself, of the others ${loud}`;
      return Math.min(...loud) > -60 && self! < Math.min(...loud) - 20;
    };
    await waitFor(hearsTheOthers, 10_000, () => `the others to be heard alone: ${told}`);
  }
});

test('no microphone, a media process that dies, and a server that is gone and back: each is told by its callback', {
  skip,
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
  await page.evaluate(() => {
    const { call, told } = globalThis as InPage;
    call.addOnCallConferenceStatusChangedCallback((one: unknown, is: boolean, url: string) =>
      told.push(['ConferenceStatusChanged', one === call && is && /^ws:.*\/events$/.test(url)]),
    );
  });
  await server.kill9();
  await hasTold(page, 'ServiceUnavailable');
  await forget(page);
  await server.restart();
  await hasTold(page, 'ServiceAvailable');
  assert.equal(await hasTold(page, 'ConferenceStatusChanged'), true, 'at another address');
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
