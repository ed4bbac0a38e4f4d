import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Webhook, WebhookVerificationError } from 'standardwebhooks';
import { systemClock } from '../../base/clock.ts';
import { SeededRandom } from '../../base/random.ts';
import { SettableClock } from '../../base/testing/settable-clock.ts';
import { VirtualClock } from '../../base/testing/virtual-clock.ts';
import { SigningSecrets } from './signing-secrets.ts';
import { MemoryWebhookStore } from './testing/memory-webhook-store.ts';
import { Receiver } from './testing/receiver.ts';
import { sendWebhook } from './webhook-request.ts';

const day = 86_400_000;
const secretsOf = (secrets: SigningSecrets) => secrets.of('app').map(({ secret }) => secret);

function setUp(given: { secret: string | null } = { secret: null }) {
  const clock = new VirtualClock();
  const store = new MemoryWebhookStore();
  let seed = 0;
  const restart = async () => {
    const random = new SeededRandom(++seed);
    const secrets = new SigningSecrets({ clock, random, store, given: () => given.secret, overlapMs: day });
    await secrets.load();
    return secrets;
  };
  return { clock, store, restart, given };
}

test('what is sent is verified by the library of Standard Webhooks, by body, by query and over redirects', async () => {
  const { restart } = setUp();
  const secrets = await restart();
  await secrets.ensure('app');
  await secrets.rotate('app');
  const both = secretsOf(secrets);
  assert.equal(both.length, 2);
  const receiver = await Receiver.start();
  receiver.answer = ({ path }) => (path === '/moved' ? { status: 307, location: '/here?x=1' } : 200);
  const fields = new URLSearchParams({ CallID: 'a b', CallerIDName: 'Zoë & "Z"' }).toString();
  for (const [method, path] of [
    ['post', '/hook?key=1'],
    ['get', '/hook?key=1'],
    ['post', '/moved'],
  ] as const) {
    const subscription = { id: 'a1b2', url: `${receiver.url}${path}`, method };
    const request = { subscription, fields, deliveryId: '7', at: 1_000_000, event: 'hangup', secrets: both };
    const how = { fetch, clock: systemClock, limits: { timeoutMs: 2000, redirects: 3 } };
    assert.equal(await sendWebhook(request, { ...how, signal: new AbortController().signal }), 200);
    const taken = receiver.taken.at(-1)!;
    assert.equal(taken.headers['x-partyline-event'], 'hangup');
    assert.equal(taken.headers['webhook-id'], 'msg_a1b2_7_lfls');
    const content = method === 'post' ? fields : `key=1&${fields}`;
    const headers = taken.headers as Record<string, string>;
    for (const secret of both) new Webhook(secret).verify(content, headers, { jsonParse: false });
    const other = new Webhook(`whsec_${Buffer.alloc(32, 1).toString('base64')}`);
    assert.throws(() => other.verify(content, headers, { jsonParse: false }), WebhookVerificationError);
    assert.throws(() => new Webhook(both[0]!).verify(`${content}x`, headers), WebhookVerificationError);
    const late = { ...headers, 'webhook-timestamp': String(Number(headers['webhook-timestamp']) - 1) };
    assert.throws(() => new Webhook(both[0]!).verify(content, late), WebhookVerificationError);
  }
  await receiver.down();
});

test('a secret is made once and stays; a new one and the one before sign side by side for a day', async () => {
  const { clock, restart } = setUp();
  const secrets = await restart();
  assert.deepEqual(secretsOf(secrets), []);
  await Promise.all([secrets.ensure('app'), secrets.ensure('app')]);
  const [first] = secretsOf(secrets);
  assert.match(first!, /^whsec_[A-Za-z0-9+/]{43}=$/);
  const again = await restart();
  assert.deepEqual(secretsOf(again), [first]);
  await again.rotate('app');
  const [second, ...rest] = secretsOf(again);
  assert.notEqual(second, first);
  assert.deepEqual(rest, [first]);
  assert.deepEqual(secretsOf(await restart()), [second, first]);
  await clock.advance(day - 1);
  assert.deepEqual(secretsOf(again), [second, first]);
  await clock.advance(1);
  assert.deepEqual(secretsOf(again), [second]);
  assert.deepEqual(secretsOf(await restart()), [second]);
  for (let n = 0; n < 20; n++) await again.rotate('app');
  assert.equal(secretsOf(again).length, 5, 'however often it is changed');
  assert.deepEqual(again.of('other'), []);
});

test('a secret of the configuration is the one in use; another one there takes over, the one before signs along', async () => {
  const { clock, restart, given } = setUp({ secret: 'whsec_one' });
  const secrets = await restart();
  await secrets.ensure('app');
  assert.deepEqual(secretsOf(secrets), ['whsec_one']);
  await assert.rejects(secrets.rotate('app'), { code: 'conflict' });
  given.secret = 'whsec_two';
  assert.deepEqual(secretsOf(await restart()), ['whsec_two', 'whsec_one']);
  given.secret = 'whsec_one';
  assert.deepEqual(secretsOf(await restart()), ['whsec_one', 'whsec_two'], 'taken back');
  given.secret = null;
  const after = await restart();
  assert.deepEqual(secretsOf(after), ['whsec_one', 'whsec_two'], 'no longer named: it stays, and can be changed here');
  await after.rotate('app');
  await clock.advance(day);
  assert.equal(secretsOf(after).length, 1);
  assert.notEqual(secretsOf(after)[0], 'whsec_one');
});

test('setting the clock of the machine ends no secret that signs along, and prolongs none', async () => {
  const clock = new SettableClock();
  const [store, random] = [new MemoryWebhookStore(), new SeededRandom(1)];
  const secrets = new SigningSecrets({ clock, random, store, given: () => null, overlapMs: day });
  await secrets.ensure('app');
  await secrets.rotate('app');
  clock.set(10 * day);
  assert.equal(secrets.of('app').length, 2);
  clock.set(-20 * day);
  clock.advance(day);
  assert.equal(secrets.of('app').length, 1);
});

test('a new app of a key that was used before signs with nothing of that', async () => {
  const { restart, given } = setUp();
  const secrets = await restart();
  await secrets.beginAnew('app');
  assert.deepEqual(secretsOf(secrets), [], 'as long as nobody subscribes');
  await secrets.ensure('app');
  await secrets.rotate('app');
  const before = secretsOf(secrets);
  await secrets.beginAnew('app');
  const [fresh, ...rest] = secretsOf(secrets);
  assert.deepEqual(rest, []);
  assert.ok(fresh !== undefined && !before.includes(fresh));
  assert.deepEqual(secretsOf(await restart()), [fresh]);
  given.secret = 'whsec_one';
  await secrets.beginAnew('app');
  assert.deepEqual(secretsOf(secrets), ['whsec_one']);
});

test('a store that is away changes nothing', async () => {
  const { store, restart } = setUp();
  const secrets = await restart();
  await secrets.ensure('app');
  const before = secretsOf(secrets);
  store.beforeChange = async () => {
    throw new Error('disk full');
  };
  await assert.rejects(secrets.rotate('app'), /disk full/);
  assert.deepEqual(secretsOf(secrets), before);
});

test('what happens after a backup was restored has another id than what was told before under the same number', async () => {
  const receiver = await Receiver.start();
  const subscription = { id: 'a1b2', url: receiver.url, method: 'post' } as const;
  const how = { fetch, clock: systemClock, limits: { timeoutMs: 2000, redirects: 0 } };
  for (const at of [1_000_000, 1_000_000, 2_000_000]) {
    const request = { subscription, fields: 'a=b', deliveryId: '1204-1', at, event: 'hangup', secrets: [] };
    assert.equal(await sendWebhook(request, { ...how, signal: new AbortController().signal }), 200);
  }
  const [first, again, other] = receiver.taken.map(({ headers }) => headers['webhook-id']);
  assert.equal(again, first);
  assert.notEqual(other, first);
  await receiver.down();
});
