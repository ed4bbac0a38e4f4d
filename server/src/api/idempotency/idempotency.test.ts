import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import Fastify, { type FastifyInstance } from 'fastify';
import { silentLog } from '../../base/log.ts';
import { VirtualClock } from '../../base/testing/virtual-clock.ts';
import { repetitions } from '../dialects/unified-api/idempotency-keys.ts';
import { Idempotency } from './idempotency.ts';
import { MemoryRequests } from './testing/memory-requests.ts';

let store: MemoryRequests;
let dials: string[];
let app: FastifyInstance;
let clock: VirtualClock;
let answer: (attempt: number) => { status: number; body: unknown };
let release: Promise<void>;

function server(rows: MemoryRequests): FastifyInstance {
  const http = Fastify({ rewriteUrl: (request) => request.url ?? '/' });
  http.decorateRequest('operationId', null);
  http.decorateRequest('resumed', false);
  new Idempotency({
    clock,
    log: silentLog,
    store: rows,
    salt: Buffer.alloc(32, 1),
  }).register(http, {
    ...repetitions,
    scopeOf: (request) => String(request.headers['x-app'] ?? 'a'),
    refusal: (why) => Object.assign(new Error(why), { statusCode: why === 'invalid' ? 400 : 422 }),
  });
  http.all('/uapi/dial', async (request, reply) => {
    await release;
    dials.push(`${request.operationId} ${request.resumed}`);
    request.acted = (request.body as { rings?: boolean } | null)?.rings === true;
    const { status, body } = answer(dials.length);
    return reply.code(status).send(body);
  });
  http.all('/unifiedapi/dial', async () => ({}));
  return http;
}

beforeEach(() => {
  store = new MemoryRequests();
  clock = new VirtualClock();
  dials = [];
  release = Promise.resolve();
  answer = (attempt) => ({ status: 200, body: { attempt } });
  app = server(store);
});

function dial(
  key: string | null,
  payload: object = { to: '1' },
  more: Record<string, string> = {},
  url = '/uapi/dial',
) {
  const headers = { ...(key === null ? {} : { 'idempotency-key': key }), ...more };
  return app.inject({ method: 'POST', url, payload, headers });
}

test('the same key answers the same once more, and nothing is dialled twice', async () => {
  const first = await dial('k1');
  const second = await dial('k1', { to: '1' }, {}, '/uapi/dial?accessRequestToken=another');
  const alias = await dial('k1', { to: '1' }, {}, '/unifiedapi/dial');
  for (const again of [second, alias]) {
    assert.equal(again.statusCode, 200);
    assert.equal(again.body, first.body);
    assert.equal(again.headers['idempotent-replayed'], 'true');
  }
  assert.equal(first.headers['idempotent-replayed'], undefined);
  assert.equal(dials.length, 1);
  assert.match(dials[0]!, /^[0-9a-f]{20} false$/);
});

test('another content, key, app or no key at all is another matter', async () => {
  await dial('k1');
  assert.equal((await dial('k1', { to: '2' })).statusCode, 422);
  assert.equal((await dial('k1', { to: '1' }, { 'x-app': 'b' })).json().attempt, 2);
  assert.equal((await dial('k2')).json().attempt, 3);
  assert.equal((await dial(null)).json().attempt, 4);
  assert.equal((await dial(null)).json().attempt, 5);
  const ids = dials.slice(0, 3).map((line) => line.split(' ')[0]);
  assert.equal(new Set(ids).size, 3);
  for (const bad of ['', 'x'.repeat(256), 'two words']) assert.equal((await dial(bad)).statusCode, 400);
});

test('in what order members and parameters stand is no other content; in what order elements stand is', async () => {
  const body = { to: ['1', '2'], from: { name: 'A', number: '3' } };
  const first = await dial('k1', body, {}, '/uapi/dial?number=3&pin=2233&fields=id&fields=links');
  assert.equal(first.statusCode, 200);
  const again = await dial(
    'k1',
    { from: { number: '3', name: 'A' }, to: ['1', '2'] },
    {},
    '/uapi/dial?pin=2233&fields=id&number=3&fields=links',
  );
  assert.deepEqual([again.statusCode, again.body, dials.length], [200, first.body, 1]);
  const others: [object, string][] = [
    [{ ...body, to: ['2', '1'] }, '/uapi/dial?number=3&pin=2233&fields=id&fields=links'],
    [body, '/uapi/dial?number=3&pin=2233&fields=links&fields=id'],
    [body, '/uapi/dial?number=2233&pin=3&fields=id&fields=links'],
    [{ ...body, from: { name: '3', number: 'A' } }, '/uapi/dial?number=3&pin=2233&fields=id&fields=links'],
  ];
  for (const [other, url] of others) assert.equal((await dial('k1', other, {}, url)).statusCode, 422);
});

test('fifty at once are one', async () => {
  const gate = Promise.withResolvers<void>();
  release = gate.promise;
  const requests = Array.from({ length: 50 }, () => dial('k1'));
  setImmediate(() => gate.resolve());
  const answers = await Promise.all(requests);
  assert.equal(dials.length, 1);
  assert.equal(new Set(answers.map(({ body }) => body)).size, 1);
  assert.equal(answers.filter(({ headers }) => headers['idempotent-replayed'] === 'true').length, 49);
});

test('after a crash between taking it up and answering, the repetition knows and has the same id', async () => {
  answer = () => ({ status: 500, body: { error: 'crash' } });
  await dial('k1');
  app = server(store);
  answer = () => ({ status: 200, body: {} });
  await dial('k1');
  const [first, second] = dials.map((line) => line.split(' '));
  assert.equal(first![0], second![0]);
  assert.deepEqual([first![1], second![1]], ['false', 'true']);
});

test('what the request itself is refused for is answered again, what may pass is tried anew', async () => {
  const first = async (status: number, key: string) => {
    dials = [];
    answer = (attempt) => ({ status: attempt === 1 ? status : 200, body: { attempt } });
    assert.equal((await dial(key)).statusCode, status);
    const again = await dial(key);
    return { status: again.statusCode, replayed: again.headers['idempotent-replayed'] };
  };
  for (const status of [400, 403, 404, 422, 501]) {
    assert.deepEqual(await first(status, `kept-${status}`), { status, replayed: 'true' });
  }
  for (const status of [401, 409, 429, 500, 503]) {
    assert.deepEqual(await first(status, `anew-${status}`), { status: 200, replayed: undefined });
    const [id, again] = dials.map((line) => line.split(' '));
    const isResumed = status >= 500;
    assert.deepEqual([again![1], again![0] === id![0]], [String(isResumed), isResumed], `${status}`);
  }
});

test('a refusal for how things stand now does not make the next try forget what one before a crash may have made', async () => {
  for (const status of [401, 409, 429]) {
    dials = [];
    app = server(store);
    answer = () => ({ status: 500, body: { error: 'crash' } });
    await dial(`crashed-${status}`);
    app = server(store);
    answer = () => ({ status, body: { error: 'not now' } });
    assert.equal((await dial(`crashed-${status}`)).statusCode, status);
    answer = () => ({ status: 200, body: {} });
    const last = await dial(`crashed-${status}`);
    assert.deepEqual([last.statusCode, last.headers['idempotent-replayed']], [200, undefined]);
    const [first, second, third] = dials.map((line) => line.split(' '));
    assert.deepEqual(
      [second, third],
      [
        [first![0], 'true'],
        [first![0], 'true'],
      ],
    );
  }
});

test('a key that is used again after it was forgotten makes something new', async () => {
  await dial('k1');
  await clock.advance(86_400_000 - 3_600_000);
  assert.equal((await dial('k1')).headers['idempotent-replayed'], 'true');
  await clock.advance(2 * 3_600_000);
  const later = await dial('k1', { to: '2' });
  assert.deepEqual([later.statusCode, later.headers['idempotent-replayed']], [200, undefined]);
  const ids = dials.map((line) => line.split(' ')[0]);
  assert.equal(new Set(ids).size, 2);
});

test('a refusal after which somebody noticed is the answer for good', async () => {
  answer = (attempt) => ({ status: 409, body: { attempt } });
  const ask = () => dial('k9', { rings: true });
  assert.equal((await ask()).json().attempt, 1);
  const again = await ask();
  assert.equal(again.json().attempt, 1);
  assert.equal(again.headers['idempotent-replayed'], 'true');
  assert.equal(dials.length, 1);
});

test('an answer without content stays without', async () => {
  answer = () => ({ status: 204, body: undefined });
  await dial('k1');
  const again = await dial('k1');
  assert.equal(again.statusCode, 204);
  assert.equal(again.headers['idempotent-replayed'], 'true');
});
