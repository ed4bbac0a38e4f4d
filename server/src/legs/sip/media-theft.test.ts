import assert from 'node:assert/strict';
import { createSocket, type Socket } from 'node:dgram';
import { after, before, type TestContext, test } from 'node:test';
import { RawPhone } from '../testing/raw-phone.ts';
import { domain, password, until, VirtualExchange, withExchange } from '../testing/virtual-exchange.ts';
import type { VirtualPhone } from '../testing/virtual-phone.ts';

/*
 * Sound goes to who asked for it: nowhere before the ACK, not to who sprays our ports, and not for ever to a phone that
 * is gone.
 */

let exchange: VirtualExchange;
/** Talks, so that there is something to be heard. */
let speaker: VirtualPhone;

before(async () => {
  exchange = await VirtualExchange.open({ mediaTimeoutMs: 3000 });
  speaker = await exchange.phone(900);
  await speaker.call(exchange.sip, '211*4');
});

after(() => exchange.close());

/** An RTP socket that sends silence and counts what comes. */
class Sound {
  readonly socket: Socket = createSocket('udp4');
  packets = 0;
  #sequence = 0;

  static async at(t: TestContext, address: string): Promise<Sound> {
    const sound = new Sound();
    t.after(() => sound.socket.close());
    await new Promise<void>((resolve) => sound.socket.bind(0, address, resolve));
    sound.socket.on('message', () => sound.packets++);
    return sound;
  }

  say(port: number, ssrc: number): void {
    const packet = Buffer.alloc(172, 0xff);
    packet.writeUInt32BE(0x80000000 + ++this.#sequence, 0);
    packet.writeUInt32BE(this.#sequence * 160, 4);
    packet.writeUInt32BE(ssrc, 8);
    this.socket.send(packet, port, '127.0.0.1');
  }

  offer(...more: string[]): string {
    const { address, port } = this.socket.address();
    const head = [
      'v=0',
      'o=- 1 1 IN IP4 127.0.0.1',
      's=-',
      `c=IN IP4 ${address}`,
      't=0 0',
      `m=audio ${port} RTP/AVP 0`,
    ];
    return `${[...head, ...more].join('\r\n')}\r\n`;
  }
}

/** A guest who hears the speaker by now: what other guests of its time get has been sent as well. */
async function speakerHeard(t: TestContext): Promise<Sound> {
  const raw = await RawPhone.open(exchange.sip);
  t.after(() => {
    raw.send('BYE', 2, '');
    raw.close();
  });
  const sound = await Sound.at(t, '127.0.0.1');
  raw.send('INVITE', 1, sound.offer());
  await raw.final('INVITE', 1);
  raw.send('ACK', 1, '');
  await until('sound at a guest', () => sound.packets > 50);
  return sound;
}

const portIn = (response: string) => Number(/^m=audio (\d+)/m.exec(response)?.[1]);

test('before the ACK nothing is sent, whatever address the SDP names; then sound comes', async (t) => {
  const raw = await RawPhone.open(exchange.sip);
  t.after(() => raw.close());
  const sound = await Sound.at(t, '127.0.0.1');
  raw.send('INVITE', 1, sound.offer());
  const port = portIn(await raw.final('INVITE', 1));
  // What the phone says before its ACK is taken, but not answered with sound.
  sound.say(port, 1);
  sound.say(port, 1);
  await speakerHeard(t);
  assert.equal(sound.packets, 0);
  raw.send('ACK', 1, '');
  await until('sound', () => sound.packets > 10);
  raw.send('BYE', 2, '');
  await raw.final('BYE', 2);
});

test('a guest whose description names another host has nothing sent there, or as much as comes from there', async (t) => {
  const raw = await RawPhone.open(exchange.sip);
  t.after(() => raw.close());
  const victim = await Sound.at(t, '127.0.0.66');
  raw.send('INVITE', 1, victim.offer());
  const port = portIn(await raw.final('INVITE', 1));
  raw.send('ACK', 1, '');
  const other = await speakerHeard(t);
  assert.equal(victim.packets, 0);
  for (let i = 0; i < 5; i++) victim.say(port, 1);
  await until('an answer to what came', () => victim.packets > 0);
  const before = other.packets;
  await until('sound for a while', () => other.packets > before + 50);
  // RTCP is counted with it, and may have taken the place of sound.
  assert.ok(victim.packets <= 5, `${victim.packets} packets`);
  raw.send('BYE', 2, '');
  await raw.final('BYE', 2);
});

test('who has logged in may name any host', async (t) => {
  const phone = await exchange.phone(1200);
  phone.silent = true;
  const elsewhere = await Sound.at(t, '127.0.0.66');
  const login = { from: { user: '15000', host: domain }, credentials: { username: '15000', password } };
  await phone.call(exchange.sip, '211*4', { ...login, offer: elsewhere.offer() });
  await until('sound at the other host', () => elsewhere.packets > 50);
  phone.hangUp();
});

test('two guests cannot be pointed at each other, by whichever address', async (t) => {
  const phones = await Promise.all([0, 1].map(() => RawPhone.open(exchange.sip)));
  for (const raw of phones) t.after(() => raw.close());
  const [one, other] = phones as [RawPhone, RawPhone];
  const sound = await Sound.at(t, '127.0.0.1');
  one.send('INVITE', 1, sound.offer());
  const port = portIn(await one.final('INVITE', 1));
  one.send('ACK', 1, '');
  const named = sound.offer().replace(/m=audio \d+/, `m=audio ${port}`);
  other.send('INVITE', 1, named);
  assert.match(await other.final('INVITE', 1), /^SIP\/2\.0 488/);
  one.send('INVITE', 2, named);
  assert.match(await one.final('INVITE', 2), /^SIP\/2\.0 488/, 'nor at itself');
  one.send('BYE', 3, '');
  await one.final('BYE', 3);
});

test('a silent leg can be taken neither from another host nor, once the phone speaks, from its own', async (t) => {
  const raw = await RawPhone.open(exchange.sip);
  t.after(() => raw.close());
  const phone = await Sound.at(t, '127.0.0.1');
  const thief = await Sound.at(t, '127.0.0.66');
  const neighbour = await Sound.at(t, '127.0.0.1');
  raw.send('INVITE', 1, phone.offer());
  const port = portIn(await raw.final('INVITE', 1));
  raw.send('ACK', 1, '');
  for (let i = 0; i < 10; i++) thief.say(port, 66);
  await until('sound at the phone', () => phone.packets > 10);
  assert.equal(thief.packets, 0);
  const spray = setInterval(() => neighbour.say(port, 67), 20);
  await until('sound at the neighbour', () => neighbour.packets > 5);
  const talk = setInterval(() => phone.say(port, 1), 20);
  const had = phone.packets;
  await until('sound at the phone again', () => phone.packets > had + 10);
  // What was on its way to the neighbour has come by now, and what would go there next by then.
  const lost = neighbour.packets;
  const then = phone.packets;
  await until('sound at the phone for a while', () => phone.packets > then + 20);
  assert.equal(neighbour.packets, lost);
  clearInterval(talk);
  clearInterval(spray);
  raw.send('BYE', 2, '');
  await raw.final('BYE', 2);
});

test('a quiet phone of any direction is asked now and then; one that has forgotten the call is put out', (t) =>
  withExchange({ mediaTimeoutMs: 400 }, async (own) => {
    const lines = ['a=sendrecv', 'a=recvonly', 'a=inactive', 'a=sendonly', 'c=IN IP4 0.0.0.0'];
    const phones = await Promise.all(lines.map(() => RawPhone.open(own.sip)));
    const questions = (raw: RawPhone) => raw.asked.filter((method) => method === 'OPTIONS').length;
    for (const [i, raw] of phones.entries()) {
      t.after(() => raw.close());
      const sound = await Sound.at(t, '127.0.0.1');
      // Whether it knows the method does not matter.
      raw.answer = () => (i === 0 ? 405 : 200);
      raw.send('INVITE', 1, sound.offer(lines[i]!));
      assert.match(await raw.final('INVITE', 1), /^SIP\/2\.0 200/);
      raw.send('ACK', 1, '');
    }
    await until('questions to all', () => phones.every((raw) => questions(raw) >= 2));
    assert.ok(phones.every((raw) => !raw.asked.includes('BYE')));
    for (const raw of phones) raw.answer = (method) => (method === 'OPTIONS' ? 481 : 200);
    await until('BYE to all', () => phones.every((raw) => raw.asked.includes('BYE')));
    await own.nothingIsLeft();
    assert.equal(own.logOf('conference').at(-1), 'callCleared timeout');
  }));
