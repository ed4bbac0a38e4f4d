import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import { after, before, test } from 'node:test';
import { freePort } from '../src/base/testing/free-port.ts';
import { Phone } from './peers/baresip.ts';
import { needs } from './peers/installed.ts';
import { PartylineServer, sipPassword } from './peers/partyline.ts';
import { UnifiedApi } from './peers/unified-api.ts';
import { waitFor } from './peers/wait.ts';

/** What applications are told of calls that phones send on by their transfer key: lists, records, webhooks. */

const skip = needs('baresip');
const answers = '2025550110';
let server: PartylineServer;
let api: UnifiedApi;
let receiver: Server;
/** What was told of each call: `0003*101 OUT CALLING`. */
const told = new Map<string, string[]>();
let alice: Phone;
let bob: Phone;
let carol: Phone;

before(async () => {
  if (skip !== false) return;
  server = await PartylineServer.start({ config: { sandbox: 'on' } });
  const options = { password: sipPassword, server: server.sipAddress };
  alice = await Phone.start({ ...options, user: '101', tone: 440 });
  // Of another user than the others.
  bob = await Phone.start({ ...options, user: '113', tone: 700, autoAnswer: true });
  carol = await Phone.start({ ...options, user: '103', tone: 1000, autoAnswer: true });
  await Promise.all([alice.registered(), bob.registered(), carol.registered()]);
  api = await UnifiedApi.connect(`http://127.0.0.1:${server.httpPort}`);
  const port = await freePort();
  receiver = createServer((request, response) => {
    const { pathname, searchParams: fields } = new URL(request.url ?? '/', 'http://x');
    const id = fields.get('CallAPIID') ?? '';
    const all = told.get(id) ?? [];
    told.set(id, all);
    all.push(`${pathname.slice(1)} ${fields.get('CallFlow')} ${fields.get('CallStatus')}`);
    response.end('ok');
  });
  await new Promise<void>((resolve) => receiver.listen(port, '127.0.0.1', resolve));
  for (const [user, extension] of [
    [12, '101'],
    [13, '113'],
    [12, '103'],
  ]) {
    for (const type of ['0', '1', '2', '3', '4']) {
      const body = { type, url: `http://127.0.0.1:${port}/${extension}`, method: '0', status: '1', note: 'test' };
      const path = `/uapi/extensions/${user}/${extension}/phoneCallEvents`;
      const { status, text } = await api.ask(path, { method: 'POST', body });
      assert.ok([200, 201].includes(status), text);
    }
  }
});

after(async () => {
  await Promise.all([alice?.stop(), bob?.stop(), carol?.stop()]);
  receiver?.closeAllConnections();
  await new Promise((resolve) => (receiver === undefined ? resolve(null) : receiver.close(resolve)));
  await server?.stop();
});

/** The running call, once just these are in it. */
async function between(...expected: string[]): Promise<string> {
  let seen: string[] = [];
  const there = async () => {
    const calls = await server.calls();
    seen = calls.flatMap(({ connections }) => connections.map((one) => `${one.device.number} ${one.state}`)).sort();
    const same = seen.join() === expected.map((number) => `${number} connected`).join();
    return same ? calls[0]?.id : undefined;
  };
  return waitFor(there, 8000, () => `${expected}; there are ${seen}`);
}

async function toldOf(id: string, count: number): Promise<string[]> {
  await waitFor(
    () => (told.get(id)?.length ?? 0) >= count,
    8000,
    () => `${count} webhooks; there are ${told.get(id)}`,
  );
  return told.get(id)!;
}

/** Of one extension alone, in order. */
const ofPhone = (all: readonly string[], number: string) => all.filter((line) => line.startsWith(`${number} `));

/** From whom to whom, flow, how it ended; as one user sees the call. */
async function recorded(id: string, user: string): Promise<{ extension: string; parts: unknown[] }> {
  const { entry } = (await api.ask(`/uapi/cdr/${user}?count=100`)).json;
  assert.ok(entry[id] !== undefined, `${id} in ${Object.keys(entry)}`);
  const { extension, phoneCallView } = entry[id];
  const shown = ['source', 'destination', 'flow', 'disposition'];
  const parts = phoneCallView.map((view: Record<string, unknown>) => shown.map((field) => view[field]));
  return { extension, parts };
}

test('to another phone: one call, of which the first answered part ends and another begins', { skip }, async () => {
  await alice.dial('113');
  await bob.transfer('103');
  const id = await between('101', '103');
  const { entry } = (await api.ask('/uapi/phoneCalls/@me/@self')).json;
  const live = entry.find((one: { id: string }) => one.id === id);
  const views = live.phoneCallView.map((view: Record<string, unknown>) => [view['extension'], view['status']]);
  assert.deepEqual(views, [
    ['0003*101', '5'],
    ['0003*103', '5'],
  ]);
  const since = carol.events.length;
  await alice.hangup();
  await carol.ended(8000, since);
  await server.quiet();
  const all = await toldOf(id, 9);
  assert.deepEqual(ofPhone(all, '101'), ['101 OUT CALLING', '101 OUT ANSWER', '101 OUT ANSWER']);
  assert.deepEqual(ofPhone(all, '113'), ['113 IN CALLING', '113 IN ANSWER', '113 IN ANSWER']);
  assert.deepEqual(ofPhone(all, '103'), ['103 IN CALLING', '103 IN ANSWER', '103 IN ANSWER']);
  const [first, second] = [
    ['0003*101', '0003*113', 2, 0],
    ['0003*101', '0003*103', 2, 0],
  ];
  assert.deepEqual(await recorded(id, '12'), { extension: '0003*101', parts: [first, second] });
  assert.deepEqual(await recorded(id, '13'), { extension: '0003*101', parts: [first, second] }, 'who sent it on');
});

test('to a number outside: it is charged to who sent it there, whoever had called', { skip }, async () => {
  await alice.dial('113');
  await bob.transfer(answers);
  const id = await between('101', answers);
  await alice.hangup();
  await server.quiet();
  const parts = [
    ['0003*101', '0003*113', 2, 0],
    ['0003*101', answers, 4, 0],
  ];
  const expected = { extension: '0003*101', parts };
  assert.deepEqual(await recorded(id, '13'), expected, 'what it cost is found with the user who sent it there');
  assert.deepEqual(await recorded(id, '12'), expected);
});
