import assert from 'node:assert/strict';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import { Webhook } from 'standardwebhooks';
import { SandboxCarrier } from '../src/sandbox/index.ts';
import { administrator, overTrunk, PartylineServer, testOrganization } from './peers/partyline.ts';
import { UnifiedApi } from './peers/unified-api.ts';
import { waitFor } from './peers/wait.ts';

/** What an application chooses of its webhooks, and how it knows that they are from here; needs no phone. */

interface Told {
  readonly body: string;
  readonly fields: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
}

let carrier: SandboxCarrier;
let server: PartylineServer;
let api: UnifiedApi;
let receiver: Server;
let base: string;
const told: Told[] = [];

before(async () => {
  receiver = createServer(async (request, response) => {
    let body = '';
    for await (const part of request) body += part;
    told.push({ body, fields: new URLSearchParams(body), headers: request.headers });
    response.end('ok');
  });
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  carrier = await SandboxCarrier.start({ behaviours: false });
  carrier.onCall = (call) => {
    call.refuse(486);
    return true;
  };
  const [app] = testOrganization.apps;
  const apps = [{ ...app, webhooks: { callFlow: 'lower', hangupStatus: 'full' } }];
  const organizations = [{ ...testOrganization, apps }];
  server = await PartylineServer.start({ config: { ...overTrunk(carrier.uri), organizations } });
  base = `http://127.0.0.1:${server.httpPort}`;
  api = await UnifiedApi.connect(base);
});

after(async () => {
  receiver?.closeAllConnections();
  receiver?.close();
  await server?.stop();
  await carrier?.close();
});

const authorization = `Basic ${Buffer.from(`${administrator.login}:${administrator.password}`).toString('base64')}`;

async function secrets(
  method: 'GET' | 'POST' = 'GET',
  key = 'demo-app',
): Promise<{ status: number; secrets: string[] }> {
  const response = await fetch(`${base}/admin/v1/apps/${key}/webhook-secrets`, { method, headers: { authorization } });
  const json = (await response.json()) as { secrets?: { secret: string }[] };
  return { status: response.status, secrets: (json.secrets ?? []).map(({ secret }) => secret) };
}

async function busyCall(): Promise<Told[]> {
  const from = told.length;
  const answer = await api.invite(['3235742879'], { extension: '201', source: ['201'], query: 'number=1' });
  assert.equal(answer.status, 200, answer.text);
  await waitFor(
    () => told.length === from + 2,
    20_000,
    () => `two events: ${told.length - from}`,
  );
  return told.slice(from);
}

test('values as the app wants them, the event in a header, signed, with the old secret beside a new one', async () => {
  const { port } = receiver.address() as AddressInfo;
  for (const type of ['1', '2']) {
    const body = { type, url: `http://127.0.0.1:${port}/hook`, method: '1', status: '1' };
    const created = await api.ask('/uapi/extensions/@me/201/phoneCallEvents', { method: 'POST', body });
    assert.equal(created.status, 200, created.text);
  }
  const seen = await secrets();
  assert.deepEqual([seen.status, seen.secrets.length], [200, 1]);
  const [begun, ended] = await busyCall();
  assert.deepEqual([begun?.fields.get('CallFlow'), begun?.fields.get('CallStatus')], ['out', 'CALLING']);
  assert.deepEqual([ended?.fields.get('CallFlow'), ended?.fields.get('CallStatus')], ['out', 'BUSY']);
  assert.deepEqual([begun?.headers['x-partyline-event'], ended?.headers['x-partyline-event']], ['dialOut', 'hangup']);
  const verify = (one: Told, secret: string) =>
    new Webhook(secret).verify(one.body, one.headers as Record<string, string>, { jsonParse: false });
  for (const one of [begun!, ended!]) verify(one, seen.secrets[0]!);

  const changed = await secrets('POST');
  assert.equal(changed.status, 200);
  assert.deepEqual(changed.secrets.slice(1), seen.secrets, 'the new one first');
  for (const one of await busyCall()) for (const secret of changed.secrets) verify(one, secret);
  await server.kill9();
  await server.restart();
  assert.deepEqual((await secrets()).secrets, changed.secrets, 'also after a crash');
  assert.equal((await secrets('GET', 'other-app')).status, 404);
  for (const secret of changed.secrets) assert.ok(!server.rawLog.includes(secret.slice(6)), 'no secret in the log');
});
