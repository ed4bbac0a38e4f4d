import { fork } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
// @ts-expect-error: a script without types
import { ensureSdk } from '../scripts/build-sdk.mjs';
import { loadOpus } from '../server/src/audio/opus.ts';
import { Browser } from '../server/test/peers/browser.ts';
import { needs } from '../server/test/peers/installed.ts';
import { PartylineServer } from '../server/test/peers/partyline.ts';
import { waitFor } from '../server/test/peers/wait.ts';
import { WebPeer } from '../server/test/peers/web-peer.ts';
import { offerTo, tokenFor } from '../server/test/peers/whip-client.ts';
import type { Benchmark, Figure, Say } from './figure.ts';
import { ask } from './load/answer.ts';
import { percentile } from './load/http-load.ts';
import { pulsesInOpus } from './load/opus-pulses.ts';
import type { WebOrder } from './load/web-load.ts';

const joins = 15;
const others = 50;
const mutes = 40;
const muteEveryMs = 250;
/** Share of the packets that may be sent late, for the room to be what is measured. */
const mostLate = 0.05;
const browsersEntry = fileURLToPath(new URL('./load/web-load.ts', import.meta.url));
const library = fileURLToPath(new URL('../sdk/dist/AvayaClientServices.min.js', import.meta.url));

/** In the page: one call into a conference; gives how long its first sound took, ms from `start()`. */
const application = `
const client = new AvayaClientServices();
const user = client.createUser(new AvayaClientServices.Config.UserConfiguration());
const context = new AudioContext();
async function firstSound(token) {
  const { Call } = AvayaClientServices.Services;
  const info = new Call.CallCreationInfo('2011');
  info.setPortalToken(token);
  info.setCallType(Call.CallType.CallTypeHttpMeetMe);
  const call = user.getCalls().createCall(info);
  const audio = client.getMediaServices().getAudioInterface();
  const samples = new Float32Array(512);
  let analyser;
  const began = performance.now();
  call.start();
  for (;;) {
    await new Promise((done) => setTimeout(done, 4));
    const now = performance.now();
    if (now - began > 20000) throw new Error('nothing was heard');
    const stream = analyser === undefined ? audio.getRemoteMediaStream(call.getCallId()) : undefined;
    if (stream?.getAudioTracks().length > 0) {
      analyser = context.createAnalyser();
      analyser.fftSize = samples.length;
      context.createMediaStreamSource(stream).connect(analyser);
    }
    analyser?.getFloatTimeDomainData(samples);
    if (analyser === undefined || !samples.some((sample) => Math.abs(sample) > 0.01)) continue;
    call.end();
    return now - began;
  }
}
`;

async function firstSound(say: Say): Promise<Figure[] | { skipped: string }> {
  const missing = needs('chromium');
  if (missing !== false) return { skipped: missing };
  await ensureSdk();
  const server = await PartylineServer.start();
  const script = `<script src="http://127.0.0.1:${server.httpPort}/sdk/AvayaClientServices.min.js"></script>`;
  const page = `<!doctype html><title>An application</title>${script}<script>${application}</script>`;
  const browser = await Browser.start({ page, tone: 900 });
  const talker = new WebPeer(500, await loadOpus());
  try {
    talker.answered((await offerTo(server, await tokenFor(server, 'Talker'), await talker.offer())).answer);
    const { page: application } = await browser.open();
    const took: number[] = [];
    // The first call has the scripts of the page to compile, and is not counted.
    for (let i = 0; i <= joins; i++) {
      const token = await tokenFor(server, `Joins ${i}`);
      const ms = (await application.evaluate(`firstSound(${JSON.stringify(token)})`)) as number;
      say(`${ms.toFixed(0)} ms`);
      if (i > 0) took.push(ms);
      await pause(500);
    }
    took.sort((a, b) => a - b);
    const name = 'from call.start() to the first sound heard';
    return [
      { name: `${name}, p50`, value: percentile(took, 0.5), unit: 'ms', goal: { atMost: 700 } },
      { name: `${name}, slowest of ${joins}`, value: took.at(-1) ?? Number.NaN, unit: 'ms' },
    ];
  } finally {
    talker.close();
    await browser.stop();
    await server.stop();
  }
}

interface Told {
  readonly type: string;
  readonly conference?: { readonly self: string };
  readonly participant?: { readonly id: string; readonly muted: boolean };
}

/** The events of one session, until the server closes them. */
function events(server: PartylineServer, path: string, tell: (told: Told) => void): WebSocket {
  const socket = new WebSocket(`ws://127.0.0.1:${server.httpPort}${path}/events`);
  socket.addEventListener('message', ({ data }) => tell(JSON.parse(String(data)) as Told));
  return socket;
}

/** From one who mutes itself, to all the others. */
async function mute(say: Say): Promise<Figure[]> {
  const server = await PartylineServer.start();
  const child = fork(browsersEntry, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  try {
    const order = { do: 'open', count: others + 1, talkers: 1, silent: false } as const;
    const offers = (await ask<WebOrder>(child, order)) as string[];
    const come: { answer: string; path: string }[] = [];
    for (const [i, offer] of offers.entries()) {
      come.push(await offerTo(server, await tokenFor(server, `Browser ${i}`), offer));
      await pause(60);
    }
    await ask<WebOrder>(child, { do: 'answer', answers: come.map(({ answer }) => answer) });
    await server.conferenceOf('201', '1', others + 1);
    say('all are in');
    const took: number[] = [];
    let self = '';
    let [wanted, sentMs] = [false, 0];
    const own = events(server, come[0]!.path, ({ conference }) => {
      self = conference?.self ?? self;
    });
    let ready = 0;
    for (const { path } of come.slice(1)) {
      events(server, path, ({ type, participant }) => {
        if (type === 'conference') ready++;
        if (type !== 'changed' || participant?.id !== self || participant.muted !== wanted) return;
        took.push(performance.now() - sentMs);
      });
    }
    await waitFor(() => self !== '' && ready === others, 30_000, 'all sockets to be told of the conference');
    for (let i = 0; i < mutes; i++) {
      wanted = !wanted;
      sentMs = performance.now();
      own.send(JSON.stringify({ id: i, do: wanted ? 'mute' : 'unmute' }));
      await pause(muteEveryMs);
    }
    took.sort((a, b) => a - b);
    const name = `from a mute to ${others} other sockets`;
    return [
      { name: `${name}, p50`, value: percentile(took, 0.5), unit: 'ms' },
      { name: `${name}, p99`, value: percentile(took, 0.99), unit: 'ms', goal: { atMost: 25 } },
      { name: `${name}: told`, value: took.length, unit: '', goal: { atLeast: mutes * others } },
    ];
  } finally {
    if (child.connected) child.send({ do: 'close' } satisfies WebOrder, () => {});
    await server.stop();
  }
}

async function latency(say: Say): Promise<Figure[]> {
  const { latencies, lateShare } = await pulsesInOpus();
  const late = lateShare > mostLate;
  if (late) say(`${(100 * lateShare).toFixed(1)} % were sent late: what was measured is the phones`);
  const value = (share: number) => (late ? Number.NaN : percentile(latencies, share));
  return [
    { name: 'latency added in Opus, p50', value: value(0.5), unit: 'ms', goal: { atMost: 45 } },
    { name: 'latency added in Opus, p99', value: value(0.99), unit: 'ms' },
    { name: 'latency added in Opus: pulses heard', value: latencies.length, unit: '', goal: { atLeast: 100 } },
  ];
}

async function size(): Promise<Figure[]> {
  await ensureSdk();
  const value = gzipSync(readFileSync(library)).length / 1000;
  return [{ name: 'the library, gzipped', value, unit: 'kB', goal: { atMost: 60 } }];
}

export const benchmark: Benchmark = {
  name: 'browsers',
  limitS: 300,
  about: 'what a browser waits for: its first sound, news of a mute, sound in Opus; and how large the library is',
  parts: { 'first-sound': firstSound, mute, latency, size },
};
