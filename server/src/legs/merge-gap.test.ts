import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clearConnection } from '../call/services/clear-connection.ts';
import { conferenceCall } from '../call/services/conference-call.ts';
import { consultationCall } from '../call/services/consultation-call.ts';
import { until } from '../media/testing/media-stage.ts';
import { missingMs } from '../media/testing/missing.ts';
import { MemoryExchange } from './testing/memory-exchange.ts';
import type { MemoryPhone } from './testing/memory-legs.ts';

/*
 * What a merged party misses. Real media processes and sockets; each phone says a steady tone, and what it hears is
 * laid out by the timestamps of the packets, so what counts is what was sent, not when it came.
 */

const mostMs = 40;
const rounds = 5;

test(`a merged party, and who merges, miss at most ${mostMs} ms of each other`, async (t) => {
  const exchange = await MemoryExchange.open();
  t.after(() => exchange.close());
  const { door, runtime } = exchange;
  const [agent, caller, expert] = [
    await exchange.phone('101', 500),
    await exchange.phone('102', 900),
    await exchange.phone('103', 1400),
  ];
  const hears = (who: MemoryPhone, whom: MemoryPhone) =>
    until(`${who.aor} to hear ${whom.aor}`, () => who.hears(whom.sound.tone) > 0.02);
  const packets = (phone: MemoryPhone, count: number) => {
    const before = phone.sound.heard.length;
    return until(`${phone.aor} to hear more`, () => phone.sound.heard.length >= before + count);
  };
  await door.callPhone(caller, agent);
  await until('the agent to be dialled', () => agent.leg !== null);
  agent.leg!.pickUp();
  await hears(caller, agent);
  const original = runtime.refOfLeg(agent.leg!.id)!;
  const gaps: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const consult = await runtime.do(consultationCall, {
      ...original,
      device: expert.device,
      target: { kind: 'terminal', aor: expert.aor },
      callerId: { name: '', number: '101' },
      timeoutMs: 20_000,
    });
    await until('the expert to be dialled', () => expert.leg !== null);
    expert.leg!.pickUp();
    await Promise.all([hears(expert, agent), hears(agent, expert)]);
    await Promise.all([packets(expert, 25), packets(agent, 25)]);
    const from = { expert: expert.sound.heard.length - 20, agent: agent.sound.heard.length - 20 };
    await runtime.do(conferenceCall, { original, consult });
    await Promise.all([hears(expert, caller), hears(caller, expert), hears(agent, caller)]);
    await Promise.all([packets(expert, 25), packets(agent, 25)]);
    const expertMisses = missingMs(expert.sound, agent.sound.tone, from.expert);
    const agentMisses = missingMs(agent.sound, expert.sound.tone, from.agent);
    // Of the caller it has missed all until then: so would be seen what is missing.
    assert.ok(missingMs(expert.sound, caller.sound.tone, from.expert) > 5 * mostMs);
    t.diagnostic(`missing: of the agent ${expertMisses} ms, of the expert ${agentMisses} ms`);
    gaps.push(Math.max(expertMisses, agentMisses));
    await runtime.do(clearConnection, runtime.refOfLeg(expert.leg!.id)!);
    await until('the expert to be gone', () => expert.leg === null);
  }
  // A machine that is busy with something else adds to what it is asked to do, so the shortest counts.
  assert.ok(Math.min(...gaps) <= mostMs, `missing: ${gaps.join(', ')} ms`);
});
