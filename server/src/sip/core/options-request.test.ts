import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RawPeer } from '../dialog/testing/raw-peer.ts';
import { Laboratory, nothingLeft, TestCallee, uri } from '../dialog/testing/two-agents.ts';
import { SipRequest } from '../message/message.ts';

test('the status of whoever is there, whatever it is', async () => {
  const lab = new Laboratory({ seed: 1 });
  const agent = lab.agent('10.0.0.1');
  const server = lab.agent('10.0.0.2');
  new TestCallee(server);
  const target = { uri: uri('sip:10.0.0.2') };
  const asked = agent.options(target, 2_000);
  await lab.clock.advanceAsync(10);
  assert.equal(await asked, 200);
  const { message } = lab.last('OPTIONS');
  assert.ok(message instanceof SipRequest);
  assert.equal(
    message.headers.get('Accept'),
    'application/sdp, multipart/mixed, multipart/alternative, application/dtmf-relay, application/dtmf',
  );
  assert.match(message.headers.get('From')!, /^<sip:partyline@10\.0\.0\.1:5060>;tag=/);
  server.drain();
  const draining = agent.options(target, 2_000);
  await lab.clock.advanceAsync(10);
  assert.equal(await draining, 503);
  const peer = new RawPeer(lab, '10.0.0.3');
  const refused = agent.options({ uri: uri('sip:10.0.0.3') }, 2_000);
  await lab.clock.advanceAsync(10);
  const question = lab.last('OPTIONS').message;
  assert.ok(question instanceof SipRequest);
  peer.answer(question, 100);
  peer.answer(question, 401);
  await lab.clock.advanceAsync(10);
  assert.equal(await refused, 401);
  await lab.clock.advanceAsync(60_000);
  assert.deepEqual(lab.leftovers(), nothingLeft);
});

test('null on silence, on a refused connection, and when there is no way', async () => {
  const lab = new Laboratory({ seed: 2 });
  const agent = lab.agent('10.0.0.1');
  let silent: number | null | undefined;
  void agent.options({ uri: uri('sip:10.0.0.9') }, 2_000).then((status) => {
    silent = status;
  });
  await lab.clock.advanceAsync(1_900);
  assert.equal(silent, undefined);
  await lab.clock.advanceAsync(200);
  assert.equal(silent, null);
  const refused = agent.options({ uri: uri('sip:10.0.0.9;transport=tcp') }, 60_000);
  await lab.clock.advanceAsync(10);
  assert.equal(await refused, null);
  assert.equal(await agent.options({ uri: uri('sip:no-such-name.test') }, 60_000), null);
  await lab.clock.advanceAsync(60_000);
  assert.deepEqual(lab.leftovers(), nothingLeft);
});

test('over a network that loses 30 % the answer comes', async () => {
  const lab = new Laboratory({ seed: 20_260_304, loss: 0.3, delayMs: 5, record: false });
  const agent = lab.agent('10.0.0.1');
  lab.agent('10.0.0.2');
  const asked = Array.from({ length: 100 }, () => agent.options({ uri: uri('sip:10.0.0.2') }, 30_000));
  await lab.clock.advanceAsync(30_000);
  assert.deepEqual(new Set(await Promise.all(asked)), new Set([200]));
});
