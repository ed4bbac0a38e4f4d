import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLog } from '../../base/log.ts';
import type { SipRequest } from '../message/message.ts';
import { serialize } from '../message/serialize.ts';
import type { TransportKind } from '../transport/flow.ts';
import type { VirtualTransport } from '../transport/testing/virtual-network.ts';
import type { SipUserAgent, UserAgentOptions } from '../user-agent.ts';
import { RawPeer } from './testing/raw-peer.ts';
import { Laboratory, nothingLeft, TestCall, TestCallee } from './testing/two-agents.ts';

/** One agent that has just started, and a peer that sends it whatever bytes a test likes. */
class Stranger {
  readonly lab = new Laboratory({ seed: 1 });
  readonly errors: string[] = [];
  readonly agent: SipUserAgent;
  readonly #peers = new Map<string, VirtualTransport>();

  constructor(options: Partial<UserAgentOptions> = {}, host = '10.0.0.1') {
    const log = createLog('warn', { write: (line: string) => void this.errors.push(line) });
    this.agent = this.lab.agent(host, { log, ...options });
  }

  send(text: string, from = '10.0.0.9', kind: TransportKind = 'udp', to = '10.0.0.1'): void {
    let peer = this.#peers.get(from);
    if (peer === undefined) {
      peer = this.lab.network.attach({ address: from, port: 5060 });
      this.#peers.set(from, peer);
    }
    peer.flowTo(kind, { address: to, port: 5060 }).send(Buffer.from(text));
    this.lab.clock.advance(5);
  }

  /** What the agent sent, as `ACK to 10.0.0.9`. */
  sent(by = '10.0.0.1'): string[] {
    return this.lab.seen.filter(({ from }) => from === by).map(({ name, to }) => `${name} to ${to}`);
  }
}

/** The answer of a phone behind one proxy to an INVITE that a former run sent. */
const answer = [
  'SIP/2.0 200 OK',
  'Via: SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bK0123456789abcdef01234567;rport=5060;received=10.0.0.1',
  'Record-Route: <sip:10.0.0.9;lr>',
  'From: "Weekly" <sip:200@example.test>;tag=0011223344556677',
  'To: <sip:3235742879@carrier.test>;tag=as1;x="a\\"b"',
  'Call-ID: former-run',
  'CSeq: 41 INVITE',
  'Contact: "Phone" <sip:42@203.0.113.7:5099;transport=tcp;method=INVITE?X=y>',
  'Content-Length: 0',
  '',
  '',
].join('\r\n');

test('an answer to a call nobody knows gets its ACK and a BYE, made from it alone, back the way it came', () => {
  const stranger = new Stranger();
  stranger.send(answer);
  assert.deepEqual(stranger.sent(), ['ACK to 10.0.0.9', 'BYE to 10.0.0.9']);
  const text = (name: string) =>
    serialize(stranger.lab.last(name).message)
      .toString()
      .replace(/branch=z9hG4bK[0-9a-f]{24}/, 'branch=…');
  assert.equal(
    text('ACK'),
    [
      'ACK sip:42@203.0.113.7:5099;transport=tcp SIP/2.0',
      'Via: SIP/2.0/UDP 10.0.0.1:5060;branch=…;rport',
      'Route: <sip:10.0.0.9;lr>',
      'Max-Forwards: 70',
      'From: "Weekly" <sip:200@example.test>;tag=0011223344556677',
      'To: <sip:3235742879@carrier.test>;tag=as1;x="a\\"b"',
      'Call-ID: former-run',
      'CSeq: 41 ACK',
      'User-Agent: Partyline',
      'Content-Length: 0',
      '',
      '',
    ].join('\r\n'),
  );
  assert.equal(
    text('BYE'),
    [
      'BYE sip:42@203.0.113.7:5099;transport=tcp SIP/2.0',
      'Via: SIP/2.0/UDP 10.0.0.1:5060;branch=…;rport',
      'Route: <sip:10.0.0.9;lr>',
      'Max-Forwards: 70',
      'From: "Weekly" <sip:200@example.test>;tag=0011223344556677',
      'To: <sip:3235742879@carrier.test>;tag=as1;x="a\\"b"',
      'Call-ID: former-run',
      'CSeq: 1000042 BYE',
      'User-Agent: Partyline',
      'Reason: SIP;cause=481;text="Call Does Not Exist"',
      'Content-Length: 0',
      '',
      '',
    ].join('\r\n'),
  );
  assert.equal(stranger.agent.counters().strayAnswers, 1);
});

test('routes are taken backwards, a strict router gets itself in the Request-URI, the packet still goes back', () => {
  const stranger = new Stranger();
  const routes = 'Record-Route: <sip:198.51.100.1;lr>\r\nRecord-Route: <sip:198.51.100.2>';
  stranger.send(answer.replace('Record-Route: <sip:10.0.0.9;lr>', routes));
  assert.deepEqual(stranger.sent(), ['ACK to 10.0.0.9', 'BYE to 10.0.0.9']);
  for (const name of ['ACK', 'BYE']) {
    const request = stranger.lab.last(name).message as SipRequest;
    assert.equal(request.uri.host, '198.51.100.2');
    assert.deepEqual(request.headers.getAll('Route'), [
      '<sip:198.51.100.1;lr>',
      '<sip:42@203.0.113.7:5099;transport=tcp>',
    ]);
  }
});

test('on a connection, over IPv6, without Contact and without a To tag', () => {
  const tcp = new Stranger();
  tcp.send(answer.replace('SIP/2.0/UDP', 'SIP/2.0/TCP'), '10.0.0.9', 'tcp');
  assert.deepEqual(tcp.sent(), ['ACK to 10.0.0.9', 'BYE to 10.0.0.9']);
  assert.match(tcp.lab.last('BYE').message.headers.get('Via')!, /^SIP\/2\.0\/TCP /);

  const ipv6 = new Stranger({}, '2001:db8::1');
  ipv6.send(answer.replace('UDP 10.0.0.1:5060', 'UDP [2001:DB8::1]'), '2001:db8::9', 'udp', '2001:db8::1');
  assert.deepEqual(ipv6.sent('2001:db8::1'), ['ACK to 2001:db8::9', 'BYE to 2001:db8::9']);

  const bare = new Stranger();
  bare.send(answer.replace(/Contact: .*\r\n/, '').replace(';tag=as1', ''));
  assert.deepEqual(bare.sent(), ['ACK to 10.0.0.9', 'BYE to 10.0.0.9']);
  assert.equal((bare.lab.last('BYE').message as SipRequest).uri.host, 'carrier.test');
  // Contacts that nobody could send to, or that are none: as far as can be.
  for (const contact of ['<https://203.0.113.7/>', '<sip:>', 'nonsense', ',;', '<sip:a@203.0.113.7:0>']) {
    const odd = new Stranger();
    odd.send(answer.replace(/Contact: .*/, `Contact: ${contact}`));
    assert.deepEqual(odd.sent(), ['ACK to 10.0.0.9', 'BYE to 10.0.0.9'], contact);
    assert.equal((odd.lab.last('BYE').message as SipRequest).uri.host, 'carrier.test', contact);
  }
  const telephone = new Stranger();
  telephone.send(answer.replace(/Contact: .*/, 'Contact: <tel:+123>'));
  assert.deepEqual(telephone.sent(), ['ACK to 10.0.0.9', 'BYE to 10.0.0.9']);
});

test('what cannot be the answer to a request of ours gets no word, and nothing else that is stray does', () => {
  const changes: Record<string, [from: string | RegExp, to: string]> = {
    'another host': ['UDP 10.0.0.1:', 'UDP 10.0.0.3:'],
    'another port': ['UDP 10.0.0.1:5060', 'UDP 10.0.0.1:5061'],
    'another transport': ['SIP/2.0/UDP', 'SIP/2.0/TCP'],
    'a name': ['UDP 10.0.0.1:', 'UDP example.test:'],
    'a branch of RFC 2543': ['branch=z9hG4bK', 'branch='],
    'an empty branch': [/z9hG4bK[0-9a-f]+/, 'z9hG4bK'],
    'no branch': [/branch=[^;]+;/, ''],
    'a proxy on our side': ['Record-Route', 'Via: SIP/2.0/UDP 10.0.0.7;branch=z9hG4bKx\r\nRecord-Route'],
    'no From tag': [';tag=0011223344556677', ''],
    'the last CSeq': ['CSeq: 41', `CSeq: ${0x7fff_ffff}`],
    'a provisional response': ['200 OK', '180 Ringing'],
    'a reliable provisional response': ['200 OK\r\n', '183 Early\r\nRequire: 100rel\r\nRSeq: 7\r\n'],
    'a refusal': ['200 OK', '486 Busy Here'],
    'the answer to another request': ['41 INVITE', '41 OPTIONS'],
  };
  for (const [what, [from, to]] of Object.entries(changes)) {
    const stranger = new Stranger();
    const text = answer.replace(from, to);
    assert.notEqual(text, answer, what);
    stranger.send(text);
    stranger.send(text);
    assert.deepEqual(stranger.sent(), [], what);
    assert.deepEqual(stranger.errors, [], what);
    assert.equal(stranger.agent.counters().strayAnswers, 0, what);
  }
});

test('copies get the ACK again and no second BYE; another tag, Call-ID or CSeq is another answer', () => {
  const stranger = new Stranger();
  for (let copies = 0; copies < 10; copies++) stranger.send(answer);
  assert.equal(stranger.lab.count('ACK'), 10);
  assert.equal(stranger.lab.count('BYE'), 1);
  stranger.send(answer.replace('tag=as1', 'tag=as2'));
  stranger.send(answer.replace('former-run', 'another'));
  stranger.send(answer.replace('41 INVITE', '43 INVITE'));
  stranger.send(answer.replace('0011223344556677', '7766554433221100'));
  assert.equal(stranger.lab.count('ACK'), 14);
  const byes = new Set(stranger.lab.seen.filter(({ name }) => name === 'BYE').map(({ message }) => message.branch));
  assert.equal(byes.size, 5);
  assert.equal(stranger.agent.counters().strayAnswers, 5);
  // The BYEs are repeated until they are given up, and nothing of it stays.
  stranger.lab.clock.advance(40_000);
  assert.deepEqual(stranger.lab.leftovers(), nothingLeft);
  stranger.send(answer);
  assert.equal(stranger.agent.counters().strayAnswers, 5, 'still known');
});

test('a flood of forged answers makes at most 25 for one address and 50 for all in a second', () => {
  const stranger = new Stranger();
  let number = 0;
  const flood = (from: string, many: number) => {
    for (let i = 0; i < many; i++) stranger.send(answer.replace('former-run', `forged-${number++}`), from);
  };
  const acks = () => stranger.lab.count('ACK');
  flood('10.0.1.1', 100); // half a second
  assert.ok(acks() <= 38 && acks() >= 25, `${acks()}`);
  const first = acks();
  for (let source = 2; source < 12; source++) flood(`10.0.1.${source}`, 20);
  assert.ok(acks() - first >= 50 && acks() <= 50 + 75, `${acks()}`);
  assert.equal(stranger.agent.counters().strayAnswers, acks());
  stranger.lab.clock.advance(2000);
  const before = acks();
  stranger.send(answer);
  assert.equal(acks(), before + 1, 'later there is room again');
  assert.deepEqual(stranger.errors, []);
});

for (const kind of ['udp', 'tcp'] as const) {
  test(`a phone that rings while the caller is replaced by a fresh one is hung up when it answers (${kind})`, () => {
    const errors: string[] = [];
    const log = createLog('warn', { write: (line: string) => void errors.push(line) });
    const lab = new Laboratory({ seed: 7 });
    const before = lab.agent('10.0.0.1');
    const callee = new TestCallee(lab.agent('10.0.0.2'), (invite) => invite.progress(180));
    new TestCall().start(before, `sip:b@10.0.0.2;transport=${kind}`);
    lab.clock.advance(100);
    void before.close();
    const after = lab.agent('10.0.0.1', { log });
    // It is told every minute that it still rings.
    lab.clock.advance(61_000);
    assert.ok(lab.count('180 INVITE') > 1);
    assert.equal(callee.ends.length, 0);
    // The first ACK is lost, and the first BYE.
    const lost = new Set<string>();
    lab.lose = ({ name }) =>
      (name === 'ACK' || name === 'BYE') && kind === 'udp' && !lost.has(name) && !!lost.add(name);
    callee.accept(callee.invites[0]!);
    lab.clock.advance(3000);
    assert.deepEqual(callee.ends, [{ by: 'remote', reason: 'SIP;cause=481;text="Call Does Not Exist"' }]);
    assert.equal(after.counters().strayAnswers, 1);
    const byes = lab.seen.filter(({ name }) => name === 'BYE');
    assert.equal(new Set(byes.map(({ message }) => message.branch)).size, 1);
    assert.deepEqual(errors, []);
    // The new one is as good as any other.
    const call = new TestCall().start(after, `sip:b@10.0.0.2;transport=${kind}`);
    lab.clock.advance(100);
    callee.accept(callee.invites[1]!);
    lab.clock.advance(100);
    assert.equal(call.sdp, 'answer');
    assert.equal(call.ends.length, 0);
    call.session!.bye();
    lab.clock.advance(250_000);
    assert.deepEqual(lab.leftovers(), nothingLeft);
    assert.equal(after.counters().strayAnswers, 1);
  });
}

test('a phone that had already answered hears the BYE for the copies of its answer', () => {
  const lab = new Laboratory({ seed: 8 });
  const before = lab.agent('10.0.0.1');
  const callee = new TestCallee(lab.agent('10.0.0.2'));
  lab.lose = ({ name }) => name === 'ACK' && lab.agents.length === 2;
  new TestCall().start(before, 'sip:b@10.0.0.2');
  lab.clock.advance(400);
  assert.equal(callee.sessions.length, 1);
  void before.close();
  lab.agent('10.0.0.1');
  lab.clock.advance(1000);
  assert.equal(callee.ends[0]?.by, 'remote');
});

test('whoever accepts behind a proxy that has already told a refusal hears the BYE at once', () => {
  const lab = new Laboratory({ seed: 9 });
  const agent = lab.agent('10.0.0.1');
  const proxy = new RawPeer(lab);
  const call = new TestCall().start(agent, 'sip:b@10.0.0.9');
  lab.clock.advance(5);
  const invite = lab.last('INVITE').message as SipRequest;
  proxy.answer(invite, 486, { toTag: 'busy' });
  lab.clock.advance(5);
  assert.match(call.rejected!, /^486/);
  proxy.answer(invite, 200, { toTag: 'late' });
  lab.clock.advance(5);
  assert.deepEqual(lab.names().slice(-3), ['200 INVITE', 'ACK', 'BYE']);
  assert.equal(lab.last('BYE').message.toTag, 'late');
  proxy.answer(lab.last('BYE').message as SipRequest, 200);
  assert.equal(agent.counters().strayAnswers, 1);
  lab.clock.advance(250_000);
  assert.deepEqual(lab.leftovers(), nothingLeft);
});
