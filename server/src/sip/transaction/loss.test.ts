import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createResponse } from '../message/response.ts';
import { newRequest, recorder, TestBench } from './testing/test-bench.ts';

test('with a quarter of all datagrams lost and the rest reordered, each request is run once and answered once', (t) => {
  const seed = 99;
  t.diagnostic(`seed ${seed}`);
  const bench = new TestBench({}, seed);
  bench.network.loss = 0.25;
  bench.network.delayMs = 10;
  bench.network.jitterMs = 100;
  const runs = new Map<string, number>();
  bench.b.layer.onRequest = (request, transaction) => {
    runs.set(request.callId, (runs.get(request.callId) ?? 0) + 1);
    const status = request.method === 'INVITE' ? 486 : 200;
    bench.clock.setTimer(300, () => transaction.respond(createResponse(request, status, undefined, { toTag: 'b1' })));
  };
  const users = Array.from({ length: 400 }, (_, index) => {
    const user = recorder();
    const request = newRequest(index % 2 === 0 ? 'INVITE' : 'OPTIONS', { call: `loss-${index}` });
    bench.a.layer.request(request, bench.flow(), user);
    bench.clock.advance(10);
    return user;
  });
  // Timer C of an answered INVITE is a cancelled entry until its time is over.
  bench.clock.advance(240_000);
  for (const [index, user] of users.entries()) {
    const final = user.heard.filter((what) => what !== '100');
    assert.deepEqual(final, [index % 2 === 0 ? '486' : '200'], `request ${index} of seed ${seed}`);
    assert.equal(runs.get(`loss-${index}`), 1);
  }
  assert.deepEqual(
    [bench.a.layer.counts(), bench.b.layer.counts()],
    [
      { server: 0, client: 0 },
      { server: 0, client: 0 },
    ],
  );
  assert.equal(bench.clock.pending, 0);
});
