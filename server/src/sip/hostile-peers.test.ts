import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLog } from '../base/log.ts';
import { SeededRandom } from '../base/random.ts';
import { RawPeer } from './dialog/testing/raw-peer.ts';
import { account, Laboratory, nothingLeft, TestCall, TestCallee } from './dialog/testing/two-agents.ts';
import { serialize } from './message/serialize.ts';

/** Swaps, drops, doubles and overwrites bytes and lines. */
function mutate(bytes: Buffer, random: SeededRandom): Buffer {
  const out = Buffer.from(bytes);
  for (let times = 1 + random.int(4); times > 0; times--) {
    const at = random.int(out.length);
    switch (random.int(4)) {
      case 0:
        out[at] = random.int(256);
        break;
      case 1:
        out.copyWithin(at, random.int(out.length));
        break;
      case 2:
        out.write(
          ['tag', '<', '"', ',', ';', '%00', '\\\0', '4294967296', '\r\n', 'lr'][random.int(10)]!,
          at,
          'latin1',
        );
        break;
      default: {
        // Two lines change places.
        const lines = out.toString('latin1').split('\r\n');
        const [a, b] = [random.int(lines.length), random.int(lines.length)];
        [lines[a], lines[b]] = [lines[b]!, lines[a]!];
        return Buffer.from(lines.join('\r\n'), 'latin1');
      }
    }
  }
  return out;
}

test('20 000 broken copies of real messages: nothing throws, no session is harmed by strangers, nothing stays', () => {
  const seed = 20_260_103;
  const random = new SeededRandom(seed);
  const errors: string[] = [];
  const log = createLog('error', { write: (line: string) => void errors.push(line) });
  const lab = new Laboratory({ seed });
  const caller = lab.agent('10.0.0.1');
  const server = lab.agent('10.0.0.2', { log, trust: () => account('211'), limits: { dialogs: 300 } });
  const callee = new TestCallee(server, (invite, self) => {
    invite.progress(180);
    const session = self.accept(invite);
    session.onReinvite = (_offer, reply) => reply.accept('answer');
    session.onKey = () => {};
  });

  // Something of everything, to be broken below.
  const probe = new RawPeer(lab);
  const sdp = { body: 'v=0\r\n', headers: { 'Content-Type': 'application/sdp' } };
  const toTag = probe.ask('INVITE', { callId: 'c', cseq: 1, ...sdp }).message.toTag!;
  probe.send('ACK', { callId: 'c', cseq: 1, toTag });
  probe.ask('INVITE', { callId: 'c', cseq: 2, toTag, ...sdp });
  probe.send('ACK', { callId: 'c', cseq: 2, toTag });
  probe.ask('INFO', { callId: 'c', cseq: 3, toTag, body: '5', headers: { 'Content-Type': 'application/dtmf' } });
  probe.ask('OPTIONS', {
    headers: { Require: 'x', Via: 'SIP/2.0/UDP a;branch=z9hG4bKv, SIP/2.0/UDP b;branch=z9hG4bKw' },
  });
  probe.ask('REGISTER', { headers: { Contact: '<sip:211@10.0.0.9>;expires=60;q=0.5', Authorization: 'Digest a="b"' } });
  probe.ask('REGISTER', { headers: { Contact: '*', Expires: '0' } });
  probe.ask('CANCEL');
  probe.ask('BYE', { callId: 'c', cseq: 4, toTag });
  const call = new TestCall().start(caller, 'sip:b@10.0.0.2');
  lab.clock.advance(100);
  const samples = lab.seen.filter((seen) => seen.to === '10.0.0.2').map((seen) => serialize(seen.message));
  // What answers our own requests comes from the other end.
  const back = new TestCall().start(server, 'sip:b@10.0.0.9');
  lab.clock.advance(10);
  samples.push(...lab.seen.slice(-3).map((seen) => serialize(seen.message)));
  assert.ok(samples.length >= 12);
  back.invite!.cancel();

  const transport = lab.network.attach({ address: '10.0.0.66', port: 5060 });
  const flow = transport.flowTo('udp', { address: '10.0.0.2', port: 5060 });
  lab.network.filter = () => true;
  for (let index = 0; index < 20_000; index++) {
    flow.send(mutate(samples[random.int(samples.length)]!, random));
    if (index % 20 === 0) lab.clock.advance(10);
  }
  lab.clock.advance(250_000);
  assert.deepEqual(errors, [], `seed ${seed}`);
  assert.ok(callee.sessions.length > 20, `${callee.sessions.length} sessions in spite of everything`);
  for (const session of callee.sessions) session.bye();
  if (call.session !== null) call.session.bye();
  for (const binding of server.registrar.contacts('211')) assert.ok(binding.expiresAt > 0);
  server.registrar.remove('211');
  lab.clock.advance(250_000);
  assert.deepEqual({ ...lab.leftovers(), seed }, { ...nothingLeft, seed });
});
