import assert from 'node:assert/strict';
import type { lookup } from 'node:dns';
import { test } from 'node:test';
import { systemClock } from '../../base/clock.ts';
import { isElsewhere, type Names, type PrivateAddress, publicFetch } from './public-fetch.ts';
import { Receiver } from './testing/receiver.ts';
import { sendWebhook } from './webhook-request.ts';

/** A name service that says what it is told to, one answer after the other. */
function namesOf(...answers: string[][]): { readonly resolve: typeof lookup; readonly asked: string[] } {
  const asked: string[] = [];
  const resolve = (host: string, _options: unknown, done: (...answer: unknown[]) => void) => {
    const addresses = answers[Math.min(asked.length, answers.length - 1)] ?? [];
    asked.push(host);
    const found = addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
    setImmediate(() => done(null, found));
  };
  return { resolve: resolve as unknown as typeof lookup, asked };
}

async function outcomeOf(url: string, names: Partial<Names> = {}): Promise<string> {
  const refusals: PrivateAddress[] = [];
  const request = { subscription: { id: 'a', url, method: 'post' }, fields: 'a=1', deliveryId: '1', at: 1 } as const;
  const status = await sendWebhook(
    { ...request, event: 'hangup', secrets: [] },
    {
      fetch: publicFetch(names),
      clock: systemClock,
      limits: { timeoutMs: 60_000, redirects: 3 },
      signal: new AbortController().signal,
      refused: (why) => refusals.push(why),
    },
  );
  return refusals.length > 0 ? 'refused' : String(status);
}

test('neither a private address, however it is written, nor a name that has none but such, is connected to', async () => {
  const receiver = await Receiver.start();
  const { port } = new URL(receiver.url);
  const literal = [
    '127.0.0.1',
    '127.1',
    '2130706433',
    '0x7f000001',
    '0177.0.0.1',
    '[::1]',
    '[::ffff:127.0.0.1]',
    '0.0.0.0',
  ];
  for (const host of [...literal, '[::ffff:7f00:1]', '[64:ff9b::7f00:1]']) {
    assert.equal(await outcomeOf(`http://${host}:${port}/`), 'refused', host);
  }
  assert.equal(await outcomeOf(`http://localhost:${port}/`), 'refused', 'by the real name service');
  for (const addresses of [['127.0.0.1'], ['127.0.0.1', '10.0.0.1'], ['::ffff:127.0.0.1'], ['::1']]) {
    const { resolve, asked } = namesOf(addresses);
    assert.equal(await outcomeOf(`http://inside.example.test:${port}/`, { resolve }), 'refused', addresses.join());
    assert.deepEqual(asked, ['inside.example.test']);
  }
  assert.equal(receiver.all.length, 0);
  await receiver.down();
});

/** Stands for the public internet, which tests do not touch: nothing listens there. */
const outside = '127.0.0.2';
const mayReach = (address: string) => address === outside;

test('a name that is public when it is looked at and private a moment later leads nowhere', async () => {
  const receiver = await Receiver.start();
  const { port } = new URL(receiver.url);
  // Whatever asks twice connects to the receiver inside.
  const { resolve, asked } = namesOf([outside], ['127.0.0.1']);
  const url = `http://rebinding.example.test:${port}/`;
  assert.equal(await outcomeOf(url, { resolve, mayReach }), 'null');
  assert.equal(asked.length, 1, 'looked up once, and connected to what was looked at');
  assert.equal(receiver.all.length, 0);
  assert.equal(await outcomeOf(url, { resolve, mayReach }), 'refused', 'by the next look');
  await receiver.down();
});

test('of several addresses of a name only those that may be reached are', async () => {
  const receiver = await Receiver.start();
  const { port } = new URL(receiver.url);
  const names = namesOf(['127.0.0.1', outside, '::1']);
  assert.equal(await outcomeOf(`http://both.example.test:${port}/`, { resolve: names.resolve, mayReach }), 'null');
  assert.equal(receiver.all.length, 0);
  const inside = namesOf(['127.0.0.1', '127.0.0.3']);
  const toInside = { resolve: inside.resolve, mayReach: (address: string) => address === '127.0.0.1' };
  assert.equal(await outcomeOf(`http://both.example.test:${port}/`, toInside), '200', 'and what is told arrives');
  assert.deepEqual(receiver.taken[0]?.headers.host, `both.example.test:${port}`);
  await receiver.down();
});

test('a redirect is looked at like any other address', async () => {
  const inside = await Receiver.start();
  const refused: string[] = [];
  const guarded = publicFetch();
  // The first hop is let through, as one to a public server would be, and sends on to this machine.
  let hops = 0;
  const fetchOnce: typeof fetch = (input, init) =>
    hops++ === 0
      ? Promise.resolve(new Response(null, { status: 307, headers: { location: `${inside.url}/secret` } }))
      : guarded(input, init);
  const status = await sendWebhook(
    {
      subscription: { id: 'a', url: 'https://public.example.test/', method: 'post' },
      fields: 'a=1',
      deliveryId: '1',
      at: 1,
      event: 'hangup',
      secrets: [],
    },
    {
      fetch: fetchOnce,
      clock: systemClock,
      limits: { timeoutMs: 60_000, redirects: 3 },
      signal: new AbortController().signal,
      refused: (why) => refused.push(why.name),
    },
  );
  assert.deepEqual([status, refused, hops, inside.all.length], [null, ['PrivateAddress'], 2, 0]);
  await inside.down();
});

test('a public address of this machine is not elsewhere, however it is written', () => {
  const own = ['127.0.0.1', '8.8.4.4', '2606:4700::1111', 'fe80::1%eth0'];
  for (const address of [
    ...['8.8.4.4', '::ffff:8.8.4.4', '::ffff:808:404', '::ffff:0:808:404', '64:ff9b::808:404', '2002:808:404::1'],
    ...['2606:4700::1111', '2606:4700:0:0::1111', '2606:4700:0000:0:0:0:0:1111'],
  ]) {
    assert.equal(isElsewhere(address, own), false, address);
  }
  for (const address of ['8.8.8.8', '::ffff:8.8.8.8', '2606:4700::1112']) {
    assert.equal(isElsewhere(address, own), true, address);
  }
});
