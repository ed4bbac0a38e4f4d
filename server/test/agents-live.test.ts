import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { CometD } from 'cometd';
import { adapt } from 'cometd-nodejs-client';
import { freePort } from '../src/base/testing/free-port.ts';
import { Phone } from './peers/baresip.ts';
import { listen } from './peers/hearing.ts';
import { needs } from './peers/installed.ts';
import { administrator, PartylineServer, sipPassword } from './peers/partyline.ts';
import { runSipp } from './peers/sipp.ts';
import { waitFor } from './peers/wait.ts';

/**
 * What agents' clients and phones do that needs both of them: the token against forged requests with CometD, recording,
 * and a phone that is had to answer.
 */

const skip = needs('baresip') || needs('sipp');
const tones = { 101: 440, 102: 700 } as const;
const agent = { login: 'agent@example.test', password: 'battery-staple' } as const;

let server: PartylineServer;
const phones: Phone[] = [];

before(async () => {
  if (skip !== false) return;
  adapt();
  server = await PartylineServer.start({ config: { webServices: { csrf: true } } });
  for (const [user, tone] of Object.entries(tones)) {
    const options = { user, tone, password: sipPassword, server: server.sipAddress, autoAnswer: true };
    phones.push(await Phone.start(options));
  }
  await Promise.all(phones.map((phone) => phone.registered()));
});

after(async () => {
  await Promise.all(phones.map((phone) => phone.stop()));
  await server?.stop();
});

interface Call {
  readonly id: string;
  readonly state: string;
  readonly capabilities: readonly string[];
  readonly recordingState?: string;
  readonly userData?: Readonly<Record<string, unknown>>;
}

/** A page of an agent: its cookie, and the token that it has read. */
class Page {
  cookie = '';
  token = '';

  static async of({ login, password }: { readonly login: string; readonly password: string }): Promise<Page> {
    const page = new Page();
    const basic = Buffer.from(`${login}:${password}`).toString('base64');
    const answer = await fetch(page.address('/me'), { headers: { authorization: `Basic ${basic}` } });
    page.cookie = answer.headers.get('set-cookie')!.split(';', 1)[0]!;
    assert.equal(answer.headers.get('x-csrf-header'), 'X-CSRF-TOKEN');
    page.token = answer.headers.get('x-csrf-token')!;
    return page;
  }

  address(path: string): string {
    return `http://127.0.0.1:${server.httpPort}/api/v2${path}`;
  }

  get headers(): Record<string, string> {
    return { cookie: this.cookie, 'X-CSRF-TOKEN': this.token };
  }

  async ask(path: string, operationName: string, more: object = {}, headers = this.headers): Promise<number> {
    const body = JSON.stringify({ operationName, ...more });
    const type = { 'content-type': 'application/json' };
    const answer = await fetch(this.address(path), { method: 'POST', headers: { ...type, ...headers }, body });
    return ((await answer.json()) as { statusCode: number }).statusCode;
  }

  async call(fits: (call: Call) => boolean, what: string): Promise<Call> {
    let found: Call | undefined;
    const look = async () => {
      const answer = await fetch(this.address('/me/calls?fields=*'), { headers: { cookie: this.cookie } });
      found = ((await answer.json()) as { calls: Call[] }).calls.find(fits);
      return found !== undefined;
    };
    await waitFor(look, 8000, what);
    return found!;
  }

  /** Its phone calls the other. */
  async dial(from: string, to: string): Promise<void> {
    const answer = await fetch(this.address('/me/devices?fields=*'), { headers: { cookie: this.cookie } });
    const { devices } = (await answer.json()) as { devices: { id: string; phoneNumber: string }[] };
    const { id } = devices.find(({ phoneNumber }) => phoneNumber === from)!;
    assert.equal(await this.ask(`/me/devices/${id}/calls`, 'Dial', { destination: { phoneNumber: to } }), 0);
  }
}

const isEstablished = ({ state }: Call) => state === 'Established';

for (const transport of ['long-polling', 'websocket'] as const) {
  test(`with tokens against forged requests, the official client is told by ${transport}`, { skip }, async () => {
    const page = await Page.of(administrator);
    assert.equal(await page.ask('/me', 'StartContactCenterSession', {}, { cookie: page.cookie }), 3);
    const handshake = JSON.stringify([
      { id: '1', version: '1.0', channel: '/meta/handshake', supportedConnectionTypes: ['long-polling'] },
    ]);
    for (const [headers, status] of [
      [{ cookie: page.cookie }, 403],
      [{ cookie: page.cookie, 'X-CSRF-TOKEN': 'guessed' }, 403],
      [page.headers, 200],
    ] as const) {
      const given = { 'content-type': 'application/json', ...headers };
      const answer = await fetch(page.address('/notifications'), { method: 'POST', headers: given, body: handshake });
      assert.equal(answer.status, status);
      if (status === 403) assert.match(await answer.text(), /Missing or invalid Csrf token/);
    }
    const client = new CometD();
    client.configure({ url: page.address('/notifications'), logLevel: 'warn', requestHeaders: page.headers });
    for (const other of ['long-polling', 'callback-polling', 'websocket']) {
      if (other !== transport) client.unregisterTransport(other);
    }
    const told: string[] = [];
    const { window } = globalThis as unknown as { window: { WebSocket: new (...given: unknown[]) => object } };
    const plain = window.WebSocket;
    // As browsers do: a WebSocket is opened with the cookie of the page, and no other header.
    window.WebSocket = class extends plain {
      constructor(url: unknown, protocols?: unknown) {
        super(url, protocols ?? [], { headers: { cookie: page.cookie } });
      }
    } as typeof plain;
    let subscribed = false;
    client.addListener('/meta/subscribe', ({ successful }) => {
      subscribed = successful === true;
    });
    client.addListener('/meta/handshake', ({ successful }) => {
      if (!successful) return;
      client.subscribe('/v2/me/*', ({ data }) => {
        const { notificationType, call, phoneNumber } = data as Record<string, never> & { call?: Call };
        if (phoneNumber === '101') told.push(`${notificationType} ${call?.state}`);
      });
    });
    client.handshake();
    await waitFor(() => subscribed, 8000, 'the subscription');
    await page.dial('101', '102');
    await waitFor(() => told.includes('StatusChange Established'), 8000, 'the call');
    const { id } = await page.call(isEstablished, 'the call');
    assert.equal(await page.ask(`/me/calls/${id}`, 'Hangup'), 0);
    await waitFor(() => told.includes('StatusChange Released'), 8000, 'its end');
    assert.deepEqual(told, ['StatusChange Dialing', 'StatusChange Established', 'StatusChange Released']);
    await new Promise<void>((resolve) => client.disconnect(() => resolve()));
    window.WebSocket = plain;
    await server.quiet();
  });
}

test('a call is recorded, paused, resumed and stopped, and what was recorded is kept', { skip }, async () => {
  const page = await Page.of(administrator);
  await page.dial('101', '102');
  const { id } = await page.call(isEstablished, 'the call');
  for (const [operation, state, data] of [
    ['StartCallRecording', 'Recording', 'ON'],
    ['PauseCallRecording', 'Paused', 'PAUSED'],
    ['ResumeCallRecording', 'Recording', 'ON'],
    ['StopCallRecording', 'Stopped', 'OFF'],
  ] as const) {
    assert.equal(await page.ask(`/me/calls/${id}`, operation), 0, operation);
    assert.equal(await page.ask(`/me/calls/${id}`, operation), 2, `${operation} twice`);
    const { recordingState, userData } = await page.call((call) => call.id === id, 'the call');
    assert.deepEqual([recordingState, userData?.['GSIP_RECORD']], [state, data], operation);
    if (state !== 'Recording') continue;
    await listen([{ phone: phones[0]!, hears: [tones[102]], notHears: [tones[101]] }]);
  }
  assert.equal(await page.ask(`/me/calls/${id}`, 'Hangup'), 0);
  await server.quiet();
  const { recordings } = await server.get<{ recordings: { id: string }[] }>('/admin/v1/recordings');
  assert.equal(recordings.length, 1);
  const kept = `/admin/v1/recordings/${recordings[0]!.id}`;
  const { files } = await server.get<{ files: { name: string; durationMs: number }[] }>(kept);
  assert.equal(files.length, 3);
  for (const { name, durationMs } of files) assert.ok(durationMs > 500, `${name}: ${durationMs} ms`);
});

test('a phone that takes `Event: talk` answers when its agent says so', { skip }, async () => {
  const localPort = await freePort();
  const [address, port] = server.sipAddress.split(':') as [string, string];
  const target = { address, port: Number(port) };
  const phone = { service: '113', localPort, calls: 1, timeoutMs: 60_000 } as const;
  const registered = await runSipp({
    ...phone,
    scenario: 'register-phone',
    target,
    args: ['-au', '113', '-ap', sipPassword],
  });
  assert.equal(registered.code, 0, registered.log);
  const called = runSipp({ ...phone, scenario: 'talk-phone', target: null });
  const caller = await Page.of(administrator);
  const page = await Page.of(agent);
  await caller.dial('101', '113');
  const ringing = await page.call(({ state }) => state === 'Ringing', 'the ringing');
  assert.ok(ringing.capabilities.includes('Answer'), ringing.capabilities.join());
  assert.equal(await page.ask(`/me/calls/${ringing.id}`, 'Answer'), 0);
  const { capabilities } = await page.call(isEstablished, 'its answer');
  assert.ok(!capabilities.includes('Answer'));
  await caller.call(isEstablished, 'the caller');
  assert.equal(await page.ask(`/me/calls/${ringing.id}`, 'Hangup'), 0);
  const { code, log } = await called;
  assert.equal(code, 0, log);
});
