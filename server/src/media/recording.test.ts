import assert from 'node:assert/strict';
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { goertzel } from '../audio/goertzel.ts';
import { readWav } from '../audio/wav.ts';
import { systemClock } from '../base/clock.ts';
import { MediaStage, pause, until } from './testing/media-stage.ts';
import type { RtpPhone } from './testing/rtp-phone.ts';

async function stage(t: TestContext, changes = {}): Promise<MediaStage> {
  const opened = await MediaStage.open(changes);
  t.after(() => opened.close());
  opened.engine.on('recordingFailed', ({ recording, reason }) => opened.events.push(`failed ${recording}: ${reason}`));
  return opened;
}

/** What every file of a folder holds, by name; all must be readable to their ends. */
function tapes(folder: string): Record<string, Int16Array> {
  const read = (name: string) => {
    // The header first: it may be written again while the file is read, with a size that the bytes read before do not
    // have.
    const header = readFileSync(join(folder, name)).subarray(0, 44);
    const bytes = readFileSync(join(folder, name));
    bytes.set(header);
    assert.ok(bytes.length >= 44 + bytes.readUInt32LE(40), `${name} is shorter than it says`);
    return readWav(bytes).pcm;
  };
  return Object.fromEntries(readdirSync(folder).map((name) => [name.replace('.wav', ''), read(name)]));
}

const level = (pcm: Int16Array, from: number, samples: number, frequency: number, rate = 8000) =>
  goertzel(pcm, Math.round(from), Math.round(samples), frequency, rate);

/** Samples of a file that is being written. */
function samplesOf(folder: string, name: string): number {
  const file = join(folder, name);
  return existsSync(file) ? Math.max(0, (statSync(file).size - 44) >> 1) : 0;
}

/** The samples of a file that is being written, from that one on. */
function samplesFrom(folder: string, name: string, from: number): Int16Array {
  const pcm = new Int16Array(Math.max(0, samplesOf(folder, name) - from));
  if (pcm.length === 0) return pcm;
  const file = openSync(join(folder, name), 'r');
  const bytes = readSync(file, pcm, 0, pcm.byteLength, 44 + 2 * from);
  closeSync(file);
  return pcm.subarray(0, bytes >> 1);
}

/** A busy machine leaves gaps in what is said; the pitches here are told apart whole in any 100 ms without one. */
const wholePart = 10;

/**
 * Waits until each leg's pitch has been whole somewhere on its track. Only what is new is looked at: the phones speak
 * in this process.
 */
async function onTape(folder: string, pitches: Readonly<Record<string, number>>, rate: number): Promise<void> {
  const window = rate / wholePart;
  const missing = new Map(Object.entries(pitches).map(([leg, pitch]) => [leg, { pitch, looked: 0 }]));
  const end = systemClock.monotonic() + 60_000;
  while (missing.size > 0) {
    assert.ok(systemClock.monotonic() < end, `not on tape: ${[...missing.keys()]}`);
    for (const [leg, { pitch, looked }] of missing) {
      const said = samplesFrom(folder, `${leg}.wav`, looked);
      if (said.length < window) continue;
      if (level(said, clearest(said, pitch, rate), window, pitch, rate) > 5000) missing.delete(leg);
      else missing.set(leg, { pitch, looked: looked + said.length - window });
    }
    await pause(100);
  }
}

/** How many packets have come for this leg. */
async function received(s: MediaStage, leg: string): Promise<number> {
  const [stats] = await s.engine.processStats();
  return stats!.legs.find((one) => one.leg === leg)!.packetsReceived;
}

/** Where `samples` of a track hold the most of this frequency. */
function clearest(pcm: Int16Array, frequency: number, rate: number, samples = rate / wholePart): number {
  let best = 0;
  let loudest = -1;
  for (let at = 0; at + samples <= pcm.length; at += rate / 100) {
    const heard = goertzel(pcm, at, samples, frequency, rate);
    if (heard > loudest) [loudest, best] = [heard, at];
  }
  return best;
}

async function hears(phone: RtpPhone, frequency: number, yes = true): Promise<void> {
  const loud = () => {
    const pcm = phone.recent(200);
    return pcm.length < 1200 ? null : goertzel(pcm, 0, pcm.length, frequency, phone.codec.sampleRate);
  };
  await until(`${yes ? 'hears' : 'does not hear'} ${frequency} Hz`, () => {
    const now = loud();
    return now !== null && (yes ? now > 3000 : now < 150);
  });
}

describe('recording on real sockets', { concurrency: 2 }, () => {
  // On a busy machine sound comes late, and a tick that never was is silence in every track. So what the tape holds is
  // judged where it is whole, and what happens next waits for what has happened.
  for (const rate of [8000, 16_000] as const) {
    test(`the mix and one track for each leg, in step to the sample (${rate} Hz)`, async (t) => {
      const s = await stage(t);
      const spoken = rate === 8000 ? {} : { codec: `L16/${rate}`, payloadType: 97 };
      const [a, b, c] = (await s.room([400, 700, 1100], spoken)) as [RtpPhone, RtpPhone, RtpPhone];
      await Promise.all([hears(a, 700), hears(b, 1100), hears(c, 400)]);
      const folder = join(s.folder, 'deep', 'rec');
      await s.engine.startRecording({ recording: 'rec', room: 'room', folder, tone: false });
      await s.engine.startRecording({ recording: 'rec', room: 'room', folder, tone: false });
      await onTape(folder, { a: 400, b: 700, c: 1100 }, rate);
      await s.engine.perform('leaveRoom', { leg: 'c' });
      const before = samplesOf(folder, 'mix.wav');
      assert.ok(before > 0);
      await s.call('d', { tone: 1500 });
      await s.engine.perform('joinRoom', { leg: 'd', room: 'room' });
      await onTape(folder, { d: 1500 }, rate);
      a.tone = 0;
      const silence = (await received(s, 'a')) + 50;
      while ((await received(s, 'a')) < silence) await pause(20);
      await hears(b, 400, false);
      const recorded = await s.engine.stopRecording('rec');
      assert.equal(await s.engine.stopRecording('rec'), null);

      const tape = tapes(folder);
      assert.deepEqual(Object.keys(tape).sort(), ['a', 'b', 'c', 'd', 'mix']);
      const { mix, a: ta, b: tb, c: tc, d: td } = tape as Record<'mix' | 'a' | 'b' | 'c' | 'd', Int16Array>;
      assert.equal(mix.length, (recorded!.durationMs * rate) / 1000);
      for (const { name, bytes } of recorded!.files) assert.equal(bytes, 44 + 2 * mix.length, name);

      // In step as well: no shift of a track would give this sum.
      for (let i = 0; i < mix.length; i++) {
        if (mix[i] !== ta[i]! + tb[i]! + tc[i]! + td[i]!) assert.fail(`sample ${i} of the mix is not what was said`);
      }
      const own = { a: [ta, 400], b: [tb, 700], c: [tc, 1100], d: [td, 1500] } as const;
      for (const [leg, [track, pitch]] of Object.entries(own)) {
        const at = clearest(track, pitch, rate);
        for (const frequency of [400, 700, 1100, 1500]) {
          const heard = level(track, at, rate / wholePart, frequency, rate);
          assert.ok(frequency === pitch ? heard > 5000 : heard < 100, `${leg}, ${frequency} Hz: ${heard}`);
        }
      }
      const joined = td.findIndex((sample) => sample !== 0);
      assert.ok(joined >= before, 'was silent before');
      assert.ok(
        tc.subarray(joined).every((sample) => sample === 0),
        'who left is silent',
      );
      const end = mix.length;
      assert.ok(level(ta, end - rate / 10, rate / 10, 400, rate) < 500, 'who stopped talking too');
    });
  }

  test('kill -9 of the media process: every file is whole, up to the last second', async (t) => {
    const s = await stage(t);
    const folders = await Promise.all(
      [1, 2].map(async (i) => {
        const folder = join(s.folder, `rec${i}`);
        await s.engine.createRoom(`room${i}`, 'org');
        const phones: RtpPhone[] = [];
        for (const leg of ['a', 'b']) {
          phones.push(await s.call(`${leg}${i}`, { tone: leg === 'a' ? 400 : 700 }));
          await s.engine.perform('joinRoom', { leg: `${leg}${i}`, room: `room${i}` });
        }
        await s.engine.startRecording({ recording: `rec${i}`, room: `room${i}`, folder, tone: false });
        const phone = phones[0]!;
        return { folder, phone, from: phone.heard.length };
      }),
    );
    // Of what the room has sent since: a busy machine makes less of it.
    const missingMs = ({ folder, phone, from }: (typeof folders)[number]) =>
      (phone.heard.length - from) * phone.ptime - samplesOf(folder, 'mix.wav') / 8;
    const whole = (pcm: Int16Array | undefined, frequency: number) =>
      pcm !== undefined && level(pcm, clearest(pcm, frequency, 8000), 8000 / wholePart, frequency) > 5000;
    await Promise.all(folders.map(({ folder }, i) => onTape(folder, { [`a${i + 1}`]: 400, [`b${i + 1}`]: 700 }, 8000)));
    // Where the thread that writes gets its turn it is never further behind; that is waited for.
    await until('what was said a second ago', () => folders.every((one) => missingMs(one) < 900));
    const lengths = folders.map(({ folder }) => samplesOf(folder, 'mix.wav'));
    const [stats] = await s.engine.processStats();
    process.kill(stats!.pid, 'SIGKILL');
    await until('the loss', () => s.events.includes('roomLost room1'));
    for (const [i, { folder }] of folders.entries()) {
      const tape = tapes(folder);
      assert.deepEqual(Object.keys(tape).sort(), [`a${i + 1}`, `b${i + 1}`, 'mix']);
      const mix = tape['mix']!;
      assert.ok(mix.length >= lengths[i]!, 'what was written stays');
      for (const track of Object.values(tape)) assert.equal(track.length, mix.length);
      for (const [leg, frequency] of [['a', 400] as const, ['b', 700] as const]) {
        assert.ok(whole(tape[`${leg}${i + 1}`], frequency) && whole(mix, frequency), `${frequency} Hz`);
      }
    }
    assert.equal(await s.engine.stopRecording('rec1'), null);
    assert.ok(!s.events.some((event) => event.startsWith('failed')));
  });

  test('a recording that cannot be written is told, and the call goes on', async (t) => {
    const s = await stage(t);
    const [a, b] = (await s.room([400, 700])) as [RtpPhone, RtpPhone];
    writeFileSync(join(s.folder, 'file'), '');
    await s.engine.startRecording({ recording: 'r1', room: 'room', folder: join(s.folder, 'file', 'r1'), tone: false });
    await until('the failure', () => s.events.some((event) => event.startsWith('failed r1')));
    assert.equal(await s.engine.stopRecording('r1'), null);

    // And one that breaks off.
    const folder = join(s.folder, 'r2');
    await s.engine.startRecording({ recording: 'r2', room: 'room', folder, tone: false });
    await until('the files', () => existsSync(join(folder, 'b.wav')));
    rmSync(folder, { recursive: true });
    await until('the failure', () => s.events.some((event) => event.startsWith('failed r2')));
    assert.equal(existsSync(folder), false);
    assert.equal(s.events.filter((event) => event.startsWith('failed')).length, 2);
    await Promise.all([hears(a, 700), hears(b, 400)]);

    await s.engine.startRecording({ recording: 'r3', room: 'room', folder: join(s.folder, 'r3'), tone: false });
    const conflict = { recording: 'r4', room: 'room', folder: join(s.folder, 'r4'), tone: false };
    await assert.rejects(s.engine.startRecording(conflict), { code: 'conflict' });
    await assert.rejects(s.engine.startRecording({ ...conflict, room: 'none' }), { code: 'notFound' });
    await assert.rejects(s.engine.startRecording({ ...conflict, folder: 'here' }), { code: 'invalidArgument' });
    assert.ok((await s.engine.stopRecording('r3')) !== null);
  });

  test('a recording ends with its room, and with the server', async (t) => {
    const s = await stage(t);
    const [phone] = (await s.room([400, 700])) as [RtpPhone];
    // Of what the room has sent since: a busy machine makes less of it.
    const begin = phone.heard.length;
    await s.engine.startRecording({ recording: 'r1', room: 'room', folder: join(s.folder, 'r1'), tone: false });
    // Nearly two blocks: without the last, unfinished one almost half of it would be missing.
    await until('760 ms', () => (phone.heard.length - begin) * phone.ptime >= 760);
    const endsMs = (phone.heard.length - begin) * phone.ptime;
    await s.engine.closeRoom('room');
    await until('its files', () => existsSync(join(s.folder, 'r1', 'b.wav')));
    await until('its last block', () => (tapes(join(s.folder, 'r1'))['mix']?.length ?? 0) / 8 > endsMs - 250);
    assert.equal(await s.engine.stopRecording('r1'), null);

    const elsewhere = join(s.folder, 'elsewhere');
    mkdirSync(elsewhere);
    const second = await MediaStage.open();
    const [other] = (await second.room([400, 700])) as [RtpPhone];
    const again = other.heard.length;
    const folder = join(elsewhere, 'r2');
    await second.engine.startRecording({ recording: 'r2', room: 'room', folder, tone: false });
    // The thread that writes has come up: at the end there is only so much time.
    await until('its first files', () => samplesOf(folder, 'mix.wav') > 0);
    const sinceFirst = other.heard.length;
    await until('760 ms', () => (other.heard.length - sinceFirst) * other.ptime >= 760);
    const tookMs = (other.heard.length - again) * other.ptime;
    await second.close();
    const tape = tapes(folder);
    assert.ok(tape['mix']!.length / 8 > tookMs - 250, `${tape['mix']!.length / 8} of ${tookMs} ms`);
    assert.equal(tape['a']!.length, tape['mix']!.length);
  });

  test('with a tone everybody hears that there is a recording', async (t) => {
    const s = await stage(t);
    const [a, b] = (await s.room([400, 0])) as [RtpPhone, RtpPhone];
    await hears(b, 400);
    await s.engine.startRecording({ recording: 'r', room: 'room', folder: join(s.folder, 'r'), tone: true });
    const beep = (phone: RtpPhone) => {
      const pcm = phone.recent(300);
      return pcm.length > 1600 ? goertzel(pcm, pcm.length - 800, 800, 1400, 8000) : 0;
    };
    const loudest = [0, 0];
    await until('the beep', () => {
      for (const [i, phone] of [a, b].entries()) loudest[i] = Math.max(loudest[i]!, beep(phone));
      return loudest.every((one) => one > 500);
    });
    await pause(200);
    await s.engine.stopRecording('r');
    const { mix } = tapes(join(s.folder, 'r')) as { mix: Int16Array };
    // A tick that never was may be in the middle of it: 60 ms of it are enough.
    assert.ok(level(mix, clearest(mix, 1400, 8000, 480), 480, 1400) > 1000, 'it is on the tape');
  });

  test('a coach is heard by one only; the others share what they hear as before', async (t) => {
    const s = await stage(t);
    // Two who only listen, one of them is coached; one who talks.
    const [a, b, c] = (await s.room([400, 0, 0])) as [RtpPhone, RtpPhone, RtpPhone];
    const coach = await s.call('s', { tone: 1900 });
    await s.engine.perform('setLeg', { leg: 's', heardBy: 'b' });
    await s.engine.perform('joinRoom', { leg: 's', room: 'room' });
    await Promise.all([hears(b, 1900), hears(b, 400), hears(c, 400), hears(coach, 400)]);
    await Promise.all([a, c, coach].map((phone) => hears(phone, 1900, false)));
    await s.engine.perform('setLeg', { leg: 's', heardBy: 'a' });
    await Promise.all([hears(a, 1900), hears(b, 1900, false), hears(c, 1900, false)]);
    await s.engine.perform('setLeg', { leg: 's', muted: true });
    await hears(a, 1900, false);
    await s.engine.perform('setLeg', { leg: 's', muted: false, heardBy: null });
    await Promise.all([hears(a, 1900), hears(b, 1900), hears(c, 1900)]);
  });
});
