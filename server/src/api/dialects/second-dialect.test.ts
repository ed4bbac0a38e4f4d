import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { FastifyInstance } from 'fastify';
import { AppError } from '../../base/app-error.ts';
import { silentLog } from '../../base/log.ts';
import { SeededRandom } from '../../base/random.ts';
import { VirtualClock } from '../../base/testing/virtual-clock.ts';
import { receiveCall } from '../../call/services/receive-call.ts';
import type { ReceiveCall } from '../../call/services/requests.ts';
import { extension, RuntimeFixture } from '../../call/testing/runtime-fixture.ts';
import { directoryOf, organizationWith } from '../../directory/testing/virtual-organizations.ts';
import { LiveNotifications } from '../../push/live/live-notifications.ts';
import { MemoryWebhookStore } from '../../push/webhooks/testing/memory-webhook-store.ts';
import { Webhooks } from '../../push/webhooks/webhooks.ts';
import { registerDocs } from '../docs-page.ts';
import { FrontDoor } from '../front-door.ts';
import { createHttp, refuseAddresses } from '../http.ts';
import { Idempotency } from '../idempotency/idempotency.ts';
import { MemoryRequests } from '../idempotency/testing/memory-requests.ts';
import { bearer } from '../oauth/bearer.ts';
import { presented } from '../oauth/presented.ts';
import { directoryWith, Rows } from '../oauth/testing/oauth-fixture.ts';
import { Tokens } from '../oauth/tokens.ts';
import { SessionLogins } from '../session-logins.ts';
import type { Dialect, DialectParts } from './dialect.ts';
import { dialects, liveDialect, webhookDialect } from './dialects.ts';

const call: ReceiveCall = {
  kind: 'call',
  legId: '',
  organizationId: 'org',
  from: extension('100'),
  to: extension('101'),
  target: { kind: 'terminal', aor: '101' },
  callerId: { name: 'Phone 100', number: '100' },
  timeoutMs: 25_000,
};

/** Lines of text instead of JSON: an interface with ways of its own in everything, beside those that are there. */
const telegraph: Dialect<DialectParts & { readonly config: { readonly telegraph: { readonly stop: string } } }> = {
  tags: [{ name: 'telegrams', description: 'Calls in words' }],
  register(http, { runtime, presented: tokenOf, idempotency, frontDoor, config }) {
    const line = (text: string) => `${text} ${config.telegraph.stop}`;
    refuseAddresses(http, (request, reply) => {
      if (!request.url.startsWith('/telegraph/')) return false;
      void reply.code(400).type('text/plain').send(line('WHERE TO'));
      return true;
    });
    frontDoor.first((request, reply) => {
      if (request.headers.accept !== 'text/telegram') return false;
      void reply.send(line('AT /telegraph'));
      return true;
    });
    http.register(
      (app, _options, done) => {
        app.setErrorHandler((error, _request, reply) => {
          void reply.code(error instanceof AppError ? 418 : 500).send(line((error as Error).message));
        });
        app.addHook('onRequest', (request, _reply, next) => {
          const { result } = tokenOf(bearer(request.headers.authorization));
          next(result === 'valid' ? undefined : new AppError('unauthenticated', `TOKEN ${result.toUpperCase()}`));
        });
        idempotency.register(app, {
          scopeOf: () => 'telegraph',
          refusal: (why) => new AppError('invalidArgument', `KEY ${why.toUpperCase()}`),
        });
        const schema = { tags: ['telegrams'] } as object;
        app.get('/calls', { schema }, async () => line(`${runtime.snapshot().length} CALLS`));
        app.post('/calls', { schema }, async ({ operationId }) => {
          await runtime.do(receiveCall, { ...call, legId: `${operationId}` });
          return line(`LEG ${operationId}`);
        });
        done();
      },
      { prefix: '/telegraph' },
    );
  },
};

let http: FastifyInstance;
let idempotency: Idempotency;
let tokens: Tokens;
let webhooks: Webhooks;
let token: string;
const calls = new RuntimeFixture();

before(async () => {
  const clock = new VirtualClock();
  const random = new SeededRandom(1);
  http = createHttp({ log: silentLog, random });
  await registerDocs(http, { version: '1', tags: [...dialects, telegraph].flatMap(({ tags }) => tags) });
  const store = new MemoryRequests();
  idempotency = new Idempotency({ clock, log: silentLog, store, salt: Buffer.alloc(32, 1) });
  tokens = new Tokens({ clock, random, log: silentLog, store: new Rows() });
  const who = { appKey: 'demo', secretMark: 'mark of demo', organizationId: 3, userId: 12, userAgent: '' };
  const issued = tokens.make('access', tokens.newFamily(), who);
  await tokens.keep([issued]);
  token = issued.text;
  const { directory } = await directoryOf({ organizations: [organizationWith(3, [])], trunks: [], dialPlan: [] });
  const whoMayAsk = directoryWith(() => ({}));
  webhooks = new Webhooks({
    clock,
    random,
    log: silentLog,
    store: new MemoryWebhookStore(),
    calls: calls.store,
    dialect: webhookDialect({ numbersOf: () => ({ extendedNumber: '1', publicNumbers: [] }) }),
  });
  const parts = {
    clock,
    random,
    directory,
    runtime: calls.runtime,
    devices: calls.devices,
    calls: calls.store,
    subscriptions: webhooks.subscriptions,
    notifications: new LiveNotifications({
      clock,
      random,
      log: silentLog,
      store: calls.store,
      dialect: liveDialect({ directory, registered: () => false }),
      userOf: () => null,
    }),
    registrations: () => [],
    keepPin: () => {},
    browsers: {
      join: () => Promise.reject(new AppError('unavailable', 'no browsers')),
      phone: () => assert.fail('no phone signs in here'),
      has: () => false,
    },
    legs: { isEncrypted: () => false, whenConfirmed() {} },
    sessions: new SessionLogins(),
    conferences: { create: async () => {}, change: async () => {}, remove: async () => {} },
    presented: (text: string | null) => presented(text, tokens, whoMayAsk),
    idempotency,
    publicUrl: null,
    frontDoor: new FrontDoor(http, (reply) => reply.send('page')),
    version: '1',
    config: {
      http: { origins: [] },
      media: { turn: [] },
      webServices: { csrf: false, sessionIdleMs: 60_000, stateAfterLogin: 'Ready' as const, agentStates: [] },
      unifiedApi: { expiredTokenStatus: 401 },
      telegraph: { stop: 'STOP' },
    },
  };
  for (const dialect of [...dialects, telegraph]) dialect.register(http, parts);
  await http.ready();
});

after(async () => {
  await http.close();
  await webhooks.close();
  idempotency.close();
  tokens.close();
});

async function ask(method: 'GET' | 'POST', url: string, headers: Record<string, string> = {}) {
  const answer = await http.inject({ method, url, headers: { authorization: `Bearer ${token}`, ...headers } });
  return [answer.statusCode, answer.body] as const;
}

test('each answers below its own address, and says in its own words what is wrong', async () => {
  assert.deepEqual(await ask('GET', '/telegraph/calls'), [200, '0 CALLS STOP']);
  assert.equal((await ask('GET', '/uapi/phoneCalls/@me'))[1].startsWith('{'), true);
  const refused = { authorization: 'Bearer none' };
  assert.deepEqual(await ask('GET', '/telegraph/calls', refused), [418, 'TOKEN UNKNOWN STOP']);
  assert.match((await ask('GET', '/uapi/phoneCalls/@me', refused))[1], /access_denied/);
});

test('an address that cannot be decoded is refused by the one that it was meant for', async () => {
  assert.deepEqual(await ask('GET', '/telegraph/%zz'), [400, 'WHERE TO STOP']);
  assert.match((await ask('GET', '/uapi/%zz'))[1], /"request_invalid"/);
  assert.match((await ask('GET', '/elsewhere/%zz'))[1], /"invalidArgument"/);
});

test('who looks for one at / finds it, and people find the page', async () => {
  assert.deepEqual(await ask('GET', '/', { accept: 'text/telegram' }), [200, 'AT /telegraph STOP']);
  assert.equal((await ask('GET', '/', { accept: 'application/xrds+xml' }))[0], 204);
  assert.deepEqual(await ask('GET', '/'), [200, 'page']);
});

test('a repeated request is the same call in each, under keys of its own', async () => {
  const key = { 'idempotency-key': 'k1' };
  const [status, text] = await ask('POST', '/telegraph/calls', key);
  assert.deepEqual([status, /^LEG [0-9a-f]{20} STOP$/.test(text)], [200, true], text);
  assert.deepEqual(await ask('POST', '/telegraph/calls', key), [200, text]);
  assert.deepEqual(await ask('GET', '/telegraph/calls'), [200, '1 CALLS STOP']);
  // The whole address counts here, and the other interface has never heard of the key.
  assert.deepEqual(await ask('POST', '/telegraph/calls?x=1', key), [418, 'KEY REUSED STOP']);
  assert.match((await ask('POST', '/uapi/phoneCalls/@me/simple', key))[1], /request_invalid|pc_/);
});

test('each stands under its own headings in the description, with the login that it asks for', () => {
  const { tags, paths } = http.swagger() as unknown as {
    tags: { name: string }[];
    paths: Record<string, Record<string, { tags: string[]; security: object[] }>>;
  };
  const names = tags.map(({ name }) => name);
  for (const name of ['telegrams', 'phoneCalls', 'cdr']) assert.ok(names.includes(name), name);
  for (const [path, operations] of Object.entries(paths)) {
    for (const operation of Object.values(operations)) {
      assert.ok(operation.tags.every((tag) => names.includes(tag)));
      // Whoever wants to join from a browser asks without a login, or with one of that interface's own; agents log in
      // themselves.
      const others = /^\/(ups|whip|whep|phone)\b/.test(path)
        ? []
        : path.startsWith('/api/v2/')
          ? [{ basic: [] }]
          : null;
      assert.deepEqual(operation.security, others ?? [{ bearer: [] }]);
    }
  }
  assert.deepEqual(paths['/telegraph/calls']?.['get']?.tags, ['telegrams']);
});
