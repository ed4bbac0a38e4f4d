import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { bound, freePort } from '../src/base/testing/free-port.ts';
import { SandboxCarrier } from '../src/sandbox/index.ts';
import { Phone } from './peers/baresip.ts';
import { listen } from './peers/hearing.ts';
import { needs } from './peers/installed.ts';
import { overTrunk, PartylineServer, sipPassword } from './peers/partyline.ts';
import { runSipp } from './peers/sipp.ts';
import { UnifiedApi } from './peers/unified-api.ts';
import { waitFor } from './peers/wait.ts';

/**
 * Desk phones, a carrier of another make and the carrier in the box, invited over HTTP into one conference; who hears
 * whom.
 */

const skip = needs('baresip') || needs('sipp');
const number = '3235742879';
/** Hz. */
const tones = { phone: 440, invited: 1130 };

let carrier: SandboxCarrier;
let server: PartylineServer;
let api: UnifiedApi;
let phone: Phone;

before(async () => {
  if (skip !== false) return;
  carrier = await SandboxCarrier.start({ behaviours: false });
  server = await PartylineServer.start({ config: overTrunk(carrier.uri) });
  api = await UnifiedApi.connect(`http://127.0.0.1:${server.httpPort}`);
  phone = await Phone.start({ user: '101', password: sipPassword, server: server.sipAddress, tone: tones.phone });
  await phone.registered();
});

after(async () => {
  await phone?.stop();
  await server?.stop();
  await carrier?.close();
});

test('a desk phone and an invited number hear each other in the conference', { skip }, async () => {
  await phone.dial('200*3*9911');
  const coming = carrier.expectCall(number);
  const answer = await api.invite([number]);
  const call = await coming;
  call.answer();
  await server.conferenceOf('200', '3', 2);
  void call.play(tones.invited);
  await call.hears(tones.phone);
  await listen([{ phone, hears: [tones.invited], notHears: [tones.phone] }]);

  const presence = await api.ask('/uapi/extensions/@me/101/presence');
  assert.equal(presence.json.entry[0].status, '3', presence.text);
  assert.equal(presence.json.entry[0].registration[0].registration, '1');

  await api.ask(answer.json[0].links.self, { method: 'DELETE' });
  await listen([{ phone, hears: [], notHears: [tones.invited] }]);
  await phone.hangup();
  await server.quiet();
  const after = await api.ask('/uapi/extensions/@me/@self/presence?filterBy=extension&filterOp=equals&filterValue=101');
  assert.equal(after.json.entry.length, 1);
  assert.equal(after.json.entry[0].status, '1');
});

test('an extension is invited: the desk phone rings, shows the caller id, and is in the conference', {
  skip,
}, async () => {
  const since = phone.events.length;
  const answer = await api.invite(['101'], { callerId: 'John Doe <4242425>' });
  assert.equal(answer.status, 200, answer.text);
  const incoming = await phone.event('CALL_INCOMING', 5000, since);
  assert.match(JSON.stringify(incoming), /4242425/);
  await waitFor(
    async () => (await api.at(answer.json[0].links.self))?.phoneCallView[0]?.status === '4',
    3000,
    'ringing',
  );
  await phone.answer();
  await api.status(answer.json[0].links.self, 5);
  await server.conferenceOf('200', '3', 1);
  await phone.hangup();
  await api.status(answer.json[0].links.self, null);
});

test('SIPp as the carrier: answers, and the call is ended over HTTP', { skip }, async () => {
  const port = await freePort();
  const other = await PartylineServer.start({ config: overTrunk(`sip:127.0.0.1:${port}`, { options: 'off' }) });
  try {
    const sipp = runSipp({
      scenario: 'uas',
      target: { address: '127.0.0.1', port: other.sipPort },
      calls: 1,
      rate: 1,
      args: ['-p', String(port)],
    });
    await bound('udp', port);
    const client = await UnifiedApi.connect(`http://127.0.0.1:${other.httpPort}`);
    const answer = await client.invite([number]);
    await client.status(answer.json[0].links.self, 5);
    assert.equal((await client.ask(answer.json[0].links.self, { method: 'DELETE' })).status, 200);
    assert.equal((await sipp).ok, 1);
  } finally {
    await other.stop();
  }
});

test('the carrier in the box runs where no trunk is configured, and its numbers do as they say', async () => {
  const own = await PartylineServer.start({ config: { sandbox: 'auto' } });
  try {
    const client = await UnifiedApi.connect(`http://127.0.0.1:${own.httpPort}`);
    assert.match(own.output, /2025550141 +echo/);
    const told = await own.request('/sandbox');
    assert.match(await told.text(), /2025550141/);
    const speaks = await client.invite([number]);
    const enters = await client.invite(['555018132233'], { query: '' });
    const wrongFirst = await client.invite(['555019132233'], { query: '' });
    const busy = await client.invite(['2025550130']);
    for (const { status, text } of [speaks, enters, wrongFirst, busy]) assert.equal(status, 200, text);
    await client.status(busy.json[0].links.self, null);
    await own.conferenceOf('200', '3', 3, 25_000);
    await waitFor(
      async () => (await own.calls())[0]?.connections.some(({ talking }) => talking),
      8000,
      'somebody who speaks',
    );
    await client.ask('/uapi/phoneCalls/@me/200', { method: 'DELETE' });
    await own.quiet();
  } finally {
    await own.stop();
  }
});
