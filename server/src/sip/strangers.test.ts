import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RawPeer } from './dialog/testing/raw-peer.ts';
import { Laboratory, nothingLeft, PASSWORD, TestCall, TestCallee, uri } from './dialog/testing/two-agents.ts';
import type { UserAgentOptions } from './user-agent.ts';

const SERVER = '10.0.0.2';

/** A server that knows nobody, and how many bytes and messages it has exchanged with each address. */
function stage(options: Partial<UserAgentOptions> = {}) {
  const lab = new Laboratory({ seed: 21 });
  const server = lab.agent(SERVER, { isCarrier: () => false, ...options });
  const callee = new TestCallee(server);
  const bytes = new Map<string, { received: number; sent: number; messages: number }>();
  const look = lab.network.filter;
  lab.network.filter = (message, from, to) => {
    const peer = from.address === SERVER ? to.address : from.address;
    const count = bytes.get(peer) ?? { received: 0, sent: 0, messages: 0 };
    bytes.set(peer, count);
    if (from.address === SERVER) {
      count.sent += message.length;
      count.messages++;
    } else count.received += message.length;
    return look(message, from, to);
  };
  const sentTo = (address: string) => bytes.get(address) ?? { received: 0, sent: 0, messages: 0 };
  return { lab, server, callee, sentTo };
}

const offer = [
  'v=0',
  'o=- 20518 0 IN IP4 192.0.2.1',
  's=-',
  'c=IN IP4 192.0.2.1',
  't=0 0',
  'm=audio 54600 RTP/AVP 0 8 101',
  'a=rtpmap:0 PCMU/8000',
  'a=rtpmap:101 telephone-event/8000',
  'a=fmtp:101 0-15',
  'a=sendrecv',
  '',
].join('\r\n');
const invite = {
  body: offer,
  headers: { 'Content-Type': 'application/sdp', 'User-Agent': 'some phone', Allow: 'INVITE, ACK, BYE, CANCEL' },
};

test('a challenge to an address that may be forged is sent once for each copy, and nothing is kept', () => {
  const { lab, server, sentTo } = stage();
  new TestCallee(server, (call, self) => {
    if (server.authenticate(call).ok) self.accept(call);
  });
  const forged = new RawPeer(lab, '203.0.113.9');
  for (const method of ['INVITE', 'REGISTER', 'OPTIONS', 'BYE']) forged.send(method, method === 'INVITE' ? invite : {});
  lab.clock.advance(60_000);
  assert.deepEqual([lab.count('401 INVITE'), lab.count('401 REGISTER'), lab.count('200 OPTIONS')], [1, 1, 1]);
  const { messages } = sentTo('203.0.113.9');
  assert.equal(messages, 4);
  assert.deepEqual(lab.leftovers(), nothingLeft);
});

test('who only asks whether somebody is there gets no more than it sent', () => {
  const { lab, sentTo } = stage();
  const forged = new RawPeer(lab, '203.0.113.9');
  forged.send('OPTIONS', { via: 'SIP/2.0/UDP 203.0.113.9:5060;rport;branch=z9hG4bKprobe' });
  lab.clock.advance(60_000);
  const { messages, received, sent } = sentTo('203.0.113.9');
  assert.equal(messages, 1);
  assert.ok(sent <= received, `${sent} bytes for ${received}`);
});

test('an answered call that nobody acknowledges: one answer for each copy, no more than was received, no goodbye', () => {
  const { lab, callee, sentTo } = stage();
  callee.ends.length = 0;
  const forged = new RawPeer(lab, '203.0.113.9');
  forged.send('INVITE', { ...invite, callId: 'forged', cseq: 1 });
  lab.clock.advance(120_000);
  const { messages, received, sent } = sentTo('203.0.113.9');
  assert.equal(messages, 1);
  assert.ok(sent <= received, `${sent} bytes for ${received}`);
  assert.deepEqual(lab.count('BYE'), 0);
  assert.equal(callee.notAcked, 1, 'the owner is told all the same');
  lab.clock.advance(120_000);
  assert.deepEqual(lab.leftovers(), nothingLeft);
});

test('a refusal is not repeated either, nor is a ringing that nobody asked for twice', () => {
  const { lab, server, sentTo } = stage();
  new TestCallee(server, (call) => {
    for (let i = 0; i < 20; i++) call.progress(180);
    lab.clock.setTimer(5_000, () => call.reject(486));
  });
  const forged = new RawPeer(lab, '203.0.113.9');
  forged.send('INVITE', invite);
  lab.clock.advance(120_000);
  const { received, sent } = sentTo('203.0.113.9');
  assert.equal(lab.count('486 INVITE'), 1);
  assert.equal(lab.count('100 INVITE'), 0);
  assert.ok(sent <= received * 1.2, `${sent} bytes for ${received}`);
});

test('a guest whose answer is lost repeats its INVITE until it has it; with the ACK it is known', () => {
  const { lab, server, callee } = stage();
  const guest = lab.agent('192.0.2.1');
  let lost = 0;
  lab.lose = ({ name }) => name === '200 INVITE' && lost++ < 2;
  const call = new TestCall().start(guest, `sip:b@${SERVER}`);
  lab.clock.advance(10_000);
  assert.equal(call.sdp, 'answer');
  assert.equal(callee.invites.length, 1);
  // From here on it is as with everybody: a lost BYE is sent again.
  lab.lose = ({ name }) => name === 'BYE' && lab.count('BYE') < 3;
  callee.sessions[0]!.bye();
  lab.clock.advance(60_000);
  assert.equal(call.ends.length, 1);
  assert.ok(lab.count('BYE') >= 3);
  assert.equal(server.counters().dialogs, 0);
});

test('a guest is told goodbye however long ago it was heard of, and asked again when a question is lost', async () => {
  const { lab, server, callee } = stage();
  const guest = lab.agent('192.0.2.1');
  const call = new TestCall().start(guest, `sip:b@${SERVER}`);
  lab.clock.advance(7_200_000);
  lab.lose = ({ name }) => name === 'OPTIONS' && lab.count('OPTIONS') < 3;
  const asked = callee.sessions[0]!.probe();
  lab.clock.advance(60_000);
  assert.equal(await asked, 200);
  lab.clock.advance(7_200_000);
  lab.lose = ({ name }) => name === 'BYE' && lab.count('BYE') < 3;
  callee.sessions[0]!.bye();
  lab.clock.advance(60_000);
  assert.equal(call.ends.length, 1);
  assert.equal(server.counters().dialogs, 0);
});

test('a guest whose ACK passes the proxy by is told goodbye by way of that', () => {
  const { lab, callee } = stage();
  const proxy = new RawPeer(lab, '192.0.2.9');
  const phone = new RawPeer(lab, '192.0.2.1');
  const via = 'SIP/2.0/UDP 192.0.2.9;branch=z9hG4bKproxy, SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKphone';
  const headers = { ...invite.headers, Contact: '<sip:probe@192.0.2.1>' };
  const { message } = proxy.ask('INVITE', { ...invite, headers, via, callId: 'passed', cseq: 1 });
  phone.send('ACK', { callId: 'passed', cseq: 1, toTag: message.toTag! });
  lab.clock.advance(5);
  callee.sessions[0]!.bye();
  lab.clock.advance(5);
  assert.equal(lab.last('BYE').to, '192.0.2.9');
});

test('a guest that sends from another port than it listens at is told goodbye until it hears it', () => {
  const { lab, callee } = stage();
  const guest = new RawPeer(lab, '192.0.2.1');
  const headers = { ...invite.headers, Contact: '<sip:probe@192.0.2.1:5070>' };
  const { message } = guest.ask('INVITE', { ...invite, headers, callId: 'other', cseq: 1 });
  guest.send('ACK', { callId: 'other', cseq: 1, toTag: message.toTag! });
  lab.clock.advance(5);
  callee.sessions[0]!.bye();
  lab.clock.advance(10_000);
  assert.ok(lab.count('BYE') > 3, `${lab.count('BYE')} times`);
});

test('who has proven a password is answered until it acknowledges', () => {
  const { lab, server } = stage();
  const callee: TestCallee = new TestCallee(server, (call, self) => {
    if (server.authenticate(call).ok) self.accept(call);
  });
  const phone = lab.agent('192.0.2.1');
  lab.lose = ({ name, message }) => name === 'ACK' && callee.sessions.length > 0 && message.cseq.number > 1;
  const call = new TestCall().start(phone, `sip:b@${SERVER}`, { credentials: { username: 'u', password: PASSWORD } });
  lab.clock.advance(60_000);
  assert.ok(lab.count('200 INVITE') > 5);
  assert.equal(callee.notAcked, 1);
  assert.equal(call.ends.length, 1, 'and hears the goodbye');
});

test('what a stranger writes into Contact or Record-Route is not sent to', () => {
  for (const where of [{ Contact: '<sip:x@198.51.100.7:5060>' }, { 'Record-Route': '<sip:198.51.100.7;lr>' }]) {
    const { lab, callee, sentTo } = stage();
    const stranger = new RawPeer(lab, '203.0.113.9');
    const { headers } = invite;
    const answer = stranger.ask('INVITE', { ...invite, headers: { ...headers, ...where }, callId: 'c', cseq: 1 });
    stranger.send('ACK', { callId: 'c', cseq: 1, toTag: answer.message.toTag! });
    lab.clock.advance(100);
    callee.sessions[0]!.bye();
    lab.clock.advance(60_000);
    assert.equal(sentTo('198.51.100.7').messages, 0);
    assert.ok(sentTo('203.0.113.9').messages > 1);
  }
});

test('nobody proves for another address', () => {
  const { lab, sentTo } = stage();
  const stranger = new RawPeer(lab, '203.0.113.9');
  const answer = stranger.ask('INVITE', { ...invite, callId: 'c', cseq: 1 });
  const toTag = answer.message.toTag!;
  const victim = new RawPeer(lab, '198.51.100.7');
  // With the tag that it was told, in the victim's name.
  victim.send('ACK', { callId: 'c', cseq: 1, toTag });
  victim.send('INFO', { callId: 'c', cseq: 2, toTag });
  victim.send('INVITE', { ...invite, callId: 'd', cseq: 1 });
  lab.clock.advance(120_000);
  const { messages } = sentTo('198.51.100.7');
  assert.equal(messages, 2, 'one answer to the INFO, one to the INVITE');
});

test('a forged answer to nothing is ended once', () => {
  const { lab, server, sentTo } = stage();
  const call = new TestCall().start(server, 'sip:x@203.0.113.9', { targets: [{ uri: uri('sip:x@203.0.113.9') }] });
  const peer = new RawPeer(lab, '203.0.113.9');
  lab.clock.advance(10);
  const { message } = lab.last('INVITE');
  call.invite!.cancel();
  lab.clock.advance(300_000);
  const before = sentTo('203.0.113.9').messages;
  peer.answer(message as never, 200, { headers: [['Contact', '<sip:x@203.0.113.9>']] });
  lab.clock.advance(60_000);
  assert.ok(sentTo('203.0.113.9').messages - before <= 2, 'ACK and BYE');
});
