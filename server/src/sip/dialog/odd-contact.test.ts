/**
 * Contacts, Record-Routes and challenges of which something is odd: the call goes on, and a 2xx is never left alone.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SipRequest } from '../message/message.ts';
import { formatUri } from '../message/uri.ts';
import { RawPeer } from './testing/raw-peer.ts';
import {
  account,
  address,
  Laboratory,
  nothingLeft,
  PASSWORD,
  TestCall,
  TestCallee,
  uri,
} from './testing/two-agents.ts';

/** What a peer at 10.0.0.9 may write, and the Request-URI that it gets back. */
const usable: [contact: string, uri: string][] = [
  ['<sip:x@10.0.0.9;ob>', 'sip:x@10.0.0.9;ob'],
  ['<sip:x@10.0.0.9;alias=1~2~3;alias=1~2~3>', 'sip:x@10.0.0.9;alias=1~2~3;alias=1~2~3'],
  ['<sip:x@10.0.0.9;transport=udp;transport=udp>', 'sip:x@10.0.0.9;transport=udp;transport=udp'],
  ['<sip:x@10.0.0.9;>', 'sip:x@10.0.0.9'],
  ['<sip:x@10.0.0.9>;', 'sip:x@10.0.0.9'],
  ['<sip:x@10.0.0.9;rinstance=>', 'sip:x@10.0.0.9;rinstance='],
  ['<sip:x@10.0.0.9;thinfo="VG8+PoIU=">', 'sip:x@10.0.0.9;thinfo="VG8+PoIU="'],
  ['<sip:x@10.0.0.9>;transport=ws;transport=ws', 'sip:x@10.0.0.9'],
  ['nonsense, <sip:x@10.0.0.9>', 'sip:x@10.0.0.9'],
  ['<mailto:x@y>, <sip:x@10.0.0.9>', 'sip:x@10.0.0.9'],
  ['<sip:x@h:0>,,<sip:@10.0.0.9>', 'sip:@10.0.0.9'],
  ['Bell, Alexander <sip:x@10.0.0.9>', 'sip:x@10.0.0.9'],
  ['<sip:+1323;npdi;rn=+1@10.0.0.9;user=phone>', 'sip:+1323;npdi;rn=+1@10.0.0.9;user=phone'],
  ['<tel:+1-323;ext=1>', 'tel:+1-323;ext=1'],
  ['sip:x@10.0.0.9', 'sip:x@10.0.0.9'],
];
const unusable = ['nonsense', '<sip:x@10.0.0.9:0>', '<mailto:x@y>', '<>', '<sip:x@10.0.0.9', ';,', '*'];

/** Our call to the probe; `answer` answers its last INVITE. */
function calling(seed: number) {
  const lab = new Laboratory({ seed });
  const agent = lab.agent('10.0.0.2');
  const probe = new RawPeer(lab);
  const call = new TestCall().start(agent, 'sip:b@10.0.0.9');
  lab.clock.advance(5);
  const answer = (status: number, contact: string, more: [string, string][] = []) => {
    probe.answer(lab.last('INVITE').message as SipRequest, status, {
      headers: [['Contact', contact], ...more],
      body: 'sdp',
    });
    lab.clock.advance(5);
  };
  const target = (method: string) => formatUri((lab.last(method).message as SipRequest).uri);
  const done = () => {
    if (lab.names().includes('BYE')) probe.answer(lab.last('BYE').message as SipRequest, 200);
    lab.clock.advance(250_000);
    assert.deepEqual(lab.leftovers(), nothingLeft);
  };
  return { lab, probe, call, answer, target, done };
}

test('a 2xx whose Contact can be used somehow is a call, and the Contact goes back as it came', () => {
  for (const [contact, expected] of usable) {
    const { lab, call, answer, target, done } = calling(1);
    answer(200, contact);
    assert.equal(call.sdp, 'sdp', contact);
    call.session!.bye();
    lab.clock.advance(5);
    assert.deepEqual([target('ACK'), target('BYE')], [expected, expected]);
    done();
  }
});

test('a 2xx whose Contact cannot be used is acknowledged and ended, its copies too', () => {
  for (const contact of unusable) {
    const { lab, call, answer, target, done } = calling(2);
    answer(180, '<sip:');
    answer(200, contact);
    answer(200, contact);
    assert.deepEqual(call.rejected, '502 Contact Unusable', contact);
    assert.deepEqual([call.session, call.ends, call.progress], [null, [], ['180 sdp']]);
    assert.deepEqual([target('ACK'), target('BYE')], ['sip:b@10.0.0.9', 'sip:b@10.0.0.9'], contact);
    assert.deepEqual([lab.count('ACK'), lab.count('BYE')], [2, 1]);
    done();
  }
});

test('a response that says neither whom it is from nor of which call is that of its transaction', () => {
  for (const left of ['From', 'To', 'Call-ID']) {
    const { lab, probe, call, done } = calling(9);
    const invite = lab.last('INVITE').message as SipRequest;
    probe.answer(invite, 200, { body: 'sdp', without: [left] });
    lab.clock.advance(5);
    assert.equal(call.sdp, 'sdp', left);
    call.session!.bye();
    lab.clock.advance(5);
    for (const method of ['ACK', 'BYE']) {
      const { callId, fromTag, to } = lab.last(method).message;
      assert.deepEqual(
        [callId, fromTag, formatUri(to.uri)],
        [invite.callId, invite.fromTag, 'sip:callee@example.test'],
        left,
      );
    }
    done();
    const refused = calling(10);
    refused.probe.answer(refused.lab.last('INVITE').message as SipRequest, 486, { without: [left] });
    refused.lab.clock.advance(5);
    assert.equal(formatUri(refused.lab.last('ACK').message.to.uri), 'sip:callee@example.test', left);
  }
});

test('without a Contact, or with an empty one, the call stays where its INVITE went', () => {
  for (const contact of ['', ' , ']) {
    const { lab, call, answer, target, done } = calling(3);
    answer(200, contact);
    call.session!.bye();
    lab.clock.advance(5);
    assert.equal(target('BYE'), 'sip:b@10.0.0.9');
    done();
  }
});

test('where a reliable 183 said where to send, a 2xx need not', () => {
  const { lab, call, answer, target, done, probe } = calling(4);
  answer(183, '<sip:early@10.0.0.9>', [
    ['Require', '100rel'],
    ['RSeq', '7'],
  ]);
  probe.answer(lab.last('PRACK').message as SipRequest, 200);
  answer(200, 'nonsense');
  call.session!.bye();
  lab.clock.advance(5);
  assert.equal(target('BYE'), 'sip:early@10.0.0.9');
  done();
});

test('a 2xx to a re-INVITE whose Contact cannot be used leaves the target as it was', async () => {
  const { lab, call, answer, target, done } = calling(5);
  answer(200, '<sip:x@10.0.0.9>');
  const result = call.session!.reinvite('offer');
  lab.clock.advance(5);
  answer(200, 'nonsense');
  await lab.clock.advanceAsync(5);
  assert.equal((await result).ok, true);
  call.session!.bye();
  lab.clock.advance(5);
  assert.equal(target('BYE'), 'sip:x@10.0.0.9');
  done();
});

test('a 3xx leads where it can be read', () => {
  const lab = new Laboratory({ seed: 6 });
  const agent = lab.agent('10.0.0.2');
  const probe = new RawPeer(lab);
  const asked: string[] = [];
  const call = new TestCall().start(agent, 'sip:b@10.0.0.9', {
    mayRedirect: (to) => {
      asked.push(formatUri(to));
      return [];
    },
  });
  lab.clock.advance(5);
  const contact = 'nonsense, <sip:x@10.0.0.8;a;a>;q=0.1;q=1, <tel:+1-323>;;, <sip:y@10.0.0.8>;q=x;';
  probe.answer(lab.last('INVITE').message as SipRequest, 302, { headers: [['Contact', contact]] });
  lab.clock.advance(5);
  assert.deepEqual(asked, ['tel:+1-323', 'sip:x@10.0.0.8;a;a', 'sip:y@10.0.0.8']);
  assert.match(call.rejected!, /^302/);
});

test('an INVITE with an odd Contact or Record-Route is a call, and our BYE goes back there', () => {
  const lab = new Laboratory({ seed: 7 });
  const callee = new TestCallee(lab.agent('10.0.0.2'));
  const probe = new RawPeer(lab);
  let calls = 0;
  const byeFor = (headers: Record<string, string>) => {
    const callId = `call-${++calls}`;
    assert.equal(
      probe.ask('INVITE', {
        callId,
        body: 'sdp',
        headers: { 'Content-Type': 'application/sdp' },
        parsedHeaders: headers,
      }).name,
      '200 INVITE',
      callId,
    );
    const { message } = probe.last;
    probe.send('ACK', { callId, cseq: message.cseq.number, toTag: message.toTag! });
    lab.clock.advance(5);
    callee.sessions.at(-1)!.bye();
    lab.clock.advance(5);
    const bye = lab.last('BYE').message as SipRequest;
    probe.answer(bye, 200);
    return bye;
  };
  for (const [contact, expected] of usable) {
    assert.equal(formatUri(byeFor({ Contact: contact }).uri), expected);
  }
  const routes = (value: string) => byeFor({ 'Record-Route': value }).headers.getAll('Route');
  assert.deepEqual(routes('<sip:10.0.0.9;lr;lr>'), ['<sip:10.0.0.9;lr;lr>']);
  assert.deepEqual(routes('<sip:10.0.0.9;lr=>;;, <sip:two;lr>,'), ['<sip:10.0.0.9;lr=>;;', '<sip:two;lr>']);
  assert.deepEqual(routes('<sip:one:0;lr>, <sip:two;lr>'), ['<sip:one:0;lr>', '<sip:two;lr>'], 'no proxy is left out');
  for (const contact of unusable) {
    const refused = probe.ask('INVITE', { parsedHeaders: { Contact: contact } });
    assert.equal(refused.name, '400 INVITE', contact);
  }
  lab.clock.advance(250_000);
  assert.deepEqual(lab.leftovers(), nothingLeft);
});

test('every answer has one tag, whatever stands behind To', () => {
  const lab = new Laboratory({ seed: 8 });
  new TestCallee(lab.agent('10.0.0.2'));
  const probe = new RawPeer(lab);
  for (const to of [
    '<sip:b@10.0.0.2>;',
    '<sip:b@10.0.0.2>;tag=',
    '<sip:b@10.0.0.2>;tag;;x=',
    'Bell, A <sip:b@10.0.0.2>',
    '<sip:a b>',
    'sip:b@10.0.0.2;',
  ]) {
    for (const method of ['INVITE', 'OPTIONS', 'PUBLISH']) {
      const { message } = probe.ask(method, { parsedHeaders: { To: to } });
      assert.match(message.headers.get('To')!, /;tag=[0-9a-f]{16}(;;x=)?$/, to);
      if (method !== 'INVITE') continue;
      const inside = { callId: message.callId, parsedHeaders: { To: message.headers.get('To')! } };
      probe.send('ACK', { ...inside, cseq: message.cseq.number });
      assert.equal(probe.ask('BYE', inside).name, '200 BYE', to);
    }
  }
});

test('a registrar that lists what cannot be read has registered us; several challenges in one line are met', () => {
  const lab = new Laboratory({ seed: 9 });
  const agent = lab.agent('10.0.0.2');
  const probe = new RawPeer(lab);
  const registration = agent.register({
    registrar: [{ uri: uri('sip:10.0.0.9') }],
    aor: address('<sip:line7@carrier.example>'),
    contactUser: 'line7',
    credentials: { username: 'line7', password: PASSWORD },
    expiresS: 300,
    onState: () => {},
  });
  lab.clock.advance(5);
  const challenge = 'Basic realm="x", Digest realm="c", nonce="1", , qop="auth", qop="auth",';
  probe.answer(lab.last('REGISTER').message as SipRequest, 401, { headers: [['WWW-Authenticate', challenge]] });
  lab.clock.advance(5);
  const second = lab.last('REGISTER').message as SipRequest;
  assert.match(second.headers.get('Authorization') ?? '', /realm="c"/);
  const listed = `nonsense, <sip:x@h:0>;expires=1, ${second.headers.get('Contact')?.replace('300', '120')};, *`;
  probe.answer(second, 200, { headers: [['Contact', listed]] });
  lab.clock.advance(5);
  assert.equal(registration.state.registered, true);
  assert.equal(Math.round((registration.state.untilMs! - lab.clock.now()) / 1000), 120);
});

test('a phone registers what of its Contacts can be read, and nothing is taken for a question', () => {
  const lab = new Laboratory({ seed: 10 });
  const agent = lab.agent('10.0.0.2', { trust: () => account('line7') });
  const probe = new RawPeer(lab);
  const register = (contact: string | null, expires = '60') => {
    const parsedHeaders = { ...(contact === null ? {} : { Contact: contact }), Expires: expires };
    const headers = contact === null ? { Contact: null } : {};
    return probe.ask('REGISTER', { uri: 'sip:10.0.0.2', headers, parsedHeaders }).name;
  };
  const contacts = () => agent.registrar.contacts('line7').map(({ contact }) => formatUri(contact));
  for (const [contact, expected] of usable.filter(([text]) => !/tel:|mailto:/.test(text))) {
    assert.equal(register(contact), '200 REGISTER', contact);
    assert.deepEqual(contacts(), [expected]);
    assert.equal(register('*', '0'), '200 REGISTER');
  }
  assert.equal(register('<tel:+1>, <sip:x@10.0.0.9>;q=2;expires=;expires=90'), '200 REGISTER');
  assert.deepEqual(contacts(), ['sip:x@10.0.0.9']);
  for (const contact of [
    'nonsense',
    '<tel:+1>',
    '<sip:x@10.0.0.9:0>',
    '*',
    '*, <sip:y@10.0.0.9>',
    '<sip:y@10.0.0.9>, *',
  ]) {
    assert.equal(register(contact), '400 REGISTER', contact);
  }
  assert.equal(register('*, <sip:y@10.0.0.9>', '0'), '400 REGISTER');
  assert.equal(register(null), '200 REGISTER');
  assert.deepEqual(contacts(), ['sip:x@10.0.0.9']);
});
