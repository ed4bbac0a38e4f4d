import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { after, before, test } from 'node:test';
import { RawPhone } from '../testing/raw-phone.ts';
import { until, VirtualExchange } from '../testing/virtual-exchange.ts';
import type { VirtualPhone } from '../testing/virtual-phone.ts';

let exchange: VirtualExchange;
let alice: VirtualPhone;
let bob: VirtualPhone;

before(async () => {
  exchange = await VirtualExchange.open();
  alice = await exchange.phone(500);
  bob = await exchange.phone(900);
  await bob.call(exchange.sip, '211*4');
});

after(() => exchange.close());

test('a re-INVITE from another port moves the sound there', async () => {
  await alice.call(exchange.sip, '211*4');
  await until('both to hear each other', () => alice.hears(bob.tone) > 0.05 && bob.hears(alice.tone) > 0.05);
  await alice.move();
  const before = alice.packetsHeard;
  await until('sound at the new port', () => alice.packetsHeard > before + 25);
  assert.ok(alice.hears(bob.tone) > 0.05);
  await until('bob to hear alice still', () => bob.hears(alice.tone) > 0.05);
  alice.hangUp();
});

test('a re-INVITE without an offer gets ours, and the answer comes in its ACK; a bad one changes nothing', async () => {
  const raw = await RawPhone.open(exchange.sip);
  const sound = createSocket('udp4');
  await new Promise<void>((resolve) => sound.bind(0, '127.0.0.1', resolve));
  let heard = 0;
  sound.on('message', () => heard++);
  const sdp = (port: number, formats: string, more = '') =>
    `v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio ${port} RTP/AVP ${formats}\r\n${more}`;

  raw.send('INVITE', 1, sdp(9, '0', 'm=video 9 RTP/AVP 34\r\n').replace('m=audio 9', 'm=audio 40000'));
  assert.match(await raw.final('INVITE', 1), /^SIP\/2\.0 200/);
  raw.send('ACK', 1, '');

  raw.send('INVITE', 2, '');
  const offer = await raw.final('INVITE', 2);
  assert.match(offer, /^SIP\/2\.0 200/);
  assert.deepEqual(
    offer.match(/^m=\w+ \d+/gm)?.map((line) => line.replace(/[1-9]\d+/, 'port')),
    ['m=audio port', 'm=video 0'],
  );
  raw.send('ACK', 2, sdp(sound.address().port, '8', 'm=video 0 RTP/AVP 34\r\n'));
  await until('sound where the answer said', () => heard > 20);

  raw.send('INVITE', 3, sdp(40_002, '18'));
  const refused = await raw.final('INVITE', 3);
  assert.match(refused, /^SIP\/2\.0 488/);
  assert.match(refused, /^Warning: 305 /m);
  raw.send('ACK', 3, '');
  raw.send('INVITE', 4, 'nonsense');
  assert.match(await raw.final('INVITE', 4), /^SIP\/2\.0 400/);
  raw.send('ACK', 4, '');
  const before = heard;
  await until('sound as before', () => heard > before + 10);

  raw.send('BYE', 5, '');
  assert.match(await raw.final('BYE', 5), /^SIP\/2\.0 200/);
  bob.hangUp();
  await exchange.nothingIsLeft();
  raw.close();
  sound.close();
});
