import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SipRequest, SipResponse } from '../message/message.ts';
import { createResponse } from '../message/response.ts';
import { serialize } from '../message/serialize.ts';
import type { TransportKind } from '../transport/flow.ts';
import { newRequest, TestBench } from './testing/test-bench.ts';
import type { ServerTransaction } from './transaction.ts';

/** A peer without transactions of its own at `a`, and what `b` was asked. */
class Rig {
  readonly bench: TestBench;
  readonly requests: ServerTransaction[] = [];
  readonly kind: TransportKind;

  constructor(kind: TransportKind = 'udp', options: ConstructorParameters<typeof TestBench>[0] = {}) {
    this.kind = kind;
    this.bench = new TestBench(options);
    this.bench.a.transport.onMessage = () => {};
    this.bench.b.layer.onRequest = (_request, transaction) => void this.requests.push(transaction);
  }

  send(request: SipRequest): void {
    this.bench.flow(this.kind).send(serialize(request));
    this.bench.clock.advance(0);
  }

  respond(status: number, index = this.requests.length - 1): void {
    const transaction = this.requests[index]!;
    transaction.respond(createResponse(transaction.request, status, undefined, { toTag: 'b1' }));
    this.bench.clock.advance(0);
  }

  /** Moves on to `at` ms after the start. */
  until(at: number): void {
    this.bench.clock.advance(at - this.bench.clock.monotonic());
  }

  get left(): number {
    return this.bench.b.layer.counts().server;
  }
}

function ackOf(invite: SipRequest, branch = invite.branch!): SipRequest {
  const ack = newRequest('ACK', { branch, call: invite.callId });
  ack.headers.set('To', '<sip:bob@example.com>;tag=b1');
  return ack;
}

test('an INVITE left unanswered gets 100 after 200 ms, one answered before does not', () => {
  const rig = new Rig();
  rig.send(newRequest('INVITE', { branch: 'z9hG4bK1' }));
  rig.until(100);
  rig.send(newRequest('INVITE', { branch: 'z9hG4bK2' }));
  rig.respond(180);
  rig.until(1_000);
  assert.deepEqual(rig.bench.times('b', '100 INVITE'), [200]);
  assert.deepEqual(rig.bench.times('b', '180 INVITE'), [100]);
});

test('a repeated INVITE gets the last provisional response again and is no new request', () => {
  const rig = new Rig();
  const invite = newRequest('INVITE', { branch: 'z9hG4bK1' });
  rig.send(invite);
  rig.send(invite);
  rig.respond(180);
  rig.send(invite);
  assert.equal(rig.requests.length, 1);
  assert.equal(rig.bench.times('b', '180 INVITE').length, 2);
});

test('timers G and H: a refusal is repeated at most every T2 and given up after 64 T1', () => {
  const rig = new Rig();
  rig.send(newRequest('INVITE', { branch: 'z9hG4bK1' }));
  let timeouts = 0;
  rig.requests[0]!.onTimeout = () => void timeouts++;
  rig.respond(486);
  rig.until(31_999);
  const expected = [0, 500, 1_500, 3_500, 7_500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500];
  assert.deepEqual(rig.bench.times('b', '486 INVITE'), expected);
  assert.equal(timeouts, 0);
  rig.until(32_000);
  assert.equal(timeouts, 1);
  assert.equal(rig.left, 0);
  rig.until(60_000);
  assert.equal(rig.bench.times('b', '486 INVITE').length, expected.length);
  assert.equal(rig.bench.clock.pending, 0);
});

test('timer I: the ACK stops the repetition; copies of it are absorbed for T4', () => {
  const rig = new Rig();
  const invite = newRequest('INVITE', { branch: 'z9hG4bK1' });
  const passed: SipRequest[] = [];
  rig.bench.b.layer.onAck = (ack) => void passed.push(ack);
  rig.send(invite);
  rig.respond(486);
  rig.until(600);
  rig.send(ackOf(invite));
  assert.equal(rig.requests[0]!.state, 'confirmed');
  rig.until(5_599);
  rig.send(ackOf(invite));
  rig.send(invite);
  assert.deepEqual(rig.bench.times('b', '486 INVITE'), [0, 500]);
  assert.equal(rig.left, 1);
  rig.until(5_600);
  assert.equal(rig.left, 0);
  assert.equal(passed.length, 0);
});

test('timer L: after a 2xx repeated INVITEs are absorbed for 64 T1 and the user repeats the 2xx', () => {
  const rig = new Rig();
  const invite = newRequest('INVITE', { branch: 'z9hG4bK1' });
  rig.send(invite);
  rig.respond(200);
  rig.until(500);
  rig.send(invite);
  assert.deepEqual(rig.bench.times('b', '200 INVITE'), [0]);
  rig.respond(200, 0);
  assert.deepEqual(rig.bench.times('b', '200 INVITE'), [0, 500]);
  rig.respond(486, 0);
  rig.respond(180, 0);
  rig.until(31_999);
  assert.equal(rig.left, 1);
  rig.until(32_000);
  assert.equal(rig.left, 0);
  assert.equal(rig.requests.length, 1);
  assert.equal(rig.requests[0]!.state, 'terminated');
  assert.deepEqual(rig.bench.times('b', '486 INVITE'), []);
  assert.equal(rig.bench.clock.pending, 0);
});

test('the ACK of a 2xx goes to the user, with a branch of its own or with that of the INVITE', () => {
  const rig = new Rig();
  const passed: string[] = [];
  rig.bench.b.layer.onAck = (ack) => void passed.push(ack.branch!);
  const invite = newRequest('INVITE', { branch: 'z9hG4bK1' });
  rig.send(invite);
  rig.respond(200);
  rig.send(ackOf(invite, 'z9hG4bKother'));
  rig.send(ackOf(invite));
  assert.deepEqual(passed, ['z9hG4bKother', 'z9hG4bK1']);
});

test('timer J: a repeated request gets its final response again for 64 T1, then it is a new one', () => {
  const rig = new Rig();
  const bye = newRequest('BYE', { branch: 'z9hG4bK1' });
  rig.send(bye);
  rig.send(bye);
  assert.equal(rig.requests.length, 1);
  assert.deepEqual(rig.bench.times('b', '200 BYE'), []);
  rig.respond(200);
  rig.until(31_999);
  rig.send(bye);
  assert.equal(rig.bench.times('b', '200 BYE').length, 2);
  assert.equal(rig.requests.length, 1);
  rig.until(32_000);
  assert.equal(rig.left, 0);
  rig.send(bye);
  assert.equal(rig.requests.length, 2);
});

test('on a reliable transport G is off and I and J are zero; H and L are not', () => {
  const rig = new Rig('tcp');
  rig.send(newRequest('BYE', { branch: 'z9hG4bK1' }));
  rig.respond(200);
  assert.equal(rig.left, 0);

  const invite = newRequest('INVITE', { branch: 'z9hG4bK2' });
  rig.send(invite);
  rig.respond(486);
  rig.until(31_999);
  assert.deepEqual(rig.bench.times('b', '486 INVITE'), [0]);
  assert.equal(rig.left, 1);
  rig.send(ackOf(invite));
  assert.equal(rig.left, 0);

  rig.send(newRequest('INVITE', { branch: 'z9hG4bK3' }));
  rig.respond(200);
  rig.until(63_998);
  assert.equal(rig.left, 1);
  rig.until(63_999);
  assert.equal(rig.left, 0);
});

test('CANCEL is answered 200 with the tag of the INVITE and reported; without an INVITE it gets 481', () => {
  const rig = new Rig();
  const cancelled: ServerTransaction[] = [];
  rig.bench.b.layer.onCancel = (_cancel, transaction) => {
    cancelled.push(transaction);
    transaction.respond(createResponse(transaction.request, 487, undefined, { toTag: 'b1' }));
  };
  const invite = newRequest('INVITE', { branch: 'z9hG4bK1', call: 'x' });
  rig.send(invite);
  rig.respond(180);
  rig.send(newRequest('CANCEL', { branch: 'z9hG4bK1', call: 'x' }));
  assert.deepEqual(cancelled, [rig.requests[0]]);
  const answer = rig.bench.seen.find((seen) => seen.what === '200 CANCEL')?.message as SipResponse;
  assert.equal(answer.toTag, 'b1');
  assert.equal(rig.bench.times('b', '487 INVITE').length, 1);

  rig.send(newRequest('CANCEL', { branch: 'z9hG4bK1', call: 'x' }));
  assert.equal(cancelled.length, 1);
  rig.send(newRequest('CANCEL', { branch: 'z9hG4bKunknown' }));
  assert.equal(rig.bench.times('b', '481 CANCEL').length, 1);
  assert.equal(rig.requests.length, 1);
});

test('a CANCEL after the final response is answered and changes nothing', () => {
  const rig = new Rig();
  let cancelled = 0;
  rig.bench.b.layer.onCancel = () => void cancelled++;
  rig.send(newRequest('INVITE', { branch: 'z9hG4bK1' }));
  rig.respond(200);
  rig.send(newRequest('CANCEL', { branch: 'z9hG4bK1' }));
  assert.equal(rig.bench.times('b', '200 CANCEL').length, 1);
  assert.equal(cancelled, 0);
});

test('requests without a branch of RFC 3261 are matched as RFC 2543 did', () => {
  for (const branch of ['old-style', 'z9hG4bK']) {
    const rig = new Rig();
    const invite = newRequest('INVITE', { branch, call: 'one' });
    rig.send(invite);
    rig.send(invite);
    rig.send(newRequest('INVITE', { branch, call: 'two' }));
    assert.equal(rig.requests.length, 2);
    rig.respond(486, 0);
    rig.send(ackOf(invite, branch));
    assert.equal(rig.requests[0]!.state, 'confirmed');
    rig.send(newRequest('CANCEL', { branch, call: 'two' }));
    assert.equal(rig.bench.times('b', '200 CANCEL').length, 1);
  }
});

test('above its share of the limit a new request gets 503 with Retry-After and no transaction', () => {
  const rig = new Rig('udp', { limits: { serverTransactions: 4 } });
  for (const branch of ['z9hG4bK1', 'z9hG4bK2', 'z9hG4bK3', 'z9hG4bK3']) rig.send(newRequest('INVITE', { branch }));
  assert.equal(rig.requests.length, 2);
  assert.equal(rig.left, 2);
  const refusals = rig.bench.seen.filter((seen) => seen.what === '503 INVITE');
  assert.equal(refusals.length, 2);
  assert.equal(refusals[0]!.message.headers.get('Retry-After'), '5');
  assert.equal(rig.bench.b.layer.counters.overloaded, 2);
});

test('one source leaves room for others, and long headers take more of it', () => {
  const rig = new Rig('udp', { limits: { serverTransactions: 8 } });
  const long = newRequest('INVITE', { branch: 'z9hG4bKlong' });
  long.headers.append('Subject', 'x'.repeat(2 * 2048));
  rig.send(long);
  assert.equal(rig.left, 1);
  rig.send(newRequest('INVITE', { branch: 'z9hG4bK1' }));
  rig.send(newRequest('INVITE', { branch: 'z9hG4bK2' }));
  assert.equal(rig.left, 2);
  const other = rig.bench.network.attach({ address: '192.0.2.3', port: 5060 });
  const flow = other.flowTo('udp', rig.bench.b.transport.local);
  flow.send(serialize(newRequest('INVITE', { branch: 'z9hG4bK3' })));
  rig.bench.clock.advance(0);
  assert.equal(rig.left, 3);
  for (const transaction of rig.requests) transaction.respond(createResponse(transaction.request, 404));
  rig.until(32_001);
  assert.equal(rig.left, 0);
  for (let i = 10; i < 20; i++) rig.send(newRequest('INVITE', { branch: `z9hG4bK${i}` }));
  assert.equal(rig.left, 4);
});

test('what is not admitted gets 503 and no transaction; copies of what was admitted are not asked about', () => {
  let asked = 0;
  const rig = new Rig('udp', { admit: () => ++asked <= 1 });
  for (const branch of ['z9hG4bK1', 'z9hG4bK1', 'z9hG4bK2']) rig.send(newRequest('INVITE', { branch }));
  assert.equal(asked, 2);
  assert.equal(rig.left, 1);
  assert.equal(rig.bench.times('b', '503 INVITE').length, 1);
});

test('a refusal that is not worth remembering leaves nothing, and a copy of the request is a new one', () => {
  for (const method of ['INVITE', 'OPTIONS']) {
    const rig = new Rig();
    const refuse = (index: number) => {
      const transaction = rig.requests[index]!;
      transaction.refuse(createResponse(transaction.request, 503, undefined, { toTag: 'b1' }));
      rig.bench.clock.advance(0);
    };
    const request = newRequest(method, { branch: 'z9hG4bK1' });
    rig.send(request);
    refuse(0);
    assert.equal(rig.left, 0);
    rig.until(40_000);
    assert.deepEqual(rig.bench.times('b', `503 ${method}`), [0]);
    rig.send(request);
    assert.equal(rig.requests.length, 2);
    // Who has heard a provisional response does not ask again: then it must be remembered.
    rig.respond(method === 'INVITE' ? 180 : 100);
    refuse(1);
    assert.equal(rig.left, 1);
    rig.send(request);
    assert.equal(rig.requests.length, 2);
    assert.equal(rig.bench.times('b', `503 ${method}`).length, 3);
  }
});

test('a user that throws answers 500', () => {
  const rig = new Rig();
  rig.bench.b.layer.onRequest = () => {
    throw new Error('bug');
  };
  rig.send(newRequest('OPTIONS', { branch: 'z9hG4bK1' }));
  assert.equal(rig.bench.times('b', '500 OPTIONS').length, 1);
  assert.equal(rig.bench.b.layer.counters.failures, 1);
});

test('without rport the response goes to the port in the Via, with rport to where the request came from', () => {
  const rig = new Rig();
  const targets: string[] = [];
  rig.bench.network.filter = (_bytes, from, to) => {
    if (from.address === '192.0.2.2') targets.push(`${to.address}:${to.port}`);
    return true;
  };
  for (const via of ['sip.example.com:5999', 'sip.example.com', '10.0.0.1:5999;rport']) {
    const request = newRequest('OPTIONS');
    request.headers.prepend('Via', `SIP/2.0/UDP ${via};branch=z9hG4bK${targets.length}`);
    rig.send(request);
    rig.respond(200);
  }
  assert.deepEqual(targets, ['192.0.2.1:5999', '192.0.2.1:5060', '192.0.2.1:5060']);
  const via = rig.requests[2]!.request.via;
  assert.equal(via.params.get('received'), '192.0.2.1');
  assert.equal(via.params.get('rport'), '5060');
});

test('a malformed request is answered, a malformed ACK is not', () => {
  const rig = new Rig();
  const flow = rig.bench.flow();
  const text = (line: string, cseq: string) =>
    Buffer.from(`${line}\r\n${newRequest('X', { branch: 'z9hG4bK1' }).headers.toWire().replace('1 X', cseq)}\r\n`);
  const before = rig.bench.network.filter;
  const statuses: string[] = [];
  rig.bench.network.filter = (bytes, from, to) => {
    if (from.address === '192.0.2.1') return true;
    statuses.push(bytes.toString('latin1', 8, 11));
    return before(bytes, from, to);
  };
  flow.send(text('OPTIONS sip:bob@192.0.2.2 SIP/7.0', '1 OPTIONS'));
  flow.send(text('OPTIONS sip:bob@192.0.2.2 SIP/2.0', '1 INVITE'));
  flow.send(text('OPTIONS what:ever SIP/2.0', '1 OPTIONS'));
  flow.send(text('ACK sip:bob@ SIP/2.0', '1 ACK'));
  flow.send(Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n'));
  rig.bench.clock.advance(1);
  assert.deepEqual(statuses, ['505', '400', '416']);
  assert.equal(rig.requests.length, 0);
});
