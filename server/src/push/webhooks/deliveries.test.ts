import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLog } from '../../base/log.ts';
import { SeededRandom } from '../../base/random.ts';
import { VirtualClock } from '../../base/testing/virtual-clock.ts';
import { Deliveries, type DeliveryLimits } from './deliveries.ts';
import { MemoryWebhookStore } from './testing/memory-webhook-store.ts';
import type { WebhookSubscription } from './webhook-records.ts';
import { usualWebhookLimits } from './webhooks.ts';

/** Deliveries to receivers that answer when the test says so. */
class Post {
  readonly clock = new VirtualClock();
  readonly store = new MemoryWebhookStore();
  readonly logged: string[] = [];
  /** Requests that were begun, by receiver, in order. */
  readonly begun: string[] = [];
  readonly #answers: (() => void)[] = [];
  readonly #enabled = new Map<string, boolean>();
  readonly deliveries: Deliveries;

  constructor(limits: Partial<DeliveryLimits> = {}) {
    this.deliveries = new Deliveries({
      clock: this.clock,
      log: createLog('warn', { write: (line) => void this.logged.push(line) }),
      random: new SeededRandom(1),
      store: this.store,
      limits: { ...usualWebhookLimits, ...limits },
      fetch: (url, init) => this.#fetch(new URL(String(url)).hostname, init?.signal ?? null),
      secretsOf: () => [],
      nameOfType: () => 'hangup',
      subscription: (id) => subscription(id, this.#enabled.get(id) ?? true),
    });
  }

  async waits(lane: string, count: number, ageMs = 0): Promise<void> {
    await this.store.saveSubscription(subscription(lane, true));
    const at = this.clock.now() - ageMs;
    const one = { lane, subscriptionId: lane, at, type: null, fields: 'a=1', number: null };
    await this.store.enqueue(
      Array.from({ length: count }, (_, call) => ({ ...one, orderKey: `${call}` })),
      1,
    );
  }

  disable(lane: string): void {
    this.#enabled.set(lane, false);
  }

  /** Answers the request that has been under way longest, and lets follow what follows. */
  async answerOne(): Promise<void> {
    this.#answers.shift()?.();
    await settled();
  }

  #fetch(receiver: string, signal: AbortSignal | null): Promise<Response> {
    this.begun.push(receiver);
    return new Promise((resolve, reject) => {
      this.#answers.push(() => resolve(new Response(null, { status: 200 })));
      signal?.addEventListener('abort', () => reject(signal.reason));
    });
  }
}

function subscription(id: string, enabled: boolean): WebhookSubscription {
  const own = {
    id,
    organizationId: '3',
    extensionId: '3-1',
    appKey: null,
    type: 0,
    url: `http://${id.slice(id.lastIndexOf('/') + 1)}/`,
    method: 'post',
  } as const;
  return { ...own, enabled, note: '', since: 0, createdAt: 1, modifiedAt: 1 };
}

async function settled(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
}

test('a slot that falls free goes to the receiver that has waited longest, not back to the busy one', async () => {
  const post = new Post({ concurrent: 16 });
  for (const lane of ['busy0', 'busy1']) await post.waits(lane, 200);
  await post.waits('quiet', 1);
  await post.deliveries.start();
  await settled();
  assert.equal(post.begun.length, 16);
  assert.ok(!post.begun.includes('quiet'));
  await post.answerOne();
  await post.answerOne();
  assert.ok(post.begun.includes('quiet'), `${post.begun.length} requests, and the quiet one has not been told`);
  for (let round = 0; round < 60; round++) await post.answerOne();
  const later = post.begun.slice(-40).filter((receiver) => receiver === 'busy0').length;
  assert.ok(later >= 15 && later <= 25, `${later} of 40 requests went to the first of two that are as busy`);
  await post.deliveries.close();
});

test('an organization with any number of slow receivers leaves the others their turns', async () => {
  const post = new Post({ concurrent: 16 });
  for (let receiver = 0; receiver < 100; receiver++) await post.waits(`3 http://slow${receiver}`, 8);
  await post.waits('4 http://other', 20);
  await post.deliveries.start();
  await settled();
  assert.equal(post.begun.length, 16);
  for (let round = 0; round < 60; round++) await post.answerOne();
  const others = post.begun.filter((receiver) => receiver === 'other').length;
  assert.ok(others >= 15, `${others} of 60 slots that fell free`);
  await post.deliveries.close();
});

test('a slot offered to a receiver that needs it no more goes on to the next, and none is lost', async () => {
  const post = new Post({ concurrent: 1 });
  for (const lane of ['first', 'second', 'third']) await post.waits(lane, 2);
  await post.deliveries.start();
  await settled();
  assert.deepEqual(post.begun, ['first']);
  // What waits there is dropped when its turn comes, without a request.
  post.disable('second');
  for (let round = 0; round < 6; round++) await post.answerOne();
  assert.deepEqual(post.begun.toSorted(), ['first', 'first', 'third', 'third']);
  assert.equal(post.deliveries.counters().underWay, 0, 'every slot is free again');
  assert.equal(await post.store.waitingCount(), 0);
  await post.waits('fourth', 1);
  post.deliveries.notify('fourth', 1);
  await settled();
  assert.equal(post.begun.at(-1), 'fourth');
  await post.deliveries.close();
});

test('the oldest of a receiver for which too many wait are given up, the newest are told', async () => {
  const post = new Post({ mostWaitingPerLane: 100, concurrentPerLane: 1 });
  await post.waits('slow', 150);
  const all = await post.store.waiting({ lane: 'slow', after: 0, limit: 1000 });
  post.deliveries.notify('slow', 5);
  await settled();
  assert.equal(await post.store.waitingCount(), 150, 'not looked at after every single one');
  post.deliveries.notify('slow', 10);
  await settled();
  assert.deepEqual(
    (await post.store.waiting({ lane: 'slow', after: 0, limit: 1000 })).map(({ position }) => position),
    all.slice(50).map(({ position }) => position),
  );
  assert.equal(post.logged.filter((line) => line.includes('too many webhooks')).length, 1);
  for (let round = 0; round < 160; round++) await post.answerOne();
  // The one that was under way when it was given up, and those that were kept.
  assert.equal(post.begun.length, 101);
  await post.deliveries.close();
});

test('a slot kept for a receiver that has nothing to be told any more is passed on', async () => {
  const post = new Post({ concurrent: 1, giveUpAfterMs: 1000 });
  await post.waits('first', 1);
  await post.waits('aged', 2, 900);
  await post.waits('last', 1);
  await post.deliveries.start();
  await settled();
  // While it waits for its turn, what it was to be told becomes too old.
  post.clock.advance(200);
  await post.answerOne();
  assert.deepEqual(post.begun, ['first', 'last']);
  await post.answerOne();
  assert.deepEqual([post.deliveries.counters().underWay, post.deliveries.counters().givenUp], [0, 2]);
  await post.deliveries.close();
});

test('what is given up is logged once, and then once a minute with how many', async () => {
  const post = new Post({ giveUpAfterMs: 1000 });
  await post.waits('gone', 300);
  post.clock.advance(2000);
  await post.deliveries.start();
  await settled();
  assert.equal(post.deliveries.counters().givenUp, 300);
  assert.deepEqual(counts(post), [1]);
  await post.clock.advanceAsync(60_000);
  assert.deepEqual(counts(post), [1, 299]);
  await post.clock.advanceAsync(600_000);
  assert.deepEqual(counts(post), [1, 299]);
  await post.deliveries.close();
  assert.equal(post.clock.pending, 0);
});

function counts(post: Post): number[] {
  return post.logged
    .map((line) => JSON.parse(line))
    .filter(({ msg }) => msg === 'webhooks were given up')
    .map(({ count }) => count);
}
