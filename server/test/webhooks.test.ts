import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, createServer as createNetServer } from 'node:net';
import { after, before, test } from 'node:test';
import { freePort } from '../src/base/testing/free-port.ts';
import { SandboxCarrier } from '../src/sandbox/index.ts';
import { overTrunk, PartylineServer } from './peers/partyline.ts';
import { UnifiedApi } from './peers/unified-api.ts';
import { waitFor } from './peers/wait.ts';

/** Applications are told of calls at their own address: everything, in order per call, also after being away. */

interface Told {
  readonly path: string;
  readonly method: string;
  readonly fields: URLSearchParams;
}

let carrier: SandboxCarrier;
let server: PartylineServer;
let api: UnifiedApi;
let port: number;
let receiver: Server | null = null;
const told: Told[] = [];

async function open(): Promise<void> {
  receiver = createServer((request, response) => {
    let body = '';
    request.on('data', (part) => {
      body += part;
    });
    request.on('end', () => {
      const { pathname: path, searchParams: query } = new URL(request.url ?? '/', 'http://x');
      told.push({ path, method: request.method ?? '', fields: body === '' ? query : new URLSearchParams(body) });
      response.end('ok');
    });
  });
  await new Promise<void>((resolve) => receiver!.listen(port, '127.0.0.1', () => resolve()));
  assert.equal((receiver.address() as AddressInfo).port, port);
}

async function close(): Promise<void> {
  receiver?.closeAllConnections();
  await new Promise((resolve) => (receiver === null ? resolve(null) : receiver.close(resolve)));
  receiver = null;
}

before(async () => {
  carrier = await SandboxCarrier.start({ behaviours: false });
  server = await PartylineServer.start({ config: { ...overTrunk(carrier.uri), limits: { dialOutPerMinute: 1000 } } });
  api = await UnifiedApi.connect(`http://127.0.0.1:${server.httpPort}`);
  port = await freePort();
});

after(async () => {
  await close();
  await server?.stop();
  await carrier?.close();
});

/** Breaks off whatever comes to the receiver's port, until so many have. */
async function triesInVain(count: number): Promise<number> {
  let tries = 0;
  const deaf = createNetServer((socket) => {
    tries++;
    socket.destroy();
  });
  await new Promise<void>((resolve) => deaf.listen(port, '127.0.0.1', () => resolve()));
  await waitFor(
    () => tries >= count,
    30_000,
    () => `${count} tries: ${tries}`,
  );
  await new Promise((resolve) => deaf.close(resolve));
  return tries;
}

const events = '/uapi/extensions/@me/201/phoneCallEvents';

async function invite(): Promise<string> {
  carrier.onCall = (call) => {
    call.answer();
    void call.answered.then(() => call.hangUp());
    return true;
  };
  const answer = await api.invite(['3235742879'], { extension: '201', source: ['201'], query: 'number=1' });
  assert.equal(answer.status, 200, answer.text);
  return answer.json[0].id;
}

/** Types told of this phone call, in order. */
function statuses(id: string): string[] {
  return told
    .filter(({ fields }) => fields.get('CallAPIID') === id)
    .map(({ fields }) => fields.get('CallStatus') ?? '');
}

test('a receiver that is down gets everything once more, in order, none missing; also over a crash of the server', async () => {
  for (const type of ['0', '1', '2', '3', '4']) {
    const created = await api.ask(events, {
      method: 'POST',
      body: { type, url: `http://127.0.0.1:${port}/hook`, method: type === '2' ? '1' : '0', status: '1', note: 'test' },
    });
    assert.ok([200, 201].includes(created.status), created.text);
  }
  const list = await api.ask(events);
  assert.equal(list.json.totalResults, 5, list.text);

  await open();
  const first = await invite();
  await waitFor(
    () => statuses(first).length === 3,
    5000,
    () => `three events: ${statuses(first)}`,
  );
  const [one] = told;
  for (const name of ['CallID', 'CalledNumber', 'CallFlow', 'CallStatus', 'CallAPIID']) {
    assert.ok(one?.fields.has(name), `${name}: ${one?.fields}`);
  }
  assert.equal(one?.method, 'GET');
  assert.equal(told.at(-1)?.method, 'POST');

  await close();
  const missed: string[] = [];
  for (let call = 0; call < 5; call++) missed.push(await invite());
  await server.quiet();
  await server.kill9();
  await server.restart();
  for (let call = 0; call < 3; call++) missed.push(await invite());
  await server.quiet();
  // Away for as long as it takes to have been asked in vain some times: longer pauses are a matter of the virtual
  // clock.
  const tries = await triesInVain(4);
  assert.ok(
    told.every(({ fields }) => !missed.includes(fields.get('CallAPIID') ?? '')),
    `after ${tries}`,
  );
  await open();
  await waitFor(
    () => missed.every((id) => statuses(id).length >= 3),
    70_000,
    () => `all: ${missed.map((id) => statuses(id).length)}`,
  );
  // Behind all of them: whatever was to be told twice has been by then.
  const last = await invite();
  await waitFor(
    () => statuses(last).length >= 3,
    5000,
    () => `three events more: ${statuses(last)}`,
  );
  for (const id of missed) assert.deepEqual(statuses(id), statuses(first), 'each once, in order');

  const removed = await api.ask(events, { method: 'DELETE' });
  assert.equal(removed.status, 200, removed.text);
  assert.ok(removed.json, 'something true for those who look');
  // Another subscription is told; what was to be told by those that are gone would have been before.
  const before = told.length;
  const other = { type: '2', url: `http://127.0.0.1:${port}/other`, method: '0', status: '1', note: 'test' };
  assert.ok([200, 201].includes((await api.ask(events, { method: 'POST', body: other })).status));
  const after = [await invite(), await invite()];
  await waitFor(
    () => after.every((id) => statuses(id).length > 0),
    5000,
    () => `the other: ${after.map(statuses)}`,
  );
  assert.deepEqual([...new Set(told.slice(before).map(({ path }) => path))], ['/other']);
});

test('what is wrong with a subscription is told', async () => {
  const rows: [string, object, string][] = [
    [events, { type: '9', url: 'http://127.0.0.1/', method: '0' }, 'pcet_type_invalid'],
    [events, { type: '0', url: 'http://127.0.0.1/', method: '7' }, 'pce_method_invalid'],
    [events, { type: '0', url: 'ftp://127.0.0.1/', method: '0' }, 'pce_url_invalid'],
    [
      '/uapi/extensions/@me/@self/phoneCallEvents',
      { type: '0', url: 'http://a.test/', method: '0' },
      'extension_invalid',
    ],
    [
      '/uapi/extensions/@me/999/phoneCallEvents',
      { type: '0', url: 'http://a.test/', method: '0' },
      'extension_invalid',
    ],
  ];
  for (const [path, body, code] of rows) {
    const answer = await api.ask(path, { method: 'POST', body });
    assert.equal(answer.status, 400, answer.text);
    assert.equal(answer.json.error.code, code, answer.text);
  }
});
