import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { type SandboxCall, SandboxCarrier } from '../src/sandbox/index.ts';
import { Phone } from './peers/baresip.ts';
import { listen } from './peers/hearing.ts';
import { needs } from './peers/installed.ts';
import { administrator, overTrunk, PartylineServer, sipPassword } from './peers/partyline.ts';
import { UnifiedApi } from './peers/unified-api.ts';
import { waitFor } from './peers/wait.ts';

/**
 * Calls between two public numbers, made and changed over HTTP, with a real desk phone that listens, whispers and picks
 * up.
 */

const skip = needs('baresip');
const [aNumber, bNumber, cNumber] = ['3235550101', '3235550102', '3235550103'];
/** Hz: what each says all the time. */
const tones = { a: 700, b: 1130, c: 1900, phone: 440 };

let carrier: SandboxCarrier;
let server: PartylineServer;
let api: UnifiedApi;
let phone: Phone;

before(async () => {
  if (skip !== false) return;
  carrier = await SandboxCarrier.start({ behaviours: false });
  server = await PartylineServer.start({
    config: { ...overTrunk(carrier.uri), limits: { dialOutPerMinute: 1000 } },
  });
  api = await UnifiedApi.connect(`http://127.0.0.1:${server.httpPort}`);
  phone = await Phone.start({ user: '101', password: sipPassword, server: server.sipAddress, tone: tones.phone });
  await phone.registered();
});

after(async () => {
  await phone?.stop();
  await server?.stop();
  await carrier?.close();
});

/** What a failed test has left running must not fail the next. */
beforeEach(async () => {
  if (skip !== false) return;
  await api.ask('/uapi/phoneCalls/@me/@self', { method: 'DELETE' });
  await server.quiet(8000);
});

interface Talk {
  readonly link: string;
  readonly a: SandboxCall;
  readonly b: SandboxCall;
}

/** A and B talk to each other. */
async function talk(query = ''): Promise<Talk> {
  const aComing = carrier.expectCall(aNumber);
  const answer = await api.ask(`/uapi/phoneCalls/@me/simple?${query}`, {
    method: 'POST',
    body: { extension: '101', phoneCallView: [{ source: [aNumber], destination: [bNumber] }] },
  });
  assert.equal(answer.status, 200, answer.text);
  const link: string = answer.json[0].links.self;
  const a = await aComing;
  const bComing = carrier.expectCall(bNumber);
  a.answer();
  const b = await bComing;
  b.answer();
  await api.status(link, 5);
  void a.play(tones.a);
  void b.play(tones.b);
  return { link, a, b };
}

async function change(link: string, action: object, status = 200) {
  const answer = await api.ask(link, { method: 'PUT', body: action });
  assert.equal(answer.status, status, answer.text);
  return answer.json;
}

/** The desk phone rings and is picked up. */
async function pickUpPhone(ask: () => Promise<unknown>): Promise<void> {
  const since = phone.events.length;
  const asked = ask();
  await phone.event('CALL_INCOMING', 5000, since);
  await phone.answer();
  await asked;
}

/** It hangs up, and can be called again. */
async function phoneIsFree(): Promise<void> {
  const busy = async () =>
    (await server.calls()).some(({ connections }) => connections.some(({ device }) => device.number === '101'));
  await phone.hangup();
  await waitFor(async () => !(await busy()), 5000, 'the end of the call of 101');
}

async function end({ link }: Talk): Promise<void> {
  const answer = await api.ask(link, { method: 'DELETE' });
  assert.equal(answer.status, 200, answer.text);
  await server.quiet();
}

test('a simple call joins two numbers, is one view as in its record, and ends for both', { skip }, async () => {
  const call = await talk();
  await Promise.all([call.a.hears(tones.b), call.b.hears(tones.a), call.a.hearsNot(tones.a)]);
  const shown = (await api.at(call.link))!;
  assert.equal(shown.extension, '101');
  assert.deepEqual(
    shown.phoneCallView.map(({ id, status }) => [id, status]),
    [['00', '5']],
  );
  await end(call);
  const { entry } = (await api.ask('/uapi/cdr?sortOrder=desc&count=100')).json;
  assert.equal(entry[shown.id].phoneCallView.length, 1);
  assert.equal((await call.a.ended).by, 'them');
  assert.equal((await call.b.ended).by, 'them');
});

test('several sources ring at once, the first to answer is connected', { skip }, async () => {
  const [aComing, cComing] = [carrier.expectCall(aNumber), carrier.expectCall(cNumber)];
  const answer = await api.ask('/uapi/phoneCalls/@me/simple', {
    method: 'POST',
    body: { extension: '101', phoneCallView: [{ source: [aNumber, cNumber], destination: [bNumber] }] },
  });
  assert.equal(answer.status, 200, answer.text);
  const [a, c] = [await aComing, await cComing];
  a.ring();
  const bComing = carrier.expectCall(bNumber);
  c.answer();
  assert.equal((await a.ended).by, 'them');
  (await bComing).answer();
  await api.status(answer.json[0].links.self, 5);
  await api.ask(answer.json[0].links.self, { method: 'DELETE' });
});

test('callDuration ends the call', { skip }, async () => {
  const call = await talk('callDuration=4');
  assert.equal((await call.a.ended).by, 'them');
  await server.quiet();
  const log = await server.events(call.link.slice(-20));
  const talking = log.findLast(({ type }) => type === 'established')!;
  const tookMs = Date.parse(log.at(-1)!.at) - Date.parse(talking.at);
  // A busy machine is late, never early.
  assert.ok(tookMs >= 3990 && tookMs < server.atThisPace(12_000), `${tookMs} ms`);
});

test('on hold the other hears music; off hold they talk again', { skip }, async () => {
  const call = await talk();
  const held = await change(call.link, { action: 'OnHold', phoneCallViewId: '00' });
  assert.ok(
    held.phoneCallView.some((view: { onHold?: string }) => view.onHold !== undefined),
    JSON.stringify(held),
  );
  await Promise.all([call.b.hearsNot(tones.a), call.a.hearsNot(tones.b)]);
  await call.b.hearsSound();
  await change(call.link, { action: 'OffHold', phoneCallViewId: '00' });
  await Promise.all([call.a.hears(tones.b), call.b.hears(tones.a)]);
  await end(call);
});

test('monitor hears both and is not heard; whisper is heard by one; barge-in by all', { skip }, async () => {
  const call = await talk();
  await pickUpPhone(() => change(call.link, { action: 'Monitor', phoneCallViewId: '00', sendCallTo: '101' }));
  await listen([{ phone, hears: [tones.a, tones.b], notHears: [] }]);
  await Promise.all([call.a.hearsNot(tones.phone), call.b.hearsNot(tones.phone)]);
  await phoneIsFree();
  await api.status(call.link, 5);

  await pickUpPhone(() =>
    change(call.link, {
      action: 'Whisper',
      phoneCallViewId: '00',
      sendCallTo: ['101'],
      callerId: 'Whisper To Me <42420042>',
    }),
  );
  await Promise.all([call.a.hears(tones.phone), call.b.hearsNot(tones.phone)]);
  await listen([{ phone, hears: [tones.a, tones.b], notHears: [] }]);
  await phoneIsFree();

  await pickUpPhone(() =>
    change(call.link, { action: 'Whisper', phoneCallViewId: '01', sendCallTo: '101', private: '1' }),
  );
  await Promise.all([call.b.hears(tones.phone), call.a.hearsNot(tones.phone)]);
  await listen([{ phone, hears: [], notHears: [tones.a, tones.b] }]);
  await phoneIsFree();

  await pickUpPhone(() => change(call.link, { action: 'BargeIn', phoneCallViewId: '00', sendCallTo: '0003*101' }));
  await Promise.all([call.a.hears(tones.phone), call.b.hears(tones.phone), call.a.hears(tones.b)]);
  await listen([{ phone, hears: [tones.a, tones.b], notHears: [tones.phone] }]);
  await end(call);
});

test('transfer: one party leaves, the other talks to who is called', { skip }, async () => {
  const call = await talk('allowPublicTransfer=true');
  const cComing = carrier.expectCall(cNumber);
  await change(call.link, { action: 'Transfer', sendCallTo: cNumber, transferFromNumber: aNumber });
  const c = await cComing;
  c.ring();
  assert.equal((await call.a.ended).by, 'them');
  c.answer();
  await c.answered;
  void c.play(tones.c);
  await Promise.all([call.b.hears(tones.c), c.hears(tones.b)]);
  await end(call);
  const second = await talk();
  await change(second.link, { action: 'Transfer', sendCallTo: cNumber, transferFromNumber: aNumber }, 400);
  await end(second);
});

test('park: music until the call is taken back at a phone', { skip }, async () => {
  const since = phone.events.length;
  const asked = api.ask('/uapi/phoneCalls/@me/simple', {
    method: 'POST',
    body: { extension: '101', phoneCallView: [{ source: ['101'], destination: [bNumber] }] },
  });
  await phone.event('CALL_INCOMING', 5000, since);
  const bComing = carrier.expectCall(bNumber);
  await phone.answer();
  const link: string = (await asked).json[0].links.self;
  const b = await bComing;
  b.answer();
  await api.status(link, 5);
  void b.play(tones.b);
  const parked = await change(link, { action: 'Park', phoneCallViewId: '00', maxInParking: 60 });
  assert.ok(Array.isArray(parked));
  await b.hearsNot(tones.phone);
  await b.hearsSound();
  const view = (await api.at(link))?.phoneCallView.find((one) => one.parked !== undefined);
  assert.equal(Number(view?.parkedPos), 1);
  await pickUpPhone(() => change(link, { action: 'UnPark', phoneCallViewId: view!.id, sendCallTo: '101' }));
  await b.hears(tones.phone);
  await api.ask(link, { method: 'DELETE' });
});

test('park between two numbers: music for one, and the other is called back', { skip }, async () => {
  const call = await talk();
  const { a, b, link } = call;
  // Before it comes, which it may while the music is listened to.
  const coming = carrier.expectCall(aNumber, 120_000);
  await change(link, { action: 'Park', phoneCallViewId: '00', maxInParking: 10 });
  assert.equal((await a.ended).by, 'them');
  await b.hearsNot(tones.a);
  await b.hearsSound();
  const again = await coming;
  again.answer();
  await again.answered;
  void again.play(tones.c);
  await Promise.all([b.hears(tones.c), again.hears(tones.b)]);
  await end(call);
});

test('pick up: a phone takes a call that rings elsewhere', { skip }, async () => {
  const aComing = carrier.expectCall(aNumber);
  const answer = await api.ask('/uapi/phoneCalls/@me/simple', {
    method: 'POST',
    body: { extension: '101', phoneCallView: [{ source: aNumber, destination: bNumber }] },
  });
  const { self } = answer.json[0].links;
  const a = await aComing;
  const bComing = carrier.expectCall(bNumber);
  a.answer();
  const b = await bComing;
  void a.play(tones.a);
  b.ring();
  await pickUpPhone(() =>
    change(self, { action: 'PickUp', sendCallTo: '101', phoneCallViewId: '01', callerId: 'Someone <123>' }),
  );
  assert.equal((await b.ended).by, 'them');
  await a.hears(tones.phone);
  await api.ask(self, { method: 'DELETE' });
});

test('a recording holds what was said, the mix and each party in step', { skip }, async () => {
  const call = await talk();
  const beganMs = performance.now();
  const started = await change(call.link, { action: 'StartRecording', phoneCallViewId: '00', format: 'wav' });
  assert.ok(started.phoneCallView.some((view: { recording?: string }) => view.recording !== undefined));
  // Of what was sent since: a busy machine makes less of it in its time.
  const heard = call.a.packets.received;
  await waitFor(() => call.a.packets.received >= heard + 125, 2500, '2.5 s of sound');
  await change(call.link, { action: 'StopRecording', phoneCallViewId: '00' });
  const mostMs = performance.now() - beganMs;
  await end(call);
  const listed = await server.get<{ recordings: { id: string }[] }>('/admin/v1/recordings');
  assert.equal(listed.recordings.length, 1, JSON.stringify(listed));
  const id = listed.recordings[0]!.id;
  const one = await server.get<{ files: { name: string; durationMs: number }[] }>(`/admin/v1/recordings/${id}`);
  assert.equal(one.files.length, 3, JSON.stringify(one));
  for (const { name, durationMs } of one.files) {
    assert.ok(durationMs > 2000 && durationMs < mostMs + 100, `${name}: ${durationMs} of ${mostMs} ms`);
    const file = await server.request(`/admin/v1/recordings/${id}/${name}`, administrator);
    assert.equal(file.status, 200);
    assert.equal(Buffer.from(await file.arrayBuffer()).toString('latin1', 0, 4), 'RIFF');
  }
});

test('what does not exist is refused in the interface’s words', { skip }, async () => {
  const call = await talk();
  const rows: [object | string, number, string][] = [
    [{ action: 'TransferToVoicemail', sendCallTo: '101' }, 501, 'request_not_implemented'],
    [{ action: 'Explode' }, 400, 'pc_action_invalid'],
    [{}, 400, 'pc_action_invalid'],
    [{ action: 'OnHold', phoneCallViewId: '77' }, 400, 'pc_view_invalid'],
    [{ action: 'Monitor', phoneCallViewId: '00', sendCallTo: '999' }, 400, 'pc_sendcallto_invalid'],
    [{ action: 'Monitor', phoneCallViewId: '00', sendCallTo: cNumber }, 400, 'pc_sendcallto_invalid'],
    [{ action: 'Park', phoneCallViewId: '00', maxInParking: 1 }, 400, 'pc_parking_invalid'],
    [{ action: 'Transfer', phoneCallViewId: '00', sendCallTo: '102' }, 409, 'pc_unreachable'],
    [{ action: 'Monitor', phoneCallViewId: '00', sendCallTo: '102' }, 409, 'pc_unreachable'],
    ['{"action":"PickUp","callerId:"Fumigator <1>"}', 400, ''],
  ];
  for (const [body, status, code] of rows) {
    const answer = await api.ask(call.link, { method: 'PUT', body });
    assert.equal(answer.status, status, `${JSON.stringify(body)}: ${answer.text}`);
    if (code !== '') assert.equal(answer.json.error.code, code);
  }
  const unknown = call.link.replace(/[0-9a-f]{20}$/, '0'.repeat(20));
  assert.equal((await api.ask(unknown, { method: 'PUT', body: { action: 'OnHold' } })).status, 400);
  await waitFor(async () => (await api.at(call.link)) !== null, 1000, 'the call to go on');
  await end(call);
});
