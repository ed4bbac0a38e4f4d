import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { SandboxPhone } from '../src/sandbox/index.ts';
import { PartylineServer, sipPassword } from './peers/partyline.ts';

/** The sandbox's telephones as extensions of a server. */

let server: PartylineServer;

before(async () => {
  server = await PartylineServer.start();
});

after(() => server?.stop());

const phone = (number: string, password = sipPassword) =>
  SandboxPhone.register({ server: { address: '127.0.0.1', port: server.sipPort }, number, password });

test('phones of extensions call each other, and hear samples as they were played', async () => {
  const [alice, bob] = [await phone('101'), await phone('102')];
  const rung = bob.expectCall();
  const call = alice.dial('102');
  const coming = await rung;
  coming.answer();
  await call.answered;
  let samples = 0;
  coming.onHeard = (pcm) => {
    samples += pcm.length;
  };
  const second = Int16Array.from({ length: 8000 }, (_, at) =>
    Math.round(8000 * Math.sin((2 * Math.PI * 700 * at) / 8000)),
  );
  const heard = coming.hears(700);
  await call.play(second);
  await heard;
  assert.ok(samples > 4000, `${samples} samples`);
  call.hangUp();
  assert.equal((await coming.ended).by, 'them');
  await Promise.all([alice.close(), bob.close()]);
});

test('a wrong password is refused, and says so', async () => {
  await assert.rejects(phone('103', 'wrong'), /phone 103 is not registered: status 40/);
});
