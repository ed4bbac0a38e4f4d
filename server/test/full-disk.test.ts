import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { type SandboxCall, SandboxCarrier } from '../src/sandbox/index.ts';
import { answerTo } from './peers/digest.ts';
import { administrator, overTrunk, PartylineServer, sipPassword } from './peers/partyline.ts';
import { RawSip, requestLines } from './peers/raw-sip.ts';
import { UnifiedApi } from './peers/unified-api.ts';
import { waitFor } from './peers/wait.ts';

/**
 * A disk that is full, a real one in memory: whatever would have to be stored is 503, calls can be ended, and it goes
 * on when there is room.
 */

let disk = '';
let server: PartylineServer | null = null;
let carrier: SandboxCarrier | null = null;
let receiver: Server | null = null;
const peers: RawSip[] = [];

/** Why there can be no such disk here; false: there is one. */
function noDisk(): string | false {
  const folder = mkdtempSync(join(tmpdir(), 'partyline-disk-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=48m', 'tmpfs', folder], { stdio: 'ignore' });
    disk = folder;
    return false;
  } catch {
    rmSync(folder, { recursive: true });
    return 'needs the right to mount a disk in memory (root)';
  }
}

const skip = process.platform === 'linux' ? noDisk() : 'needs Linux';

after(async () => {
  await server?.stop();
  await carrier?.close();
  receiver?.close();
  for (const peer of peers) peer.close();
  if (disk === '') return;
  execFileSync('umount', ['-l', disk]);
  rmSync(disk, { recursive: true });
});

const filler = () => join(disk, 'filler');

function fill(): void {
  const file = openSync(filler(), 'a');
  try {
    for (const block of [1 << 20, 4096]) {
      const bytes = Buffer.alloc(block, 1);
      try {
        for (;;) writeSync(file, bytes);
      } catch (error) {
        assert.equal((error as NodeJS.ErrnoException).code, 'ENOSPC');
      }
    }
  } finally {
    closeSync(file);
  }
}

/** Method and outcome: status, and Retry-After where it is said. */
type Said = [status: number, retryAfter: boolean];

async function sip(method: 'REGISTER' | 'INVITE', user: string, target = ''): Promise<Said> {
  const peer = await RawSip.open(server!.sipPort);
  peers.push(peer);
  const body =
    method === 'REGISTER'
      ? ''
      : `v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 40000 RTP/AVP 0\r\n`;
  const more = body === '' ? [] : ['Content-Type: application/sdp'];
  peer.send(requestLines(method, target, user, more), body);
  let said = await peer.final(20_000);
  if (/^SIP\/2\.0 40[17]/.test(said)) {
    const since = peer.received.length;
    const uri = target === '' ? 'sip:localhost' : `sip:${target}@localhost`;
    peer.send(
      requestLines(method, target, user, [...more, answerTo(said, { method, uri, user, password: sipPassword })]),
      body,
    );
    said = await peer.final(20_000, since);
  }
  return [Number(said.slice(8, 11)), /^Retry-After: \d+/im.test(said)];
}

test('a full disk is 503 everywhere, ends no call, keeps nobody in one, and is over when there is room', {
  skip,
}, async () => {
  carrier = await SandboxCarrier.start({ behaviours: false });
  const told: string[] = [];
  receiver = createServer((request, response) => {
    told.push(new URL(request.url ?? '/', 'http://x').searchParams.get('status') ?? '');
    response.end('ok');
  });
  await new Promise<void>((resolve) => receiver!.listen(0, '127.0.0.1', resolve));
  const { port } = receiver.address() as AddressInfo;
  server = await PartylineServer.start({ within: disk, config: overTrunk(carrier.uri) });
  const base = `http://127.0.0.1:${server.httpPort}`;
  const api = await UnifiedApi.connect(base);
  const health = async () => {
    const answer = await fetch(`${base}/healthz`);
    return { status: answer.status, text: await answer.text() };
  };
  const admin = async (method: string, path: string) => {
    const authorization = `Basic ${btoa(`${administrator.login}:${administrator.password}`)}`;
    return (await fetch(`${base}/admin/v1/${path}`, { method, headers: { authorization } })).status;
  };
  const token = async () => {
    const body = new URLSearchParams({
      client_id: 'demo-app',
      client_secret: 'demo-secret',
      grant_type: 'client_credentials',
    });
    return (await fetch(`${base}/oauth/token.php`, { method: 'POST', body })).status;
  };
  const hooks = '/uapi/extensions/@me/200/phoneCallEvents';
  const hook = { type: '2', method: '0', status: '1', url: `http://127.0.0.1:${port}/?status=%HANGUPSTATUS%` };
  const subscribe = async () => (await api.ask(hooks, { method: 'POST', body: hook })).status;
  assert.ok([200, 201].includes(await subscribe()), 'a webhook');
  assert.deepEqual(await sip('REGISTER', '101'), [200, false]);

  const calls: { readonly link: string; readonly phone: SandboxCall }[] = [];
  for (const number of ['3235742879', '3235742880']) {
    const coming = carrier.expectCall(number);
    const answer = await api.invite([number]);
    assert.equal(answer.status, 200, answer.text);
    const phone = await coming;
    phone.answer();
    calls.push({ link: answer.json[0].links.self, phone });
    await api.status(answer.json[0].links.self, 5, 30_000);
  }
  const [conference] = await server.calls();

  fill();
  await waitFor(async () => /the disk is full/.test((await health()).text), 20_000, 'health to say why');
  assert.equal((await health()).status, 503);
  const refused = {
    token: await token(),
    invite: (await api.invite(['3235742881'])).status,
    'invite with a key': (await api.invite(['3235742881'], { headers: { 'idempotency-key': 'k1' } })).status,
    subscribe: await subscribe(),
    unsubscribe: (await api.ask(hooks, { method: 'DELETE' })).status,
    'sign anew': await admin('POST', 'apps/demo-app/webhook-secrets'),
  };
  assert.deepEqual(
    Object.entries(refused).filter(([, status]) => status !== 503),
    [],
  );
  assert.deepEqual(await sip('INVITE', '101', '201*1'), [503, true]);
  assert.deepEqual(await sip('INVITE', 'stranger', '0003*201*1'), [503, true]);
  // The first is taken: it is in memory, and is found out not to be written.
  await sip('REGISTER', '102');
  await waitFor(async () => (await sip('REGISTER', '103'))[0] === 503, 20_000, 'registrations to be refused');
  assert.deepEqual(await sip('REGISTER', '104'), [503, true]);
  // What only reads goes on.
  assert.equal(await admin('GET', 'calls'), 200);
  assert.equal((await api.ask(calls[0]!.link)).status, 200);
  assert.equal((await server.calls())[0]?.connections.length, 2, 'nobody was thrown out');

  const ended = await api.ask(calls[0]!.link, { method: 'DELETE' });
  assert.equal(ended.status, 200, ended.text);
  await calls[0]!.phone.ended;
  calls[1]!.phone.hangUp();
  await waitFor(async () => (await server!.metric('legs')) === 0, 30_000, 'both to be gone');

  // They end at once, and it is said that they may be back after a restart.
  assert.equal(await admin('DELETE', 'apps/demo-app/tokens'), 503);
  assert.equal((await api.ask(hooks)).status, 401);

  rmSync(filler());
  await waitFor(async () => (await health()).status === 200, 30_000, 'health after there is room');
  api.token = await api.fetchToken({ key: 'demo-app', secret: 'demo-secret' });
  await server.quiet(30_000);
  const events = await server.events(conference!.id);
  assert.deepEqual(
    events.map(({ seq }) => seq),
    events.map((_, at) => at + 1),
    'no gap',
  );
  assert.equal(events.at(-1)?.type, 'callCleared');
  await waitFor(
    () => told.length === 2,
    30_000,
    () => `both ends to be told: ${told}`,
  );
  await waitFor(async () => (await sip('REGISTER', '104'))[0] === 200, 20_000, 'registrations to be taken');
  assert.ok([200, 201].includes(await subscribe()), 'another webhook');
  assert.equal(await admin('POST', 'apps/demo-app/webhook-secrets'), 200);
  const coming = carrier.expectCall('3235742882');
  const again = await api.invite(['3235742882']);
  assert.equal(again.status, 200, again.text);
  const phone = await coming;
  phone.answer();
  await api.status(again.json[0].links.self, 5, 30_000);
});
