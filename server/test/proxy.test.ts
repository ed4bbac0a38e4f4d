import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { freePort } from '../src/base/testing/free-port.ts';
import { endChild, startChild } from './peers/children.ts';
import { needs } from './peers/installed.ts';
import { programPath } from './peers/on-path.ts';
import { administrator, PartylineServer } from './peers/partyline.ts';
import { waitFor } from './peers/wait.ts';

/** packaging/nginx.conf in a real nginx, with its names and ports changed and nothing else. */

const given = fileURLToPath(new URL('../../packaging/nginx.conf', import.meta.url));
const skip = needs('nginx');

let folder: string;
let server: PartylineServer;
let port: number;
let plainPort: number;
let proxy: ReturnType<typeof startChild>;

before(async () => {
  if (skip) return;
  folder = mkdtempSync(join(tmpdir(), 'partyline-proxy-'));
  const [httpPort, sipPort] = [await freePort(), await freePort()];
  port = await freePort();
  do plainPort = await freePort();
  while (plainPort === port);
  const http = { port: httpPort, trustedProxies: ['127.0.0.1'], publicUrl: `https://127.0.0.1:${port}` };
  server = await PartylineServer.start({ config: { http, sip: { port: sipPort } } });
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const subject = ['-subj', '/CN=meet.example.test', '-days', '2', '-keyout', key, '-out', cert];
  execFileSync(
    'openssl',
    ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', ...subject],
    {
      stdio: 'ignore',
    },
  );
  const site = readFileSync(given, 'utf8')
    .replace('127.0.0.1:8080', `127.0.0.1:${httpPort}`)
    .replace('listen 80;', `listen 127.0.0.1:${plainPort};`)
    .replace('listen 443 ssl;', `listen 127.0.0.1:${port} ssl;`)
    .replace(/\/etc\/letsencrypt\/\S*fullchain\.pem/, cert)
    .replace(/\/etc\/letsencrypt\/\S*privkey\.pem/, key);
  writeFileSync(join(folder, 'site.conf'), site);
  mkdirSync(join(folder, 'temp'));
  const temp = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${folder}/temp/${name};`,
  );
  const whole = `pid ${folder}/nginx.pid;
error_log stderr;
worker_processes 1;
events { worker_connections 256; }
http {
  access_log off;
  ${temp.join('\n  ')}
  include ${folder}/site.conf;
}
`;
  writeFileSync(join(folder, 'nginx.conf'), whole);
  const options = ['-p', folder, '-c', join(folder, 'nginx.conf'), '-e', 'stderr', '-g', 'daemon off;'];
  proxy = startChild(programPath('nginx')!, options, { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  proxy.stderr?.on('data', (bytes) => {
    said += bytes;
  });
  await waitFor(
    async () => {
      if (proxy.exitCode !== null) throw new Error(`nginx ended\n${said}`);
      return (await ask('/healthz').catch(() => null))?.status === 200;
    },
    20_000,
    () => `nginx to serve\n${said}`,
  );
});

after(async () => {
  if (proxy !== undefined) await endChild(proxy);
  await server?.stop();
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
});

const basic = `Basic ${Buffer.from(`${administrator.login}:${administrator.password}`).toString('base64')}`;

interface Asked {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

interface Answered {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** By HTTPS at the proxy; whom its certificate is of is not asked. */
function ask(path: string, { method = 'GET', headers = {}, body }: Asked = {}): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const options = {
      host: '127.0.0.1',
      port,
      path,
      method,
      headers,
      rejectUnauthorized: false,
      agent: false as const,
    };
    const asked = request(options, (response) => {
      let text = '';
      response.on('data', (bytes) => {
        text += bytes;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }));
    });
    asked.on('error', reject);
    asked.end(body);
  });
}

test('pages and interfaces by HTTPS; HTTP leads there; what is inside stays inside', { skip }, async () => {
  assert.equal((await ask('/healthz')).status, 200);
  assert.equal((await ask('/meet')).status, 200);
  assert.equal((await ask('/metrics')).status, 404);
  const moved = await new Promise<IncomingMessage>((resolve, reject) => {
    httpRequest(
      { host: '127.0.0.1', port: plainPort, path: '/meet/2113', headers: { host: 'meet.example.test' } },
      resolve,
    )
      .on('error', reject)
      .end();
  });
  moved.resume();
  assert.equal(moved.statusCode, 301);
  assert.equal(moved.headers.location, 'https://meet.example.test/meet/2113');
});

test('WebSocket', { skip }, async () => {
  const status = await new Promise<number>((resolve, reject) => {
    const headers = {
      authorization: `Basic ${Buffer.from('agent@example.test:battery-staple').toString('base64')}`,
      connection: 'Upgrade',
      upgrade: 'websocket',
      'sec-websocket-version': '13',
      'sec-websocket-key': Buffer.alloc(16, 1).toString('base64'),
    };
    const path = '/api/v2/notifications';
    const asked = request({ host: '127.0.0.1', port, path, headers, rejectUnauthorized: false, agent: false });
    asked.on('upgrade', (response, socket) => {
      socket.destroy();
      resolve(response.statusCode ?? 0);
    });
    asked.on('response', (response) => resolve(response.statusCode ?? 0));
    asked.on('error', reject);
    asked.end();
  });
  assert.equal(status, 101);
});

test('long-polling waits, and is answered when something comes', { skip }, async () => {
  const agent = `Basic ${Buffer.from('agent@example.test:battery-staple').toString('base64')}`;
  let cookie = '';
  const bayeux = async (message: Record<string, unknown>) => {
    const headers = { authorization: agent, 'content-type': 'application/json', ...(cookie === '' ? {} : { cookie }) };
    const answer = await ask('/api/v2/notifications', { method: 'POST', headers, body: JSON.stringify([message]) });
    assert.equal(answer.status, 200, answer.body);
    const set = answer.headers['set-cookie']?.map((one) => one.split(';')[0]).join('; ');
    if (set !== undefined) cookie = set;
    return JSON.parse(answer.body) as { channel: string; clientId: string; successful?: boolean }[];
  };
  const shakes = { channel: '/meta/handshake', version: '1.0', supportedConnectionTypes: ['long-polling'] };
  const { clientId } = (await bayeux(shakes)).find(({ channel }) => channel === '/meta/handshake')!;
  const connect = { channel: '/meta/connect', clientId, connectionType: 'long-polling' };
  await bayeux(connect);
  let answered = false;
  const polled = bayeux(connect).then((messages) => {
    answered = true;
    return messages;
  });
  await ask('/healthz');
  assert.equal(answered, false, 'it waits');
  const [reply] = (await polled).filter(({ channel }) => channel === '/meta/connect');
  assert.equal(reply?.successful, true);
});

test('event streams come as they are sent, not in heaps', { skip }, async () => {
  await new Promise<void>((resolve, reject) => {
    const options = {
      host: '127.0.0.1',
      port,
      path: '/admin/v1/stream',
      headers: { authorization: basic },
      rejectUnauthorized: false,
    };
    const asked = request({ ...options, agent: false }, (response) => {
      assert.equal(response.statusCode, 200);
      assert.match(response.headers['content-type'] ?? '', /^text\/event-stream/);
      response.once('data', () => {
        asked.destroy();
        resolve();
      });
    });
    asked.on('error', reject);
    asked.end();
  });
});

// Last: its address may not log in for a while.
test('the server knows that it is HTTPS, and who asks: what a client claims of itself does not count', {
  skip,
}, async () => {
  const login = {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(administrator),
  };
  const session = await ask('/admin/v1/session', login);
  assert.equal(session.status, 200, session.body);
  assert.match(String(session.headers['set-cookie']), /Secure/);
  const wrong = { ...login, body: JSON.stringify({ ...administrator, password: 'wrong' }) };
  // Six from as many addresses that are claimed are six from one.
  const statuses: number[] = [];
  for (let at = 1; at <= 6; at++) {
    statuses.push(
      (await ask('/admin/v1/session', { ...wrong, headers: { ...login.headers, 'x-forwarded-for': `192.0.2.${at}` } }))
        .status,
    );
  }
  assert.equal(statuses.at(-1), 429, statuses.join(' '));
});
