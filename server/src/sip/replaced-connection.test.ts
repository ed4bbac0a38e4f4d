import assert from 'node:assert/strict';
import { test } from 'node:test';
import { account, Laboratory, TestCall, TestCallee, uri } from './dialog/testing/two-agents.ts';
import { Headers } from './message/headers.ts';
import { SipRequest, type SipResponse } from './message/message.ts';
import { createResponse } from './message/response.ts';
import { serialize } from './message/serialize.ts';
import type { VirtualTransport } from './transport/testing/virtual-network.ts';

const SERVER = { address: '10.0.0.2', port: 5060 };
/** Of the address translator that the phones are behind. */
const OUTSIDE = '203.0.113.5';

/** A phone that connects to the server, and names an address that nobody else can connect to. */
class ConnectedPhone {
  readonly received: string[] = [];
  readonly #transport: VirtualTransport;
  readonly #contact: string;
  #cseq: number;

  readonly #kind: 'tcp' | 'udp';

  constructor(
    lab: Laboratory,
    port: number,
    contact = '<sip:211@192.168.1.20:5060;transport=tcp>',
    kind: 'tcp' | 'udp' = 'tcp',
  ) {
    this.#kind = kind;
    this.#transport = lab.network.attach({ address: OUTSIDE, port });
    this.#contact = contact;
    this.#cseq = port;
    this.#transport.onMessage = (message, flow) => {
      if (!(message instanceof SipRequest)) return;
      this.received.push(message.method);
      if (message.method !== 'ACK') flow.send(serialize(this.#answer(message)));
    };
  }

  register(user = '211'): void {
    this.send('REGISTER', { from: user, expires: '600' });
  }

  send(method: string, more: { from?: string; toTag?: string; expires?: string; body?: string } = {}): void {
    const { from = '211', toTag, expires, body = '' } = more;
    const headers = new Headers();
    const cseq = ++this.#cseq;
    headers.append('Via', `SIP/2.0/${this.#kind.toUpperCase()} 192.168.1.20:5060;branch=z9hG4bK${method}${cseq};rport`);
    headers.append('From', `<sip:${from}@example.test>;tag=phone`);
    headers.append('To', `<sip:${from}@example.test>${toTag === undefined ? '' : `;tag=${toTag}`}`);
    headers.append('Call-ID', method === 'REGISTER' ? `registration-of-${from}` : 'call');
    headers.append('CSeq', `${method === 'ACK' ? cseq - 1 : cseq} ${method}`);
    headers.append('Contact', this.#contact);
    if (expires !== undefined) headers.append('Expires', expires);
    if (body !== '') headers.append('Content-Type', 'application/sdp');
    const request = new SipRequest(method, uri('sip:b@example.test'), headers, Buffer.from(body));
    this.#transport.flowTo(this.#kind, SERVER).send(serialize(request));
  }

  #answer(request: SipRequest): SipResponse {
    const headers: [string, string][] = [['Contact', this.#contact]];
    const body = request.method === 'INVITE' ? 'answer' : null;
    return createResponse(request, 200, undefined, { toTag: 'phone', headers, body });
  }
}

function stage() {
  const lab = new Laboratory({ seed: 5 });
  const transport = lab.network.attach(SERVER);
  const server = lab.agent(SERVER.address, {
    transport,
    isCarrier: () => false,
    trust: (request) => account(request.from.uri.user ?? ''),
  });
  const lost = (port: number) => transport.closeFlow(transport.flowTo('tcp', { address: OUTSIDE, port }));
  const called = () => {
    const [binding] = server.registrar.contacts('211');
    const { contact, flow } = binding!;
    const call = new TestCall().start(server, 'sip:211@example.test', { targets: [{ uri: contact, flow }] });
    lab.clock.advance(10);
    return call;
  };
  return { lab, server, lost, called };
}

test('a phone whose connection was replaced is reached over that which it has registered on since', () => {
  const { lab, lost, called } = stage();
  const before = new ConnectedPhone(lab, 40_001);
  before.register();
  lab.clock.advance(10);
  const call = called();
  assert.equal(call.sdp, 'answer');
  lost(40_001);
  lab.clock.advance(5000);
  const since = new ConnectedPhone(lab, 40_002);
  since.register();
  lab.clock.advance(10);
  call.session!.bye();
  lab.clock.advance(10);
  assert.deepEqual([before.received, since.received], [['INVITE', 'ACK'], ['BYE']]);
});

test('a phone that its address translator has given another port is reached there once it has registered again', () => {
  for (const again of ['same', 'other'] as const) {
    const { lab, called } = stage();
    const before = new ConnectedPhone(lab, 40_001, '<sip:211@192.168.1.20:5060>', 'udp');
    before.register();
    lab.clock.advance(10);
    const call = called();
    assert.equal(call.sdp, 'answer');
    // Another phone of the extension says nothing of where this one is.
    const contact = again === 'same' ? '<sip:211@192.168.1.20:5060>' : '<sip:211@192.168.1.21:5060>';
    const since = new ConnectedPhone(lab, 40_002, contact, 'udp');
    since.register();
    lab.clock.advance(10);
    call.session!.bye();
    lab.clock.advance(10);
    assert.equal((again === 'same' ? since : before).received.at(-1), 'BYE');
    assert.equal((again === 'same' ? before : since).received.includes('BYE'), false);
  }
});

test('so is one that has called, and one that has another address since, by its instance', () => {
  for (const instance of ['', ';+sip.instance="<urn:uuid:f81d4fae>"']) {
    const { lab, server, lost } = stage();
    const callee = new TestCallee(server);
    const contact = (host: string) => `<sip:211@${host}:5060;transport=tcp>${instance}`;
    const before = new ConnectedPhone(lab, 40_001, contact('192.168.1.20'));
    before.register();
    lab.clock.advance(10);
    before.send('INVITE', { body: 'offer' });
    lab.clock.advance(10);
    before.send('ACK', { toTag: lab.last('200 INVITE').message.toTag! });
    lab.clock.advance(10);
    assert.equal(callee.answers.length, 1);
    lost(40_001);
    const since = new ConnectedPhone(lab, 40_002, contact(instance === '' ? '192.168.1.20' : '10.9.9.9'));
    since.register();
    lab.clock.advance(10);
    callee.sessions[0]!.bye();
    lab.clock.advance(10);
    assert.deepEqual(since.received, ['BYE']);
  }
});

test('another phone, of the same extension or not, does not get what is for one that is away', () => {
  const { lab, lost, called } = stage();
  const away = new ConnectedPhone(lab, 40_001);
  away.register();
  lab.clock.advance(10);
  const call = called();
  lost(40_001);
  const sibling = new ConnectedPhone(lab, 40_002, '<sip:211@192.168.1.21:5060;transport=tcp>');
  sibling.register();
  const other = new ConnectedPhone(lab, 40_003);
  other.register('212');
  lab.clock.advance(10);
  call.session!.bye();
  lab.clock.advance(10);
  assert.deepEqual([sibling.received, other.received], [[], []]);
});

test('a carrier that closed the connection within a call is connected to anew, wherever its Contact is', () => {
  for (const host of ['192.0.2.7', '192.0.2.99', 'gateway.carrier.test']) {
    const lab = new Laboratory({ seed: 6 });
    const own = lab.network.attach({ address: '10.0.0.1', port: 5060 });
    const caller = lab.agent('10.0.0.1', { transport: own });
    const carrier = { address: '192.0.2.7', port: 5060 };
    const received: string[] = [];
    lab.network.attach(carrier).onMessage = (message, flow) => {
      if (!(message instanceof SipRequest)) return;
      received.push(message.method);
      if (message.method === 'ACK') return;
      const headers: [string, string][] = [['Contact', `<sip:gateway@${host}:5060;transport=tcp>`]];
      const body = message.method === 'INVITE' ? 'answer' : null;
      flow.send(serialize(createResponse(message, 200, undefined, { toTag: 'carrier', headers, body })));
    };
    const call = new TestCall().start(caller, 'sip:15551000@192.0.2.7;transport=tcp');
    lab.clock.advance(10);
    assert.equal(call.sdp, 'answer');
    own.closeFlow(own.flowTo('tcp', carrier));
    call.session!.bye();
    lab.clock.advance(10);
    assert.deepEqual(received, ['INVITE', 'ACK', 'BYE'], host);
    assert.equal(caller.counters().dialogs, 0);
  }
});
