import assert from 'node:assert/strict';
import { request as httpRequest } from 'node:http';
import { after, before, describe, test } from 'node:test';
import { AckExtension, CometD, type Message } from 'cometd';
import { adapt } from 'cometd-nodejs-client';
import Fastify, { type FastifyInstance } from 'fastify';
import { systemClock } from '../../../../base/clock.ts';
import { until } from '../../../../base/testing/wait.ts';
import { conferenceCall } from '../../../../call/services/conference-call.ts';
import { registerNotifications } from './routes.ts';
import { NotifiedOffice, officeDirectory } from './testing/notified-office.ts';

/*
 * What clients are told over real HTTP, whatever client they use. Who they are is said by a cookie `agent`, or by a
 * login that is a number.
 */

let office: NotifiedOffice;
let http: FastifyInstance;
let port = 0;

const numberOf = (headers: Record<string, string | string[] | undefined>): string | undefined => {
  const cookie = /agent=([0-9]+)/.exec(String(headers['cookie']))?.[1];
  const basic = /^Basic (.+)$/.exec(String(headers['authorization']))?.[1];
  return cookie ?? (basic === undefined ? undefined : Buffer.from(basic, 'base64').toString().split(':')[0]);
};

async function serve(at: number): Promise<void> {
  http = Fastify({ forceCloseConnections: true });
  http.register(
    (app, _options, done) => {
      app.addHook('onRequest', async (request, reply) => {
        if (numberOf(request.headers) !== undefined) return undefined;
        await reply.code(403).send({ statusCode: 20, statusMessage: 'Access denied' });
        return reply;
      });
      registerNotifications(app, {
        notifications: office.notifications,
        ownerOf: ({ headers, host }) => {
          const userId = Number(numberOf(headers)) - 14_999;
          return { user: { organizationId: '1', userId }, base: `http://${host}/api/v2` };
        },
      });
      done();
    },
    { prefix: '/api/v2' },
  );
  await http.listen({ host: '127.0.0.1', port: at });
  port = (http.server.address() as { port: number }).port;
}

before(async () => {
  adapt();
  office = new NotifiedOffice(await officeDirectory(), 1, { holdMs: 3000, awayMs: 120_000 }, systemClock);
  await serve(0);
});

const clients: CometD[] = [];

after(async () => {
  for (const client of clients) client.disconnect();
  await office.notifications.close();
  await http.close();
});

const address = (path = '/notifications') => `http://127.0.0.1:${port}/api/v2${path}`;
const basic = (number: string) => `Basic ${Buffer.from(`${number}:secret`).toString('base64')}`;

interface Heard {
  readonly number: string;
  readonly words: string;
}

function heardOf(message: { readonly data?: unknown; readonly ext?: unknown }): Heard {
  const { notificationType, call } = message.data as { notificationType: string; call: { state: string } };
  return { number: (message.ext as { number: string }).number, words: `${notificationType} ${call.state}` };
}

/** Says with each subscription which notification was the last, so that a client that begins anew misses nothing. */
class ReplayExtension {
  last: string | null = null;

  incoming = (message: Message): Message => {
    const number = (message.ext as { number?: string } | undefined)?.number;
    if (number !== undefined) this.last = number;
    return message;
  };

  outgoing = (message: Message): Message => {
    if (message.channel === '/meta/subscribe' && this.last !== null) {
      (message as { ext?: object }).ext = { ...(message.ext as object | undefined), replay: this.last };
    }
    return message;
  };
}

function official(number: string, transport: 'long-polling' | 'websocket', withAcks: boolean): [CometD, Heard[]] {
  const client = new CometD();
  clients.push(client);
  client.configure({
    url: address(),
    logLevel: 'warn',
    requestHeaders: { authorization: basic(number) },
    backoffIncrement: 50,
    maxBackoff: 200,
  });
  for (const other of ['long-polling', 'callback-polling', 'websocket']) {
    if (other !== transport) client.unregisterTransport(other);
  }
  if (withAcks) client.registerExtension('ack', new AckExtension());
  client.registerExtension('replay', new ReplayExtension());
  const heard: Heard[] = [];
  client.addListener('/meta/handshake', (reply) => {
    if (reply.successful) client.subscribe('/v2/me/*', (message) => heard.push(heardOf(message)));
  });
  return [client, heard];
}

const documented = [
  'StatusChange Dialing',
  'StatusChange Established',
  'StatusChange Held',
  'StatusChange Dialing',
  'StatusChange Established',
  'StatusChange Released',
  'ParticipantsUpdated Established',
];
let works = 0;

/** 15000 calls 15001, consults 15002 and merges. */
async function work(): Promise<void> {
  const original = await office.talking('15000', '15001', `W${++works}`);
  const consult = await office.consulting(original, '15002');
  await office.fixture.runtime.do(conferenceCall, { original, consult });
}

const isSubscribed = (count: number) => () =>
  office.notifications.bayeux.sessionsOf({ user: { organizationId: '1', userId: 1 }, base: '' }).length >= count &&
  office.notifications.bayeux
    .sessionsOf({ user: { organizationId: '1', userId: 1 }, base: '' })
    .every((one) => one.subscriptions.size > 0);

test('the official client by long-polling, with and without acknowledgements, logs in with every request and is told once, in order', async () => {
  for (const withAcks of [false, true]) {
    const [client, heard] = official('15000', 'long-polling', withAcks);
    client.handshake();
    await until('the subscription', isSubscribed(1));
    await work();
    await until('all notifications', () => heard.length >= documented.length);
    assert.deepEqual(
      heard.map(({ words }) => words),
      documented,
    );
    await new Promise<void>((resolve) => client.disconnect(() => resolve()));
  }
});

/** As browsers do: a WebSocket is opened with the cookie of the page, and no other header. */
async function byCookie<Result>(run: () => Promise<Result>): Promise<Result> {
  const { window } = globalThis as unknown as { window: { WebSocket: new (...given: unknown[]) => object } };
  const plain = window.WebSocket;
  window.WebSocket = class extends plain {
    constructor(url: unknown, protocols?: unknown) {
      super(url, protocols ?? [], { headers: { cookie: 'JSESSIONID=x; agent=15000' } });
    }
  } as typeof plain;
  try {
    return await run();
  } finally {
    window.WebSocket = plain;
  }
}

test('the official client by WebSocket, with and without acknowledgements, known by its cookie alone', async () => {
  for (const withAcks of [false, true]) {
    await byCookie(async () => {
      const [client, heard] = official('15000', 'websocket', withAcks);
      client.handshake();
      await until('the subscription', isSubscribed(1));
      await work();
      await until('all notifications', () => heard.length >= documented.length);
      assert.deepEqual(
        heard.map(({ words }) => words),
        documented,
      );
      await new Promise<void>((resolve) => client.disconnect(() => resolve()));
    });
  }
});

test('a client that begins anew after a restart is told what it missed, once and in order', async () => {
  const [client, heard] = official('15000', 'long-polling', false);
  client.handshake();
  await until('the subscription', isSubscribed(1));
  await work();
  await until('the first notifications', () => heard.length >= documented.length);
  const at = port;
  await http.close();
  await work();
  await office.crash({ holdMs: 3000, awayMs: 120_000 });
  await serve(at);
  await until('what was missed', () => heard.length >= 2 * documented.length);
  await work();
  await until('what came then', () => heard.length >= 3 * documented.length);
  assert.deepEqual(
    heard.map(({ words }) => words),
    [...documented, ...documented, ...documented],
  );
  assert.equal(new Set(heard.map(({ number }) => number)).size, heard.length);
  await new Promise<void>((resolve) => client.disconnect(() => resolve()));
});

type Reply = Record<string, unknown> & { readonly channel: string };

/** As jquery.cometd of the documented samples: cookie, suffixes, `/` for everything else. */
async function post(suffix: string, messages: object[], headers: Record<string, string> = {}) {
  const response = await fetch(address(`/notifications${suffix}`), {
    method: 'POST',
    headers: { 'content-type': 'application/json;charset=UTF-8', cookie: 'agent=15000', ...headers },
    body: JSON.stringify(messages),
  });
  return { status: response.status, messages: (await response.json()) as Reply[] };
}

describe('a client that speaks for itself', () => {
  test('is served at every form of the address, and by its first connect at once', async () => {
    const { messages } = await post('/handshake', [
      {
        version: '1.0',
        minimumVersion: '1.0',
        channel: '/meta/handshake',
        supportedConnectionTypes: ['long-polling'],
        advice: { timeout: 60000, interval: 0 },
        id: '1',
      },
    ]);
    const [{ clientId, advice, supportedConnectionTypes, successful }] = messages as unknown as [Reply];
    assert.deepEqual([successful, advice], [true, { reconnect: 'retry', interval: 0, timeout: 3000 }]);
    assert.ok((supportedConnectionTypes as string[]).includes('long-polling'));
    const connect = { channel: '/meta/connect', connectionType: 'long-polling', clientId };
    const subscribe = { channel: '/meta/subscribe', subscription: '/v2/me/*', id: '3', clientId };
    const [first, subscribed] = await Promise.all([
      post('/connect', [{ ...connect, advice: { timeout: 0 }, id: '2' }]),
      post('/', [subscribe]),
    ]);
    assert.equal(first.messages.at(-1)!['successful'], true);
    assert.deepEqual(subscribed.messages, [
      { channel: '/meta/subscribe', id: '3', subscription: '/v2/me/*', successful: true },
    ]);
    const held = post('/connect', [{ ...connect, id: '4' }]);
    await new Promise((resolve) => setTimeout(resolve, 50));
    await office.talking('15000', '15001', 'raw');
    const answer = await held;
    assert.deepEqual(
      answer.messages.map(({ channel }) => channel).slice(0, 1),
      ['/v2/me/calls'],
      JSON.stringify(answer.messages),
    );
    assert.equal(answer.messages.at(-1)!.channel, '/meta/connect');
    const { messages: left } = await post('/disconnect', [{ channel: '/meta/disconnect', id: '9', clientId }]);
    assert.equal(left[0]!['successful'], true);
    const { messages: unknown } = await post('', [{ ...connect, id: '10' }]);
    assert.deepEqual(unknown[0], {
      channel: '/meta/connect',
      id: '10',
      successful: false,
      error: '402::Unknown client',
      advice: { reconnect: 'handshake', interval: 0 },
    });
  });

  test('is refused when nobody knows it, with an answer that it understands', async () => {
    const refused = await post('/handshake', [{ channel: '/meta/handshake', id: '1' }], { cookie: 'none=1' });
    assert.equal(refused.status, 403);
    assert.deepEqual(refused.messages, { statusCode: 20, statusMessage: 'Access denied' });
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const upgrade = httpRequest(address(), {
        headers: {
          connection: 'upgrade',
          upgrade: 'websocket',
          'sec-websocket-version': '13',
          'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==',
        },
      });
      upgrade.once('response', (response) => resolve(response.resume().statusCode));
      upgrade.once('upgrade', (_response, socket) => resolve(socket.destroy() === undefined ? 101 : 101));
      upgrade.once('error', reject);
      upgrade.end();
    });
    assert.equal(status, 403);
  });

  test("another user's client id is no client's; what is no batch, or too much, is refused and counted", async () => {
    const { messages } = await post('/handshake', [
      { channel: '/meta/handshake', id: '1', supportedConnectionTypes: ['long-polling'] },
    ]);
    const clientId = messages[0]!['clientId'];
    const subscribe = { channel: '/meta/subscribe', subscription: '/v2/me/*', clientId, id: '2' };
    const foreign = await post('/', [subscribe], { cookie: 'agent=15001' });
    assert.equal(foreign.messages[0]!['error'], '402::Unknown client');
    const before = office.notifications.counters().refused;
    assert.equal((await post('/', [])).status, 400);
    assert.equal(
      (
        await post(
          '/',
          Array.from({ length: 65 }, () => subscribe),
        )
      ).status,
      400,
    );
    const many = Array.from({ length: 64 }, (_, at) => ({ ...subscribe, subscription: `/v2/me/x${at}` }));
    assert.ok((await post('/', many)).messages.every(({ successful }) => successful === true));
    const more = await post('/', [{ ...subscribe, subscription: '/v2/me/y' }]);
    assert.equal(more.messages[0]!['error'], '403::too many subscriptions');
    const handshake = { channel: '/meta/handshake', supportedConnectionTypes: ['long-polling'] };
    await Promise.all(Array.from({ length: 40 }, () => post('/handshake', [handshake])));
    const { refused, sessions } = office.notifications.counters();
    assert.equal(refused.unreadable, before.unreadable + 2);
    assert.equal(refused.tooManySubscriptions, before.tooManySubscriptions + 1);
    assert.ok(refused.tooManySessions >= 8 && sessions <= 33, `${refused.tooManySessions} refused, ${sessions} there`);
    await office.notifications.end({ organizationId: '1', userId: 1 });
    assert.equal(office.notifications.counters().sessions, 0);
  });
});

/** Reads an event stream until so many events have come. */
async function events(path: string, count: number, headers: Record<string, string> = {}): Promise<Heard[]> {
  const abort = new AbortController();
  const late = setTimeout(() => abort.abort(), 120_000);
  const response = await fetch(address(path), { headers: { cookie: 'agent=15000', ...headers }, signal: abort.signal });
  assert.equal(response.headers.get('content-type'), 'text/event-stream; charset=utf-8');
  const heard: Heard[] = [];
  let text = '';
  const decoder = new TextDecoder();
  try {
    for await (const chunk of response.body!) {
      text += decoder.decode(chunk as Uint8Array, { stream: true });
      const blocks = text.split('\n\n');
      text = blocks.pop()!;
      for (const block of blocks) {
        const [, id, data] = /^id: (.+)\ndata: (.+)$/.exec(block) ?? [];
        if (data === undefined) continue;
        const one = heardOf(JSON.parse(data) as { data: unknown });
        assert.equal(one.number, id);
        heard.push(one);
      }
      if (heard.length >= count) return heard;
    }
  } finally {
    clearTimeout(late);
    abort.abort();
  }
  throw new Error(`the stream ended after ${heard.length}`);
}

test('an event stream says the same under the same numbers, and goes on where its reader was', async () => {
  await work();
  await work();
  const all = (await events('/me/events?since=0-0', 10)).slice(0, 10);
  const rest = await events('/me/events', 7, { 'last-event-id': all[2]!.number });
  assert.deepEqual(rest.slice(0, 7), all.slice(3));
  const none = () => office.notifications.counters().streams === 0;
  await until('the end of the streams that nobody reads', none);
  const live = events('/me/events', documented.length);
  await until('the stream', () => office.notifications.counters().streams === 1);
  await work();
  assert.deepEqual(
    (await live).map(({ words }) => words),
    documented,
  );
  await until('its end', none);
  const wrong = await fetch(address('/me/events?since=yesterday'), { headers: { cookie: 'agent=15000' } });
  assert.equal(wrong.status, 400);
  // Whoever asks for the head alone has it at once, and holds no stream.
  const headers = { cookie: 'agent=15000' };
  const head = await fetch(address('/me/events'), { method: 'HEAD', headers, signal: AbortSignal.timeout(120_000) });
  assert.deepEqual([head.status, head.headers.get('content-type')], [200, 'text/event-stream; charset=utf-8']);
  await until('its end', none);
});
