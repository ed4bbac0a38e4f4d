import { after, before, test } from 'node:test';
import { Phone } from './peers/baresip.ts';
import { listen } from './peers/hearing.ts';
import { needs } from './peers/installed.ts';
import { PartylineServer, sipPassword } from './peers/partyline.ts';

/** A real phone in Opus and one in G.711 talk to each other. */

const skip = needs('baresip');
let server: PartylineServer;
let alice: Phone;
let bob: Phone;

before(async () => {
  if (skip !== false) return;
  server = await PartylineServer.start({ config: { media: { codecs: ['opus', 'PCMU', 'PCMA'] } } });
  const options = { password: sipPassword, server: server.sipAddress };
  alice = await Phone.start({ ...options, user: '101', tone: 440, codecs: 'opus/48000/2' });
  bob = await Phone.start({ ...options, user: '102', tone: 700 });
  await Promise.all([alice.registered(), bob.registered()]);
});

after(async () => {
  await Promise.all([alice?.stop(), bob?.stop()]);
  await server?.stop();
});

test('whoever of them calls, each is spoken to in its own and hears the other', { skip }, async () => {
  for (const [from, number, to] of [
    [alice, '102', bob],
    [bob, '101', alice],
  ] as const) {
    const [before, heard] = [from.events.length, to.events.length];
    await from.ring(number);
    await to.event('CALL_INCOMING', 5000, heard);
    await to.answer();
    await from.event('CALL_ESTABLISHED', 5000, before);
    await listen([
      { phone: alice, hears: [700], notHears: [440] },
      { phone: bob, hears: [440], notHears: [700] },
    ]);
    const ended = to.events.length;
    await from.hangup();
    await to.ended(5000, ended);
  }
});
