import { after } from 'node:test';
import { type Clock, systemClock } from '../../../../../base/clock.ts';
import { silentLog } from '../../../../../base/log.ts';
import { SeededRandom } from '../../../../../base/random.ts';
import type { FeedEntry } from '../../../../../call/ports.ts';
import { clearConnection } from '../../../../../call/services/clear-connection.ts';
import { RuntimeFixture } from '../../../../../call/testing/runtime-fixture.ts';
import { MemoryWebhookStore } from '../../../../../push/webhooks/testing/memory-webhook-store.ts';
import { type Received, Receiver } from '../../../../../push/webhooks/testing/receiver.ts';
import { type WebhookLimits, Webhooks } from '../../../../../push/webhooks/webhooks.ts';
import { unifiedApiWebhooks } from '../webhook-projection.ts';

/** Seconds become milliseconds; a machine that stands still for some seconds is no receiver that is down. */
export const quick = { backOffMs: 4, mostBackOffMs: 30, timeoutMs: 60_000 };

export const scope = (number: string) => ({ organizationId: 'org', extensionId: `x${number}` });

export const allTypes = [0, 1, 2, 3, 4];

/** Calls with webhooks behind them, which can be taken away and come back. */
export class Scene {
  readonly fixture = new RuntimeFixture();
  readonly store = new MemoryWebhookStore();
  readonly receivers: Receiver[] = [];
  readonly limits: Partial<WebhookLimits>;
  readonly clock: Clock;
  webhooks: Webhooks;
  feedReads = 0;
  #aheadMs = 0;

  constructor(limits: Partial<WebhookLimits> = {}) {
    this.limits = { ...quick, ...limits };
    // Real time on the calendar of the calls.
    const began = systemClock.monotonic();
    const monotonic = () => systemClock.monotonic() + this.#aheadMs;
    this.clock = { ...systemClock, monotonic, now: () => this.fixture.clock.now() + monotonic() - began };
    this.webhooks = this.#make();
    this.fixture.runtime.on('event', () => this.webhooks.nudge());
  }

  #make(): Webhooks {
    const { store } = this.fixture;
    const feed = (query: { after: number; limit: number }): Promise<FeedEntry[]> => {
      this.feedReads++;
      return store.feed(query);
    };
    return new Webhooks({
      clock: this.clock,
      log: silentLog,
      random: new SeededRandom(3),
      store: this.store,
      calls: { feed, lastPosition: () => store.lastPosition(), eventsOf: (...query) => store.eventsOf(...query) },
      dialect: unifiedApiWebhooks({
        numbersOf: (extensionId) => ({ extendedNumber: `0003*${extensionId.slice(1)}`, publicNumbers: [] }),
      }),
      limits: this.limits,
    });
  }

  /** So much later it is for all who deliver, at once; what they wait for has come then. */
  later(ms: number): void {
    this.#aheadMs += ms;
  }

  async receiver(): Promise<Receiver> {
    const receiver = await Receiver.start();
    this.receivers.push(receiver);
    return receiver;
  }

  async subscribe(number: string, url: string, types: readonly number[] = allTypes): Promise<string[]> {
    const ids: string[] = [];
    for (const type of types) {
      const settings = { type, url, method: 'get', enabled: true, note: '' } as const;
      ids.push((await this.webhooks.subscriptions.create(scope(number), settings)).id);
    }
    return ids;
  }

  /** 100 calls 101, who answers, and hangs up. */
  async call(leg: string): Promise<string> {
    const { callId, caller } = await this.fixture.talking(leg);
    await this.fixture.runtime.do(clearConnection, { callId, connectionId: caller });
    return callId;
  }

  /** The process ends and starts again. */
  async restart(isThere?: (extensionId: string) => boolean): Promise<void> {
    await this.webhooks.close();
    this.webhooks = this.#make();
    await this.webhooks.start(isThere);
  }

  async end(): Promise<void> {
    await this.webhooks.close();
    for (const receiver of this.receivers) await receiver.down();
  }
}

export const scenes: Scene[] = [];

after(async () => {
  for (const scene of scenes) await scene.end();
});

export async function newScene(limits: Partial<WebhookLimits> = {}): Promise<Scene> {
  const scene = new Scene(limits);
  scenes.push(scene);
  await scene.webhooks.start();
  return scene;
}

/** `OUT CALLING` … of one call, in the order in which they were taken. */
export function storyOf(taken: readonly Received[], callId: string): string[] {
  const own = taken.filter(({ fields }) => fields['CallID'] === callId);
  return own.map(({ fields }) => `${fields['CallFlow']} ${fields['CallStatus']}`);
}

/** Without what came again: a receiver may have taken what the sender saw no answer to. */
export function once(taken: readonly Received[]): Received[] {
  const byDelivery = new Map<string, Received>();
  for (const one of taken) {
    const id = String(one.headers['x-partyline-delivery']);
    if (!byDelivery.has(id)) byDelivery.set(id, one);
  }
  return [...byDelivery.values()];
}

export const caller = ['OUT CALLING', 'OUT ANSWER', 'OUT ANSWER'];
