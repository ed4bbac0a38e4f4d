import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Headers } from '../message/headers.ts';
import { SipRequest } from '../message/message.ts';
import { createResponse } from '../message/response.ts';
import { formatUri } from '../message/uri.ts';
import type { Flow } from '../transport/flow.ts';
import { Dialog } from './dialog.ts';
import { nextHop } from './next-hop.ts';
import { uri } from './testing/two-agents.ts';

const flow: Flow = {
  id: 'udp',
  kind: 'udp',
  reliable: false,
  local: { address: '10.0.0.2', port: 5060 },
  remote: { address: '10.0.0.1', port: 5060 },
  closed: false,
  send() {},
};

function invite(recordRoutes: string[], via = 'SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bK1'): SipRequest {
  const headers = new Headers();
  headers.append('Via', via);
  headers.append('From', '"A" <sip:a@example.test>;tag=theirs');
  headers.append('To', '<sip:b@example.test>');
  headers.append('Call-ID', 'id');
  headers.append('CSeq', '7 INVITE');
  headers.append('Contact', '<sip:a@10.0.0.1:5062;transport=udp?Subject=x>');
  for (const route of recordRoutes) headers.append('Record-Route', route);
  return new SipRequest('INVITE', uri('sip:b@10.0.0.2'), headers);
}

test('the UAS side takes the route set in order, the UAC side in reverse', () => {
  const request = invite(['<sip:p2;lr>', '<sip:p1;lr>, <sip:p0;lr>']);
  const callee = Dialog.fromRequest(request, 'ours', flow)!;
  assert.deepEqual(callee.addressing().routes, ['<sip:p2;lr>', '<sip:p1;lr>', '<sip:p0;lr>']);
  assert.equal(callee.addressing().next.host, 'p2');
  assert.equal(callee.localAddress, '<sip:b@example.test>;tag=ours');
  assert.equal(callee.remoteAddress, '"A" <sip:a@example.test>;tag=theirs');

  const response = createResponse(request, 200, undefined, {
    toTag: 'ours',
    headers: [['Contact', '<sip:b@10.0.0.2>']],
  });
  response.headers.copy(request.headers, 'Record-Route');
  const caller = Dialog.fromResponse(request, response, flow, false);
  assert.deepEqual(caller.addressing().routes, ['<sip:p0;lr>', '<sip:p1;lr>', '<sip:p2;lr>']);
  assert.equal(formatUri(caller.addressing().uri), 'sip:b@10.0.0.2');
  assert.equal(caller.key.split('\n').join(' '), 'id theirs ours');
  assert.equal(callee.key.split('\n').join(' '), 'id ours theirs');
});

test('a strict router gets itself in the Request-URI and the target at the end of the route', () => {
  const dialog = Dialog.fromRequest(invite(['<sip:strict:5070;method=INVITE>', '<sip:p1;lr>']), 'ours', flow)!;
  const { uri: requestUri, routes, next } = dialog.addressing();
  assert.equal(formatUri(requestUri), 'sip:strict:5070');
  assert.deepEqual(routes, ['<sip:p1;lr>', '<sip:a@10.0.0.1:5062;transport=udp>']);
  assert.equal(next.host, 'strict');
});

test('the numbers of both sides only grow', () => {
  const dialog = Dialog.fromRequest(invite([]), 'ours', flow)!;
  assert.equal(dialog.nextCSeq(), 1);
  assert.equal(dialog.nextCSeq(), 2);
  assert.equal(dialog.takeCSeq(7), false);
  assert.equal(dialog.takeCSeq(8), true);
  assert.equal(dialog.takeCSeq(8), false);
  assert.equal(dialog.takeCSeq(2_000_000_000), true);
});

test('a peer behind an address translator is pinned to its flow, one behind proxies is not', () => {
  const pinned = (via: string, routes: string[] = []) => Dialog.fromRequest(invite(routes, via), 'x', flow)!.pinned;
  assert.equal(pinned('SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bK1'), false);
  assert.equal(pinned('SIP/2.0/UDP 192.168.1.2:5060;branch=z9hG4bK1;received=10.0.0.1'), true);
  assert.equal(pinned('SIP/2.0/UDP 10.0.0.1:5999;branch=z9hG4bK1;rport=5060'), true);
  assert.equal(pinned('SIP/2.0/UDP 10.0.0.1:5999;branch=z9hG4bK1'), false);
  assert.equal(pinned('SIP/2.0/UDP phone.test;branch=z9hG4bK1', ['<sip:p1;lr>']), false);
});

test('a URI says where to send, or that it needs a resolver', () => {
  const hop = (text: string) => {
    const found = nextHop(uri(text), 'udp');
    return found === null ? null : `${found.kind} ${found.remote.address} ${found.remote.port}`;
  };
  assert.equal(hop('sip:a@192.0.2.1'), 'udp 192.0.2.1 5060');
  assert.equal(hop('sip:a@192.0.2.1:5070;transport=TCP'), 'tcp 192.0.2.1 5070');
  assert.equal(hop('sip:a@[2001:db8::1]:5070'), 'udp 2001:db8::1 5070');
  assert.equal(hop('sip:a@192.0.2.1;transport=tls'), 'tls 192.0.2.1 5061');
  assert.equal(hop('sips:a@192.0.2.1'), 'tls 192.0.2.1 5061');
  assert.equal(hop('sips:a@192.0.2.1:5071;transport=tcp'), 'tls 192.0.2.1 5071');
  assert.equal(hop('sip:a@example.test;maddr=192.0.2.9'), 'udp 192.0.2.9 5060');
  assert.equal(hop('sip:a@localhost:5999'), 'udp 127.0.0.1 5999');
  assert.equal(hop('sip:a@example.test'), null);
  assert.equal(hop('sip:a@192.0.2.1;transport=pigeon'), null);
});
