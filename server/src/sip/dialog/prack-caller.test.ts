import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SipRequest, type SipResponse } from '../message/message.ts';
import { RawPeer } from './testing/raw-peer.ts';
import { Laboratory, PASSWORD, TestCall } from './testing/two-agents.ts';

/** RFC 3262 §4: our side as caller, against hand-made callees. */

const CALLEE = '10.0.0.2';

function lastRequest(lab: Laboratory, name: string): SipRequest {
  const { message } = lab.last(name);
  assert.ok(message instanceof SipRequest);
  return message;
}

/** The wire form of the header lines that matter here. */
function lines(message: SipRequest | SipResponse, ...names: string[]): string {
  return names.map((name) => `${name}: ${message.headers.get(name)}`).join('\r\n');
}

/** A callee that says what the test wants, and our caller. */
class HandMade {
  readonly lab: Laboratory;
  readonly peer: RawPeer;
  readonly call: TestCall;
  readonly invite: SipRequest;

  constructor(options: Parameters<TestCall['start']>[2] = {}, seed = 1) {
    this.lab = new Laboratory({ seed });
    const caller = this.lab.agent('10.0.0.1');
    this.peer = new RawPeer(this.lab, CALLEE);
    this.call = new TestCall().start(caller, `sip:b@${CALLEE}`, options);
    this.lab.clock.advance(5);
    this.invite = lastRequest(this.lab, 'INVITE');
  }

  /** A provisional response; a number makes it reliable. */
  say(status: number, rseq: number | null, body: string | null = null, tag = 'probe'): void {
    const contact: [string, string] = ['Contact', `<sip:probe@${CALLEE}:5060>`];
    const reliable: [string, string][] =
      rseq === null
        ? []
        : [
            ['Require', '100rel'],
            ['RSeq', String(rseq)],
          ];
    this.peer.answer(this.invite, status, { headers: [contact, ...reliable], body, toTag: tag });
    this.lab.clock.advance(5);
  }

  pracks(): SipRequest[] {
    const branches = new Map<string, SipRequest>();
    for (const { name, message } of this.lab.seen) {
      if (name === 'PRACK' && message instanceof SipRequest) branches.set(message.branch!, message);
    }
    return [...branches.values()];
  }
}

test('an INVITE offers, demands or does not mention 100rel', () => {
  const table = [
    [{}, null, '100rel, norefersub, replaces'],
    [{ reliable: 'supported' }, null, '100rel, norefersub, replaces'],
    [{ reliable: 'required' }, '100rel', 'norefersub, replaces'],
    [{ reliable: 'off' }, null, 'norefersub, replaces'],
    // An offer might come that nobody here could answer.
    [{ reliable: 'required', offer: null }, null, 'norefersub, replaces'],
    [{ reliable: 'required', offer: null, onEarlyOffer: () => 'answer' }, '100rel', 'norefersub, replaces'],
  ] as const;
  for (const [options, require, supported] of table) {
    const { headers } = new HandMade(options).invite;
    assert.deepEqual([headers.get('Require'), headers.get('Supported')], [require, supported]);
    assert.match(headers.get('Allow')!, /PRACK/);
  }
});

test('a reliable 183 gets its PRACK at once, and its SDP is the answer', () => {
  const { lab, call, invite, ...rest } = hand(new HandMade());
  rest.say(183, 988_789, 'early answer');
  const prack = lastRequest(lab, 'PRACK');
  assert.equal(
    lines(prack, 'RAck', 'CSeq', 'Call-ID', 'From', 'To'),
    [
      'RAck: 988789 1 INVITE',
      'CSeq: 2 PRACK',
      `Call-ID: ${invite.callId}`,
      `From: ${invite.headers.get('From')}`,
      `To: ${invite.headers.get('To')};tag=probe`,
    ].join('\r\n'),
  );
  assert.equal(prack.uri.user, 'probe');
  assert.equal(prack.body.length, 0);
  rest.peer.answer(prack, 200);
  rest.say(200, null, 'another answer');
  assert.deepEqual(call.progress, ['183 early answer']);
  assert.equal(call.sdp, 'early answer');
  // The numbers of the dialog go on.
  call.session!.bye();
  lab.clock.advance(5);
  assert.equal(lastRequest(lab, 'BYE').cseq.number, 3);
  assert.equal(lastRequest(lab, 'ACK').cseq.number, 1);
});

function hand(made: HandMade) {
  return {
    lab: made.lab,
    call: made.call,
    invite: made.invite,
    peer: made.peer,
    say: made.say.bind(made),
    pracks: made.pracks.bind(made),
  };
}

test('reliable responses are taken in order and once; copies are neither told nor acknowledged anew', () => {
  const { lab, call, say, pracks, peer } = hand(new HandMade());
  say(180, 10);
  peer.answer(pracks()[0]!, 200);
  // One is missing: this must wait until it comes again behind the missing one.
  say(183, 12, 'too early');
  assert.deepEqual(call.progress, ['180']);
  say(180, 10);
  say(183, 11, 'answer');
  say(180, 12);
  say(180, 9);
  say(183, 11, 'answer');
  assert.deepEqual(call.progress, ['180', '183 answer', '180']);
  assert.deepEqual(
    pracks().map((prack) => prack.headers.get('RAck')),
    ['10 1 INVITE', '11 1 INVITE', '12 1 INVITE'],
  );
  assert.deepEqual(
    pracks().map((prack) => prack.cseq.number),
    [2, 3, 4],
  );
  lab.clock.advance(1);
});

test('provisional responses that say the same are told once, reliable or not', () => {
  const { call, say, pracks } = hand(new HandMade());
  say(180, null);
  say(180, null);
  say(183, null, 'sound');
  say(183, null, 'sound');
  say(180, null, null, 'fork');
  assert.deepEqual(call.progress, ['180', '183 sound', '180']);
  assert.equal(pracks().length, 0);
});

test('a PRACK that was never answered is sent again when the response comes again', () => {
  const { lab, say, pracks } = hand(new HandMade({ timeoutMs: 90_000 }));
  say(183, 1, 'answer');
  lab.clock.advance(33_000);
  assert.equal(pracks().length, 1);
  say(183, 1, 'answer');
  assert.equal(pracks().length, 2);
  assert.deepEqual(
    pracks().map((prack) => prack.headers.get('RAck')),
    ['1 1 INVITE', '1 1 INVITE'],
  );
});

test('a PRACK is challenged and repeated with the credentials of the call', () => {
  const { lab, peer, say, pracks } = hand(new HandMade({ credentials: { username: 'u', password: PASSWORD } }));
  say(183, 5, 'answer');
  const challenge = 'Digest realm="carrier", nonce="n", qop="auth", algorithm=MD5';
  peer.answer(pracks()[0]!, 407, { headers: [['Proxy-Authenticate', challenge]] });
  lab.clock.advance(5);
  const [first, second] = pracks();
  assert.equal(first!.headers.get('Proxy-Authorization'), null);
  assert.match(second!.headers.get('Proxy-Authorization')!, /realm="carrier"/);
  assert.equal(second!.headers.get('RAck'), '5 1 INVITE');
  assert.equal(second!.cseq.number, 3);
});

test('of two PRACKs on their way together both are repeated with credentials, each with a nonce of its own', () => {
  const { lab, peer, say, pracks } = hand(new HandMade({ credentials: { username: 'u', password: PASSWORD } }));
  say(183, 5, 'answer');
  say(180, 6);
  for (const [at, nonce] of ['n1', 'n2'].entries()) {
    const challenge = `Digest realm="carrier", nonce="${nonce}", qop="auth", algorithm=MD5`;
    peer.answer(pracks()[at]!, 407, { headers: [['Proxy-Authenticate', challenge]] });
    lab.clock.advance(5);
  }
  assert.deepEqual(
    pracks().map(({ headers }) => headers.get('RAck')),
    ['5 1 INVITE', '6 1 INVITE', '5 1 INVITE', '6 1 INVITE'],
  );
  assert.match(pracks()[2]!.headers.get('Proxy-Authorization')!, /nonce="n1"/);
  assert.match(pracks()[3]!.headers.get('Proxy-Authorization')!, /nonce="n2"/);
  // Refused again with the nonce it was given, it is the password.
  const again = 'Digest realm="carrier", nonce="n3", qop="auth", algorithm=MD5';
  peer.answer(pracks()[3]!, 407, { headers: [['Proxy-Authenticate', again]] });
  lab.clock.advance(5);
  assert.equal(pracks().length, 4);
});

test('an offer in a reliable response is answered in the PRACK; the ACK then holds nothing', () => {
  const offers: string[] = [];
  const { lab, call, peer, say, pracks } = hand(
    new HandMade({
      offer: null,
      onEarlyOffer: (offer) => {
        offers.push(offer);
        return 'our answer';
      },
    }),
  );
  say(183, 77, 'their offer');
  assert.deepEqual(offers, ['their offer']);
  assert.equal(pracks()[0]!.body.toString(), 'our answer');
  assert.equal(pracks()[0]!.headers.get('Content-Type'), 'application/sdp');
  peer.answer(pracks()[0]!, 200);
  say(183, 77, 'their offer');
  say(200, null);
  assert.deepEqual(offers, ['their offer']);
  assert.equal(call.sdp, 'their offer');
  assert.equal(lastRequest(lab, 'ACK').body.length, 0);
  assert.equal(call.ends.length, 0);
});

test('every fork counts for itself; what a cancelled call or a loser says is not acknowledged', () => {
  const { lab, call, say, pracks } = hand(new HandMade());
  say(183, 500, 'one', 'fork-1');
  say(183, 3, 'two', 'fork-2');
  assert.deepEqual(
    pracks().map((prack) => `${prack.toTag} ${prack.headers.get('RAck')} ${prack.cseq.number}`),
    ['fork-1 500 1 INVITE 2', 'fork-2 3 1 INVITE 2'],
  );
  call.invite!.cancel();
  say(180, 501, null, 'fork-1');
  assert.equal(pracks().length, 2);
  assert.deepEqual(call.progress, ['183 one', '183 two']);
  lab.clock.advance(1);
});

test('a callee that has no end of reliable responses gets a hundred acknowledged', () => {
  const { call, say, pracks } = hand(new HandMade());
  for (let rseq = 1; rseq <= 150; rseq++) say(rseq % 2 === 0 ? 180 : 183, rseq);
  assert.equal(pracks().length, 100);
  assert.equal(call.progress.length, 100);
});

test('a proxy that stays in the way gets the PRACK, with the route of the response', () => {
  const { lab, peer, invite } = hand(new HandMade());
  const headers: [string, string][] = [
    ['Contact', '<sip:far@192.0.2.77:5070>'],
    ['Record-Route', `<sip:${CALLEE}:5060;lr>`],
    ['Require', '100rel'],
    ['RSeq', '4'],
  ];
  peer.answer(invite, 183, { headers, body: 'answer' });
  lab.clock.advance(5);
  const prack = lastRequest(lab, 'PRACK');
  assert.equal(lab.last('PRACK').to, CALLEE);
  assert.equal(prack.uri.host, '192.0.2.77');
  assert.equal(prack.headers.get('Route'), `<sip:${CALLEE}:5060;lr>`);
});

test('a fork that answers after another is ended by a number above those of its PRACKs', () => {
  const { lab, peer, invite, say } = hand(new HandMade());
  say(183, 500, 'one', 'fork-1');
  say(183, 3, 'two', 'fork-2');
  say(180, 4, null, 'fork-2');
  say(200, null, 'one', 'fork-1');
  peer.answer(invite, 200, { toTag: 'fork-2', body: 'two' });
  lab.clock.advance(5);
  const bye = lastRequest(lab, 'BYE');
  assert.equal(bye.toTag, 'fork-2');
  assert.equal(bye.cseq.number, 4, 'after the PRACKs 2 and 3');
});
