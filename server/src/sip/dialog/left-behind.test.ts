import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Fact, Facts } from '../../base/facts.ts';
import type { SipRequest } from '../message/message.ts';
import type { SipUserAgent, UserAgentOptions } from '../user-agent.ts';
import { RawPeer } from './testing/raw-peer.ts';
import { address, Laboratory, nothingLeft, PASSWORD, TestCall, TestCallee, uri } from './testing/two-agents.ts';

/** What was taken down, as it would be written now. */
class Notes implements Facts {
  readonly isFailing = false;
  readonly #kept = new Map<
    string,
    { kind: string; key: string; data: () => string | null; expiresAt: number | null }
  >();

  keep(kind: string, key: string, data: () => string | null, expiresAt: number | null): void {
    this.#kept.set(`${kind} ${key}`, { kind, key, data, expiresAt });
  }

  forget(kind: string, key: string): void {
    this.#kept.delete(`${kind} ${key}`);
  }

  read(): Fact[] {
    return [...this.#kept.values()].flatMap((one) => {
      const data = one.data();
      return data === null ? [] : [{ ...one, data }];
    });
  }

  get kinds(): string[] {
    return this.read().map(({ kind }) => kind);
  }
}

const HERE = '10.0.0.1';
const carrierPassword = { username: 'line7', password: PASSWORD };

class Scene {
  readonly lab: Laboratory;
  readonly notes = new Notes();
  agent: SipUserAgent;
  readonly #options: Partial<UserAgentOptions>;

  constructor(seed = 1, options: Partial<UserAgentOptions> = {}) {
    this.lab = new Laboratory({ seed });
    this.#options = {
      facts: this.notes,
      clientCredentials: (account) => (account === 'carrier' ? { ...carrierPassword, account } : null),
      ...options,
    };
    this.agent = this.lab.agent(HERE, this.#options);
  }

  /** Kill -9 and the next start: the same facts, nothing else. */
  async again(facts = this.notes.read()): Promise<void> {
    await this.agent.close();
    this.lab.agents.splice(this.lab.agents.indexOf(this.agent), 1);
    this.lab.seen.length = 0;
    this.agent = this.lab.agent(HERE, this.#options);
    this.agent.restore(facts);
    this.lab.clock.advance(50);
  }

  /** What this side has sent since the start, as `BYE to 10.0.0.2`. */
  sent(): string[] {
    return this.lab.seen.filter(({ from }) => from === HERE).map(({ name, to }) => `${name} to ${to}`);
  }

  /** Everything is over, and nothing is left in memory or on paper. */
  over(): void {
    this.lab.clock.advance(700_000);
    assert.deepEqual(this.notes.kinds, []);
    const { transactions, dialogs, pending } = this.lab.leftovers();
    assert.deepEqual({ ...nothingLeft, transactions, dialogs, pending }, nothingLeft);
  }
}

const REASON = 'Q.850;cause=41;text="systemFailure"';

test('both ends of an established call get their BYE: the called one and the caller', async () => {
  const scene = new Scene();
  const callee = new TestCallee(scene.lab.agent('10.0.0.2'));
  const ours = new TestCallee(scene.agent);
  const out = new TestCall().start(scene.agent, 'sip:b@10.0.0.2');
  const caller = new TestCall().start(scene.lab.agent('10.0.0.3'), `sip:a@${HERE}`);
  scene.lab.clock.advance(1000);
  assert.ok(out.session !== null && ours.sessions.length === 1);
  assert.deepEqual(scene.notes.kinds, ['dialog', 'dialog']);
  await scene.again();
  assert.deepEqual(scene.sent().sort(), ['BYE to 10.0.0.2', 'BYE to 10.0.0.3']);
  assert.deepEqual(
    [...callee.ends, ...caller.ends],
    [
      { by: 'remote', reason: REASON },
      { by: 'remote', reason: REASON },
    ],
  );
  assert.deepEqual(scene.notes.kinds, []);
  scene.over();
});

test('the BYE has what the dialog had: tags, a number above all sent before, the route set, the target where it has moved to', async () => {
  const scene = new Scene();
  const ours = new TestCallee(scene.agent);
  const probe = new RawPeer(scene.lab);
  const route = '<sip:10.0.0.9:5060;lr>';
  const invite = { headers: { 'Record-Route': route }, callId: 'c1', cseq: 7, body: 'offer' };
  probe.send('INVITE', { ...invite, headers: { ...invite.headers, 'Content-Type': 'application/sdp' } }, HERE);
  scene.lab.clock.advance(5);
  const toTag = ours.invites[0] && /tag=(\w+)/.exec(probe.last.message.headers.get('To') ?? '')?.[1];
  assert.ok(toTag !== undefined);
  probe.send('ACK', { callId: 'c1', cseq: 7, toTag }, HERE);
  scene.lab.clock.advance(5);
  ours.sessions[0]!.sendInfo('application/dtmf', '1');
  scene.lab.clock.advance(5);
  const contact = { Contact: '<sip:moved@10.0.0.9:5099>', 'Content-Type': 'application/sdp' };
  ours.sessions[0]!.onReinvite = (_offer, reply) => reply.accept('answer');
  probe.send('INVITE', { callId: 'c1', cseq: 8, toTag, headers: contact, body: 'offer' }, HERE);
  scene.lab.clock.advance(5);
  await scene.again();
  const bye = scene.lab.last('BYE').message as SipRequest;
  assert.equal(bye.uri.user, 'moved');
  assert.deepEqual(bye.headers.getAll('Route'), [route]);
  assert.equal(bye.fromTag, toTag);
  assert.equal(bye.toTag, 'probe');
  assert.equal(bye.callId, 'c1');
  assert.ok(bye.cseq.number > 1000);
  assert.equal(bye.headers.get('Reason'), REASON);
  // Hung up long ago, which is fine.
  probe.answer(bye, 481);
  scene.lab.clock.advance(5);
  assert.deepEqual(scene.notes.kinds, []);
  scene.over();
});

test('a phone that rings gets its CANCEL, whether or not it was heard, and the refusal its ACK', async () => {
  const scene = new Scene();
  const ringing = new TestCallee(scene.lab.agent('10.0.0.2'), (invite) => invite.progress(180));
  const unheard = new TestCallee(scene.lab.agent('10.0.0.3'), (invite) => invite.progress(180));
  scene.lab.lose = ({ from }) => from === '10.0.0.3';
  new TestCall().start(scene.agent, ['sip:b@10.0.0.2', 'sip:b@10.0.0.3']);
  scene.lab.clock.advance(300);
  assert.deepEqual(scene.notes.kinds, ['invite', 'invite']);
  scene.lab.lose = () => false;
  await scene.again();
  assert.deepEqual(ringing.cancelled, [REASON]);
  assert.deepEqual(unheard.cancelled, [REASON]);
  assert.deepEqual(scene.sent().sort(), [
    'ACK to 10.0.0.2',
    'ACK to 10.0.0.3',
    'CANCEL to 10.0.0.2',
    'CANCEL to 10.0.0.3',
  ]);
  scene.over();
});

test('who accepts while the CANCEL is on its way gets ACK and BYE', async () => {
  const scene = new Scene();
  const callee = new TestCallee(scene.lab.agent('10.0.0.2'), (invite) => invite.progress(180));
  new TestCall().start(scene.agent, 'sip:b@10.0.0.2');
  scene.lab.clock.advance(300);
  scene.lab.lose = ({ name }) => name === 'CANCEL';
  await scene.again();
  callee.accept(callee.invites[0]!);
  scene.lab.clock.advance(100);
  assert.deepEqual(scene.sent().slice(-2), ['ACK to 10.0.0.2', 'BYE to 10.0.0.2']);
  assert.equal(callee.answers.length, 1);
  assert.deepEqual(callee.ends, [{ by: 'remote', reason: REASON }]);
  scene.lab.lose = () => false;
  scene.over();
});

test('a caller who hears that it rings is refused, until the ACK', async () => {
  const scene = new Scene();
  new TestCallee(scene.agent, (invite) => invite.progress(180));
  const caller = new TestCall().start(scene.lab.agent('10.0.0.3'), `sip:a@${HERE}`);
  scene.lab.clock.advance(300);
  assert.deepEqual(scene.notes.kinds, ['caller']);
  let lost = 0;
  scene.lab.lose = ({ name }) => name === '500 INVITE' && lost++ === 0;
  await scene.again();
  assert.equal(caller.rejected, null);
  scene.lab.clock.advance(500);
  assert.equal(caller.rejected, '500 Server Internal Error');
  assert.equal(scene.lab.count('ACK'), 1);
  scene.over();
});

test('a carrier that asks who says goodbye is told', async () => {
  const scene = new Scene();
  const probe = new RawPeer(scene.lab);
  const options = { credentials: { ...carrierPassword, account: 'carrier' } };
  new TestCall().start(scene.agent, 'sip:b@10.0.0.9', options);
  scene.lab.clock.advance(5);
  probe.answer(scene.lab.last('INVITE').message as SipRequest, 200);
  scene.lab.clock.advance(50);
  assert.ok(!JSON.stringify(scene.notes.read()).includes(PASSWORD.reveal()));
  await scene.again();
  const challenge: [string, string] = ['Proxy-Authenticate', 'Digest realm="carrier.test", nonce="n1", qop="auth"'];
  const first = scene.lab.last('BYE').message as SipRequest;
  probe.answer(first, 407, { headers: [challenge] });
  scene.lab.clock.advance(5);
  const second = scene.lab.last('BYE').message as SipRequest;
  assert.match(second.headers.get('Proxy-Authorization') ?? '', /username="line7", realm="carrier\.test"/);
  assert.ok(second.cseq.number > first.cseq.number);
  assert.deepEqual(scene.notes.kinds, ['dialog'], 'until it is answered');
  probe.answer(second, 200);
  scene.lab.clock.advance(5);
  assert.deepEqual(scene.notes.kinds, []);
  scene.over();
});

test('a crash in the middle of it tells them again', async () => {
  const scene = new Scene();
  const callee = new TestCallee(scene.lab.agent('10.0.0.2'));
  new TestCall().start(scene.agent, 'sip:b@10.0.0.2');
  scene.lab.clock.advance(300);
  scene.lab.lose = ({ name }) => name === 'BYE';
  await scene.again();
  assert.deepEqual(callee.ends, []);
  scene.lab.lose = () => false;
  await scene.again();
  assert.equal(callee.ends.length, 1);
  scene.over();
});

test('a phone on a connection is told over a new one, or, where that does not reach it, when it registers again', async () => {
  const scene = new Scene();
  new TestCallee(scene.agent);
  const listening = new TestCall().start(scene.lab.agent('10.0.0.2'), `sip:a@${HERE};transport=tcp`);
  const phone = scene.lab.agent('10.0.0.3');
  const away = new TestCall().start(phone, `sip:a@${HERE};transport=tcp`);
  scene.lab.clock.advance(1000);
  scene.lab.lose = ({ to }) => to === '10.0.0.3';
  await scene.again();
  assert.equal(listening.ends.length, 1);
  scene.lab.clock.advance(40_000);
  assert.deepEqual([away.ends, scene.notes.kinds], [[], ['dialog']]);
  scene.lab.lose = () => false;
  const registration = phone.register({
    registrar: [{ uri: uri(`sip:${HERE};transport=tcp`) }],
    aor: address('<sip:line7@example.test>'),
    contactUser: 'partyline',
    credentials: { username: 'line7', password: PASSWORD },
    expiresS: 300,
    onState: () => {},
  });
  scene.lab.clock.advance(100);
  assert.deepEqual(away.ends, [{ by: 'remote', reason: REASON }]);
  assert.deepEqual(scene.notes.kinds, ['registration']);
  void registration.close();
  scene.over();
});

test('a phone that never comes back is given up', async () => {
  const scene = new Scene();
  new TestCallee(scene.agent);
  const call = new TestCall().start(scene.lab.agent('10.0.0.3'), `sip:a@${HERE};transport=tcp`);
  scene.lab.clock.advance(1000);
  scene.lab.network.detach({ address: '10.0.0.3', port: 5060 });
  await scene.again();
  scene.lab.clock.advance(599_000);
  assert.deepEqual(scene.notes.kinds, ['dialog']);
  scene.lab.clock.advance(2000);
  assert.deepEqual(scene.notes.kinds, []);
  assert.deepEqual(call.ends, []);
  assert.equal(scene.agent.counters().transactions.client, 0);
});

test('thousands are told a thousand a second', async () => {
  const scene = new Scene();
  new TestCallee(scene.agent);
  const caller = scene.lab.agent('10.0.0.3');
  const calls = Array.from({ length: 300 }, () => new TestCall().start(caller, `sip:a@${HERE}`));
  scene.lab.clock.advance(1000);
  await scene.again();
  assert.ok(scene.lab.count('BYE') <= 100);
  scene.lab.clock.advance(260);
  assert.equal(scene.lab.count('BYE'), 300);
  assert.ok(calls.every(({ ends }) => ends.length === 1));
  scene.over();
});

test('calls that ended in whatever way leave nothing to be told', async () => {
  const scene = new Scene();
  const { lab, notes } = scene;
  new TestCallee(lab.agent('10.0.0.2'), (invite) => invite.reject(486));
  const slow = new TestCallee(lab.agent('10.0.0.3'), (invite) => invite.progress(180));
  const good = new TestCallee(lab.agent('10.0.0.4'));
  new TestCall().start(scene.agent, 'sip:b@10.0.0.2');
  new TestCall().start(scene.agent, ['sip:b@10.0.0.3', 'sip:b@10.0.0.5'], { timeoutMs: 3000 });
  const hungUp = new TestCall().start(scene.agent, 'sip:b@10.0.0.4');
  const toEnd = new TestCall().start(scene.agent, 'sip:b@10.0.0.4');
  lab.clock.advance(1000);
  hungUp.session?.bye();
  good.sessions[1]?.bye();
  lab.clock.advance(60_000);
  assert.deepEqual([slow.cancelled.length, toEnd.ends.length, notes.kinds], [1, 1, []]);
  const ours = new TestCallee(scene.agent, (invite) => invite.progress(180));
  const callers = [1, 2, 3].map(() => new TestCall().start(lab.agents[1]!, `sip:a@${HERE}`));
  lab.clock.advance(1000);
  callers[0]!.invite!.cancel();
  ours.invites[1]!.reject(486);
  ours.accept(ours.invites[2]!).bye();
  lab.clock.advance(1000);
  assert.deepEqual(notes.kinds, []);
  scene.over();
});

test('what cannot be read is forgotten, and the others are told', async () => {
  const scene = new Scene();
  const callee = new TestCallee(scene.lab.agent('10.0.0.2'));
  new TestCall().start(scene.agent, 'sip:b@10.0.0.2');
  scene.lab.clock.advance(1000);
  const broken = ['dialog', 'invite', 'caller'].flatMap((kind) =>
    ['{', 'null', '{}', '{"dialog":{"remoteTarget":"?"},"request":{"method":"INVITE","uri":"x","headers":[]}}'].map(
      (data, at): Fact => ({ kind, key: `broken-${at}`, data, expiresAt: null }),
    ),
  );
  for (const { kind, key, data } of broken) scene.notes.keep(kind, key, () => data, null);
  await scene.again([...broken, ...scene.notes.read()]);
  assert.deepEqual(callee.ends, [{ by: 'remote', reason: REASON }]);
  scene.over();
});
