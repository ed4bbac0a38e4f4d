import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Secret } from '../../base/secret.ts';
import type { InviteTarget } from '../dialog/invite.ts';
import { RawPeer } from '../dialog/testing/raw-peer.ts';
import { account, address, Laboratory, nothingLeft, PASSWORD, uri } from '../dialog/testing/two-agents.ts';
import { SipRequest } from '../message/message.ts';
import type { SipUserAgent } from '../user-agent.ts';
import type { ClientRegistration, RegisterOptions, RegistrationState } from './registration-options.ts';

const REGISTRAR = '10.0.0.2';
const OTHER = '10.0.0.3';

function target(host: string, rest = ''): InviteTarget {
  return { uri: uri(`sip:${host}${rest}`) };
}

interface Registering {
  readonly lab: Laboratory;
  readonly agent: SipUserAgent;
  readonly states: RegistrationState[];
  readonly registration: ClientRegistration;
  /** The REGISTERs sent, copies left out. */
  sent(): SipRequest[];
}

function register(
  lab: Laboratory,
  options: Partial<RegisterOptions> = {},
  transport = lab.network.attach({ address: '10.0.0.1', port: 5060 }),
): Registering {
  const agent = lab.agent('10.0.0.1', { transport });
  const states: RegistrationState[] = [];
  const registration = agent.register({
    registrar: [target(REGISTRAR)],
    aor: address('<sip:line7@carrier.example>'),
    contactUser: 'trunk-a',
    credentials: { username: 'line7', password: PASSWORD },
    expiresS: 300,
    onState: (state) => states.push(state),
    ...options,
  });
  assert.deepEqual(states, [], 'not before register() has returned');
  const sent = (): SipRequest[] => {
    const found = new Map<string, SipRequest>();
    for (const { name, message } of lab.seen) {
      if (name === 'REGISTER' && message instanceof SipRequest) found.set(message.branch!, message);
    }
    return [...found.values()];
  };
  return { lab, agent, states, registration, sent };
}

/** Answers the last REGISTER. */
function answer(made: Registering, peer: RawPeer, status: number, headers: [string, string][] = []): void {
  peer.answer(made.sent().at(-1)!, status, { headers });
  made.lab.clock.advance(5);
}

test('registers with digest at our own registrar, refreshes at four fifths, and takes the binding back', async () => {
  const lab = new Laboratory({ seed: 1 });
  const server = lab.agent(REGISTRAR, { credentials: (name) => account(name) });
  const made = register(lab);
  lab.clock.advance(100);
  assert.deepEqual(
    made.states.map(({ registered, status }) => [registered, status]),
    [[true, 200]],
  );
  assert.equal(made.registration.state.untilMs, lab.clock.now() - 96 + 300_000);
  const [binding] = server.registrar.contacts('line7');
  assert.deepEqual(
    [binding!.contact.user, binding!.contact.host, binding!.contact.port],
    ['trunk-a', '10.0.0.1', 5060],
  );
  const [first, second] = made.sent();
  assert.equal(first!.uri.user, null);
  assert.equal(first!.uri.host, REGISTRAR);
  assert.equal(first!.headers.get('To'), '<sip:line7@carrier.example>');
  assert.match(first!.headers.get('From')!, /^<sip:line7@carrier\.example>;tag=/);
  assert.equal(first!.headers.get('Contact'), '<sip:trunk-a@10.0.0.1:5060>;expires=300');
  assert.equal(first!.headers.get('Authorization'), null);
  assert.match(second!.headers.get('Authorization')!, /username="line7"/);
  assert.deepEqual(
    [first!.cseq.number, second!.cseq.number, first!.callId === second!.callId, first!.fromTag === second!.fromTag],
    [1, 2, true, true],
  );
  lab.clock.advance(239_000);
  assert.equal(made.sent().length, 2);
  lab.clock.advance(1_100);
  assert.equal(made.sent().length, 3, 'the nonce is used again, no new challenge');
  assert.equal(made.states.length, 2);

  const closing = made.registration.close();
  assert.equal(made.registration.close(), closing);
  await lab.clock.advanceAsync(100);
  await closing;
  assert.equal(made.sent().at(-1)!.headers.get('Contact'), '<sip:trunk-a@10.0.0.1:5060>;expires=0');
  assert.equal(server.registrar.size, 0);
  assert.deepEqual(made.states.at(-1), { registered: false, status: 200, untilMs: null });
  lab.clock.advance(700_000);
  assert.deepEqual(lab.leftovers(), nothingLeft);
});

test('what the registrar grants counts: our Contact, even rewritten, then Expires, then what was asked', () => {
  const ours = '<sip:trunk-a@10.0.0.1:5060>';
  const table: [headers: [string, string][], seconds: number][] = [
    [[['Contact', `${ours};expires=120`]], 120],
    [[['Contact', `<sip:else@192.0.2.9>;expires=10, ${ours};expires=120`]], 120],
    [[['Contact', '<sip:trunk-a@203.0.113.7:1024>;expires=90']], 90],
    [[['Contact', '<sip:x@203.0.113.7>;expires=80, <sip:y@203.0.113.7>;expires=70']], 70],
    [
      [
        ['Contact', ours],
        ['Expires', '60'],
      ],
      60,
    ],
    [[['Expires', '60']], 60],
    [[], 300],
    [[['Contact', `${ours};expires=4294967295`]], 86_400],
  ];
  for (const [headers, seconds] of table) {
    const lab = new Laboratory({ seed: 2 });
    const peer = new RawPeer(lab, REGISTRAR);
    const made = register(lab);
    lab.clock.advance(5);
    const askedAt = lab.clock.now();
    answer(made, peer, 200, headers);
    assert.equal(Math.round((made.registration.state.untilMs! - askedAt) / 1000), seconds, JSON.stringify(headers));
    lab.clock.advance(seconds * 800 - 100);
    assert.equal(made.sent().length, 1);
    lab.clock.advance(200);
    assert.equal(made.sent().length, 2);
  }
});

test('423: asks for what the registrar wants at least, unless that is beyond a day', () => {
  for (const [least, again] of [
    ['1800', true],
    ['100', false],
    ['900000', false],
    ['x', false],
  ] as const) {
    const lab = new Laboratory({ seed: 3 });
    const peer = new RawPeer(lab, REGISTRAR);
    const made = register(lab);
    lab.clock.advance(5);
    answer(made, peer, 423, [['Min-Expires', least]]);
    assert.equal(made.sent().length, again ? 2 : 1, least);
    if (again) assert.equal(made.sent()[1]!.headers.get('Expires'), '1800');
    else assert.equal(made.registration.state.status, 423);
  }
});

test('a wrong password is not tried in a circle', () => {
  const lab = new Laboratory({ seed: 4 });
  lab.agent(REGISTRAR, { credentials: (name) => account(name) });
  const made = register(lab, { credentials: { username: 'line7', password: new Secret('wrong') } });
  lab.clock.advance(20_000);
  assert.equal(made.sent().length, 2);
  assert.deepEqual(made.states, [{ registered: false, status: 401, untilMs: null }]);
});

test('without an answer or with a refusal the next registrar is asked, then all rest: 30 s, 1 min … 10 min', () => {
  const lab = new Laboratory({ seed: 5 });
  const refusing = new RawPeer(lab, OTHER);
  const made = register(lab, { registrar: [target(REGISTRAR, ';transport=tcp'), target(OTHER)] });
  const waits: number[] = [];
  let lastMs = 0;
  let known = 0;
  const rounds = [30, 60, 120, 240, 480, 600, 600];
  for (const _ of rounds) {
    while (made.sent().length < known + 2) lab.clock.advance(10);
    known = made.sent().length;
    if (lastMs > 0) waits.push((lab.clock.monotonic() - lastMs) / 1000);
    lastMs = lab.clock.monotonic();
    answer(made, refusing, 403);
  }
  assert.deepEqual(
    lab.seen.filter(({ name }) => name === 'REGISTER').map(({ to }) => to),
    rounds.flatMap(() => [REGISTRAR, OTHER]),
  );
  for (const [index, wait] of waits.entries()) {
    const least = rounds[index]!;
    assert.ok(wait >= least && wait <= least * 1.1 + 0.1, `wait ${index}: ${wait}`);
  }
  assert.ok(made.states.every(({ registered, status }) => !registered && status === 403));
});

test('Retry-After is kept, but never beyond ten minutes', () => {
  for (const [value, seconds] of [
    ['120', 120],
    ['120 (busy);duration=9', 120],
    ['99999', 600],
    ['x', 30],
  ] as const) {
    const lab = new Laboratory({ seed: 6 });
    const peer = new RawPeer(lab, REGISTRAR);
    const made = register(lab);
    lab.clock.advance(5);
    answer(made, peer, 503, [['Retry-After', value]]);
    lab.clock.advance(seconds * 1000 - 100);
    assert.equal(made.sent().length, 1, value);
    lab.clock.advance(seconds * 100 + 200);
    assert.equal(made.sent().length, 2, value);
  }
});

test('a refresh that fails leaves the binding until its end; then it is told, and tried on', () => {
  const lab = new Laboratory({ seed: 7 });
  const peer = new RawPeer(lab, REGISTRAR);
  const made = register(lab, { expiresS: 100 });
  lab.clock.advance(5);
  answer(made, peer, 200);
  lab.clock.advance(80_000);
  assert.equal(made.sent().length, 2);
  answer(made, peer, 503);
  assert.deepEqual([made.registration.state.registered, made.registration.state.status], [true, 503]);
  lab.clock.advance(20_000);
  assert.deepEqual(made.registration.state, { registered: false, status: 503, untilMs: null });
  lab.clock.advance(20_000);
  assert.equal(made.sent().length, 3);
  answer(made, peer, 200);
  assert.equal(made.registration.state.registered, true);
});

test('the registrar that took it is asked again; a connection that ends is replaced', () => {
  const lab = new Laboratory({ seed: 8 });
  const server = lab.agent(OTHER, { trust: () => account('line7') });
  const own = lab.network.attach({ address: '10.0.0.1', port: 5060 });
  const registrar = [target(REGISTRAR, ';transport=tcp'), target(OTHER, ';transport=tcp')];
  const made = register(lab, { registrar }, own);
  lab.clock.advance(100);
  assert.equal(made.registration.state.registered, true);
  assert.match(made.sent().at(-1)!.headers.get('Contact')!, /^<sip:trunk-a@10\.0\.0\.1:5060;transport=tcp>/);
  lab.clock.advance(240_000);
  assert.deepEqual(
    lab.seen.filter(({ name }) => name === 'REGISTER').map(({ to }) => to),
    [REGISTRAR, OTHER, OTHER],
  );
  assert.equal(server.registrar.size, 1);
  const asked = made.sent().length;
  own.closeFlow(own.flowTo('tcp', { address: OTHER, port: 5060 }));
  lab.clock.advance(4_900);
  assert.equal(made.sent().length, asked);
  lab.clock.advance(200);
  assert.equal(made.sent().length, asked + 1);
  assert.equal(made.registration.state.registered, true);
});

test('close: bounded when nobody answers, silent when nothing was ever asked, and never rejects', async () => {
  const lab = new Laboratory({ seed: 9 });
  const made = register(lab);
  lab.clock.advance(100);
  let closed = false;
  void made.registration.close().then(() => {
    closed = true;
  });
  await lab.clock.advanceAsync(1_900);
  assert.equal(closed, false);
  await lab.clock.advanceAsync(200);
  assert.equal(closed, true);
  assert.deepEqual(made.states, [], 'it never was registered');

  const unused = register(new Laboratory({ seed: 9 }));
  await unused.registration.close();
  unused.lab.clock.advance(60_000);
  assert.equal(unused.sent().length, 0);

  const nowhere = register(new Laboratory({ seed: 9 }), { registrar: [] });
  nowhere.lab.clock.advance(1);
  assert.equal(nowhere.registration.state.status, 503);
  await nowhere.registration.close();
});

test('the binding is taken back where it was made, wherever a refresh was tried since', async () => {
  const lab = new Laboratory({ seed: 11 });
  const first = new RawPeer(lab, REGISTRAR);
  const made = register(lab, { registrar: [target(REGISTRAR), target(OTHER)] });
  lab.clock.advance(5);
  answer(made, first, 200);
  lab.clock.advance(240_000);
  answer(made, first, 503);
  assert.equal(lab.last('REGISTER').to, OTHER);
  void made.registration.close();
  await lab.clock.advanceAsync(5);
  assert.equal(lab.last('REGISTER').to, REGISTRAR);
  assert.match(made.sent().at(-1)!.headers.get('Contact')!, /;expires=0$/);
});

test('the agent closes: nothing is sent any more and no timer is left', async () => {
  const lab = new Laboratory({ seed: 10 });
  const peer = new RawPeer(lab, REGISTRAR);
  const made = register(lab);
  lab.clock.advance(5);
  answer(made, peer, 200);
  await made.agent.close();
  assert.equal(lab.clock.pending, 0);
  await made.registration.close();
  assert.equal(made.sent().length, 1);
});

test('over a network that loses 30 % it stays registered for a day', () => {
  const seed = 20_260_303;
  const lab = new Laboratory({ seed, loss: 0.3, delayMs: 5, jitterMs: 20, record: false });
  const server = lab.agent(REGISTRAR, { credentials: (name) => account(name) });
  const made = register(lab);
  lab.clock.advance(10_000);
  for (let minute = 0; minute < 24 * 60; minute++) {
    lab.clock.advance(60_000);
    assert.equal(server.registrar.contacts('line7').length, 1, `seed ${seed}, minute ${minute}`);
  }
  assert.ok(made.states.every(({ registered }) => registered));
});

test('other registrars: the binding stays where it is while that is among them, and the refresh goes there first', () => {
  const lab = new Laboratory({ seed: 12 });
  const [first, other] = [REGISTRAR, OTHER].map((host) => lab.agent(host, { credentials: (name) => account(name) }));
  const made = register(lab);
  const boundAt = () => made.registration.boundAt?.uri.host ?? null;
  assert.equal(boundAt(), null);
  lab.clock.advance(100);
  assert.equal(boundAt(), REGISTRAR);
  made.registration.retarget([target(OTHER), target(REGISTRAR)]);
  const before = made.sent().length;
  lab.clock.advance(250_000);
  assert.deepEqual(
    made
      .sent()
      .slice(before)
      .map((request) => request.uri.host),
    [REGISTRAR],
  );
  assert.equal(first!.registrar.contacts('line7').length, 1);
  lab.network.detach({ address: REGISTRAR, port: 5060 });
  lab.clock.advance(300_000);
  assert.equal(other!.registrar.contacts('line7').length, 1, 'when it is gone the other is asked');
  assert.equal(boundAt(), OTHER);
});
