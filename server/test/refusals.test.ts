import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { request } from 'node:http';
import { after, before, test } from 'node:test';
import { administrator, PartylineServer } from './peers/partyline.ts';
import { RawSip, requestLines } from './peers/raw-sip.ts';
import { waitFor } from './peers/wait.ts';

/** What the server says to those who ask wrongly, byte by byte; needs no phone. */

let server: PartylineServer;

before(async () => {
  server = await PartylineServer.start();
});

after(async () => {
  await server?.stop();
});

const sdp = (payloads: string, map: string): string =>
  [
    'v=0',
    'o=test 1 1 IN IP4 127.0.0.1',
    's=-',
    'c=IN IP4 127.0.0.1',
    't=0 0',
    `m=audio 9 RTP/AVP ${payloads}`,
    map,
    '',
  ].join('\r\n');

test('no common codec: 488 with a Warning', async () => {
  const client = await RawSip.open(server.sipPort);
  const lines = requestLines('INVITE', '201*1', 'guest', ['Content-Type: application/sdp']);
  client.send(lines, sdp('18', 'a=rtpmap:18 G729/8000'));
  const answer = await client.final(4000);
  assert.match(answer, /^SIP\/2\.0 488 /);
  assert.match(answer, /^Warning: 30[45] /m);
  client.close();
});

test('an unknown number: 404', async () => {
  const client = await RawSip.open(server.sipPort);
  const lines = requestLines('INVITE', '999', 'guest', ['Content-Type: application/sdp']);
  client.send(lines, sdp('0', 'a=rtpmap:0 PCMU/8000'));
  assert.match(await client.final(4000), /^SIP\/2\.0 404 /);
  client.close();
});

test('a guest who says to be an extension is challenged, and a guest reaches no phone', async () => {
  for (const [from, status] of [
    ['101', 401],
    ['somebody', 404],
  ] as const) {
    const client = await RawSip.open(server.sipPort);
    const lines = requestLines('INVITE', '102', from, ['Content-Type: application/sdp']);
    client.send(lines, sdp('0', 'a=rtpmap:0 PCMU/8000'));
    assert.match(await client.final(4000), new RegExp(`^SIP/2\\.0 ${status} `));
    client.close();
  }
});

test('wrong passwords: 401 that comes later and later, then silence for that source alone, logged', async () => {
  const attacker = await RawSip.open(server.sipPort, '127.0.0.66');
  const delays: number[] = [];
  let banned = false;
  while (!banned) {
    assert.ok(delays.length < 30, `never banned: ${delays.map(Math.round)}`);
    const challenged = attacker.received.length;
    attacker.send(requestLines('REGISTER', '', '101'));
    const nonce = /nonce="([^"]+)"/.exec(await attacker.final(1500, challenged))?.[1] ?? '';
    const since = attacker.received.length;
    const began = performance.now();
    attacker.send(requestLines('REGISTER', '', '101', [authorization(nonce, `wrong-${delays.length}`)]));
    const answer = await attacker.final(6000, since);
    assert.match(answer, /^SIP\/2\.0 40[13] /);
    banned = answer.startsWith('SIP/2.0 403');
    delays.push(performance.now() - began);
  }
  assert.ok(delays.length >= 3, `some tries are free: ${delays.map(Math.round)}`);
  // From the second on each is held back twice as long as the one before, the last, which says so, is not; a busy
  // machine is late, never early.
  for (const [at, ms] of delays.slice(1, -1).entries()) {
    assert.ok(ms > Math.min(4000, 250 * 2 ** at) - 20, `the delay grows: ${delays.map(Math.round)}`);
  }
  const logged = () =>
    server.log.some((line) => /lifts it/.test(String(line['msg'])) && line['source'] === '127.0.0.66');
  await waitFor(logged, 1000, 'the ban in the log');
  assert.doesNotMatch(server.rawLog, /wrong-\d/);

  const before = attacker.received.length;
  attacker.send(requestLines('REGISTER', '', '101'));
  const other = await RawSip.open(server.sipPort, '127.0.0.67');
  other.send(requestLines('REGISTER', '', '101'));
  assert.match(await other.final(2000), /^SIP\/2\.0 401 /);
  // What came first would have been answered first.
  assert.equal(attacker.received.length, before, 'the banned one hears something');
  attacker.close();
  other.close();
});

test('noise, half messages and hostile sizes leave the server well', async () => {
  const client = await RawSip.open(server.sipPort, '127.0.0.68');
  client.send([`OPTIONS sip:localhost SIP/2.0`, `From: <${' '.repeat(20_000)}`]);
  client.send(['\0\0\0', 'INVITE']);
  client.send([...requestLines('INVITE', '201*1', 'guest'), `X: ${'"'.repeat(30_000)}`]);
  client.send(requestLines('OPTIONS', '201', 'guest'));
  const answered = () => client.received.some((text) => /^SIP\/2\.0 200 [\s\S]*^CSeq: 1 OPTIONS/m.test(text));
  await waitFor(answered, 2000, 'the answer to OPTIONS');
  assert.equal((await server.request('/healthz')).status, 200);
  client.close();
});

function authorization(nonce: string, password: string): string {
  const md5 = (text: string) => createHash('md5').update(text).digest('hex');
  const uri = 'sip:localhost';
  const ha1 = md5(`101:localhost:${password}`);
  const response = md5(`${ha1}:${nonce}:00000001:abc:auth:${md5(`REGISTER:${uri}`)}`);
  return (
    `Authorization: Digest username="101", realm="localhost", nonce="${nonce}", uri="${uri}", ` +
    `response="${response}", algorithm=MD5, cnonce="abc", nc=00000001, qop=auth`
  );
}

test('live notifications: another method is told which there is, and no page of another origin gets a socket', async () => {
  const root = `http://127.0.0.1:${server.httpPort}/api/v2`;
  const login = Buffer.from(`${administrator.login}:${administrator.password}`).toString('base64');
  const authorization = `Basic ${login}`;
  for (const [path, method, allow] of [
    ['/notifications', 'GET', 'POST'],
    ['/notifications/', 'DELETE', 'POST'],
    ['/notifications/connect', 'GET', 'POST'],
    ['/me/events', 'POST', 'GET'],
  ] as const) {
    const answer = await fetch(root + path, { method, headers: { authorization } });
    assert.equal(answer.status, 405, `${method} ${path}`);
    assert.equal(answer.headers.get('allow'), allow);
    assert.equal(answer.headers.get('content-type'), 'application/json');
    assert.equal(((await answer.json()) as { statusCode: number }).statusCode, 3);
  }
  const cookie = (await fetch(`${root}/me`, { headers: { authorization } })).headers
    .get('set-cookie')!
    .split(';', 1)[0]!;
  const statusFor = (origin: string | null) =>
    new Promise<number | undefined>((resolve, reject) => {
      const headers = {
        cookie,
        connection: 'upgrade',
        upgrade: 'websocket',
        'sec-websocket-version': '13',
        'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==',
        ...(origin === null ? {} : { origin }),
      };
      const upgrade = request(`${root}/notifications`, { headers });
      upgrade.once('response', (response) => resolve(response.resume().statusCode));
      upgrade.once('upgrade', (_response, socket) => {
        socket.destroy();
        resolve(101);
      });
      upgrade.once('error', reject);
      upgrade.end();
    });
  assert.equal(await statusFor('https://evil.example.test'), 403);
  assert.equal(await statusFor(`http://127.0.0.1:${server.httpPort}`), 101);
  assert.equal(await statusFor(null), 101);
});
