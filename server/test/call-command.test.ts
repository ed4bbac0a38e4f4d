import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { goertzelLevel } from '../src/audio/goertzel.ts';
import { readWav, writeWav } from '../src/audio/wav.ts';
import { freePort } from '../src/base/testing/free-port.ts';
import { SandboxCarrier, SandboxPhone } from '../src/sandbox/index.ts';
import { partyline } from './peers/command.ts';
import { PartylineServer, sipPassword } from './peers/partyline.ts';
import { waitFor } from './peers/wait.ts';

/** `partyline call`: what it says, plays and hears, and the exit codes that scripts rely on. */

let folder: string;
let server: PartylineServer;
let carrier: SandboxCarrier;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'partyline-call-'));
  server = await PartylineServer.start();
  carrier = await SandboxCarrier.start({ server: { address: '127.0.0.1', port: server.sipPort } });
});

after(async () => {
  await carrier?.close();
  await server?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const call = (...args: string[]) =>
  partyline(['call', ...args], { cwd: folder, env: { PARTYLINE_CONFIG: join(server.folder, 'partyline.yaml') } });

/** dB of the loudest tenth of a second. */
function loudest(pcm: Int16Array, hertz: number): number {
  let level = Number.NEGATIVE_INFINITY;
  for (let at = 0; at + 800 <= pcm.length; at += 800) {
    level = Math.max(level, goertzelLevel(pcm, at, 800, hertz, 8000));
  }
  return level;
}

test('a guest plays a file in a conference, and records what the others say', async () => {
  const other = carrier.dial('201*1', { from: 'other' });
  await other.answered;
  void other.play(900);
  // 16 kHz: as other programs record.
  const tone = Int16Array.from({ length: 96_000 }, (_, at) =>
    Math.round(9000 * Math.sin((2 * Math.PI * 700 * at) / 16_000)),
  );
  writeFileSync(join(folder, 'tone.wav'), writeWav(tone, 16_000));
  const heard = other.hears(700, 60_000);
  const ran = await call('201*1', '--play', 'tone.wav', '--record', 'heard.wav', '--json');
  await heard;
  other.hangUp();
  assert.equal(ran.code, 0, ran.err);
  const told = ran.out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  assert.deepEqual(
    told.map(({ what }) => what),
    ['calling', 'answered', 'ended'],
  );
  assert.equal(told[2].by, 'us');
  assert.equal(typeof told[2].seconds, 'number');
  const { pcm, sampleRate } = readWav(readFileSync(join(folder, 'heard.wav')));
  assert.equal(sampleRate, 8000);
  assert.equal(statSync(join(folder, 'heard.wav')).mode & 0o777, 0o600);
  assert.ok(loudest(pcm, 900) > -35, `${loudest(pcm, 900)} dB of the other's tone`);
});

test('what could not be kept is said before anybody is called', async () => {
  for (const file of [join('nowhere', 'heard.wav'), '.']) {
    const { code, out, err } = await call('201*1', '--record', file);
    assert.equal(code, 1);
    assert.equal(out, '');
    assert.match(err, /cannot be written/);
  }
});

test('as an extension, with the password of the configuration; busy is 1', async () => {
  const phone = await SandboxPhone.register({
    server: { address: '127.0.0.1', port: server.sipPort },
    number: '102',
    password: sipPassword,
  });
  const first = phone.expectCall(60_000);
  const answered = call('102', '--as', '101', '--for', '1s');
  const coming = await first;
  assert.equal(coming.from.number, '101');
  coming.answer();
  assert.match((await answered).out, /^calling {2}number 102\nanswered\nended {2}by us/);
  const second = phone.expectCall(60_000);
  const refused = call('102', '--as', '101');
  (await second).busy();
  const { code, out } = await refused;
  assert.equal(code, 1);
  assert.match(out, /not answered {2}by them {2}status 486.*\nit is busy; call again later\n$/);
  await phone.close();
});

for (const [advertise, of] of [
  ['127.0.0.2', 'this machine'],
  ['203.0.113.9', 'a router'],
] as const) {
  test(`a server that tells others another address than it sends from, of ${of}, is heard on its own machine`, async () => {
    // As in a container, or behind NAT: everything is listened on, and phones are told one address.
    const sip = { host: '0.0.0.0', port: await freePort() };
    const media = { host: '0.0.0.0', advertise };
    const everywhere = await PartylineServer.start({ config: { sip, media } });
    try {
      const talking = await SandboxCarrier.start({ server: { address: '127.0.0.1', port: sip.port } });
      const other = talking.dial('201*1', { from: 'other' });
      await other.answered;
      void other.play(900);
      const env = { PARTYLINE_CONFIG: join(everywhere.folder, 'partyline.yaml') };
      const args = ['call', '201*1', '--play', '700', '--record', 'everywhere.wav'];
      const until = async () => {
        await other.hears(700, 120_000);
        // It has had as much of the other.
        const enough = other.packets.sent + 150;
        await waitFor(() => other.packets.sent >= enough, 3000, 'something to be recorded');
      };
      assert.equal((await partyline(args, { cwd: folder, env, until })).code, 0);
      await talking.close();
      const { pcm } = readWav(readFileSync(join(folder, 'everywhere.wav')));
      assert.ok(loudest(pcm, 900) > -35, `${loudest(pcm, 900)} dB of the other's tone`);
    } finally {
      await everywhere.stop();
    }
  });
}

test('keys are pressed: number and PIN', async () => {
  const env = { PARTYLINE_CONFIG: join(server.folder, 'partyline.yaml') };
  const until = async () => void (await server.conferenceOf('200', '3', 1, 30_000));
  const ended = await partyline(['call', '200', '--press', '3#,,2233#'], { cwd: folder, env, until });
  assert.equal(ended.code, 0, ended.err);
});

test('wrong use', async () => {
  for (const [args, says] of [
    [['102', '--as', '999'], /password of 999 is not in the configuration/],
    [['102', '--play', 'none.wav'], /--play none\.wav: it cannot be read/],
    [['102', '--for', '10'], /--for is a time with its unit/],
    [['102', '--press', 'x'], /--press takes/],
    [['102', '--server', '127.0.0.1:99999'], /--server is HOST or HOST:PORT/],
    [[], /the number to call is missing/],
  ] as const) {
    const { code, err } = await call(...args);
    assert.equal(code, 64, err);
    assert.match(err, says);
  }
});
