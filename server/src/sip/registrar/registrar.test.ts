import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VirtualClock } from '../../base/testing/virtual-clock.ts';
import { SipRequest, type SipResponse } from '../message/message.ts';
import { parseUri } from '../message/uri.ts';
import type { Flow } from '../transport/flow.ts';
import { Registrar } from './registrar.ts';

function flow(id: string): Flow & { closed: boolean } {
  const local = { address: '192.0.2.1', port: 5060 };
  return {
    id,
    kind: 'udp',
    reliable: false,
    local,
    remote: { address: '192.0.2.2', port: 5060 },
    closed: false,
    send() {},
  };
}

let cseq = 0;

function register(contacts: string[], more: Record<string, string> = {}, callId = 'call'): SipRequest {
  const request = new SipRequest('REGISTER', parseUri('sip:example.test')!);
  request.headers.append('Via', 'SIP/2.0/UDP 192.0.2.2;branch=z9hG4bK1');
  request.headers.append('From', '<sip:211@example.test>;tag=1');
  request.headers.append('To', '<sip:211@example.test>');
  request.headers.append('Call-ID', callId);
  request.headers.append('CSeq', `${more['cseq'] ?? ++cseq} REGISTER`);
  for (const contact of contacts) request.headers.append('Contact', contact);
  if (more['expires'] !== undefined) request.headers.append('Expires', more['expires']);
  if (more['path'] !== undefined) request.headers.append('Path', more['path']);
  return request;
}

function listed(response: SipResponse): string[] {
  return response.headers.getAll('Contact');
}

function setUp(options: { maxContacts?: number; maxBindings?: number; mayAdd?: () => boolean } = {}) {
  const clock = new VirtualClock();
  return { clock, registrar: new Registrar({ clock, ...options }) };
}

test('several contacts, each with its own expiry, are listed and expire on their own', () => {
  const { clock, registrar } = setUp();
  const changes: number[] = [];
  registrar.onChange = (_aor, contacts) => changes.push(contacts.length);
  const way = flow('a');
  const response = registrar.handle(
    register(['<sip:211@192.0.2.2:5060>;expires=120', '<sip:211@192.0.2.2:5070>'], { expires: '300' }),
    way,
    'aor',
  );
  assert.equal(response.status, 200);
  assert.deepEqual(listed(response), ['<sip:211@192.0.2.2:5070>;expires=300', '<sip:211@192.0.2.2:5060>;expires=120']);
  clock.advance(119_000);
  assert.equal(registrar.contacts('aor').length, 2);
  clock.advance(1_000);
  assert.deepEqual(
    registrar.contacts('aor').map((binding) => binding.contact.port),
    [5070],
  );
  clock.advance(181_000);
  assert.equal(registrar.contacts('aor').length, 0);
  clock.advance(10_000);
  assert.equal(registrar.size, 0);
  assert.deepEqual(changes, [2, 1, 0]);
  assert.equal(clock.pending, 0);
});

test('refreshing replaces, Expires 0 removes, a query changes nothing', () => {
  const { registrar } = setUp();
  const way = flow('a');
  registrar.handle(register(['<sip:211@192.0.2.2>']), way, 'aor');
  registrar.handle(register(['<sip:211@192.0.2.2>;expires=90']), flow('b'), 'aor');
  assert.equal(registrar.contacts('aor').length, 1);
  assert.equal(registrar.contacts('aor')[0]!.flow.id, 'b');
  assert.equal(listed(registrar.handle(register([]), way, 'aor')).length, 1);
  registrar.handle(register(['<sip:211@192.0.2.2>;expires=0']), way, 'aor');
  assert.equal(registrar.contacts('aor').length, 0);
});

test('* removes all, and only with Expires 0 and alone', () => {
  const { registrar } = setUp();
  const way = flow('a');
  registrar.handle(register(['<sip:211@192.0.2.2>', '<sip:211@192.0.2.3>']), way, 'aor');
  assert.equal(registrar.handle(register(['*']), way, 'aor').status, 400);
  assert.equal(registrar.handle(register(['*'], { expires: '60' }), way, 'aor').status, 400);
  assert.equal(registrar.contacts('aor').length, 2);
  assert.equal(registrar.handle(register(['*'], { expires: '0' }), way, 'aor').status, 200);
  assert.equal(registrar.contacts('aor').length, 0);
});

test('too brief gets 423 with Min-Expires, too long is cut, malformed counts as absent', () => {
  const { registrar } = setUp();
  const way = flow('a');
  const brief = registrar.handle(register(['<sip:211@192.0.2.2>'], { expires: '10' }), way, 'aor');
  assert.equal(brief.status, 423);
  assert.equal(brief.headers.get('Min-Expires'), '60');
  const long = registrar.handle(register(['<sip:211@192.0.2.2>'], { expires: '999999' }), way, 'aor');
  assert.deepEqual(listed(long), ['<sip:211@192.0.2.2>;expires=3600']);
  const odd = registrar.handle(register(['<sip:211@192.0.2.2>;expires=soon']), way, 'aor');
  assert.deepEqual(listed(odd), ['<sip:211@192.0.2.2>;expires=3600']);
});

test('within a Call-ID an old CSeq fails as a whole; another Call-ID may take over', () => {
  const { registrar } = setUp();
  const way = flow('a');
  registrar.handle(register(['<sip:211@192.0.2.2>'], { cseq: '10' }, 'one'), way, 'aor');
  const old = register(['<sip:211@192.0.2.9>', '<sip:211@192.0.2.2>;expires=0'], { cseq: '10' }, 'one');
  assert.equal(registrar.handle(old, way, 'aor').status, 500);
  assert.deepEqual(
    registrar.contacts('aor').map((binding) => binding.contact.host),
    ['192.0.2.2'],
  );
  assert.equal(registrar.handle(register(['*'], { cseq: '9', expires: '0' }, 'one'), way, 'aor').status, 500);
  assert.equal(registrar.handle(register(['*'], { cseq: '1', expires: '0' }, 'two'), way, 'aor').status, 200);
  assert.equal(registrar.contacts('aor').length, 0);
});

test('a closed flow takes its contacts with it, and no others', () => {
  const { registrar } = setUp();
  const first = flow('a');
  const second = flow('b');
  registrar.handle(register(['<sip:1@192.0.2.2>', '<sip:2@192.0.2.2>']), first, 'x');
  registrar.handle(register(['<sip:3@192.0.2.2>'], {}, 'other'), second, 'x');
  registrar.handle(register(['<sip:4@192.0.2.2>']), first, 'y');
  first.closed = true;
  assert.deepEqual(
    registrar.contacts('x').map((binding) => binding.contact.user),
    ['3'],
  );
  registrar.flowClosed(first);
  assert.equal(registrar.size, 1);
  assert.equal(registrar.contacts('y').length, 0);
});

test('the device is known by its instance, whatever address it has now', () => {
  const { registrar } = setUp();
  const contact = (port: number, reg: number) =>
    `<sip:211@192.0.2.2:${port}>;+sip.instance="<urn:uuid:1>";reg-id=${reg}`;
  registrar.handle(register([contact(1000, 1)]), flow('a'), 'aor');
  const response = registrar.handle(register([contact(2000, 1)]), flow('b'), 'aor');
  assert.deepEqual(listed(response), ['<sip:211@192.0.2.2:2000>;expires=3600;+sip.instance="<urn:uuid:1>";reg-id=1']);
  registrar.handle(register([contact(3000, 2)]), flow('c'), 'aor');
  assert.equal(registrar.contacts('aor').length, 2);
});

test('beyond the limit the contact nearest its end makes room; the preferred comes first', () => {
  const { clock, registrar } = setUp({ maxContacts: 3 });
  for (let port = 1; port <= 5; port++) {
    registrar.handle(register([`<sip:211@192.0.2.2:${port}>;q=0.${port}`]), flow('a'), 'aor');
    clock.advance(1000);
  }
  assert.deepEqual(
    registrar.contacts('aor').map((binding) => binding.contact.port),
    [5, 4, 3],
  );
  const many = Array.from({ length: 4 }, (_, i) => `<sip:211@192.0.2.3:${i + 1}>`);
  assert.equal(registrar.handle(register(many), flow('a'), 'aor').status, 403);
});

test('the table as a whole is bounded, refreshing still works when it is full', () => {
  const { registrar } = setUp({ maxBindings: 2 });
  const way = flow('a');
  for (const aor of ['x', 'y']) assert.equal(registrar.handle(register(['<sip:1@192.0.2.2>']), way, aor).status, 200);
  assert.equal(registrar.handle(register(['<sip:1@192.0.2.2>']), way, 'z').status, 503);
  assert.equal(registrar.handle(register(['<sip:1@192.0.2.2>']), way, 'x').status, 200);
});

test('while nothing can be kept phones that are known stay and go, and others are told to come back', () => {
  let may = true;
  const { registrar } = setUp({ mayAdd: () => may });
  const way = flow('a');
  const ask = (aor: string, expires: string) =>
    registrar.handle(register(['<sip:1@192.0.2.2>'], { expires }), way, aor);
  assert.equal(ask('x', '300').status, 200);
  may = false;
  assert.equal(ask('x', '600').status, 200);
  const refused = ask('y', '300');
  assert.deepEqual([refused.status, refused.headers.get('Retry-After')], [503, '10']);
  assert.equal(registrar.contacts('y').length, 0);
  assert.equal(ask('x', '0').status, 200);
  assert.equal(registrar.contacts('x').length, 0);
  assert.equal(ask('x', '300').status, 503);
  may = true;
  assert.equal(ask('y', '300').status, 200);
});

test('Path is kept and echoed', () => {
  const { registrar } = setUp();
  const response = registrar.handle(
    register(['<sip:1@192.0.2.2>'], { path: '<sip:p1;lr>, <sip:p2;lr>' }),
    flow('a'),
    'x',
  );
  assert.deepEqual(registrar.contacts('x')[0]!.path, ['<sip:p1;lr>', '<sip:p2;lr>']);
  assert.deepEqual(response.headers.getAll('Path'), ['<sip:p1;lr>', '<sip:p2;lr>']);
});

test('a phone that has moved takes its old address back in the same request, before or behind its new one', () => {
  const device = '+sip.instance="<urn:uuid:1>";reg-id=1';
  const old = `<sip:211@192.0.2.2:5060>;${device}`;
  const moved = `<sip:211@192.0.2.2:5070>;${device}`;
  for (const order of [
    [`${old};expires=0`, moved],
    [moved, `${old};expires=0`],
  ]) {
    const { registrar } = setUp();
    assert.equal(registrar.handle(register([old]), flow('a'), 'aor').status, 200);
    assert.equal(registrar.handle(register(order), flow('a'), 'aor').status, 200);
    assert.deepEqual(
      registrar.contacts('aor').map(({ contact }) => contact.port),
      [5070],
    );
  }
});

test('a contact that stands twice in one request counts as it stands last', () => {
  const { registrar } = setUp();
  const way = flow('a');
  const contact = '<sip:211@192.0.2.2>';
  const twice = registrar.handle(register([`${contact};expires=90`, `${contact};expires=120`]), way, 'aor');
  assert.deepEqual(listed(twice), [`${contact};expires=120`]);
  assert.equal(registrar.handle(register([`${contact};expires=90`, `${contact};expires=0`]), way, 'aor').status, 200);
  assert.deepEqual(registrar.contacts('aor'), []);
});
