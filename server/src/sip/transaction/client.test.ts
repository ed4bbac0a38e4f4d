import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SipRequest } from '../message/message.ts';
import { createResponse } from '../message/response.ts';
import { newRequest, recorder, TestBench } from './testing/test-bench.ts';
import type { ServerTransaction } from './transaction.ts';

/** Lets `b` answer each new request with these statuses after so many milliseconds. */
function answers(bench: TestBench, ...plan: [afterMs: number, status: number][]): void {
  bench.b.layer.onRequest = (request, transaction) => {
    for (const [after, status] of plan) {
      bench.clock.setTimer(after, () =>
        transaction.respond(createResponse(request, status, undefined, { toTag: 'b1' })),
      );
    }
  };
}

function nothingLeft(bench: TestBench): void {
  assert.deepEqual(bench.a.layer.counts(), { server: 0, client: 0 });
  assert.deepEqual(bench.b.layer.counts(), { server: 0, client: 0 });
  assert.equal(bench.clock.pending, 0);
}

test('timers A and B: an unanswered INVITE is sent at T1, doubling, and given up after 64 T1', () => {
  const bench = new TestBench();
  bench.pass = () => false;
  const user = recorder();
  bench.a.layer.request(newRequest('INVITE'), bench.flow(), user);
  bench.clock.advance(31_999);
  assert.deepEqual(bench.times('a', 'INVITE'), [0, 500, 1_500, 3_500, 7_500, 15_500, 31_500]);
  assert.deepEqual(user.heard, []);
  bench.clock.advance(1);
  assert.deepEqual(user.heard, ['timeout']);
  bench.clock.advance(60_000);
  assert.equal(bench.times('a', 'INVITE').length, 7);
  nothingLeft(bench);
});

test('timers E and F: another request is sent at most every T2 and given up after 64 T1', () => {
  const bench = new TestBench();
  bench.pass = () => false;
  const user = recorder();
  bench.a.layer.request(newRequest('OPTIONS'), bench.flow(), user);
  bench.clock.advance(31_999);
  const expected = [0, 500, 1_500, 3_500, 7_500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500];
  assert.deepEqual(bench.times('a', 'OPTIONS'), expected);
  assert.deepEqual(user.heard, []);
  bench.clock.advance(1);
  assert.deepEqual(user.heard, ['timeout']);
  nothingLeft(bench);
});

test('timer F survives a provisional response, timer E goes on at T2', () => {
  const bench = new TestBench();
  answers(bench, [600, 100]);
  const user = recorder();
  bench.a.layer.request(newRequest('OPTIONS'), bench.flow(), user);
  bench.clock.advance(32_000);
  assert.deepEqual(bench.times('a', 'OPTIONS'), [0, 500, 1_500, 5_500, 9_500, 13_500, 17_500, 21_500, 25_500, 29_500]);
  assert.equal(user.heard.at(-1), 'timeout');
  assert.equal(bench.a.layer.counts().client, 0);
});

test('the timers follow T1, T2 and T4 of the configuration', () => {
  const bench = new TestBench({ timers: { t1: 20, t2: 80, t4: 100 } });
  bench.pass = () => false;
  const user = recorder();
  bench.a.layer.request(newRequest('BYE'), bench.flow(), user);
  bench.clock.advance(300);
  assert.deepEqual(bench.times('a', 'BYE'), [0, 20, 60, 140, 220, 300]);
  bench.clock.advance(980);
  assert.deepEqual(user.heard, ['timeout']);
});

test('a provisional response ends timers A and B', () => {
  const bench = new TestBench();
  answers(bench, [10, 180], [100_000, 200]);
  const user = recorder();
  bench.a.layer.request(newRequest('INVITE'), bench.flow(), user);
  bench.clock.advance(100_000);
  assert.deepEqual(bench.times('a', 'INVITE'), [0]);
  assert.deepEqual(user.heard, ['180', '200']);
});

test('timer C cancels an INVITE that rings for ever, and the CANCEL is given 64 T1', () => {
  const bench = new TestBench({ timers: { timerC: 180_000 } });
  answers(bench, [0, 180], [60_000, 183]);
  const user = recorder();
  bench.a.layer.request(newRequest('INVITE'), bench.flow(), user);
  bench.clock.advance(239_999);
  assert.deepEqual(bench.times('a', 'CANCEL'), []);
  bench.clock.advance(1);
  assert.deepEqual(bench.times('a', 'CANCEL'), [240_000]);
  bench.clock.advance(31_999);
  assert.equal(user.heard.includes('timeout'), false);
  bench.clock.advance(1);
  assert.equal(user.heard.at(-1), 'timeout');
});

test('timer D: each copy of a refusal is acknowledged for 32 s and heard once', () => {
  const bench = new TestBench();
  answers(bench, [0, 486]);
  bench.pass = (seen) => seen.what !== 'ACK';
  const user = recorder();
  bench.a.layer.request(newRequest('INVITE'), bench.flow(), user);
  bench.clock.advance(31_999);
  assert.equal(bench.a.layer.counts().client, 1);
  assert.deepEqual(bench.times('b', '486 INVITE'), bench.times('a', 'ACK'));
  assert.equal(bench.times('a', 'ACK').length, 11);
  assert.deepEqual(user.heard, ['486']);
  bench.clock.advance(1);
  assert.equal(bench.a.layer.counts().client, 0);
});

test('the ACK of a refusal has the branch of its INVITE, its CSeq number and the tag of the response', () => {
  const bench = new TestBench();
  answers(bench, [0, 404]);
  const invite = newRequest('INVITE');
  invite.headers.append('Route', '<sip:192.0.2.2;lr>');
  bench.a.layer.request(invite, bench.flow(), recorder());
  bench.clock.advance(1);
  const ack = bench.seen.find((seen) => seen.what === 'ACK')?.message as SipRequest;
  assert.equal(ack.branch, invite.branch);
  assert.deepEqual(ack.cseq, { number: 1, method: 'ACK' });
  assert.equal(ack.toTag, 'b1');
  assert.deepEqual(ack.headers.getAll('Route'), ['<sip:192.0.2.2;lr>']);
});

test('timer M: every 2xx is passed on for 64 T1, then it is a stray', () => {
  const bench = new TestBench();
  let transaction: ServerTransaction | null = null;
  bench.b.layer.onRequest = (_request, server) => {
    transaction = server;
  };
  const user = recorder();
  const strays: number[] = [];
  bench.a.layer.onStrayResponse = (response) => void strays.push(response.status);
  bench.a.layer.request(newRequest('INVITE'), bench.flow(), user);
  bench.clock.advance(0);
  const answer = (tag: string) => {
    transaction!.respond(createResponse(transaction!.request, 200, undefined, { toTag: tag }));
    bench.clock.advance(0);
  };
  answer('fork-1');
  bench.clock.advance(500);
  answer('fork-1');
  answer('fork-2');
  assert.deepEqual(
    user.responses.map((response) => response.toTag),
    ['fork-1', 'fork-1', 'fork-2'],
  );
  bench.clock.advance(31_499);
  assert.equal(bench.a.layer.counts().client, 1);
  bench.clock.advance(1);
  assert.equal(bench.a.layer.counts().client, 0);
  assert.deepEqual(strays, []);
});

test('timer K: a response that comes twice is heard once, and is a stray after T4', () => {
  const bench = new TestBench();
  answers(bench, [0, 200]);
  const user = recorder();
  const strays: number[] = [];
  bench.a.layer.onStrayResponse = (response) => void strays.push(response.status);
  const request = newRequest('OPTIONS');
  bench.a.layer.request(request, bench.flow(), user);
  bench.clock.advance(4_999);
  const again = () => bench.b.transport.flowTo('udp', bench.a.transport.local).send(copy());
  const copy = () => Buffer.from(`SIP/2.0 200 OK\r\n${request.headers.toWire()}\r\n`);
  again();
  bench.clock.advance(0);
  assert.deepEqual(strays, []);
  bench.clock.advance(1);
  again();
  bench.clock.advance(0);
  assert.deepEqual(strays, [200]);
  assert.deepEqual(user.heard, ['200']);
});

test('on a reliable transport nothing is repeated and D and K are zero; B, F and M are not', () => {
  const bench = new TestBench();
  bench.b.layer.onRequest = (request, transaction) => {
    const status = request.method === 'INVITE' ? 486 : 200;
    transaction.respond(createResponse(request, status, undefined, { toTag: 'b1' }));
  };
  const users = [recorder(), recorder()];
  bench.a.layer.request(newRequest('INVITE'), bench.flow('tcp'), users[0]!);
  bench.a.layer.request(newRequest('OPTIONS'), bench.flow('tcp'), users[1]!);
  bench.clock.advance(1);
  assert.deepEqual(
    users.map((user) => user.heard),
    [['486'], ['200']],
  );
  assert.deepEqual(bench.a.layer.counts(), { server: 0, client: 0 });

  bench.pass = () => false;
  bench.seen.length = 0;
  for (const [index, method] of ['INVITE', 'OPTIONS'].entries()) {
    users[index] = recorder();
    bench.a.layer.request(newRequest(method), bench.flow('tcp'), users[index]);
  }
  bench.clock.advance(31_999);
  assert.equal(bench.seen.length, 2);
  assert.deepEqual(users[0]!.heard.concat(users[1]!.heard), []);
  bench.clock.advance(1);
  assert.deepEqual(users[0]!.heard.concat(users[1]!.heard), ['timeout', 'timeout']);
});

test('CANCEL waits for the first provisional response and carries the reason', () => {
  const bench = new TestBench();
  answers(bench, [3_000, 180]);
  bench.b.layer.onCancel = (_cancel, invite) => {
    invite.respond(createResponse(invite.request, 487, undefined, { toTag: 'b1' }));
  };
  const user = recorder();
  const invite = newRequest('INVITE');
  const transaction = bench.a.layer.request(invite, bench.flow(), user);
  bench.clock.advance(100);
  transaction.cancel('SIP;cause=200;text="Call completed elsewhere"');
  bench.clock.advance(99);
  assert.deepEqual(bench.times('a', 'CANCEL'), []);
  // At 200 ms the other side sends 100 by itself.
  bench.clock.advance(1);
  assert.deepEqual(bench.times('a', 'CANCEL'), [200]);
  const cancel = bench.seen.find((seen) => seen.what === 'CANCEL')?.message as SipRequest;
  assert.equal(cancel.branch, invite.branch);
  assert.equal(cancel.headers.get('Reason'), 'SIP;cause=200;text="Call completed elsewhere"');
  bench.clock.advance(1);
  assert.deepEqual(user.heard, ['100', '487']);
  transaction.cancel();
  bench.clock.advance(40_000);
  assert.deepEqual(bench.times('a', 'CANCEL'), [200]);
});

test('a CANCEL whose INVITE is never answered ends after 64 T1', () => {
  const bench = new TestBench();
  answers(bench, [0, 180]);
  const user = recorder();
  const transaction = bench.a.layer.request(newRequest('INVITE'), bench.flow(), user);
  bench.clock.advance(5_000);
  transaction.cancel();
  bench.clock.advance(31_999);
  assert.deepEqual(user.heard, ['180']);
  bench.clock.advance(1);
  assert.deepEqual(user.heard, ['180', 'timeout']);
});

test('a connection that ends, or cannot be made, is a transport error at once', () => {
  const bench = new TestBench();
  const user = recorder();
  const flow = bench.flow('tcp');
  bench.a.layer.request(newRequest('INVITE'), flow, user);
  bench.clock.advance(1);
  bench.a.transport.closeFlow(flow);
  assert.deepEqual(user.heard, ['error']);

  const nowhere = recorder();
  bench.a.layer.request(
    newRequest('OPTIONS'),
    bench.a.transport.flowTo('tcp', { address: '192.0.2.9', port: 1 }),
    nowhere,
  );
  bench.clock.advance(0);
  assert.deepEqual(nowhere.heard, ['error']);

  const closed = recorder();
  const transaction = bench.a.layer.request(newRequest('OPTIONS'), flow, closed);
  assert.deepEqual(closed.heard, []);
  bench.clock.advance(0);
  assert.deepEqual(closed.heard, ['error']);
  assert.equal(transaction.state, 'terminated');
});

test('the limit on client transactions is a transport error for the one too many', () => {
  const bench = new TestBench({ limits: { clientTransactions: 2 } });
  bench.pass = () => false;
  const users = [recorder(), recorder(), recorder()];
  for (const user of users) bench.a.layer.request(newRequest('OPTIONS'), bench.flow(), user);
  bench.clock.advance(0);
  assert.deepEqual(
    users.map((user) => user.heard),
    [[], [], ['error']],
  );
});

test('our Via has a fresh branch of at least 64 random bits and asks for rport', () => {
  const bench = new TestBench();
  const branches = new Set<string>();
  for (let i = 0; i < 1_000; i++) {
    const request = newRequest('OPTIONS', { branch: 'z9hG4bKold' });
    bench.a.layer.request(request, bench.flow(), recorder());
    assert.equal(request.vias.length, 1);
    assert.match(request.branch ?? '', /^z9hG4bK[0-9a-f]{24}$/);
    assert.equal(request.via.params.get('rport'), null);
    branches.add(request.branch!);
  }
  assert.equal(branches.size, 1_000);
});

test('a handler that throws harms nothing else', () => {
  const bench = new TestBench();
  answers(bench, [0, 200]);
  const user = recorder();
  user.onResponse = () => {
    throw new Error('bug');
  };
  bench.a.layer.request(newRequest('OPTIONS'), bench.flow(), user);
  bench.clock.advance(40_000);
  assert.equal(bench.a.layer.counters.failures, 1);
  nothingLeft(bench);
});
