import assert from 'node:assert/strict';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { silentLog } from '../../base/log.ts';
import { SeededRandom } from '../../base/random.ts';
import type { Secret } from '../../base/secret.ts';
import { VirtualClock } from '../../base/testing/virtual-clock.ts';
import { until } from '../../base/testing/wait.ts';
import type { CallEvent } from '../../call/model/events.ts';
import { MemoryCallStore } from '../../call/testing/memory-store.ts';
import { createHttp } from '../http.ts';
import { LoginAttempts } from '../login-attempts.ts';
import { AdministratorLogin } from './administrator.ts';
import { registerRecordings } from './recordings.ts';

const idOf = (digit: number): string => String(digit).repeat(20);
const legId = 'a'.repeat(20);
const startedAt = Date.UTC(2027, 0, 1);

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

/**
 * An administration over real HTTP, a log with recordings of organization 3 (calls 1, 2 and 3) and of 4 (call 4), and a
 * folder.
 */
async function serve(t: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), 'partyline-admin-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const store = new MemoryCallStore();
  for (const call of [1, 2, 3, 4]) {
    const common = { callId: idOf(call), connectionId: null, cause: 'normal' };
    const recording = { data: { recordingId: recordingOf(call) } };
    const events = [
      { type: 'originated', data: { call: { organizationId: call === 4 ? '4' : '3' }, connections: [] } },
      { type: 'recordingStarted', ...recording },
      ...(call === 2 ? [] : [{ type: 'recordingStopped', ...recording }]),
    ];
    const log = events.map((event, i) => ({ ...common, ...event, seq: i + 1, at: startedAt + 1000 * (call + i) }));
    await store.append(log as unknown as CallEvent[], []);
  }
  /** How often all running calls were gone through. */
  const looked = { count: 0 };
  const running = [{ recordingId: recordingOf(2) }, { recordingId: null }];

  const http = createHttp({ log: silentLog, random: new SeededRandom(1) });
  const verify = async (login: string, password: Secret) =>
    password.equals('right')
      ? {
          organizationId: login === 'other' ? '4' : '3',
          userId: 1,
          roles: login === 'agent' ? ['agent'] : ['administrator'],
        }
      : null;
  registerRecordings(http, new AdministratorLogin(verify, new LoginAttempts(new VirtualClock())), {
    store,
    folder,
    running: () => {
      looked.count++;
      return running;
    },
  });
  await http.listen({ host: '127.0.0.1', port: 0 });
  t.after(() => http.close());
  const { port } = http.server.address() as { port: number };

  // The path goes out as it is written here: fetch would tidy it up.
  const ask = (path: string, options: { method?: string; as?: string; range?: string } = {}): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const authorization = `Basic ${Buffer.from(`${options.as ?? 'admin'}:right`).toString('base64')}`;
      const headers = { authorization, ...(options.range === undefined ? {} : { range: options.range }) };
      const asking = request({ port, path, method: options.method ?? 'GET', headers }, (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk) => chunks.push(chunk));
        answer.on('end', () =>
          resolve({ status: answer.statusCode!, headers: answer.headers, body: Buffer.concat(chunks) }),
        );
        answer.on('error', reject);
      });
      asking.on('error', reject);
      asking.end();
    });
  const json = async (path: string, as = 'admin') => {
    const { status, body } = await ask(path, { as });
    return { status, ...JSON.parse(body.toString()) };
  };
  /** A file of one second, in which byte 44 + n is n. */
  const put = (call: number, name: string) => {
    mkdirSync(join(folder, recordingOf(call)), { recursive: true });
    const bytes = wav(16_000);
    writeFileSync(join(folder, recordingOf(call), name), bytes);
    return bytes;
  };
  return { folder, looked, port, ask, json, put };
}

const recordingOf = (call: number): string => idOf(call).replace(/^./, 'e');

/** How many files of the folder this process has open. */
function openBelow(folder: string): number {
  const target = (fd: string) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`);
    } catch {
      return '';
    }
  };
  return readdirSync('/proc/self/fd').filter((fd) => target(fd).startsWith(folder)).length;
}

function wav(dataBytes: number, claimed = dataBytes): Buffer {
  const bytes = Buffer.alloc(44 + dataBytes);
  bytes.write('RIFF', 0, 'latin1');
  bytes.writeUInt32LE(36 + claimed, 4);
  bytes.write('WAVEfmt ', 8, 'latin1');
  bytes.writeUInt32LE(16, 16);
  bytes.writeUInt16LE(1, 20);
  bytes.writeUInt16LE(1, 22);
  bytes.writeUInt32LE(8000, 24);
  bytes.writeUInt32LE(16_000, 28);
  bytes.writeUInt16LE(2, 32);
  bytes.writeUInt16LE(16, 34);
  bytes.write('data', 36, 'latin1');
  bytes.writeUInt32LE(claimed, 40);
  for (let i = 0; i < dataBytes; i++) bytes[44 + i] = i & 0xff;
  return bytes;
}

test('lists what the organization recorded, newest first, page by page and by call', async (t) => {
  const { json, looked, put } = await serve(t);
  put(1, 'mix.wav');
  put(2, 'mix.wav');
  const { status, recordings, next } = await json('/admin/v1/recordings');
  assert.deepEqual([status, next], [200, null]);
  const iso = (ms: number) => new Date(startedAt + ms).toISOString();
  const row = (call: number, state: string, endedAt: string | null) => ({
    id: recordingOf(call),
    callId: idOf(call),
    state,
    startedAt: iso(1000 * (call + 1)),
    endedAt,
  });
  const all = [row(3, 'gone', iso(5000)), row(2, 'running', null), row(1, 'stored', iso(3000))];
  assert.deepEqual(recordings, all);
  assert.equal(looked.count, 1, 'of thousands of calls');

  const paged: unknown[] = [];
  for (let before = ''; ; ) {
    const page = await json(`/admin/v1/recordings?limit=1${before}`);
    paged.push(...page.recordings);
    if (page.next === null) break;
    before = `&before=${page.next}`;
  }
  assert.deepEqual(paged, all);
  assert.deepEqual((await json(`/admin/v1/recordings?callId=${idOf(1)}`)).recordings, [all[2]]);
  assert.deepEqual((await json(`/admin/v1/recordings?callId=${idOf(4)}`)).recordings, [], 'of another organization');
  assert.equal((await json('/admin/v1/recordings', 'other')).recordings.length, 1);
  for (const wrong of ['limit=0', 'limit=201', 'before=-1', 'callId=../x', 'folder=x']) {
    assert.equal((await json(`/admin/v1/recordings?${wrong}`)).status, 400, wrong);
  }
});

test('shows one with its files; a block that was being written does not count', async (t) => {
  const { folder, json, put } = await serve(t);
  put(1, `${legId}.wav`);
  put(1, 'mix.wav');
  // Half a second is in the header, the rest came after it.
  writeFileSync(join(folder, recordingOf(1), `${'b'.repeat(20)}.wav`), wav(16_000, 8000));
  // Cut off on its way here: what is not there is not promised.
  writeFileSync(join(folder, recordingOf(1), `${'c'.repeat(20)}.wav`), wav(1600, 16_000));
  writeFileSync(join(folder, recordingOf(1), 'broken.wav'), 'RIFF');
  writeFileSync(join(folder, recordingOf(1), 'notes.txt'), 'not ours');
  symlinkSync('/etc/passwd', join(folder, recordingOf(1), 'passwd.wav'));
  const { files, ...recording } = await json(`/admin/v1/recordings/${recordingOf(1)}`);
  assert.deepEqual([recording.status, recording.id, recording.state], [200, recordingOf(1), 'stored']);
  const file = (name: string, leg: string | null, ms: number) => ({
    name,
    leg,
    bytes: 44 + 16 * ms,
    durationMs: ms,
    sampleRate: 8000,
    path: `/admin/v1/recordings/${recordingOf(1)}/${name}`,
  });
  const legs = [
    [legId, 1000],
    ['b'.repeat(20), 500],
    ['c'.repeat(20), 100],
  ] as const;
  assert.deepEqual(files, [file('mix.wav', null, 1000), ...legs.map(([leg, ms]) => file(`${leg}.wav`, leg, ms))]);
  assert.deepEqual((await json(`/admin/v1/recordings/${recordingOf(3)}`)).files, []);
});

test('sends a file whole, in part, and its head', async (t) => {
  const { ask, put } = await serve(t);
  const bytes = put(1, 'mix.wav');
  const path = `/admin/v1/recordings/${recordingOf(1)}/mix.wav`;
  const whole = await ask(path);
  assert.deepEqual([whole.status, whole.headers['content-type']], [200, 'audio/wav']);
  assert.deepEqual([whole.headers['accept-ranges'], whole.headers['content-length']], ['bytes', String(bytes.length)]);
  assert.match(String(whole.headers['content-disposition']), /^attachment; filename="e1+-mix\.wav"$/);
  assert.deepEqual(whole.body, bytes);

  const ranges = [
    ['0-43', 0, 43],
    ['44-', 44, 16_043],
    ['-10', 16_034, 16_043],
    ['16000-99999', 16_000, 16_043],
  ] as const;
  for (const [range, from, to] of ranges) {
    const part = await ask(path, { range: `bytes=${range}` });
    assert.deepEqual([part.status, part.headers['content-range']], [206, `bytes ${from}-${to}/16044`], range);
    assert.deepEqual(part.body, bytes.subarray(from, to + 1));
  }
  const beyond = await ask(path, { range: 'bytes=16044-' });
  assert.deepEqual([beyond.status, beyond.headers['content-range']], [416, 'bytes */16044']);
  assert.deepEqual((await ask(path, { range: 'bytes=0-1,5-6' })).body, bytes);

  const head = await ask(path, { method: 'HEAD' });
  assert.deepEqual([head.status, head.headers['content-length'], head.body.length], [200, '16044', 0]);
});

test('readers who go away in the middle leave no file open', { skip: !existsSync('/proc/self/fd') }, async (t) => {
  const { folder, port, put } = await serve(t);
  put(1, 'mix.wav');
  writeFileSync(join(folder, recordingOf(1), 'mix.wav'), wav(20_000_000));
  const path = `/admin/v1/recordings/${recordingOf(1)}/mix.wav`;
  const headers = { authorization: `Basic ${Buffer.from('admin:right').toString('base64')}` };
  for (let i = 0; i < 10; i++) {
    await new Promise<void>((resolve) => {
      const asking = request({ port, path, headers }, (answer) => {
        answer.once('data', () => answer.destroy());
        answer.once('close', resolve);
      });
      asking.on('error', () => {});
      asking.end();
    });
  }
  await until('all to be closed', () => openBelow(folder) === 0);
});

test('what is of another organization, or leads out of the folder, is not there', async (t) => {
  const { ask, folder, put } = await serve(t);
  put(4, 'mix.wav');
  put(1, 'mix.wav');
  writeFileSync(join(folder, 'secret.wav'), wav(4));
  symlinkSync('/etc/passwd', join(folder, recordingOf(1), 'passwd.wav'));
  const own = `/admin/v1/recordings/${recordingOf(1)}`;
  const foreign = `/admin/v1/recordings/${recordingOf(4)}`;
  for (const path of [
    foreign,
    `${foreign}/mix.wav`,
    `${own}/none.wav`,
    `${own}/passwd.wav`,
    '/admin/v1/recordings/0',
  ]) {
    const { status, body } = await ask(path);
    assert.deepEqual([status, JSON.parse(body.toString()).error.code], [404, 'notFound'], path);
  }
  const tricks = [
    '..%2Fsecret.wav',
    '../secret.wav',
    '%2e%2e%2fsecret.wav',
    'mix.wav%00.wav',
    '.wav',
    'mix',
    '..',
    'a%5Cb.wav',
  ];
  for (const trick of tricks) {
    const { status } = await ask(`${own}/${trick}`);
    assert.ok(status === 400 || status === 404, `${trick}: ${status}`);
  }
  for (const trick of ['..', '%2e%2e', '..%2f..']) {
    const { status } = await ask(`/admin/v1/recordings/${trick}/mix.wav`);
    assert.ok(status === 400 || status === 404, `${trick}: ${status}`);
    assert.ok((await ask(`/admin/v1/recordings/${trick}`, { method: 'DELETE' })).status >= 400);
  }
  assert.equal((await ask(own, { as: 'agent' })).status, 403);
  assert.equal((await ask(`${own}/mix.wav`, { as: 'agent' })).status, 403);
  assert.equal((await ask(own, { as: 'agent', method: 'DELETE' })).status, 403);
  assert.equal((await ask(foreign, { method: 'DELETE' })).status, 404);
  assert.deepEqual(readdirSync(folder).sort(), [recordingOf(1), recordingOf(4), 'secret.wav'].sort());
});

test('deletes what has ended, as often as it is asked, and keeps what is running', async (t) => {
  const { ask, folder, json, put } = await serve(t);
  for (const call of [1, 2]) put(call, 'mix.wav');
  const running = await ask(`/admin/v1/recordings/${recordingOf(2)}`, { method: 'DELETE' });
  assert.deepEqual([running.status, JSON.parse(running.body.toString()).error.code], [409, 'invalidState']);
  assert.ok(existsSync(join(folder, recordingOf(2), 'mix.wav')));
  for (let again = 0; again < 2; again++) {
    assert.equal((await ask(`/admin/v1/recordings/${recordingOf(1)}`, { method: 'DELETE' })).status, 204);
    assert.equal(existsSync(join(folder, recordingOf(1))), false);
  }
  assert.equal((await json(`/admin/v1/recordings/${recordingOf(1)}`)).state, 'gone');
  const gone = await ask(`/admin/v1/recordings/${recordingOf(1)}/mix.wav`);
  assert.equal(gone.status, 404);
  assert.match(JSON.parse(gone.body.toString()).error.message, /are gone: deleted, or kept as long as retention/);
});
