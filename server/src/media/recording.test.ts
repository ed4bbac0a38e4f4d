import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
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
    // The header first: it may be written again while the file is read, with a size that the bytes read before do not have.
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

/** How many samples later `of` has what `pcm` has: where their correlation is highest, within `most` either way. */
function lag(pcm: Int16Array, of: Int16Array, most: number): number {
  let best = Number.NEGATIVE_INFINITY;
  let at = 0;
  for (let shift = -most; shift <= most; shift++) {
    let sum = 0;
    for (let i = most; i < pcm.length - most; i++) sum += pcm[i]! * of[i + shift]!;
    if (sum > best) [best, at] = [sum, shift];
  }
  return at;
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

describe('recording on real sockets', { concurrency: 6 }, () => {
  for (const rate of [8000, 16_000] as const) {
    test(`the mix and one track for each leg, in step to the sample (${rate} Hz)`, async (t) => {
      const s = await stage(t);
      const [a] = (await s.room([400, 700, 1100], rate === 8000 ? {} : { codec: `L16/${rate}`, payloadType: 97 })) as [
        RtpPhone,
      ];
      const folder = join(s.folder, 'deep', 'rec');
      await s.engine.startRecording({ recording: 'rec', room: 'room', folder, tone: false });
      await s.engine.startRecording({ recording: 'rec', room: 'room', folder, tone: false });
      await pause(500);
      await s.engine.leaveRoom('c');
      await s.call('d', { tone: 1500 });
      await s.engine.joinRoom('d', 'room');
      await pause(500);
      a.tone = 0;
      await hears(s.phones[1]!, 400, false);
      const recorded = await s.engine.stopRecording('rec');
      assert.equal(await s.engine.stopRecording('rec'), null);

      const tape = tapes(folder);
      assert.deepEqual(Object.keys(tape).sort(), ['a', 'b', 'c', 'd', 'mix']);
      const { mix, a: ta, b: tb, c: tc, d: td } = tape as Record<'mix' | 'a' | 'b' | 'c' | 'd', Int16Array>;
      assert.equal(mix.length, (recorded!.durationMs * rate) / 1000);
      assert.ok(recorded!.durationMs > 1000 && recorded!.durationMs < 6000, `${recorded!.durationMs} ms`);
      for (const { name, bytes } of recorded!.files) assert.equal(bytes, 44 + 2 * mix.length, name);

      for (let i = 0; i < mix.length; i++) {
        if (mix[i] !== ta[i]! + tb[i]! + tc[i]! + td[i]!) assert.fail(`sample ${i} of the mix is not what was said`);
      }
      const own = { a: [ta, 400], b: [tb, 700], c: [tc, 1100] } as const;
      for (const [leg, [track, pitch]] of Object.entries(own)) {
        for (const frequency of [400, 700, 1100, 1500]) {
          const heard = level(track, rate / 5, rate / 5, frequency, rate);
          assert.ok(frequency === pitch ? heard > 5000 : heard < 100, `${leg}, ${frequency} Hz: ${heard}`);
        }
      }
      const end = mix.length;
      assert.ok(level(td, end - rate * 0.3, rate / 5, 1500, rate) > 5000, 'who came later');
      assert.ok(
        td.subarray(0, rate / 4).every((sample) => sample === 0),
        'was silent before',
      );
      assert.ok(
        tc.subarray(end - rate / 4).every((sample) => sample === 0),
        'who left is silent',
      );
      assert.ok(level(ta, end - rate / 10, rate / 10, 400, rate) < 500, 'who stopped talking too');
      assert.equal(lag(tb.subarray(rate / 5, rate / 2), mix.subarray(rate / 5, rate / 2), 60), 0);
    });
  }

  test('kill -9 of the media process: every file is whole, up to the last second', async (t) => {
    const s = await stage(t);
    const folders = await Promise.all(
      [1, 2].map(async (i) => {
        const folder = join(s.folder, `rec${i}`);
        await s.engine.createRoom(`room${i}`, 'org');
        for (const leg of ['a', 'b']) {
          await s.call(`${leg}${i}`, { tone: leg === 'a' ? 400 : 700 });
          await s.engine.joinRoom(`${leg}${i}`, `room${i}`);
        }
        await s.engine.startRecording({ recording: `rec${i}`, room: `room${i}`, folder, tone: false });
        return { folder, fromMs: systemClock.monotonic() };
      }),
    );
    await pause(1730);
    const [stats] = await s.engine.processStats();
    process.kill(stats!.pid, 'SIGKILL');
    const endMs = systemClock.monotonic();
    await until('the loss', () => s.events.includes('roomLost room1'));
    for (const [i, { folder, fromMs }] of folders.entries()) {
      const tape = tapes(folder);
      assert.deepEqual(Object.keys(tape).sort(), [`a${i + 1}`, `b${i + 1}`, 'mix']);
      const mix = tape['mix']!;
      const missingMs = endMs - fromMs - mix.length / 8;
      assert.ok(missingMs > -100 && missingMs < 1000, `${missingMs} ms are missing`);
      for (const track of Object.values(tape)) assert.equal(track.length, mix.length);
      for (const frequency of [400, 700]) assert.ok(level(mix, mix.length - 800, 800, frequency) > 5000, 'to the end');
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
    await s.room([400, 700]);
    const begin = systemClock.monotonic();
    await s.engine.startRecording({ recording: 'r1', room: 'room', folder: join(s.folder, 'r1'), tone: false });
    // Nearly two blocks: without the last, unfinished one almost half of it would be missing.
    await pause(760);
    const endsMs = systemClock.monotonic() - begin;
    await s.engine.closeRoom('room');
    await until('its files', () => existsSync(join(s.folder, 'r1', 'b.wav')));
    await until('its last block', () => (tapes(join(s.folder, 'r1'))['mix']?.length ?? 0) / 8 > endsMs - 250);
    assert.equal(await s.engine.stopRecording('r1'), null);

    const elsewhere = join(s.folder, 'elsewhere');
    mkdirSync(elsewhere);
    const second = await MediaStage.open();
    await second.room([400, 700]);
    const again = systemClock.monotonic();
    const folder = join(elsewhere, 'r2');
    await second.engine.startRecording({ recording: 'r2', room: 'room', folder, tone: false });
    await pause(760);
    const tookMs = systemClock.monotonic() - again;
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
    assert.ok(level(mix, 200, 1200, 1400) > 1000, 'it is on the tape');
  });

  test('a coach is heard by one only; the others share what they hear as before', async (t) => {
    const s = await stage(t);
    // Two who only listen, one of them is coached; one who talks.
    const [a, b, c] = (await s.room([400, 0, 0])) as [RtpPhone, RtpPhone, RtpPhone];
    const coach = await s.call('s', { tone: 1900 });
    await s.engine.setLeg('s', { heardBy: 'b' });
    await s.engine.joinRoom('s', 'room');
    await Promise.all([hears(b, 1900), hears(b, 400), hears(c, 400), hears(coach, 400)]);
    for (const phone of [a, c, coach]) assert.ok(level(phone.recent(200), 0, 1200, 1900) < 150);
    await s.engine.setLeg('s', { heardBy: 'a' });
    await Promise.all([hears(a, 1900), hears(b, 1900, false), hears(c, 1900, false)]);
    await s.engine.setLeg('s', { muted: true });
    await hears(a, 1900, false);
    await s.engine.setLeg('s', { muted: false, heardBy: null });
    await Promise.all([hears(a, 1900), hears(b, 1900), hears(c, 1900)]);
  });
});
